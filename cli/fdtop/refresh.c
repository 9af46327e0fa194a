// SPDX-License-Identifier: GPL-2.0-or-later
/* What to ask the daemon for, and when; see refresh.h. */
#include "fdtop/refresh.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "fdscope/api.h"
#include "fdtop/questions.h"

#define NS_PER_MS      1000000ll
#define COST_PART      80 /* a question may take a core for one part in so many */
#define SYSTEM_MIN_MS  2000
#define STATUS_MIN_MS  3000
#define SLOW_MIN_MS    3000 /* descriptors, failures, incidents */
#define RETRY_MS       1000 /* while the daemon is gone */
#define KINDS_OLD_NS   (30 * 1000 * NS_PER_MS)
#define KINDS_LIMIT    500000 /* descriptors; of more, kinds are told in detail alone */
#define KINDS_NEW_MAX  16     /* processes whose kinds are asked for at a time, */
#define KINDS_OLD_MAX  3      /* and of these, that were asked before */
#define EVENTS_AT_ONCE 500
#define INCIDENTS_MAX  200

int64_t refresh__now_ns(void)
{
	struct timespec ts = {};

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t refresh__pause(int64_t chosen_ns, int64_t cost_ns)
{
	return cost_ns > chosen_ns / COST_PART ? cost_ns * COST_PART : chosen_ns;
}

int refresh__init(struct refresh *r, const char *socket_path)
{
	*r = (struct refresh){.kinds_max = KINDS_NEW_MAX, .with_events = true};
	return asker__new(socket_path, &r->asker);
}

void refresh__done(struct refresh *r)
{
	asker__free(r->asker);
	client__free(r->stream);
	*r = (struct refresh){};
}

void refresh__hurry(struct refresh *r)
{
	r->next_ns[ASK_LIST] = 0;
	r->next_ns[ASK_SUMS] = 0;
	r->next_ns[ASK_SHEET] = 0;
	r->next_ns[ASK_INCIDENT] = 0; /* asked for once */
}

void refresh__hurry_all(struct refresh *r)
{
	for (enum question_id id = 0; id < ASK_CNT; id++)
		if (id != ASK_STREAM)
			r->next_ns[id] = 0;
}

/* Neither what another process cost nor when it was asked for says anything of this one. */
static void begin_detail(struct refresh *r, const struct state *s)
{
	static const enum question_id of_process[] = {ASK_SHEET, ASK_FILES, ASK_HISTORY,
						      ASK_FAILURES, ASK_HAZARDS};

	for (size_t i = 0; i < sizeof(of_process) / sizeof(of_process[0]); i++) {
		r->next_ns[of_process[i]] = 0;
		r->cost_ns[of_process[i]] = 0;
	}
	r->opened = s->opened;
}

bool refresh__is_waiting(const struct refresh *r)
{
	for (enum question_id id = 0; id < ASK_CNT; id++)
		if (id != ASK_STREAM && r->pending[id])
			return true;
	return false;
}

/* Questions are answered one after the other, so that one wait is enough to know of. */
static void ask(struct refresh *r, enum question_id id, const char *target, int64_t arg)
{
	bool waiting = r->asked_cnt > 0;

	if (asker__ask(r->asker, &questions__list[id], target, arg))
		return;
	r->pending[id]++;
	r->asked_cnt++;
	if (!waiting)
		r->waits_since_ns = refresh__now_ns();
}

static void ask_list(struct refresh *r, const struct state *s)
{
	const char *sort = field__list[s->settings.sort].daemon_sort;
	size_t rows = state__wanted_rows(s);
	char target[128];

	snprintf(target, sizeof(target), FDS_API_PROCESSES "?sort=%s&limit=%zu",
		 sort && rows ? sort : "allocated", rows);
	ask(r, ASK_LIST, target, 0);
}

static void ask_process(struct refresh *r, enum question_id id, const char *what, int64_t pid)
{
	char target[96];

	snprintf(target, sizeof(target), FDS_API_PROCESSES "/%jd%s", (intmax_t)pid, what);
	ask(r, id, target, pid);
}

static bool wants_kinds(const struct state *s, const struct proc *p)
{
	if (p->member_cnt || p->allocated <= 0 || p->allocated > KINDS_LIMIT ||
	    p->id.tid != p->id.pid)
		return false;
	return !p->kinds_ns ||
	       (p->allocated != p->kinds_allocated &&
		s->procs.generated_ns - p->kinds_ns > 5000 * NS_PER_MS) ||
	       s->procs.generated_ns - p->kinds_ns > KINDS_OLD_NS;
}

/* Of some rows on the screen at a time. */
static void ask_kinds(struct refresh *r, const struct state *s)
{
	bool all = s->settings.sort == FIELD_KINDS; /* what is not known cannot be put in order */
	size_t from = all ? 0 : s->main.top, rows = all ? s->layout.cnt : (size_t)s->list_rows;
	size_t cnt = 0, old_cnt = 0;

	if (s->view != VIEW_MAIN || s->field_col[FIELD_KINDS] < 0)
		return;
	for (size_t i = 0; i < rows && cnt < r->kinds_max; i++) {
		const struct proc *p;

		if (from + i >= s->layout.cnt)
			break;
		p = s->layout.line[from + i].proc;
		if (!wants_kinds(s, p) || (p->kinds_ns && old_cnt++ >= KINDS_OLD_MAX))
			continue;
		ask_process(r, ASK_KINDS, "", p->id.pid);
		cnt++;
	}
}

static void ask_history(struct refresh *r, const struct state *s)
{
	char target[64];

	snprintf(target, sizeof(target), FDS_API_HISTORY "?pid=%d", s->detail_pid);
	ask(r, ASK_HISTORY, target, s->detail_pid);
}

static void ask_stream(struct refresh *r)
{
	if (r->stream || r->pending[ASK_STREAM])
		return;
	ask(r, ASK_STREAM, FDS_API_EVENTS, 0);
}

static bool is_wanted(const struct refresh *r, const struct state *s, enum question_id id)
{
	bool detail = s->view == VIEW_DETAIL && s->detail_pid && !s->gone;

	switch (id) {
	case ASK_STATUS:
	case ASK_SYSTEM:
	case ASK_SUMS:
		return !s->frozen;
	case ASK_LIST:
		/* What stands still has all rows, to search and to filter. */
		return s->view == VIEW_MAIN &&
		       (!s->frozen || !s->procs.generation || !procs__is_whole(&s->procs));
	case ASK_KINDS:
		return !s->frozen && s->view == VIEW_MAIN && s->procs.generation;
	case ASK_SHEET:
		return detail && (!s->frozen || !s->sheet);
	case ASK_FILES:
		return detail && (!s->frozen || !s->holdings);
	case ASK_FAILURES:
		return detail && (!s->frozen || !s->failures);
	case ASK_HAZARDS:
		return detail && (!s->frozen || !s->hazards);
	case ASK_HISTORY:
		return detail && r->no_history_pid != s->detail_pid && !s->frozen;
	case ASK_INCIDENTS:
		return s->view == VIEW_INCIDENTS && (!s->frozen || !s->cases);
	case ASK_INCIDENT:
		return s->view == VIEW_CASE && s->case_id && !s->one_case;
	case ASK_PAST_FAILURES:
	case ASK_PAST_ALERTS:
		return !r->past_asked && r->with_events;
	case ASK_STREAM:
		return !r->stream && r->with_events;
	default:
		return false;
	}
}

static void ask_one(struct refresh *r, const struct state *s, enum question_id id)
{
	char target[64];

	switch (id) {
	case ASK_STATUS:
		ask(r, id, FDS_API_STATUS, 0);
		break;
	case ASK_SYSTEM:
		ask(r, id, FDS_API_SYSTEM, 0);
		break;
	case ASK_SUMS:
		ask(r, id, FDS_API_PROCESSES "?by=user", 0);
		break;
	case ASK_LIST:
		ask_list(r, s);
		break;
	case ASK_KINDS:
		ask_kinds(r, s);
		break;
	case ASK_SHEET:
		ask_process(r, id, "", s->detail_pid);
		break;
	case ASK_FILES:
		ask_process(r, id, "/files", s->detail_pid);
		break;
	case ASK_HISTORY:
		ask_history(r, s);
		break;
	case ASK_FAILURES:
		ask(r, id, FDS_API_FAILURES, s->detail_pid);
		break;
	case ASK_HAZARDS:
		snprintf(target, sizeof(target), FDS_API_HAZARDS "?pid=%d", s->detail_pid);
		ask(r, id, target, s->detail_pid);
		break;
	case ASK_INCIDENTS:
		snprintf(target, sizeof(target), FDS_API_INCIDENTS "?limit=%d", INCIDENTS_MAX);
		ask(r, id, target, 0);
		break;
	case ASK_INCIDENT:
		snprintf(target, sizeof(target), FDS_API_INCIDENTS "/%jd", (intmax_t)s->case_id);
		ask(r, id, target, s->case_id);
		break;
	case ASK_PAST_FAILURES:
		ask(r, id, FDS_API_FAILURES, 0);
		break;
	case ASK_PAST_ALERTS:
		ask(r, id, FDS_API_INCIDENTS, 0);
		r->past_asked = true;
		break;
	default:
		ask_stream(r);
	}
}

/* The least time between two questions of a kind. */
static int64_t chosen_pause(const struct state *s, enum question_id id)
{
	static const unsigned least_ms[ASK_CNT] = {
		[ASK_STATUS] = STATUS_MIN_MS,  [ASK_SYSTEM] = SYSTEM_MIN_MS,
		[ASK_FILES] = SLOW_MIN_MS,     [ASK_FAILURES] = SLOW_MIN_MS,
		[ASK_INCIDENTS] = SLOW_MIN_MS, [ASK_HISTORY] = SLOW_MIN_MS,
		[ASK_HAZARDS] = SLOW_MIN_MS,   [ASK_STREAM] = RETRY_MS,
	};
	unsigned ms = s->settings.interval_ms;

	if (s->down && ms > RETRY_MS)
		ms = RETRY_MS;
	return (int64_t)(ms < least_ms[id] ? least_ms[id] : ms) * NS_PER_MS;
}

static int64_t silence_shown_ns(const struct refresh *r, int64_t now)
{
	int64_t first = r->waits_since_ns + STATE_SILENCE_NS;

	return now < first ? first : now + 1000 * NS_PER_MS;
}

void refresh__ask(struct refresh *r, struct state *s, int64_t *ret_next_ns)
{
	int64_t now = refresh__now_ns(), next = now + chosen_pause(s, ASK_LIST);

	if (r->opened != s->opened)
		begin_detail(r, s);
	/* While the daemon is gone, one question is enough to see it come back. */
	for (enum question_id id = 0; id < ASK_CNT; id++) {
		if (!is_wanted(r, s, id) || r->pending[id] || (s->down && id != ASK_STATUS))
			continue;
		if (r->next_ns[id] <= now) {
			ask_one(r, s, id);
			r->next_ns[id] = now + refresh__pause(chosen_pause(s, id), r->cost_ns[id]);
		}
		if (r->next_ns[id] < next)
			next = r->next_ns[id];
	}
	/* A long silence is told, and how long it is. */
	s->silent_since_ns = r->asked_cnt ? r->waits_since_ns : 0;
	if (r->asked_cnt && next > silence_shown_ns(r, now))
		next = silence_shown_ns(r, now);
	*ret_next_ns = next;
}

static void go_down(struct refresh *r, struct state *s, const struct answer *an)
{
	struct text why = {};

	client__free(r->stream);
	r->stream = NULL;
	s->streaming = false;
	if (!s->down)
		s->down_ns = r->answered_ns;
	s->down = true;
	text__add_escaped(&why, an->message, strlen(an->message));
	snprintf(s->why, sizeof(s->why), "%s", text__str(&why));
	text__done(&why);
	r->next_ns[ASK_STATUS] = refresh__now_ns() + RETRY_MS * NS_PER_MS;
}

static void come_back(struct refresh *r, struct state *s)
{
	s->down = false;
	s->gone = s->never_seen = false;
	s->own_order = false;
	r->no_history_pid = 0;
	host__forget_rates(&s->host);
	memset(r->next_ns, 0, sizeof(r->next_ns));
}

/* It was asked for a process that is shown no more. */
static bool is_late(const struct state *s, const struct answer *an)
{
	enum question_id id = an->question->id;

	return (id == ASK_SHEET || id == ASK_FILES || id == ASK_HISTORY || id == ASK_FAILURES ||
		id == ASK_HAZARDS) &&
	       an->arg != s->detail_pid;
}

/* Where answers are long, the daemon's part of the cost counts too. */
static void note_cost(struct refresh *r, const struct answer *an)
{
	enum question_id id = an->question->id;

	r->cost_ns[id] = an->cost_ns;
	if ((id == ASK_SYSTEM || id == ASK_FILES || id == ASK_SHEET || id == ASK_SUMS) &&
	    an->took_ns / 4 > an->cost_ns)
		r->cost_ns[id] = an->took_ns / 4;
}

static void take_one(struct refresh *r, struct state *s, struct answer *an)
{
	enum question_id id = an->question->id;

	if (r->pending[id])
		r->pending[id]--;
	if (r->asked_cnt)
		r->asked_cnt--;
	r->waits_since_ns = refresh__now_ns();
	s->silent_since_ns = r->asked_cnt ? r->waits_since_ns : 0;
	if (an->err && an->fault == CLIENT_UNREACHABLE) {
		go_down(r, s, an);
		return;
	}
	r->answered_ns = r->waits_since_ns;
	if (s->down)
		come_back(r, s);
	if (!is_late(s, an))
		note_cost(r, an);
	if (id == ASK_LIST) {
		s->list_took_ns = an->took_ns;
		s->waits_ms =
			(unsigned)(refresh__pause(chosen_pause(s, id), an->cost_ns) / NS_PER_MS);
	}
	if (id == ASK_STREAM && !an->err) {
		client__free(r->stream);
		r->stream = an->digest;
		an->digest = NULL;
		s->streaming = true;
		return;
	}
	if (id == ASK_HISTORY && an->err)
		r->no_history_pid = an->arg;
	questions__apply(s, an);
}

bool refresh__take(struct refresh *r, struct state *s)
{
	struct answer *an;
	bool changed = false;

	while ((an = asker__take(r->asker))) {
		take_one(r, s, an);
		answer__free(an);
		changed = true;
	}
	return changed;
}

bool refresh__take_events(struct refresh *r, struct state *s)
{
	bool changed = false;
	const char *line;
	size_t len;
	int err = -EAGAIN;

	/* A flood of them must not keep the keys waiting. */
	r->more_events = false;
	for (int i = 0; r->stream && !r->more_events; i++) {
		err = client__try_line(r->stream, &line, &len);
		if (err <= 0)
			break;
		changed |= len && questions__apply_event(s, line, len);
		r->more_events = i == EVENTS_AT_ONCE;
	}
	if (r->more_events)
		return changed;
	if (r->stream && err != -EAGAIN && err != -EINTR) {
		client__free(r->stream);
		r->stream = NULL;
		s->streaming = false;
		/* Whether the daemon has gone is to be known at once. */
		r->next_ns[ASK_STATUS] = 0;
		r->next_ns[ASK_STREAM] = refresh__now_ns() + RETRY_MS * NS_PER_MS;
		changed = true;
	}
	return changed;
}
