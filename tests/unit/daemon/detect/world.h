/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the detector have in common: a store with process 7 in it, rules, and an ear
 * for the findings.
 */
#ifndef FDSCOPE_TEST_WORLD_H
#define FDSCOPE_TEST_WORLD_H

#include "../store/records.h"
#include "detect/detector.h"
#include "source/identity.h"

#include <math.h>
#include <time.h>

#define FOUND_MAX 256

struct found {
	uint64_t alert;
	enum alert_step step;
	enum fds_rule_kind kind;
	enum fds_severity severity;
	char rule[RULE_NAME_SZ];
	uint32_t pid;
	double value;
	const char *why;
};

struct world {
	struct store store;
	struct detector d;
	struct rule rules[RULE_CNT_MAX];
	size_t rule_cnt;
	struct found found[FOUND_MAX];
	size_t cnt;
	const char *unit; /* of all processes */
};

static inline void find(void *ctx, const struct finding *f)
{
	struct world *w = ctx;
	struct found *to = &w->found[w->cnt++];

	assert_true(w->cnt <= FOUND_MAX);
	*to = (struct found){f->alert, f->step, f->kind, f->severity, "", f->pid, f->value, f->why};
	snprintf(to->rule, sizeof(to->rule), "%s", f->rule_name);
}

static inline int identify(void *ctx, uint32_t pid, struct identity **ret)
{
	struct world *w = ctx;

	(void)pid;
	*ret = calloc(1, sizeof(**ret));
	if (w->unit)
		(*ret)->unit = strdup(w->unit);
	return 0;
}

static inline int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	store__init(&w->store);
	w->store.identify = identify;
	w->store.ctx = w;
	detector__init(&w->d, &w->store, 1);
	w->d.on_finding = find;
	w->d.ctx = w;
	*state = w;
	return 0;
}

static inline int teardown(void **state)
{
	struct world *w = *state;

	detector__done(&w->d);
	store__done(&w->store);
	free(w);
	return 0;
}

static inline struct rule *add_rule(struct world *w, const char *name, enum fds_rule_kind kind,
				    double warn, double critical)
{
	struct rule *r = &w->rules[w->rule_cnt++];

	rule__init(r, name);
	r->kind = kind;
	r->repeat_ns = 0;
	r->for_ns = 0;
	r->warn = (struct threshold){warn, warn ? rule_kinds[kind].unit : UNIT_NONE, 0};
	r->critical = (struct threshold){critical, critical ? rule_kinds[kind].unit : UNIT_NONE, 0};
	detector__set_rules(&w->d, w->rules, w->rule_cnt);
	return r;
}

/* A pass in which process 7 has so many of its 100. */
static inline void use(struct world *w, uint32_t allocated)
{
	PASS(&w->store, w->store.pass_ns + SEC, task(7, allocated));
	detector__apply_pass(&w->d);
}

static inline void expect(struct world *w, enum alert_step step, enum fds_severity severity,
			  double value)
{
	if (w->cnt != 1)
		fail_msg("%zu findings instead of one", w->cnt);
	assert_int_equal(w->found[0].step, step);
	assert_int_equal(w->found[0].severity, severity);
	assert_true(fabs(w->found[0].value - value) < 1e-6);
	w->cnt = 0;
}

static inline void nothing(struct world *w)
{
	if (w->cnt)
		fail_msg("%zu findings, the first %s", w->cnt, alert_step_names[w->found[0].step]);
}

static inline struct news failure(uint32_t pid, uint64_t time_ns, uint32_t cause)
{
	struct news n = {
		.type = FDS_NEWS_FAILURE,
		.time_ns = time_ns,
		.start_ns = pid * SEC,
		.pid = pid,
		.tid = pid,
		.uid = 1000,
		.euid = 1000,
		.cause = cause,
		.error = 24,
	};

	snprintf(n.comm, sizeof(n.comm), "task-%u", pid);
	return n;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
