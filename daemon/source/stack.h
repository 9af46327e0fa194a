/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where in which files a process was when it failed: from its own maps while it lives, else from
 * what the failure's record tells and what was learned from others.
 */
#ifndef FDSCOPE_STACK_H
#define FDSCOPE_STACK_H

#include "fdscope/record.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Calls fn for each call of the failure's stack in turn, innermost first, with one of
 *  - "FILE+0xOFFSET": path and place in the file;
 *  - "NAME(BUILDID)+0xOFFSET": in the program itself, whose file is not found;
 *  - "build-id:BUILDID+0xOFFSET": in a file of which nothing else is known;
 *  - "0xADDRESS": in memory without a file, or a file without a build id that is not found.
 * Returns the stack's id: the same for the same innermost FDS_FRAME_MAX calls, in whichever of
 * these ways files with a build id were told.
 */
uint64_t stack__describe(const struct fds_failure *f, void (*fn)(void *ctx, const char *place),
			 void *ctx);

#endif
