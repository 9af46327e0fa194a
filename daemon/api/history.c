// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/history: how the count of a process, a unit or the host went.  Memory has the last two days,
 * the archive what is older, and by the minute what memory has by the half hour only.
 */
#include "api/resources.h"

#include "base/array.h"
#include "base/clock.h"
#include "source/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define READ_NS	 (500 * NSEC_PER_MSEC) /* more of the archive is not waited for */
#define MINUTE_S 60
#define ALIVE_S	 150 /* a longer time without a point of the host is one without the daemon */
#define RARE_S	 120 /* passes are rarely further apart */

/* Whose history is asked for, and its figures as of now. */
struct subject {
	struct process *process;
	const struct unit *unit;
	const struct history *history; /* NULL: it is in the archive only */
	struct recorder_subject key;
	uint64_t allocated; /* FDS_UNKNOWN: it is gone */
	uint64_t limit;	    /* FDS_RLIM_INFINITY: none */
};

static int find_process(struct request *req, struct subject *s, int *ret_answer)
{
	s->process = processes__find(req, ret_answer);
	if (!s->process)
		return -ESRCH;
	s->key.process = s->process;
	s->limit = s->process->soft;
	if (s->process->table) {
		s->allocated = s->process->table->allocated;
		s->history = &s->process->table->history;
	}
	return 0;
}

static int find_unit(struct request *req, struct subject *s, int *ret_answer)
{
	if (!req->query.viewer.all) {
		*ret_answer = request__fail(req, MHD_HTTP_FORBIDDEN,
					    "units are of many users; root and the group " FDS_GROUP
					    " see them");
		return -EPERM;
	}
	s->key.unit = req->unit;
	s->unit = units__find(&req->api->backend->store->units, req->unit);
	if (s->unit) {
		s->history = &s->unit->history;
		if (s->unit->tables)
			s->allocated = s->unit->allocated;
	}
	return 0;
}

static int find_host(struct request *req, struct subject *s, int *ret_answer)
{
	const struct backend *b = req->api->backend;
	struct backend_host host;
	int r = b->host(b->ctx, &host);

	if (r < 0) {
		*ret_answer =
			request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
				      "the host's own counts cannot be read: %s", strerror(-r));
		return r;
	}
	s->key.host = true;
	s->history = b->host_history;
	s->allocated = host.file_nr;
	s->limit = host.file_max;
	return 0;
}

static int find_subject(struct request *req, struct subject *s, int *ret_answer)
{
	*s = (struct subject){.allocated = FDS_UNKNOWN, .limit = FDS_RLIM_INFINITY};
	if (req->pid && req->unit) {
		*ret_answer = request__fail(req, MHD_HTTP_BAD_REQUEST,
					    "either 'pid' or 'unit', not both");
		return -EINVAL;
	}
	if (req->pid)
		return find_process(req, s, ret_answer);
	if (!request__refresh(req, ret_answer))
		return -EIO;
	return req->unit ? find_unit(req, s, ret_answer) : find_host(req, s, ret_answer);
}

/* ---- points ---- */

/* What the archive has, up to a moment. */
struct old {
	struct archive_point *points;
	size_t cnt, cap;
	int64_t until_s;
};

static int take_old(const struct archive_point *p, void *ctx)
{
	struct old *o = ctx;

	if (p->time_s >= o->until_s)
		return 1;
	if (array_reserve(o->points, o->cap, o->cnt))
		return -ENOMEM;
	o->points[o->cnt++] = *p;
	return 0;
}

/* All of it, however long; 0, 1, or as archive__history(). */
static int read_old(const struct request *req, const struct recorder_subject *of, struct old *o,
		    uint64_t end_ns)
{
	const struct backend *b = req->api->backend;
	/* A point from before may hold until then. */
	int64_t since_s = (int64_t)req->since_s - RECORDER_HOLD_S;

	for (;;) {
		size_t before = o->cnt;
		int r = b->old_points(b->alarm_ctx, of, since_s, take_old, o);

		if (r || o->cnt - before < ARCHIVE_HISTORY_MAX)
			return r;
		/* Nobody else is answered meanwhile. */
		if (clock__now_ns() > end_ns)
			return -EAGAIN;
		since_s = o->points[o->cnt - 1].time_s + 1;
	}
}

/* The subject's own, and the host's, which tell when the daemon was there; the archive's state. */
static const char *read_archive(struct request *req, const struct subject *s, struct old *own,
				struct old *host)
{
	const struct recorder_subject of_host = {.host = true};
	uint64_t end_ns = clock__now_ns() + READ_NS;
	int r;

	/* The question of somebody who does not see all must not cost us the disk. */
	if (!req->query.viewer.all || !req->api->backend->old_points)
		return "off";
	r = read_old(req, &s->key, own, end_ns);
	if (r >= 0 && own->cnt)
		r = read_old(req, &of_host, host, end_ns);
	return r >= 0 ? "ok" : r == -EOPNOTSUPP ? "off" : "unavailable";
}

/*
 * Until when a point holds at most: as long as the daemon was there, *at being the host's point by
 * which that is known.  Of more than a day ago the half hours alone are known.
 */
static int64_t hold_end(const struct old *host, size_t *at, int64_t time_s, int64_t now_s)
{
	int64_t end_s = time_s + RECORDER_HOLD_S;

	while (*at < host->cnt && host->points[*at].time_s < time_s)
		(*at)++;
	if (*at == host->cnt || time_s < now_s - ARCHIVE_THIN_AGE_S)
		return end_s;
	while (*at + 1 < host->cnt && host->points[*at].time_s < end_s &&
	       host->points[*at + 1].time_s - host->points[*at].time_s <= ALIVE_S)
		(*at)++;
	return host->points[*at].time_s + MINUTE_S < end_s ? host->points[*at].time_s + MINUTE_S
							   : end_s;
}

/* The points under way: all that end before `since_s` are left out. */
struct series {
	struct json *j;
	int64_t since_s;
	int64_t boot_ns; /* unix time at which this boot began */
	size_t cnt;
};

static int64_t boot_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)(now.tv_sec * NSEC_PER_SEC + now.tv_nsec) - (int64_t)clock__now_ns();
}

/* Unix time of a moment of this boot, rounded. */
static int64_t unix_s(const struct series *s, uint64_t time_ns)
{
	return (s->boot_ns + (int64_t)time_ns + (int64_t)NSEC_PER_SEC / 2) / (int64_t)NSEC_PER_SEC;
}

static void emit_point(struct series *s, int64_t time_s, int64_t step_s, uint32_t min, uint32_t max)
{
	if (step_s <= 0 || time_s + step_s <= s->since_s)
		return;
	s->cnt++;
	json__begin_object(s->j, NULL);
	json__emit_int(s->j, "time_s", time_s);
	json__emit_int(s->j, "step_s", step_s);
	json__emit_uint(s->j, "min", min);
	json__emit_uint(s->j, "max", max);
	json__end_object(s->j);
}

/*
 * Those of the memory that begin from `from_s` on, before `until_s`, and end there too.  The daemon
 * was there all the time: where passes were rare each holds until the next.
 */
static void emit_between(struct series *s, const struct history_point *points, size_t cnt,
			 int64_t from_s, int64_t until_s)
{
	for (size_t i = 0; i < cnt; i++) {
		int64_t time_s = unix_s(s, points[i].time_ns), next_s;
		int64_t end_s = time_s + (int64_t)(points[i].step_ns / NSEC_PER_SEC);

		if (time_s < from_s || time_s >= until_s)
			continue;
		next_s = i + 1 < cnt ? unix_s(s, points[i + 1].time_ns) : end_s;
		if (next_s > end_s && next_s - end_s < RARE_S)
			end_s = next_s;
		emit_point(s, time_s, (end_s < until_s ? end_s : until_s) - time_s, points[i].min,
			   points[i].max);
	}
}

/*
 * Each holds until the next.  Where the archive has a gap, since a disk was full, say, the memory
 * may know by the half hour.
 */
static void emit_old(struct series *s, const struct old *o, const struct old *host,
		     const struct history_point *coarse, size_t coarse_cnt)
{
	int64_t now_s = unix_s(s, clock__now_ns());
	size_t at = 0;

	emit_between(s, coarse, coarse_cnt, INT64_MIN, o->cnt ? o->points[0].time_s : o->until_s);
	for (size_t i = 0; i < o->cnt; i++) {
		const struct archive_point *p = &o->points[i];
		int64_t next_s = i + 1 < o->cnt ? p[1].time_s : o->until_s;
		int64_t end_s = hold_end(host, &at, p->time_s, now_s);

		if (end_s > next_s)
			end_s = next_s;
		emit_point(s, p->time_s, end_s - p->time_s, p->min, p->max);
		emit_between(s, coarse, coarse_cnt, end_s, next_s);
	}
}

/* How many points; *ret_archive: its state. */
static size_t emit_points(struct json *j, struct request *req, const struct subject *s,
			  const char **ret_archive)
{
	struct history_point points[HISTORY_POINT_MAX];
	size_t cnt = s->history ? history__points(s->history, points) : 0, finer = 0;
	struct series series = {.j = j, .since_s = req->since_s, .boot_ns = boot_ns()};
	struct old old = {}, host = {.until_s = INT64_MAX};

	/* What is in memory by the half hour the archive may have by the minute. */
	while (finer < cnt && points[finer].step_ns >= history__step_ns(HISTORY_LONG))
		finer++;
	old.until_s = unix_s(&series, finer < cnt ? points[finer].time_ns : clock__now_ns());
	*ret_archive = read_archive(req, s, &old, &host);
	json__begin_array(j, "points");
	emit_old(&series, &old, &host, points, finer);
	emit_between(&series, points + finer, cnt - finer, INT64_MIN, INT64_MAX);
	json__end_array(j);
	free(old.points);
	free(host.points);
	return series.cnt;
}

static const char *unit_name(struct request *req, const struct subject *s)
{
	const struct identity *id;

	if (!s->process)
		return s->key.unit;
	id = store__identify(req->api->backend->store, s->process);
	return id ? id->unit : NULL;
}

int history__answer(struct request *req)
{
	const struct store *store = req->api->backend->store;
	const char *archive;
	struct json j = {};
	struct subject s;
	int answer;
	size_t cnt;

	if (find_subject(req, &s, &answer))
		return answer;
	json__begin_object(&j, NULL);
	json__emit_uint(&j, "generated_ns", store->pass_ns);
	JSON_UINT_OR_NULL(&j, "pid", s.process ? s.process->key.pid : 0, 0);
	json__emit_text(&j, "comm", s.process ? s.process->comm : NULL);
	json__emit_text(&j, "unit", unit_name(req, &s));
	JSON_UINT_OR_NULL(&j, "allocated", s.allocated, FDS_UNKNOWN);
	JSON_UINT_OR_NULL(&j, "limit", s.limit, FDS_RLIM_INFINITY);
	cnt = emit_points(&j, req, &s, &archive);
	json__emit_text(&j, "archive", archive);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	if (s.key.unit && !s.unit && !cnt) {
		json__done(&j);
		return request__fail(
			req, MHD_HTTP_NOT_FOUND, "nothing is known of a unit '%.255s'%s",
			s.key.unit,
			strcmp(archive, "unavailable") ? "" : ": the archive cannot be read now");
	}
	return request__reply(req, REQUEST_JSON, &j);
}
