// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Variables of the programs that watch for hazards; loaded and attached only while some are.
 */
#include "hazard/hazard.h"

char LICENSE[] SEC("license") = "GPL";

const volatile __u32 enabled_hazards;

__u64 emptied_until;
__u32 own_level;
__u32 wanted_events;
__u64 lost[FDS_COUNT_MAX];
