/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question to the daemon and its answer on stdout, as it is or as rows; what every command but
 * watch does.  All return enum exit_status and have said what went wrong.
 */
#ifndef FDSCOPE_CLI_FETCH_H
#define FDSCOPE_CLI_FETCH_H

#include <jansson.h>

#include "client.h"
#include "fdscope/options.h"

/* A list answer, whose array is the member `name`, as a table; the body itself with --json. */
int fetch__table(const struct options *o, const char *target, const char *name);

/*
 * The same in two steps: the answer's body, to be freed, and what to do with that of a list, which
 * also counts its elements.
 */
int fetch__body(const struct options *o, const char *target, char **ret_body, size_t *ret_sz);
int fetch__print_list(const struct options *o, const char *body, size_t sz, const char *name,
		      size_t *ret_cnt);

/* Says that an answer is none (-EBADMSG), or what else was in the way. */
int fetch__complain_answer(int err);

/* An answer that is one object, to be given back with json_decref(). */
int fetch__object(const struct options *o, const char *target, json_t **ret_row);

/* The same as a sheet; the body itself with --json. */
int fetch__sheet(const struct options *o, const char *target);
int fetch__print_sheet(const struct options *o, const json_t *row);

/* The body itself, as --json has it. */
int fetch__pass(const struct options *o, const char *target);

/* A client for o->socket.  EXIT_NO when there is no memory. */
int fetch__client(const struct options *o, struct client **ret_client);

/* Says what a client met. */
int fetch__complain(const struct client *c);

static inline void fetch__cleanup_client(struct client **c)
{
	client__free(*c);
}

#define _cleanup_client_ __attribute__((cleanup(fetch__cleanup_client)))

#endif
