/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A plot as wide as the terminal, with the characters that it has. */
#ifndef FDSCOPE_CLI_CURVE_H
#define FDSCOPE_CLI_CURVE_H

#include "plot.h"

/* What is asked of the plot but for its size and characters is set.  -EINVAL, -ENOMEM. */
int curve__add(struct plot *plot, struct text *out);

#endif
