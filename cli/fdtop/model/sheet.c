// SPDX-License-Identifier: GPL-2.0-or-later
/* One process in detail; see sheet.h. */
#include "fdtop/model/sheet.h"

#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "fdtop/model/value.h"
#include "rows.h"

#define POINTS_MAX 20000
#define NS_PER_S   1000000000ll

static int compare_kinds(const void *a, const void *b)
{
	int64_t x = ((const struct kind_count *)a)->count;
	int64_t y = ((const struct kind_count *)b)->count;

	return (x < y) - (x > y);
}

static void parse_kinds(struct sheet *s, json_t *kinds)
{
	const char *name;
	json_t *v;

	json_object_foreach (kinds, name, v) {
		struct text t = {};

		if (s->kind_cnt == SHEET_KINDS_MAX || !json_is_integer(v))
			continue;
		text__add_escaped(&t, name, strlen(name));
		if (t.s)
			s->kind[s->kind_cnt++] = (struct kind_count){t.s, json_integer_value(v)};
	}
	qsort(s->kind, s->kind_cnt, sizeof(s->kind[0]), compare_kinds);
}

static int parse_points(struct sheet *s, const json_t *points)
{
	size_t cnt = json_array_size(points), skip = cnt > POINTS_MAX ? cnt - POINTS_MAX : 0;

	s->point = calloc(cnt - skip + 1, sizeof(*s->point));
	if (!s->point)
		return -ENOMEM;
	for (size_t i = skip; i < cnt; i++) {
		const json_t *point = json_array_get(points, i);
		const json_t *time = json_array_get(point, 0), *count = json_array_get(point, 1);

		if (!json_is_integer(time) || !json_is_integer(count))
			continue;
		s->point[s->point_cnt++] =
			(struct series_point){json_integer_value(time), json_integer_value(count),
					      json_integer_value(count), 0};
	}
	return 0;
}

static void cleanup_sheet(struct sheet **s)
{
	sheet__free(*s);
}

static int parse(const json_t *root, struct sheet **ret_sheet)
{
	_cleanup_(cleanup_sheet) struct sheet *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = proc__parse(root, &s->proc);
	if (!err)
		err = parse_points(s, json_object_get(root, "history"));
	if (err)
		return err;
	parse_kinds(s, json_object_get(root, "kinds"));
	s->generated_ns = value__int(root, "generated_ns");
	s->threads = value__int(root, "threads");
	s->ns_pid = value__int(root, "ns_pid");
	s->room = value__limit(root, "room");
	s->installed = value__int(root, "installed");
	s->reserved = value__int(root, "reserved");
	s->ofds = value__int(root, "ofds");
	s->shared_ofds = value__int(root, "shared_ofds");
	s->table_user_cnt = json_array_size(json_object_get(root, "table_users"));
	*ret_sheet = take_ptr(s);
	return 0;
}

int sheet__parse(const char *body, size_t sz, struct sheet **ret_sheet)
{
	json_t *root;
	int err = rows__parse_object(body, sz, &root);

	if (err)
		return err;
	err = parse(root, ret_sheet);
	json_decref(root);
	return err;
}

void sheet__free(struct sheet *s)
{
	if (!s)
		return;
	proc__free(s->proc);
	for (size_t i = 0; i < s->kind_cnt; i++)
		free(s->kind[i].name);
	free(s->point);
	free(s);
}

struct buckets {
	struct sheet *sheet;
	size_t cap;
};

static int add_bucket(void *ctx, json_t *row)
{
	struct buckets *b = ctx;
	struct sheet *s = b->sheet;
	int64_t begin = value__int(row, "time_s"), step = value__int(row, "step_s");
	int64_t min = value__int(row, "min"), max = value__int(row, "max");

	if (begin < 0 || begin > INT64_MAX / NS_PER_S / 2 || step <= 0 || step > 86400 || min < 0 ||
	    max < min || s->point_cnt >= POINTS_MAX)
		return 0;
	if (array_reserve(s->point, b->cap, s->point_cnt))
		return -ENOMEM;
	s->point[s->point_cnt++] = (struct series_point){begin * NS_PER_S, min, max, step};
	return 0;
}

int sheet__parse_history(const char *body, size_t sz, struct sheet **ret_points)
{
	_cleanup_(cleanup_sheet) struct sheet *s = calloc(1, sizeof(*s));
	int err = s ? rows__each(body, sz, "points", add_bucket, &(struct buckets){s, 0}) : -ENOMEM;

	if (err)
		return err;
	*ret_points = take_ptr(s);
	return 0;
}
