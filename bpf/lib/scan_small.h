/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting a small files table from within a hook.
 */
#ifndef FDSCOPE_SCAN_SMALL_H
#define FDSCOPE_SCAN_SMALL_H

#include "lib/bits.h"
#include "lib/ktypes.h"

#include <bpf/bpf_helpers.h>

#define SMALL_WORDS 4 /* a table of 256 slots; larger ones wait for the next pass */

/* Numbers allocated; -1: the table is too large to count here. */
static __always_inline s64 count_open_fds(struct files_struct *files)
{
	struct fdtable *fdt = files->fdt;
	u32 words = fdt->max_fds / WORD_BITS;
	s64 n = 0;

	if (words > SMALL_WORDS || words == 0)
		return -1;
#pragma unroll
	for (u32 i = 0; i < SMALL_WORDS; i++) {
		u64 word = 0;

		if (i < words && bpf_probe_read_kernel(&word, sizeof(word), fdt->open_fds + i))
			return -1;
		n += count_bits(word);
	}
	return n;
}

#endif
