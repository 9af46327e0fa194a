// SPDX-License-Identifier: GPL-2.0-or-later
/* Detector, alerter, hooks, journal and archive, wired together; see alarm.h. */
#include "alarm.h"

#include "alert/alerter.h"
#include "alert/archive.h"
#include "alert/blackbox.h"
#include "alert/raise.h"
#include "alert/recorder.h"
#include "alert/runner.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "detect/detector.h"
#include "detect/outlook.h"
#include "detect/trend.h"
#include "source/stack.h"
#include "source/syscalls.h"
#include "store/places.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * Who else holds an ofd takes a walk through all descriptors of the host, 0.25 us each.  A hook
 * waits for it: beyond so many it is left out.
 */
#define HOLDERS_FDS_MAX 40000

struct alarm {
	const struct config *config;
	struct store *store;
	struct alarm_ops ops;
	struct detector detector;
	struct alerter *alerter;
	struct runner *runner;
	struct archive *archive;
	struct recorder recorder;
	struct failure_log failures;
	struct history host; /* of file-nr */
	uint64_t nofile;
	uint64_t users_ns; /* of those that were looked at last */
};

/* ---- what the alerter needs ---- */

static void on_finding(void *ctx, const struct finding *f)
{
	struct alarm *a = ctx;

	alerter__apply(a->alerter, f);
}

static uint64_t next_id(void *ctx)
{
	struct alarm *a = ctx;

	return a->detector.next_alert++;
}

/*
 * How many descriptors a process may have if those of the host are not to be too many to look for
 * sharers: it may hold far more by now than when all were counted last.
 */
static size_t own_fds_max(const struct alarm *a, uint32_t pid, uint32_t tid)
{
	/* A thread with a table of its own, or any that shares the process's. */
	const struct process *p =
		store__find(a->store, pid, tid) ?: store__find(a->store, pid, pid);
	uint64_t others = a->store->totals.installed;

	if (p && p->table && p->table->installed <= others)
		others -= p->table->installed;
	return others < HOLDERS_FDS_MAX ? HOLDERS_FDS_MAX - others : 0;
}

static int read_files(void *ctx, uint32_t pid, uint32_t tid, bool *ret_holders,
		      struct file_list **ret)
{
	struct alarm *a = ctx;
	int err = a->ops.files(a->ops.ctx, pid, tid, BLACKBOX_NAMES_MAX, own_fds_max(a, pid, tid),
			       ret);

	if (err)
		return err;
	/* A process that is gone has no descriptors; that it had none nobody saw. */
	if (!(*ret)->cnt && !(*ret)->unlisted_cnt) {
		file_list__free(*ret);
		*ret = NULL;
		return -ESRCH;
	}
	*ret_holders = (*ret)->looked_for_holders;
	return 0;
}

static int identify_failed(void *ctx, const struct fds_failure *f, struct identity **ret)
{
	struct alarm *a = ctx;

	return a->ops.identify_failed(a->ops.ctx, f, ret);
}

static void run_hook(void *ctx, const struct hook *h, const struct incident *i,
		     const char *const *facts, const char *json, size_t json_sz)
{
	struct alarm *a = ctx;
	int err = runner__run(a->runner, h, facts, json, json_sz);

	/* What is dropped for being too many is counted, and told by the runner now and then. */
	if (err && err != -ENOBUFS)
		log_errno(err, "hook %s for incident %llu", h->name, (unsigned long long)i->id);
}

static void record(void *ctx, const struct incident *i, const char *const *facts)
{
	static const enum fds_message messages[ALERT_STEP_CNT] = {
		[ALERT_FIRE] = FDS_MESSAGE_ALERT_FIRED,
		[ALERT_ESCALATE] = FDS_MESSAGE_ALERT_ESCALATED,
		[ALERT_EASE] = FDS_MESSAGE_ALERT_FIRED,
		[ALERT_REPEAT] = FDS_MESSAGE_ALERT_FIRED,
		[ALERT_CLEAR] = FDS_MESSAGE_ALERT_CLEARED,
	};
	int priority = i->step == ALERT_CLEAR		      ? LOG_NOTICE
		       : i->severity == FDS_SEVERITY_CRITICAL ? LOG_ERR
							      : LOG_WARNING;
	char text[INCIDENT_MESSAGE_SZ + 64];

	(void)ctx;
	snprintf(text, sizeof(text), "alert %llu, %s %s: %s", (unsigned long long)i->id,
		 severity_names[i->severity], alert_step_names[i->step], i->message);
	journal__emit(i->storm ? FDS_MESSAGE_STORM : messages[i->step], priority, text, facts);
}

static void keep(void *ctx, const struct incident *i, const char *json, size_t json_sz)
{
	struct alarm *a = ctx;
	struct archive_incident row = {
		.id = i->id,
		.opened_s = i->opened_s,
		.cleared_s = i->cleared_s,
		.pid = i->pid,
		.comm = i->comm,
		.unit = i->unit,
		.rule = i->rule,
		.kind = rule_kinds[i->kind].name,
		.severity = severity_names[i->severity],
		.message = i->message,
		.json = json,
		.json_sz = json_sz,
	};

	/* What is not kept is counted there. */
	(void)archive__put_incident(a->archive, &row);
}

static void publish(void *ctx, const struct news *n)
{
	struct alarm *a = ctx;

	a->ops.publish(a->ops.ctx, n);
}

static void raise_for_rule(void *ctx, const struct finding *f)
{
	struct alarm *a = ctx;
	uint32_t ceiling = f->rule->raise_ceiling < a->config->act_ceiling ? f->rule->raise_ceiling
									   : a->config->act_ceiling;
	_cleanup_free_ char *why = NULL;
	struct backend_raise done;
	uint64_t soft;
	int err;

	if (!f->process || !a->config->act_raise)
		return;
	soft = raise__most(f->process, ceiling);
	/* Nothing above it: the alert itself says so. */
	if (soft <= f->process->soft)
		return;
	err = alarm__raise(a, f->process, soft, &done, &why);
	if (err)
		log_warning("rule %s cannot raise a soft limit: %s", f->rule->name,
			    why ?: strerror(-err));
}

/* ---- start and end ---- */

static struct runner_config runner_config_of(const struct config *c, uint64_t nofile)
{
	return (struct runner_config){
		.max_running = c->hooks_running,
		.max_queued = c->hooks_queued,
		.rate_per_min = c->hooks_per_minute,
		.output_max = c->hook_output_sz,
		.nofile = nofile,
	};
}

static int start_archive(struct alarm *a)
{
	struct archive_config c = {
		.path = a->config->archive_path,
		.max_bytes = a->config->archive_max_sz,
		.max_age_s = a->config->archive_max_age_ns / NSEC_PER_SEC,
	};

	return archive__new(&c, &a->archive);
}

static uint64_t first_id(struct alarm *a)
{
	uint64_t last = 0;

	/* Without an archive numbers begin anew: nobody is there to confuse them. */
	return archive__last_id(a->archive, &last) ? 1 : last + 1;
}

int alarm__new(sd_event *event, const struct config *config, struct store *store, uint64_t nofile,
	       const struct alarm_ops *ops, struct alarm **ret)
{
	struct runner_config runner = runner_config_of(config, nofile);
	struct alarm *a = calloc(1, sizeof(*a));
	struct alerter_ops alerter = {
		.ctx = a,
		.store = store,
		.log = &a->failures,
		.next_id = next_id,
		.files = read_files,
		.identify_failed = identify_failed,
		.syscall_name = syscalls__name,
		.run_hook = run_hook,
		.record = record,
		.keep = keep,
		.publish = publish,
		.raise = raise_for_rule,
	};
	int err;

	if (!a)
		return -ENOMEM;
	alerter.names = &a->detector.names;
	a->config = config;
	a->store = store;
	a->ops = *ops;
	a->nofile = nofile;
	err = runner__new(event, &runner, &a->runner);
	if (!err)
		err = start_archive(a);
	if (!err)
		err = alerter__new(&alerter, &a->alerter);
	if (err) {
		alarm__free(a);
		return err;
	}
	recorder__init(&a->recorder, a->archive);
	detector__init(&a->detector, store, first_id(a));
	a->detector.on_finding = on_finding;
	a->detector.ctx = a;
	alarm__apply_config(a);
	*ret = a;
	return 0;
}

void alarm__free(struct alarm *a)
{
	if (!a)
		return;
	runner__free(a->runner);
	detector__done(&a->detector);
	alerter__free(a->alerter);
	archive__free(a->archive);
	failure_log__done(&a->failures);
	history__done(&a->host);
	free(a);
}

void alarm__apply_config(struct alarm *a)
{
	struct runner_config runner;
	struct alerter_config c = {
		.hooks = a->config->hooks,
		.hook_cnt = a->config->hook_cnt,
		.storm_cnt = a->config->storm_cnt,
		.storm_window_ns = a->config->storm_window_ns,
	};

	alerter__apply_config(a->alerter, &c);
	detector__set_rules(&a->detector, a->config->rules, a->config->rule_cnt);
	runner = runner_config_of(a->config, a->nofile);
	runner__apply_config(a->runner, &runner);
}

/* ---- passes and news ---- */

static void apply_host(struct alarm *a, const struct backend_host *host)
{
	struct detector_host values = {
		.file_nr = host->file_nr,
		.file_nr_used = host->file_max == FDS_RLIM_INFINITY || !host->file_max
					? NAN
					: host->file_nr * 100.0 / host->file_max,
		.file_nr_growth = NAN,
		.file_nr_exhaustion = NAN,
	};
	struct trend trend;

	history__apply(&a->host, a->store->pass_ns,
		       host->file_nr < HISTORY_NONE ? host->file_nr : HISTORY_NONE - 1);
	if (trend__find(&a->host, UINT64_MAX, &trend))
		values.file_nr_growth = trend.per_s * 3600;
	if (host->file_max != FDS_RLIM_INFINITY && host->file_nr < host->file_max &&
	    trend__find(&a->host, host->file_max - host->file_nr, &trend))
		values.file_nr_exhaustion = trend.exhaustion_s;
	detector__apply_host(&a->detector, &values, a->store->pass_ns);
}

static double percent(const struct users *users, const struct user_use *use,
		      enum fds_user_limit limit)
{
	double ratio = users__used_ratio(users, use, limit);

	return ratio < 0 ? NAN : ratio * 100;
}

/* Users are read more seldom than passes are taken: once each time. */
static void apply_users(struct alarm *a, const struct users *users)
{
	_cleanup_free_ struct detector_user *values = NULL;

	if (users->taken_ns == a->users_ns)
		return;
	values = calloc(users->cnt + 1, sizeof(*values));
	if (!values)
		return;
	a->users_ns = users->taken_ns;
	for (size_t i = 0; i < users->cnt; i++) {
		const struct user_use *use = &users->list[i];

		values[i].uid = use->uid;
		values[i].used[FDS_RULE_INOTIFY_INSTANCES] =
			percent(users, use, FDS_USER_INOTIFY_INSTANCES);
		values[i].used[FDS_RULE_INOTIFY_WATCHES] =
			percent(users, use, FDS_USER_INOTIFY_WATCHES);
		values[i].used[FDS_RULE_EPOLL_WATCHES] =
			percent(users, use, FDS_USER_EPOLL_WATCHES);
		values[i].used[FDS_RULE_PIPE_PAGES] = percent(users, use, FDS_USER_PIPE_PAGES);
	}
	detector__apply_users(&a->detector, values, users->cnt, a->store->pass_ns);
}

void alarm__apply_pass(struct alarm *a, const struct backend_host *host, const struct users *users)
{
	outlook__apply(a->store);
	detector__apply_pass(&a->detector);
	if (host) {
		runner__set_scarce(a->runner, host->file_nr >= host->file_max / 20 * 19);
		apply_host(a, host);
	}
	apply_users(a, users);
	recorder__apply_pass(&a->recorder, a->store, &a->host, time(NULL));
	alerter__check_storms(a->alerter, a->store->pass_ns);
}

static void keep_failure(struct alarm *a, const struct news *n)
{
	struct places p = {};
	uint64_t id = 0;

	if (n->failure)
		id = stack__describe(n->failure, places__add, &p);
	/* No memory: the alert is told without it. */
	(void)failure_log__apply(&a->failures, n, p.cnt ? id : 0, (const char *const *)p.list,
				 p.cnt);
	places__done(&p);
}

void alarm__apply_news(struct alarm *a, const struct news *n)
{
	if (n->type == FDS_NEWS_FAILURE) {
		keep_failure(a, n);
		/* Whoever opens a file now may be refused, hooks too. */
		if (n->cause == FDS_CAUSE_FILE_MAX)
			runner__set_scarce(a->runner, true);
	}
	/* A hook that is refused on its way, or meets a trap there, must not call for hooks. */
	if (n->failure && n->failure->ppid == (uint32_t)getpid())
		return;
	detector__apply_news(&a->detector, n);
}

/* ---- for the API ---- */

const struct alerter *alarm__alerter(const struct alarm *a)
{
	return a->alerter;
}

const struct failure_log *alarm__failures(const struct alarm *a)
{
	return &a->failures;
}

const struct history *alarm__host_history(const struct alarm *a)
{
	return &a->host;
}

int alarm__old_points(void *ctx, const struct recorder_subject *of, int64_t since_s,
		      archive_point_fn fn, void *fn_ctx)
{
	struct alarm *a = ctx;

	return recorder__read(&a->recorder, of, since_s, fn, fn_ctx);
}

struct old_list {
	void (*fn)(void *fn_ctx, const struct backend_incident *i);
	void *fn_ctx;
};

static int take_old(const struct archive_incident *i, void *ctx)
{
	struct old_list *l = ctx;
	struct backend_incident row = {
		.id = i->id,
		.opened_s = i->opened_s,
		.cleared_s = i->cleared_s,
		.ended_unseen = i->ended_unseen,
		.pid = i->pid,
		.comm = i->comm,
		.unit = i->unit,
		.rule = i->rule,
		.kind = i->kind,
		.severity = i->severity,
		.message = i->message,
	};

	l->fn(l->fn_ctx, &row);
	return 0;
}

int alarm__old_incidents(void *ctx, uint64_t before_id, unsigned int limit,
			 void (*fn)(void *fn_ctx, const struct backend_incident *i), void *fn_ctx)
{
	struct alarm *a = ctx;
	struct old_list l = {fn, fn_ctx};

	if (limit > ARCHIVE_LIST_MAX)
		limit = ARCHIVE_LIST_MAX;
	return archive__incidents(a->archive, before_id, limit, take_old, &l);
}

int alarm__old_incident(void *ctx, uint64_t id, char **ret_json, size_t *ret_sz)
{
	struct alarm *a = ctx;

	return archive__incident(a->archive, id, ret_json, ret_sz);
}

int alarm__raise(void *ctx, const struct process *p, uint64_t soft, struct backend_raise *ret,
		 char **ret_why)
{
	struct alarm *a = ctx;
	uint64_t old;
	int err;

	if (!a->config->act_raise)
		return -EOPNOTSUPP;
	err = raise__soft(p, soft, a->config->act_ceiling, &old, ret_why);
	if (!err)
		*ret = (struct backend_raise){old, soft, p->hard};
	return err;
}

uint32_t alarm__firing(const struct alarm *a, enum fds_severity severity)
{
	return a->detector.firing[severity];
}

void alarm__fill_status(const struct alarm *a, struct backend_status *ret)
{
	struct backend_alerts *to = &ret->alerts;
	struct archive_status archive;
	struct runner_stats runner;

	archive__status(a->archive, &archive);
	runner__stats(a->runner, &runner);
	*to = (struct backend_alerts){
		.warn = a->detector.firing[FDS_SEVERITY_WARN],
		.critical = a->detector.firing[FDS_SEVERITY_CRITICAL],
		.refused = a->detector.refused,
		.hooks_started = runner.started,
		.hooks_failed = runner.failed + runner.nonzero,
		.hooks_timed_out = runner.timeouts,
		.hooks_dropped = runner.dropped_queue + runner.dropped_rate,
		.hooks_running = runner.running,
		.hooks_queued = runner.queued,
		.archive_state = archive.state,
		.archive_bytes = archive.bytes,
		.archive_incidents = archive.incidents,
		.archive_dropped = archive.dropped,
	};
	snprintf(to->archive_why, sizeof(to->archive_why), "%s", archive.why);
}
