/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arguments of fentry and fexit programs whose place depends on the kernel. */
#ifndef FDSCOPE_CONTEXT_H
#define FDSCOPE_CONTEXT_H

#include "lib/ktypes.h"

/*
 * Word `i` of the context.  The verifier knows loads at a fixed place only, and the compiler likes
 * to make one load at a computed place out of two.
 */
#define context_word(ctx, i)                                                                       \
	({                                                                                         \
		u64 word_;                                                                         \
                                                                                                   \
		asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(word_) : "r"(ctx), "i"((i)*8));       \
		word_;                                                                             \
	})

#endif
