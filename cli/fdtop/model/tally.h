/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts of names: which directories, targets, peers hold most descriptors. */
#ifndef FDSCOPE_FDTOP_TALLY_H
#define FDSCOPE_FDTOP_TALLY_H

#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#define TALLY_MAX 50000 /* different names; what comes later counts as "others" */

struct tally_entry {
	UT_hash_handle hh;
	size_t count;
	int64_t pid; /* of a peer, */
	int64_t fd;  /* and its number for the first of what it shares */
	char name[];
};

struct tally {
	struct tally_entry *entries;
	size_t others;
};

void tally__done(struct tally *t);
/* NULL: there is no room for another name. */
struct tally_entry *tally__count(struct tally *t, const char *name);
/* Most first. */
void tally__sort(struct tally *t);

#endif
