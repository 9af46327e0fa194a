// links: daemon/alert/raise.c daemon/base/*.c daemon/source/procfs*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Raising soft limits: of a real process, and of ones that are gone or no more the same. */
#include "alert/raise.h"

#include "base/log.h"
#include "base/reserve.h"
#include "source/procfs_text.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include <cmocka.h>

#define SOFT	100
#define HARD	1000
#define CEILING 500

struct child {
	struct process p; /* as the store would have it */
	int end;	  /* closed: it ends */
};

static uint64_t start_of(pid_t pid)
{
	char path[64], text[1024];
	struct procfs_stat st;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	assert_true(procfs_text__read(AT_FDCWD, path, text, sizeof(text)) > 0);
	assert_int_equal(procfs_text__parse_stat(text, &st), 0);
	return procfs_stat__start_ns(&st);
}

static int setup(void **state)
{
	struct rlimit lim = {SOFT, HARD};
	struct child *c = calloc(1, sizeof(*c));
	int ends[2];
	pid_t pid;
	char byte;

	log__set_level(LOG_ERR);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(ends[1]);
		(void)!read(ends[0], &byte, 1);
		_exit(0);
	}
	close(ends[0]);
	assert_int_equal(prlimit(pid, RLIMIT_NOFILE, &lim, NULL), 0);
	c->end = ends[1];
	c->p.key = (struct process_key){pid, pid};
	/* The kernel's time is finer than what /proc tells. */
	c->p.start_ns = start_of(pid) + 1234567;
	c->p.soft = SOFT;
	c->p.hard = HARD;
	snprintf(c->p.comm, sizeof(c->p.comm), "child");
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct child *c = *state;

	close(c->end);
	waitpid(c->p.key.pid, NULL, 0);
	free(c);
	return 0;
}

static struct rlimit limits_of(const struct child *c)
{
	struct rlimit lim;

	assert_int_equal(prlimit(c->p.key.pid, RLIMIT_NOFILE, NULL, &lim), 0);
	return lim;
}

static void assert_raises(const struct child *c, uint64_t soft, uint64_t ceiling)
{
	uint64_t old = 0;
	char *why = NULL;
	int err = raise__soft(&c->p, soft, ceiling, &old, &why);

	if (err)
		fail_msg("%d: %s", err, why);
	assert_null(why);
	assert_int_equal(old, c->p.soft);
	assert_int_equal(limits_of(c).rlim_cur, soft);
	assert_int_equal(limits_of(c).rlim_max, c->p.hard);
}

/* Refused, with this sentence, in which %u is the process, and nothing has changed. */
static void assert_refuses(const struct process *p, uint64_t soft, uint64_t ceiling, int want,
			   const char *fmt)
{
	struct rlimit before = {}, after = {};
	uint64_t old = 4711;
	char *why = NULL, text[256];
	bool is_there = !prlimit(p->key.pid, RLIMIT_NOFILE, NULL, &before);

	assert_int_equal(raise__soft(p, soft, ceiling, &old, &why), want);
	snprintf(text, sizeof(text), fmt, p->key.pid);
	assert_non_null(why);
	assert_string_equal(why, text);
	assert_int_equal(old, 4711);
	if (is_there) {
		assert_int_equal(prlimit(p->key.pid, RLIMIT_NOFILE, NULL, &after), 0);
		assert_int_equal(before.rlim_cur, after.rlim_cur);
		assert_int_equal(before.rlim_max, after.rlim_max);
	}
	free(why);
}

static void the_most_is_the_lower_bound(void **state)
{
	struct process p = {.soft = 10, .hard = 100};

	(void)state;
	assert_int_equal(raise__most(&p, 99), 99);
	assert_int_equal(raise__most(&p, 100), 100);
	assert_int_equal(raise__most(&p, 101), 100);
	p.hard = FDS_RLIM_INFINITY;
	assert_int_equal(raise__most(&p, 65536), 65536);
	p.hard = 5; /* not above the soft one: raise__soft() refuses that */
	assert_int_equal(raise__most(&p, 65536), 5);
}

static void it_raises(void **state)
{
	struct child *c = *state;

	assert_raises(c, SOFT + 1, CEILING);
	c->p.soft = SOFT + 1;
	/* Up to both bounds, and each alone. */
	assert_raises(c, CEILING, CEILING);
	c->p.soft = CEILING;
	assert_raises(c, HARD, UINT64_MAX);
}

static void no_raise_is_refused(void **state)
{
	struct child *c = *state;
	struct process *p = &c->p;

	assert_refuses(p, SOFT, CEILING, -EINVAL,
		       "100 is no raise: the soft limit of process %u is 100");
	assert_refuses(p, SOFT - 1, CEILING, -EINVAL,
		       "99 is no raise: the soft limit of process %u is 100");
	assert_refuses(p, 0, CEILING, -EINVAL,
		       "0 is no raise: the soft limit of process %u is 100");
	p->soft = p->hard = FDS_RLIM_INFINITY;
	assert_refuses(p, UINT64_MAX - 1, UINT64_MAX, -EINVAL,
		       "18446744073709551614 is no raise: the soft limit of process %u is "
		       "unlimited");
}

static void what_is_beyond_a_bound_is_refused(void **state)
{
	struct child *c = *state;
	struct process *p = &c->p;

	assert_refuses(p, HARD + 1, 1 << 20, -EINVAL,
		       "1001 is above the hard limit of process %u, 1000");
	assert_refuses(p, UINT64_MAX, UINT64_MAX, -EINVAL,
		       "18446744073709551615 is above the hard limit of process %u, 1000");
	assert_refuses(p, CEILING + 1, CEILING, -EINVAL,
		       "501 is above the ceiling, 500 (fdscope.conf)");
	assert_refuses(p, SOFT + 1, SOFT, -EINVAL, "101 is above the ceiling, 100 (fdscope.conf)");
}

static void limits_that_have_changed_are_left_alone(void **state)
{
	static const char changed[] = "the limits of process %u have just changed";
	struct child *c = *state;
	struct rlimit lim = {SOFT + 1, HARD};

	assert_int_equal(prlimit(c->p.key.pid, RLIMIT_NOFILE, &lim, NULL), 0);
	assert_refuses(&c->p, 300, CEILING, -EAGAIN, changed);
	/* Above what is wanted: it would be lowered. */
	lim.rlim_cur = 400;
	assert_int_equal(prlimit(c->p.key.pid, RLIMIT_NOFILE, &lim, NULL), 0);
	assert_refuses(&c->p, 300, CEILING, -EAGAIN, changed);
	lim = (struct rlimit){SOFT, HARD - 1};
	assert_int_equal(prlimit(c->p.key.pid, RLIMIT_NOFILE, &lim, NULL), 0);
	assert_refuses(&c->p, 300, CEILING, -EAGAIN, changed);
}

static void a_process_that_is_gone_is_not_found(void **state)
{
	struct child *c = *state;
	int status;

	kill(c->p.key.pid, SIGKILL);
	assert_int_equal(waitpid(c->p.key.pid, &status, 0), (pid_t)c->p.key.pid);
	assert_refuses(&c->p, 300, CEILING, -ESRCH, "process %u: No such process");
}

/* The same number and, as most have them, the same limits: told from it by when it started. */
static void another_one_under_its_number_is_left_alone(void **state)
{
	struct child *c = *state;

	c->p.start_ns -= 1000000000;
	assert_refuses(&c->p, 300, CEILING, -ESRCH, "process %u: No such process");
	c->p.start_ns += 2000000000;
	assert_refuses(&c->p, 300, CEILING, -ESRCH, "process %u: No such process");
	c->p.start_ns -= 1000000000;
	assert_raises(c, 300, CEILING);
}

/* It is when descriptors are short that limits are raised: also the daemon's may be. */
static void it_needs_no_descriptor_of_its_own(void **state)
{
	struct child *c = *state;
	struct rlimit old, low;
	int taken[64], cnt = 0, fd;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low = (struct rlimit){64, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	reserve__take();
	while ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		taken[cnt++] = fd;
	assert_int_equal(errno, EMFILE);
	assert_raises(c, 300, CEILING);
	/* What was lent goes back. */
	reserve__take();
	assert_int_equal(open("/dev/null", O_RDONLY), -1);
	while (cnt)
		close(taken[--cnt]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	reserve__lend();
}

static void a_name_does_not_begin_a_line(void **state)
{
	struct child *c = *state;
	int pipe_fds[2], old = dup(STDERR_FILENO);
	char line[512], want[512];
	ssize_t len;

	snprintf(c->p.comm, sizeof(c->p.comm), "a\nb\x1b");
	log__set_level(LOG_NOTICE);
	unsetenv("JOURNAL_STREAM");
	assert_int_equal(pipe2(pipe_fds, O_CLOEXEC), 0);
	dup2(pipe_fds[1], STDERR_FILENO);
	assert_raises(c, 300, CEILING);
	dup2(old, STDERR_FILENO);
	close(old);
	len = read(pipe_fds[0], line, sizeof(line) - 1);
	assert_true(len > 0);
	line[len] = '\0';
	snprintf(want, sizeof(want),
		 "fdscoped: raised the soft limit of a\\x0ab\\x1b[%u] from 100 to 300\n",
		 c->p.key.pid);
	assert_string_equal(line, want);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_most_is_the_lower_bound),
		TEST(it_raises),
		TEST(no_raise_is_refused),
		TEST(what_is_beyond_a_bound_is_refused),
		TEST(limits_that_have_changed_are_left_alone),
		TEST(a_process_that_is_gone_is_not_found),
		TEST(another_one_under_its_number_is_left_alone),
		TEST(it_needs_no_descriptor_of_its_own),
		TEST(a_name_does_not_begin_a_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
