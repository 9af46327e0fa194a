// links: daemon/detect/*.c daemon/store/*.c daemon/source/identity.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The life of alerts: fire, escalate, ease, repeat, clear; which rule decides; whom it is about. */
#include "world.h"

static void an_alert_lives(void **state)
{
	struct world *w = *state;
	uint64_t id;

	add_rule(w, "used", FDS_RULE_USED, 80, 95);
	use(w, 79);
	nothing(w);
	use(w, 80);
	id = w->found[0].alert;
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 80);
	use(w, 90);
	nothing(w);
	assert_int_equal(w->d.firing[FDS_SEVERITY_WARN], 1);
	use(w, 95);
	assert_int_equal(w->found[0].alert, id);
	expect(w, ALERT_ESCALATE, FDS_SEVERITY_CRITICAL, 95);
	use(w, 91);
	nothing(w);
	use(w, 90);
	expect(w, ALERT_EASE, FDS_SEVERITY_WARN, 90);
	use(w, 76);
	nothing(w);
	use(w, 75);
	assert_int_equal(w->found[0].alert, id);
	assert_string_equal(w->found[0].why, "back to normal");
	expect(w, ALERT_CLEAR, FDS_SEVERITY_WARN, 75);
	assert_int_equal(w->d.firing[FDS_SEVERITY_WARN], 0);
	use(w, 99);
	assert_true(w->found[0].alert > id);
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 99);
}

static void it_ends_with_its_process(void **state)
{
	struct world *w = *state;

	add_rule(w, "used", FDS_RULE_USED, 80, 95);
	use(w, 85);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 85);
	PASS(&w->store, w->store.pass_ns + SEC, task(8, 3));
	detector__apply_pass(&w->d);
	assert_string_equal(w->found[0].why, "ended");
	expect(w, ALERT_CLEAR, FDS_SEVERITY_WARN, 85);
	assert_null(w->d.states);
}

static void another_process_with_the_same_number_is_another(void **state)
{
	struct world *w = *state;
	struct fds_task_rec rec = task(7, 85);

	add_rule(w, "used", FDS_RULE_USED, 80, 95);
	use(w, 85);
	w->cnt = 0;
	rec.start_ns++;
	PASS(&w->store, w->store.pass_ns + SEC, rec);
	detector__apply_pass(&w->d);
	assert_int_equal(w->cnt, 2);
	assert_true(w->found[0].alert != w->found[1].alert);
}

static void it_waits_for_its_time(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "used", FDS_RULE_USED, 80, 95);

	r->for_ns = 3 * SEC;
	use(w, 85);
	use(w, 85);
	use(w, 70); /* too short */
	for (int i = 0; i < 3; i++)
		use(w, 85);
	nothing(w);
	use(w, 85);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 85);
	use(w, 96);
	use(w, 96);
	use(w, 92); /* and so for critical */
	nothing(w);
	for (int i = 0; i < 3; i++)
		use(w, 97);
	nothing(w);
	use(w, 97);
	expect(w, ALERT_ESCALATE, FDS_SEVERITY_CRITICAL, 97);
}

static void each_severity_waits_for_its_time(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "used", FDS_RULE_USED, 80, 95);

	r->for_ns = 5 * SEC;
	for (int i = 0; i < 5; i++)
		use(w, 85);
	nothing(w);
	use(w, 96); /* five seconds, but not of this */
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 96);
	for (int i = 0; i < 4; i++)
		use(w, 96);
	nothing(w);
	use(w, 96);
	expect(w, ALERT_ESCALATE, FDS_SEVERITY_CRITICAL, 96);
	/* Without a threshold to warn at there is nothing in between. */
	r->warn.unit = UNIT_NONE;
	use(w, 10);
	expect(w, ALERT_CLEAR, FDS_SEVERITY_CRITICAL, 10);
	for (int i = 0; i < 5; i++)
		use(w, 97);
	nothing(w);
	use(w, 97);
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 97);
}

static void it_repeats(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "used", FDS_RULE_USED, 80, 95);

	r->repeat_ns = 10 * SEC;
	use(w, 85);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 85);
	for (int i = 0; i < 9; i++)
		use(w, 86);
	nothing(w);
	use(w, 87);
	expect(w, ALERT_REPEAT, FDS_SEVERITY_WARN, 87);
	for (int i = 0; i < 9; i++)
		use(w, 86);
	nothing(w);
}

static void silence_ends(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "used", FDS_RULE_USED, 80, 95);

	r->silent_until_s = time(NULL) + 3600;
	use(w, 85);
	use(w, 70);
	use(w, 85);
	use(w, 97);
	nothing(w);
	/* It still lasts when the silence is over. */
	r->silent_until_s = time(NULL) - 1;
	use(w, 97);
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 97);
}

static void silence_holds_what_is_under_way(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "used", FDS_RULE_USED, 80, 95);

	r->repeat_ns = 5 * SEC;
	use(w, 85);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 85);
	r->silent_until_s = time(NULL) + 3600;
	use(w, 97);
	use(w, 85);
	for (int i = 0; i < 10; i++)
		use(w, 97);
	nothing(w);
	assert_int_equal(w->d.firing[FDS_SEVERITY_CRITICAL], 1);
	r->silent_until_s = time(NULL) - 1;
	use(w, 98);
	expect(w, ALERT_ESCALATE, FDS_SEVERITY_CRITICAL, 98);
	r->silent_until_s = time(NULL) + 3600;
	use(w, 85);
	nothing(w);
	r->silent_until_s = time(NULL) - 1;
	use(w, 85);
	expect(w, ALERT_EASE, FDS_SEVERITY_WARN, 85);
}

static void silence_does_not_hide_an_end(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "used", FDS_RULE_USED, 80, 95);

	use(w, 85);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 85);
	r->silent_until_s = time(NULL) + 3600;
	use(w, 97);
	use(w, 10);
	/* Nobody knows that it was critical. */
	expect(w, ALERT_CLEAR, FDS_SEVERITY_WARN, 10);
	assert_int_equal(w->d.firing[FDS_SEVERITY_CRITICAL], 0);
	assert_int_equal(w->d.firing[FDS_SEVERITY_WARN], 0);
	use(w, 97);
	use(w, 10); /* began and ended unheard */
	nothing(w);
}

static void the_last_rule_that_matches_decides(void **state)
{
	struct world *w = *state;
	struct rule *mild, *exempt;

	add_rule(w, "used", FDS_RULE_USED, 80, 95);
	mild = add_rule(w, "early", FDS_RULE_USED, 50, 0);
	strcpy(mild->match[RULE_FIELD_UNIT], "web.service");
	use(w, 60);
	nothing(w);
	w->unit = "web.service";
	PASS(&w->store, w->store.pass_ns + SEC, task(9, 60), task(7, 60));
	detector__apply_pass(&w->d);
	/* 7 was identified before. */
	assert_int_equal(w->cnt, 1);
	assert_int_equal(w->found[0].pid, 9);
	assert_string_equal(w->found[0].rule, "early");
	w->cnt = 0;
	exempt = add_rule(w, "none", FDS_RULE_USED, 0, 0);
	exempt->enabled = 0;
	strcpy(exempt->match[RULE_FIELD_COMM], "task-9");
	PASS(&w->store, w->store.pass_ns + SEC, task(9, 99), task(7, 85));
	detector__apply_pass(&w->d);
	assert_int_equal(w->cnt, 2);
	for (int i = 0; i < 2; i++) {
		bool of_9 = w->found[i].pid == 9;

		assert_int_equal(w->found[i].step, of_9 ? ALERT_CLEAR : ALERT_FIRE);
		assert_string_equal(w->found[i].rule, of_9 ? "none" : "used");
	}
}

static void users_match_by_name_and_number(void **state)
{
	static const struct {
		const char *globs;
		bool fires;
	} cases[] = {{"root", true},   {"0", true},   {"nobody", false},
		     {"!root", false}, {"!0", false}, {"r*", true}};
	struct world *w = *state;
	struct rule *r = add_rule(w, "used", FDS_RULE_USED, 80, 95);
	struct fds_task_rec rec = task(7, 90);

	rec.uid = rec.euid = 0;
	for (size_t i = 0; i < CNT_OF(cases); i++) {
		memset(r->match[RULE_FIELD_USER], 0, RULE_GLOBS_SZ);
		strcpy(r->match[RULE_FIELD_USER], cases[i].globs);
		rec.start_ns++;
		PASS(&w->store, w->store.pass_ns + SEC, rec);
		w->cnt = 0;
		detector__apply_pass(&w->d);
		for (size_t k = 0; k < w->cnt; k++)
			if (w->found[k].step == ALERT_CLEAR)
				w->found[k] = w->found[--w->cnt];
		if ((w->cnt == 1) != cases[i].fires)
			fail_msg("user %s: %zu", cases[i].globs, w->cnt);
	}
}

/* ---- failures ---- */

static void the_first_failure_fires_at_once(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "failure", FDS_RULE_FAILURE, 0, 1);
	struct news n;

	r->clear_after_ns = 5 * SEC;
	use(w, 50);
	n = failure(7, w->store.pass_ns, FDS_CAUSE_NOFILE);
	detector__apply_news(&w->d, &n);
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 1);
	n.held_back = 9;
	detector__apply_news(&w->d, &n);
	nothing(w);
	for (int i = 0; i < 4; i++)
		use(w, 50);
	nothing(w);
	use(w, 50);
	assert_string_equal(w->found[0].why, "no more failures");
	expect(w, ALERT_CLEAR, FDS_SEVERITY_CRITICAL, 11);
}

static void failures_of_a_stranger_are_told_and_end(void **state)
{
	struct world *w = *state;
	struct news n = failure(99, 2 * SEC, FDS_CAUSE_NOFILE);

	add_rule(w, "failure", FDS_RULE_FAILURE, 0, 1);
	detector__apply_news(&w->d, &n); /* no pass has met it */
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 1);
	use(w, 1); /* and none does */
	assert_string_equal(w->found[0].why, "ended");
	expect(w, ALERT_CLEAR, FDS_SEVERITY_CRITICAL, 1);
	/* Not one of an earlier process with its number. */
	n = failure(7, w->store.pass_ns, FDS_CAUSE_NOFILE);
	n.start_ns++;
	detector__apply_news(&w->d, &n);
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 1);
	use(w, 1);
	expect(w, ALERT_CLEAR, FDS_SEVERITY_CRITICAL, 1);
}

static void failures_match_by_cause(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "failure", FDS_RULE_FAILURE, 0, 1);
	struct news n;

	strcpy(r->match[RULE_FIELD_CAUSE], "file-max");
	use(w, 50);
	n = failure(7, w->store.pass_ns, FDS_CAUSE_NOFILE);
	detector__apply_news(&w->d, &n);
	nothing(w);
	n.cause = FDS_CAUSE_FILE_MAX;
	detector__apply_news(&w->d, &n);
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 1);
}

static void many_failures_escalate(void **state)
{
	struct world *w = *state;
	struct news n;

	add_rule(w, "failure", FDS_RULE_FAILURE, 1, 100);
	use(w, 50);
	n = failure(7, w->store.pass_ns, FDS_CAUSE_NOFILE);
	detector__apply_news(&w->d, &n);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 1);
	n.held_back = 98;
	detector__apply_news(&w->d, &n);
	expect(w, ALERT_ESCALATE, FDS_SEVERITY_CRITICAL, 100);
}

static void failures_end_when_their_rule_is_disabled(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "failure", FDS_RULE_FAILURE, 0, 1);
	struct news n;

	use(w, 50);
	n = failure(7, w->store.pass_ns, FDS_CAUSE_NOFILE);
	for (int by_pass = 0; by_pass < 2; by_pass++) {
		r->enabled = 1;
		detector__apply_news(&w->d, &n);
		expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 1);
		r->enabled = 0;
		detector__set_rules(&w->d, w->rules, 1);
		if (by_pass)
			use(w, 50);
		else
			detector__apply_news(&w->d, &n);
		assert_string_equal(w->found[0].why, "no rule applies any more");
		expect(w, ALERT_CLEAR, FDS_SEVERITY_CRITICAL, by_pass ? 1 : 2);
	}
	detector__apply_news(&w->d, &n);
	nothing(w);
	assert_null(w->d.states);
}

static void failures_are_told_when_silence_ends(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "failure", FDS_RULE_FAILURE, 0, 1);
	struct news n;

	r->silent_until_s = time(NULL) + 3600;
	use(w, 50);
	n = failure(7, w->store.pass_ns, FDS_CAUSE_NOFILE);
	detector__apply_news(&w->d, &n);
	use(w, 50);
	nothing(w);
	r->silent_until_s = time(NULL) - 1;
	use(w, 50); /* without a further one */
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 1);
	use(w, 50);
	nothing(w);
}

/* Not an alert of no severity. */
static void failures_end_when_they_are_too_few_by_now(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "failure", FDS_RULE_FAILURE, 1, 0);
	struct news n;

	use(w, 50);
	n = failure(7, w->store.pass_ns, FDS_CAUSE_NOFILE);
	detector__apply_news(&w->d, &n);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 1);
	r->warn.value = 100;
	detector__set_rules(&w->d, w->rules, 1);
	detector__apply_news(&w->d, &n);
	expect(w, ALERT_CLEAR, FDS_SEVERITY_WARN, 2);
}

/* A pass has the time of its beginning, and calls fail while it is taken. */
static void times_may_go_back(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "failure", FDS_RULE_FAILURE, 0, 1);
	struct news n;

	r->clear_after_ns = 5 * SEC;
	r->repeat_ns = 3600 * SEC;
	use(w, 50);
	n = failure(7, w->store.pass_ns + 2 * SEC, FDS_CAUSE_NOFILE);
	detector__apply_news(&w->d, &n);
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 1);
	n.time_ns -= SEC / 2; /* of another CPU */
	detector__apply_news(&w->d, &n);
	use(w, 50); /* began before both */
	nothing(w);
	for (int i = 0; i < 5; i++)
		use(w, 50);
	nothing(w);
	use(w, 50); /* 5 s after the last call, not after the one that was told last */
	expect(w, ALERT_CLEAR, FDS_SEVERITY_CRITICAL, 2);
}

static void a_wait_is_not_over_when_time_goes_back(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "used", FDS_RULE_USED, 80, 95);
	struct news n = {.type = FDS_NEWS_LEVEL,
			 .up = true,
			 .pid = 7,
			 .start_ns = 7 * SEC,
			 .allocated = 85,
			 .soft = 100};

	r->for_ns = 60 * SEC;
	use(w, 10);
	n.time_ns = w->store.pass_ns + SEC + SEC / 2;
	detector__apply_news(&w->d, &n);
	use(w, 85);
	nothing(w);
}

static void failures_end_with_their_rule(void **state)
{
	struct world *w = *state;
	struct news n;

	add_rule(w, "failure", FDS_RULE_FAILURE, 0, 1);
	add_rule(w, "mine", FDS_RULE_FAILURE, 0, 1);
	use(w, 50);
	n = failure(7, w->store.pass_ns, FDS_CAUSE_NOFILE);
	detector__apply_news(&w->d, &n);
	assert_string_equal(w->found[0].rule, "mine");
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 1);
	detector__set_rules(&w->d, w->rules, 1);
	use(w, 50);
	assert_string_equal(w->found[0].why, "no rule applies any more");
	expect(w, ALERT_CLEAR, FDS_SEVERITY_CRITICAL, 1);
	assert_int_equal(w->d.firing[FDS_SEVERITY_CRITICAL], 0);
	assert_null(w->d.states);
	/* What fails after that is held against the rule that is left. */
	detector__apply_news(&w->d, &n);
	assert_string_equal(w->found[0].rule, "failure");
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 1);
}

/* ---- other values ---- */

static void a_level_is_told_before_the_next_pass(void **state)
{
	struct world *w = *state;
	struct news n = {.type = FDS_NEWS_LEVEL, .up = true, .pid = 7, .start_ns = 7 * SEC};

	add_rule(w, "used", FDS_RULE_USED, 80, 95);
	use(w, 10);
	n.time_ns = w->store.pass_ns + 1;
	n.soft = 100;
	n.allocated = 96;
	detector__apply_news(&w->d, &n);
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 96);
}

static void a_high_number_alarms_only_above_a_low_count(void **state)
{
	struct world *w = *state;
	struct fds_task_rec rec = task(7, 10);

	add_rule(w, "highest", FDS_RULE_HIGHEST, 95, 0);
	rec.highest = 98;
	PASS(&w->store, SEC, rec);
	detector__apply_pass(&w->d);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 99);
	/* As many as that: `used` tells it. */
	use(w, 99);
	assert_int_equal(w->found[0].step, ALERT_CLEAR);
}

static void excessive_and_missing_limits(void **state)
{
	struct world *w = *state;
	struct fds_task_rec rec = task(7, 10);

	add_rule(w, "limit-excessive", FDS_RULE_LIMIT_EXCESSIVE, 1000, 0);
	add_rule(w, "used", FDS_RULE_USED, 80, 95);
	PASS(&w->store, SEC, rec);
	detector__apply_pass(&w->d);
	nothing(w);
	rec.soft = FDS_RLIM_INFINITY;
	PASS(&w->store, 2 * SEC, rec);
	detector__apply_pass(&w->d);
	assert_int_equal(w->cnt, 1);
	assert_int_equal(w->found[0].kind, FDS_RULE_LIMIT_EXCESSIVE);
}

static void host_and_users(void **state)
{
	struct detector_host host = {NAN, NAN, NAN, NAN};
	struct detector_user user = {.uid = 33};
	struct world *w = *state;

	for (int i = 0; i < FDS_RULE_CNT; i++)
		user.used[i] = NAN;
	add_rule(w, "file-nr-used", FDS_RULE_FILE_NR_USED, 80, 95);
	add_rule(w, "inotify-watches", FDS_RULE_INOTIFY_WATCHES, 80, 95);
	detector__apply_host(&w->d, &host, SEC);
	nothing(w);
	host.file_nr_used = 96;
	detector__apply_host(&w->d, &host, 2 * SEC);
	assert_int_equal(w->found[0].pid, 0);
	expect(w, ALERT_FIRE, FDS_SEVERITY_CRITICAL, 96);
	host.file_nr_used = NAN;
	detector__apply_host(&w->d, &host, 3 * SEC);
	assert_int_equal(w->found[0].step, ALERT_CLEAR);
	w->cnt = 0;

	user.used[FDS_RULE_INOTIFY_WATCHES] = 85;
	detector__apply_users(&w->d, &user, 1, 4 * SEC);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 85);
	detector__apply_users(&w->d, &user, 0, 5 * SEC);
	expect(w, ALERT_CLEAR, FDS_SEVERITY_WARN, 85);
}

static void a_reload_keeps_what_goes_on(void **state)
{
	struct world *w = *state;
	struct rule *r = add_rule(w, "used", FDS_RULE_USED, 80, 95);

	use(w, 85);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 85);
	detector__set_rules(&w->d, w->rules, 1);
	use(w, 85);
	nothing(w);
	r->warn.value = 90;
	detector__set_rules(&w->d, w->rules, 1);
	use(w, 85);
	expect(w, ALERT_CLEAR, FDS_SEVERITY_WARN, 85);
	use(w, 90);
	expect(w, ALERT_FIRE, FDS_SEVERITY_WARN, 90);
	detector__set_rules(&w->d, w->rules, 0);
	use(w, 90);
	assert_string_equal(w->found[0].why, "no rule applies any more");
	expect(w, ALERT_CLEAR, FDS_SEVERITY_WARN, 90);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_alert_lives),
		TEST(it_ends_with_its_process),
		TEST(another_process_with_the_same_number_is_another),
		TEST(it_waits_for_its_time),
		TEST(each_severity_waits_for_its_time),
		TEST(it_repeats),
		TEST(silence_ends),
		TEST(silence_holds_what_is_under_way),
		TEST(silence_does_not_hide_an_end),
		TEST(the_last_rule_that_matches_decides),
		TEST(users_match_by_name_and_number),
		TEST(the_first_failure_fires_at_once),
		TEST(failures_of_a_stranger_are_told_and_end),
		TEST(failures_match_by_cause),
		TEST(many_failures_escalate),
		TEST(failures_end_with_their_rule),
		TEST(failures_end_when_their_rule_is_disabled),
		TEST(failures_end_when_they_are_too_few_by_now),
		TEST(failures_are_told_when_silence_ends),
		TEST(times_may_go_back),
		TEST(a_wait_is_not_over_when_time_goes_back),
		TEST(a_level_is_told_before_the_next_pass),
		TEST(a_high_number_alarms_only_above_a_low_count),
		TEST(excessive_and_missing_limits),
		TEST(host_and_users),
		TEST(a_reload_keeps_what_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
