// links: daemon/alert/runner.c daemon/alert/spawn.c daemon/alert/hook.c daemon/base/*.c tests/unit/daemon/alert/runner_fixture.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The runner: how many hooks run, wait and are dropped, how they end, and that nothing is left. */
#include "runner_fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define MINUTE_NS (60 * NSEC_PER_SEC)

/* Says its name, waits to be let go on, and ends. */
#define WAITS "say $0; await"

/* ---- how many ---- */

static void so_many_run_at_a_time(void **state)
{
	struct world *w = *state;
	struct hook h[5];

	w->config.max_running = 2;
	world__start(w);
	for (size_t i = 0; i < CNT_OF(h); i++) {
		char name[8];

		snprintf(name, sizeof(name), "h%zu", i);
		h[i] = world__make_hook(w, name, "say ${0##*/}; await");
		assert_int_equal(world__run(w, &h[i]), 0);
	}
	/* What a run needs has been copied. */
	memset(h, 'x', sizeof(h));
	UNTIL(w, world__count_said(w, "h0") && world__count_said(w, "h1"));
	assert_int_equal(world__stats(w).running, 2);
	assert_int_equal(world__stats(w).queued, 3);
	assert_int_equal(world__stats(w).started, 2);
	/* Who waited longest comes first. */
	world__release(w, 1);
	UNTIL(w, world__count_said(w, "h2"));
	assert_int_equal(world__stats(w).started, 3);
	assert_int_equal(world__stats(w).running, 2);
	world__release(w, 1);
	UNTIL(w, world__count_said(w, "h3"));
	world__release(w, 3);
	UNTIL(w, world__count_said(w, "h4"));
	UNTIL(w, !world__stats(w).running);
	assert_int_equal(world__stats(w).started, 5);
	assert_int_equal(world__stats(w).queued, 0);
	assert_int_equal(world__stats(w).nonzero, 0);
	assert_int_equal(world__stats(w).dropped_queue, 0);
}

static void a_full_queue_drops_and_counts(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", WAITS);

	w->config.max_running = 1;
	w->config.max_queued = 2;
	world__start(w);
	for (int i = 0; i < 3; i++)
		assert_int_equal(world__run(w, &h), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(world__run(w, &h), -ENOBUFS);
	assert_int_equal(world__stats(w).dropped_queue, 4);
	assert_int_equal(world__stats(w).dropped_rate, 0);
	assert_int_equal(world__stats(w).queued, 2);
	/* Told once in a minute, not for each. */
	assert_int_equal(world__count_logged(w, "hooks are dropped"), 1);
	world__advance(61 * NSEC_PER_SEC);
	assert_int_equal(world__run(w, &h), -ENOBUFS);
	assert_int_equal(world__count_logged(w, "hooks are dropped: more than hooks-queued wait"),
			 2);
	/* A place is free again when one has gone. */
	world__release(w, 1);
	UNTIL(w, world__stats(w).started == 2);
	assert_int_equal(world__run(w, &h), 0);
	assert_int_equal(world__run(w, &h), -ENOBUFS);
}

static void without_a_queue_only_free_places_count(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", WAITS);

	w->config.max_running = 1;
	w->config.max_queued = 0;
	world__start(w);
	assert_int_equal(world__run(w, &h), 0);
	assert_int_equal(world__run(w, &h), -ENOBUFS);
	assert_int_equal(world__stats(w).started, 1);
}

static void so_many_are_started_in_a_minute(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", "");

	w->config.rate_per_min = 3;
	world__start(w);
	for (int i = 0; i < 3; i++)
		assert_int_equal(world__run(w, &h), 0);
	assert_int_equal(world__run(w, &h), -ENOBUFS);
	assert_int_equal(world__stats(w).dropped_rate, 1);
	assert_int_equal(world__stats(w).dropped_queue, 0);
	/* One in 20 s. */
	world__advance(20 * NSEC_PER_SEC - NSEC_PER_MSEC);
	assert_int_equal(world__run(w, &h), -ENOBUFS);
	world__advance(2 * NSEC_PER_MSEC);
	assert_int_equal(world__run(w, &h), 0);
	assert_int_equal(world__run(w, &h), -ENOBUFS);
	/* A quiet day is not saved up. */
	world__advance(24 * HOUR_NS);
	for (int i = 0; i < 3; i++)
		assert_int_equal(world__run(w, &h), 0);
	assert_int_equal(world__run(w, &h), -ENOBUFS);
	assert_int_equal(world__stats(w).dropped_rate, 4);
}

/* What the queue refuses has not been started, and must not count against what may be. */
static void what_is_dropped_costs_no_start(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", WAITS);

	w->config.max_running = 1;
	w->config.max_queued = 0;
	w->config.rate_per_min = 3;
	world__start(w);
	assert_int_equal(world__run(w, &h), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(world__run(w, &h), -ENOBUFS);
	world__release(w, 1);
	UNTIL(w, !world__stats(w).running);
	assert_int_equal(world__run(w, &h), 0);
	assert_int_equal(world__stats(w).dropped_queue, 10);
	assert_int_equal(world__stats(w).dropped_rate, 0);
}

static void a_reload_leaves_what_waits(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", "say up; await; say done");
	struct runner_config c;

	w->config.max_running = 1;
	w->config.rate_per_min = 4;
	world__start(w);
	for (int i = 0; i < 4; i++)
		assert_int_equal(world__run(w, &h), 0);
	c = w->config;
	c.max_running = 64;
	c.max_queued = 0;
	c.rate_per_min = 1000;
	runner__apply_config(w->runner, &c);
	/* Neither another place nor one in the queue; nor are starts given away for a new rate. */
	assert_int_equal(world__run(w, &h), -ENOBUFS);
	assert_int_equal(world__stats(w).running, 1);
	assert_int_equal(world__stats(w).queued, 3);
	world__release(w, 4);
	UNTIL(w, world__count_said(w, "done") == 4);
	UNTIL(w, !world__stats(w).running);
	assert_int_equal(world__stats(w).started, 4);
}

/* ---- what cannot be started ---- */

static void what_cannot_be_started_is_counted_and_said(void **state)
{
	struct world *w = *state;
	struct hook none = world__make_hook(w, "none", ""),
		    plain = world__make_hook(w, "plain", "");
	struct hook folder = world__make_hook(w, "folder", ""),
		    open = world__make_hook(w, "open", "");
	struct hook lost = world__make_hook(w, "lost", ""), no_text = world__make_hook(w, "no", "");
	struct hook fine = world__make_hook(w, "fine", "say fine");
	const struct hook *all[] = {&none, &plain, &folder, &open, &lost, &no_text};
	FILE *f;

	unlink(none.program);
	chmod(plain.program, 0644);
	unlink(folder.program);
	mkdir(folder.program, 0755);
	chmod(open.program, 0777);
	f = fopen(lost.program, "we");
	fputs("#!/nonexistent/interpreter\n", f);
	fclose(f);
	f = fopen(no_text.program, "we");
	fputc('\0', f);
	fclose(f);
	w->config.max_running = 1;
	world__start(w);
	for (size_t i = 0; i < CNT_OF(all); i++) {
		assert_int_equal(world__run(w, all[i]), 0);
		assert_int_equal(world__stats(w).failed, i + 1);
		assert_int_equal(world__stats(w).running, 0);
		assert_int_equal(world__stats(w).queued, 0);
	}
	assert_int_equal(world__stats(w).started, 0);
	assert_int_equal(world__count_logged(w, "hook none: cannot be run: "), 1);
	assert_int_equal(world__count_logged(w, "/none: No such file or directory"), 1);
	assert_int_equal(world__count_logged(w, "/plain may not be executed by user me"), 1);
	assert_int_equal(world__count_logged(w, "/folder is no regular file"), 1);
	assert_int_equal(world__count_logged(w, "/open is writable by others"), 1);
	assert_int_equal(world__count_logged(w, "/lost: No such file or directory"), 1);
	assert_int_equal(world__count_logged(w, "/no: Exec format error"), 1);
	assert_int_equal(world__run(w, &fine), 0);
	UNTIL(w, world__count_said(w, "fine"));
}

/* The place that one of them was to have goes to the next at once. */
static void what_cannot_be_started_keeps_nobody_waiting(void **state)
{
	struct world *w = *state;
	struct hook first = world__make_hook(w, "first", WAITS);
	struct hook none = world__make_hook(w, "none", "");
	struct hook next = world__make_hook(w, "next", WAITS);

	unlink(none.program);
	w->config.max_running = 1;
	world__start(w);
	world__run(w, &first);
	world__run(w, &none);
	world__run(w, &none);
	world__run(w, &next);
	world__release(w, 1);
	UNTIL(w, world__stats(w).failed);
	assert_int_equal(world__stats(w).failed, 2);
	assert_int_equal(world__stats(w).started, 2);
	assert_int_equal(world__stats(w).queued, 0);
}

/* ---- how they end ---- */

static void bad_ends_are_counted_and_said(void **state)
{
	struct world *w = *state;
	struct hook good = world__make_hook(w, "good", "exit 0");
	struct hook bad = world__make_hook(w, "bad", "exit 7");
	struct hook dies = world__make_hook(w, "dies", "kill -KILL $$");
	struct hook odd = world__make_hook(w, "odd", "kill -40 $$");

	world__start(w);
	world__run(w, &good);
	UNTIL(w, !world__stats(w).running);
	assert_int_equal(world__stats(w).nonzero, 0);
	world__run(w, &bad);
	world__run(w, &dies);
	world__run(w, &odd);
	UNTIL(w, !world__stats(w).running);
	assert_int_equal(world__stats(w).nonzero, 3);
	assert_int_equal(world__stats(w).timeouts, 0);
	assert_int_equal(world__stats(w).failed, 0);
	assert_int_equal(world__count_logged(w, "hook good"), 0);
	assert_int_equal(world__count_logged(w, "hook bad: exit status 7\n"), 1);
	assert_int_equal(world__count_logged(w, "hook dies: died of SIGKILL\n"), 1);
	/* One without a name. */
	assert_int_equal(world__count_logged(w, "hook odd: died of signal 40\n"), 1);
}

static void a_timeout_ends_the_whole_group(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(
		w, "h",
		"sleep 10000 & say child $!; (sleep 10000 & say grandchild $!; wait) & wait");
	pid_t child, grandchild;

	h.timeout_ns = MINUTE_NS;
	world__start(w);
	world__run(w, &h);
	UNTIL(w, (child = world__said_pid(w, "child")) &&
			 (grandchild = world__said_pid(w, "grandchild")));
	world__turn(w);
	assert_int_equal(world__stats(w).timeouts, 0);
	assert_int_equal(world__stats(w).running, 1);
	world__advance(h.timeout_ns);
	UNTIL(w, !world__stats(w).running);
	UNTIL(w, world__is_gone(child) && world__is_gone(grandchild));
	assert_int_equal(world__stats(w).timeouts, 1);
	/* Told as what it is, and not as an end by SIGTERM too. */
	assert_int_equal(world__stats(w).nonzero, 0);
	assert_int_equal(world__count_logged(w, "hook h: took too long and is ended"), 1);
	assert_int_equal(world__count_logged(w, "hook h"), 1);
}

static void who_ignores_the_end_is_killed(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(
		w, "h",
		"trap 'say asked' TERM\n"
		"(trap 'say child asked' TERM; say up; while :; do sleep 0.05; done) & say child $!\n"
		"say self $$; while :; do sleep 0.05; done");
	pid_t child, self;

	h.timeout_ns = MINUTE_NS;
	world__start(w);
	world__run(w, &h);
	UNTIL(w, (child = world__said_pid(w, "child")) && (self = world__said_pid(w, "self")) &&
			 world__count_said(w, "up"));
	world__advance(h.timeout_ns);
	/* All of the group are asked; and they have their time to end by themselves. */
	UNTIL(w, world__count_said(w, "asked") && world__count_said(w, "child asked"));
	world__advance(RUNNER_GRACE_NS / 2);
	for (int i = 0; i < 5; i++)
		world__turn(w);
	assert_int_equal(world__stats(w).running, 1);
	assert_false(world__is_gone(self));
	assert_false(world__is_gone(child));
	world__advance(RUNNER_GRACE_NS);
	UNTIL(w, !world__stats(w).running);
	UNTIL(w, world__is_gone(self) && world__is_gone(child));
	assert_int_equal(world__stats(w).timeouts, 1);
}

/* What happened to one run in a place is not held against the next in it. */
static void after_a_timeout_all_is_as_before(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", "say up; await; exit 3");

	h.timeout_ns = MINUTE_NS;
	w->config.max_running = 1;
	world__start(w);
	world__run(w, &h);
	UNTIL(w, world__count_said(w, "up"));
	world__advance(h.timeout_ns);
	UNTIL(w, !world__stats(w).running);
	world__run(w, &h);
	world__release(w, 1);
	UNTIL(w, !world__stats(w).running);
	assert_int_equal(world__stats(w).timeouts, 1);
	assert_int_equal(world__stats(w).nonzero, 1);
	world__run(w, &h);
	UNTIL(w, world__count_said(w, "up") == 3);
	world__advance(h.timeout_ns);
	UNTIL(w, !world__stats(w).running);
	assert_int_equal(world__stats(w).timeouts, 2);
	assert_int_equal(world__stats(w).nonzero, 1);
}

static void the_time_of_one_run_is_not_the_next_ones(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", WAITS);

	h.timeout_ns = 60 * MINUTE_NS;
	w->config.max_running = 1;
	world__start(w);
	world__run(w, &h);
	world__run(w, &h);
	world__advance(40 * MINUTE_NS);
	world__release(w, 1);
	UNTIL(w, world__stats(w).started == 2);
	/* In all 80 min, but 40 for the second. */
	world__advance(40 * MINUTE_NS);
	world__turn(w);
	world__release(w, 1);
	UNTIL(w, !world__stats(w).running);
	assert_int_equal(world__stats(w).timeouts, 0);
	/* Nor does it go off for what is gone. */
	world__advance(HOUR_NS);
	world__turn(w);
	assert_int_equal(world__stats(w).timeouts, 0);
}

/* Beside it, in sessions of their own, and in ones that nobody waits for. */
#define LEAVES                                                                                     \
	"sleep 10000 & say beside $!\n"                                                            \
	"setsid sh -c 'echo apart $$ >$SAID; exec sleep 10000' &\n"                                \
	"(setsid sh -c 'trap \"\" TERM HUP; sleep 10000 & echo lost $$ >$SAID; wait' &)\n"         \
	"(setsid sh -c 'setsid sh -c \"echo deep \\$\\$ >$SAID; exec sleep 10000\" & wait' &)\n"

static bool have_left(struct world *w, pid_t *pids)
{
	static const char *const names[] = {"beside", "apart", "lost", "deep"};

	for (size_t i = 0; i < CNT_OF(names); i++)
		if (!(pids[i] = world__said_pid(w, names[i])))
			return false;
	return true;
}

static bool are_gone(const pid_t *pids)
{
	for (int i = 0; i < 4; i++)
		if (!world__is_gone(pids[i]))
			return false;
	return true;
}

static void nothing_of_a_hook_is_left(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", LEAVES "await");
	pid_t pids[4];

	world__start(w);
	world__run(w, &h);
	UNTIL(w, have_left(w, pids));
	world__release(w, 1);
	UNTIL(w, !world__stats(w).running);
	UNTIL(w, are_gone(pids));
	assert_int_equal(world__stats(w).nonzero, 0);
}

/* One hook's end is no reason to end what another has started. */
static void what_still_runs_is_left_alone(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", "sleep 10000 & say child $!; await; say on");
	struct hook other = world__make_hook(w, "other", "");
	pid_t child;

	world__start(w);
	world__run(w, &h);
	UNTIL(w, (child = world__said_pid(w, "child")));
	world__run(w, &other);
	UNTIL(w, world__stats(w).running == 1);
	world__advance(NSEC_PER_SEC);
	for (int i = 0; i < 3; i++)
		world__turn(w);
	assert_false(world__is_gone(child));
	world__release(w, 1);
	UNTIL(w, world__count_said(w, "on"));
}

static void its_end_is_the_end_of_all(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", "trap '' TERM\n" LEAVES "say self $$; await");
	pid_t pids[4], self;

	w->config.max_running = 1;
	world__start(w);
	for (int i = 0; i < 3; i++)
		world__run(w, &h);
	UNTIL(w, have_left(w, pids) && (self = world__said_pid(w, "self")));
	runner__free(w->runner);
	w->runner = NULL;
	assert_true(world__is_gone(self));
	assert_true(are_gone(pids));
	runner__free(NULL);
}

/* Those who are not privileged can open no file then, unless spare ones are given up. */
static void spare_files_are_given_up_while_hooks_run(void **state)
{
	struct world *w = *state;
	unsigned int before = world__count_open("/dev/null");
	struct hook h = world__make_hook(w, "h", WAITS), none = world__make_hook(w, "none", "");
	unsigned int spare;

	unlink(none.program);
	world__start(w);
	spare = world__count_open("/dev/null") - before;
	assert_in_range(spare, 1, RUNNER_SPARE_CNT);
	world__run(w, &h);
	assert_int_equal(world__count_open("/dev/null"), before + spare);
	runner__set_scarce(w->runner, true);
	world__run(w, &h);
	assert_int_equal(world__count_open("/dev/null"), before);
	/* Not yet taken back. */
	world__advance(NSEC_PER_SEC);
	for (int i = 0; i < 5; i++)
		world__turn(w);
	assert_int_equal(world__count_open("/dev/null"), before);
	world__release(w, 2);
	UNTIL(w, !world__stats(w).running);
	UNTIL(w, world__count_open("/dev/null") == before + spare);
	world__run(w, &none);
	UNTIL(w, world__count_open("/dev/null") == before + spare);
	runner__free(w->runner);
	w->runner = NULL;
	assert_int_equal(world__count_open("/dev/null"), before);
}

/* ---- what a hook may do to what it was given ---- */

#define FILL_SZ (1000 * 1024) /* of 1 MiB, which everybody may make a pipe to hold by default */

/* As a hook, in this program: it says all at once. */
static int fill_output(void)
{
	static char bytes[FILL_SZ];

	for (size_t i = 0; i < FILL_SZ; i++)
		bytes[i] = i % 64 == 63 ? '\n' : 'x';
	if (fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 1 << 20) < 0)
		return 77;
	return write(STDOUT_FILENO, bytes, FILL_SZ) == FILL_SZ ? 0 : 1;
}

static void the_next_output_is_its_own(void **state)
{
	struct world *w = *state;
	struct hook next = world__make_hook(w, "next", "echo mine; await"), fills;
	char self[PATH_MAX] = "", script[PATH_MAX + 32];
	siginfo_t info;

	assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(script, sizeof(script), "exec %s fill", self);
	fills = world__make_hook(w, "fills", script);
	w->config.max_running = 1;
	world__start(w);
	world__run(w, &fills);
	world__run(w, &next);
	/* Nothing is read from it before its end. */
	assert_int_equal(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	if (info.si_status == 77) {
		print_message("no pipe of 1 MiB is allowed\n");
		skip();
	}
	assert_int_equal(info.si_status, 0);
	UNTIL(w, world__count_logged(w, "hook next: "));
	world__release(w, 1);
	UNTIL(w, !world__stats(w).running && !world__stats(w).queued);
	assert_int_equal(world__count_logged(w, "hook next: "), 1);
	assert_int_equal(world__count_logged(w, "hook next: mine"), 1);
}

#define INPUT "{\"what\": \"it is told\"}"
/* More than the input, beside a word of whether that was possible. */
#define GROWS                                                                                      \
	"cat >${0%/*}/read\n"                                                                      \
	"if head -c 300000 /dev/zero 2>/dev/null >>/proc/self/fd/0; then say grown; "              \
	"else say sealed; fi\n"                                                                    \
	"await"

static void run_with_input(struct world *w, const struct hook *h)
{
	char said[96], go[96];
	const char *env[] = {said, go, NULL};

	snprintf(said, sizeof(said), "SAID=%s", w->said_path);
	snprintf(go, sizeof(go), "GO=%s", w->go_path);
	assert_int_equal(runner__run(w->runner, h, env, INPUT, strlen(INPUT)), 0);
}

/* The memory of all inputs that we hold. */
static off_t sum_inputs(void)
{
	off_t sum = 0;

	for (int fd = 0; fd < 1024; fd++) {
		char path[32], link[64];
		struct stat st;
		ssize_t len;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, link, sizeof(link) - 1);
		link[len > 0 ? len : 0] = '\0';
		if (strstr(link, "memfd:fdscope-hook") && !fstat(fd, &st))
			sum += st.st_blocks * 512;
	}
	return sum;
}

static void check_input(const struct world *w)
{
	size_t sz;
	char *text = world__read(w, "read", &sz);

	assert_string_equal(text, INPUT);
	free(text);
}

static void nobody_fills_our_memory_through_the_input(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", GROWS);

	w->config.max_running = 1;
	world__start(w);
	for (unsigned int i = 1; i <= 2; i++) {
		run_with_input(w, &h);
		UNTIL(w, world__count_said(w, "sealed") == i);
		assert_in_range(sum_inputs(), 1, 65536);
		world__release(w, 1);
		UNTIL(w, !world__stats(w).running);
		assert_int_equal(sum_inputs(), 0);
		check_input(w);
	}
	assert_int_equal(world__count_said(w, "grown"), 0);
}

/* Where there is no descriptor for another the input is what was there before, and not sealed. */
static void without_descriptors_it_is_emptied_after(void **state)
{
	struct world *w = *state;
	struct hook h = world__make_hook(w, "h", GROWS);
	struct rlimit old, lim;
	int free_fd;

	w->config.max_running = 1;
	world__start(w);
	/* After a run that had one: what that had is of no use any more. */
	run_with_input(w, &h);
	UNTIL(w, world__count_said(w, "sealed"));
	world__release(w, 1);
	UNTIL(w, !world__stats(w).running);
	free_fd = dup(STDERR_FILENO);
	close(free_fd);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	lim = (struct rlimit){free_fd, old.rlim_max};
	for (unsigned int i = 1; i <= 2; i++) {
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &lim), 0);
		run_with_input(w, &h);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
		UNTIL(w, world__count_said(w, "grown") == i);
		assert_true(sum_inputs() >= 300000);
		world__release(w, 1);
		UNTIL(w, !world__stats(w).running);
		assert_int_equal(sum_inputs(), 0);
		check_input(w);
	}
	assert_int_equal(world__stats(w).failed, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(so_many_run_at_a_time),
		WORLD_TEST(a_full_queue_drops_and_counts),
		WORLD_TEST(without_a_queue_only_free_places_count),
		WORLD_TEST(so_many_are_started_in_a_minute),
		WORLD_TEST(what_is_dropped_costs_no_start),
		WORLD_TEST(a_reload_leaves_what_waits),
		WORLD_TEST(what_cannot_be_started_is_counted_and_said),
		WORLD_TEST(what_cannot_be_started_keeps_nobody_waiting),
		WORLD_TEST(bad_ends_are_counted_and_said),
		WORLD_TEST(a_timeout_ends_the_whole_group),
		WORLD_TEST(who_ignores_the_end_is_killed),
		WORLD_TEST(after_a_timeout_all_is_as_before),
		WORLD_TEST(the_time_of_one_run_is_not_the_next_ones),
		WORLD_TEST(nothing_of_a_hook_is_left),
		WORLD_TEST(what_still_runs_is_left_alone),
		WORLD_TEST(its_end_is_the_end_of_all),
		WORLD_TEST(spare_files_are_given_up_while_hooks_run),
		WORLD_TEST(the_next_output_is_its_own),
		WORLD_TEST(nobody_fills_our_memory_through_the_input),
		WORLD_TEST(without_descriptors_it_is_emptied_after),
	};

	if (argc == 2 && !strcmp(argv[1], "fill"))
		return fill_output();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
