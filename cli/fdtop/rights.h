/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom the daemon is going to tell everything. */
#ifndef FDSCOPE_FDTOP_RIGHTS_H
#define FDSCOPE_FDTOP_RIGHTS_H

#include <stdbool.h>

/* Root and the daemon's group, as fdscoped(8) says; the daemon decides. */
bool rights__see_all(void);

#endif
