/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every client does with its process before it begins. */
#ifndef FDSCOPE_CLI_PROGRAM_H
#define FDSCOPE_CLI_PROGRAM_H

#include <stdbool.h>

/* The three standard descriptors are taken, and SIGPIPE is no end. */
void program__init(void);

/*
 * Answers are UTF-8 and stay so, whatever the locale: it only has to tell how wide characters are.
 * Returns whether the locale's own characters are UTF-8, so that a terminal shows them all.
 */
bool program__use_utf8(void);

#endif
