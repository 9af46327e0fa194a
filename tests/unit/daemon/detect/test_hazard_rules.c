// links: daemon/detect/*.c daemon/store/*.c daemon/source/identity.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Alerts of hazards: each kind one of its own, counted as steps come, ended when none does. */
#include "world.h"

#include "store/hazards.h"

static void step_into(struct world *w, uint32_t pid, enum fds_hazard_kind kind, uint32_t cnt)
{
	struct hazard h = {.kind = kind, .pid = pid, .last_cnt = cnt};
	struct news n = failure(pid, w->store.pass_ns, 0);

	n.type = FDS_NEWS_HAZARD;
	n.hazard = &h;
	detector__apply_news(&w->d, &n);
}

static void a_hazard_lives_like_a_failure(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "hazard", FDS_RULE_HAZARD, 1, 10);

	r->clear_after_ns = 5 * SEC;
	use(w, 50);
	step_into(w, 7, FDS_HAZARD_EPOLL_FORK, 1);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 1);
	step_into(w, 7, FDS_HAZARD_EPOLL_FORK, 8);
	nothing(w);
	step_into(w, 7, FDS_HAZARD_EPOLL_FORK, 1);
	expect(w, ALERT_ESCALATE, FDS_SEVERITY_CRITICAL, 10);
	for (int i = 0; i < 4; i++)
		use(w, 50);
	nothing(w);
	use(w, 50);
	assert_string_equal(w->found[0].why, "not seen again");
	expect(w, ALERT_CLEAR, FDS_SEVERITY_CRITICAL, 10);
	/* Of a process that no pass has met, too. */
	step_into(w, 99, FDS_HAZARD_EPOLL_FORK, 1);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 1);
	use(w, 1);
	assert_string_equal(w->found[0].why, "ended");
	expect(w, ALERT_CLEAR, FDS_SEVERITY_WARN, 1);
}

static void each_kind_of_hazard_is_an_alert(void **state)
{
	struct world *w = *state;
	uint64_t id;

	add_rule(w, "hazard", FDS_RULE_HAZARD, 1, 0);
	add_rule(w, "failure", FDS_RULE_FAILURE, 1, 0);
	use(w, 50);
	step_into(w, 7, FDS_HAZARD_EPOLL_FORK, 1);
	id = w->found[0].alert;
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 1);
	step_into(w, 7, FDS_HAZARD_EXEC_LEAK, 1);
	assert_int_not_equal(w->found[0].alert, id);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 1);
	assert_int_equal(w->d.firing[FDS_SEVERITY_WARN], 2);
}

static void hazards_match_by_kind(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "hazard", FDS_RULE_HAZARD, 1, 0);

	strcpy(r->match[RULE_FIELD_HAZARD], "epoll-* !epoll-stale");
	use(w, 50);
	step_into(w, 7, FDS_HAZARD_EXEC_LEAK, 1);
	step_into(w, 7, FDS_HAZARD_EPOLL_STALE, 1);
	nothing(w);
	step_into(w, 7, FDS_HAZARD_EPOLL_FORK, 1);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 1);
	/* What does not match says nothing about what does. */
	step_into(w, 7, FDS_HAZARD_EXEC_LEAK, 1);
	nothing(w);
	assert_int_equal(w->d.firing[FDS_SEVERITY_WARN], 1);
}

/* Told once, it stays as long as it is seen. */
static void a_hazard_that_goes_on_does_not_end(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "hazard", FDS_RULE_HAZARD, 1, 0);
	struct hazard h = {.kind = FDS_HAZARD_DELETED_OPEN, .pid = 7, .last_cnt = 1};
	struct news n = failure(7, 0, 0);

	n.type = FDS_NEWS_HAZARD;
	n.hazard = &h;
	n.goes_on = true;
	r->clear_after_ns = 5 * SEC;
	use(w, 50);
	detector__apply_news(&w->d, &n); /* it was told to others, before there was a rule */
	nothing(w);
	step_into(w, 7, FDS_HAZARD_DELETED_OPEN, 1);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 1);
	for (int i = 0; i < 20; i++) {
		use(w, 50);
		n.time_ns = w->store.pass_ns;
		detector__apply_news(&w->d, &n);
		nothing(w);
	}
	for (int i = 0; i < 5; i++)
		use(w, 50);
	expect(w, ALERT_CLEAR, FDS_SEVERITY_WARN, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_hazard_lives_like_a_failure),
		TEST(each_kind_of_hazard_is_an_alert),
		TEST(hazards_match_by_kind),
		TEST(a_hazard_that_goes_on_does_not_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
