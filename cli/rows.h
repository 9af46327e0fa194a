/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks the array of a list answer one element at a time, so that the answer of a process with a
 * million descriptors takes the memory of its text and of one row.
 */
#ifndef FDSCOPE_CLI_ROWS_H
#define FDSCOPE_CLI_ROWS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct rows {
	const char *at;
	const char *end;
	bool first;
};

/*
 * Finds the array that is the member `name` of the object in body[0..sz), which must outlive the
 * walk.  -EBADMSG: this is no such answer.
 */
int rows__init(struct rows *r, const char *body, size_t sz, const char *name);

/*
 * The next element, which the caller gives back with json_decref(): 1, 0 behind the last one (and
 * the rest of the answer is in order), -EBADMSG.
 */
int rows__next(struct rows *r, json_t **ret_row);

/*
 * The whole walk: `fn` gets each element, which it may change; other than 0 ends it and is
 * returned. -EBADMSG.
 */
int rows__each(const char *body, size_t sz, const char *name, int (*fn)(void *ctx, json_t *row),
	       void *ctx);

/* The whole body as one object; for the answers that are no lists.  -EBADMSG. */
int rows__parse_object(const char *body, size_t sz, json_t **ret_object);

#endif
