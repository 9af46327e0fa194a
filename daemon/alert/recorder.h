/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Histories onto the disk and back: each minute of a process or a unit that differs from the one
 * before, and at least one point in RECORDER_HOLD_S.  A point holds until the next, and no longer
 * than that.  Of the host each minute: so it tells when the daemon was there.
 */
#ifndef FDSCOPE_RECORDER_H
#define FDSCOPE_RECORDER_H

#include "alert/archive.h"
#include "store/store.h"

#define RECORDER_HOLD_S 1800

struct recorder {
	struct archive *archive;
	char boot[40]; /* id of this boot: numbers of processes begin anew with each */
	uint64_t over; /* minutes since boot that were over the last time */
};

/* Subject of a history: one of these three. */
struct recorder_subject {
	const struct process *process;
	const char *unit;
	bool host;
};

void recorder__init(struct recorder *r, struct archive *a);

/* After a pass, which is the unix time `now_s`; does something once a minute. */
void recorder__apply_pass(struct recorder *r, struct store *s, struct history *host, int64_t now_s);

/* Points from `since_s` on, oldest first; see archive__history(). */
int recorder__read(const struct recorder *r, const struct recorder_subject *of, int64_t since_s,
		   archive_point_fn fn, void *ctx);

#endif
