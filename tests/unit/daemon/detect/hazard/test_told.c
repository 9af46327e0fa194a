// links: daemon/detect/hazard/told.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The forms in which programs are told of descriptors, and numbers that are something else. */
#include "detect/hazard/told.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PID 4711

struct sample {
	const char *text;    /* arguments with blanks between, or one variable */
	unsigned int yes[3]; /* told; 0 ends */
	unsigned int no[3];  /* not told */
};

/* Words of a command line as the kernel keeps them. */
static size_t split(const char *text, char *block)
{
	size_t len = strlen(text) + 1;

	memcpy(block, text, len);
	for (size_t i = 0; i < len; i++)
		if (block[i] == ' ')
			block[i] = '\0';
	return len;
}

static void check(const struct sample *s, const struct told *t)
{
	for (size_t i = 0; i < 3 && s->yes[i]; i++)
		if (!told__names(t, s->yes[i]))
			fail_msg("'%s' does not tell of %u", s->text, s->yes[i]);
	for (size_t i = 0; i < 3 && s->no[i]; i++)
		if (told__names(t, s->no[i]))
			fail_msg("'%s' tells of %u", s->text, s->no[i]);
}

static void arguments(void **state)
{
	static const struct sample samples[] = {
		{"cat /dev/fd/5", {5}, {3, 50}},
		{"cat /proc/self/fd/12", {12}, {1, 2}},
		{"cat /proc/4711/fd/6", {6}, {4711}},
		{"diff /dev/fd/63 /dev/fd/62", {63, 62}, {6}},
		{"sh -c cat<&5</dev/fd/7", {7}, {}},
		{"prog --fd=5", {5}, {}},
		{"prog -fd5", {5}, {55}},
		{"prog --fd 5", {5}, {}},
		{"prog fd:5", {5}, {}},
		{"qemu -netdev tap,fd=23,vhostfd=24", {23, 24}, {2, 3}},
		{"qemu -netdev tap,fds=5:6", {5, 6}, {}},
		{"dpkg --status-fd 14 --configure", {14}, {4}},
		{"gpg --status-fd=3 --command-fd=4", {3, 4}, {34}},
		{"Xwayland :0 -listenfd 4 -wm 9 -displayfd 6", {4, 9, 6}, {}},
		{"bwrap --args 10 --seccomp 11 true", {10, 11}, {}},
		{"python3 -c from_x_import_main;main(5,6)", {5, 6}, {}},
		{"python3 -c spawn_main(tracker_fd=5,pipe_handle=7)", {5, 7}, {}},
		{"chrome --shared-files=v8_context_snapshot_data:100", {100}, {8, 10}},
		{"dbus-daemon --print-address=5 --nofork", {5}, {}},
		{"make --jobserver-auth=3,4 sub", {3, 4}, {5}},
		{"helper 7", {7}, {}},
		{"systemd --deserialize 24", {24, 3}, {}},
		{"systemd-executor --deserialize=57", {57, 3}, {}},
		/* Not a descriptor. */
		{"sleep 3", {}, {3}},
		{"/bin/sleep 5", {}, {5}},
		{"head -n 5 file", {}, {5}},
		{"timeout 5 prog", {}, {5}},
		{"prog -5", {}, {5}},
		{"prog file-5 v1.5 5.4", {}, {5, 4, 1}},
		{"prog 127.0.0.5", {}, {5}},
		{"prog /srv/5/x /srv/5", {}, {5}},
		{"prog 5k 5s 5%", {}, {5}},
		{"prog x5 5x a_5", {}, {5}},
		{"prog 50 15 2025-05-05", {}, {5}},
		{"5", {}, {5}},
		{"prog --jobserver-auth=fifo:/tmp/GMfifo5", {}, {5}},
		{"prog /dev/fd/", {}, {3}},
		{"prog 99999999999999999999993", {}, {3}},
	};
	char block[256];

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct told t = {.args = block, .args_sz = split(samples[i].text, block)};

		check(&samples[i], &t);
	}
}

static void variables(void **state)
{
	static const struct sample samples[] = {
		{"MAKEFLAGS=w -j2 --jobserver-auth=3,4 -- A=1", {3, 4}, {2, 1}},
		{"MAKEFLAGS= -j --jobserver-fds=5,6", {5, 6}, {}},
		{"MAKEFLAGS= -j4 --jobserver-auth=fifo:/tmp/GMfifo5", {}, {5, 4}},
		{"CARGO_MAKEFLAGS=-j --jobserver-fds=8,9 --jobserver-auth=8,9", {8, 9}, {}},
		{"NGINX=6;7;", {6, 7}, {67}},
		{"NODE_CHANNEL_FD=3", {3}, {4}},
		{"WAYLAND_SOCKET=11", {11}, {1}},
		{"_LIBCONTAINER_INITPIPE=3", {3}, {}},
		{"_OCI_SYNCPIPE=4", {4}, {}},
		{"_FUSE_COMMFD=5", {5}, {}},
		{"GUNICORN_FD=5,6", {5, 6}, {}},
		{"EINHORN_FDS=5 6", {5, 6}, {}},
		{"PUMA_INHERIT_0=5:tcp://0.0.0.0:80", {5}, {}},
		{"SERVER_STARTER_PORT=127.0.0.1:80=4;/run/s=5", {4, 5}, {127}},
		{"BASH_XTRACEFD=19", {19}, {}},
		{"my_fd=5", {5}, {}},
		{"OUTPUT=/dev/fd/8", {8}, {}},
		{"OPTS=a,fd=9", {9}, {}},
		/* Not a descriptor. */
		{"SHLVL=3", {}, {3}},
		{"XDG_SESSION_ID=5", {}, {5}},
		{"LINES=24", {}, {24}},
		{"SSH_AUTH_SOCK=/tmp/ssh-5/agent.5", {}, {5}},
		{"NOTIFY_SOCKET=/run/5/notify", {}, {5}},
		{"SSH_CONNECTION=10.0.0.5 5 10.0.0.3 22", {}, {5, 22}},
		{"LISTEN_FDS=5", {}, {3, 5}},
		{"FD", {}, {3}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct told t = {
			.args = "prog",
			.args_sz = sizeof("prog"),
			.env = samples[i].text,
			.env_sz = strlen(samples[i].text) + 1,
		};

		check(&samples[i], &t);
	}
}

static bool is_listened(const char *env, size_t env_sz, unsigned int fd)
{
	struct told t = {.env = env, .env_sz = env_sz, .pid = PID};

	return told__names(&t, fd);
}

#define LISTENED(env, fd) is_listened(env, sizeof(env), fd)

static void systemd_says_how_many(void **state)
{
	(void)state;
	assert_true(LISTENED("LISTEN_PID=4711\0LISTEN_FDS=2", 3));
	assert_true(LISTENED("LISTEN_FDS=2\0A=b\0LISTEN_PID=4711", 4));
	assert_false(LISTENED("LISTEN_PID=4711\0LISTEN_FDS=2", 5));
	assert_false(LISTENED("LISTEN_PID=4711\0LISTEN_FDS=2", 2));
	/* It is meant for another. */
	assert_false(LISTENED("LISTEN_PID=4712\0LISTEN_FDS=2", 3));
	assert_false(LISTENED("LISTEN_FDS=2", 3));
	assert_false(LISTENED("LISTEN_PID=4711", 3));
	assert_false(LISTENED("LISTEN_PID=4711\0LISTEN_FDS=all", 3));
	assert_false(LISTENED("LISTEN_PID=4711\0LISTEN_FDS=", 3));
}

static void what_is_cut_is_left_out(void **state)
{
	struct told t = {.args = "prog\0/dev/fd/51", .args_sz = sizeof("prog\0/dev/fd/5") - 1};

	(void)state;
	/* "/dev/fd/5", and who knows what came then. */
	assert_false(told__names(&t, 5));
	t.args_sz = sizeof("prog\0/dev/fd/51");
	assert_true(told__names(&t, 51));
	t = (struct told){.env = "X_FD=7", .env_sz = strlen("X_FD=7")};
	assert_false(told__names(&t, 7));
	t = (struct told){};
	assert_false(told__names(&t, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments),
		cmocka_unit_test(variables),
		cmocka_unit_test(systemd_says_how_many),
		cmocka_unit_test(what_is_cut_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
