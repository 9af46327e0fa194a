// links: daemon/store/units.c daemon/store/store.c daemon/store/process.c daemon/store/growth.c daemon/store/history.c daemon/source/identity.c daemon/base/patient.c daemon/base/text.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Units: sums over distinct tables, names learnt once for each cgroup, memory of those gone. */
#include "records.h"

#include <errno.h>

/* Who has asked /proc, and what is told. */
struct proc {
	unsigned int asked;
	const char *unit;
	int error;
};

static int read_unit(void *ctx, uint32_t pid, char **ret)
{
	struct proc *proc = ctx;

	(void)pid;
	proc->asked++;
	if (proc->error)
		return proc->error;
	*ret = proc->unit ? strdup(proc->unit) : NULL;
	return 0;
}

static struct fds_task_rec in_cgroup(struct fds_task_rec rec, uint64_t cgroup_id)
{
	rec.cgroup_id = cgroup_id;
	return rec;
}

static void check(const struct store *s, const char *name, uint32_t allocated, uint32_t tables)
{
	const struct unit *u = units__find(&s->units, name);

	assert_non_null(u);
	assert_int_equal(u->allocated, allocated);
	assert_int_equal(u->tables, tables);
}

static void test_sums(void **state)
{
	struct proc proc = {.unit = "a.service"};
	struct store *s = *state;
	struct fds_task_rec shares = in_cgroup(task(3, 5), 10);

	s->find_unit = read_unit;
	s->ctx = &proc;
	shares.files = TABLE_OF(1);
	PASS(s, SEC, in_cgroup(task(1, 5), 10), in_cgroup(task(2, 7), 10), shares,
	     in_cgroup(thread(1, 11, 100), 10), in_cgroup(zombie(4), 10));
	check(s, "a.service", 112, 3);
	/* One cgroup, one look; also of those that come later. */
	assert_int_equal(proc.asked, 1);
	PASS(s, 2 * SEC, in_cgroup(task(1, 6), 10), in_cgroup(task(9, 7), 10));
	check(s, "a.service", 13, 2);
	assert_int_equal(proc.asked, 1);
	/* A cgroup below it is of the same unit. */
	PASS(s, 3 * SEC, in_cgroup(task(1, 6), 10), in_cgroup(task(9, 7), 12));
	check(s, "a.service", 13, 2);
	assert_int_equal(proc.asked, 2);
	assert_null(units__find(&s->units, "b.service"));
}

static void test_processes_without_unit(void **state)
{
	struct store *s = *state;
	struct proc proc = {};

	s->find_unit = read_unit;
	s->ctx = &proc;
	PASS(s, SEC, in_cgroup(task(1, 5), 10));
	PASS(s, 2 * SEC, in_cgroup(task(1, 5), 10), in_cgroup(task(2, 5), 10));
	assert_int_equal(proc.asked, 1);
	assert_null(s->units.list);
	/* What cannot be read is no answer. */
	proc.error = -EMFILE;
	PASS(s, 3 * SEC, in_cgroup(task(1, 5), 11));
	assert_null(s->units.list);
	proc = (struct proc){.error = -EMFILE};
	PASS(s, 4 * SEC, in_cgroup(task(8, 5), 12));
	PASS(s, 5 * SEC, in_cgroup(task(8, 5), 12));
	assert_int_equal(proc.asked, 2);
	proc = (struct proc){.unit = "late.service"};
	PASS(s, 6 * SEC, in_cgroup(task(8, 5), 12));
	check(s, "late.service", 5, 1);
}

/*
 * A process that was forked in its manager's cgroup and is in its own by the time we look: what
 * that cgroup's name is we do not know yet.
 */
static void test_one_that_moves(void **state)
{
	struct proc proc = {.unit = "new.service"};
	struct store *s = *state;

	s->find_unit = read_unit;
	s->ctx = &proc;
	PASS(s, SEC, in_cgroup(task(1, 5), 10), in_cgroup(task(2, 6), 10));
	proc.unit = "manager.service";
	PASS(s, 2 * SEC, in_cgroup(task(2, 6), 10));
	check(s, "manager.service", 6, 1);
	/* Nor is what it was called before what it is called now. */
	proc.unit = "other.service";
	PASS(s, 3 * SEC, in_cgroup(task(2, 6), 12));
	check(s, "other.service", 6, 1);
	check(s, "manager.service", 0, 0);
}

static void test_root_of_the_tree(void **state)
{
	struct proc proc = {.unit = "v1.service"};
	struct store *s = *state;
	struct fds_task_rec execs;

	s->find_unit = read_unit;
	s->ctx = &proc;
	s->units.root_is_none = true;
	PASS(s, SEC, in_cgroup(task(1, 5), 1), in_cgroup(task(2, 5), 1));
	assert_int_equal(proc.asked, 0);
	/* Where units live in cgroups v1 all are in this one: each process is asked, once. */
	s->units.root_is_none = false;
	PASS(s, 2 * SEC, in_cgroup(task(1, 5), 1), in_cgroup(task(2, 5), 1));
	PASS(s, 3 * SEC, in_cgroup(task(1, 5), 1), in_cgroup(task(2, 5), 1));
	assert_int_equal(proc.asked, 2);
	check(s, "v1.service", 10, 2);
	/* What a process is called may change with its program. */
	proc.unit = "v2.service";
	execs = in_cgroup(task(2, 5), 1);
	execs.exec_id++;
	PASS(s, 4 * SEC, in_cgroup(task(1, 5), 1), execs);
	PASS(s, 5 * SEC, in_cgroup(task(1, 5), 1), execs);
	assert_int_equal(proc.asked, 3);
	check(s, "v1.service", 5, 1);
	check(s, "v2.service", 5, 1);
	/* Who it is beyond its unit nobody has asked. */
	assert_null(store__find(s, 2, 2)->identity);
}

static void test_one_that_is_gone(void **state)
{
	struct proc proc = {.unit = "a.service"};
	struct store *s = *state;

	s->find_unit = read_unit;
	s->ctx = &proc;
	PASS(s, SEC, in_cgroup(task(1, 5), 10));
	PASS(s, 2 * SEC, task(2, 5));
	s->find_unit = NULL;
	PASS(s, 100 * SEC);
	check(s, "a.service", 0, 0);
	/* It comes back in another cgroup, and its history goes on. */
	s->find_unit = read_unit;
	PASS(s, 3000 * SEC, in_cgroup(task(3, 8), 20));
	check(s, "a.service", 8, 1);
	assert_int_equal(units__find(&s->units, "a.service")->history.first_ns, SEC);
	PASS(s, 6599 * SEC);
	assert_non_null(units__find(&s->units, "a.service"));
	PASS(s, 6600 * SEC);
	assert_null(units__find(&s->units, "a.service"));
	assert_null(s->units.cgroups);
}

static void test_bound(void **state)
{
	struct process p = {.cgroup_id = 100};
	struct store *s = *state;
	char name[32];

	for (unsigned int i = 0; i < UNIT_CNT_MAX; i++) {
		snprintf(name, sizeof(name), "u%u.service", i);
		p.cgroup_id++;
		assert_non_null(units__learn(&s->units, &p, 1, name));
	}
	p.cgroup_id++;
	assert_null(units__learn(&s->units, &p, 1, "one-too-many.service"));
	assert_int_equal(s->units.refused, 1);
	assert_non_null(units__learn(&s->units, &p, 1, name));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(test_sums),
		STORE_TEST(test_processes_without_unit),
		STORE_TEST(test_root_of_the_tree),
		STORE_TEST(test_one_that_is_gone),
		STORE_TEST(test_bound),
		STORE_TEST(test_one_that_moves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
