/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened, oldest first: lines of the stream as they come, and before them what the daemon
 * remembers of the time before fdtop began.
 */
#ifndef FDSCOPE_FDTOP_EVENTS_H
#define FDSCOPE_FDTOP_EVENTS_H

#include <stdbool.h>

#include "fdtop/model/grid.h"

#define EVENTS_MAX 5000 /* newest that are kept */

/* A line of the stream; *g is made when it is NULL.  True: it is one to show. */
bool events__add_line(struct grid **g, const char *line, size_t len);

/* Answers of /v1/failures and /v1/incidents as events.  -EBADMSG, -ENOMEM. */
int events__parse_failures(const char *body, size_t sz, struct grid **ret_grid);
int events__parse_incidents(const char *body, size_t sz, struct grid **ret_grid);

/* Puts the rows of `past` where their times belong and leaves it empty.  -ENOMEM. */
int events__merge(struct grid **g, struct grid *past);

#endif
