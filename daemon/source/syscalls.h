/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls of this machine that make or close descriptors, and what each does.
 */
#ifndef FDSCOPE_SYSCALLS_H
#define FDSCOPE_SYSCALLS_H

#include "fdscope/record.h"

#include <stdint.h>

/* Action by number, for the `syscall` tier's program. */
void syscalls__fill(uint8_t actions[static FDS_SYSCALL_CNT]);

/* Name of one of them; NULL: not one of them. */
const char *syscalls__name(uint32_t nr);

#endif
