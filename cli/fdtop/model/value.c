// SPDX-License-Identifier: GPL-2.0-or-later
/* Values of an answer's JSON; see value.h. */
#include "fdtop/model/value.h"

#include "cells.h"

void value__add_count(struct text *t, int64_t v)
{
	if (v == VALUE_UNLIMITED)
		text__add(t, "unlimited");
	else if (v == VALUE_UNKNOWN)
		text__add(t, "-");
	else
		text__addf(t, "%jd", (intmax_t)v);
}

char *value__text(const json_t *row, const char *key)
{
	const json_t *v = json_object_get(row, key);
	struct text t = {};

	if (!json_is_string(v))
		return NULL;
	cell__add_string(&t, v);
	/* Empty text has no memory of its own: an empty string is as good as none. */
	return t.s;
}
