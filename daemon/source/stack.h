/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies at addresses of code in a process: its files, as long as it lives.
 */
#ifndef FDSCOPE_STACK_H
#define FDSCOPE_STACK_H

#include <linux/types.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Calls fn for each of `cnt` addresses in turn, with "FILE+0xOFFSET" (path and place in the mapped
 * file) or, of memory without a file or a process that is gone, "0xADDRESS".
 */
void stack__describe(uint32_t pid, const __u64 *addrs, size_t cnt,
		     void (*fn)(void *ctx, const char *place), void *ctx);

#endif
