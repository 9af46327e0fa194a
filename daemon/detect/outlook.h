/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When each process runs out of descriptors at the steady growth that it has, if any.
 */
#ifndef FDSCOPE_OUTLOOK_H
#define FDSCOPE_OUTLOOK_H

#include "store/store.h"

/* After a truth pass: sets exhaustion_s of every process.  Each table is judged once a minute. */
void outlook__apply(struct store *s);

#endif
