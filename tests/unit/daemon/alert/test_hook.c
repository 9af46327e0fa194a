// links: daemon/alert/hook.c daemon/base/why.c daemon/base/capability.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a hook may be run: its user, its program, and who could put another in its place. */
#include "alert/hook.h"

#include "fdscope/kinds.h"

#include <errno.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define OTHER 4711 /* nobody that the tests know of */

static char dir[64], deep[80], program[96];

static void write_program(const char *path)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs("#!/bin/sh\n", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0755), 0);
}

static int setup(void **state)
{
	(void)state;
	umask(022);
	strcpy(dir, "/tmp/fdscope-hook-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	/* mkdtemp() keeps others out. */
	assert_int_equal(chmod(dir, 0755), 0);
	snprintf(deep, sizeof(deep), "%s/deep", dir);
	snprintf(program, sizeof(program), "%s/program", deep);
	assert_int_equal(mkdir(deep, 0755), 0);
	write_program(program);
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

/* One that may be run, by us ourselves. */
static struct hook good(void)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct hook h = {.name = "mine", .on = 1u << ALERT_FIRE};

	if (!pw) {
		print_message("who runs the tests has no name\n");
		skip();
	}
	snprintf(h.program, sizeof(h.program), "%s", program);
	snprintf(h.user, sizeof(h.user), "%s", pw->pw_name);
	return h;
}

static void assert_good(struct hook h)
{
	char *why = NULL;
	int err = hook__check(&h, &why);

	if (err)
		fail_msg("%s", why);
	assert_null(why);
}

/* Refused, with this sentence; %s is the program's path. */
static void assert_refused(struct hook h, const char *fmt)
{
	char *why = NULL, want[512];

	snprintf(want, sizeof(want), fmt, h.program);
	assert_int_equal(hook__check(&h, &why), -EINVAL);
	assert_non_null(why);
	assert_string_equal(why, want);
	free(why);
}

static void need_root(void)
{
	if (geteuid() != 0) {
		print_message("only root gives files away\n");
		skip();
	}
}

static void a_good_one_is_filled_in(void **state)
{
	const struct passwd *pw = getpwuid(geteuid());
	struct hook h = good();
	char *why = NULL;

	(void)state;
	assert_int_equal(hook__check(&h, &why), 0);
	assert_null(why);
	assert_int_equal(h.uid, pw->pw_uid);
	assert_int_equal(h.gid, pw->pw_gid);
	assert_string_equal(h.home, pw->pw_dir);
}

static void it_needs_a_program_a_step_and_a_user(void **state)
{
	struct hook h = good();

	(void)state;
	h.on = 0;
	assert_refused(h, "on= names no step, so it would never run");
	h = good();
	*h.program = '\0';
	assert_refused(h, "it needs a program=");
	snprintf(h.program, sizeof(h.program), "deep/program");
	assert_refused(h, "deep/program is no absolute path");
	h = good();
	snprintf(h.user, sizeof(h.user), "no-such-user");
	assert_refused(h, "there is no local user no-such-user; make it, or set user= to another");
	*h.user = '\0';
	assert_refused(h, "user= names nobody; it takes the name of a local user");
	/* By name alone. */
	strcpy(h.user, "0");
	assert_refused(h, "there is no local user 0; make it, or set user= to another");
}

static void only_root_runs_hooks_as_others(void **state)
{
	struct hook h = good();

	(void)state;
	need_root();
	snprintf(h.user, sizeof(h.user), "nobody");
	assert_good(h);
	assert_int_equal(seteuid(OTHER), 0);
	assert_refused(h, "only root can run it as user nobody");
	snprintf(h.user, sizeof(h.user), "root");
	assert_refused(h, "only root can run it as user root");
	assert_int_equal(seteuid(0), 0);
}

static void a_program_is_a_file_that_is_there(void **state)
{
	struct hook h = good();

	(void)state;
	strcat(h.program, "x");
	assert_refused(h, "%s: No such file or directory");
	snprintf(h.program, sizeof(h.program), "%s/x", program);
	assert_refused(h, "%s: Not a directory");
	snprintf(h.program, sizeof(h.program), "%s", deep);
	assert_refused(h, "%s is no regular file");
	snprintf(h.program, sizeof(h.program), "/dev/null");
	assert_refused(h, "%s is no regular file");
	snprintf(h.program, sizeof(h.program), "%s", program);
	assert_int_equal(unlink(program), 0);
	assert_int_equal(mkfifo(program, 0755), 0);
	assert_refused(h, "%s is no regular file");
	assert_int_equal(unlink(program), 0);
	assert_int_equal(symlink("program", program), 0);
	assert_refused(h, "%s: Too many levels of symbolic links");
}

static void its_user_must_be_able_to_execute_it(void **state)
{
	struct hook h = good();
	char want[256];

	(void)state;
	snprintf(want, sizeof(want), "%%s may not be executed by user %s", h.user);
	chmod(program, 0644);
	assert_refused(h, want);
	chmod(program, 0755);
	need_root();
	/* Any bit does for root. */
	chmod(program, 0601);
	assert_good(h);
	snprintf(h.user, sizeof(h.user), "nobody");
	assert_good(h);
	chmod(program, 0744);
	assert_refused(h, "%s may not be executed by user nobody");
	/* The bits of who it is count, not better ones of others. */
	assert_int_equal(chown(program, getpwnam("nobody")->pw_uid, 0), 0);
	chmod(program, 0655);
	assert_refused(h, "%s may not be executed by user nobody");
	assert_int_equal(chown(program, 0, getpwnam("nobody")->pw_gid), 0);
	chmod(program, 0705);
	assert_refused(h, "%s may not be executed by user nobody");
	chmod(program, 0750);
	assert_good(h);
}

/* It would be found out at the first alert. */
static void its_user_must_get_to_it(void **state)
{
	struct hook h = good();
	char want[256];

	(void)state;
	need_root();
	/* Root gets everywhere. */
	chmod(deep, 0600);
	assert_good(h);
	chmod(deep, 0700);
	snprintf(h.user, sizeof(h.user), "nobody");
	snprintf(want, sizeof(want), "%%s: user nobody may not enter the folder %s", deep);
	assert_refused(h, want);
	chmod(deep, 0711);
	assert_good(h);
}

static void nobody_else_may_write_to_it(void **state)
{
	struct hook h = good();

	(void)state;
	chmod(program, 0775);
	assert_refused(h, "%s is writable by others (chmod go-w)");
	chmod(program, 0757);
	assert_refused(h, "%s is writable by others (chmod go-w)");
	chmod(program, 0755);
	assert_good(h);
	need_root();
	assert_int_equal(chown(program, OTHER, 0), 0);
	assert_refused(h, "%s must belong to root, since its owner may change it");
}

static void nobody_else_may_write_to_a_folder_above(void **state)
{
	struct hook h = good();
	char want[256];

	(void)state;
	snprintf(want, sizeof(want), "%%s: others may write to the folder %s", deep);
	chmod(deep, 0775);
	assert_refused(h, want);
	chmod(deep, 0757);
	assert_refused(h, want);
	/* Nobody takes away what is another's from there. */
	chmod(deep, 01777);
	assert_good(h);
	chmod(deep, 0755);
	snprintf(want, sizeof(want), "%%s: others may write to the folder %s", dir);
	chmod(dir, 0777);
	assert_refused(h, want);
	chmod(dir, 0755);
	/* The way to it counts as it is written. */
	snprintf(h.program, sizeof(h.program), "%s/./deep//../deep/program", dir);
	assert_good(h);
	need_root();
	snprintf(h.program, sizeof(h.program), "%s", program);
	assert_int_equal(chown(deep, OTHER, 0), 0);
	snprintf(want, sizeof(want), "%%s: others may write to the folder %s", deep);
	assert_refused(h, want);
	/* Sticky or not: its owner may. */
	chmod(deep, 01777);
	assert_refused(h, want);
}

/* A link is as good as the way to what it means. */
static void links_lead_through_folders_too(void **state)
{
	char open[80], link[96], folder_link[80], target[128], want[256];
	struct hook h = good();

	(void)state;
	snprintf(open, sizeof(open), "%s/open", dir);
	snprintf(target, sizeof(target), "%s/open/program", dir);
	snprintf(link, sizeof(link), "%s/link", deep);
	snprintf(folder_link, sizeof(folder_link), "%s/short", dir);
	assert_int_equal(mkdir(open, 0755), 0);
	write_program(target);
	snprintf(want, sizeof(want), "%%s: others may write to the folder %s", open);

	/* Of the program, absolute and not; of a folder; and one behind the other. */
	assert_int_equal(symlink(target, link), 0);
	snprintf(h.program, sizeof(h.program), "%s", link);
	assert_good(h);
	chmod(open, 0777);
	assert_refused(h, want);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("../open/program", link), 0);
	assert_refused(h, want);
	chmod(open, 0755);
	assert_good(h);
	assert_int_equal(symlink("open", folder_link), 0);
	assert_int_equal(unlink(link), 0);
	assert_int_equal(symlink("../short/../short/program", link), 0);
	assert_good(h);
	chmod(open, 0777);
	assert_refused(h, want);
	snprintf(h.program, sizeof(h.program), "%s/program", folder_link);
	assert_refused(h, want);
	/* What is only passed by. */
	snprintf(h.program, sizeof(h.program), "%s/../deep/program", folder_link);
	assert_refused(h, want);
	chmod(open, 0755);
	assert_good(h);
	need_root();
	snprintf(h.program, sizeof(h.program), "%s", link);
	assert_int_equal(lchown(link, OTHER, OTHER), 0);
	snprintf(want, sizeof(want),
		 "%%s: the link %s must belong to root, since its owner may change it", link);
	assert_refused(h, want);
}

/* Before each run, where there may be none left. */
static void the_program_is_checked_without_a_descriptor(void **state)
{
	struct hook h = good();
	struct rlimit old, none;
	char *why = NULL;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){0, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	assert_int_equal(hook__check_program(&h, &why), 0);
	chmod(program, 0777);
	assert_int_equal(hook__check_program(&h, &why), -EINVAL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_non_null(strstr(why, "is writable by others"));
	free(why);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_one_is_filled_in),
		TEST(it_needs_a_program_a_step_and_a_user),
		TEST(only_root_runs_hooks_as_others),
		TEST(a_program_is_a_file_that_is_there),
		TEST(its_user_must_be_able_to_execute_it),
		TEST(its_user_must_get_to_it),
		TEST(nobody_else_may_write_to_it),
		TEST(nobody_else_may_write_to_a_folder_above),
		TEST(links_lead_through_folders_too),
		TEST(the_program_is_checked_without_a_descriptor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
