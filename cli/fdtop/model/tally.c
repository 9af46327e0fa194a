// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts of names; see tally.h. */
#include "fdtop/model/tally.h"

#include <stdlib.h>
#include <string.h>

void tally__done(struct tally *t)
{
	struct tally_entry *e, *next;

	HASH_ITER (hh, t->entries, e, next) {
		HASH_DEL(t->entries, e);
		free(e);
	}
	*t = (struct tally){};
}

struct tally_entry *tally__count(struct tally *t, const char *name)
{
	struct tally_entry *e;

	HASH_FIND_STR(t->entries, name, e);
	if (e) {
		e->count++;
		return e;
	}
	e = HASH_COUNT(t->entries) < TALLY_MAX ? calloc(1, sizeof(*e) + strlen(name) + 1) : NULL;
	if (!e) {
		t->others++;
		return NULL;
	}
	strcpy(e->name, name);
	e->count = 1;
	HASH_ADD_STR(t->entries, name, e);
	return e;
}

static int compare(const struct tally_entry *a, const struct tally_entry *b)
{
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->name, b->name);
}

void tally__sort(struct tally *t)
{
	HASH_SORT(t->entries, compare);
}
