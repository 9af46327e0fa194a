// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every kind of descriptor, made by tests/helpers/mkfds.c: in each tier the daemon tells of it what
 * is true by construction, and what lsfd of util-linux tells too.
 */
#include "support.h"

#include "../unit/daemon/api/schema.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_FD     "40"
#define TRIES	     20
#define NAME_MAX_CNT 64
#define WHY_SZ	     600

/* What only the iterators tell. */
static const char *const iterator_keys[] = {"peers",	  "bytes",     "capacity",
					    "peer_inode", "peer_path", "recv_queue"};

static bool fail(char *why, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool fail(char *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, WHY_SZ, fmt, ap);
	va_end(ap);
	return false;
}

static bool is_known(const char *key, const char *kind, bool iterates)
{
	if (iterates)
		return true;
	/* /proc/net tells the queues of all but Unix sockets. */
	if (!strcmp(key, "recv_queue") && strcmp(kind, "unix") != 0)
		return true;
	for (size_t i = 0; i < sizeof(iterator_keys) / sizeof(iterator_keys[0]); i++)
		if (!strcmp(key, iterator_keys[i]))
			return false;
	return true;
}

static bool fits(const char *place, json_t *have, json_t *want, char *why);

static bool fits_object(const char *place, json_t *have, json_t *want, char *why)
{
	const char *key;
	json_t *value;

	json_object_foreach (want, key, value) {
		char below[128];

		snprintf(below, sizeof(below), "%s.%s", place, key);
		if (!fits(below, json_object_get(have, key), value, why))
			return false;
	}
	return true;
}

/* In whatever order: an epoll's list goes by addresses. */
static bool fits_array(const char *place, json_t *have, json_t *want, char *why)
{
	size_t cnt = json_array_size(have);

	for (size_t i = 0; i < json_array_size(want); i++) {
		bool found = false;

		for (size_t k = 0; !found && k < cnt; k++)
			found = fits(place, json_array_get(have, k), json_array_get(want, i), why);
		if (!found)
			return false;
	}
	return true;
}

/* What is wanted may leave out members of objects; arrays are as long as wanted. */
static bool fits(const char *place, json_t *have, json_t *want, char *why)
{
	char *a, *b;

	if (json_is_object(want) && json_is_object(have))
		return fits_object(place, have, want, why);
	if (json_is_array(want) && json_is_array(have) &&
	    json_array_size(have) == json_array_size(want))
		return fits_array(place, have, want, why);
	if (have && json_equal(have, want))
		return true;
	a = have ? json_dumps(have, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("missing");
	b = json_dumps(want, JSON_ENCODE_ANY | JSON_COMPACT);
	fail(why, "%s is %.200s instead of %.200s", place, a, b);
	free(a);
	free(b);
	return false;
}

static json_t *find_row(json_t *files, json_int_t fd)
{
	json_t *row;
	size_t i;

	json_array_foreach (files, i, row)
		if (json_integer_value(json_object_get(row, "fd")) == fd)
			return row;
	return NULL;
}

static bool check_row(json_t *row, json_t *want, bool iterates, char *why)
{
	const char *kind = json_string_value(json_object_get(want, "kind")), *key;
	json_t *detail = json_object_get(row, "detail"), *value;
	json_t *locks = json_object_get(want, "locks");
	char place[128];

	if (!fits("kind", json_object_get(row, "kind"), json_object_get(want, "kind"), why))
		return false;
	if (json_is_null(json_object_get(want, "detail")))
		return fits("detail", detail, json_object_get(want, "detail"), why);
	if (!json_is_object(detail))
		return fail(why, "no detail: %s",
			    json_string_value(json_object_get(row, "detail_error")) ?: "no reason");
	json_object_foreach (json_object_get(want, "detail"), key, value) {
		snprintf(place, sizeof(place), "%s.%s", kind, key);
		if (is_known(key, kind, iterates) &&
		    !fits(place, json_object_get(detail, key), value, why))
			return false;
	}
	return !locks || fits("locks", json_object_get(row, "locks"), locks, why);
}

static bool check_all(json_t *files, json_t *wanted, bool iterates, char *why)
{
	json_t *want;
	size_t i;

	json_array_foreach (wanted, i, want) {
		json_int_t fd = json_integer_value(json_object_get(want, "fd"));
		json_t *row = find_row(files, fd);
		char first[WHY_SZ];

		if (!row)
			return fail(why, "descriptor %lld is missing", (long long)fd);
		if (!check_row(row, want, iterates, first))
			return fail(why, "descriptor %lld: %.500s", (long long)fd, first);
	}
	return true;
}

/* ---- lsfd ---- */

static json_t *ask_lsfd(pid_t pid)
{
	char command[128];
	json_error_t err;
	json_t *answer;
	FILE *f;

	snprintf(command, sizeof(command),
		 "lsfd -J -p %d -o ASSOC,INODE,SIZE,NLINK,DELETED,RDEV,CHRDRV 2>/dev/null", pid);
	f = popen(command, "r");
	answer = f ? json_loadf(f, 0, &err) : NULL;
	if (f)
		pclose(f);
	return answer;
}

static bool same_number(json_t *ours, json_t *theirs)
{
	return !json_is_integer(theirs) || !json_is_integer(ours) || json_equal(ours, theirs);
}

static bool check_lsfd_row(json_t *row, json_t *theirs, char *why)
{
	json_t *detail = json_object_get(row, "detail");
	const char *kind = json_string_value(json_object_get(row, "kind"));
	const char *driver = json_string_value(json_object_get(theirs, "chrdrv"));
	const char *ours = json_string_value(json_object_get(detail, "driver"));

	if (!same_number(json_object_get(row, "inode"), json_object_get(theirs, "inode")))
		return fail(why, "lsfd has another inode");
	if (!strcmp(kind, "file") &&
	    (!same_number(json_object_get(detail, "size"), json_object_get(theirs, "size")) ||
	     !same_number(json_object_get(detail, "nlink"), json_object_get(theirs, "nlink")) ||
	     !json_equal(json_object_get(detail, "deleted"), json_object_get(theirs, "deleted"))))
		return fail(why, "lsfd has another size, link count or is not deleted");
	if (!strcmp(kind, "char") && driver && ours && strcmp(driver, ours) != 0)
		return fail(why, "lsfd has driver %s, we have %s", driver, ours);
	return true;
}

static bool check_lsfd(json_t *files, pid_t pid, int *cnt, char *why)
{
	json_t *answer = ask_lsfd(pid), *theirs, *row;
	bool ok = true;
	size_t i;

	json_array_foreach (json_object_get(answer, "lsfd"), i, theirs) {
		const char *fd = json_string_value(json_object_get(theirs, "assoc"));
		char *end;
		long number = fd ? strtol(fd, &end, 10) : 0;

		if (!fd || end == fd || *end || !(row = find_row(files, number)))
			continue;
		(*cnt)++;
		if (!check_lsfd_row(row, theirs, why)) {
			ok = false;
			break;
		}
	}
	json_decref(answer);
	return ok;
}

/* ---- one maker ---- */

/* On a machine that is busy with other things the daemon goes on without what takes too long. */
static bool was_hurried(json_t *answer)
{
	json_t *row;
	size_t i;

	json_array_foreach (json_object_get(answer, "files"), i, row) {
		const char *error = json_string_value(json_object_get(row, "detail_error"));

		if (error && strstr(error, "time"))
			return true;
	}
	return false;
}

static json_t *ask(const struct fixture *f, pid_t pid)
{
	struct timespec pause = {.tv_nsec = 500000000};
	json_t *answer;
	char target[96];

	snprintf(target, sizeof(target), "/v1/processes/%d/files?max_staleness_ms=0", pid);
	answer = fixture__get(f, target);
	for (int i = 0; i < TRIES && was_hurried(answer); i++) {
		json_decref(answer);
		nanosleep(&pause, NULL);
		answer = fixture__get(f, target);
	}
	return answer;
}

static void check_made(const struct fixture *f, const char *name, pid_t pid, const char *text,
		       bool iterates, json_t *schema, int *lsfd_cnt)
{
	char why[WHY_SZ], schema_why[SCHEMA_WHY_SZ];
	json_error_t err;
	json_t *wanted = json_loads(text, 0, &err), *answer = ask(f, pid), *files;

	files = json_object_get(answer, "files");
	if (!wanted || !files)
		tap__not_ok(name, "no answer, or the maker said '%s'", text);
	else if (schema && schema__check(schema, "FileList", answer, schema_why))
		tap__not_ok(name, "against openapi.json: %s", schema_why);
	else if (!check_all(files, wanted, iterates, why) ||
		 (lsfd_cnt && !check_lsfd(files, pid, lsfd_cnt, why)))
		tap__not_ok(name, "%s", why);
	else
		tap__ok("%s", name);
	json_decref(answer);
	json_decref(wanted);
}

static void run_maker(const struct fixture *f, const char *tier, const char *maker, json_t *schema,
		      int *lsfd_cnt)
{
	char program[256], name[96];
	struct helper h;
	char *line;

	snprintf(program, sizeof(program), "%s/tests/mkfds", build_dir());
	snprintf(name, sizeof(name), "%s: %s", tier, maker);
	if (helper__start(&h, (const char *const[]){program, maker, FIRST_FD, NULL}))
		tap__bail("cannot start %s", program);
	line = helper__line(&h);
	if (line && !strncmp(line, "skip ", 5))
		tap__skip(name, line + 5);
	else if (line && !strncmp(line, "ready ", 6))
		check_made(f, name, h.pid, line + 6, strcmp(tier, "procfs") != 0, schema, lsfd_cnt);
	else
		tap__not_ok(name, "the maker said '%s'", line ?: "nothing");
	helper__stop(&h);
}

static int list_makers(char **makers, int max)
{
	char program[256];
	struct helper list;
	int cnt = 0;
	char *line;

	snprintf(program, sizeof(program), "%s/tests/mkfds", build_dir());
	if (helper__start(&list, (const char *const[]){program, "--list", NULL}))
		tap__bail("cannot start %s", program);
	while (cnt < max && (line = helper__line(&list)))
		makers[cnt++] = strdup(line);
	helper__stop(&list);
	return cnt;
}

int main(int argc, char **argv)
{
	char *makers[NAME_MAX_CNT];
	int cnt = argc > 1 ? 0 : list_makers(makers, NAME_MAX_CNT), lsfd_cnt = 0;
	json_t *schema = schema__load();

	signal(SIGPIPE, SIG_IGN);
	for (int i = 1; i < argc && cnt < NAME_MAX_CNT; i++)
		makers[cnt++] = strdup(argv[i]);
	for (const char *const *tier = test_tiers(); *tier; tier++) {
		bool first = tier == test_tiers();
		struct fixture f;
		int status;

		if (fixture__start(&f, (const char *const[]){"--tier", *tier, NULL})) {
			tap__not_ok(*tier, "the daemon did not start");
			continue;
		}
		for (int i = 0; i < cnt; i++)
			run_maker(&f, *tier, makers[i], schema, first ? &lsfd_cnt : NULL);
		status = fixture__stop(&f);
		if (status)
			tap__not_ok(*tier, "the daemon ended with %d", status);
	}
	if (lsfd_cnt)
		tap__ok("lsfd agrees on %d descriptors", lsfd_cnt);
	else
		tap__skip("lsfd", "it is not there, or told nothing");
	for (int i = 0; i < cnt; i++)
		free(makers[i]);
	json_decref(schema);
	return tap__exit();
}
