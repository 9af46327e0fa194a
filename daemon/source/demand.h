/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is attached on demand: hooks that tell of limits far above what most hosts use.
 */
#ifndef FDSCOPE_DEMAND_H
#define FDSCOPE_DEMAND_H

#include "source/hooks.h"

/*
 * Attach what could have something to say before the next look, detach what could not.
 * `descriptors`: of the whole host.  Without hooks (NULL) nothing happens.
 */
void demand__check(struct hooks *h, uint64_t descriptors);

#endif
