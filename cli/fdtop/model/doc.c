// SPDX-License-Identifier: GPL-2.0-or-later
/* A text to scroll through; see doc.h. */
#include "fdtop/model/doc.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"

void doc__free(struct doc *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->cnt; i++)
		free(d->line[i].s);
	free(d->line);
	free(d);
}

static int add_line(struct doc *d, enum doc_style style, int label_width, const char *s, size_t len)
{
	char *copy;

	if (array_reserve(d->line, d->cap, d->cnt))
		return -ENOMEM;
	copy = strndup(s, len);
	if (!copy)
		return -ENOMEM;
	d->line[d->cnt++] = (struct doc_line){style, label_width, copy};
	return 0;
}

int doc__add(struct doc *d, enum doc_style style, const char *s)
{
	for (;;) {
		size_t len = strcspn(s, "\n");
		int err = add_line(d, style, 0, s, len);

		if (err || !s[len] || !s[len + 1])
			return err;
		s += len + 1;
	}
}

int doc__add_field(struct doc *d, int label_width, const char *label, enum doc_style style,
		   const char *value)
{
	_cleanup_text_ struct text line = {};

	text__addf(&line, "%-*s  %s", label_width, label, value);
	if (line.oom)
		return -ENOMEM;
	return add_line(d, style, label_width, text__str(&line), line.len);
}
