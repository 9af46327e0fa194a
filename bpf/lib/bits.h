/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting bits, without branches: BPF has no instruction for it.
 */
#ifndef FDSCOPE_BITS_H
#define FDSCOPE_BITS_H

#include "lib/ktypes.h"

#include <bpf/bpf_helpers.h>

#define WORD_BITS 64

static __always_inline u32 count_bits(u64 w)
{
	w -= (w >> 1) & 0x5555555555555555ull;
	w = (w & 0x3333333333333333ull) + ((w >> 2) & 0x3333333333333333ull);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0full;
	return (w * 0x0101010101010101ull) >> 56;
}

/* Index of the highest bit set; w is not 0. */
static __always_inline u32 highest_bit(u64 w)
{
	w |= w >> 1;
	w |= w >> 2;
	w |= w >> 4;
	w |= w >> 8;
	w |= w >> 16;
	w |= w >> 32;
	return count_bits(w) - 1;
}

#endif
