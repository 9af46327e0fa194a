/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls of this machine that make or close descriptors, and what each does.
 */
#ifndef FDSCOPE_SYSCALLS_H
#define FDSCOPE_SYSCALLS_H

#include "fdscope/record.h"

#include <stdbool.h>
#include <stdint.h>

/* Action by number, for the `syscall` tier's program. */
void syscalls__fill(uint8_t actions[static FDS_SYSCALL_CNT]);

/* Name of one of them; NULL: not one of them. */
const char *syscalls__name(uint32_t nr);

/*
 * Which limit a call met that ended with this error (positive), where no hook saw it: enum
 * fds_cause.  cnt: descriptors of the process, or FDS_COUNT_UNKNOWN; soft: its limit.
 */
uint32_t syscalls__cause(uint32_t nr, int error, uint32_t cnt, uint64_t soft);

/* Whether it drops descriptors that find no number without an error: recvmsg() and its kin. */
bool syscalls__is_silent(uint32_t nr);

#endif
