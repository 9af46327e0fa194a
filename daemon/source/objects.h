/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which file has a build id: learned from processes that live, for the calls of those that are
 * gone.  Anybody can make a file with any build id, so what was learned from one user's process
 * serves that user alone; what was learned from root's serves all.
 */
#ifndef FDSCOPE_OBJECTS_H
#define FDSCOPE_OBJECTS_H

#include "fdscope/record.h"

#include <stddef.h>
#include <stdint.h>

#define OBJECTS_MAX 256 /* beyond, the oldest make room */

struct object {
	uint8_t build_id[FDS_BUILD_ID_SZ];
	uint32_t uid; /* from whose process */
	char *path;
};

/* All zero: empty. */
struct objects {
	struct object list[OBJECTS_MAX];
	size_t cnt;
	size_t kept; /* the first ones, which never make room */
	size_t next; /* whose turn it is */
};

/* Begin with the files that this program itself is loaded from: the C library is among them. */
void objects__init(struct objects *o);
void objects__done(struct objects *o);

/* Path of that file in processes of `uid`; NULL: not known.  Valid until the next learning. */
const char *objects__find(const struct objects *o, const uint8_t *build_id, uint32_t uid);

/* What is known already stays.  0 or -ENOMEM. */
int objects__learn(struct objects *o, const uint8_t *build_id, uint32_t uid, const char *path);

#endif
