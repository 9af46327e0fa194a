/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The programs that watch for hazards: loaded and attached for those that are enabled, and for no
 * longer.  What they tell is a step into a trap or looks like one; judging is for others.
 */
#ifndef FDSCOPE_WATCHER_H
#define FDSCOPE_WATCHER_H

#include "fdscope/kinds.h"
#include "fdscope/record.h"
#include "source/program_info.h"
#include "source/tier.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watcher;

#define WATCHER_ALL ((1u << FDS_HAZARD_CNT) - 1)

struct watcher_options {
	const char *btf; /* NULL: the kernel's own */
	enum tier tier;
	uint32_t enabled;   /* bits 1 << enum fds_hazard_kind */
	uint32_t own_level; /* depth of our pid namespace */
};

/* Those that are found by scans. */
#define WATCHER_SCANNED (1u << FDS_HAZARD_EPOLL_STALE | 1u << FDS_HAZARD_DELETED_OPEN)

/* Whether a tier can see it at all. */
bool watcher__is_seen(enum tier tier, enum fds_hazard_kind kind);
/* Hazards that cost system calls nothing, or next to nothing, in a tier. */
uint32_t watcher__cheap(enum tier tier);

/*
 * Watch for what of it the tier and the kernel let be watched; see watcher__why_not().  -errno: for
 * nothing, and *ret is untouched.
 */
int watcher__new(const struct watcher_options *opts, struct watcher **ret);
void watcher__free(struct watcher *w);

/* NULL: it is watched for; else why not.  `w` may be NULL: there is none. */
const char *watcher__why_not(const struct watcher *w, enum tier tier, enum fds_hazard_kind kind);

/* Readable when a record is there. */
int watcher__ring_fd(const struct watcher *w);
int watcher__drain(struct watcher *w,
		   void (*fn)(void *ctx, const struct fds_hazard *h, size_t extra_sz), void *ctx);
/* Records that found no room. */
uint64_t watcher__lost(const struct watcher *w);

/*
 * Traces of lasting traps among all descriptors of the host, about 0.25 us for each of these; of
 * deleted files with that many bytes or more.  Traces come in any order, and some twice.
 * fn: other than 0 ends it and is returned.
 */
int watcher__scan(struct watcher *w, uint64_t deleted_sz,
		  int (*fn)(void *ctx, const struct fds_trace_rec *rec), void *ctx);

/* Each program in use; -ENOENT: there are fewer. */
int watcher__program(const struct watcher *w, size_t i, struct program_info *ret);

#endif
