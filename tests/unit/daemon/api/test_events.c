// links: daemon/api/*.c daemon/alert/*.c daemon/detect/*.c daemon/base/*.c daemon/store/*.c daemon/source/syscalls.c daemon/source/kind/*.c daemon/source/procfs*.c tests/unit/daemon/api/[fs]*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* /v1/events: who gets what, and what happens to those who do not read. */
#include "fixture.h"

#include "api/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_to(struct fixture *f, const char *query, const char *version)
{
	char request[256];
	char *text;
	int fd = fixture__connect(f);

	snprintf(request, sizeof(request), "GET /v1/events%s %s\r\nHost: x\r\n\r\n", query,
		 version);
	fixture__send(fd, request);
	text = fixture__read(f, fd, "\"tier\":\"syscall\"}\n", 2000, NULL);
	assert_non_null(strstr(text, "200 OK"));
	assert_non_null(strstr(text, "\"type\":\"hello\""));
	free(text);
	fixture__run(f, 5);
	return fd;
}

static struct news news(enum fds_news type, uint32_t pid, uint32_t uid)
{
	struct news n = {.type = type, .time_ns = 1, .pid = pid, .uid = uid, .euid = uid};

	snprintf(n.comm, sizeof(n.comm), "p%u", pid);
	n.why = "because";
	return n;
}

static void publish(struct fixture *f, struct news n)
{
	api__publish(f->api, &n);
}

static size_t count(const char *text, const char *what)
{
	size_t cnt = 0;

	for (; (text = strstr(text, what)); text += strlen(what))
		cnt++;
	return cnt;
}

static void test_types(void **state)
{
	struct fixture *f = *state;
	int dflt = listen_to(f, "", "HTTP/1.0");
	int some = listen_to(f, "?types=fork,exit", "HTTP/1.0");
	char *text;

	for (int type = 0; type < FDS_NEWS_CNT; type++) {
		struct news n = news(type, 100 + type, 0);

		n.hazard = f->hazards.list;
		publish(f, n);
	}
	text = fixture__read(f, dflt, NULL, 100, NULL);
	assert_int_equal(count(text, "\n"), 7);
	assert_non_null(strstr(text, "\"type\":\"level\""));
	assert_non_null(strstr(text, "\"type\":\"hazard\",\"pid\":105,\"comm\":\"p105\","
				     "\"hazard\":{\"pid\":1,"));
	assert_null(strstr(text, "fork"));
	free(text);
	text = fixture__read(f, some, NULL, 100, NULL);
	assert_int_equal(count(text, "\n"), 2);
	assert_non_null(
		strstr(text, "\"type\":\"fork\",\"pid\":107,\"comm\":\"p107\",\"child\":0}\n"));
	assert_non_null(strstr(text, "\"type\":\"exit\""));
	free(text);
	close(dflt);
	close(some);
}

/* Chunked for those who speak HTTP/1.1. */
static void test_chunked(void **state)
{
	struct fixture *f = *state;
	int fd = listen_to(f, "?types=exec", "HTTP/1.1");
	char *text;

	publish(f, news(FDS_NEWS_EXEC, 5, 0));
	text = fixture__read(f, fd, "}\n", 1000, NULL);
	assert_non_null(
		strstr(text, "{\"time_ns\":1,\"type\":\"exec\",\"pid\":5,\"comm\":\"p5\"}\n"));
	free(text);
	close(fd);
}

static void test_wanted(void **state)
{
	struct fixture *f = *state;
	unsigned calls;
	int a, b;

	assert_int_equal(f->news_wanted, 0);
	a = listen_to(f, "?types=fork,exec", "HTTP/1.0");
	assert_int_equal(f->news_wanted, 1 << FDS_NEWS_FORK | 1 << FDS_NEWS_EXEC);
	b = listen_to(f, "?types=level,exec", "HTTP/1.0");
	assert_int_equal(f->news_wanted,
			 1 << FDS_NEWS_FORK | 1 << FDS_NEWS_EXEC | 1 << FDS_NEWS_LEVEL);
	calls = f->news_wanted_calls;
	close(listen_to(f, "?types=level", "HTTP/1.0"));
	assert_int_equal(f->news_wanted_calls, calls);
	close(a);
	/* the next line that cannot be written shows that it is gone */
	publish(f, news(FDS_NEWS_FORK, 1, 0));
	fixture__run(f, 20);
	assert_int_equal(f->news_wanted, 1 << FDS_NEWS_EXEC | 1 << FDS_NEWS_LEVEL);
	close(b);
}

static void test_viewer(void **state)
{
	struct fixture *f = *state;
	struct news n = news(FDS_NEWS_LEVEL, 9, FIXTURE_UID);
	char *text;
	int fd;

	f->viewer = (struct viewer){.uid = FIXTURE_UID};
	fd = listen_to(f, "", "HTTP/1.0");
	publish(f, news(FDS_NEWS_LEVEL, 7, 0));
	publish(f, news(FDS_NEWS_LEVEL, 8, FIXTURE_UID));
	n.euid = 0; /* a set-user-ID program of the same user */
	publish(f, n);
	publish(f, news(FDS_NEWS_RESYNC, 0, 0)); /* of nobody: for all */
	text = fixture__read(f, fd, NULL, 100, NULL);
	assert_int_equal(count(text, "\n"), 2);
	assert_non_null(strstr(text, "\"pid\":8"));
	assert_non_null(
		strstr(text, "\"type\":\"resync\",\"pid\":null,\"comm\":null,\"why\":\"because\""));
	free(text);
	close(fd);
}

static uint64_t stub_describe(const struct fds_failure *f, void (*fn)(void *ctx, const char *place),
			      void *ctx)
{
	for (uint32_t i = 0; i < f->ev.stack_cnt; i++)
		fn(ctx, "/bin/x+0x1f");
	return 0x1234;
}

static int stub_identify_failed(void *ctx, const struct fds_failure *f, struct identity **ret)
{
	(void)ctx;
	if (!f->ppid)
		return -ENOMEM;
	*ret = calloc(1, sizeof(**ret));
	(*ret)->exe = strdup("/bin/x");
	(*ret)->unit = strdup("x.service");
	return 0;
}

/* Who failed is told to those who may see it, the stack to those who see all. */
static void test_failure(void **state)
{
	struct fixture *f = *state;
	struct fds_failure failure = {.ev.stack_cnt = 2, .ppid = 3};
	struct news n = news(FDS_NEWS_FAILURE, 8, FIXTURE_UID);
	int all = listen_to(f, "", "HTTP/1.0"), own;
	char *text;

	f->viewer = (struct viewer){.uid = FIXTURE_UID};
	own = listen_to(f, "", "HTTP/1.0");
	f->backend.describe_stack = stub_describe;
	f->backend.identify_failed = stub_identify_failed;
	n.failure = &failure;
	publish(f, n);
	text = fixture__read(f, all, "}\n", 1000, NULL);
	assert_non_null(strstr(text, "\"ppid\":3,\"exe\":\"/bin/x\",\"unit\":\"x.service\","
				     "\"cgroup\":null,\"container\":null,"));
	assert_non_null(strstr(text, "\"stack\":[\"/bin/x+0x1f\",\"/bin/x+0x1f\"],"
				     "\"stack_id\":\"0000000000001234\"}"));
	free(text);
	text = fixture__read(f, own, "}\n", 1000, NULL);
	assert_non_null(strstr(text, "\"exe\":\"/bin/x\""));
	assert_non_null(strstr(text, "\"stack\":[],\"stack_id\":null}"));
	free(text);
	failure.ppid = 0; /* no memory for it: the line comes all the same */
	publish(f, n);
	text = fixture__read(f, all, "}\n", 1000, NULL);
	assert_non_null(strstr(text, "\"ppid\":null,\"exe\":null,\"unit\":null,"));
	free(text);
	close(all);
	close(own);
}

/* Lines are dropped, memory stays, and the reader is told; what it gets are whole lines. */
static void test_backlog(void **state)
{
	struct fixture *f = *state;
	int small = 4096, lazy, eager;
	struct answer a;
	char *text, *line, *rest;
	size_t lines = 0, resyncs = 0;

	lazy = listen_to(f, "?types=fork", "HTTP/1.0");
	eager = listen_to(f, "?types=fork", "HTTP/1.0");
	setsockopt(lazy, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < 20000; i++) {
		publish(f, news(FDS_NEWS_FORK, 100 + i, 0));
		if (i % 16 == 0) {
			sd_event_run(f->event, 0);
			sd_event_run(f->event, 0);
			sd_event_run(f->event, 0);
			free(fixture__read(f, eager, "\n", 10, NULL));
		}
	}
	a = fixture__ask(f, "GET", "/v1/status");
	assert_int_equal(a.status, 200);
	answer__done(&a);
	text = fixture__read(f, lazy, NULL, 200, NULL);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *value = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		if (!value)
			fail_msg("no whole line: %s", line);
		lines++;
		if (!strcmp(json_string_value(json_object_get(value, "type")), "resync")) {
			resyncs++;
			assert_memory_equal(json_string_value(json_object_get(value, "why")),
					    "backlog: ", 9);
		}
		json_decref(value);
	}
	assert_in_range(resyncs, 1, 20000);
	assert_in_range(lines, 20, 19999);
	free(text);
	/* once it reads again it gets all again */
	publish(f, news(FDS_NEWS_FORK, 77777, 0));
	text = fixture__read(f, lazy, "77777", 1000, NULL);
	assert_non_null(strstr(text, "77777"));
	free(text);
	close(lazy);
	close(eager);
}

static void test_heartbeat(void **state)
{
	struct fixture *f = *state;
	char *text;
	int fd;

	f->api->heartbeat_us = 50000;
	fd = listen_to(f, "", "HTTP/1.0");
	text = fixture__read(f, fd, NULL, 400, NULL);
	assert_in_range(strlen(text), 3, 12);
	assert_int_equal(strspn(text, "\n"), strlen(text));
	free(text);
	close(fd);
	fixture__run(f, 200); /* a heartbeat finds that the peer is gone */
	assert_int_equal(f->api->stream_cnt, 0);
	assert_int_equal(client__count(f->api), 0);
}

/* A peer that goes is noticed at once; one that only ends its own side still listens. */
static void test_hangup(void **state)
{
	struct fixture *f = *state;
	int a = listen_to(f, "", "HTTP/1.0"), b = listen_to(f, "", "HTTP/1.1");
	char *text;

	close(a);
	shutdown(b, SHUT_WR);
	fixture__run(f, 30);
	assert_int_equal(f->api->stream_cnt, 1);
	publish(f, news(FDS_NEWS_LEVEL, 7, 0));
	text = fixture__read(f, b, "}\n", 1000, NULL);
	assert_non_null(strstr(text, "level"));
	free(text);
	close(b);
	fixture__run(f, 30);
	assert_int_equal(f->api->stream_cnt, 0);
	assert_int_equal(client__count(f->api), 0);
	assert_int_equal(f->news_wanted, 0);
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	struct answer a;
	int fds[8];

	f->viewer = (struct viewer){.uid = FIXTURE_UID};
	for (int i = 0; i < 2; i++)
		fds[i] = listen_to(f, "", "HTTP/1.0");
	a = fixture__ask(f, "GET", "/v1/events"); /* a quarter of 8 is for one user */
	assert_int_equal(a.status, 429);
	assert_non_null(strstr(a.body, "too_many"));
	answer__done(&a);
	f->viewer.all = true;
	for (int i = 2; i < 8; i++)
		fds[i] = listen_to(f, "", "HTTP/1.0");
	a = fixture__ask(f, "GET", "/v1/events");
	assert_int_equal(a.status, 429);
	answer__done(&a);
	for (int i = 0; i < 8; i++)
		close(fds[i]);
	publish(f, news(FDS_NEWS_RESYNC, 0, 0));
	fixture__run(f, 20);
	assert_int_equal(f->api->stream_cnt, 0);
	close(listen_to(f, "", "HTTP/1.0"));
}

/* Streams outlive the idle timeout; those that do not read what waits do not. */
static void test_timeouts(void **state)
{
	struct fixture *f = *state;
	struct api_config config = f->config;
	int fd, stuck, small = 4096;

	config.idle_timeout_us = 100000;
	config.max_stream_backlog = 1 << 16;
	fixture__restart(f, &config);
	fd = listen_to(f, "?types=fork", "HTTP/1.0");
	stuck = listen_to(f, "?types=exec", "HTTP/1.0");
	setsockopt(stuck, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	for (int i = 0; i < 20000; i++) {
		publish(f, news(FDS_NEWS_EXEC, 1, 0));
		if (i % 16 == 0)
			sd_event_run(f->event, 0);
	}
	fixture__run(f, 900);
	assert_int_equal(f->api->stream_cnt, 1);
	assert_false(fixture__is_closed(f, fd, 10));
	assert_true(fixture__is_closed(f, stuck, 100));
	close(fd);
	close(stuck);
}

/* Clients that are there, reading or suspended, when the server goes. */
static void test_free_while_streaming(void **state)
{
	struct fixture *f = *state;
	struct api_config config = f->config;
	int a = listen_to(f, "", "HTTP/1.0"), b = listen_to(f, "", "HTTP/1.1");
	int idle = fixture__connect(f);

	publish(f, news(FDS_NEWS_LEVEL, 7, 0));
	fixture__send(idle, "GET /v1/st");
	fixture__run(f, 5);
	publish(f, news(FDS_NEWS_LEVEL, 8, 0));
	fixture__restart(f, &config);
	assert_true(fixture__is_closed(f, a, 1000));
	assert_true(fixture__is_closed(f, b, 1000));
	assert_true(fixture__is_closed(f, idle, 1000));
	close(a);
	close(b);
	close(idle);
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, fixture__init, fixture__done)
	const struct CMUnitTest tests[] = {
		WITH_SERVER(test_types),     WITH_SERVER(test_chunked),
		WITH_SERVER(test_wanted),    WITH_SERVER(test_viewer),
		WITH_SERVER(test_failure),   WITH_SERVER(test_backlog),
		WITH_SERVER(test_heartbeat), WITH_SERVER(test_limits),
		WITH_SERVER(test_timeouts),  WITH_SERVER(test_free_while_streaming),
		WITH_SERVER(test_hangup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
