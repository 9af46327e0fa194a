// links: daemon/store/failures.c daemon/store/places.c daemon/base/json.c daemon/base/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The log of refused calls: what is one entry, the order, the bound, stacks, and how it is told. */
#include "store/failures.h"
#include "store/places.h"

#include "records.h"

#include <errno.h>
#include <jansson.h>
#include <utlist.h>

static struct news refused(uint32_t pid, uint64_t time_ns)
{
	struct news n = {.type = FDS_NEWS_FAILURE,
			 .time_ns = time_ns,
			 .pid = pid,
			 .tid = pid,
			 .start_ns = 5,
			 .uid = 1000,
			 .euid = 1000,
			 .allocated = 64,
			 .soft = 64,
			 .error = EMFILE,
			 .cause = FDS_CAUSE_NOFILE,
			 .syscall_nr = 257};

	snprintf(n.comm, sizeof(n.comm), "task-%u", pid);
	return n;
}

static const struct failure *add(struct failure_log *log, struct news n)
{
	return failure_log__apply(log, &n, 0, NULL, 0);
}

static void the_same_call_is_one_entry(void **state)
{
	struct failure_log log = {};
	const struct failure *f = add(&log, refused(1, 100));
	struct news n = refused(1, 200);

	(void)state;
	assert_int_equal(f->cnt, 1);
	n.tid = 7;
	n.uid = 1;
	n.euid = 2;
	n.allocated = 63;
	n.soft = 128;
	n.held_back = 40;
	strcpy(n.comm, "renamed");
	assert_ptr_equal(add(&log, n), f);
	assert_int_equal(log.cnt, 1);
	/* Itself, and those that were not told singly. */
	assert_int_equal(f->cnt, 42);
	/* Since when, and the rest as it was at the last one. */
	assert_int_equal(f->first_ns, 100);
	assert_int_equal(f->last_ns, 200);
	assert_int_equal(f->tid, 7);
	assert_int_equal(f->uid, 1);
	assert_int_equal(f->euid, 2);
	assert_int_equal(f->allocated, 63);
	assert_int_equal(f->soft, 128);
	assert_string_equal(f->comm, "renamed");
	n.held_back = UINT32_MAX;
	add(&log, n);
	assert_true(f->cnt == 43 + UINT64_C(0xffffffff));
	failure_log__done(&log);
}

static void what_differs_is_another_entry(void **state)
{
	struct failure_log log = {};
	struct news n[] = {refused(1, 1), refused(2, 2), refused(1, 3),
			   refused(1, 4), refused(1, 5), refused(1, 6)};

	(void)state;
	n[2].start_ns++; /* another process under the same number */
	n[3].cause = FDS_CAUSE_FILE_MAX;
	n[4].error = ENFILE;
	n[5].syscall_nr = 41;
	for (size_t i = 0; i < CNT_OF(n); i++)
		add(&log, n[i]);
	assert_int_equal(log.cnt, CNT_OF(n));
	failure_log__apply(&log, &n[0], 77, NULL, 0);
	assert_int_equal(log.cnt, CNT_OF(n) + 1);
	failure_log__apply(&log, &n[0], 77, NULL, 0);
	assert_int_equal(log.cnt, CNT_OF(n) + 1);
	failure_log__done(&log);
}

static void the_newest_stands_first(void **state)
{
	struct failure_log log = {};
	static const uint32_t want[] = {2, 4, 3, 1};
	const struct failure *f;
	size_t i = 0;

	(void)state;
	for (uint32_t pid = 1; pid <= 4; pid++)
		add(&log, refused(pid, pid));
	add(&log, refused(2, 5));
	DL_FOREACH (log.list, f)
		assert_int_equal(f->pid, want[i++]);
	assert_int_equal(i, CNT_OF(want));
	/* The first and the last one, which lists get wrong. */
	add(&log, refused(2, 6));
	assert_int_equal(log.list->pid, 2);
	add(&log, refused(1, 7));
	assert_int_equal(log.list->pid, 1);
	assert_int_equal(log.list->prev->pid, 3);
	failure_log__done(&log);
}

static void the_one_that_is_quiet_longest_goes(void **state)
{
	struct failure_log log = {};
	const char *places[] = {"main+0x1"};
	const struct failure *f;
	struct news n;

	(void)state;
	for (uint32_t pid = 1; pid <= FAILURES_MAX; pid++) {
		n = refused(pid, pid);
		failure_log__apply(&log, &n, pid, places, 1);
	}
	assert_int_equal(log.cnt, FAILURES_MAX);
	assert_int_equal(log.evicted, 0);
	/* The oldest speaks up: now it is the second's turn. */
	n = refused(1, 1000);
	failure_log__apply(&log, &n, 1, places, 1);
	assert_int_equal(log.evicted, 0);
	f = add(&log, refused(5000, 1001));
	assert_int_equal(f->pid, 5000);
	assert_int_equal(log.cnt, FAILURES_MAX);
	assert_int_equal(log.evicted, 1);
	assert_int_equal(log.list->prev->pid, 3);
	DL_FOREACH (log.list, f)
		assert_int_not_equal(f->pid, 2);
	/* Who has gone begins anew. */
	f = add(&log, refused(2, 1002));
	assert_int_equal(f->cnt, 1);
	assert_int_equal(f->first_ns, 1002);
	assert_int_equal(log.evicted, 2);
	failure_log__done(&log);
	assert_int_equal(log.cnt, 0);
	assert_null(log.list);
	/* It may be done twice, and be used again. */
	failure_log__done(&log);
	assert_int_equal(add(&log, refused(1, 1))->cnt, 1);
	failure_log__done(&log);
}

static void the_stack_stays(void **state)
{
	char inner[32] = "open+0x1", outer[32] = "main+0x2";
	const char *places[] = {inner, outer}, *others[] = {"else+0x3"};
	struct failure_log log = {};
	struct news n = refused(1, 1);
	const struct failure *f = failure_log__apply(&log, &n, 9, places, 2);

	(void)state;
	strcpy(inner, "gone");
	strcpy(outer, "gone");
	assert_string_equal(f->stack, "open+0x1\nmain+0x2");
	assert_int_equal(f->stack_id, 9);
	/* The same id is the same stack, whatever is given with it. */
	assert_ptr_equal(failure_log__apply(&log, &n, 9, others, 1), f);
	assert_ptr_equal(failure_log__apply(&log, &n, 9, NULL, 0), f);
	assert_string_equal(f->stack, "open+0x1\nmain+0x2");
	failure_log__done(&log);
}

/* What could not be told at first is taken when it can. */
static void a_stack_may_come_later(void **state)
{
	const char *places[] = {"open+0x1", "main+0x2"};
	struct failure_log log = {};
	struct news n = refused(1, 1);
	const struct failure *f = failure_log__apply(&log, &n, 9, NULL, 0);

	(void)state;
	assert_null(f->stack);
	assert_ptr_equal(failure_log__apply(&log, &n, 9, places, 2), f);
	assert_non_null(f->stack);
	assert_string_equal(f->stack, "open+0x1\nmain+0x2");
	failure_log__done(&log);
}

static void a_long_stack_loses_its_outermost(void **state)
{
	static char frame[PLACES_TEXT_SZ / 4 + 1], huge[PLACES_TEXT_SZ + 1];
	const char *places[] = {frame, frame, frame, frame, frame};
	const char *too_long[] = {huge, "main+0x1"};
	struct failure_log log = {};
	struct news n = refused(1, 1);
	const struct failure *f;

	(void)state;
	/* With their ends, four of them are just what fits. */
	memset(frame, 'f', PLACES_TEXT_SZ / 4 - 1);
	f = failure_log__apply(&log, &n, 1, places, 5);
	assert_int_equal(strlen(f->stack), PLACES_TEXT_SZ - 1);
	frame[PLACES_TEXT_SZ / 4 - 1] = 'f';
	f = failure_log__apply(&log, &n, 2, places, 5);
	assert_int_equal(strlen(f->stack), PLACES_TEXT_SZ / 4 * 3 + 2);
	/* Never a part of one. */
	memset(huge, 'h', PLACES_TEXT_SZ);
	f = failure_log__apply(&log, &n, 3, too_long, 2);
	assert_null(f->stack);
	huge[PLACES_TEXT_SZ - 1] = '\0';
	f = failure_log__apply(&log, &n, 4, too_long, 2);
	assert_int_equal(strlen(f->stack), PLACES_TEXT_SZ - 1);
	failure_log__done(&log);
}

/* ---- as JSON ---- */

static const char *syscall_name(uint32_t nr)
{
	return nr == 257 ? "openat" : NULL;
}

static json_t *emit(const struct failure *f, const char *(*name)(uint32_t nr))
{
	struct json j = {};
	json_t *o;

	json__begin_object(&j, NULL);
	failure__emit_call(&j, f, name);
	failure__emit_stack(&j, f);
	json__end_object(&j);
	assert_int_equal(j.error, 0);
	o = json_loadb(j.data, j.len, 0, NULL);
	assert_non_null(o);
	json__done(&j);
	return o;
}

static void assert_json(const json_t *o, const char *want)
{
	json_t *w = json_loads(want, 0, NULL);
	char *got = json_dumps(o, 0);

	assert_non_null(w);
	if (!json_equal(o, w))
		fail_msg("%s is not %s", got, want);
	free(got);
	json_decref(w);
}

static void an_entry_is_told(void **state)
{
	const char *places[] = {"open+0x1", "", "main+0x2"};
	struct failure_log log = {};
	struct news n = refused(1, 100);
	json_t *o;

	(void)state;
	o = emit(failure_log__apply(&log, &n, 0x1f, places, 3), syscall_name);
	assert_json(o, "{\"time_ns\":100,\"first_ns\":100,\"count\":1,\"error\":\"EMFILE\","
		       "\"cause\":\"nofile\",\"syscall\":\"openat\",\"tid\":1,\"allocated\":64,"
		       "\"soft_limit\":64,\"stack_id\":\"000000000000001f\","
		       "\"stack\":[\"open+0x1\",\"\",\"main+0x2\"]}");
	json_decref(o);
	failure_log__done(&log);
}

static void what_is_not_known_is_null(void **state)
{
	struct failure_log log = {};
	struct news n = refused(1, 100);
	json_t *o;

	(void)state;
	n.error = 0; /* the caller is not told */
	n.cause = FDS_CAUSE_CNT + 3;
	n.syscall_nr = ~0u;
	n.allocated = FDS_COUNT_UNKNOWN;
	n.soft = FDS_RLIM_INFINITY;
	o = emit(add(&log, n), NULL);
	assert_json(o, "{\"time_ns\":100,\"first_ns\":100,\"count\":1,\"error\":null,"
		       "\"cause\":\"unknown\",\"syscall\":null,\"tid\":1,\"allocated\":null,"
		       "\"soft_limit\":null,\"stack_id\":null,\"stack\":[]}");
	json_decref(o);
	n.error = 4000;
	o = emit(add(&log, n), syscall_name);
	assert_true(json_is_null(json_object_get(o, "error")));
	json_decref(o);
	assert_string_equal(failure__cause_name(FDS_CAUSE_CNT), "unknown");
	assert_string_equal(failure__cause_name(FDS_CAUSE_CNT - 1), "pipe-pages");
	failure_log__done(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_call_is_one_entry),
		cmocka_unit_test(what_differs_is_another_entry),
		cmocka_unit_test(the_newest_stands_first),
		cmocka_unit_test(the_one_that_is_quiet_longest_goes),
		cmocka_unit_test(the_stack_stays),
		cmocka_unit_test(a_stack_may_come_later),
		cmocka_unit_test(a_long_stack_loses_its_outermost),
		cmocka_unit_test(an_entry_is_told),
		cmocka_unit_test(what_is_not_known_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
