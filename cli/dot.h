/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The graph of who holds what, in three ranks: processes, open file descriptions, inodes.  Made of
 * rows of descriptors, written as Graphviz DOT or as JSON.
 */
#ifndef FDSCOPE_CLI_DOT_H
#define FDSCOPE_CLI_DOT_H

#include <jansson.h>

#include "text.h"

struct graph;

/* -ENOMEM. */
int graph__new(struct graph **ret);
/* Accepts NULL. */
void graph__free(struct graph *g);

/*
 * A descriptor as /v1/who and /v1/processes/PID/files have it.  `pid`, `comm`: of whose it is,
 * where the row does not say so itself.  With "shared_with" come those who hold the ofd too.  What
 * the daemon did not tell, or not as expected, is left out.  -ENOMEM.
 */
int graph__add(struct graph *g, const json_t *row, json_int_t pid, const char *comm);

void graph__add_dot(const struct graph *g, struct text *out);
/* {"nodes": [...], "edges": [...]}; NULL: no memory. */
json_t *graph__to_json(const struct graph *g);

/*
 * Adds text for between the quotes of a DOT label: what can do harm to a terminal as \xNN (so it is
 * in tables too), quotes and backslashes so that they are shown.
 */
void dot__add_escaped(struct text *out, const char *s);

#endif
