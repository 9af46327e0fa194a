/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's rows against the kernel's own word in /proc.
 */
#ifndef FDSCOPE_TEST_COMPARE_H
#define FDSCOPE_TEST_COMPARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * Every task of the process that lives has a row with its table in `rows` (the array of
 * /v1/processes), and the row says what the kernel says.  Else false, and why.  iterates: the tier
 * reads the kernel's bitmap, so that `highest` counts reserved numbers too.
 */
bool compare__process(json_t *rows, pid_t pid, bool iterates, char *why, size_t why_sz);

#endif
