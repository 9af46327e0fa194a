// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state of the host: truth passes replace it, events tell of what happens between them.
 */
#include "store/store.h"

#include "base/array.h"
#include "source/identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Rows beyond this are refused: more tasks than any kernel has pids for. */
#define PROCESS_MAX 4194304
/* What could not be read in time is tried again after so long. */
#define MISSED_NS (60 * 1000000000ull)

void store__init(struct store *s)
{
	*s = (struct store){.next_table_id = 1};
}

static void free_process(struct store *s, struct process *p)
{
	HASH_DEL(s->processes, p);
	identity__free(p->identity);
	free(p->unit);
	free(p);
}

static void free_table(struct store *s, struct table *t)
{
	HASH_DEL(s->tables, t);
	history__done(&t->history);
	free(t);
}

void store__done(struct store *s)
{
	struct process *p, *next_p;
	struct table *t, *next_t;

	HASH_ITER (hh, s->processes, p, next_p)
		free_process(s, p);
	HASH_ITER (hh, s->tables, t, next_t)
		free_table(s, t);
	units__done(&s->units);
	free(s->pending);
	s->pending = NULL;
}

struct process *store__find(const struct store *s, uint32_t pid, uint32_t tid)
{
	struct process_key key = {.pid = pid, .tid = tid};
	struct process *p;

	HASH_FIND(hh, s->processes, &key, sizeof(key), p);
	return p;
}

const struct identity *store__identify(struct store *s, struct process *p)
{
	struct identity *id;

	if (p->identity && p->identity_exec == p->exec_id && p->identity_cgroup == p->cgroup_id &&
	    !(p->identity->missed && s->pass_ns - p->identity_ns >= MISSED_NS))
		return p->identity;
	if (!s->identify || s->identify(s->ctx, p->key.pid, &id))
		return p->identity;
	identity__free(p->identity);
	p->identity = id;
	p->identity_exec = p->exec_id;
	p->identity_cgroup = p->cgroup_id;
	p->identity_ns = s->pass_ns;
	return id;
}

static void tell(const struct store *s, const struct news *n)
{
	if (s->on_news)
		s->on_news(s->ctx, n);
}

static struct news news_of(const struct process *p, enum fds_news type, uint64_t now_ns)
{
	struct news n = {
		.type = type,
		.time_ns = now_ns,
		.start_ns = p->start_ns,
		.pid = p->key.pid,
		.tid = p->table_tid,
		.uid = p->uid,
		.euid = p->euid,
		.soft = p->soft,
		.hard = p->hard,
		.highest = -1,
	};

	memcpy(n.comm, p->comm, sizeof(n.comm));
	if (p->table) {
		n.allocated = p->table->allocated;
		n.highest = p->table->highest;
	}
	return n;
}

/* ---- tables ---- */

/* The table of a record, made if it is met for the first time.  NULL: no memory. */
static struct table *touch_table(struct store *s, uint64_t addr, const struct process *user)
{
	struct table *t;

	HASH_FIND(hh, s->tables, &addr, sizeof(addr), t);
	if (!t) {
		t = calloc(1, sizeof(*t));
		if (!t)
			return NULL;
		t->addr = addr;
		HASH_ADD(hh, s->tables, addr, sizeof(addr), t);
		if (!t->hh.tbl) { /* uthash found no memory */
			free(t);
			return NULL;
		}
	}
	if (t->pass != s->pass) {
		t->pass = s->pass;
		t->users = 0;
		t->inherited = 0;
		t->pass_peak = 0;
	}
	t->users++;
	t->row_pid = user->key.pid;
	/* By its id: a pass that failed half-way has left rows whose tables were never settled. */
	if (t->id && user->table_id == t->id)
		t->inherited = 1;
	return t;
}

/*
 * The kernel uses the memory of a freed files_struct again.  A table in this pass is the one we
 * knew if a process that used it then still does; else the address is all they have in common.
 */
static void settle_table(struct store *s, struct table *t)
{
	if (t->inherited)
		return;
	t->id = s->next_table_id++;
	t->peak = t->pass_peak;
	memset(&t->growth, 0, sizeof(t->growth));
	history__done(&t->history);
	t->judged_ns = 0;
	t->steady_per_s = 0;
	t->summed_opens = 0;
	t->summed_closes = 0;
}

/* What is new adds up; counters that went back were of another table. */
static void sum_changes(struct store *s, struct table *t)
{
	if (t->opens == FDS_UNKNOWN || t->closes == FDS_UNKNOWN)
		return;
	s->counting = true;
	if (t->opens > t->summed_opens)
		s->opens += t->opens - t->summed_opens;
	if (t->closes > t->summed_closes)
		s->closes += t->closes - t->summed_closes;
	t->summed_opens = t->opens;
	t->summed_closes = t->closes;
}

static void fill_table(struct table *t, const struct fds_task_rec *rec)
{
	t->allocated = rec->allocated;
	/* /proc is read in two steps, between which a descriptor may come. */
	t->installed = rec->installed < rec->allocated ? rec->installed : rec->allocated;
	t->highest = rec->highest;
	t->max_fds = rec->max_fds;
	t->opens = rec->opens;
	t->closes = rec->closes;
	t->failures = rec->failures;
	if (t->allocated > t->pass_peak)
		t->pass_peak = t->allocated;
	if (rec->counted >= 0 && rec->peak > t->pass_peak)
		t->pass_peak = rec->peak;
	if (t->pass_peak > t->peak)
		t->peak = t->pass_peak;
}

/* ---- processes ---- */

/* The level of a new process that an event was faster to tell. */
static uint8_t level_told(const struct store *s, const struct fds_task_rec *rec)
{
	uint8_t level = 0;

	for (unsigned int i = 0; i < s->told_cnt; i++)
		if (s->told[i].pid == rec->tgid && s->told[i].start_ns == rec->start_ns &&
		    s->told[i].level > level)
			level = s->told[i].level;
	return level;
}

/* The row of a record, made if new.  NULL: no memory, or too many. */
static struct process *touch_process(struct store *s, const struct fds_task_rec *rec, uint32_t tid)
{
	struct process *p = store__find(s, rec->tgid, tid);

	/* The same pid with another start is another process: only the number is the same. */
	if (p && p->start_ns != rec->start_ns) {
		free_process(s, p);
		p = NULL;
	}
	if (p)
		return p;
	if (HASH_COUNT(s->processes) >= PROCESS_MAX)
		return NULL;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->key = (struct process_key){.pid = rec->tgid, .tid = tid};
	p->start_ns = rec->start_ns;
	p->soft = rec->soft;
	p->hard = rec->hard;
	p->exhaustion_s = -1;
	if (tid == rec->tgid)
		p->level = level_told(s, rec);
	HASH_ADD(hh, s->processes, key, sizeof(p->key), p);
	if (!p->hh.tbl) {
		free(p);
		return NULL;
	}
	return p;
}

static void check_limit(const struct store *s, const struct process *p,
			const struct fds_task_rec *rec)
{
	struct news n;

	/* Limits are the process's: the row of a thread has nothing to add. */
	if (p->key.pid != p->key.tid)
		return;
	if (p->soft == rec->soft && p->hard == rec->hard)
		return;
	n = news_of(p, FDS_NEWS_LIMIT, s->pass_ns);
	n.old_soft = p->soft;
	n.old_hard = p->hard;
	n.soft = rec->soft;
	n.hard = rec->hard;
	tell(s, &n);
}

/* The highest level that `used` per cent reaches; 0: none. */
static uint8_t level_reached(const struct store *s, double used)
{
	uint8_t level = 0;

	for (unsigned int i = 0; i < STORE_LEVEL_CNT && s->levels[i]; i++)
		if (used >= s->levels[i])
			level = s->levels[i];
	return level;
}

static void check_level(const struct store *s, struct process *p)
{
	double used = process__used_ratio(p) * 100;
	uint8_t level = used < 0 ? 0 : level_reached(s, used);
	struct news n;

	/* Falling, it stays at the highest level that is not left yet. */
	if (level < p->level && used >= 0) {
		level = level_reached(s, used + FDS_LEVEL_HYSTERESIS);
		if (level > p->level)
			level = p->level;
	}
	if (level == p->level)
		return;
	n = news_of(p, FDS_NEWS_LEVEL, s->pass_ns);
	n.up = level > p->level;
	/* Going down, what is told is the level that was left. */
	n.level = n.up ? level : p->level;
	p->level = level;
	tell(s, &n);
}

static void check_drift(struct store *s, const struct process *p, const struct fds_task_rec *rec)
{
	struct news n;

	s->corrected += llabs(rec->corrected);
	if (!rec->drift)
		return;
	s->drift += llabs(rec->drift);
	n = news_of(p, FDS_NEWS_DRIFT, s->pass_ns);
	n.drift = rec->drift;
	tell(s, &n);
}

static int apply_row(struct store *s, const struct fds_task_rec *rec, uint32_t tid)
{
	struct process *p = touch_process(s, rec, tid);
	struct table *t = NULL;

	if (!p || (rec->files && !(t = touch_table(s, rec->files, p)))) {
		s->refused++;
		return -ENOMEM;
	}
	memcpy(p->comm, rec->comm, FDS_COMM_SZ);
	check_limit(s, p, rec);
	p->table_tid = rec->tid;
	p->ppid = rec->ppid;
	p->ns_pid = rec->ns_tgid;
	p->uid = rec->uid;
	p->euid = rec->euid;
	p->threads = rec->threads;
	p->kthread = rec->flags & FDS_TASK_KTHREAD;
	p->zombie = rec->flags & FDS_TASK_ZOMBIE;
	p->exec_id = rec->exec_id;
	p->cgroup_id = rec->cgroup_id;
	p->soft = rec->soft;
	p->hard = rec->hard;
	p->below_soft = rec->below_soft;
	p->pass = s->pass;
	if (t)
		fill_table(t, rec);
	p->table = t;
	check_drift(s, p, rec);
	return 0;
}

/* ---- truth passes ---- */

void store__begin_pass(struct store *s, uint64_t now_ns)
{
	s->pass++;
	s->pass_ns = now_ns;
	s->pending_cnt = 0;
}

static int keep_for_end(struct store *s, const struct fds_task_rec *rec)
{
	if (array_reserve(s->pending, s->pending_cap, s->pending_cnt)) {
		s->refused++;
		return -ENOMEM;
	}
	s->pending[s->pending_cnt++] = *rec;
	return 0;
}

int store__apply_task(struct store *s, const struct fds_task_rec *rec)
{
	struct process *p;

	if (!rec->tgid || rec->flags & FDS_TASK_TORN) {
		/* Seen, but with numbers that cannot be used: what we knew stands a while longer.
		 */
		p = store__find(s, rec->tgid, rec->tid);
		if (p && p->start_ns == rec->start_ns) {
			p->pass = s->pass;
			if (p->table)
				touch_table(s, p->table->addr, p);
		}
		return 0;
	}
	/* A thread's own table can be told only beside its leader's, which may come later. */
	if (rec->tid != rec->tgid)
		return keep_for_end(s, rec);
	return apply_row(s, rec, rec->tgid);
}

/*
 * A thread with a table that its leader has not.  If the leader has ended, its threads' table is
 * the process's; else the thread is a row of its own, once for each table.
 */
static void apply_thread(struct store *s, const struct fds_task_rec *rec)
{
	struct process *leader = store__find(s, rec->tgid, rec->tgid);
	struct table *t;

	HASH_FIND(hh, s->tables, &rec->files, sizeof(rec->files), t);
	if (t && t->pass == s->pass && t->row_pid == rec->tgid)
		return;
	if (leader && leader->pass == s->pass && leader->start_ns == rec->start_ns &&
	    !leader->table)
		apply_row(s, rec, rec->tgid);
	else
		apply_row(s, rec, rec->tid);
}

static void forget_missing(struct store *s)
{
	struct process *p, *next_p;
	struct table *t, *next_t;

	HASH_ITER (hh, s->processes, p, next_p)
		if (p->pass != s->pass)
			free_process(s, p);
	HASH_ITER (hh, s->tables, t, next_t)
		if (t->pass != s->pass)
			free_table(s, t);
}

/* Asked for on first need and again after an exec; false: it cannot be told. */
static bool ask_unit(const struct store *s, struct process *p)
{
	char *unit;

	if (p->unit_told && p->unit_exec == p->exec_id && p->unit_cgroup == p->cgroup_id)
		return true;
	if (!s->find_unit || s->find_unit(s->ctx, p->key.pid, &unit))
		return p->unit_told;
	free(p->unit);
	p->unit = unit;
	p->unit_told = true;
	p->unit_exec = p->exec_id;
	p->unit_cgroup = p->cgroup_id;
	return true;
}

/*
 * NULL: none, or it cannot be told.  /proc is read once for each cgroup, not for each process, but
 * for those of the root: there it is the unit that is kept, not all that an identity has.
 */
static struct unit *unit_of(struct store *s, struct process *p)
{
	struct unit *unit;

	if (units__find_cgroup(&s->units, p->cgroup_id, s->pass, &unit))
		return unit;
	return ask_unit(s, p) ? units__learn(&s->units, p, s->pass, p->unit) : NULL;
}

static const struct process *find_witness(void *ctx, struct process_key key)
{
	return store__find(ctx, key.pid, key.tid);
}

static void sum_up(struct store *s)
{
	struct store_totals sums = {};

	s->mark++;
	units__confirm(&s->units, s->pass, find_witness, s);
	units__begin_pass(&s->units);
	for (struct process *p = store__first(s); p; p = store__next(p)) {
		struct table *t = p->table;
		struct unit *unit;

		if (p->key.pid == p->key.tid) {
			sums.processes++;
			sums.threads += p->threads;
		}
		if (!t || p->kthread || t->mark == s->mark)
			continue;
		t->mark = s->mark;
		sums.tables++;
		sums.allocated += t->allocated;
		sums.installed += t->installed;
		growth__apply(&t->growth, s->pass_ns, t->allocated);
		history__apply(&t->history, s->pass_ns, t->allocated);
		unit = unit_of(s, p);
		if (unit)
			units__add(unit, t->allocated);
	}
	units__end_pass(&s->units, s->pass, s->pass_ns);
	s->totals = sums;
}

void store__end_pass(struct store *s)
{
	struct table *t, *next_t;

	for (size_t i = 0; i < s->pending_cnt; i++)
		apply_thread(s, &s->pending[i]);
	s->pending_cnt = 0;
	HASH_ITER (hh, s->tables, t, next_t)
		if (t->pass == s->pass) {
			settle_table(s, t);
			sum_changes(s, t);
		}
	forget_missing(s);
	sum_up(s);
	for (struct process *p = store__first(s); p; p = store__next(p)) {
		p->table_id = p->table ? p->table->id : 0;
		if (!p->kthread)
			check_level(s, p);
	}
	s->told_cnt = 0;
}

/* ---- events ---- */

static const enum fds_news news_of_event[] = {
	[FDS_EVENT_FORK] = FDS_NEWS_FORK,	[FDS_EVENT_EXEC] = FDS_NEWS_EXEC,
	[FDS_EVENT_EXIT] = FDS_NEWS_EXIT,	[FDS_EVENT_LEVEL] = FDS_NEWS_LEVEL,
	[FDS_EVENT_FAILURE] = FDS_NEWS_FAILURE, [FDS_EVENT_LIMIT] = FDS_NEWS_LIMIT,
};

/* The row that an event is about: of the table, or of the process; NULL: no pass has met it. */
static struct process *row_of_event(const struct store *s, const struct fds_event *ev)
{
	struct process *p = store__find(s, ev->tgid, ev->tgid), *own;

	if (!p || p->start_ns != ev->start_ns)
		return NULL;
	/* Limits are the process's, whichever thread sets them. */
	if (ev->type == FDS_EVENT_LIMIT || !ev->files || (p->table && p->table->addr == ev->files))
		return p;
	own = store__find(s, ev->tgid, ev->tid);
	if (own && own->table && own->table->addr == ev->files)
		return own;
	/* Perhaps a table that is newer than the last pass: the process's, unless a thread acts. */
	return ev->tid == ev->tgid ? p : NULL;
}

static void remember_told(struct store *s, const struct fds_event *ev)
{
	/* Beyond the limit a level is told twice, which is better than not at all. */
	if (s->told_cnt < STORE_TOLD_MAX)
		s->told[s->told_cnt++] = (struct store_told){
			.start_ns = ev->start_ns, .pid = ev->tgid, .level = ev->level};
}

void store__apply_event(struct store *s, const struct fds_event *ev)
{
	struct process *p = row_of_event(s, ev);
	struct news n = {
		.time_ns = ev->time_ns,
		.start_ns = ev->start_ns,
		.pid = ev->tgid,
		.tid = ev->tid,
		.uid = ev->uid,
		.euid = ev->euid,
		.level = ev->level,
		.up = true,
		.allocated = ev->installed,
		.highest = -1,
		.soft = ev->soft,
		.hard = ev->hard,
		.error = ev->error,
		.syscall_nr = ev->syscall_nr,
		.held_back = ev->held_back,
		.child = ev->target,
	};

	if (ev->type >= sizeof(news_of_event) / sizeof(news_of_event[0]) || !ev->type)
		return;
	/* Of another pid namespace, without a number in ours. */
	if (!ev->tgid)
		return;
	n.type = news_of_event[ev->type];
	memcpy(n.comm, ev->comm, FDS_COMM_SZ);

	switch (ev->type) {
	case FDS_EVENT_LEVEL:
		/* By the lowest-free-number rule all numbers up to fd are taken. */
		if (n.allocated < ev->fd + 1)
			n.allocated = ev->fd + 1;
		n.highest = ev->fd;
		if (p && p->table && p->table->highest > n.highest)
			n.highest = p->table->highest;
		if (p) {
			if (p->level >= ev->level)
				return;
			p->level = ev->level;
		} else {
			remember_told(s, ev);
		}
		break;
	case FDS_EVENT_LIMIT:
		/* The record has the limits of who set them: news if those are its own. */
		if (ev->target != ev->tgid || (p && p->soft == ev->soft && p->hard == ev->hard))
			return;
		n.old_unknown = !p;
		if (p) {
			n.old_soft = p->soft;
			n.old_hard = p->hard;
			p->soft = ev->soft;
			p->hard = ev->hard;
		}
		break;
	case FDS_EVENT_FAILURE:
		n.cause = ev->cause < FDS_CAUSE_CNT ? ev->cause : FDS_CAUSE_UNKNOWN;
		n.failure = (const struct fds_failure *)ev;
		if (p && p->table &&
		    (n.allocated == FDS_COUNT_UNKNOWN || p->table->allocated > n.allocated))
			n.allocated = p->table->allocated;
		break;
	}
	tell(s, &n);
}
