/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting what a files table holds, from the bitmap `open_fds` (allocated numbers) and the slots
 * `fd` (a number can be allocated while its slot is still empty: the file comes later).
 * Straight-line code without branches on what is read, so that the verifier walks it once.
 */
#ifndef FDSCOPE_SCAN_H
#define FDSCOPE_SCAN_H

#include "lib/bits.h"
#include "lib/ktypes.h"

#include <bpf/bpf_helpers.h>

/*
 * The scan under way.  In memory of a map rather than on the stack, so that the verifier does not
 * tell apart states by what has been counted.  One reader iterates at a time, so one does.
 */
static struct {
	unsigned long *open_fds;
	struct file **fd;
	u64 soft; /* the limit below which numbers are counted apart */
	u32 allocated;
	u32 installed;
	u32 below_soft;
	u32 last; /* index of the last word with a bit set, + 1 */
	u64 last_word;
	u64 slots[WORD_BITS];
} scan;

static __always_inline void scan__start(struct fdtable *fdt, u64 soft)
{
	scan.soft = soft;
	scan.below_soft = 0;
	scan.open_fds = fdt->open_fds;
	scan.fd = fdt->fd;
	scan.allocated = 0;
	scan.installed = 0;
	scan.last = 0;
}

/* Take in word `i` of the bitmap and its slots. */
static __always_inline void scan__word(u32 i)
{
	u64 word = 0, files = 0;

	bpf_probe_read_kernel(&word, sizeof(word), scan.open_fds + i);
	if (!word)
		return;
	if (bpf_probe_read_kernel(scan.slots, sizeof(scan.slots), scan.fd + i * WORD_BITS))
		return;
		/* Unrolled: a loop would have the verifier keep a state for each round. */
#pragma unroll
	for (u32 b = 0; b < WORD_BITS; b++) {
		u64 slot = *(volatile u64 *)&scan.slots[b], minus = -slot;

		/*
		 * Adds slot != 0.  The compiler must neither see that (it would branch) nor have
		 * 64 slots under way at once (they do not fit the registers).
		 */
		asm volatile("" : "+r"(minus), "+r"(files));
		files += (slot | minus) >> 63;
	}
	scan.allocated += count_bits(word);
	if (scan.soft >= (u64)(i + 1) * WORD_BITS)
		scan.below_soft += count_bits(word);
	else if (scan.soft > (u64)i * WORD_BITS)
		scan.below_soft += count_bits(word & ((1ull << (scan.soft % WORD_BITS)) - 1));
	scan.installed += files;
	scan.last = i + 1;
	scan.last_word = word;
}

static __always_inline s32 scan__highest(void)
{
	return scan.last ? (s32)((scan.last - 1) * WORD_BITS + highest_bit(scan.last_word)) : -1;
}

#endif
