/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the daemon may do: as root, or by the capabilities that its unit gives it. */
#ifndef FDSCOPE_CAPABILITY_H
#define FDSCOPE_CAPABILITY_H

#include <stdbool.h>

/* Whether a capability (CAP_*) is effective. */
bool capability__has(int cap);

#endif
