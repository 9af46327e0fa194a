// links: daemon/api/*.c daemon/alert/*.c daemon/detect/*.c daemon/base/*.c daemon/store/*.c daemon/source/syscalls.c daemon/source/kind/*.c daemon/source/procfs*.c tests/unit/daemon/api/[fs]*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Questions right and wrong, and what a viewer without privilege gets to see. */
#include "fixture.h"

#include "api/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct viewer user = {.uid = FIXTURE_UID};

static void expect_error(struct fixture *f, const char *target, unsigned status, const char *code,
			 const char *part)
{
	json_t *value = fixture__get(f, target, status);
	const json_t *error = json_object_get(value, "error");
	const char *message = json_string_value(json_object_get(error, "message"));

	assert_string_equal(json_string_value(json_object_get(error, "code")), code);
	if (!strstr(message, part))
		fail_msg("%s: '%s' says nothing of '%s'", target, message, part);
	json_decref(value);
}

static json_int_t number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	assert_true(json_is_integer(v));
	return json_integer_value(v);
}

static void test_bad_requests(void **state)
{
	static const struct {
		const char *target, *part;
	} bad[] = {
		{"/v1/processes?colour=red", "'colour'; allowed: sort, limit, by, filter, max_st"},
		{"/v1/processes?sort=size", "'size' for 'sort'; allowed: allocated, used, highest"},
		{"/v1/processes?sort=", "allowed: allocated"},
		{"/v1/processes?sort", "allowed: allocated"},
		{"/v1/processes?by=colour", "process, exe, user, unit, cgroup, container"},
		{"/v1/processes?limit=-1", "'-1' for 'limit'"},
		{"/v1/processes?limit=1e3", "'1e3' for 'limit'"},
		{"/v1/processes?limit=99999999999999999999",
		 "for 'limit'; allowed: a number up to"},
		{"/v1/processes?limit=", "'' for 'limit'"},
		{"/v1/processes?limit=1%00", "NUL"},
		{"/v1/processes?limit=1&limit=2", "'limit' is given twice"},
		{"/v1/processes?filter=comm", "KEY:GLOB"},
		{"/v1/processes?filter=colour:red", "KEY:GLOB"},
		{"/v1/processes?filter=comm:*a*b*c*d*e*f*g*h*i", "8 stars"},
		{"/v1/processes?max_staleness_ms=x", "max_staleness_ms"},
		{"/v1/processes?a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=1&k=1&l=1&m=1&n=1&o=1&p=1&q=1",
		 "too many parameters"},
		{"/v1/status?x=1", "'x'; allowed: none"},
		{"/v1/processes/abc", "'abc' is not a process number"},
		{"/v1/processes/-1", "'-1' is not"},
		{"/v1/processes/1x/files", "'1x' is not"},
		{"/v1/events?types=level,", "allowed: level, failure"},
		{"/v1/events?types=loud", "'loud' for 'types'"},
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_error(f, bad[i].target, 400, "bad_request", bad[i].part);
}

static void test_not_found(void **state)
{
	static const char *const targets[] = {
		"/",
		"/v1",
		"/v1/",
		"/v1/processes/",
		"/v1/processes/1/",
		"/v1/processes//files",
		"/v1/processes/1/files/0",
		"/v2/status",
		"/v1/status/",
		"/METRICS",
		"/v1/%ff",
		"/v1/processes/4294967296",
		"/v1/processes/99999999999999999999999",
		"/v1/processes/0",
	};
	struct fixture *f = *state;
	char huge[1024] = "/v1/";

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		expect_error(f, targets[i], 404, "not_found", "there is no");
	memset(huge + 4, 'x', sizeof(huge) - 5);
	expect_error(f, huge, 404, "not_found", "there is no resource");
}

static void test_methods(void **state)
{
	static const char *const methods[] = {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW"};
	struct fixture *f = *state;
	struct answer a, head;

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		a = fixture__ask(f, methods[i], "/v1/status");
		assert_int_equal(a.status, 405);
		assert_non_null(strstr(a.head, "\r\nAllow: GET, HEAD\r\n"));
		assert_non_null(strstr(a.body, "method_not_allowed"));
		answer__done(&a);
	}
	a = fixture__ask(f, "GET", "/v1/processes");
	head = fixture__ask(f, "HEAD", "/v1/processes");
	assert_int_equal(head.status, 200);
	assert_int_equal(head.body_len, 0);
	assert_non_null(strstr(head.head, "\r\nContent-Type: application/json\r\n"));
	/* the same length as GET tells */
	assert_string_equal(strtok(strstr(a.head, "Content-Length"), "\r"),
			    strtok(strstr(head.head, "Content-Length"), "\r"));
	answer__done(&a);
	answer__done(&head);
	head = fixture__ask(f, "HEAD", "/v1/events");
	assert_int_equal(head.status, 200);
	assert_int_equal(f->api->stream_cnt, 0);
	answer__done(&head);
}

/* A body with a GET is read and thrown away; a long one is not read. */
static void test_bodies(void **state)
{
	struct fixture *f = *state;
	char *text, *piece;
	int fd;

	fd = fixture__connect(f);
	fixture__send(fd, "POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
			  "GET /v1/system HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	text = fixture__read(f, fd, NULL, 2000, NULL);
	assert_non_null(strstr(text, "405"));
	assert_non_null(strstr(text, "nr_open")); /* the second one was understood */
	free(text);
	close(fd);

	fd = fixture__connect(f);
	fixture__send(fd,
		      "POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n");
	piece = calloc(1, 4097);
	memset(piece, 'x', 4096);
	for (int i = 0; i < 32; i++) {
		if (send(fd, piece, 4096, MSG_NOSIGNAL) < 0)
			break;
		fixture__run(f, 2);
	}
	assert_true(fixture__is_closed(f, fd, 2000));
	free(piece);
	close(fd);
}

static void test_ranking(void **state)
{
	struct fixture *f = *state;
	json_t *value = fixture__get(f, "/v1/processes?limit=2", 200);
	const json_t *rows = json_object_get(value, "processes");

	assert_int_equal(number(value, "total"), 6);
	assert_int_equal(number(value, "generated_ns"), 7777777777);
	assert_int_equal(json_array_size(rows), 2);
	assert_int_equal(number(json_array_get(rows, 0), "pid"), 102);
	assert_int_equal(number(json_array_get(rows, 0), "allocated"), 700);
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "comm")),
			    "caf\\xe9 \\xff");
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 1), "comm")),
			    "q\"\\\n\x01");
	json_decref(value);

	value = fixture__get(f, "/v1/processes?sort=opens", 200);
	rows = json_object_get(value, "processes");
	assert_int_equal(json_array_size(rows), 6);
	assert_int_equal(number(json_array_get(rows, 5), "pid"), 104); /* null comes last */
	assert_true(json_is_null(json_object_get(json_array_get(rows, 5), "opens")));
	json_decref(value);

	value = fixture__get(f, "/v1/processes?by=exe", 200);
	rows = json_object_get(value, "groups");
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "key")),
			    "/usr/bin/even");
	json_decref(value);

	value = fixture__get(f, "/v1/processes?filter=exe:*%2Fodd", 200);
	assert_int_equal(number(value, "total"), 3);
	json_decref(value);
}

static void test_sheet(void **state)
{
	struct fixture *f = *state;
	json_t *value = fixture__get(f, "/v1/processes/1", 200);
	const json_t *kinds = json_object_get(value, "kinds");

	assert_int_equal(number(kinds, "pipe"), 1);
	assert_int_equal(number(kinds, "file"), 2);
	assert_int_equal(number(value, "ofds"), 2);
	assert_int_equal(number(value, "shared_ofds"), 1);
	json_decref(value);

	value = fixture__get(f, "/v1/processes/105", 200);
	kinds = json_array_get(json_object_get(value, "threads_with_own_table"), 0);
	assert_int_equal(number(kinds, "tid"), 1050);
	assert_int_equal(number(kinds, "allocated"), 6);
	json_decref(value);
}

static void test_shared_table(void **state)
{
	struct fixture *f = *state;
	struct fds_task_rec recs[] = {
		fixture__task(201, 0, 10),
		fixture__task(202, 0, 10),
		fixture__task(203, FIXTURE_UID, 10),
		fixture__task(204, FIXTURE_UID, 10),
	};
	json_t *value;

	for (size_t i = 1; i < 4; i++)
		recs[i].files = recs[0].files;
	fixture__fill(f, recs, 4);
	value = fixture__get(f, "/v1/processes/203", 200);
	assert_int_equal(json_array_size(json_object_get(value, "table_users")), 3);
	json_decref(value);
	f->viewer = user;
	value = fixture__get(f, "/v1/processes/203", 200);
	assert_int_equal(json_array_size(json_object_get(value, "table_users")), 1);
	assert_int_equal(number(json_array_get(json_object_get(value, "table_users"), 0), "pid"),
			 204);
	json_decref(value);
}

static void test_unprivileged(void **state)
{
	struct fixture *f = *state;
	const json_t *rows;
	struct answer a;
	json_t *value;

	f->viewer = user;
	value = fixture__get(f, "/v1/processes", 200);
	assert_int_equal(number(value, "total"), 3);
	json_decref(value);
	value = fixture__get(f, "/v1/processes?by=user", 200);
	assert_int_equal(number(value, "total"), 1);
	json_decref(value);
	expect_error(f, "/v1/processes/1", 403, "forbidden", "not yours");
	expect_error(f, "/v1/processes/1/files", 403, "forbidden", "not yours");
	expect_error(f, "/v1/processes/999", 404, "not_found", "999");

	/* of the two holders, only its own */
	value = fixture__get(f, "/v1/processes/102/files", 200);
	rows = json_object_get(json_array_get(json_object_get(value, "files"), 0), "shared_with");
	assert_int_equal(json_array_size(rows), 1);
	assert_int_equal(number(json_array_get(rows, 0), "pid"), 102);
	json_decref(value);

	/* sums of the host are for all, a name of a process is not */
	value = fixture__get(f, "/v1/system", 200);
	assert_int_equal(number(value, "processes"), 5);
	assert_int_equal(number(json_object_get(value, "worst"), "pid"), 102);
	/* what a user has is that user's */
	rows = json_object_get(value, "users");
	assert_int_equal(json_array_size(rows), 1);
	assert_int_equal(number(json_array_get(rows, 0), "uid"), FIXTURE_UID);
	assert_int_equal(number(json_array_get(rows, 0), "epoll_watches"), 3);
	assert_int_equal(number(json_object_get(value, "user_limits"), "pipe_pages"), 16384);
	json_decref(value);
	a = fixture__ask(f, "GET", "/metrics");
	assert_non_null(strstr(a.body, "{pid=\"102\""));
	assert_null(strstr(a.body, "{pid=\"1\""));
	answer__done(&a);

	/* real uid alone is not enough: a set-user-ID program */
	f->viewer = (struct viewer){.uid = 0};
	value = fixture__get(f, "/v1/processes", 200);
	assert_int_equal(number(value, "total"), 2);
	json_decref(value);
}

static void test_staleness(void **state)
{
	struct fixture *f = *state;

	json_decref(fixture__get(f, "/v1/processes", 200));
	assert_int_equal(f->asked_age_ns, 100000000);
	json_decref(fixture__get(f, "/v1/processes?max_staleness_ms=0", 200));
	assert_int_equal(f->asked_age_ns, 0);
	f->viewer = user;
	json_decref(fixture__get(f, "/v1/processes?max_staleness_ms=0", 200));
	assert_int_equal(f->asked_age_ns, 100000000);
	json_decref(fixture__get(f, "/v1/system?max_staleness_ms=2000", 200));
	assert_int_equal(f->asked_age_ns, 2000000000);
}

/* Each line is a comment or NAME{LABELS} VALUE, families are not mixed, the end is marked. */
static void test_metrics(void **state)
{
	struct fixture *f = *state;
	struct answer a = fixture__ask(f, "GET", "/metrics");
	char family[128] = "", *line, *rest;
	struct news n = {.type = FDS_NEWS_FAILURE,
			 .pid = 1,
			 .error = EMFILE,
			 .held_back = 4,
			 .cause = FDS_CAUSE_NOFILE};

	assert_non_null(strstr(a.head, "application/openmetrics-text; version=1.0.0"));
	assert_non_null(
		strstr(a.body, "\nfdscope_process_fds_allocated{pid=\"1\",comm=\"q\\\"\\\\\\n"));
	assert_non_null(strstr(a.body, "comm=\"caf\\\\xe9 \\\\xff\"} 700\n"));
	assert_non_null(strstr(a.body, "\nfdscope_snapshot_cost_seconds 0.001500000\n"));
	assert_non_null(strstr(a.body, "\nfdscope_alerts_firing{severity=\"critical\"} 2\n"));
	assert_non_null(strstr(a.body, "\nfdscope_hooks_dropped_total 3\n"));
	assert_non_null(strstr(a.body, "\nfdscope_hazards_total{kind=\"epoll-fork\"} 1\n"));
	assert_non_null(strstr(a.body, "\nfdscope_hazards_total{kind=\"exec-leak\"} 0\n"));
	assert_non_null(strstr(a.body, "\nfdscope_hazards_watched{kind=\"epoll-fork\"} 1\n"));
	assert_non_null(strstr(a.body, "\nfdscope_hazards_watched{kind=\"epoll-stale\"} 0\n"));
	assert_non_null(strstr(a.body, "\nfdscope_archive_available 1\n"));
	assert_null(strstr(a.body, "file_max")); /* unlimited */
	assert_string_equal(a.body + a.body_len - 6, "# EOF\n");
	for (line = strtok_r(a.body, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (!strcmp(line, "# EOF"))
			break;
		if (sscanf(line, "# TYPE %127s", family) == 1 || line[0] == '#')
			continue;
		assert_memory_equal(line, family, strlen(family));
		assert_non_null(strrchr(line, ' '));
	}
	answer__done(&a);
	api__publish(f->api, &n);
	a = fixture__ask(f, "GET", "/metrics");
	assert_non_null(strstr(a.body, "\nfdscope_failures_total{cause=\"nofile\"} 5\n"));
	answer__done(&a);
}

static size_t hazard_cnt(struct fixture *f, const char *target)
{
	json_t *value = fixture__get(f, target, 200);
	size_t cnt = json_array_size(json_object_get(value, "hazards"));

	json_decref(value);
	return cnt;
}

static void test_hazards(void **state)
{
	struct fixture *f = *state;
	json_t *value = fixture__get(f, "/v1/hazards", 200);
	const json_t *rows = json_object_get(value, "hazards"), *row = json_array_get(rows, 1);

	/* Newest first. */
	assert_int_equal(json_array_size(rows), 2);
	assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "kind")),
			    "select-1024");
	assert_true(json_is_null(json_object_get(json_array_get(rows, 0), "fd")));
	assert_string_equal(json_string_value(json_object_get(row, "severity")), "warn");
	assert_string_equal(json_string_value(json_object_get(row, "dev")), "8:1");
	assert_string_equal(json_string_value(json_object_get(row, "ofd")), "0000000000abcdef");
	assert_int_equal(json_array_size(json_object_get(row, "stack")), 2);
	assert_true(json_is_string(json_object_get(row, "stack_id")));
	json_decref(value);
	assert_int_equal(hazard_cnt(f, "/v1/hazards?limit=1"), 1);
	assert_int_equal(hazard_cnt(f, "/v1/hazards?limit=0"), 2);
	/* Whoever stepped into it, or the other one. */
	assert_int_equal(hazard_cnt(f, "/v1/hazards?pid=102"), 1);
	assert_int_equal(hazard_cnt(f, "/v1/hazards?pid=1"), 2);
	assert_int_equal(hazard_cnt(f, "/v1/hazards?pid=9"), 0);
	f->viewer = (struct viewer){.uid = FIXTURE_UID};
	value = fixture__get(f, "/v1/hazards", 200);
	rows = json_object_get(value, "hazards");
	assert_int_equal(json_array_size(rows), 1);
	row = json_array_get(rows, 0);
	assert_int_equal(json_integer_value(json_object_get(row, "pid")), 102);
	/* A stack may hold words of the process's memory. */
	assert_int_equal(json_array_size(json_object_get(row, "stack")), 0);
	assert_true(json_is_null(json_object_get(row, "stack_id")));
	json_decref(value);
	f->viewer.uid = 4711;
	assert_int_equal(hazard_cnt(f, "/v1/hazards"), 0);
	f->viewer.all = true;
	f->backend.hazards = NULL; /* nothing is watched for */
	assert_int_equal(hazard_cnt(f, "/v1/hazards"), 0);
}

static void test_keep_alive(void **state)
{
	struct fixture *f = *state;
	int fd = fixture__connect(f);

	for (int i = 0; i < 200; i++) {
		char *text;

		fixture__send(fd, "GET /v1/system HTTP/1.1\r\nHost: x\r\n\r\n");
		text = fixture__read(f, fd, "}\n", 2000, NULL);
		assert_non_null(strstr(text, "200 OK"));
		free(text);
	}
	assert_int_equal(client__count(f->api), 1);
	close(fd);
	fixture__run(f, 20);
	assert_int_equal(client__count(f->api), 0);
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, fixture__init, fixture__done)
	const struct CMUnitTest tests[] = {
		WITH_SERVER(test_bad_requests), WITH_SERVER(test_not_found),
		WITH_SERVER(test_methods),	WITH_SERVER(test_bodies),
		WITH_SERVER(test_ranking),	WITH_SERVER(test_sheet),
		WITH_SERVER(test_shared_table), WITH_SERVER(test_unprivileged),
		WITH_SERVER(test_staleness),	WITH_SERVER(test_metrics),
		WITH_SERVER(test_hazards),	WITH_SERVER(test_keep_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
