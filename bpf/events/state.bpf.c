// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Variables that the hooks share: what user space sets, and what it reads.
 */
#include "fdscope/record.h"
#include "lib/account.h"
#include "lib/ktypes.h"

char LICENSE[] SEC("license") = "GPL";

/* Whether the tier keeps counters; else the hooks only tell what is asked for. */
const volatile _Bool counting = 1;
/* Whether hooks see each number that is given and each table that is copied. */
const volatile _Bool sees_all = 0;
const volatile __u32 slot_shift = 31;

__u32 own_level;
__u32 wanted_events;
__u32 levels[LEVEL_CNT];
__u64 lost[FDS_COUNT_MAX];
