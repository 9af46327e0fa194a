/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Processes that /proc lists and the kernel's iterators leave out, as kernels with added
 * protection do: what they hold is told by /proc.
 */
#ifndef FDSCOPE_HIDDEN_H
#define FDSCOPE_HIDDEN_H

#include "source/snapshot.h"

#include <stddef.h>
#include <stdint.h>

#define HIDDEN_MAX 256 /* processes; more are left out, and the count says so */

struct hidden {
	uint32_t pids[HIDDEN_MAX];
	size_t cnt;  /* in pids */
	size_t over; /* found beyond HIDDEN_MAX */
};

/* Look for them: one iteration and one walk through /proc.  *ret is untouched on failure. */
int hidden__find(struct snapshot *s, struct hidden *ret);

#endif
