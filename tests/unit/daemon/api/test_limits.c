// links: daemon/api/*.c daemon/alert/*.c daemon/detect/*.c daemon/base/*.c daemon/store/*.c daemon/source/syscalls.c daemon/source/kind/*.c daemon/source/procfs*.c tests/unit/daemon/api/[fs]*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Too many, too slow, too large, too late: nobody but the culprit notices. */
#include "fixture.h"

#include "api/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct viewer user = {.uid = FIXTURE_UID};

static void expect_answer(struct fixture *f)
{
	struct answer a = fixture__ask(f, "GET", "/v1/status");

	assert_int_equal(a.status, 200);
	answer__done(&a);
}

static struct api_config with(struct fixture *f, unsigned clients, unsigned per_user,
			      uint64_t idle_us)
{
	struct api_config config = f->config;

	config.max_clients = clients;
	config.max_clients_per_user = per_user;
	config.idle_timeout_us = idle_us;
	return config;
}

/* Busy: with an answer on its way that it does not read. */
static int connect_busy(struct fixture *f)
{
	int fd = fixture__connect(f);

	fixture__send(fd, "GET /v1/events?types=exit HTTP/1.0\r\n\r\n");
	fixture__run(f, 5);
	return fd;
}

static void test_per_user(void **state)
{
	struct fixture *f = *state;
	struct api_config config = with(f, 64, 2, 10000000);
	struct answer a;
	int fds[2], idle;

	config.max_streams = 16;
	fixture__restart(f, &config);
	f->viewer = user;
	for (int i = 0; i < 2; i++)
		fds[i] = connect_busy(f);
	a = fixture__ask(f, "GET", "/v1/status");
	assert_int_equal(a.status, 503);
	assert_non_null(strstr(a.body, "\"too_many\""));
	answer__done(&a);
	f->viewer.uid++; /* somebody else */
	expect_answer(f);
	f->viewer = (struct viewer){.all = true};
	expect_answer(f);
	close(fds[0]);
	close(fds[1]);
	fixture__run(f, 20);

	/* An idle one has to go for a new one of the same user. */
	f->viewer = user;
	api__publish(f->api, &(struct news){.type = FDS_NEWS_EXIT});
	fixture__run(f, 20);
	idle = fixture__connect(f);
	fds[0] = fixture__connect(f);
	fixture__run(f, 150);
	expect_answer(f);
	assert_true(fixture__is_closed(f, idle, 100));
	assert_false(fixture__is_closed(f, fds[0], 10));
	close(idle);
	close(fds[0]);
}

static void test_total_and_reserve(void **state)
{
	struct fixture *f = *state;
	struct api_config config = with(f, 16, 16, 10000000);
	struct answer a;
	int fds[16];

	config.max_streams = 64;
	fixture__restart(f, &config);
	f->viewer = user;
	for (int i = 0; i < 14; i++)
		fds[i] = connect_busy(f);
	f->viewer.uid++;
	a = fixture__ask(f, "GET", "/v1/status");
	assert_int_equal(a.status, 503);
	answer__done(&a);
	f->viewer.all = true; /* two places are kept */
	fds[14] = connect_busy(f);
	expect_answer(f);
	fds[15] = connect_busy(f);
	a = fixture__ask(f, "GET", "/v1/status");
	assert_int_equal(a.status, 503);
	answer__done(&a);
	assert_int_equal(client__count(f->api), 16);
	for (int i = 0; i < 16; i++)
		close(fds[i]);
}

/* Hundreds of idle connections, more than there are places: a new client gets its answer. */
static void test_idle_crowd(void **state)
{
	struct fixture *f = *state;
	struct api_config config = with(f, 64, 16, 10000000);
	int fds[300];

	fixture__restart(f, &config);
	for (int i = 0; i < 300; i++)
		fds[i] = fixture__connect(f);
	fixture__run(f, 150);
	expect_answer(f);
	assert_in_range(client__count(f->api), 1, 64);
	for (int i = 0; i < 300; i++)
		close(fds[i]);
	fixture__run(f, 50);
	assert_int_equal(client__count(f->api), 0);
}

static void test_timeouts(void **state)
{
	struct fixture *f = *state;
	struct api_config config = with(f, 64, 16, 200000);
	int silent, half, trickle, used;
	char *text;

	fixture__restart(f, &config);
	silent = fixture__connect(f);
	half = fixture__connect(f);
	fixture__send(half, "GET /v1/status HTTP/1.1\r\nHost:");
	trickle = fixture__connect(f);
	fixture__send(trickle, "GET /v1/status HTTP/1.1\r\nX: ");
	used = fixture__connect(f);
	for (int i = 0; i < 20; i++) { /* 1 s altogether */
		send(trickle, "x", 1, MSG_NOSIGNAL);
		fixture__send(used, "GET /v1/system HTTP/1.1\r\nHost: x\r\n\r\n");
		text = fixture__read(f, used, "}\n", 1000, NULL);
		assert_non_null(strstr(text, "200 OK"));
		free(text);
		fixture__run(f, 50);
	}
	assert_int_equal(client__count(f->api), 1);
	assert_true(fixture__is_closed(f, silent, 10));
	assert_true(fixture__is_closed(f, half, 10));
	assert_true(fixture__is_closed(f, trickle, 10));
	close(silent);
	close(half);
	close(trickle);
	close(used);
}

/* Answers too large for the socket that nobody reads: bounded memory, then cut off. */
static void test_unread_answers(void **state)
{
	struct fixture *f = *state;
	struct api_config config = with(f, 64, 16, 200000);
	enum { PROCESSES = 4000, CLIENTS = 20 };
	struct fds_task_rec *recs = calloc(PROCESSES, sizeof(*recs));
	int fds[CLIENTS];

	fixture__restart(f, &config);
	for (int i = 0; i < PROCESSES; i++)
		recs[i] = fixture__task(1000 + i, 0, 10);
	fixture__fill(f, recs, PROCESSES);
	free(recs);
	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = fixture__connect(f);
		fixture__send(fds[i], "GET /v1/processes HTTP/1.1\r\nHost: x\r\n\r\n");
		fixture__run(f, 5);
	}
	assert_in_range(f->api->bodies_sz, 1 << 20, 16 << 20);
	expect_answer(f); /* small ones are never held back */
	fixture__run(f, 1200);
	assert_int_equal(f->api->bodies_sz, 0);
	assert_int_equal(client__count(f->api), 0);
	for (int i = 0; i < CLIENTS; i++)
		close(fds[i]);
	/* and one who reads gets all of it */
	json_decref(fixture__get(f, "/v1/processes", 200));
}

static void test_garbage(void **state)
{
	struct fixture *f = *state;
	char *junk = malloc(1 << 20);
	unsigned seed = 1;

	for (int round = 0; round < 3; round++) {
		size_t sent = 0;
		int fd = fixture__connect(f);

		for (size_t i = 0; i < 1 << 20; i++)
			junk[i] = round == 0   ? (char)(rand_r(&seed) >> 8)
				  : round == 1 ? 'A'
					       : "\r\n"[i & 1];
		if (round == 1)
			memcpy(junk, "GET /v1/status HTTP/1.1\r\nX: ", 28);
		while (sent < 1 << 20) {
			ssize_t n = send(fd, junk + sent, (1 << 20) - sent, MSG_NOSIGNAL);

			if (n < 0 && errno != EAGAIN)
				break;
			sent += n > 0 ? (size_t)n : 0;
			sd_event_run(f->event, 1000);
		}
		if (round < 2)
			assert_true(fixture__is_closed(f, fd, 1000));
		close(fd);
		fixture__run(f, 10);
		expect_answer(f);
	}
	fixture__run(f, 20);
	assert_int_equal(client__count(f->api), 0);
	free(junk);
}

/* Descriptors run out: nobody is left hanging, the loop does not spin, and it goes on after. */
static void test_no_descriptors(void **state)
{
	struct fixture *f = *state;
	struct rlimit old, tight;
	int waiting[4], hogs[1024], cnt = 0;
	uint64_t rounds = 0;
	struct answer a;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	for (int i = 0; i < 4; i++)
		waiting[i] = fixture__connect(f);
	tight = old;
	tight.rlim_cur = 256;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
	while (cnt < 1024 && (hogs[cnt] = open("/dev/null", O_RDONLY)) >= 0)
		cnt++;
	f->viewer = user;
	for (int i = 0; i < 4; i++)
		assert_true(fixture__is_closed(f, waiting[i], 1000));
	assert_int_equal(f->api->refused, 4);
	for (int i = 0; i < 4; i++)
		close(waiting[i]);

	/* Without the spare one as well, the queue waits, quietly. */
	for (int i = 0; i < 4; i++)
		close(hogs[--cnt]);
	for (int i = 0; i < 4; i++)
		waiting[i] = fixture__connect(f);
	close(f->api->spare_fd);
	f->api->spare_fd = -1;
	while (cnt < 1024 && (hogs[cnt] = open("/dev/null", O_RDONLY)) >= 0)
		cnt++;
	for (int i = 0; i < 50; i++)
		rounds += sd_event_run(f->event, 10000) > 0;
	assert_in_range(rounds, 1, 30);
	while (cnt)
		close(hogs[--cnt]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	f->viewer.all = true;
	fixture__run(f, 200);
	assert_int_equal(client__count(f->api), 4);
	for (int i = 0; i < 4; i++)
		close(waiting[i]);
	fixture__run(f, 20);
	assert_true(f->api->spare_fd >= 0);
	a = fixture__ask(f, "GET", "/v1/status");
	assert_int_equal(a.status, 200);
	answer__done(&a);
}

static void test_reload(void **state)
{
	struct fixture *f = *state;
	struct api_config config = with(f, 100000, 1, 10000000);
	uint64_t refused;
	uint32_t clients;
	struct answer a;
	int fd;

	config.socket_path = "/nonexistent";
	api__apply_config(f->api, &config);
	assert_string_equal(f->api->config.socket_path, f->path);
	assert_int_equal(f->api->config.max_clients, API_CLIENTS_MAX);
	f->viewer = user;
	fd = connect_busy(f);
	a = fixture__ask(f, "GET", "/v1/status");
	assert_int_equal(a.status, 503);
	answer__done(&a);
	api__stats(f->api, &clients, &refused);
	assert_int_equal(clients, 1);
	assert_int_equal(refused, 1);
	close(fd);
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, fixture__init, fixture__done)
	const struct CMUnitTest tests[] = {
		WITH_SERVER(test_per_user),	  WITH_SERVER(test_total_and_reserve),
		WITH_SERVER(test_idle_crowd),	  WITH_SERVER(test_timeouts),
		WITH_SERVER(test_unread_answers), WITH_SERVER(test_garbage),
		WITH_SERVER(test_no_descriptors), WITH_SERVER(test_reload),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
