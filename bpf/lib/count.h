/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting a files table from within a hook.
 */
#ifndef FDSCOPE_COUNT_H
#define FDSCOPE_COUNT_H

#include "lib/bits.h"
#include "lib/ktypes.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define SMALL_WORDS 32	/* 2,048 slots: a tenth of a microsecond, for calls that come often */
#define LARGE_WORDS 256 /* 16,384 slots: larger tables wait for the next pass */
#define CHUNK_WORDS 8

/*
 * Bits set in the first `words` words at `addr`, at most LARGE_WORDS; -1: they cannot be read.
 * A global function, which the verifier walks once, not again at each call; so it takes numbers
 * only.
 */
__weak __noinline s64 count_words(u64 addr, u32 words)
{
	unsigned long *open_fds = (void *)addr;
	u64 chunk[CHUNK_WORDS];
	s64 n = 0;

	/* Tables have 64 slots or a multiple of 128: what is no whole chunk is counted first. */
	for (u32 i = 0; i < CHUNK_WORDS - 1; i++) {
		u64 word = 0;

		if (i < words % CHUNK_WORDS)
			bpf_probe_read_kernel(&word, sizeof(word), open_fds + i);
		n += count_bits(word);
	}
	for (u32 i = 0; i < LARGE_WORDS / CHUNK_WORDS; i++) {
		if (i >= words / CHUNK_WORDS)
			break;
		if (bpf_probe_read_kernel(chunk, sizeof(chunk),
					  open_fds + words % CHUNK_WORDS + i * CHUNK_WORDS))
			return -1;
		for (u32 k = 0; k < CHUNK_WORDS; k++)
			n += count_bits(chunk[k]);
	}
	return n;
}

/* Numbers allocated in a table of this size; -1: too large to be counted here. */
static __always_inline s64 count_open_fds(u32 max_fds, u64 open_fds, u32 max_words)
{
	u32 words = max_fds / WORD_BITS;

	return words > max_words ? -1 : count_words(open_fds, words);
}

#endif
