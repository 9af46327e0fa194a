/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one thing that fdscope changes in others, and only if it is told to: a soft limit, upward.
 */
#ifndef FDSCOPE_RAISE_H
#define FDSCOPE_RAISE_H

#include "store/process.h"

/*
 * Raise RLIMIT_NOFILE of a process to `soft`, never above its hard limit or `ceiling`.  Logged.
 * -EINVAL: it would not be a raise, or be beyond one of these; -EAGAIN: its limits are not what the
 * store knows; -ESRCH: gone, or another one under its number; -EPERM, -ENOMEM.  *ret_why is a
 * sentence, to be freed; NULL for want of memory.
 */
int raise__soft(const struct process *p, uint64_t soft, uint64_t ceiling, uint64_t *ret_old,
		char **ret_why);

/* The most that a rule may give: its hard limit, but at most `ceiling`. */
uint64_t raise__most(const struct process *p, uint64_t ceiling);

#endif
