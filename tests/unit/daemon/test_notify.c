// links: daemon/notify.c daemon/base/reserve.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* What the service manager is told, and how often: over a real socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/reserve.h"
#include "notify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define START_NS 1234567890123ull

static char dir[32];
static int manager_fd;

static int setup(void **state)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};

	(void)state;
	strcpy(dir, "/tmp/fdscope-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/notify", dir);
	setenv("NOTIFY_SOCKET", sa.sun_path, 1);
	manager_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return bind(manager_fd, (struct sockaddr *)&sa, sizeof(sa));
}

static int teardown(void **state)
{
	(void)state;
	unlink(getenv("NOTIFY_SOCKET"));
	close(manager_fd);
	return rmdir(dir);
}

/* The next message; "" if there is none. */
static const char *told(void)
{
	static char buf[512];
	ssize_t len = recv(manager_fd, buf, sizeof(buf) - 1, MSG_DONTWAIT);

	buf[len > 0 ? len : 0] = '\0';
	return buf;
}

static void test_lines(void **state)
{
	struct notify_facts facts = {.tier = "procfs", .processes = 1};
	struct notify n = {};

	(void)state;
	notify__ready(&n, &facts, START_NS);
	assert_string_equal(told(), "READY=1\nSTATUS=tier procfs, 1 process");
	facts.processes = 250;
	assert_false(notify__refresh(&n, &facts, START_NS + NOTIFY_INTERVAL_NS - 1));
	assert_string_equal(told(), "");
	assert_true(notify__refresh(&n, &facts, START_NS + NOTIFY_INTERVAL_NS));
	assert_string_equal(told(), "STATUS=tier procfs, 250 processes");
	assert_false(notify__refresh(&n, &facts, START_NS + 3 * NOTIFY_INTERVAL_NS));
	assert_string_equal(told(), ""); /* no news */
	facts.processes = 251;
	assert_true(notify__refresh(&n, &facts, START_NS + 3 * NOTIFY_INTERVAL_NS));
	assert_string_equal(told(), "STATUS=tier procfs, 251 processes");
	facts.warn = 1;
	assert_true(notify__refresh(&n, &facts, START_NS + 4 * NOTIFY_INTERVAL_NS));
	assert_string_equal(told(), "STATUS=tier procfs, 251 processes, 1 alert");
	facts.critical = 2;
	assert_true(notify__refresh(&n, &facts, START_NS + 5 * NOTIFY_INTERVAL_NS));
	assert_string_equal(told(), "STATUS=tier procfs, 251 processes, 3 alerts (2 critical)");
}

static void await_ping(sd_event *event)
{
	for (int i = 0; i < 1000; i++) {
		const char *text;

		assert_true(sd_event_run(event, 100000) >= 0);
		text = told();
		if (*text) {
			assert_string_equal(text, "WATCHDOG=1");
			return;
		}
	}
	fail_msg("no ping");
}

/* Also when there is no descriptor left for it. */
static void test_watchdog(void **state)
{
	struct rlimit old, none;
	sd_event *event;
	char pid[16];

	(void)state;
	assert_true(sd_event_new(&event) >= 0);
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(notify__start_watchdog(event), 0);
	assert_int_equal(sd_event_run(event, 0), 0); /* there is none */
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("WATCHDOG_PID", pid, 1);
	setenv("WATCHDOG_USEC", "30000", 1);
	assert_int_equal(notify__start_watchdog(event), 0);
	await_ping(event);
	await_ping(event);
	reserve__take();
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = (struct rlimit){64, old.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	while (dup(manager_fd) >= 0)
		;
	await_ping(event);
	await_ping(event);
	setrlimit(RLIMIT_NOFILE, &old);
	unsetenv("WATCHDOG_USEC");
	sd_event_unref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_lines, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watchdog, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
