// links: daemon/api/*.c daemon/alert/*.c daemon/detect/*.c daemon/base/*.c daemon/store/*.c daemon/source/syscalls.c daemon/source/kind/*.c daemon/source/procfs*.c tests/unit/daemon/api/[fs]*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Every answer of the real server is what daemon/api/openapi.json says. */
#include "fixture.h"
#include "schema.h"

#include "api/request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check(struct fixture *f, const char *target, const char *path, unsigned status)
{
	json_t *doc = schema__load();
	json_t *value = fixture__get(f, target, status);
	char why[SCHEMA_WHY_SZ];

	assert_non_null(doc);
	if (schema__check_answer(doc, path, status, value, why) < 0)
		fail_msg("%s: %s", target, why);
	json_decref(value);
	json_decref(doc);
}

static void test_lists(void **state)
{
	static const char *const by[] = {
#define X(id, name) name,
		FDS_GROUP_KEYS(X)
#undef X
	};
	static const char *const sort[] = {
#define X(id, name, counting) name,
		FDS_SORT_KEYS(X)
#undef X
	};
	struct fixture *f = *state;

	check(f, "/v1/processes", "/v1/processes", 200);
	for (size_t i = 0; i < FDS_BY_CNT; i++)
		for (size_t k = 0; k < FDS_SORT_CNT; k++) {
			char target[128];

			snprintf(target, sizeof(target), "/v1/processes?by=%s&sort=%s&limit=3",
				 by[i], sort[k]);
			check(f, target, "/v1/processes", 200);
		}
	check(f, "/v1/processes?filter=comm:nobody", "/v1/processes", 200);
	check(f, "/v1/processes?sort=size", "/v1/processes", 400);
	f->refresh_error = -EIO;
	check(f, "/v1/processes", "/v1/processes", 503);
}

static void test_one(void **state)
{
	struct fixture *f = *state;

	check(f, "/v1/processes/1", "/v1/processes/{pid}", 200);
	check(f, "/v1/processes/103", "/v1/processes/{pid}", 200); /* nothing known */
	check(f, "/v1/processes/104", "/v1/processes/{pid}", 200); /* a zombie */
	check(f, "/v1/processes/105", "/v1/processes/{pid}", 200); /* with a thread */
	check(f, "/v1/processes/x", "/v1/processes/{pid}", 400);
	check(f, "/v1/processes/9", "/v1/processes/{pid}", 404);
	f->files_error = -EACCES;
	check(f, "/v1/processes/1", "/v1/processes/{pid}", 200);
	f->files_error = -ESRCH;
	check(f, "/v1/processes/1", "/v1/processes/{pid}", 404);
	f->viewer = (struct viewer){.uid = FIXTURE_UID};
	check(f, "/v1/processes/1", "/v1/processes/{pid}", 403);
}

static void test_files(void **state)
{
	struct fixture *f = *state;

	check(f, "/v1/processes/1/files", "/v1/processes/{pid}/files", 200);
	check(f, "/v1/processes/9/files", "/v1/processes/{pid}/files", 404);
	f->files_error = -EMFILE;
	check(f, "/v1/processes/1/files", "/v1/processes/{pid}/files", 503);
	f->viewer = (struct viewer){.uid = FIXTURE_UID};
	check(f, "/v1/processes/1/files", "/v1/processes/{pid}/files", 403);
}

static void test_host(void **state)
{
	struct fixture *f = *state;

	check(f, "/v1/system", "/v1/system", 200);
	f->ofds = FDS_UNKNOWN;
	check(f, "/v1/system?max_staleness_ms=0", "/v1/system", 200);
	f->viewer = (struct viewer){.uid = 4711}; /* sees nobody: no worst */
	check(f, "/v1/system", "/v1/system", 200);
	f->host_error = -EIO;
	check(f, "/v1/system", "/v1/system", 503);
	check(f, "/v1/status", "/v1/status", 200);
	check(f, "/v1/failures", "/v1/failures", 200);
	check(f, "/v1/failures?limit=x", "/v1/failures", 400);
	check(f, "/v1/hazards", "/v1/hazards", 200);
	check(f, "/v1/hazards?pid=1&limit=1", "/v1/hazards", 200);
	check(f, "/v1/hazards?pid=0", "/v1/hazards", 400);
	check(f, "/v1/incidents?state=firing&limit=3&before=7", "/v1/incidents", 200);
	check(f, "/v1/incidents?state=odd", "/v1/incidents", 400);
	check(f, "/v1/incidents/7", "/v1/incidents/{id}", 404);
	check(f, "/v1/status?verbose=1", "/v1/status", 400);
}

static void test_history(void **state)
{
	struct fixture *f = *state;

	check(f, "/v1/history", "/v1/history", 200);
	check(f, "/v1/history?pid=102", "/v1/history", 200);
	check(f, "/v1/history?pid=104&since=17", "/v1/history", 200); /* a zombie */
	check(f, "/v1/history?unit=x.service", "/v1/history", 200);
	check(f, "/v1/history?unit=y.service", "/v1/history", 404);
	check(f, "/v1/history?pid=9", "/v1/history", 404);
	check(f, "/v1/history?pid=0", "/v1/history", 400);
	check(f, "/v1/history?pid=102&unit=x.service", "/v1/history", 400);
	check(f, "/v1/history?unit=", "/v1/history", 400);
	check(f, "/v1/history?since=-1", "/v1/history", 400);
	f->viewer = (struct viewer){.uid = FIXTURE_UID};
	check(f, "/v1/history", "/v1/history", 200);
	check(f, "/v1/history?pid=102", "/v1/history", 200);
	check(f, "/v1/history?pid=1", "/v1/history", 403);
	check(f, "/v1/history?unit=x.service", "/v1/history", 403);
	f->host_error = -EIO;
	check(f, "/v1/history", "/v1/history", 503);
}

/* Each line of a stream, of each type. */
static void test_events(void **state)
{
	struct fixture *f = *state;
	json_t *doc = schema__load();
	char *text, *line, *rest;
	size_t lines = 0;
	int fd;

	fd = fixture__connect(f);
	fixture__send(fd, "GET /v1/events?types=level,failure,limit,drift,resync,hazard,alert,"
			  "fork,exec,exit "
			  "HTTP/1.0\r\n\r\n");
	text = fixture__read(f, fd, "hello", 2000, NULL);
	rest = strstr(text, "\r\n\r\n");
	assert_non_null(rest);
	free(text);
	for (int type = 0; type < FDS_NEWS_CNT; type++) {
		struct news n = {
			.type = type,
			.time_ns = 5,
			.pid = 102,
			.comm = "caf\xe9",
			.soft = FDS_RLIM_INFINITY,
			.highest = -1,
			.error = EMFILE,
			.syscall_nr = type ? 257 : ~0u,
			.why = "ring buffer full",
			.drift = -3,
			.hazard = f->hazards.list,
		};

		api__publish(f->api, &n);
		n.pid = 0;
		api__publish(f->api, &n);
	}
	text = fixture__read(f, fd, NULL, 300, NULL);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_t *value = json_loads(line, 0, NULL);
		char why[SCHEMA_WHY_SZ];

		if (!value || schema__check(doc, "Event", value, why) < 0)
			fail_msg("%s: %s", line, value ? why : "no JSON");
		json_decref(value);
		lines++;
	}
	assert_true(lines >= 2 * FDS_NEWS_CNT);
	free(text);
	close(fd);
	check(f, "/v1/events?types=noise", "/v1/events", 400);
	json_decref(doc);
}

/* The description names each resource that there is, and no other. */
static void test_host_files(void **state)
{
	struct fixture *f = *state;

	check(f, "/v1/files?limit=1", "/v1/files", 400);
	check(f, "/v1/who?port=443", "/v1/who", 200);
	check(f, "/v1/who?inode=8:1:2", "/v1/who", 200);
	check(f, "/v1/who", "/v1/who", 400);
	check(f, "/v1/who?port=0", "/v1/who", 400);
	check(f, "/v1/who?port=1&deleted=1", "/v1/who", 400);
	check(f, "/v1/who?pid=1&port=1", "/v1/who", 400);
	check(f, "/v1/who?ofd=12", "/v1/who", 400);
}

static void test_paths(void **state)
{
	struct fixture *f = *state;
	json_t *doc = schema__load();
	const char *path;
	json_t *item;
	size_t cnt = 0;

	json_object_foreach (json_object_get(doc, "paths"), path, item) {
		char target[128];
		const char *brace = strchr(path, '{');
		struct answer a;

		if (brace)
			snprintf(target, sizeof(target), "%.*s1%s", (int)(brace - path), path,
				 strchr(brace, '}') + 1);
		else
			snprintf(target, sizeof(target), "%s%s", path,
				 strcmp(path, "/v1/who") ? "" : "?deleted=1");
		a = fixture__ask(f, "HEAD", target);
		/* What acts is there, and does not by a look at it; of incidents there are none. */
		if (json_object_get(item, "post") ? a.status != 405
						  : a.status != 200 && !strstr(path, "{id}"))
			fail_msg("HEAD %s: %u", target, a.status);
		answer__done(&a);
		cnt++;
	}
	assert_int_equal(cnt, 15);
	json_decref(doc);
}

/* The checker itself finds what is wrong. */
static void test_checker(void **state)
{
	json_t *doc = schema__load();
	char why[SCHEMA_WHY_SZ];
	json_t *value;

	(void)state;
	value = json_pack("{s{ssss}}", "error", "code", "internal", "message", "x");
	assert_int_equal(schema__check(doc, "Error", value, why), 0);
	json_object_set_new(json_object_get(value, "error"), "more", json_true());
	assert_int_equal(schema__check(doc, "Error", value, why), -EINVAL);
	assert_string_equal(why, "$.error: 'more' is not described");
	json_object_del(json_object_get(value, "error"), "more");
	json_object_set_new(json_object_get(value, "error"), "code", json_string("odd"));
	assert_int_equal(schema__check(doc, "Error", value, why), -EINVAL);
	json_object_set_new(json_object_get(value, "error"), "code", json_null());
	assert_int_equal(schema__check(doc, "Error", value, why), -EINVAL);
	assert_string_equal(why, "$.error.code: is null");
	json_object_del(json_object_get(value, "error"), "code");
	assert_int_equal(schema__check(doc, "Error", value, why), -EINVAL);
	assert_int_equal(schema__check(doc, "Nothing", value, why), -EINVAL);
	json_decref(value);
	json_decref(doc);
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, fixture__init, fixture__done)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checker), WITH_SERVER(test_lists),
		WITH_SERVER(test_one),		WITH_SERVER(test_files),
		WITH_SERVER(test_host_files),	WITH_SERVER(test_host),
		WITH_SERVER(test_events),	WITH_SERVER(test_paths),
		WITH_SERVER(test_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
