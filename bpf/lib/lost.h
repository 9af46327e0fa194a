/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What got lost on the kernel side, by enum fds_counter. */
#ifndef FDSCOPE_LOST_H
#define FDSCOPE_LOST_H

#include "fdscope/record.h"

extern __u64 lost[FDS_COUNT_MAX];

#endif
