// SPDX-License-Identifier: GPL-2.0-or-later
/* Traces of one scan, and suspects over many; see traces.h. */
#include "detect/hazard/traces.h"

#include "base/array.h"

#include <stdlib.h>

uint64_t traces__mix(uint64_t a, uint64_t b, uint64_t c)
{
	const uint64_t parts[] = {a, b, c};
	uint64_t h = 0;

	/* Addresses differ in the middle; the bits that are looked at are the lowest. */
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		h = (h ^ parts[i]) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 32;
	}
	return h | 1ull << 63;
}

void traces__init(struct traces *t, uint64_t (*hash)(const struct fds_trace_rec *rec))
{
	*t = (struct traces){.hash = hash};
}

void traces__done(struct traces *t)
{
	free(t->list);
	traces__init(t, t->hash);
}

/* Leave out about half of what is there, and of what comes. */
static void thin_out(struct traces *t)
{
	size_t kept = 0;

	t->mask = t->mask << 1 | 1;
	for (size_t i = 0; i < t->cnt; i++)
		if (!(t->hash(&t->list[i]) & t->mask))
			t->list[kept++] = t->list[i];
	t->cnt = kept;
}

void traces__add(struct traces *t, const struct fds_trace_rec *rec)
{
	/* Ends: no hash is 0. */
	while (t->cnt == TRACES_MAX)
		thin_out(t);
	if (t->hash(rec) & t->mask)
		return;
	if (array_reserve(t->list, t->cap, t->cnt)) {
		t->is_torn = true;
		return;
	}
	t->list[t->cnt++] = *rec;
}

void traces__sort(struct traces *t, int (*compare)(const void *a, const void *b))
{
	if (t->cnt)
		qsort(t->list, t->cnt, sizeof(*t->list), compare);
}

struct suspect *suspects__see(struct suspects *s, const struct suspect_key *key, uint64_t now_ns)
{
	struct suspect *one;

	HASH_FIND(hh, s->list, key, sizeof(*key), one);
	if (!one) {
		if (HASH_COUNT(s->list) >= SUSPECTS_MAX || !(one = calloc(1, sizeof(*one)))) {
			s->refused++;
			return NULL;
		}
		one->key = *key;
		one->since_ns = now_ns;
		HASH_ADD(hh, s->list, key, sizeof(one->key), one);
		if (!one->hh.tbl) { /* uthash found no memory */
			free(one);
			s->refused++;
			return NULL;
		}
	}
	one->scan = s->scan;
	return one;
}

void suspects__end_scan(struct suspects *s)
{
	struct suspect *one, *next;

	HASH_ITER (hh, s->list, one, next) {
		if (one->scan == s->scan)
			continue;
		HASH_DEL(s->list, one);
		free(one);
	}
	s->scan++;
}

void suspects__done(struct suspects *s)
{
	s->scan++;
	suspects__end_scan(s);
}
