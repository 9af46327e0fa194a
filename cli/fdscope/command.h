/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command is: one constant struct in a file of its own; main.c has the list. */
#ifndef FDSCOPE_CLI_COMMAND_H
#define FDSCOPE_CLI_COMMAND_H

#include <stdbool.h>

#include "columns.h"
#include "complain.h"
#include "fdscope/options.h"

struct command {
	const char *name;
	const char *args; /* "PID", "PID N", "PID|--all", "[WORD]", what ends in "WHAT", or NULL:
			     takes none */
	const char *summary;
	bool local;	     /* it asks no daemon, and has no use for a socket */
	const char *options; /* ids of its own options, see options.c; the common ones come along */
	/* Columns that its answer has; may depend on options (top --by). */
	const struct column_set *(*columns)(const struct options *o);
	/* Returns enum exit_status; what went wrong has been said by then. */
	int (*run)(const struct options *o);
};

extern const struct command command__top;
extern const struct command command__show;
extern const struct command command__files;
extern const struct command command__who;
extern const struct command command__graph;
extern const struct command command__system;
extern const struct command command__status;
extern const struct command command__failures;
extern const struct command command__hazards;
extern const struct command command__incidents;
extern const struct command command__history;
extern const struct command command__check;
extern const struct command command__raise;
extern const struct command command__watch;

/* Ended by NULL. */
extern const struct command *const command__list[];

#endif
