// SPDX-License-Identifier: GPL-2.0-or-later
/* From a row of an answer to the text of a cell; see cells.h. */
#include "cells.h"

#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "human.h"

#define LEVEL_WARN	 80 /* per cent of the soft limit */
#define LEVEL_CRITICAL	 95
#define SHARED_SHOWN_MAX 4 /* holders in one cell; --json has them all */

json_t *cell__value(const json_t *row, const char *key)
{
	const char *dot;
	char part[64];

	for (; (dot = strchr(key, '.')); key = dot + 1) {
		if (snprintf(part, sizeof(part), "%.*s", (int)(dot - key), key) >=
		    (int)sizeof(part))
			return NULL;
		row = json_object_get(row, part);
	}
	return json_object_get(row, key);
}

void cell__add_string(struct text *out, const json_t *value)
{
	if (json_is_string(value))
		text__add_escaped(out, json_string_value(value), json_string_length(value));
}

static void add_integer(struct text *out, const json_t *value)
{
	if (json_is_integer(value))
		text__addf(out, "%jd", (intmax_t)json_integer_value(value));
	else
		text__add(out, "?");
}

static int64_t now_ns(clockid_t clock)
{
	struct timespec ts = {};

	clock_gettime(clock, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Time since boot as time of day, by today's difference between the two clocks. */
static void add_clock(struct text *out, int64_t boot_ns)
{
	int64_t ns = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_BOOTTIME);
	char buf[32];
	struct tm tm;
	time_t s;

	if (__builtin_add_overflow(ns, boot_ns, &ns) || ns < 0) {
		text__add(out, "?");
		return;
	}
	s = ns / 1000000000;
	if (!localtime_r(&s, &tm) || !strftime(buf, sizeof(buf), "%H:%M:%S", &tm))
		return;
	text__addf(out, "%s.%03d", buf, (int)(ns / 1000000 % 1000));
}

static void add_date(struct text *out, int64_t unix_s)
{
	time_t s = unix_s;
	char buf[64];
	struct tm tm;

	if (localtime_r(&s, &tm) && strftime(buf, sizeof(buf), "%Y-%m-%d %H:%M:%S", &tm))
		text__add(out, buf);
	else
		text__add(out, "?");
}

static void add_integer_as(struct text *out, enum column_type type, int64_t v)
{
	int64_t age;

	switch (type) {
	case COL_NS:
		human__add_duration(out, v);
		break;
	case COL_TIME:
		if (__builtin_sub_overflow(now_ns(CLOCK_BOOTTIME), v, &age))
			text__add(out, "?");
		else
			human__add_duration(out, age);
		break;
	case COL_CLOCK:
		add_clock(out, v);
		break;
	case COL_DATE:
		add_date(out, v);
		break;
	case COL_BYTES:
		human__add_bytes(out, v);
		break;
	default:
		text__addf(out, "%jd", (intmax_t)v);
	}
}

static void add_number_as(struct text *out, enum column_type type, double v)
{
	if (type == COL_RATIO)
		human__add_ratio(out, v);
	else if (type == COL_RATE)
		human__add_rate(out, v);
	else
		human__add_seconds(out, v);
}

static void add_value(struct text *out, enum column_type type, const json_t *v)
{
	switch (type) {
	case COL_STRING:
		if (json_is_string(v))
			cell__add_string(out, v);
		else
			text__add(out, "?");
		break;
	case COL_RATIO:
	case COL_RATE:
	case COL_SECONDS:
		if (json_is_number(v))
			add_number_as(out, type, json_number_value(v));
		else
			text__add(out, "?");
		break;
	case COL_BOOL:
		text__add(out, json_is_boolean(v) ? json_is_true(v) ? "yes" : "no" : "?");
		break;
	default:
		if (json_is_integer(v))
			add_integer_as(out, type, json_integer_value(v));
		else
			text__add(out, "?");
	}
}

void cell__format(const struct column *col, const json_t *row, struct text *out)
{
	const json_t *v = col->key ? cell__value(row, col->key) : NULL;

	text__clear(out);
	if (col->get)
		col->get(row, out);
	else if (json_is_null(v) && col->type == COL_LIMIT)
		text__add(out, "unlimited");
	else if (v && !json_is_null(v))
		add_value(out, col->type, v);
	if (!out->len)
		text__add(out, "-");
}

int cell__level(const struct column *col, const json_t *row)
{
	const json_t *v;
	double percent;

	if (col->type != COL_RATIO)
		return 0;
	v = cell__value(row, col->key);
	percent = json_number_value(v) * 100;
	return percent >= LEVEL_CRITICAL ? LEVEL_CRITICAL : percent >= LEVEL_WARN ? LEVEL_WARN : 0;
}

void cell__get_pid(const json_t *row, struct text *out)
{
	const json_t *pid = json_object_get(row, "pid");
	const json_t *tid = json_object_get(row, "tid");

	if (!pid)
		return;
	add_integer(out, pid);
	if (json_is_integer(tid) && json_integer_value(tid) != json_integer_value(pid))
		text__addf(out, "/%jd", (intmax_t)json_integer_value(tid));
}

/* The last names are remembered: a look-up may go over the network, and rows repeat users. */
void cell__add_user(struct text *out, int64_t uid)
{
	static struct {
		int64_t uid;
		char name[40];
		bool known;
	} cache[64];
	size_t slot;

	if (uid < 0 || uid > UINT32_MAX) {
		text__add(out, "?");
		return;
	}
	slot = (size_t)uid % (sizeof(cache) / sizeof(cache[0]));
	if (!cache[slot].known || cache[slot].uid != uid) {
		const struct passwd *pw = getpwuid((uid_t)uid);

		cache[slot].known = true;
		cache[slot].uid = uid;
		/* A name that is not whole is no name: then the number. */
		if (!pw || strlen(pw->pw_name) >= sizeof(cache[slot].name))
			cache[slot].name[0] = '\0';
		else
			strcpy(cache[slot].name, pw->pw_name);
	}
	if (cache[slot].name[0])
		text__add_escaped(out, cache[slot].name, strlen(cache[slot].name));
	else
		text__addf(out, "%jd", (intmax_t)uid);
}

void cell__get_user(const json_t *row, struct text *out)
{
	const json_t *uid = json_object_get(row, "uid");

	if (uid)
		cell__add_user(out, json_is_integer(uid) ? json_integer_value(uid) : -1);
}

/* "file 3, unix 1", most first; the daemon gives them in no special order. */
void cell__get_kinds(const json_t *row, struct text *out)
{
	json_t *kinds = json_object_get(row, "kinds");
	size_t cnt = json_object_size(kinds);
	json_int_t below = INT64_MAX;

	/* A selection by repeated passes: there are some thirty kinds. */
	while (cnt) {
		json_int_t most = INT64_MIN;
		const char *name;
		json_t *v;

		json_object_foreach (kinds, name, v)
			if (json_integer_value(v) < below && json_integer_value(v) > most)
				most = json_integer_value(v);
		if (most == INT64_MIN)
			break;
		json_object_foreach (kinds, name, v) {
			if (json_integer_value(v) != most)
				continue;
			text__add(out, out->len ? ", " : "");
			text__add_escaped(out, name, strlen(name));
			text__addf(out, " %jd", (intmax_t)most);
			cnt--;
		}
		below = most;
	}
}

/* "12 to 350, now 348, over 4h12m" */
void cell__get_history(const json_t *row, struct text *out)
{
	json_t *history = json_object_get(row, "history");
	json_int_t least = INT64_MAX, most = INT64_MIN, last = 0, from = 0, to = 0;
	size_t cnt = 0, i;
	json_t *point;

	json_array_foreach (history, i, point) {
		const json_t *t = json_array_get(point, 0);
		const json_t *v = json_array_get(point, 1);

		if (!json_is_integer(t) || !json_is_integer(v))
			continue;
		last = json_integer_value(v);
		least = last < least ? last : least;
		most = last > most ? last : most;
		to = json_integer_value(t);
		if (!cnt++)
			from = to;
	}
	if (!cnt || __builtin_sub_overflow(to, from, &to))
		return;
	text__addf(out, "%jd to %jd, last %jd, over ", (intmax_t)least, (intmax_t)most,
		   (intmax_t)last);
	human__add_duration(out, to);
}

void cell__get_key(const json_t *row, struct text *out)
{
	cell__add_string(out, json_object_get(row, "key"));
}

static void add_texts(const json_t *texts, struct text *out)
{
	json_t *one;
	size_t i;

	json_array_foreach (texts, i, one) {
		text__add(out, i ? "," : "");
		cell__add_string(out, one);
	}
}

void cell__get_flags(const json_t *row, struct text *out)
{
	add_texts(json_object_get(row, "flags"), out);
}

void cell__get_stack(const json_t *row, struct text *out)
{
	add_texts(json_object_get(row, "stack"), out);
}

/* The same of an incident's black box. */
void cell__get_box_kinds(const json_t *row, struct text *out)
{
	cell__get_kinds(json_object_get(row, "black_box"), out);
}

void cell__get_where(const json_t *row, struct text *out)
{
	cell__add_string(out, json_array_get(json_object_get(row, "stack"), 0));
}

static void add_shared(const json_t *row, struct text *out, bool names)
{
	const json_t *shared = json_object_get(row, "shared_with");
	size_t cnt = json_array_size(shared), i;
	json_t *holder;

	json_array_foreach (shared, i, holder) {
		if (i == SHARED_SHOWN_MAX) {
			text__addf(out, ",+%zu", cnt - i);
			break;
		}
		text__add(out, i ? "," : "");
		add_integer(out, json_object_get(holder, "pid"));
		if (names) {
			text__add(out, "/");
			cell__add_string(out, json_object_get(holder, "comm"));
		}
		text__add(out, ":");
		add_integer(out, json_object_get(holder, "fd"));
	}
}

void cell__get_shared(const json_t *row, struct text *out)
{
	add_shared(row, out, false);
}

void cell__get_shared_procs(const json_t *row, struct text *out)
{
	add_shared(row, out, true);
}

void cell__get_peers(const json_t *row, struct text *out)
{
	const json_t *peers = cell__value(row, "detail.peers");
	size_t cnt = json_array_size(peers), i;
	json_t *peer;

	json_array_foreach (peers, i, peer) {
		if (i == SHARED_SHOWN_MAX) {
			text__addf(out, ",+%zu", cnt - i);
			break;
		}
		text__add(out, i ? "," : "");
		add_integer(out, json_object_get(peer, "pid"));
		text__add(out, ":");
		cell__add_string(out, json_object_get(peer, "comm"));
		text__add(out, ":");
		add_integer(out, json_object_get(peer, "fd"));
	}
}

/* "flock-write+2": two wait for it. */
void cell__get_locks(const json_t *row, struct text *out)
{
	json_t *lock;
	size_t i;

	json_array_foreach (json_object_get(row, "locks"), i, lock) {
		size_t waiters = json_array_size(json_object_get(lock, "waiters"));

		text__add(out, i ? "," : "");
		cell__add_string(out, json_object_get(lock, "type"));
		text__add(out, "-");
		cell__add_string(out, json_object_get(lock, "mode"));
		if (waiters)
			text__addf(out, "+%zu", waiters);
	}
}

void cell__get_name(const json_t *row, struct text *out)
{
	const json_t *error = json_object_get(row, "error");

	cell__add_string(out, json_object_get(row, "name"));
	if (out->len || !json_is_string(error))
		return;
	text__add(out, "[");
	cell__add_string(out, error);
	text__add(out, "]");
}

/* "nginx (4711): 1000 of 1024, 97.6%" */
void cell__get_worst(const json_t *row, struct text *out)
{
	const json_t *worst = json_object_get(row, "worst");
	const json_t *soft = json_object_get(worst, "soft_limit");

	if (!json_is_object(worst))
		return;
	cell__add_string(out, json_object_get(worst, "comm"));
	text__add(out, " (");
	add_integer(out, json_object_get(worst, "pid"));
	text__add(out, "): ");
	add_integer(out, json_object_get(worst, "allocated"));
	if (json_is_integer(soft)) {
		text__add(out, " of ");
		add_integer(out, soft);
	}
	if (json_is_number(json_object_get(worst, "used_ratio"))) {
		text__add(out, ", ");
		human__add_ratio(out, json_number_value(json_object_get(worst, "used_ratio")));
	}
}

void cell__get_file_ratio(const json_t *row, struct text *out)
{
	const json_t *nr = json_object_get(row, "file_nr");
	const json_t *max = json_object_get(row, "file_max");

	if (json_is_integer(nr) && json_is_integer(max) && json_integer_value(max) > 0)
		human__add_ratio(out, json_number_value(nr) / json_number_value(max));
}

static void add_bool(const json_t *v, struct text *out)
{
	if (json_is_boolean(v))
		text__add(out, json_is_true(v) ? "yes" : "no");
}

void cell__get_available(const json_t *row, struct text *out)
{
	add_bool(json_object_get(row, "available"), out);
}

void cell__get_attached(const json_t *row, struct text *out)
{
	add_bool(json_object_get(row, "attached"), out);
}

static void add_limit(struct text *out, const json_t *v)
{
	if (json_is_null(v))
		text__add(out, "unlimited");
	else
		add_integer(out, v);
}

static void add_level(const json_t *row, struct text *out)
{
	const json_t *direction = json_object_get(row, "direction");
	bool down = json_is_string(direction) && !strcmp(json_string_value(direction), "down");

	text__addf(out, "%s ", down ? "fell below" : "reached");
	add_integer(out, json_object_get(row, "level"));
	text__add(out, "%: ");
	add_integer(out, json_object_get(row, "allocated"));
	text__add(out, " of ");
	add_limit(out, json_object_get(row, "soft_limit"));
	if (json_is_integer(json_object_get(row, "highest"))) {
		text__add(out, ", highest ");
		add_integer(out, json_object_get(row, "highest"));
	}
}

static bool is_text(const json_t *value, const char *text)
{
	return json_is_string(value) && !strcmp(json_string_value(value), text);
}

static void add_failure(const json_t *row, struct text *out)
{
	const json_t *held_back = json_object_get(row, "held_back");
	const json_t *call = json_object_get(row, "syscall");
	const json_t *cause = json_object_get(row, "cause");
	const json_t *seen_as = json_object_get(row, "seen_as");

	if (json_is_string(json_object_get(row, "error")))
		cell__add_string(out, json_object_get(row, "error"));
	else
		text__add(out, "refused");
	if (json_is_string(call)) {
		text__add(out, " from ");
		cell__add_string(out, call);
	}
	text__add(out, ": ");
	/* Of other limits than RLIMIT_NOFILE the count says nothing. */
	if (is_text(cause, "nofile") || is_text(cause, "unknown")) {
		add_integer(out, json_object_get(row, "allocated"));
		text__add(out, " of ");
		add_limit(out, json_object_get(row, "soft_limit"));
	} else {
		cell__add_string(out, cause);
		text__add(out, " are used up");
	}
	if (is_text(seen_as, "MSG_CTRUNC"))
		text__add(out, ", the caller sees only MSG_CTRUNC");
	if (json_integer_value(held_back) > 0)
		text__addf(out, ", and %jd more", (intmax_t)json_integer_value(held_back));
}

static void add_limits(const json_t *row, struct text *out)
{
	/* Of a process that the daemon had not met before, the old ones are not known. */
	if (json_object_get(row, "old_soft_limit")) {
		add_limit(out, json_object_get(row, "old_soft_limit"));
		text__add(out, "/");
		add_limit(out, json_object_get(row, "old_hard_limit"));
		text__add(out, " ");
	}
	text__add(out, "to ");
	add_limit(out, json_object_get(row, "soft_limit"));
	text__add(out, "/");
	add_limit(out, json_object_get(row, "hard_limit"));
	text__add(out, " (soft/hard)");
}

static void add_drift(const json_t *row, struct text *out)
{
	add_integer(out, json_object_get(row, "drift_fds"));
	text__add(out, " descriptors were miscounted; repaired");
}

static void add_resync(const json_t *row, struct text *out)
{
	text__add(out, "counted anew");
	if (json_is_string(json_object_get(row, "why"))) {
		text__add(out, ": ");
		cell__add_string(out, json_object_get(row, "why"));
	}
}

static void add_fork(const json_t *row, struct text *out)
{
	text__add(out, "child ");
	add_integer(out, json_object_get(row, "child"));
}

static void add_alert(const json_t *row, struct text *out)
{
	cell__add_string(out, json_object_get(row, "severity"));
	text__add(out, " ");
	cell__add_string(out, json_object_get(row, "step"));
	text__add(out, ": ");
	cell__add_string(out, json_object_get(row, "message"));
	text__add(out, " (incident ");
	add_integer(out, json_object_get(row, "incident"));
	text__add(out, ")");
}

static void add_hazard(const json_t *row, struct text *out)
{
	const json_t *hazard = json_object_get(row, "hazard");

	cell__add_string(out, json_object_get(hazard, "kind"));
	text__add(out, ": ");
	cell__add_string(out, json_object_get(hazard, "summary"));
}

void cell__get_what(const json_t *row, struct text *out)
{
	static const struct {
		const char *type;
		void (*add)(const json_t *row, struct text *out);
	} types[] = {
		{"level", add_level}, {"failure", add_failure}, {"limit", add_limits},
		{"drift", add_drift}, {"resync", add_resync},	{"fork", add_fork},
		{"alert", add_alert}, {"hazard", add_hazard},
	};
	const json_t *type = json_object_get(row, "type");

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (json_is_string(type) && !strcmp(json_string_value(type), types[i].type))
			types[i].add(row, out);
}
