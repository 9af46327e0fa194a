/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors kept for the hour of need: when the daemon's own limit or the host's is reached, they
 * are lent to what must still be done, and taken back after it.
 */
#ifndef FDSCOPE_RESERVE_H
#define FDSCOPE_RESERVE_H

#include <errno.h>

/*
 * What the hungriest of our deeds needs at a time: a pass over /proc takes four, an iterator two,
 * the name of a unit three.
 */
#define RESERVE_CNT 6

/*
 * Open what is missing; what cannot be had now is tried again with the next call.  First called at
 * the very start: low numbers stay usable when the own limit is lowered below what is in use.
 */
void reserve__take(void);
void reserve__lend(void);

/* An expression that is 0 or -errno, tried again with the reserve if there was no descriptor. */
#define WITH_RESERVE(expr)                                                                         \
	({                                                                                         \
		int err_ = (expr);                                                                 \
                                                                                                   \
		if (err_ == -EMFILE || err_ == -ENFILE) {                                          \
			reserve__lend();                                                           \
			err_ = (expr);                                                             \
			reserve__take();                                                           \
		}                                                                                  \
		err_;                                                                              \
	})

#endif
