/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The question of "fdscope who" and "fdscope graph": WHAT of the command line, and its answer. */
#ifndef FDSCOPE_CLI_ASK_WHO_H
#define FDSCOPE_CLI_ASK_WHO_H

#include <stddef.h>

#include "fdscope/options.h"

/* The body, to be freed.  Returns enum exit_status; what went wrong has been said by then. */
int ask_who__get(const struct options *o, char **ret_body, size_t *ret_sz);

#endif
