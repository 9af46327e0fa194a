// SPDX-License-Identifier: GPL-2.0-or-later
/* One question and its answer; see fetch.h. */
#include "fdscope/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "complain.h"
#include "fdscope/command.h"
#include "fdscope/table.h"
#include "program.h"
#include "rows.h"

int fetch__client(const struct options *o, struct client **ret_client)
{
	int err = client__new(o->socket, ret_client);

	return err ? complain(EXIT_NO, "%s", strerror(-err)) : EXIT_FINE;
}

int fetch__complain(const struct client *c)
{
	int status = client__fault(c) == CLIENT_UNREACHABLE ? EXIT_UNREACHABLE : EXIT_NO;

	return complain(status, "%s", client__message(c));
}

/* The body as it comes, in no more memory than the client's buffer. */
int fetch__pass(const struct options *o, const char *target)
{
	_cleanup_client_ struct client *c = NULL;
	int err = fetch__client(o, &c);
	const char *part;
	char last = '\n';
	size_t sz;
	int r;

	if (err)
		return err;
	if (client__open(c, target))
		return fetch__complain(c);
	while ((r = client__read(c, &part, &sz)) > 0) {
		if (fwrite(part, 1, sz, stdout) != sz) {
			complain__output_failed();
			return EXIT_FINE; /* see complain__check_output() */
		}
		last = sz ? part[sz - 1] : last;
	}
	if (r)
		return fetch__complain(c);
	/* An answer that was made while it was sent has no length: its end says that it is whole.
	 */
	return last == '\n' ? EXIT_FINE : complain(EXIT_NO, "the daemon's answer is cut off");
}

int fetch__body(const struct options *o, const char *target, char **ret_body, size_t *ret_sz)
{
	_cleanup_client_ struct client *c = NULL;
	int err = fetch__client(o, &c);

	if (err)
		return err;
	return client__get(c, target, ret_body, ret_sz) ? fetch__complain(c) : EXIT_FINE;
}

int fetch__complain_answer(int err)
{
	if (err == -EBADMSG)
		return complain(EXIT_NO, "the daemon's answer is not what was asked for");
	return complain(EXIT_NO, "%s", strerror(-err));
}

static void cleanup_table(struct table **t)
{
	table__free(*t);
}

static int print_table(const struct options *o, struct rows *rows, size_t *ret_cnt)
{
	_cleanup_(cleanup_table) struct table *t = NULL;
	int err = table__new(&o->columns, o->no_headings, &t);

	if (err)
		return err;
	for (*ret_cnt = 0;; ++*ret_cnt) {
		json_t *row;
		int r = rows__next(rows, &row);

		if (r < 0)
			return r;
		if (!r)
			return table__flush(t);
		err = table__add(t, row);
		json_decref(row);
		if (err)
			return err;
		if (ferror(stdout))
			return 0;
	}
}

static int count_row(void *ctx, json_t *row)
{
	(void)row;
	++*(size_t *)ctx;
	return 0;
}

int fetch__print_list(const struct options *o, const char *body, size_t sz, const char *name,
		      size_t *ret_cnt)
{
	struct rows rows;
	int err;

	if (o->json) {
		*ret_cnt = 0;
		err = rows__each(body, sz, name, count_row, ret_cnt);
		if (!err && fwrite(body, 1, sz, stdout) != sz)
			complain__output_failed();
		return err ? fetch__complain_answer(err) : EXIT_FINE;
	}
	program__use_utf8();
	err = rows__init(&rows, body, sz, name);
	if (!err)
		err = print_table(o, &rows, ret_cnt);
	return err ? fetch__complain_answer(err) : EXIT_FINE;
}

int fetch__table(const struct options *o, const char *target, const char *name)
{
	_cleanup_free_ char *body = NULL;
	size_t sz, cnt;
	int err;

	if (o->json)
		return fetch__pass(o, target);
	err = fetch__body(o, target, &body, &sz);
	return err ?: fetch__print_list(o, body, sz, name, &cnt);
}

int fetch__object(const struct options *o, const char *target, json_t **ret_row)
{
	_cleanup_free_ char *body = NULL;
	size_t sz;
	int err = fetch__body(o, target, &body, &sz);

	if (err)
		return err;
	err = rows__parse_object(body, sz, ret_row);
	return err ? fetch__complain_answer(err) : EXIT_FINE;
}

int fetch__print_sheet(const struct options *o, const json_t *row)
{
	int err;

	program__use_utf8();
	err = table__print_sheet(o, row);
	return err ? fetch__complain_answer(err) : EXIT_FINE;
}

int fetch__sheet(const struct options *o, const char *target)
{
	json_t *row;
	int err;

	if (o->json)
		return fetch__pass(o, target);
	err = fetch__object(o, target, &row);
	if (err)
		return err;
	err = fetch__print_sheet(o, row);
	json_decref(row);
	return err;
}
