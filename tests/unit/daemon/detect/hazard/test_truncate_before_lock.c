// links: daemon/detect/hazard/*.c daemon/store/*.c daemon/source/identity.c daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* truncate-before-lock: which file, how much of it, by which lock, and who else was there. */
#include "../../store/records.h"
#include "fake_host.h"

#include <fcntl.h>
#include <sys/syscall.h>

struct world {
	struct store store;
	struct fake_host host;
};

struct lock {
	struct fds_hazard h;
	struct fds_emptied more;
};

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	store__init(&w->store);
	fake_host__init(&w->host, &w->store);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	fake_host__done(&w->host);
	store__done(&w->store);
	free(w);
	return 0;
}

static struct lock lock(void)
{
	struct lock rec = {
		.h = hazard_rec(FDS_HAZARD_TRUNCATE_BEFORE_LOCK),
		.more = {.before_ns = 1500000, .contended = 0},
	};

	rec.h.at.ev.syscall_nr = __NR_fcntl;
	rec.h.op = F_SETLKW;
	rec.h.fd = 4;
	rec.h.file = 0x40;
	rec.h.inode = 99;
	rec.h.bytes = 4096;
	rec.h.extra_sz = sizeof(rec.more);
	strcpy(rec.h.name, "x");
	return rec;
}

static const struct hazard *judged(struct world *w, const struct lock *rec)
{
	judge__apply(&w->host.judge, &rec->h, rec->h.extra_sz);
	return w->host.found;
}

static void it_is_told_with_its_loss(void **state)
{
	struct world *w = *state;
	struct lock rec = lock();
	const struct hazard *h;

	w->host.name_pid = 7;
	h = judged(w, &rec);
	assert_int_equal(h->kind, FDS_HAZARD_TRUNCATE_BEFORE_LOCK);
	assert_int_equal(h->bytes, 4096);
	assert_int_equal(h->inode, 99);
	assert_string_equal(h->name, "/tmp/x");
	assert_int_equal(h->contended, 0);
	assert_int_equal(h->other_pid, 0);
	assert_string_equal(
		h->summary,
		"open() emptied /tmp/x of its 4096 bytes 1.500 ms before F_SETLKW locked it");
}

static void each_lock_has_a_name(void **state)
{
	static const struct {
		uint32_t nr, op;
		const char *name;
	} ops[] = {
		{__NR_flock, 2, "flock"},
		{__NR_flock, F_SETLK, "flock"},
		{__NR_fcntl, F_SETLK, "F_SETLK"},
		{__NR_fcntl, F_OFD_SETLK, "F_OFD_SETLK"},
		{__NR_fcntl, F_OFD_SETLKW, "F_OFD_SETLKW"},
	};
	struct world *w = *state;

	for (size_t i = 0; i < CNT_OF(ops); i++) {
		struct lock rec = lock();

		rec.h.at.ev.syscall_nr = ops[i].nr;
		rec.h.op = ops[i].op;
		assert_string_equal(judged(w, &rec)->op, ops[i].name);
	}
}

/* The number may be another file's, or nobody's, when it is asked about. */
static void a_path_is_of_the_same_file(void **state)
{
	struct world *w = *state;
	struct lock rec = lock();

	assert_string_equal(judged(w, &rec)->name, "x");
	w->host.name_pid = 7;
	w->host.name = "/tmp/another";
	assert_string_equal(judged(w, &rec)->name, "x");
	w->host.name = "/tmp/x (deleted)";
	assert_string_equal(judged(w, &rec)->name, "/tmp/x (deleted)");
	/* A name that the kernel side has cut. */
	memset(rec.h.name, 'n', FDS_NAME_SZ - 1);
	w->host.name = "/tmp/nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn";
	assert_string_equal(judged(w, &rec)->name, w->host.name);
}

static void another_file_is_another_trap(void **state)
{
	struct world *w = *state;
	struct lock rec = lock();

	judged(w, &rec);
	judged(w, &rec);
	assert_int_equal(w->host.log.cnt, 1);
	assert_int_equal(w->host.found->cnt, 2);
	strcpy(rec.h.name, "y");
	judged(w, &rec);
	assert_int_equal(w->host.log.cnt, 2);
}

static void others_are_named(void **state)
{
	struct world *w = *state;
	struct lock rec = lock();
	const struct hazard *h;

	/* Of an ofd: nobody's by name. */
	rec.more.contended = 1;
	h = judged(w, &rec);
	assert_int_equal(h->contended, 1);
	assert_non_null(strstr(h->summary, "locked it, while another held or awaited one"));
	rec.h.other_tgid = 50;
	h = judged(w, &rec);
	assert_int_equal(h->other_pid, 50);
	assert_non_null(strstr(h->summary, "while another held or awaited one"));
	w->host.comm = "asked";
	assert_string_equal(judged(w, &rec)->other_comm, "asked");
	PASS(&w->store, SEC, task(50, 3));
	h = judged(w, &rec);
	assert_string_equal(h->other_comm, "task-50");
	assert_non_null(strstr(h->summary, "while task-50[50] held or awaited one"));
	rec.h.other_tgid = 0;
	rec.more.contended = -1;
	assert_int_equal(judged(w, &rec)->contended, -1);
}

static void a_record_cut_short_is_none(void **state)
{
	struct world *w = *state;
	struct lock rec = lock();

	rec.h.extra_sz = sizeof(rec.more) - 1;
	assert_null(judged(w, &rec));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_told_with_its_loss),	  TEST(each_lock_has_a_name),
		TEST(a_path_is_of_the_same_file), TEST(another_file_is_another_trap),
		TEST(others_are_named),		  TEST(a_record_cut_short_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
