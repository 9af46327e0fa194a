// links: daemon/config/*.c daemon/detect/rule.c daemon/alert/hook.c daemon/base/why.c daemon/base/capability.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Sections of rules and hooks: contradictions, unknown and double ones, drop-ins, what refers. */
#include "config/config.h"

#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define SEC	  1000000000ull
#define MINE	  "[rule mine]\nkind=used\n"
#define HOOK	  "[hook h]\nprogram=%s\nuser=%s\n"
#define CNT_OF(a) (sizeof(a) / sizeof((a)[0]))

static char dir[64], path[80], program[80];
static const char *user;
static struct config c; /* what load() read */

static int setup(void **state)
{
	(void)state;
	user = getpwuid(geteuid())->pw_name;
	strcpy(dir, "/tmp/fdscope-rules-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/x.conf", dir);
	snprintf(program, sizeof(program), "%s/program", dir);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static void write_file(const char *file, const char *text)
{
	FILE *f = fopen(file, "we");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void write_dropin(const char *name, const char *text)
{
	char file[160];

	snprintf(file, sizeof(file), "%s.d", path);
	mkdir(file, 0755);
	snprintf(file, sizeof(file), "%s.d/%s", path, name);
	write_file(file, text);
}

static void make_program(mode_t mode)
{
	write_file(program, "#!/bin/sh\n");
	assert_int_equal(chmod(program, mode), 0);
}

/* The files as they are, which must be good. */
static void load(void)
{
	char *error = NULL;

	memset(&c, 0xa5, sizeof(c));
	if (config__load(path, &c, &error))
		fail_msg("%s", error);
	assert_null(error);
}

static void take(const char *text)
{
	write_file(path, text);
	load();
}

/* The files as they are must be refused in these words; %s is the path of the file. */
static void refuse_files(const char *fmt)
{
	static struct config got, before;
	char *error = NULL, want[512];

	memset(&got, 0xa5, sizeof(got));
	before = got;
	snprintf(want, sizeof(want), fmt, path);
	if (!config__load(path, &got, &error))
		fail_msg("taken, and should be \"%s\"", want);
	assert_non_null(error);
	assert_string_equal(error, want);
	assert_memory_equal(&got, &before, sizeof(got));
	free(error);
}

static void refuse(const char *text, const char *fmt)
{
	write_file(path, text);
	refuse_files(fmt);
}

static const struct rule *rule(const char *name)
{
	for (uint32_t i = 0; i < c.rule_cnt; i++)
		if (!strcmp(c.rules[i].name, name))
			return &c.rules[i];
	fail_msg("no rule %s", name);
	return NULL;
}

/* ---- rules ---- */

static void every_key_of_a_rule_is_read(void **state)
{
	const struct rule *r;

	(void)state;
	take("[act]\nraise=yes\n[rule web-1.x_Y]\nkind=exhaustion\nenabled=yes\nwarn=4h\n"
	     "warn-clear=5h\ncritical=30min\ncritical-clear=1h\nfor=2min\nrepeat=0s\n"
	     "clear-after=5s\nsilence-until=2026-11-30 08:00\ncomm=nginx apache*\nexe=/usr/*\n"
	     "unit=!a.service\nuser=0 www-data\ncgroup=/x\ncontainer=db\nhooks=none\n"
	     "raise-soft=yes\nraise-ceiling=4096\n");
	r = rule("web-1.x_Y");
	assert_int_equal(r->kind, FDS_RULE_EXHAUSTION);
	assert_int_equal(r->enabled, 1);
	assert_int_equal(r->built_in, 0);
	assert_true(r->warn.value == 4 * 3600 && r->warn_clear.value == 5 * 3600);
	assert_true(r->critical.value == 1800 && r->critical_clear.value == 3600);
	assert_int_equal(r->for_ns, 120 * SEC);
	assert_int_equal(r->repeat_ns, 0);
	assert_int_equal(r->clear_after_ns, 5 * SEC);
	assert_int_equal(r->silent_until_s, 1795996800 + 8 * 3600);
	assert_string_equal(r->match[RULE_FIELD_COMM], "nginx apache*");
	assert_string_equal(r->match[RULE_FIELD_EXE], "/usr/*");
	assert_string_equal(r->match[RULE_FIELD_UNIT], "!a.service");
	assert_string_equal(r->match[RULE_FIELD_USER], "0 www-data");
	assert_string_equal(r->match[RULE_FIELD_CGROUP], "/x");
	assert_string_equal(r->match[RULE_FIELD_CONTAINER], "db");
	assert_int_equal(r->hook_mask, 0);
	assert_int_equal(r->raise_soft, 1);
	assert_int_equal(r->raise_ceiling, 4096);
	/* It stands behind the built-in ones, which decide less. */
	assert_ptr_equal(r, &c.rules[c.rule_cnt - 1]);
	assert_int_equal(c.rule_cnt, FDS_RULE_CNT + 1);
	take("[rule mine]\nkind=failure\ncritical=1\ncause=nofile file-max\n");
	assert_string_equal(rule("mine")->match[RULE_FIELD_CAUSE], "nofile file-max");
}

static void contradictions_are_refused(void **state)
{
	(void)state;
	refuse(MINE "warn=80%\nwarn-clear=85%\n",
	       "%s:4: rule mine: warn-clear must be below warn, else it would never end");
	refuse(MINE "warn=80%\nwarn-clear=80%\n",
	       "%s:4: rule mine: warn-clear must be below warn, else it would never end");
	refuse(MINE "warn=80%\ncritical=70%\n",
	       "%s:4: rule mine: critical (70%) must be above warn (80%)");
	refuse(MINE "warn=80%\ncritical=80%\n",
	       "%s:4: rule mine: critical (80%) must be above warn (80%)");
	refuse(MINE "critical=90%\ncritical-clear=95%\n",
	       "%s:4: rule mine: critical-clear must be below critical, else it would never end");
	refuse(MINE "warn=none\nwarn-clear=50%\n", "%s:4: rule mine: warn-clear without warn");
	refuse(MINE "critical=none\ncritical-clear=50%\n",
	       "%s:4: rule mine: critical-clear without critical");
	/* Of time less is worse. */
	refuse("[rule exhaustion]\nwarn=1h\ncritical=2h\n",
	       "%s:3: rule exhaustion: critical (2 h) must be below warn (1 h)");
	refuse("[rule exhaustion]\nwarn-clear=3h\n",
	       "%s:2: rule exhaustion: warn-clear must be above warn, else it would never end");
	/* One alone may contradict what is built in. */
	refuse("[rule used]\nwarn=96%\n",
	       "%s:2: rule used: critical (95%) must be above warn (96%)");
	refuse("[rule used]\nwarn=none\nwarn-clear=10%\n",
	       "%s:3: rule used: warn-clear without warn");
	take("[rule used]\nwarn=96%\ncritical=none\n");
	take(MINE "warn=80%\nwarn-clear=79.9%\ncritical=80.1%\ncritical-clear=10%\n");
}

/* What is not said is as in the built-in rule of the kind, unless that would contradict it. */
static void what_is_not_said_is_by_kind(void **state)
{
	(void)state;
	take(MINE "warn=60%\n");
	assert_true(rule("mine")->warn.value == 60 && rule("mine")->critical.value == 95);
	assert_int_equal(rule("mine")->for_ns, 0);
	take(MINE "critical=99%\n");
	assert_true(rule("mine")->warn.value == 80 && rule("mine")->critical.value == 99);
	take(MINE "");
	assert_true(rule("mine")->warn.value == 80 && rule("mine")->critical.value == 95);
	take(MINE "warn=97%\n");
	assert_int_equal(rule("mine")->critical.unit, UNIT_NONE);
	take(MINE "critical=50%\n");
	assert_int_equal(rule("mine")->warn.unit, UNIT_NONE);
	take(MINE "warn=60%\ncritical=none\n");
	assert_int_equal(rule("mine")->critical.unit, UNIT_NONE);
	take("[rule mine]\nkind=exhaustion\ncritical=8h\n");
	assert_int_equal(rule("mine")->warn.unit, UNIT_NONE);
	assert_int_equal(rule("mine")->for_ns, 60 * SEC);
	take("[rule mine]\nkind=exhaustion\nwarn=8h\nfor=0s\n");
	assert_true(rule("mine")->critical.value == 3600);
	assert_int_equal(rule("mine")->for_ns, 0);
	take("[rule mine]\nkind=failure\ncomm=nginx\n");
	assert_true(rule("mine")->critical.value == 1);
}

static void a_rule_must_be_able_to_alarm(void **state)
{
	(void)state;
	refuse("[rule mine]\nwarn=80%\n", "%s:2: rule mine: it needs a kind=");
	refuse("[rule mine]\nkind=file-nr\n",
	       "%s:2: rule mine: it has neither warn= nor critical=, so it would never alarm");
	refuse(MINE "warn=none\ncritical=none\n",
	       "%s:4: rule mine: it has neither warn= nor critical=, so it would never alarm");
	/* One that exempts needs none; nor do the built-in ones. */
	take(MINE "enabled=no\ncomm=x\n");
	take("[rule file-nr]\nrepeat=1h\n");
	take("[rule used]\nwarn=none\ncritical=none\n");
}

static void units_are_those_of_the_kind(void **state)
{
	(void)state;
	refuse(MINE "warn=80\n",
	       "%s:3: rule mine: warn of a rule of kind used is per cent, as in 80%%");
	refuse(MINE "critical=1h\n",
	       "%s:3: rule mine: critical of a rule of kind used is per cent, as in 80%%");
	refuse(MINE "warn=80%\nwarn-clear=70\n",
	       "%s:4: rule mine: warn-clear of a rule of kind used is per cent, as in 80%%");
	refuse(MINE "critical=80%\ncritical-clear=70\n",
	       "%s:4: rule mine: critical-clear of a rule of kind used is per cent, as in 80%%");
	refuse("[rule file-nr]\nwarn=80%\n",
	       "%s:2: rule file-nr: warn of a rule of kind file-nr is a number, as in 100000");
	refuse("[rule exhaustion]\nwarn=4\n",
	       "%s:2: rule exhaustion: warn of a rule of kind exhaustion is a time, as in 4h");
}

static void rules_match_what_they_can(void **state)
{
	(void)state;
	refuse("[rule file-nr-used]\ncomm=x\n",
	       "%s:2: rule file-nr-used: file-nr-used is about the host: it cannot match by comm");
	refuse("[rule pipe-pages]\nunit=x\n",
	       "%s:2: rule pipe-pages: pipe-pages is about users: it can match by user, not by "
	       "unit");
	refuse("[rule used]\ncause=nofile\n",
	       "%s:2: rule used: only rules of kind failure can match by cause");
	refuse("[rule failure]\nfor=1s\n",
	       "%s:2: rule failure: failures are told at once: for= has no meaning here");
	refuse("[rule failure]\ncause=nofile file_max\n",
	       "%s:2: rule failure: there is no cause \"file_max\"; there are nofile, file-max and "
	       "those of fdscope.conf(5)");
	refuse("[rule failure]\ncause=!inode*\n",
	       "%s:2: rule failure: there is no cause \"!inode*\"; there are nofile, file-max and "
	       "those of fdscope.conf(5)");
	take("[rule failure]\ncause=nofile  inotify-* !*-watches\n");
	refuse("[rule failure]\nhazard=epoll-fork\n",
	       "%s:2: rule failure: only rules of kind hazard can match by hazard");
	refuse("[rule hazard]\ncause=nofile\n",
	       "%s:2: rule hazard: only rules of kind failure can match by cause");
	refuse("[rule hazard]\nhazard=epoll-fork epoll_stale\n",
	       "%s:2: rule hazard: there is no hazard \"epoll_stale\"; there are epoll-fork, "
	       "exec-leak and those of fdscope.conf(5)");
	refuse("[rule hazard]\nfor=1s\n",
	       "%s:2: rule hazard: hazards are told at once: for= has no meaning here");
	take("[rule hazard]\nhazard=epoll-* !epoll-stale\n");
	take("[rule mine]\nkind=hazard\ncomm=x\n");
	assert_true(rule("mine")->warn.value == 1);
	assert_string_equal(rule("mine")->match[RULE_FIELD_HAZARD], "");
	take("[rule pipe-pages]\nuser=x\n");
	take("[rule failure]\nfor=0s\n");
}

static void only_some_rules_raise(void **state)
{
	(void)state;
	refuse("[rule used]\nraise-soft=yes\n",
	       "%s:2: rule used: raise-soft=yes needs raise=yes in section [act]");
	refuse("[act]\nraise=yes\n[rule file-nr-used]\nraise-soft=yes\n",
	       "%s:4: rule file-nr-used: raise-soft is for rules about processes");
	refuse("[act]\nraise=yes\n[rule limit-excessive]\nraise-soft=yes\n",
	       "%s:4: rule limit-excessive: raise-soft would make an excessive limit worse");
	refuse("[act]\nraise=yes\n[rule hazard]\nraise-soft=yes\n",
	       "%s:4: rule hazard: raise-soft helps against no hazard");
	refuse("[act]\nraise=yes\n[rule highest]\nraise-soft=yes\n",
	       "%s:4: rule highest: raise-soft acts when it becomes critical, and it never does: "
	       "critical= is not set");
	/* The order of sections is nobody's business. */
	take("[rule used]\nraise-soft=yes\n[act]\nraise=yes\n");
}

static void unknown_names_are_refused(void **state)
{
	(void)state;
	refuse("[rule used]\nwarm=80%\n",
	       "%s:2: unknown key \"warm\" in section [rule used]; known: kind enabled warn "
	       "warn-clear critical critical-clear for repeat clear-after silence-until comm exe "
	       "unit user cgroup container cause hazard hooks raise-soft raise-ceiling");
	refuse("[hook h]\nprogramme=/x\n",
	       "%s:2: unknown key \"programme\" in section [hook h]; known: program user timeout "
	       "on");
	refuse("[rule mine]\nkind=usde\n",
	       "%s:2: bad value \"usde\" for \"kind\"; allowed: used, highest, failure, "
	       "hazard, exhaustion, limit-excessive, file-nr, file-nr-used, file-nr-growth, "
	       "file-nr-exhaustion, inotify-instances, inotify-watches, epoll-watches, pipe-pages");
	refuse("[rule used]\nkind=highest\n",
	       "%s:2: rule used: a built-in rule cannot become one of another kind; give yours "
	       "another name");
	take("[rule used]\nkind=used\n");
	refuse("[hook h]\non=fire,extinguish\n",
	       "%s:2: bad value \"fire,extinguish\" for \"on\"; allowed: fire, escalate, ease, "
	       "repeat, clear (with commas between)");
	refuse("[rule used]\nwarn=0%\n",
	       "%s:2: bad value \"0%%\" for \"warn\"; allowed: 80%%, 4h or 100000, by the kind of "
	       "the rule; or none");
	refuse("[rule used]\nsilence-until=2026-02-30\n",
	       "%s:2: bad value \"2026-02-30\" for \"silence-until\"; allowed: a time in UTC, as in "
	       "2026-11-30 08:00, or none");
}

static void names_of_sections_are_checked(void **state)
{
	(void)state;
	refuse("[rule]\n", "%s:1: section [rule] needs a name, as in [rule web]");
	refuse("[hook ]\n", "%s:1: section [hook] needs a name, as in [hook web]");
	refuse("[rule a b]\n",
	       "%s:1: \"a b\" is no name for a rule: letters, digits, \"-\", \"_\" and \".\" are");
	refuse("[hook a/b]\n",
	       "%s:1: \"a/b\" is no name for a hook: letters, digits, \"-\", \"_\" and \".\" are");
	refuse("[act now]\n", "%s:1: section [act] takes no name, \"now\" is one too many");
	/* The longest that there may be, and one more. */
	take("[rule a234567890123456789012345678901]\nkind=used\nwarn=1%\n");
	rule("a234567890123456789012345678901");
	refuse("[rule a2345678901234567890123456789012]\n",
	       "%s:1: unknown section [rule a2345678901234567890123456789012]; known: [daemon] "
	       "[levels] [api] [alerts] [hazards] [archive] [act] [rule NAME] [hook NAME]");
	/* Blanks make no difference. */
	take("[rule \t mine ]\nkind=used\nwarn=1%\n[rule mine]\nwarn=2%\n");
	assert_true(rule("mine")->warn.value == 2);
}

static void what_comes_later_wins_key_by_key(void **state)
{
	const struct rule *r;

	(void)state;
	make_program(0755);
	write_dropin("20.conf", "[rule mine]\nwarn=70%\n[rule used]\nenabled=no\n");
	write_dropin("10.conf", "[rule mine]\nkind=highest\nwarn=60%\nfor=1s\n"
				"[rule other]\nkind=used\nwarn=1%\n");
	take(MINE "warn=50%\nrepeat=1h\nwarn=55%\n[rule used]\nwarn=10%\n");
	r = rule("mine");
	assert_int_equal(r->kind, FDS_RULE_HIGHEST);
	assert_true(r->warn.value == 70);
	assert_int_equal(r->for_ns, SEC);
	assert_int_equal(r->repeat_ns, 3600 * SEC);
	assert_int_equal(rule("used")->enabled, 0);
	assert_true(rule("used")->warn.value == 10);
	/* In the order in which they were first met: the last one that matches decides. */
	assert_ptr_equal(rule("other"), r + 1);
	assert_int_equal(c.rule_cnt, FDS_RULE_CNT + 2);
	/* What is wrong is where it was last written of. */
	write_dropin("30.conf", "\n[rule mine]\n\nwarn-clear=80%\n");
	refuse_files(
		"%s.d/30.conf:4: rule mine: warn-clear must be below warn, else it would never "
		"end");
}

static void there_are_only_so_many(void **state)
{
	char text[4096] = "", *end = text;

	(void)state;
	for (int i = FDS_RULE_CNT; i < RULE_CNT_MAX; i++)
		end += sprintf(end, "[rule r%d]\nkind=used\nwarn=1%%\n", i);
	take(text);
	assert_int_equal(c.rule_cnt, RULE_CNT_MAX);
	sprintf(end, "[rule one-more]\nkind=used\n");
	refuse(text, "%s:56: more than 32 sections [rule NAME]");
	end = text;
	for (int i = 0; i <= RULE_HOOK_MAX; i++)
		end += sprintf(end, "[hook h%d]\nuser=x\n", i);
	refuse(text, "%s:34: more than 16 sections [hook NAME]");
}

/* ---- hooks ---- */

static void take_hook(const char *more)
{
	char text[1024];

	snprintf(text, sizeof(text), HOOK "%s", program, user, more);
	take(text);
}

static void refuse_hook(const char *more, const char *fmt)
{
	char text[1024], want[512];

	snprintf(text, sizeof(text), HOOK "%s", program, user, more);
	snprintf(want, sizeof(want), fmt, path, program);
	write_file(path, text);
	refuse_files(want);
}

static void every_key_of_a_hook_is_read(void **state)
{
	const struct hook *h = &c.hooks[0];

	(void)state;
	make_program(0755);
	take_hook("");
	assert_int_equal(c.hook_cnt, 1);
	assert_string_equal(h->name, "h");
	assert_string_equal(h->program, program);
	assert_string_equal(h->user, user);
	assert_int_equal(h->uid, geteuid());
	assert_int_equal(h->timeout_ns, 30 * SEC);
	assert_int_equal(h->on, 1u << ALERT_FIRE | 1u << ALERT_ESCALATE | 1u << ALERT_REPEAT |
					1u << ALERT_CLEAR);
	take_hook("timeout=100ms\non=ease\n");
	assert_int_equal(h->timeout_ns, SEC / 10);
	assert_int_equal(h->on, 1u << ALERT_EASE);
	/* A later drop-in, key by key. */
	write_dropin("a.conf", "[hook h]\ntimeout=1h\n");
	load();
	assert_int_equal(c.hook_cnt, 1);
	assert_int_equal(h->timeout_ns, 3600 * SEC);
	assert_int_equal(h->on, 1u << ALERT_EASE);
}

static void bad_hooks_are_refused(void **state)
{
	char want[256];

	(void)state;
	refuse_hook("", "%s:3: hook h: %s: No such file or directory");
	make_program(0644);
	snprintf(want, sizeof(want), "%%s:3: hook h: %%s may not be executed by user %s", user);
	refuse_hook("", want);
	make_program(0777);
	refuse_hook("", "%s:3: hook h: %s is writable by others (chmod go-w)");
	make_program(0755);
	chmod(dir, 0777);
	snprintf(want, sizeof(want), "%%s:3: hook h: %%s: others may write to the folder %s", dir);
	refuse_hook("", want);
	chmod(dir, 0755);
	refuse_hook("user=no-such-user\n",
		    "%s:4: hook h: there is no local user no-such-user; make it, "
		    "or set user= to another");
	unlink(program);
	mkdir(program, 0755);
	refuse_hook("", "%s:3: hook h: %s is no regular file");
	refuse("[hook h]\nprogram=bin/true\n",
	       "%s:2: bad value \"bin/true\" for \"program\"; allowed: an absolute path of at most "
	       "255 bytes");
	refuse("[hook h]\nuser=root\n", "%s:2: hook h: it needs a program=");
	refuse("[hook h]\ntimeout=99ms\n",
	       "%s:2: bad value \"99ms\" for \"timeout\"; allowed: 100ms to 1h, as in 100ms, 2s, "
	       "5min");
}

static void rules_name_hooks(void **state)
{
	char text[1024];

	(void)state;
	make_program(0755);
	snprintf(text, sizeof(text),
		 "[rule used]\nhooks=b\n[rule highest]\nhooks= a , b\t\n[rule failure]\nhooks=all\n"
		 "[rule exhaustion]\nhooks=none\n"
		 "[hook a]\nprogram=%s\nuser=%s\n[hook b]\nprogram=%s\nuser=%s\n",
		 program, user, program, user);
	take(text);
	assert_int_equal(rule("used")->hook_mask, 2);
	assert_int_equal(rule("highest")->hook_mask, 3);
	assert_int_equal(rule("failure")->hook_mask, 3);
	assert_int_equal(rule("exhaustion")->hook_mask, 0);
	assert_int_equal(rule("file-nr-used")->hook_mask, 3);
	assert_int_equal(rule("limit-excessive")->hook_mask, 0);
	refuse("[rule used]\nhooks=mail\n", "%s:2: rule used: there is no [hook mail]");
}

static void hooks_of_a_rule_are_named_or_none(void **state)
{
	(void)state;
	refuse("[rule used]\nhooks=\n",
	       "%s:2: rule used: hooks= names no hook; it takes names, all, or none");
	refuse("[rule used]\nhooks= , \n",
	       "%s:2: rule used: hooks= names no hook; it takes names, all, or none");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_key_of_a_rule_is_read),
		TEST(contradictions_are_refused),
		TEST(what_is_not_said_is_by_kind),
		TEST(a_rule_must_be_able_to_alarm),
		TEST(units_are_those_of_the_kind),
		TEST(rules_match_what_they_can),
		TEST(only_some_rules_raise),
		TEST(unknown_names_are_refused),
		TEST(names_of_sections_are_checked),
		TEST(what_comes_later_wins_key_by_key),
		TEST(there_are_only_so_many),
		TEST(every_key_of_a_hook_is_read),
		TEST(bad_hooks_are_refused),
		TEST(rules_name_hooks),
		TEST(hooks_of_a_rule_are_named_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
