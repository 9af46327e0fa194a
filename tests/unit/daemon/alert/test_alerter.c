// links: daemon/alert/*.c daemon/detect/*.c daemon/store/*.c daemon/source/i*.c daemon/source/kind/*.c daemon/source/procfs*.c daemon/base/*.c tests/unit/daemon/api/schema.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* From findings to what is told: incidents, black boxes, hooks chosen, storms, bounds. */
#include "../api/schema.h"
#include "../store/records.h"
#include "alert/alerter.h"
#include "alert/facts.h"
#include "source/syscalls.h"
#include "store/hazards.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>

#define TOLD_MAX 4096

struct told {
	uint64_t id;
	enum alert_step step;
	enum fds_severity severity;
	char message[INCIDENT_MESSAGE_SZ];
};

struct world {
	struct store store;
	struct passwd_names names;
	struct failure_log log;
	struct alerter *alerter;
	struct hook hooks[2];
	struct rule rule;
	uint64_t next_id;
	struct told told[TOLD_MAX]; /* by record() */
	size_t told_cnt, kept_cnt, published_cnt, raised_cnt;
	size_t runs[2];	  /* of each hook */
	json_t *json;	  /* of the last run or keep */
	char facts[4096]; /* of the last run, a line each */
	int files_err;
	struct file_list *files; /* what the next black box is given */
};

static uint64_t next_id(void *ctx)
{
	return ((struct world *)ctx)->next_id++;
}

static int read_files(void *ctx, uint32_t pid, uint32_t tid, bool *ret_holders,
		      struct file_list **ret)
{
	struct world *w = ctx;

	(void)pid, (void)tid;
	if (w->files_err)
		return w->files_err;
	*ret_holders = true;
	*ret = w->files ?: calloc(1, sizeof(**ret));
	w->files = NULL;
	return 0;
}

void file_list__free(struct file_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->cnt; i++)
		free(l->rows[i].name);
	free(l->rows);
	free(l->holders);
	free(l);
}

static int identify_failed(void *ctx, const struct fds_failure *f, struct identity **ret)
{
	(void)ctx, (void)f, (void)ret;
	return -ENOENT;
}

/* What lies in files of the source room that need more than a test has. */
const char *syscalls__name(uint32_t nr)
{
	return nr == 2 ? "open" : NULL;
}

static void take_json(struct world *w, const char *json, size_t sz)
{
	json_error_t err;

	json_decref(w->json);
	w->json = json_loadb(json, sz, 0, &err);
	if (!w->json)
		fail_msg("%s: %.*s", err.text, (int)sz, json);
}

static void run_hook(void *ctx, const struct hook *h, const struct incident *i,
		     const char *const *facts, const char *json, size_t json_sz)
{
	struct world *w = ctx;
	size_t len = 0;

	(void)i;
	w->runs[h - w->hooks]++;
	take_json(w, json, json_sz);
	for (; *facts; facts++)
		len += snprintf(w->facts + len, sizeof(w->facts) - len, "%s\n", *facts);
}

static void record(void *ctx, const struct incident *i, const char *const *facts)
{
	struct world *w = ctx;

	assert_non_null(*facts);
	assert_true(w->told_cnt < TOLD_MAX);
	w->told[w->told_cnt] = (struct told){i->id, i->step, i->severity, ""};
	memcpy(w->told[w->told_cnt++].message, i->message, INCIDENT_MESSAGE_SZ);
}

static void keep(void *ctx, const struct incident *i, const char *json, size_t json_sz)
{
	struct world *w = ctx;

	(void)i;
	w->kept_cnt++;
	take_json(w, json, json_sz);
}

static void publish(void *ctx, const struct news *n)
{
	assert_int_equal(n->type, FDS_NEWS_ALERT);
	((struct world *)ctx)->published_cnt++;
}

static void raise_limit(void *ctx, const struct finding *f)
{
	assert_int_equal(f->severity, FDS_SEVERITY_CRITICAL);
	((struct world *)ctx)->raised_cnt++;
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct alerter_ops ops = {
		.ctx = w,
		.store = &w->store,
		.names = &w->names,
		.log = &w->log,
		.next_id = next_id,
		.files = read_files,
		.identify_failed = identify_failed,
		.syscall_name = syscalls__name,
		.run_hook = run_hook,
		.record = record,
		.keep = keep,
		.publish = publish,
		.raise = raise_limit,
	};
	struct alerter_config c = {
		.hooks = w->hooks, .hook_cnt = 2, .storm_cnt = 5, .storm_window_ns = 10 * SEC};

	w->next_id = 1;
	store__init(&w->store);
	rule__init(&w->rule, "used");
	w->rule.kind = FDS_RULE_USED;
	w->rule.hook_mask = 3;
	w->hooks[0].on = w->hooks[1].on = ~0u;
	strcpy(w->hooks[0].name, "page");
	strcpy(w->hooks[1].name, "mail");
	assert_int_equal(alerter__new(&ops, &w->alerter), 0);
	alerter__apply_config(w->alerter, &c);
	PASS(&w->store, SEC, task(7, 85), task(8, 1));
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	alerter__free(w->alerter);
	failure_log__done(&w->log);
	store__done(&w->store);
	json_decref(w->json);
	free(w);
	return 0;
}

/* A finding about process 7, or of any other number one that no pass has met. */
static struct finding finding(struct world *w, uint64_t alert, uint32_t pid, enum alert_step step,
			      enum fds_severity severity)
{
	struct finding f = {
		.alert = alert,
		.step = step,
		.kind = w->rule.kind,
		.rule = &w->rule,
		.rule_name = w->rule.name,
		.severity = severity,
		.since_ns = 2 * SEC,
		.now_ns = 2 * SEC,
		.value = 85,
		.threshold = 80,
		.subject = SUBJECT_PROCESS,
		.process = store__find(&w->store, pid, pid),
		.pid = pid,
		.tid = pid,
		.start_ns = pid * SEC,
		.uid = 1000,
		.euid = 1000,
		.comm = "some",
	};

	if (step == ALERT_CLEAR)
		f.why = "back to normal";
	if (w->next_id <= alert)
		w->next_id = alert + 1;
	return f;
}

static void apply(struct world *w, uint64_t alert, uint32_t pid, enum alert_step step,
		  enum fds_severity severity)
{
	struct finding f = finding(w, alert, pid, step, severity);

	alerter__apply(w->alerter, &f);
}

/* What was told last is as daemon/api/openapi.json describes it. */
static void check_json(const struct world *w)
{
	json_t *doc = schema__load();
	char why[SCHEMA_WHY_SZ];

	assert_non_null(doc);
	if (schema__check(doc, "Incident", w->json, why) < 0)
		fail_msg("%s", why);
	json_decref(doc);
}

static const char *text(const json_t *o, const char *key)
{
	return json_string_value(json_object_get(o, key)) ?: "";
}

static void each_step_is_told_to_all(void **state)
{
	static const enum alert_step steps[] = {ALERT_FIRE, ALERT_ESCALATE, ALERT_REPEAT,
						ALERT_EASE, ALERT_CLEAR};
	struct world *w = *state;

	for (size_t i = 0; i < CNT_OF(steps); i++) {
		apply(w, 1, 7, steps[i],
		      steps[i] == ALERT_FIRE ? FDS_SEVERITY_WARN : FDS_SEVERITY_CRITICAL);
		assert_int_equal(w->told_cnt, i + 1);
		assert_int_equal(w->told[i].step, steps[i]);
		assert_int_equal(w->told[i].id, 1);
		assert_int_equal(w->kept_cnt, i + 1);
		assert_int_equal(w->published_cnt, i + 1);
		assert_int_equal(w->runs[0], i + 1);
		assert_string_equal(text(w->json, "step"), alert_step_names[steps[i]]);
		check_json(w);
	}
	assert_string_equal(w->told[0].message, "some[7] has 85% of its descriptors in use: "
						"85 of 100");
	assert_string_equal(
		w->told[4].message,
		"some[7]: used is over, back to normal; it was: has 85% of its descriptors "
		"in use: 85 of 100");
	assert_string_equal(text(w->json, "state"), "cleared");
	assert_int_equal(alerter__open_cnt(w->alerter), 0);
}

static void rules_and_hooks_choose(void **state)
{
	struct world *w = *state;

	w->hooks[1].on = 1u << ALERT_CLEAR;
	apply(w, 1, 7, ALERT_FIRE, FDS_SEVERITY_WARN);
	assert_int_equal(w->runs[0], 1);
	assert_int_equal(w->runs[1], 0);
	apply(w, 1, 7, ALERT_CLEAR, FDS_SEVERITY_WARN);
	assert_int_equal(w->runs[1], 1);
	w->rule.hook_mask = 2;
	apply(w, 2, 7, ALERT_FIRE, FDS_SEVERITY_WARN);
	apply(w, 2, 7, ALERT_CLEAR, FDS_SEVERITY_WARN);
	assert_int_equal(w->runs[0], 2);
	assert_int_equal(w->runs[1], 2);
}

static struct file_list *some_files(void)
{
	static const struct {
		enum fds_kind kind;
		const char *name;
	} rows[] = {{FDS_KIND_FILE, "/var/log/a"}, {FDS_KIND_FILE, "/var/log/a"},
		    {FDS_KIND_FILE, "/var/log/b"}, {FDS_KIND_TCP, "socket:[1]"},
		    {FDS_KIND_TCP, "socket:[2]"},  {FDS_KIND_EVENTFD, "anon_inode:[eventfd]"},
		    {FDS_KIND_FILE, NULL}};
	struct file_list *l = calloc(1, sizeof(*l));

	l->cnt = CNT_OF(rows);
	l->rows = calloc(l->cnt, sizeof(*l->rows));
	for (size_t i = 0; i < l->cnt; i++) {
		l->rows[i].kind = rows[i].kind;
		l->rows[i].name = rows[i].name ? strdup(rows[i].name) : NULL;
	}
	/* A sample: these have no rows. */
	l->unlisted_cnt = 5;
	l->unlisted_kinds[FDS_KIND_FILE] = 3;
	l->unlisted_kinds[FDS_KIND_PIPE] = 2;
	l->holder_cnt = 3;
	l->holders = calloc(l->holder_cnt, sizeof(*l->holders));
	for (size_t i = 0; i < l->holder_cnt; i++) {
		l->holders[i].pid = i < 2 ? 50 : 60;
		snprintf(l->holders[i].comm, sizeof(l->holders[i].comm), "child");
	}
	return l;
}

static void the_black_box_is_taken_when_it_becomes_critical(void **state)
{
	static const char *const places[] = {"/bin/x+0x10", "/lib/c.so+0x20"};
	struct news n = {.type = FDS_NEWS_FAILURE,
			 .time_ns = SEC,
			 .start_ns = 7 * SEC,
			 .pid = 7,
			 .error = EMFILE,
			 .cause = FDS_CAUSE_NOFILE,
			 .syscall_nr = 2,
			 .soft = 100};
	struct world *w = *state;
	json_t *box, *failures;

	failure_log__apply(&w->log, &n, 0x1234, places, 2);
	n.pid = 8; /* of another process */
	failure_log__apply(&w->log, &n, 0x99, places, 1);
	apply(w, 1, 7, ALERT_FIRE, FDS_SEVERITY_WARN);
	assert_true(json_is_null(json_object_get(w->json, "black_box")));
	w->files = some_files();
	apply(w, 1, 7, ALERT_ESCALATE, FDS_SEVERITY_CRITICAL);
	box = json_object_get(w->json, "black_box");
	assert_int_equal(json_integer_value(json_object_get(box, "descriptors")), 12);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(box, "kinds"), "tcp")),
			 2);
	assert_int_equal(json_integer_value(json_object_get(box, "named")), 6);
	assert_string_equal(text(json_array_get(json_object_get(box, "targets"), 0), "target"),
			    "/var/log/a");
	assert_string_equal(text(json_array_get(json_object_get(box, "targets"), 1), "target"),
			    "tcp");
	assert_string_equal(
		text(json_array_get(json_object_get(box, "directories"), 0), "directory"),
		"/var/log");
	assert_string_equal(text(json_array_get(json_object_get(box, "shared_with"), 0), "process"),
			    "child[50]");
	failures = json_object_get(box, "failures");
	assert_int_equal(json_array_size(failures), 1);
	assert_string_equal(text(json_array_get(failures, 0), "syscall"), "open");
	assert_int_equal(json_array_size(json_object_get(json_array_get(failures, 0), "stack")), 2);
	assert_string_equal(json_string_value(json_array_get(
				    json_object_get(json_array_get(failures, 0), "stack"), 1)),
			    "/lib/c.so+0x20");
	/* It stays as it was then. */
	apply(w, 1, 7, ALERT_EASE, FDS_SEVERITY_WARN);
	apply(w, 1, 7, ALERT_ESCALATE, FDS_SEVERITY_CRITICAL);
	box = json_object_get(w->json, "black_box");
	assert_int_equal(json_integer_value(json_object_get(box, "descriptors")), 12);
}

static void a_process_that_is_gone_leaves_its_failures(void **state)
{
	static const char *const places[] = {"/bin/x+0x10"};
	struct news n = {.type = FDS_NEWS_FAILURE,
			 .time_ns = SEC,
			 .start_ns = 99 * SEC,
			 .pid = 99,
			 .error = EMFILE,
			 .cause = FDS_CAUSE_NOFILE,
			 .syscall_nr = 2,
			 .soft = 64,
			 .allocated = 64,
			 .hard = 64};
	struct world *w = *state;
	struct finding f;
	json_t *box;

	failure_log__apply(&w->log, &n, 1, places, 1);
	w->rule.kind = FDS_RULE_FAILURE;
	w->files_err = -ESRCH;
	f = finding(w, 1, 99, ALERT_FIRE, FDS_SEVERITY_CRITICAL);
	f.news = &n;
	alerter__apply(w->alerter, &f);
	assert_true(json_is_null(json_object_get(w->json, "process")));
	box = json_object_get(w->json, "black_box");
	check_json(w);
	assert_string_equal(text(box, "why"), "the process had ended");
	assert_int_equal(json_array_size(json_object_get(box, "failures")), 1);
	assert_string_equal(w->told[0].message, "some[99]: EMFILE from open, at 64 of 64 "
						"descriptors (limit met: nofile)");
}

static void a_hazard_says_which(void **state)
{
	struct hazard h = {.kind = FDS_HAZARD_EPOLL_FORK,
			   .pid = 99,
			   .fd = 4,
			   .target_fd = 0,
			   .other_fd = -1,
			   .bytes = FDS_UNKNOWN,
			   .contended = -1,
			   .exe = "/usr/bin/task",
			   .summary = "EPOLL_CTL_DEL of\nfd 0"};
	struct news n = {.type = FDS_NEWS_HAZARD, .pid = 99, .start_ns = 99 * SEC, .hazard = &h};
	struct world *w = *state;
	struct finding f;
	json_t *box;

	w->rule.kind = FDS_RULE_HAZARD;
	w->files_err = -ESRCH;
	f = finding(w, 1, 99, ALERT_FIRE, FDS_SEVERITY_WARN);
	f.hazard = h.kind;
	f.news = &n;
	alerter__apply(w->alerter, &f);
	assert_string_equal(w->told[0].message, "some[99]: epoll-fork: EPOLL_CTL_DEL of\\x0afd 0");
	assert_string_equal(text(w->json, "kind"), "hazard");
	assert_string_equal(text(w->json, "hazard"), "epoll-fork");
	/* What it was found out then, though the process is gone. */
	assert_string_equal(text(w->json, "exe"), "/usr/bin/task");
	/* It says nothing about limits. */
	assert_true(json_is_null(json_object_get(w->json, "soft_limit")));
	assert_non_null(strstr(w->facts, "\nFDSCOPE_HAZARD=epoll-fork\n"));
	assert_non_null(strstr(w->facts, "\nFDSCOPE_HAZARD_SUMMARY=EPOLL_CTL_DEL of\\x0afd 0\n"));
	check_json(w);
	box = json_object_get(w->json, "black_box");
	assert_string_equal(text(json_object_get(box, "hazard"), "kind"), "epoll-fork");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(box, "hazard"), "target_fd")),
		0);
	/* Without the news it is still known what it was about. */
	f = finding(w, 1, 99, ALERT_REPEAT, FDS_SEVERITY_WARN);
	f.hazard = h.kind;
	alerter__apply(w->alerter, &f);
	assert_string_equal(w->told[1].message, "some[99]: epoll-fork: EPOLL_CTL_DEL of\\x0afd 0");
	f = finding(w, 1, 99, ALERT_CLEAR, FDS_SEVERITY_WARN);
	f.hazard = h.kind;
	f.why = "ended";
	alerter__apply(w->alerter, &f);
	assert_string_equal(w->told[2].message,
			    "some[99]: hazard is over, ended; it was: epoll-fork: EPOLL_CTL_DEL "
			    "of\\x0afd 0");
	/* Nor if it was never known. */
	f = finding(w, 2, 7, ALERT_FIRE, FDS_SEVERITY_WARN);
	f.hazard = FDS_HAZARD_EXEC_LEAK;
	alerter__apply(w->alerter, &f);
	assert_string_equal(w->told[3].message, "some[7]: exec-leak: descriptors crossed an exec");
	assert_true(json_is_null(json_object_get(json_object_get(w->json, "black_box"), "hazard")));
}

static void facts_are_harmless(void **state)
{
	struct world *w = *state;
	struct finding f = finding(w, 1, 7, ALERT_FIRE, FDS_SEVERITY_WARN);

	strcpy(f.comm, "a\n$(x)\033[2J\xff");
	alerter__apply(w->alerter, &f);
	assert_non_null(strstr(w->facts, "\nFDSCOPE_COMM=a\\x0a$(x)\\x1b[2J\\xff\n"));
	assert_non_null(strstr(w->facts, "FDSCOPE_STEP=fire\n"));
	assert_non_null(strstr(w->facts, "\nFDSCOPE_PID=7\n"));
	assert_non_null(strstr(w->facts, "\nFDSCOPE_SOFT_LIMIT=100\n"));
	assert_non_null(strstr(w->facts, "\nFDSCOPE_ALLOCATED=85\n"));
	assert_non_null(strstr(w->facts, "\nFDSCOPE_THRESHOLD=80\n"));
	assert_null(strstr(w->facts, "FDSCOPE_EXE"));
	for (const char *c = w->told[0].message; *c; c++)
		assert_true((unsigned char)*c >= ' ' && *c != 0x7f);
}

static void a_thousand_alerts_are_one_storm(void **state)
{
	struct world *w = *state;
	struct finding f;

	w->next_id = 10000;
	for (uint32_t i = 0; i < 1000; i++) {
		f = finding(w, 100 + i, 1000 + i, ALERT_FIRE, FDS_SEVERITY_CRITICAL);
		f.now_ns = 2 * SEC + i * 1000;
		alerter__apply(w->alerter, &f);
	}
	assert_int_equal(w->told_cnt, 6); /* storm-count, and the storm */
	assert_int_equal(w->runs[0], 6);
	assert_true(json_is_true(json_object_get(w->json, "storm")));
	assert_int_equal(w->told[5].step, ALERT_FIRE);
	/* What its members come to later is not told either. */
	for (uint32_t i = 5; i < 1000; i++)
		apply(w, 100 + i, 1000 + i, ALERT_CLEAR, FDS_SEVERITY_CRITICAL);
	assert_int_equal(w->told_cnt, 6);
	alerter__check_storms(w->alerter, 11 * SEC);
	assert_int_equal(w->told_cnt, 6);
	alerter__check_storms(w->alerter, 13 * SEC);
	assert_int_equal(w->told_cnt, 7);
	assert_int_equal(w->told[6].step, ALERT_CLEAR);
	assert_int_equal(w->told[6].id, w->told[5].id);
	assert_string_equal(w->told[6].message, "storm is over: 995 alerts of rule used, "
						"of user 1000");
	assert_int_equal(json_integer_value(json_object_get(w->json, "alerts")), 995);
	assert_int_equal(json_array_size(json_object_get(w->json, "members")), 32);
	/* And then single ones again. */
	f = finding(w, 5000, 7, ALERT_FIRE, FDS_SEVERITY_WARN);
	f.now_ns = 60 * SEC;
	alerter__apply(w->alerter, &f);
	assert_int_equal(w->told_cnt, 8);
}

/* A process that no pass has met, of a user of one's choice. */
static void apply_at(struct world *w, uint64_t alert, enum alert_step step, uint32_t euid,
		     uint64_t now_ns)
{
	struct finding f = finding(w, alert, 1000 + alert, step, FDS_SEVERITY_CRITICAL);

	f.uid = f.euid = euid;
	f.since_ns = f.now_ns = now_ns;
	alerter__apply(w->alerter, &f);
}

static void a_storm_of_one_user_hides_nobody_else(void **state)
{
	struct world *w = *state;
	uint64_t now_ns = 100 * SEC, id = 1;
	size_t told;

	w->next_id = 100000;
	for (int i = 0; i < 6; i++)
		apply_at(w, id++, ALERT_FIRE, 1000, now_ns);
	assert_int_equal(w->told_cnt, 6);
	/* An alert in nine seconds, for a quarter of an hour. */
	for (int i = 0; i < 100; i++) {
		apply_at(w, id++, ALERT_FIRE, 1000, now_ns += 9 * SEC);
		alerter__check_storms(w->alerter, now_ns + 1);
	}
	assert_int_equal(w->told_cnt, 6);
	assert_string_equal(text(w->json, "user"), "1000");
	told = w->told_cnt;
	apply_at(w, id++, ALERT_FIRE, 0, now_ns);
	assert_int_equal(w->told_cnt, told + 1);
	assert_int_equal(w->told[told].id, id - 1);
	assert_false(json_is_true(json_object_get(w->json, "storm")));
}

static void a_storm_is_repeated(void **state)
{
	struct world *w = *state;
	uint64_t now_ns = 100 * SEC;

	w->next_id = 1000;
	w->rule.repeat_ns = 60 * SEC;
	for (uint64_t id = 1; id <= 6; id++)
		apply_at(w, id, ALERT_FIRE, 1000, now_ns);
	for (uint64_t id = 7; id <= 20; id++) { /* 70 s */
		apply_at(w, id, ALERT_FIRE, 1000, now_ns += 5 * SEC);
		alerter__check_storms(w->alerter, now_ns);
	}
	assert_int_equal(w->told_cnt, 7);
	assert_int_equal(w->told[6].id, w->told[5].id);
	assert_int_equal(w->told[6].step, ALERT_REPEAT);
	assert_string_equal(w->told[6].message,
			    "storm: 13 alerts of rule used, told as one, of user 1000");
	alerter__check_storms(w->alerter, now_ns + 10 * SEC);
	assert_int_equal(w->told[7].step, ALERT_CLEAR);
}

static void a_storm_ends_by_the_hook_it_began_by(void **state)
{
	struct alerter_config c = {.storm_cnt = 5, .storm_window_ns = 10 * SEC};
	struct world *w = *state;

	w->next_id = 1000;
	w->rule.hook_mask = 1; /* page */
	for (uint64_t id = 1; id <= 6; id++)
		apply_at(w, id, ALERT_FIRE, 1000, 100 * SEC);
	assert_int_equal(w->runs[0], 6);
	/* A reload, into the same memory: another one stands first. */
	strcpy(w->hooks[0].name, "new");
	strcpy(w->hooks[1].name, "page");
	c.hooks = w->hooks;
	c.hook_cnt = 2;
	alerter__apply_config(w->alerter, &c);
	alerter__check_storms(w->alerter, 111 * SEC);
	assert_int_equal(w->told[w->told_cnt - 1].step, ALERT_CLEAR);
	assert_int_equal(w->runs[0], 6);
	assert_int_equal(w->runs[1], 1);
}

static void storms_of_many_users_are_bounded(void **state)
{
	struct world *w = *state;
	uint64_t id = 1;

	w->next_id = 100000;
	/* Calm ones give way, and the one of user 7 is no calm one. */
	for (int i = 0; i < 6; i++)
		apply_at(w, id++, ALERT_FIRE, 7, 100 * SEC);
	assert_true(json_is_true(json_object_get(w->json, "storm")));
	for (uint32_t uid = 1000; uid < 1100 + ALERTER_BUCKETS_MAX; uid++)
		apply_at(w, id++, ALERT_FIRE, uid, 101 * SEC);
	assert_int_equal(w->told_cnt, 106 + ALERTER_BUCKETS_MAX);
	apply_at(w, id++, ALERT_FIRE, 7, 102 * SEC);
	assert_int_equal(w->told_cnt, 106 + ALERTER_BUCKETS_MAX);
	/* Storms everywhere: what else comes is told by itself. */
	for (uint32_t uid = 2000; uid < 2000 + ALERTER_BUCKETS_MAX - 1; uid++)
		for (int i = 0; i < 6; i++)
			apply_at(w, id++, ALERT_FIRE, uid, 103 * SEC);
	w->told_cnt = 0;
	for (int i = 0; i < 10; i++)
		apply_at(w, id++, ALERT_FIRE, 0, 103 * SEC);
	assert_int_equal(w->told_cnt, 10);
}

static void memory_is_bounded(void **state)
{
	struct world *w = *state;
	size_t cnt = 0;

	for (uint32_t i = 0; i < 3 * ALERTER_INCIDENTS_MAX; i++) {
		struct finding f = finding(w, 1 + i, 7, ALERT_FIRE, FDS_SEVERITY_CRITICAL);

		f.now_ns = (2 + 10 * i) * SEC;
		alerter__apply(w->alerter, &f);
		if (i % 3) {
			f.step = ALERT_CLEAR;
			alerter__apply(w->alerter, &f);
		}
	}
	for (const struct incident *i = alerter__incidents(w->alerter); i; i = i->next)
		cnt++;
	assert_int_equal(cnt, ALERTER_INCIDENTS_MAX);
	assert_non_null(alerter__find(w->alerter, 3 * ALERTER_INCIDENTS_MAX));
	assert_null(alerter__find(w->alerter, 2)); /* it had ended */
	/* One that went on had no room. */
	assert_null(alerter__find(w->alerter, 1));
	assert_int_equal(alerter__open_cnt(w->alerter), ALERTER_INCIDENTS_MAX);
}

/* So many of one user that no memory is left for others, and no storm. */
static uint64_t fill_memory(struct world *w, uint64_t first_id, uint64_t now_ns)
{
	for (uint64_t i = 0; i < ALERTER_INCIDENTS_MAX; i++)
		apply_at(w, first_id + i, ALERT_FIRE, 1000, now_ns += 3 * SEC);
	return now_ns;
}

static void what_had_no_room_is_told_to_its_end(void **state)
{
	struct world *w = *state;
	uint64_t now_ns = 100 * SEC;
	size_t open, told, runs, kept, published;
	char opened[32];

	apply_at(w, 1, ALERT_FIRE, 0, now_ns);
	apply_at(w, 2, ALERT_FIRE, 0, now_ns);
	snprintf(opened, sizeof(opened), "%s", text(w->json, "time"));
	now_ns = fill_memory(w, 10, now_ns);
	assert_null(alerter__find(w->alerter, 1));
	assert_null(alerter__find(w->alerter, 2));
	open = alerter__open_cnt(w->alerter);
	assert_int_equal(open, ALERTER_INCIDENTS_MAX + 2);

	told = w->told_cnt, runs = w->runs[0], kept = w->kept_cnt, published = w->published_cnt;
	apply_at(w, 1, ALERT_CLEAR, 0, now_ns);
	assert_int_equal(w->told_cnt, told + 1);
	assert_int_equal(w->runs[0], runs + 1);
	assert_int_equal(w->kept_cnt, kept + 1);
	assert_int_equal(w->published_cnt, published + 1);
	assert_int_equal(w->told[told].id, 1);
	assert_int_equal(w->told[told].step, ALERT_CLEAR);
	assert_string_equal(text(w->json, "state"), "cleared");
	/* It pushes nothing out. */
	assert_null(alerter__find(w->alerter, 1));
	assert_non_null(alerter__find(w->alerter, 10));
	assert_int_equal(alerter__open_cnt(w->alerter), open - 1);

	/* Another step brings it back, as the same one. */
	apply_at(w, 2, ALERT_EASE, 0, now_ns);
	assert_int_equal(w->told[told + 1].step, ALERT_EASE);
	assert_string_equal(text(w->json, "time"), opened);
	assert_non_null(alerter__find(w->alerter, 2));
	assert_null(alerter__find(w->alerter, 10));
	apply_at(w, 2, ALERT_CLEAR, 0, now_ns);
	assert_int_equal(w->told_cnt, told + 3);
	for (uint64_t id = 10; id < 10 + ALERTER_INCIDENTS_MAX; id++)
		apply_at(w, id, ALERT_CLEAR, 1000, now_ns);
	assert_int_equal(w->told_cnt, told + 3 + ALERTER_INCIDENTS_MAX);
	assert_int_equal(alerter__open_cnt(w->alerter), 0);
}

/* Some 80 KB of black box. */
static struct file_list *long_names(void)
{
	struct file_list *l = calloc(1, sizeof(*l));

	l->cnt = 10;
	l->rows = calloc(l->cnt, sizeof(*l->rows));
	for (size_t i = 0; i < l->cnt; i++) {
		char name[4096] = "/";

		memset(name + 1, 'a' + i, 4000);
		strcpy(name + 4000, "/x");
		l->rows[i].kind = FDS_KIND_FILE;
		l->rows[i].name = strdup(name);
	}
	return l;
}

static void black_boxes_go_before_their_incidents(void **state)
{
	struct world *w = *state;
	const struct incident *i;
	size_t bytes = 0;

	for (uint64_t id = 1; id <= 200; id++) {
		w->files = long_names();
		apply_at(w, id, ALERT_FIRE, 1000, (100 + 10 * id) * SEC);
	}
	for (uint64_t id = 1; id <= 200; id++) {
		i = alerter__find(w->alerter, id);
		assert_non_null(i);
		bytes += i->black_box_sz;
	}
	assert_non_null(i->black_box);
	assert_null(alerter__incidents(w->alerter)->black_box);
	assert_in_range(bytes, ALERTER_BYTES_MAX / 2, ALERTER_BYTES_MAX);
	apply_at(w, 1, ALERT_CLEAR, 1000, 3000 * SEC);
	assert_int_equal(w->told[w->told_cnt - 1].step, ALERT_CLEAR);
}

static void a_storm_keeps_its_room(void **state)
{
	struct world *w = *state;
	size_t told;

	w->next_id = 10000;
	for (uint64_t id = 1; id <= 6; id++)
		apply_at(w, id, ALERT_FIRE, 0, 100 * SEC);
	w->next_id = 20000;
	(void)fill_memory(w, 10, 100 * SEC);
	told = w->told_cnt;
	apply_at(w, 9000, ALERT_FIRE, 0, 101 * SEC); /* part of it, not another one */
	assert_int_equal(w->told_cnt, told);
	alerter__check_storms(w->alerter, 4000 * SEC);
	assert_int_equal(w->told[told].id, w->told[5].id);
	assert_int_equal(w->told[told].step, ALERT_CLEAR);
}

static void limits_are_raised_in_storms_too(void **state)
{
	struct world *w = *state;

	w->rule.raise_soft = 1;
	for (uint32_t i = 0; i < 20; i++)
		apply(w, 1 + i, 100 + i, ALERT_FIRE, FDS_SEVERITY_CRITICAL);
	assert_int_equal(w->raised_cnt, 20);
	apply(w, 1, 100, ALERT_REPEAT, FDS_SEVERITY_CRITICAL);
	apply(w, 50, 7, ALERT_FIRE, FDS_SEVERITY_WARN);
	assert_int_equal(w->raised_cnt, 20);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_step_is_told_to_all),
		TEST(rules_and_hooks_choose),
		TEST(the_black_box_is_taken_when_it_becomes_critical),
		TEST(a_process_that_is_gone_leaves_its_failures),
		TEST(a_hazard_says_which),
		TEST(facts_are_harmless),
		TEST(a_thousand_alerts_are_one_storm),
		TEST(a_storm_of_one_user_hides_nobody_else),
		TEST(a_storm_is_repeated),
		TEST(a_storm_ends_by_the_hook_it_began_by),
		TEST(storms_of_many_users_are_bounded),
		TEST(memory_is_bounded),
		TEST(what_had_no_room_is_told_to_its_end),
		TEST(black_boxes_go_before_their_incidents),
		TEST(a_storm_keeps_its_room),
		TEST(limits_are_raised_in_storms_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
