// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscope incidents: what was alarmed about; and one of them with its black box. */
#include <errno.h>
#include <jansson.h>
#include <stdint.h>
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

#define NS_PER_S 1000000000ll

static const struct column_set *incidents_columns(const struct options *o)
{
	return o->arg ? &columns__case : &columns__incident;
}

static int list(const struct options *o)
{
	char target[96];

	snprintf(target, sizeof(target), FDS_API_INCIDENTS "?limit=%lu%s", o->limit,
		 o->firing ? "&state=firing" : "");
	return fetch__table(o, target, "incidents");
}

/* Unix time less time since boot, as the two times of the incident tell. */
static int64_t boot_s(const json_t *row)
{
	const char *time = json_string_value(json_object_get(row, "time"));
	json_int_t time_ns = json_integer_value(json_object_get(row, "time_ns"));
	struct tm tm = {};

	return time && strptime(time, "%Y-%m-%dT%H:%M:%SZ", &tm) ? timegm(&tm) - time_ns / NS_PER_S
								 : 0;
}

/* How the count went until then. */
static int add_curve(const json_t *row, struct text *out)
{
	const json_t *curve = cell__value(row, "black_box.curve"), *one;
	const json_t *soft = json_object_get(row, "soft_limit");
	size_t cnt = json_array_size(curve), i;
	_cleanup_free_ struct plot_point *points = calloc(cnt + 1, sizeof(*points));
	struct plot plot = {.points = points, .cnt = cnt, .limit = PLOT_NO_LIMIT};
	int64_t since_s = boot_s(row);

	if (!points)
		return -ENOMEM;
	json_array_foreach (curve, i, one) {
		uint64_t count = json_integer_value(json_array_get(one, 1));

		points[i] = (struct plot_point){
			.time_s = since_s + json_integer_value(json_array_get(one, 0)) / NS_PER_S,
			.min = count,
			.max = count,
		};
	}
	/* Each holds until the next. */
	for (i = 0; i < cnt; i++)
		points[i].step_s = i + 1 < cnt ? points[i + 1].time_s - points[i].time_s : 4;
	if (cnt < 2 || points[cnt - 1].time_s <= points[0].time_s)
		return 0;
	if (json_is_integer(soft))
		plot.limit = json_integer_value(soft);
	plot.from_s = points[0].time_s;
	plot.to_s = points[cnt - 1].time_s + points[cnt - 1].step_s;
	text__add(out, "\nDescriptors until then:\n");
	return curve__add(&plot, out);
}

static int print(const struct options *o, const json_t *row)
{
	_cleanup_text_ struct text plot = {};
	int err = fetch__print_sheet(o, row);

	if (err || o->output || o->no_headings)
		return err;
	if (add_curve(row, &plot) || plot.oom)
		return complain(EXIT_NO, "not enough memory for the plot");
	fputs(text__str(&plot), stdout);
	return EXIT_FINE;
}

static int show(const struct options *o)
{
	char target[96];
	json_t *row;
	int err;

	if (o->firing || o->limit_given)
		return complain(EXIT_USAGE, "--firing and -n are for the list, not for one");
	if (strspn(o->arg, "0123456789") != strlen(o->arg) || strlen(o->arg) > 18 || !*o->arg)
		return complain(EXIT_USAGE,
				"'%s' is not the number of an incident; 'fdscope incidents' lists "
				"them",
				o->arg);
	snprintf(target, sizeof(target), FDS_API_INCIDENTS "/%s", o->arg);
	if (o->json)
		return fetch__pass(o, target);
	err = fetch__object(o, target, &row);
	if (err)
		return err;
	err = print(o, row);
	json_decref(row);
	return err;
}

static int incidents_run(const struct options *o)
{
	return o->arg ? show(o) : list(o);
}

const struct command command__incidents = {
	.name = "incidents",
	.args = "[ID]",
	.summary = "Lists alerts that were told, or shows one with its black box",
	.options = "nF",
	.columns = incidents_columns,
	.run = incidents_run,
};
