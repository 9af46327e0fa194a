// SPDX-License-Identifier: GPL-2.0-or-later
/* Walks the array of a list answer; see rows.h. */
#include "rows.h"

#include <errno.h>
#include <string.h>

/* NUL in a string is allowed: it is shown escaped. */
#define LOAD_FLAGS JSON_ALLOW_NUL

static void skip_blanks(struct rows *r)
{
	while (r->at < r->end && strchr(" \t\r\n", *r->at) && *r->at)
		r->at++;
}

/* Passes `c`, blanks in front of it allowed. */
static bool take(struct rows *r, char c)
{
	skip_blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

/* Any one value; *ret_value is a new reference. */
static int load_value(struct rows *r, json_t **ret_value)
{
	json_error_t error;
	json_t *value;

	skip_blanks(r);
	value = json_loadb(r->at, r->end - r->at,
			   LOAD_FLAGS | JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &error);
	if (!value)
		return -EBADMSG;
	r->at += error.position;
	*ret_value = value;
	return 0;
}

/* Passes the name of a member and its colon; *ret_same: it is `name`. */
static int take_name(struct rows *r, const char *name, bool *ret_same)
{
	json_t *key;
	int err = load_value(r, &key);

	if (err)
		return err;
	err = json_is_string(key) && take(r, ':') ? 0 : -EBADMSG;
	*ret_same = !err && name && !strcmp(json_string_value(key), name);
	json_decref(key);
	return err;
}

int rows__init(struct rows *r, const char *body, size_t sz, const char *name)
{
	*r = (struct rows){.at = body, .end = body + sz, .first = true};
	if (!take(r, '{'))
		return -EBADMSG;
	for (;;) {
		json_t *value;
		bool same = false;

		if (take_name(r, name, &same))
			return -EBADMSG;
		if (same)
			return take(r, '[') ? 0 : -EBADMSG;
		if (load_value(r, &value))
			return -EBADMSG;
		json_decref(value);
		if (!take(r, ','))
			return -EBADMSG;
	}
}

/* What follows the array: more members, the end of the object, nothing. */
static int check_rest(struct rows *r)
{
	while (take(r, ',')) {
		json_t *value;
		bool same;

		if (take_name(r, NULL, &same) || load_value(r, &value))
			return -EBADMSG;
		json_decref(value);
	}
	if (!take(r, '}'))
		return -EBADMSG;
	skip_blanks(r);
	return r->at == r->end ? 0 : -EBADMSG;
}

int rows__next(struct rows *r, json_t **ret_row)
{
	json_t *row;

	if (take(r, ']')) /* also behind a comma: not worth a refusal */
		return check_rest(r);
	if (!r->first && !take(r, ','))
		return -EBADMSG;
	r->first = false;
	if (load_value(r, &row))
		return -EBADMSG;
	if (!json_is_object(row)) {
		json_decref(row);
		return -EBADMSG;
	}
	*ret_row = row;
	return 1;
}

int rows__each(const char *body, size_t sz, const char *name, int (*fn)(void *ctx, json_t *row),
	       void *ctx)
{
	struct rows rows;
	json_t *row;
	int err = rows__init(&rows, body, sz, name), r;

	while (!err && (r = rows__next(&rows, &row))) {
		if (r < 0)
			return r;
		err = fn(ctx, row);
		json_decref(row);
	}
	return err;
}

int rows__parse_object(const char *body, size_t sz, json_t **ret_object)
{
	json_t *root = json_loadb(body, sz, LOAD_FLAGS, NULL);

	if (!json_is_object(root)) {
		json_decref(root);
		return -EBADMSG;
	}
	*ret_object = root;
	return 0;
}
