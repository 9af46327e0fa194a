/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command is: one constant struct in a file of its own; main.c has the list. */
#ifndef FDSCOPE_CLI_COMMAND_H
#define FDSCOPE_CLI_COMMAND_H

#include "columns.h"
#include "fdscope/options.h"

enum exit_status {
	EXIT_FINE = 0,
	EXIT_NO = 1,	      /* the answer is "no", or an error of the command */
	EXIT_USAGE = 2,	      /* wrong usage */
	EXIT_UNREACHABLE = 3, /* the daemon cannot be reached */
};

struct command {
	const char *name;
	const char *args; /* "PID", or NULL: takes none */
	const char *summary;
	const char *options; /* ids of its own options, see options.c; the common ones come along */
	/* Columns that its answer has; may depend on options (top --by). */
	const struct column_set *(*columns)(const struct options *o);
	/* Returns enum exit_status; what went wrong has been said by then. */
	int (*run)(const struct options *o);
};

extern const struct command command__top;
extern const struct command command__show;
extern const struct command command__files;
extern const struct command command__system;
extern const struct command command__status;
extern const struct command command__watch;

/* Ended by NULL. */
extern const struct command *const command__list[];

#endif
