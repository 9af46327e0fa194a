/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a program is told of a descriptor that it starts with: by its arguments or environment,
 * in one of the forms that are in use for that.
 */
#ifndef FDSCOPE_TOLD_H
#define FDSCOPE_TOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts with a NUL behind each; what comes last may be cut and is then left out. */
struct told {
	const char *args; /* with the program's own name */
	size_t args_sz;
	const char *env;
	size_t env_sz;
	uint32_t pid; /* as the program counts itself */
};

bool told__names(const struct told *t, unsigned int fd);

#endif
