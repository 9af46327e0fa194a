// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owner of all: source, store, API, and the timers between them; see manager.h.
 */
#include "manager.h"

#include "alarm.h"
#include "api/server.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/reserve.h"
#include "fdscope/api.h"
#include "lookout.h"
#include "notify.h"
#include "report.h"
#include "source/choose.h"
#include "source/demand.h"
#include "source/departed.h"
#include "source/identity.h"
#include "source/procfs.h"
#include "source/stack.h"
#include "source/syscalls.h"
#include "usage.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

/* The ring is looked at this often while somebody listens to what comes without a wake-up. */
#define DRAIN_NS (100 * NSEC_PER_MSEC)
/* Whether hooks missed something, and what is attached on demand, is looked at this often. */
#define WATCH_NS (500 * NSEC_PER_MSEC)
/*
 * The time between the passes of a repair.  More than snapshot's confirm_ns: where hooks are
 * preempted, so are tasks between what they did and the hook that tells of it.
 */
#define CONFIRM_NS    (250 * NSEC_PER_MSEC)
#define REPAIR_PASSES 2
/* State of tables that ended unnoticed is swept, and hidden processes looked for, this often. */
#define UPKEEP_NS (30 * NSEC_PER_SEC)

struct manager {
	const struct manager_options *opts;
	struct config config;
	sd_event *event;
	sd_event_source *pass_timer, *drain_timer, *watch_timer, *upkeep_timer;
	struct source *source;
	struct tier_result tier_results[TIER_CNT];
	struct store store;
	struct backend backend;
	struct alarm *alarm;
	struct lookout *lookout;
	struct api *api;
	struct ofd_key ofd_key;
	struct users users;
	struct departed *departed; /* what tells of processes that are gone */
	struct report_pass pass;
	struct notify notify;
	struct hooks_losses losses;	  /* at the last look */
	uint64_t loss_logged_ns, full_ns; /* when that was told */
	uint64_t repair_ns;		  /* end of the last such pass */
	unsigned int repairs;		  /* passes that are due soon after something was missed */
	uint64_t started_ns;
	uint64_t fresh_ns; /* begin of the last whole pass */
	uint64_t last_pass_mono_ns, older_pass_mono_ns;
	uint64_t ofds, ofds_ns, ofds_cost_ns; /* last count of open file descriptions */
	bool pass_failed;		      /* the last one */
	uint32_t wanted;		      /* bits 1 << enum fds_news */
};

/* ---- truth passes ---- */

static int apply_task(void *ctx, const struct fds_task_rec *rec)
{
	struct manager *m = ctx;

	/* No memory for a row: counted by the store, and the pass goes on. */
	store__apply_task(&m->store, rec);
	return 0;
}

/* Anew as often as it is tried. */
static int read_tasks(struct manager *m, uint64_t now_ns)
{
	store__begin_pass(&m->store, now_ns);
	return source__tasks(m->source, apply_task, m);
}

/* The host's own counts; those of ofds, which cost more, are not among them. */
static int read_file_nr(struct backend_host *ret)
{
	struct procfs_system sys;
	int err = procfs__system(&sys);

	if (err)
		return err;
	*ret = (struct backend_host){
		.file_nr = sys.file_nr,
		.file_max = sys.file_max,
		.nr_open = sys.nr_open,
		.ofds = FDS_UNKNOWN,
	};
	return 0;
}

/*
 * After each pass, what alarms is looked at; not before it is sure that this daemon will run: no
 * hook runs for one that another has the socket of.
 */
static void check_alarms(struct manager *m)
{
	struct backend_host host;

	if (!m->api)
		return;
	lookout__apply_pass(m->lookout);
	alarm__apply_pass(m->alarm, WITH_RESERVE(read_file_nr(&host)) ? NULL : &host, &m->users);
}

static int take_pass(struct manager *m)
{
	uint64_t start = clock__now_ns(), mono;
	int err;

	mono = clock__monotonic_ns();
	err = WITH_RESERVE(read_tasks(m, start));
	if (err) {
		/* Once, and not again before one has succeeded. */
		if (!m->pass_failed)
			log_errno(err, "truth pass failed");
		m->pass_failed = true;
		return err;
	}
	store__end_pass(&m->store);
	if (m->pass_failed)
		log_notice("truth passes succeed again");
	m->pass_failed = false;
	m->older_pass_mono_ns = m->last_pass_mono_ns;
	m->last_pass_mono_ns = mono;
	m->fresh_ns = start;
	m->pass.cost_ns = clock__now_ns() - start;
	m->pass.cnt++;
	check_alarms(m);
	return 0;
}

static int refresh(void *ctx, uint64_t max_age_ns)
{
	struct manager *m = ctx;

	/* At most half of the time goes into passes, however many ask. */
	if (max_age_ns && max_age_ns < m->pass.cost_ns)
		max_age_ns = m->pass.cost_ns;
	if (m->fresh_ns && clock__now_ns() - m->fresh_ns < max_age_ns)
		return 0;
	return take_pass(m);
}

static uint64_t pass_interval_ns(const struct manager *m)
{
	bool counts = tiers[source__tier(m->source)].counts;
	uint64_t wish = counts ? m->config.truth_interval_ns : m->config.sample_interval_ns;
	uint64_t affordable = m->pass.cost_ns * 10000 / m->config.truth_budget_bp;

	return wish > affordable ? wish : affordable;
}

static void arm(sd_event_source *timer, uint64_t delay_ns)
{
	sd_event_source_set_time_relative(timer, delay_ns / NSEC_PER_USEC);
	sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

/* A pass is due, though not so often that whoever causes it could keep us busy. */
static void pass_soon(struct manager *m)
{
	uint64_t age = clock__now_ns() - m->fresh_ns, pause = 20 * m->pass.cost_ns;

	arm(m->pass_timer, age < pause ? pause - age : 0);
}

static struct notify_facts notify_facts(const struct manager *m)
{
	return (struct notify_facts){
		.tier = tiers[source__tier(m->source)].name,
		.processes = m->store.totals.processes,
		.warn = alarm__firing(m->alarm, FDS_SEVERITY_WARN),
		.critical = alarm__firing(m->alarm, FDS_SEVERITY_CRITICAL),
	};
}

static void refresh_notify(struct manager *m)
{
	struct notify_facts facts = notify_facts(m);

	notify__refresh(&m->notify, &facts, clock__now_ns());
}

/* ---- events ---- */

static void apply_event(void *ctx, const struct fds_event *ev)
{
	struct manager *m = ctx;

	/* The hook at the end of system calls sees the error alone. */
	if (ev->type == FDS_EVENT_FAILURE && ev->cause == FDS_CAUSE_UNKNOWN) {
		struct fds_failure f = *(const struct fds_failure *)ev;

		f.ev.cause =
			syscalls__cause(f.ev.syscall_nr, f.ev.error, f.ev.installed, f.ev.soft);
		store__apply_event(&m->store, &f.ev);
		return;
	}
	/* The new value is the kernel's to tell: look soon. */
	if (ev->type == FDS_EVENT_LIMIT)
		pass_soon(m);
	store__apply_event(&m->store, ev);
}

static int drain(struct manager *m)
{
	struct hooks *hooks = source__hooks(m->source);

	return hooks ? hooks__drain(hooks, apply_event, m) : 0;
}

/* At most once a minute. */
static bool is_news(uint64_t *told_ns, uint64_t now_ns)
{
	if (*told_ns && now_ns - *told_ns < 60 * NSEC_PER_SEC)
		return false;
	*told_ns = now_ns;
	return true;
}

/*
 * Something was missed: say so.  A pass finds what differs, another a moment later repairs what
 * still does.
 */
static void check_losses(struct manager *m)
{
	struct hooks_losses now;
	struct news n = {.type = FDS_NEWS_RESYNC, .time_ns = clock__now_ns()};
	uint64_t since, pause;

	source__losses(m->source, &now);
	if (now.records != m->losses.records)
		n.why = "events found no room in the ring buffer";
	else if (now.updates != m->losses.updates && is_news(&m->full_ns, n.time_ns))
		/* What is full stays so, and passes do not help: once in a while is enough. */
		n.why = "state of a files table found no room";
	else if (now.misses != m->losses.misses)
		n.why = "hooks were skipped";
	m->losses = now;
	if (!n.why)
		return;
	if (is_news(&m->loss_logged_ns, n.time_ns)) /* status counts them */
		log_notice("%s; truth passes set it right", n.why);
	if (m->api)
		api__publish(m->api, &n);
	/* At most a twentieth of the time goes into this, if losses go on. */
	if (!m->repairs) {
		since = n.time_ns - m->repair_ns;
		pause = 20 * REPAIR_PASSES * m->pass.cost_ns;
		arm(m->pass_timer, since < pause ? pause - since : 0);
	}
	m->repairs = REPAIR_PASSES;
}

static int on_ring(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	(void)src;
	(void)fd;
	(void)events;
	drain(ctx);
	return 0;
}

static int on_drain_timer(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct manager *m = ctx;

	(void)usec;
	drain(m);
	if (m->wanted & (1u << FDS_NEWS_FORK | 1u << FDS_NEWS_EXEC | 1u << FDS_NEWS_EXIT))
		arm(src, DRAIN_NS);
	return 0;
}

static int on_pass_timer(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct manager *m = ctx;

	(void)usec;
	drain(m);
	take_pass(m);
	if (m->repairs)
		m->repair_ns = clock__now_ns();
	if (m->repairs && --m->repairs)
		arm(src, CONFIRM_NS);
	else
		arm(src, pass_interval_ns(m));
	return 0;
}

static int on_watch_timer(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct manager *m = ctx;

	(void)usec;
	drain(m);
	check_losses(m);
	demand__check(source__hooks(m->source), m->store.totals.installed);
	arm(src, WATCH_NS);
	return 0;
}

static void collect_garbage(struct manager *m)
{
	size_t freed;

	/* What the last two passes did not meet is gone. */
	if (!tiers[source__tier(m->source)].counts || !m->older_pass_mono_ns)
		return;
	if (!counters__sweep(hooks__counters(source__hooks(m->source)), m->older_pass_mono_ns,
			     &freed) &&
	    freed)
		log_debug("state of %zu files tables that ended unnoticed was dropped", freed);
}

static void find_hidden(struct manager *m)
{
	size_t before = source__hidden(m->source);
	int err = source__find_hidden(m->source);

	if (err)
		log_errno(err, "looking for processes that the iterators leave out");
	else if (source__hidden(m->source) != before)
		log_notice(
			"processes that the kernel's iterators leave out: %zu; /proc counts these",
			source__hidden(m->source));
}

static const struct users *read_users(void *ctx, uint64_t max_age_ns)
{
	struct manager *m = ctx;

	usage__refresh(&m->users, m->source, max_age_ns);
	return &m->users;
}

static int on_upkeep_timer(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct manager *m = ctx;

	(void)usec;
	collect_garbage(m);
	find_hidden(m);
	refresh_notify(m);
	read_users(m, BACKEND_USERS_AGE_NS);
	arm(src, UPKEEP_NS);
	return 0;
}

/* ---- what the store and the API ask for ---- */

static void on_news(void *ctx, const struct news *n)
{
	struct manager *m = ctx;

	if (!m->api)
		return;
	/* Alerts first: somebody waits for hooks. */
	alarm__apply_news(m->alarm, n);
	api__publish(m->api, n);
}

static void publish(void *ctx, const struct news *n)
{
	struct manager *m = ctx;

	if (m->api)
		api__publish(m->api, n);
}

static int identify(void *ctx, uint32_t pid, struct identity **ret)
{
	(void)ctx;
	return WITH_RESERVE(identity__read(pid, ret));
}

static int find_unit(void *ctx, uint32_t pid, char **ret)
{
	(void)ctx;
	return WITH_RESERVE(identity__read_unit(pid, ret));
}

static int identify_failed(void *ctx, const struct fds_failure *f, struct identity **ret)
{
	struct manager *m = ctx;

	return departed__identify(m->departed, f, ret);
}

static int list_files(void *ctx, uint32_t pid, uint32_t tid, struct file_list **ret)
{
	struct manager *m = ctx;

	return WITH_RESERVE(file_list__read(m->source, &m->ofd_key, pid, tid, ret));
}

static int open_host_files(void *ctx, struct host_files **ret)
{
	struct manager *m = ctx;

	return WITH_RESERVE(host_files__new(m->source, &m->ofd_key, NULL, ret));
}

static int find_holders(void *ctx, const struct who_query *q, struct who_list **ret)
{
	struct manager *m = ctx;

	return WITH_RESERVE(who_list__find(m->source, &m->ofd_key, q, ret));
}

static int sample_files(void *ctx, uint32_t pid, uint32_t tid, size_t rows_max, size_t holders_max,
			struct file_list **ret)
{
	struct manager *m = ctx;

	return WITH_RESERVE(
		file_list__sample(m->source, &m->ofd_key, pid, tid, rows_max, holders_max, ret));
}

/* A walk through all descriptors of the host: at most a tenth of the time goes into it. */
static uint64_t count_ofds(struct manager *m)
{
	uint64_t start = clock__now_ns();

	if (m->ofds_ns && start - m->ofds_ns < 10 * m->ofds_cost_ns)
		return m->ofds;
	m->ofds = FDS_UNKNOWN;
	source__count_ofds(m->source, &m->ofds);
	m->ofds_ns = clock__now_ns();
	m->ofds_cost_ns = m->ofds_ns - start;
	return m->ofds;
}

static int read_host(void *ctx, struct backend_host *ret)
{
	int err = WITH_RESERVE(read_file_nr(ret));

	if (!err)
		ret->ofds = count_ofds(ctx);
	return err;
}

static void fill_status(void *ctx, struct backend_status *ret)
{
	struct manager *m = ctx;

	report__fill(m->source, m->tier_results, &m->store, &m->pass, ret);
	lookout__fill_status(m->lookout, ret);
	alarm__fill_status(m->alarm, ret);
	ret->started_ns = m->started_ns;
	ret->max_staleness_ns = m->config.max_staleness_ns;
}

static const char *tier_name(void *ctx)
{
	struct manager *m = ctx;

	return tiers[source__tier(m->source)].name;
}

static const struct {
	enum fds_news news;
	enum fds_event_type event;
} optional_events[] = {
	{FDS_NEWS_FORK, FDS_EVENT_FORK},
	{FDS_NEWS_EXEC, FDS_EVENT_EXEC},
	{FDS_NEWS_EXIT, FDS_EVENT_EXIT},
};

static void news_wanted(void *ctx, uint32_t mask)
{
	struct manager *m = ctx;
	uint32_t events = 0;

	m->wanted = mask;
	if (!source__hooks(m->source))
		return;
	for (size_t i = 0; i < sizeof(optional_events) / sizeof(optional_events[0]); i++)
		if (mask & (1u << optional_events[i].news))
			events |= 1u << optional_events[i].event;
	hooks__set_wanted(source__hooks(m->source), events);
	if (events)
		arm(m->drain_timer, DRAIN_NS);
}

/* ---- config ---- */

static void apply_levels(struct manager *m)
{
	memset(m->store.levels, 0, sizeof(m->store.levels));
	for (uint32_t i = 0; i < m->config.levels.cnt && i < STORE_LEVEL_CNT; i++)
		m->store.levels[i] = m->config.levels.level[i];
}

static struct api_config api_config_of(const struct config *c)
{
	return (struct api_config){
		.socket_path = c->socket,
		.max_clients = c->max_clients,
		.max_clients_per_user = c->max_clients_per_user,
		.idle_timeout_us = c->idle_timeout_ns / NSEC_PER_USEC,
		.max_streams = c->max_streams,
		.max_stream_backlog = c->max_stream_backlog_sz,
	};
}

static int on_hangup(sd_event_source *src, const struct signalfd_siginfo *si, void *ctx)
{
	struct manager *m = ctx;
	struct api_config api;
	struct config c;

	(void)src;
	(void)si;
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
		   (unsigned long long)(clock__monotonic_ns() / NSEC_PER_USEC));
	if (manager_options__read(m->opts, &c)) {
		log_error("config not reloaded; the old one stays");
	} else {
		if (config__needs_restart(&m->config, &c))
			log_warning("tier, socket, max-tables, ring-size, hooks-running and "
				    "[archive] change with a restart only");
		m->config = c;
		log__set_level(c.log_level);
		apply_levels(m);
		if (source__hooks(m->source))
			hooks__set_level(source__hooks(m->source), m->store.levels,
					 STORE_LEVEL_CNT);
		m->backend.max_staleness_ns = c.max_staleness_ns;
		alarm__apply_config(m->alarm);
		lookout__apply_config(m->lookout);
		api = api_config_of(&m->config);
		api__apply_config(m->api, &api);
		arm(m->pass_timer, pass_interval_ns(m));
		log_info("config reloaded");
	}
	sd_notify(0, "READY=1");
	return 0;
}

/* ---- start and end ---- */

static int start_events(struct manager *m)
{
	static const int ending[] = {SIGTERM, SIGINT};
	sigset_t mask;
	int err = sd_event_new(&m->event);

	if (err < 0)
		return err;
	sigemptyset(&mask);
	sigaddset(&mask, SIGHUP);
	for (size_t i = 0; i < 2; i++)
		sigaddset(&mask, ending[i]);
	if (sigprocmask(SIG_BLOCK, &mask, NULL))
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	/* Without a handler sd-event ends the loop. */
	for (size_t i = 0; i < 2 && err >= 0; i++)
		err = sd_event_add_signal(m->event, NULL, ending[i], NULL, NULL);
	if (err >= 0)
		err = sd_event_add_signal(m->event, NULL, SIGHUP, on_hangup, m);
	if (err >= 0)
		err = notify__start_watchdog(m->event);
	return err < 0 ? err : 0;
}

static int start_source(struct manager *m)
{
	static const int tier_of[CONFIG_TIER_CNT] = {
		[CONFIG_TIER_AUTO] = -1,
		[CONFIG_TIER_TRAMPOLINE] = TIER_TRAMPOLINE,
		[CONFIG_TIER_KPROBE] = TIER_KPROBE,
		[CONFIG_TIER_SYSCALL] = TIER_SYSCALL,
		[CONFIG_TIER_SAMPLE] = TIER_SAMPLE,
		[CONFIG_TIER_PROCFS] = TIER_PROCFS,
	};
	struct source_options opts = {
		.btf = m->opts->btf,
		.table_cnt = m->config.max_tables,
		.levels = m->store.levels,
		.level_cnt = STORE_LEVEL_CNT,
		.ring_sz = m->config.ring_sz,
		.skip_program = m->opts->skip_hook,
	};

	return choose__source(tier_of[m->config.tier], &opts, m->tier_results, &m->source);
}

static int add_timer(struct manager *m, sd_event_source **ret, sd_event_time_handler_t fn)
{
	/* A tenth of a second either way, so that wake-ups can be shared with others. */
	int err = sd_event_add_time_relative(m->event, ret, CLOCK_MONOTONIC, 0, 100000, fn, m);

	if (err >= 0)
		err = sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
	return err;
}

static int start_timers(struct manager *m)
{
	struct hooks *hooks = source__hooks(m->source);
	int err = add_timer(m, &m->pass_timer, on_pass_timer);

	if (err >= 0)
		err = add_timer(m, &m->drain_timer, on_drain_timer);
	if (err >= 0)
		err = add_timer(m, &m->watch_timer, on_watch_timer);
	if (err >= 0)
		err = add_timer(m, &m->upkeep_timer, on_upkeep_timer);
	if (err >= 0 && hooks)
		err = sd_event_add_io(m->event, NULL, hooks__ring_fd(hooks), EPOLLIN, on_ring, m);
	if (err < 0)
		return err;
	sd_event_source_set_time_accuracy(m->pass_timer, 1000);
	arm(m->pass_timer, pass_interval_ns(m));
	if (hooks)
		arm(m->watch_timer, 0);
	arm(m->upkeep_timer, UPKEEP_NS);
	return 0;
}

static int start_api(struct manager *m)
{
	struct api_config config = api_config_of(&m->config);

	m->backend = (struct backend){
		.ctx = m,
		.store = &m->store,
		.alarm_ctx = m->alarm,
		.hazards = lookout__read,
		.hazards_ctx = m->lookout,
		.failures = alarm__failures(m->alarm),
		.alerter = alarm__alerter(m->alarm),
		.host_history = alarm__host_history(m->alarm),
		.old_incidents = alarm__old_incidents,
		.old_incident = alarm__old_incident,
		.old_points = alarm__old_points,
		.raise = alarm__raise,
		.refresh = refresh,
		.files = list_files,
		.host_files = open_host_files,
		.holders = find_holders,
		.host = read_host,
		.users = read_users,
		.status = fill_status,
		.tier = tier_name,
		.news_wanted = news_wanted,
		.syscall_name = syscalls__name,
		.syscall_is_silent = syscalls__is_silent,
		.describe_stack = stack__describe,
		.identify_failed = identify_failed,
		.max_staleness_ns = m->config.max_staleness_ns,
	};
	return api__new(m->event, &config, &m->backend, &m->api);
}

static int start_alarm(struct manager *m)
{
	struct alarm_ops ops = {
		.ctx = m,
		.files = sample_files,
		.identify_failed = identify_failed,
		.publish = publish,
	};

	return alarm__new(m->event, &m->config, &m->store, m->opts->nofile, &ops, &m->alarm);
}

static int start_lookout(struct manager *m)
{
	struct lookout_ops ops = {
		.ctx = m,
		.identify = identify_failed,
		.publish = on_news,
	};

	return lookout__new(m->event, &m->config, m->opts->btf, m->source, &m->ofd_key, &m->store,
			    &ops, &m->lookout);
}

int manager__new(const struct manager_options *opts, struct manager **ret)
{
	struct manager *m = calloc(1, sizeof(*m));
	int err;

	if (!m)
		return -ENOMEM;
	m->opts = opts;
	m->started_ns = clock__now_ns();
	store__init(&m->store);
	m->store.units.root_is_none = identity__is_unified();
	m->store.on_news = on_news;
	m->store.identify = identify;
	m->store.find_unit = find_unit;
	m->store.ctx = m;

	err = manager_options__read(opts, &m->config);
	if (err)
		goto fail;
	log__set_level(m->config.log_level);
	apply_levels(m);
	err = ofd__load_key(FDS_OFD_KEY_PATH, &m->ofd_key);
	if (err)
		log_debug("names of open file descriptions change with a restart: %s: %s",
			  FDS_OFD_KEY_PATH, strerror(-err));
	err = departed__new(&m->departed);
	if (err)
		goto fail;
	err = start_events(m);
	if (err) {
		log_errno(err, "event loop");
		goto fail;
	}
	err = start_source(m);
	if (err)
		goto fail;
	err = start_alarm(m);
	if (err) {
		log_errno(err, "alerts");
		goto fail;
	}
	err = start_lookout(m);
	if (err) {
		log_errno(err, "watching for hazards");
		goto fail;
	}
	find_hidden(m);
	err = take_pass(m);
	if (err)
		goto fail;
	read_users(m, BACKEND_USERS_AGE_NS);
	source__losses(m->source, &m->losses);
	err = start_timers(m);
	if (err) {
		log_errno(err, "timers");
		goto fail;
	}
	err = start_api(m);
	if (err)
		goto fail;
	check_alarms(m);
	*ret = m;
	return 0;
fail:
	manager__free(m);
	return err;
}

int manager__run(struct manager *m)
{
	struct notify_facts facts = notify_facts(m);

	log_info("tier %s, %u processes, ready on %s", facts.tier, facts.processes,
		 m->config.socket);
	notify__ready(&m->notify, &facts, clock__now_ns());
	return sd_event_loop(m->event);
}

void manager__free(struct manager *m)
{
	if (!m)
		return;
	sd_notify(0, "STOPPING=1");
	api__free(m->api);
	m->api = NULL;
	lookout__free(m->lookout);
	m->lookout = NULL;
	alarm__free(m->alarm);
	m->alarm = NULL;
	sd_event_source_unref(m->pass_timer);
	sd_event_source_unref(m->drain_timer);
	sd_event_source_unref(m->watch_timer);
	sd_event_source_unref(m->upkeep_timer);
	sd_event_unref(m->event);
	source__free(m->source);
	departed__free(m->departed);
	users__done(&m->users);
	store__done(&m->store);
	free(m);
}
