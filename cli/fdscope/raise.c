// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope raise: raises the soft limit of a process, where the daemon may. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cells.h"
#include "complain.h"
#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"
#include "rows.h"

/* The answer of a daemon of ours is far shorter. */
#define ANSWER_MAX 4096

static int print_answer(const struct options *o, const char *body, size_t sz)
{
	_cleanup_text_ struct text line = {};
	json_t *row;

	if (o->json) {
		fwrite(body, 1, sz, stdout);
		return EXIT_FINE;
	}
	if (rows__parse_object(body, sz, &row))
		return complain(EXIT_NO, "the daemon's answer is not what was asked for");
	text__add(&line, "soft limit of ");
	cell__add_string(&line, json_object_get(row, "comm"));
	text__addf(&line, "[%d]: %lld -> %lld\n", o->pid,
		   (long long)json_integer_value(json_object_get(row, "old_soft_limit")),
		   (long long)json_integer_value(json_object_get(row, "soft_limit")));
	json_decref(row);
	fputs(text__str(&line), stdout);
	return EXIT_FINE;
}

static int raise_run(const struct options *o)
{
	_cleanup_client_ struct client *c = NULL;
	char target[96], body[ANSWER_MAX];
	size_t have = 0, sz;
	const char *part;
	int err = fetch__client(o, &c), r;

	if (err)
		return err;
	snprintf(target, sizeof(target), FDS_API_PROCESSES "/%d/raise?soft=%lu", o->pid, o->num);
	if (client__open_post(c, target))
		return fetch__complain(c);
	while ((r = client__read(c, &part, &sz)) > 0) {
		if (sz > sizeof(body) - have)
			return complain(EXIT_NO, "the daemon's answer is too long");
		memcpy(body + have, part, sz);
		have += sz;
	}
	return r ? fetch__complain(c) : print_answer(o, body, have);
}

const struct command command__raise = {
	.name = "raise",
	.args = "PID N",
	.summary = "Raises the soft limit of a process to N, where the daemon may act",
	.run = raise_run,
};
