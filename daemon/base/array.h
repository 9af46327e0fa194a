/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays that grow: room for one more item, by doubling.
 */
#ifndef FDSCOPE_ARRAY_H
#define FDSCOPE_ARRAY_H

#include <errno.h>
#include <stdlib.h>

#define ARRAY_FIRST_CNT 64

/*
 * `items` with room for item number `cnt`, moved if need be; *cap counts what it has room for.
 * NULL: no memory, and `items` is as it was.
 */
static inline void *array__reserve(void *items, size_t *cap, size_t cnt, size_t item_sz)
{
	size_t want = *cap ? *cap * 2 : ARRAY_FIRST_CNT;
	void *grown;

	if (cnt < *cap)
		return items;
	grown = reallocarray(items, want, item_sz);
	if (grown)
		*cap = want;
	return grown;
}

/* The same with `items` a variable that is set; 0 or -ENOMEM. */
#define array_reserve(items, cap, cnt)                                                             \
	({                                                                                         \
		void *grown_ = array__reserve((items), &(cap), (cnt), sizeof(*(items)));           \
                                                                                                   \
		if (grown_)                                                                        \
			(items) = grown_;                                                          \
		grown_ ? 0 : -ENOMEM;                                                              \
	})

#endif
