/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gate that a tier must pass before it is used: the daemon makes, copies and closes
 * descriptors of its own, and what the tier says of it must follow.
 */
#ifndef FDSCOPE_GATE_H
#define FDSCOPE_GATE_H

#include "source/source.h"

#include <stddef.h>

/* 0: passed.  -EUCLEAN: it counts wrong, `why` says what.  Other: the check could not be made. */
int gate__check(struct source *s, char *why, size_t why_sz);

#endif
