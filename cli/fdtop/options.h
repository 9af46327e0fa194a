/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of fdtop. */
#ifndef FDSCOPE_FDTOP_OPTIONS_H
#define FDSCOPE_FDTOP_OPTIONS_H

#include <sys/types.h>

#include "fdtop/model/settings.h"

struct options {
	const char *socket;
	const char *filter; /* NULL: none */
	pid_t pid;	    /* 0: the list */
	bool failing;
	unsigned long batch; /* screens as plain text, 0: live */
	unsigned long rows;  /* of them, 0: all */
	bool ascii;
	bool no_colour;
	bool help;
	bool version;
};

/* Settings are changed by what is given; may be called again.  0, or EXIT_USAGE after one line on
 * stderr. */
int options__parse(int argc, char **argv, struct options *ret_options, struct settings *settings);
void options__print_help(void);

#endif
