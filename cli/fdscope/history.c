// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope history: how the count of a process, a unit or the host went. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "cells.h"
#include "complain.h"
#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/curve.h"
#include "fdscope/fetch.h"
#include "human.h"

#define DEFAULT_S 86400 /* how far back without --since */

/* "?pid=N", "?unit=NAME", or nothing for the host. */
static int make_target(const struct options *o, struct text *ret)
{
	char *end;
	long pid;

	text__addf(ret, FDS_API_HISTORY "?since=%jd",
		   (intmax_t)(o->since_s ?: time(NULL) - DEFAULT_S));
	if (!o->arg)
		return EXIT_FINE;
	if (!*o->arg)
		return complain(EXIT_USAGE, "'' is neither a process id nor a unit");
	pid = strtol(o->arg, &end, 10);
	if (!*end && (pid < 1 || strspn(o->arg, "0123456789") != strlen(o->arg)))
		return complain(EXIT_USAGE, "'%s' is neither a process id nor a unit", o->arg);
	if (!*end) {
		text__addf(ret, "&pid=%s", o->arg);
		return EXIT_FINE;
	}
	text__add(ret, "&unit=");
	text__add_encoded(ret, o->arg);
	/* As systemctl has it. */
	if (!strchr(o->arg, '.'))
		text__add(ret, ".service");
	return EXIT_FINE;
}

/* ---- the plot ---- */

static uint64_t count_of(const json_t *row, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(row, key));

	return v > 0 ? (uint64_t)v : 0;
}

static int read_points(const json_t *answer, struct plot_point **ret, size_t *ret_cnt)
{
	const json_t *array = json_object_get(answer, "points");
	size_t cnt = json_array_size(array);
	struct plot_point *points = calloc(cnt + 1, sizeof(*points));

	if (!points)
		return -1;
	for (size_t i = 0; i < cnt; i++) {
		const json_t *row = json_array_get(array, i);

		points[i] = (struct plot_point){
			.time_s = count_of(row, "time_s"),
			.step_s = count_of(row, "step_s"),
			.min = count_of(row, "min"),
			.max = count_of(row, "max"),
		};
	}
	*ret = points;
	*ret_cnt = cnt;
	return 0;
}

/* Whose it is, and how it stands. */
static void add_caption(const json_t *answer, struct text *out)
{
	const json_t *pid = json_object_get(answer, "pid"), *unit = json_object_get(answer, "unit");
	const json_t *now = json_object_get(answer, "allocated");
	const json_t *limit = json_object_get(answer, "limit");
	bool is_host = !json_is_integer(pid) && !json_is_string(unit);

	if (json_is_integer(pid)) {
		cell__add_string(out, json_object_get(answer, "comm"));
		text__addf(out, "[%jd]%s", (intmax_t)json_integer_value(pid),
			   json_is_string(unit) ? ", " : "");
	}
	cell__add_string(out, unit);
	text__add(out, is_host ? "open file descriptions of the host: " : ": ");
	if (json_is_integer(now))
		text__addf(out, "%jd%s", (intmax_t)json_integer_value(now),
			   is_host ? "" : " descriptors");
	else
		text__add(out, "no process now");
	if (is_host || json_is_integer(pid)) {
		text__add(out, is_host ? ", fs.file-max " : ", soft limit ");
		if (json_is_integer(limit))
			text__addf(out, "%jd", (intmax_t)json_integer_value(limit));
		else
			text__add(out, "unlimited");
	}
	text__add(out, "\n");
}

static const char *archive_of(const json_t *answer)
{
	const char *state = json_string_value(json_object_get(answer, "archive"));

	return state ?: "";
}

static int add_plot(const struct options *o, const json_t *answer, struct text *out)
{
	_cleanup_free_ struct plot_point *points = NULL;
	struct plot plot = {.limit = PLOT_NO_LIMIT};

	if (!o->no_headings)
		add_caption(answer, out);
	if (read_points(answer, &points, &plot.cnt))
		return -1;
	if (!plot.cnt) {
		text__add(out, "nothing was seen of it in that time\n");
		return 0;
	}
	if (json_is_integer(json_object_get(answer, "limit")))
		plot.limit = count_of(answer, "limit");
	plot.points = points;
	plot.from_s = points[0].time_s;
	if (o->since_s > plot.from_s)
		plot.from_s = o->since_s;
	plot.to_s = points[plot.cnt - 1].time_s + points[plot.cnt - 1].step_s;
	if (curve__add(&plot, out))
		return -1;
	if (!strcmp(archive_of(answer), "unavailable") && !o->no_headings)
		text__add(out, "The archive cannot be read now: this is what is in memory.\n");
	return 0;
}

static int print_plot(const struct options *o, const char *target)
{
	_cleanup_text_ struct text out = {};
	json_t *answer;
	int err = fetch__object(o, target, &answer);

	if (err)
		return err;
	err = add_plot(o, answer, &out);
	json_decref(answer);
	if (err || out.oom)
		return complain(EXIT_NO, "not enough memory for the plot");
	fputs(text__str(&out), stdout);
	return EXIT_FINE;
}

static int history_run(const struct options *o)
{
	_cleanup_text_ struct text target = {};
	int err = make_target(o, &target);

	if (err)
		return err;
	if (o->output && !o->json)
		return fetch__table(o, text__str(&target), "points");
	if (o->json)
		return fetch__pass(o, text__str(&target));
	return print_plot(o, text__str(&target));
}

static const struct column_set *history_columns(const struct options *o)
{
	(void)o;
	return &columns__point;
}

const struct command command__history = {
	.name = "history",
	.args = "[PID|UNIT]",
	.summary = "Plots how the count of a process, a unit or the host went",
	.options = "i",
	.columns = history_columns,
	.run = history_run,
};
