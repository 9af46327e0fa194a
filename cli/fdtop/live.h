/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fdtop as it runs: live on a terminal, or as plain text. */
#ifndef FDSCOPE_FDTOP_LIVE_H
#define FDSCOPE_FDTOP_LIVE_H

#include "fdtop/options.h"

/* Return enum exit_status; what went wrong has been said. */
int live__run(const struct options *o, const struct settings *settings);
int batch__run(const struct options *o, const struct settings *settings);

#endif
