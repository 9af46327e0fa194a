/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What judges of lasting traps keep: the traces of one scan, and since when each suspect has been
 * met by every scan.  Both bounded; what is beyond is counted, and nothing is suspected for it.
 */
#ifndef FDSCOPE_TRACES_H
#define FDSCOPE_TRACES_H

#include "fdscope/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Out of memory is survived, not the end. */
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define TRACES_MAX   16384 /* of one kind in one scan */
#define SUSPECTS_MAX 4096

/* Time between the first and the last of the scans that a suspect must be met by: what a fork and
 * an exec leave open for a moment is none. */
#define SUSPECT_NS (200 * 1000 * 1000ull)

/* ---- traces ---- */

/*
 * Where there are more than TRACES_MAX, those with a bit of `mask` in their hash are left out, the
 * same in each scan: of what belongs together by the same hash there is all or nothing.
 */
struct traces {
	struct fds_trace_rec *list;
	size_t cnt, cap;
	uint64_t mask;
	uint64_t (*hash)(const struct fds_trace_rec *rec);
	bool is_torn; /* no memory: something is missing */
};

/* `hash` as above. */
void traces__init(struct traces *t, uint64_t (*hash)(const struct fds_trace_rec *rec));
void traces__done(struct traces *t);
void traces__add(struct traces *t, const struct fds_trace_rec *rec);
void traces__sort(struct traces *t, int (*compare)(const void *a, const void *b));

/* A hash of three; never 0. */
uint64_t traces__mix(uint64_t a, uint64_t b, uint64_t c);

/* ---- suspects ---- */

struct suspect_key {
	uint64_t a, b, c; /* whatever tells it from others */
};

struct suspect {
	struct suspect_key key;
	uint64_t since_ns; /* the first scan that met it */
	uint64_t scan;
	bool told; /* the judge's own */
	UT_hash_handle hh;
};

struct suspects {
	struct suspect *list; /* uthash */
	uint64_t scan;
	uint64_t refused;
};

/* This scan has met it; NULL: there are too many, or no memory. */
struct suspect *suspects__see(struct suspects *s, const struct suspect_key *key, uint64_t now_ns);
/* Those that were not met are none any more. */
void suspects__end_scan(struct suspects *s);
void suspects__done(struct suspects *s);

/* Met by this scan and one before it, and each between. */
static inline bool suspect__is_confirmed(const struct suspect *s, uint64_t now_ns)
{
	return now_ns - s->since_ns >= SUSPECT_NS;
}

#endif
