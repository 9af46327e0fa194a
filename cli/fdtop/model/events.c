// SPDX-License-Identifier: GPL-2.0-or-later
/* What happened; see events.h. */
#include "fdtop/model/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "fdtop/model/value.h"
#include "rows.h"

static const struct grid_source source = {
	.set = &columns__event, .columns = "TIME,TYPE,PID,COMM,WHAT", .id_key = "incident"};

static bool is_hello(const json_t *event)
{
	const json_t *type = json_object_get(event, "type");

	return !json_is_string(type) || !strcmp(json_string_value(type), "hello");
}

bool events__add_line(struct grid **g, const char *line, size_t len)
{
	json_t *event = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
	bool shown = json_is_object(event) && !is_hello(event);

	if (shown && !*g && grid__new(&source, g))
		shown = false;
	if (shown) {
		shown = !grid__add(*g, &source, event);
		grid__trim(*g, EVENTS_MAX);
	}
	json_decref(event);
	return shown;
}

/* A row of /v1/failures stands for `count` events, of which the last is told. */
static void make_failure(json_t *row)
{
	int64_t count = value__int(row, "count");

	json_object_set_new(row, "type", json_string("failure"));
	json_object_set_new(row, "held_back", json_integer(count > 1 ? count - 1 : 0));
}

/* What was told last of an incident, when that was. */
static void make_alert(json_t *row)
{
	const json_t *cleared = json_object_get(row, "cleared_ns");

	json_object_set_new(row, "type", json_string("alert"));
	json_object_set(row, "incident", json_object_get(row, "id"));
	if (json_is_integer(cleared))
		json_object_set_new(row, "time_ns", json_copy((json_t *)cleared));
}

static int compare_times(const void *a, const void *b)
{
	int64_t x = ((const struct grid_row *)a)->time_ns;
	int64_t y = ((const struct grid_row *)b)->time_ns;

	return (x > y) - (x < y);
}

static void cleanup_grid(struct grid **g)
{
	grid__free(*g);
}

struct past {
	struct grid *grid;
	void (*make)(json_t *row);
};

static int add_past(void *ctx, json_t *row)
{
	struct past *p = ctx;

	p->make(row);
	/* Of those of an earlier daemon the time on this clock is not known. */
	if (!json_is_integer(json_object_get(row, "time_ns")))
		return 0;
	return grid__add(p->grid, &source, row);
}

static int parse(const char *body, size_t sz, const char *array, void (*make)(json_t *row),
		 struct grid **ret_grid)
{
	_cleanup_(cleanup_grid) struct grid *g = NULL;
	int err = grid__new(&source, &g);

	if (!err)
		err = rows__each(body, sz, array, add_past, &(struct past){g, make});
	if (err)
		return err;
	if (g->cnt)
		qsort(g->row, g->cnt, sizeof(*g->row), compare_times);
	*ret_grid = take_ptr(g);
	return 0;
}

int events__parse_failures(const char *body, size_t sz, struct grid **ret_grid)
{
	return parse(body, sz, "failures", make_failure, ret_grid);
}

int events__parse_incidents(const char *body, size_t sz, struct grid **ret_grid)
{
	return parse(body, sz, "incidents", make_alert, ret_grid);
}

int events__merge(struct grid **g, struct grid *past)
{
	size_t had, cnt;
	struct grid_row *all;

	if (!*g && grid__new(&source, g))
		return -ENOMEM;
	had = (*g)->cnt;
	cnt = had + past->cnt;
	all = malloc((cnt + 1) * sizeof(*all));
	if (!all)
		return -ENOMEM;
	if (past->cnt)
		memcpy(all, past->row, past->cnt * sizeof(*all));
	if (had)
		memcpy(all + past->cnt, (*g)->row, had * sizeof(*all));
	qsort(all, cnt, sizeof(*all), compare_times);
	free((*g)->row);
	(*g)->row = all;
	(*g)->cnt = cnt;
	(*g)->cap = cnt + 1;
	for (size_t i = 0; i < past->list.cnt; i++)
		if (past->width[i] > (*g)->width[i])
			(*g)->width[i] = past->width[i];
	past->cnt = 0;
	grid__trim(*g, EVENTS_MAX);
	return 0;
}
