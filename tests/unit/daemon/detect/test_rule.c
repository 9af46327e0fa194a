// links: daemon/detect/rule.c daemon/base/why.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules: defaults, contradictions, hysteresis, patterns, and what they say of themselves. */
#include "detect/rule.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct rule built_in(enum fds_rule_kind kind)
{
	struct rule rules[RULE_CNT_MAX];
	size_t cnt = rule__fill_built_in(rules, RULE_CNT_MAX);

	for (size_t i = 0; i < cnt; i++)
		if (rules[i].kind == kind)
			return rules[i];
	fail_msg("no built-in rule of kind %d", kind);
	return rules[0];
}

static struct rule percent(double warn, double warn_clear, double critical, double critical_clear)
{
	struct rule r;

	rule__init(&r, "mine");
	r.kind = FDS_RULE_USED;
	r.warn = (struct threshold){warn, warn ? UNIT_PERCENT : UNIT_NONE, 0};
	r.warn_clear = (struct threshold){warn_clear, warn_clear ? UNIT_PERCENT : UNIT_NONE, 0};
	r.critical = (struct threshold){critical, critical ? UNIT_PERCENT : UNIT_NONE, 0};
	r.critical_clear =
		(struct threshold){critical_clear, critical_clear ? UNIT_PERCENT : UNIT_NONE, 0};
	return r;
}

static void refuse(struct rule r, const char *words)
{
	char *why = NULL;

	assert_int_equal(rule__check(&r, &why), -EINVAL);
	assert_non_null(why);
	if (!strstr(why, words))
		fail_msg("\"%s\" does not say \"%s\"", why, words);
	free(why);
}

static void every_kind_has_a_sound_built_in_rule(void **state)
{
	struct rule rules[RULE_CNT_MAX];
	size_t cnt = rule__fill_built_in(rules, RULE_CNT_MAX);
	uint32_t seen = 0;

	(void)state;
	for (size_t i = 0; i < cnt; i++) {
		char *why = NULL;

		assert_string_equal(rules[i].name, rule_kinds[rules[i].kind].name);
		if (rule__check(&rules[i], &why))
			fail_msg("%s: %s", rules[i].name, why);
		seen |= 1u << rules[i].kind;
	}
	assert_int_equal(seen, (1u << FDS_RULE_CNT) - 1);
}

static void defaults_are_those_of_the_manual(void **state)
{
	struct rule r = built_in(FDS_RULE_USED);

	(void)state;
	/* Warn 80, clear 75; critical 95, clear 90. */
	assert_int_equal(rule__judge(&r, 79.9, FDS_SEVERITY_NONE), FDS_SEVERITY_NONE);
	assert_int_equal(rule__judge(&r, 80, FDS_SEVERITY_NONE), FDS_SEVERITY_WARN);
	assert_int_equal(rule__judge(&r, 75.1, FDS_SEVERITY_WARN), FDS_SEVERITY_WARN);
	assert_int_equal(rule__judge(&r, 75, FDS_SEVERITY_WARN), FDS_SEVERITY_NONE);
	assert_int_equal(rule__judge(&r, 95, FDS_SEVERITY_WARN), FDS_SEVERITY_CRITICAL);
	assert_int_equal(rule__judge(&r, 90.1, FDS_SEVERITY_CRITICAL), FDS_SEVERITY_CRITICAL);
	assert_int_equal(rule__judge(&r, 90, FDS_SEVERITY_CRITICAL), FDS_SEVERITY_WARN);
	assert_int_equal(rule__judge(&r, 10, FDS_SEVERITY_CRITICAL), FDS_SEVERITY_NONE);
	/* Time to exhaustion: warn 4 h, critical 1 h; less is worse. */
	r = built_in(FDS_RULE_EXHAUSTION);
	assert_int_equal(rule__judge(&r, 4 * 3600 + 1, FDS_SEVERITY_NONE), FDS_SEVERITY_NONE);
	assert_int_equal(rule__judge(&r, 4 * 3600, FDS_SEVERITY_NONE), FDS_SEVERITY_WARN);
	assert_int_equal(rule__judge(&r, 5 * 3600 - 1, FDS_SEVERITY_WARN), FDS_SEVERITY_WARN);
	assert_int_equal(rule__judge(&r, 5 * 3600, FDS_SEVERITY_WARN), FDS_SEVERITY_NONE);
	assert_int_equal(rule__judge(&r, 3600, FDS_SEVERITY_WARN), FDS_SEVERITY_CRITICAL);
	/* The first failure. */
	r = built_in(FDS_RULE_FAILURE);
	assert_int_equal(rule__judge(&r, 1, FDS_SEVERITY_NONE), FDS_SEVERITY_CRITICAL);
	/* Hazards that lose data. */
	r = built_in(FDS_RULE_HAZARD);
	assert_int_equal(rule__judge(&r, 1, FDS_SEVERITY_NONE), FDS_SEVERITY_WARN);
	assert_int_equal(rule__judge(&r, 1e6, FDS_SEVERITY_NONE), FDS_SEVERITY_WARN);
	assert_string_equal(r.match[RULE_FIELD_HAZARD], "select-1024 truncate-before-lock");
}

static void what_is_unknown_or_switched_off_is_no_alarm(void **state)
{
	struct rule r = built_in(FDS_RULE_USED);

	(void)state;
	assert_int_equal(rule__judge(&r, NAN, FDS_SEVERITY_CRITICAL), FDS_SEVERITY_NONE);
	r.enabled = 0;
	assert_int_equal(rule__judge(&r, 100, FDS_SEVERITY_CRITICAL), FDS_SEVERITY_NONE);
	r = built_in(FDS_RULE_FILE_NR); /* has no threshold */
	assert_int_equal(rule__judge(&r, 1e12, FDS_SEVERITY_NONE), FDS_SEVERITY_NONE);
}

static void contradictions_are_named(void **state)
{
	struct rule r = percent(80, 0, 0, 0);

	(void)state;
	refuse(percent(80, 80, 0, 0), "warn-clear must be below warn");
	refuse(percent(80, 85, 0, 0), "warn-clear must be below warn");
	refuse(percent(80, 0, 80, 0), "critical (80%) must be above warn (80%)");
	refuse(percent(80, 0, 95, 95), "critical-clear must be below critical");
	refuse(percent(0, 50, 95, 0), "warn-clear without warn");
	refuse(percent(0, 0, 0, 0), "neither warn= nor critical=");
	r.kind = FDS_RULE_CNT;
	refuse(r, "needs a kind=");
	r.kind = FDS_RULE_EXHAUSTION;
	refuse(r, "a time, as in 4h");
	r = percent(80, 0, 0, 0);
	r.raise_soft = 1;
	refuse(r, "critical= is not set");
	r = built_in(FDS_RULE_EXHAUSTION);
	r.warn.value = 3600;
	refuse(r, ") must be below warn (");
	r = built_in(FDS_RULE_FAILURE);
	r.for_ns = 1;
	refuse(r, "for= has no meaning");
	r = built_in(FDS_RULE_FILE_NR_USED);
	strcpy(r.match[RULE_FIELD_COMM], "nginx");
	refuse(r, "about the host");
	r = built_in(FDS_RULE_INOTIFY_WATCHES);
	strcpy(r.match[RULE_FIELD_UNIT], "a.service");
	refuse(r, "about users");
	r = built_in(FDS_RULE_USED);
	strcpy(r.match[RULE_FIELD_CAUSE], "nofile");
	refuse(r, "match by cause");
	strcpy(r.match[RULE_FIELD_HAZARD], "epoll-fork");
	r.match[RULE_FIELD_CAUSE][0] = '\0';
	refuse(r, "only rules of kind hazard can match by hazard");
	r = built_in(FDS_RULE_FILE_NR_USED);
	r.raise_soft = 1;
	refuse(r, "about processes");
}

static void patterns_choose_and_exclude(void **state)
{
	static const struct {
		const char *globs, *text;
		bool fits;
	} cases[] = {
		{"", "nginx", true},
		{"", NULL, true},
		{"nginx", "nginx", true},
		{"nginx", "nginx2", false},
		{"nginx*", "nginx2", true},
		{"redis nginx*", "nginx2", true},
		{"  redis   nginx* ", "redis", true},
		{"nginx", NULL, false},
		{"!nginx", "nginx", false},
		{"!nginx", "redis", true},
		{"!nginx", NULL, true},
		{"n* !nginx", "nginx", false},
		{"n* !nginx", "nats", true},
		{"!nginx n*", "nginx", false},
		{"*", "", true},
		{"/usr/bin/*", "/usr/bin/a/b", true},
		{"[ab]c", "bc", true},
	};
	struct rule r;

	(void)state;
	rule__init(&r, "mine");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(r.match[RULE_FIELD_EXE], 0, RULE_GLOBS_SZ);
		strcpy(r.match[RULE_FIELD_EXE], cases[i].globs);
		if (rule__field_matches(&r, RULE_FIELD_EXE, cases[i].text, NULL) != cases[i].fits)
			fail_msg("\"%s\" and %s", cases[i].globs, cases[i].text ?: "nothing");
	}
}

static void rules_explain_themselves(void **state)
{
	struct rule r = percent(60, 0, 90, 80);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	strcpy(r.match[RULE_FIELD_UNIT], "nginx.service");
	r.for_ns = 90 * 1000000000ull;
	r.repeat_ns = 3600 * 1000000000ull;
	strcpy(r.hooks, "mail");
	rule__explain(&r, f);
	fclose(f);
	assert_string_equal(text, "mine: Processes with unit nginx.service: descriptors in use, of "
				  "the soft limit: warns at 60% or more (until 55% or less), "
				  "critical at 90% or more (until 80% or less); only if it lasts "
				  "1 min 30 s. Runs mail, again every 1 h while it lasts.");
	free(text);
}

static void a_rule_of_hazards_explains_itself(void **state)
{
	struct rule r = built_in(FDS_RULE_HAZARD);
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	rule__explain(&r, f);
	fclose(f);
	assert_string_equal(text,
			    "hazard: Processes with hazard select-1024 truncate-before-lock: steps "
			    "into traps: warns at 1 or more; ends when none came for 1 min. Runs "
			    "every hook, again every 6 h while it lasts.");
	free(text);
}

static void values_read_well(void **state)
{
	static const struct {
		enum fds_rule_kind kind;
		double value;
		const char *text;
	} cases[] = {
		{FDS_RULE_USED, 99.99, "99.9%"},	 {FDS_RULE_USED, 100, "100%"},
		{FDS_RULE_USED, 128.906, "128.9%"},	 {FDS_RULE_FILE_NR, 1234567, "1234567"},
		{FDS_RULE_EXHAUSTION, 0.5, "500 ms"},	 {FDS_RULE_EXHAUSTION, 59, "59 s"},
		{FDS_RULE_EXHAUSTION, 61, "1 min 1 s"},	 {FDS_RULE_EXHAUSTION, 4 * 3600, "4 h"},
		{FDS_RULE_EXHAUSTION, 90000, "1 d 1 h"},
	};
	char buf[32];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rule__format_value(cases[i].kind, cases[i].value, buf, sizeof(buf));
		assert_string_equal(buf, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_a_sound_built_in_rule),
		cmocka_unit_test(defaults_are_those_of_the_manual),
		cmocka_unit_test(what_is_unknown_or_switched_off_is_no_alarm),
		cmocka_unit_test(contradictions_are_named),
		cmocka_unit_test(patterns_choose_and_exclude),
		cmocka_unit_test(rules_explain_themselves),
		cmocka_unit_test(a_rule_of_hazards_explains_itself),
		cmocka_unit_test(values_read_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
