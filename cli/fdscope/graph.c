// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope graph: processes, open file descriptions and inodes as a picture for Graphviz. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "complain.h"
#include "dot.h"
#include "fdscope/api.h"
#include "fdscope/ask_who.h"
#include "fdscope/command.h"
#include "fdscope/fetch.h"
#include "human.h"
#include "rows.h"

struct drawing {
	struct graph *graph;
	json_int_t pid; /* whose the rows are, where they do not say so */
	char comm[64];
	size_t cnt;
};

static void cleanup_graph(struct graph **g)
{
	graph__free(*g);
}

static int add_row(void *ctx, json_t *row)
{
	struct drawing *d = ctx;

	d->cnt++;
	return graph__add(d->graph, row, d->pid, d->comm);
}

/* The descriptors of one process, and whoever shares an ofd with it. */
static int ask_process(const struct options *o, struct drawing *d, char **ret_body, size_t *ret_sz)
{
	const char *comm;
	char target[64];
	json_t *process;
	int err;

	snprintf(target, sizeof(target), FDS_API_PROCESSES "/%d", (int)d->pid);
	err = fetch__object(o, target, &process);
	if (err)
		return err;
	comm = json_string_value(json_object_get(process, "comm"));
	snprintf(d->comm, sizeof(d->comm), "%s", comm ? comm : "?");
	json_decref(process);
	strcat(target, "/files");
	return fetch__body(o, target, ret_body, ret_sz);
}

static int print(const struct options *o, const struct graph *g)
{
	_cleanup_text_ struct text out = {};
	json_t *json;

	if (!o->json) {
		graph__add_dot(g, &out);
		if (out.oom)
			return complain(EXIT_NO, "not enough memory for the graph");
		fputs(text__str(&out), stdout);
		return EXIT_FINE;
	}
	json = graph__to_json(g);
	if (!json)
		return complain(EXIT_NO, "not enough memory for the graph");
	json_dumpf(json, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(json);
	return EXIT_FINE;
}

static int graph_run(const struct options *o)
{
	_cleanup_(cleanup_graph) struct graph *g = NULL;
	_cleanup_free_ char *body = NULL;
	struct drawing d = {};
	pid_t pid;
	size_t sz;
	int err;

	if (!o->arg2 && !human__parse_pid(o->arg, &pid))
		d.pid = pid;
	err = d.pid ? ask_process(o, &d, &body, &sz) : ask_who__get(o, &body, &sz);
	if (err)
		return err;
	err = graph__new(&g);
	d.graph = g;
	if (!err)
		err = rows__each(body, sz, d.pid ? "files" : "holders", add_row, &d);
	if (err)
		return fetch__complain_answer(err);
	if (!d.cnt && !d.pid)
		return complain(EXIT_NO, "nobody holds %s%s%s", o->arg, o->arg2 ? " " : "",
				o->arg2 ? o->arg2 : "");
	return print(o, g);
}

const struct command command__graph = {
	.name = "graph",
	.args = "PID|WHAT",
	.summary = "Draws processes, open file descriptions and inodes, for Graphviz (dot)",
	.run = graph_run,
};
