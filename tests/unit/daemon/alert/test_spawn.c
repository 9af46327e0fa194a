// links: daemon/alert/runner.c daemon/alert/spawn.c daemon/alert/hook.c daemon/base/*.c tests/unit/daemon/alert/runner_fixture.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* What a hook is given - environment, input, limits, signals, user - and its output. */
#include "alert/spawn.h"
#include "runner_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define NOBODY 65534

/* The value of a line "NAME:<tab>VALUE" of a text as /proc has it, in *ret; false: no such. */
static bool find_value(const char *text, const char *name, char *ret, size_t ret_sz)
{
	size_t len = strlen(name);

	for (const char *s = text, *end; *s; s = *end ? end + 1 : end) {
		end = strchrnul(s, '\n');
		if (strncmp(s, name, len) != 0 || s[len] != ':')
			continue;
		s += len + 1;
		s += strspn(s, " \t");
		snprintf(ret, ret_sz, "%.*s", (int)(end - s), s);
		return true;
	}
	return false;
}

static void assert_value(const char *text, const char *name, const char *want)
{
	char value[256];

	if (!find_value(text, name, value, sizeof(value)))
		fail_msg("no %s", name);
	if (strcmp(value, want) != 0)
		fail_msg("%s is \"%s\", not \"%s\"", name, value, want);
}

/* Runs it to its end, which must be a good one. */
static void run_whole(struct world *w, const struct hook *h, const char *const *env,
		      const char *input, size_t input_sz)
{
	struct runner_stats before = world__stats(w);

	assert_int_equal(runner__run(w->runner, h, env, input, input_sz), 0);
	UNTIL(w, !world__stats(w).running);
	assert_int_equal(world__stats(w).started, before.started + 1);
	assert_int_equal(world__stats(w).nonzero, before.nonzero);
}

/* ---- environment ---- */

static void the_environment_is_as_given(void **state)
{
	static const char *const env[] = {"A=with blanks, $HOME and \"quotes\"",
					  "B=",
					  "C=x=y",
					  "D=\xc3\xbc",
					  "PATH=/last/counts",
					  NULL};
	struct world *w = *state;
	struct hook h = {.name = "env",
			 .program = "/usr/bin/env",
			 .user = "somebody",
			 .home = "/where/it/lives",
			 .timeout_ns = HOUR_NS,
			 .uid = geteuid(),
			 .gid = getegid()};

	setenv("OF_THE_DAEMON", "1", 1);
	world__start(w);
	run_whole(w, &h, env, "", 0);
	assert_string_equal(world__log(w),
			    "fdscoped: hook env: "
			    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
			    "fdscoped: hook env: LANG=C.UTF-8\n"
			    "fdscoped: hook env: HOME=/where/it/lives\n"
			    "fdscoped: hook env: USER=somebody\n"
			    "fdscoped: hook env: LOGNAME=somebody\n"
			    "fdscoped: hook env: A=with blanks, $HOME and \"quotes\"\n"
			    "fdscoped: hook env: B=\n"
			    "fdscoped: hook env: C=x=y\n"
			    "fdscoped: hook env: D=\xc3\xbc\n"
			    "fdscoped: hook env: PATH=/last/counts\n");
}

/* ---- input ---- */

static const char *const no_env[] = {NULL};

/* What the hook made of `input_sz` bytes of input must be the `want_sz` first of them. */
static void check_input(struct world *w, const struct hook *h, const char *input, size_t input_sz,
			size_t want_sz)
{
	char *got;
	size_t sz;

	run_whole(w, h, no_env, input, input_sz);
	got = world__read(w, "copy.out", &sz);
	assert_int_equal(sz, want_sz);
	assert_memory_equal(got, input, want_sz);
	free(got);
}

static void the_input_is_whole(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "copy", "cat >$0.out");
	char *input = malloc(RUNNER_INPUT_MAX + 1);

	for (size_t i = 0; i < RUNNER_INPUT_MAX + 1; i++)
		input[i] = i * 7919 >> 5;
	w->config.max_running = 1;
	world__start(w);
	check_input(w, &h, input, RUNNER_INPUT_MAX, RUNNER_INPUT_MAX);
	/* Nothing is left of a longer one; half an incident would be worse than none. */
	check_input(w, &h, input, 5, 5);
	check_input(w, &h, input, 0, 0);
	check_input(w, &h, input, RUNNER_INPUT_MAX + 1, 0);
	check_input(w, &h, input, 70000, 70000);
	free(input);
}

static void nobody_has_to_read_it(void **state)
{
	struct world *w = *state;
	struct hook ignores = world__make_hook(w, "ignores", "exit 0");
	struct hook closes = world__make_hook(w, "closes", "exec <&-");
	struct hook reads_some = world__make_hook(w, "some", "head -c 10 >/dev/null");
	struct hook copies = world__make_hook(w, "copy", "cat >$0.out");
	char *input = malloc(RUNNER_INPUT_MAX);

	memset(input, 'x', RUNNER_INPUT_MAX);
	w->config.max_running = 1;
	world__start(w);
	run_whole(w, &ignores, no_env, input, RUNNER_INPUT_MAX);
	run_whole(w, &closes, no_env, input, RUNNER_INPUT_MAX);
	run_whole(w, &reads_some, no_env, input, RUNNER_INPUT_MAX);
	/* From its beginning again. */
	check_input(w, &copies, "0123456789abcdef", 16, 16);
	free(input);
}

/* Its input is memory, which it may not write to; and the next one's is another. */
static void an_input_is_of_one_run_alone(void **state)
{
	struct world *w = *state;
	struct hook spoils = world__make_hook(w, "spoils",
					      "echo spoilt >/proc/self/fd/0; exec 7<&0\n"
					      "cat /proc/self/fd/7 >$0.out");
	struct hook copies = world__make_hook(w, "copy", "cat >$0.out");
	char *got;
	size_t sz;

	w->config.max_running = 1;
	world__start(w);
	run_whole(w, &spoils, no_env, "sound", 5);
	got = world__read(w, "spoils.out", &sz);
	assert_string_equal(got, "sound");
	free(got);
	check_input(w, &copies, "sound", 5, 5);
}

/* ---- the rest of what it is given ---- */

static void no_descriptor_leaks(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", "exec ls /proc/self/fd");
	int leak = open("/dev/null", O_RDONLY), high = fcntl(leak, F_DUPFD, 777);

	assert_true(leak >= 0 && high >= 777);
	world__start(w);
	run_whole(w, &h, no_env, "", 0);
	/* The last one is what ls itself looks with. */
	assert_string_equal(world__log(w), "fdscoped: hook h: 0\n"
					   "fdscoped: hook h: 1\n"
					   "fdscoped: hook h: 2\n"
					   "fdscoped: hook h: 3\n");
	close(leak);
	close(high);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void signals_are_as_if_it_were_the_first(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", "exec cat /proc/self/status >$0.out");
	void (*old_pipe)(int) = signal(SIGPIPE, SIG_IGN);
	sigset_t mask, old_mask, now;
	char *status;
	size_t sz;

	signal(SIGRTMAX, SIG_IGN);
	signal(SIGUSR1, on_signal);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_BLOCK, &mask, &old_mask);
	world__start(w);
	run_whole(w, &h, no_env, "", 0);
	status = world__read(w, "h.out", &sz);
	assert_value(status, "SigBlk", "0000000000000000");
	assert_value(status, "SigIgn", "0000000000000000");
	assert_value(status, "SigCgt", "0000000000000000");
	free(status);
	/* And ours are as they were. */
	sigprocmask(SIG_SETMASK, &old_mask, &now);
	assert_int_equal(sigismember(&now, SIGTERM), 1);
	assert_int_equal(sigismember(&now, SIGHUP), 0);
	assert_ptr_equal(signal(SIGUSR1, SIG_DFL), on_signal);
	assert_ptr_equal(signal(SIGPIPE, old_pipe), SIG_IGN);
	signal(SIGRTMAX, SIG_DFL);
}

static void it_has_a_place_of_its_own(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h",
					 "pwd; umask; ulimit -Sn; ulimit -Sc; ulimit -Hc\n"
					 "cat /proc/self/oom_score_adj\n"
					 "echo \"$# arguments\"\n"
					 "exec cat /proc/self/status >$0.out");
	mode_t mask = umask(0);
	char *status, pid[256];
	size_t sz;
	FILE *f = fopen("/proc/self/oom_score_adj", "we");

	assert_non_null(f);
	fputs("100", f);
	assert_int_equal(fclose(f), 0);
	w->config.nofile = 123;
	world__start(w);
	run_whole(w, &h, no_env, "", 0);
	umask(mask);
	assert_string_equal(world__log(w), "fdscoped: hook h: /\n"
					   "fdscoped: hook h: 0022\n"
					   "fdscoped: hook h: 123\n"
					   "fdscoped: hook h: 0\n"
					   "fdscoped: hook h: 0\n"
					   "fdscoped: hook h: 0\n"
					   "fdscoped: hook h: 0 arguments\n");
	status = world__read(w, "h.out", &sz);
	assert_true(find_value(status, "Pid", pid, sizeof(pid)));
	assert_value(status, "NSsid", pid);
	assert_value(status, "NSpgid", pid);
	free(status);
}

static void a_limit_above_the_hard_one_is_the_hard_one(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", "ulimit -Sn; ulimit -Hn");
	struct rlimit lim, old;
	char want[128];

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	lim = old;
	lim.rlim_cur = 200;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
	w->config.nofile = UINT64_MAX;
	world__start(w);
	run_whole(w, &h, no_env, "", 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	snprintf(want, sizeof(want), "fdscoped: hook h: %llu\nfdscoped: hook h: %llu\n",
		 (unsigned long long)lim.rlim_max, (unsigned long long)lim.rlim_max);
	assert_string_equal(world__log(w), want);
}

static void it_is_another_user_entirely(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", "exec cat /proc/self/status >$DIR/own/status");
	char own[128], dir[128];
	const char *env[] = {dir, NULL};
	char *status;
	size_t sz;

	if (geteuid() != 0) {
		print_message("only root can become another user\n");
		skip();
	}
	h.uid = NOBODY;
	h.gid = NOBODY - 1;
	snprintf(dir, sizeof(dir), "DIR=%s", w->dir);
	snprintf(own, sizeof(own), "%s/own", w->dir);
	assert_int_equal(mkdir(own, 0755), 0);
	assert_int_equal(chown(own, NOBODY, NOBODY), 0);
	assert_int_equal(setgroups(2, (gid_t[]){1, 2}), 0);
	world__start(w);
	run_whole(w, &h, env, "", 0);
	status = world__read(w, "own/status", &sz);
	assert_value(status, "Uid", "65534\t65534\t65534\t65534");
	assert_value(status, "Gid", "65533\t65533\t65533\t65533");
	assert_value(status, "Groups", "");
	assert_value(status, "CapPrm", "0000000000000000");
	assert_value(status, "CapEff", "0000000000000000");
	assert_value(status, "CapAmb", "0000000000000000");
	free(status);
	/* The daemon is who it was. */
	assert_int_equal(getgroups(0, NULL), 2);
	assert_int_equal(setgroups(0, NULL), 0);
	assert_int_equal(geteuid(), 0);
	assert_int_equal(setuid(0), 0);
}

static void a_start_that_fails_leaves_nothing(void **state)
{
	char *const env[] = {NULL};
	struct spawn s = {.program = "/nonexistent",
			  .env = env,
			  .in = STDIN_FILENO,
			  .out = STDERR_FILENO,
			  .uid = geteuid(),
			  .gid = getegid(),
			  .nofile = 64};
	sigset_t before, after;
	pid_t pid = 4711;

	(void)state;
	sigprocmask(SIG_SETMASK, NULL, &before);
	assert_int_equal(spawn__start(&s, &pid), -ENOENT);
	s.program = "/";
	assert_int_equal(spawn__start(&s, &pid), -EACCES);
	s.program = "/bin/true";
	s.in = 9999;
	assert_int_equal(spawn__start(&s, &pid), -EBADF);
	assert_int_equal(pid, 4711);
	/* Not even a zombie. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	sigprocmask(SIG_SETMASK, NULL, &after);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		assert_int_equal(sigismember(&before, sig), sigismember(&after, sig));
}

/* ---- output ---- */

static void output_is_bounded_and_stops_nobody(void **state)
{
	struct world *w = *state;
	struct hook h =
		world__make_hook(w, "h", "head -c 1000000 /dev/zero | tr '\\0' x; say done; await");

	w->config.output_max = 600;
	world__start(w);
	world__run(w, &h);
	/* Far more than a pipe holds has been written. */
	UNTIL(w, world__count_said(w, "done"));
	world__release(w, 1);
	UNTIL(w, !world__stats(w).running);
	/* Lines of a bounded length. */
	assert_int_equal(world__count_logged(w, "hook h: xxx"), 2);
	assert_int_equal(strspn(strstr(world__log(w), "hook h: x") + 8, "x"), 512);
	assert_int_equal(strspn(strstr(strchr(world__log(w), '\n'), "hook h: x") + 8, "x"), 88);
	assert_int_equal(world__count_logged(w, "hook h: 999400 bytes more of output are not"), 1);
	assert_int_equal(world__count_logged(w, "fdscoped: "), 3);
}

static void no_output_is_wanted_at_all(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", "echo 1; echo 2 >&2"),
		    still = world__make_hook(w, "still", ":");

	w->config.output_max = 0;
	world__start(w);
	run_whole(w, &h, no_env, "", 0);
	assert_string_equal(world__log(w),
			    "fdscoped: hook h: 4 bytes more of output are not shown\n");
	run_whole(w, &still, no_env, "", 0);
	assert_int_equal(world__count_logged(w, "fdscoped: "), 1);
}

/* A reload to less output counts for what runs as well. */
static void a_lower_bound_holds_at_once(void **state)
{
	struct world *w = *state;
	struct hook h =
		world__make_hook(w, "h", "echo 0123456789; say up; await; echo more; seq 20000");
	struct runner_config c;

	world__start(w);
	world__run(w, &h);
	UNTIL(w, world__count_said(w, "up") && world__count_logged(w, "0123456789"));
	c = w->config;
	c.output_max = 5;
	runner__apply_config(w->runner, &c);
	world__release(w, 1);
	UNTIL(w, !world__stats(w).running);
	assert_int_equal(world__count_logged(w, "hook h: 0123456789"), 1);
	assert_int_equal(world__count_logged(w, "more\n"), 0);
	assert_int_equal(world__count_logged(w, "bytes more of output are not shown"), 1);
	assert_int_equal(world__count_logged(w, "fdscoped: "), 2);
}

/* Lines that end nowhere, empty ones, and bytes that a log cannot have. */
static void every_line_is_logged(void **state)
{
	struct world *w = *state;
	struct hook h =
		world__make_hook(w, "h", "printf 'one\\n\\n\\ntwo\\000three\\tx\\033\\nend'");

	world__start(w);
	run_whole(w, &h, no_env, "", 0);
	assert_string_equal(world__log(w), "fdscoped: hook h: one\n"
					   "fdscoped: hook h: two?three?x?\n"
					   "fdscoped: hook h: end\n");
}

/* What one run leaves in the pipe, or does to it, is not the next one's. */
static void output_is_of_one_run_alone(void **state)
{
	struct world *w = *state;
	/* dd sets the flag for whoever has the pipe, and does not take it back. */
	struct hook first = world__make_hook(w, "first",
					     "printf 'half a line'; dd if=/dev/null oflag=nonblock "
					     "status=none");
	struct hook next =
		world__make_hook(w, "next", "grep flags /proc/self/fdinfo/2 >$0.out; echo whole");
	char *flags;
	size_t sz;

	w->config.max_running = 1;
	world__start(w);
	run_whole(w, &first, no_env, "", 0);
	run_whole(w, &next, no_env, "", 0);
	assert_string_equal(world__log(w), "fdscoped: hook first: half a line\n"
					   "fdscoped: hook next: whole\n");
	flags = world__read(w, "next.out", &sz);
	/* A pipe that does not wait loses what does not fit. */
	assert_int_equal(strtoul(flags + strcspn(flags, "0"), NULL, 8) & O_NONBLOCK, 0);
	free(flags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_environment_is_as_given),
		WORLD_TEST(the_input_is_whole),
		WORLD_TEST(nobody_has_to_read_it),
		WORLD_TEST(an_input_is_of_one_run_alone),
		WORLD_TEST(no_descriptor_leaks),
		WORLD_TEST(signals_are_as_if_it_were_the_first),
		WORLD_TEST(it_has_a_place_of_its_own),
		WORLD_TEST(a_limit_above_the_hard_one_is_the_hard_one),
		WORLD_TEST(it_is_another_user_entirely),
		cmocka_unit_test(a_start_that_fails_leaves_nothing),
		WORLD_TEST(output_is_bounded_and_stops_nobody),
		WORLD_TEST(no_output_is_wanted_at_all),
		WORLD_TEST(a_lower_bound_holds_at_once),
		WORLD_TEST(every_line_is_logged),
		WORLD_TEST(output_is_of_one_run_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
