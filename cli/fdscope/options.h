/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: one table of options, of which each command takes some. */
#ifndef FDSCOPE_CLI_OPTIONS_H
#define FDSCOPE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "columns.h"

struct command;

struct options {
	const struct command *cmd; /* NULL: none given, which --help and --version allow */
	const char *socket;
	bool json;
	bool no_headings;
	bool list_columns;
	bool help;
	bool version;
	const char *output;	    /* -o as given, NULL */
	struct column_list columns; /* what it means, or the default */
	const char *by;		    /* NULL: not given; so with the next three */
	const char *sort;
	const char *filter;
	const char *types;
	bool limit_given;
	unsigned long limit; /* 0: all */
	unsigned long count; /* events to show, 0: no end */
	pid_t only_pid;	     /* 0: all */
	bool firing;
	bool all;
	int64_t since_s;   /* unix time, 0: not given */
	pid_t pid;	   /* PID argument */
	const char *arg;   /* any other argument, NULL: not given */
	const char *arg2;  /* the one behind it; so with this */
	unsigned long num; /* N argument */
};

/*
 * Checks everything that can be checked without the daemon.  0, or EXIT_USAGE after one line on
 * stderr that says what is wrong and what is allowed.
 */
int options__parse(int argc, char **argv, struct options *ret_options);

/* --help: of a command, or with NULL of the program. */
void options__print_help(const struct command *cmd);

#endif
