// links: daemon/alert/archive*.c daemon/base/log.c tests/unit/daemon/alert/archive_fixture.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The archive on a disk that does not work, on files that are not as they should be, and killed. */
#include "archive_fixture.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- killed ---- */

#define KILL_ROUNDS 12

struct progress {
	_Atomic uint64_t begun; /* the id that is put next */
	_Atomic uint64_t acked; /* the highest that was flushed */
};

static size_t json_sz(uint64_t id)
{
	return 64 + id * 2654435761u % 20000;
}

/* Never returns. */
static void write_until_killed(const struct fixture *f, struct progress *p)
{
	struct archive *a;
	uint64_t id;

	if (archive__new(&f->config, &a) || archive__last_id(a, &id))
		_exit(1);
	for (;;) {
		unsigned int cnt = 1 + id % 7;

		for (unsigned int i = 0; i < cnt; i++) {
			atomic_store(&p->begun, ++id);
			if (put_id(a, id, 1000 + id, json_sz(id)))
				_exit(2);
		}
		if (archive__flush(a, DEADLINE_MS))
			_exit(3);
		atomic_store(&p->acked, id);
	}
}

static void run_and_kill(const struct fixture *f, struct progress *p, uint64_t acks, long wait_us)
{
	uint64_t end_ns = clock__now_ns() + DEADLINE_MS * NSEC_PER_MSEC;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (!pid)
		write_until_killed(f, p);
	while (atomic_load(&p->acked) < acks && clock__now_ns() < end_ns)
		usleep(200);
	usleep(wait_us);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_true(atomic_load(&p->acked) >= acks);
}

/*
 * Of each round a part was acknowledged: that much is there.  All that is there is whole, and no
 * id comes twice, also none that was given and never written.
 */
static void test_kill_loses_nothing_that_was_written(void **state)
{
	struct fixture *f = *state;
	uint64_t before = 0, acked = 0;
	struct progress *p;

	p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(p, MAP_FAILED);
	srandom(20240229);
	for (int round = 0; round < KILL_ROUNDS; round++) {
		uint64_t last_id;
		struct list l;

		run_and_kill(f, p, acked + 1 + random() % 100, random() % 20000);
		acked = atomic_load(&p->acked);
		fixture__open(f);
		assert_int_equal(archive__last_id(f->a, &last_id), 0);
		assert_true(last_id >= atomic_load(&p->begun));
		assert_int_equal(fixture__aside_cnt(f), 0);

		list__get(f->a, 0, ARCHIVE_LIST_MAX, &l);
		assert_true(l.cnt > 0 && l.items[0].id >= acked);
		assert_true(l.items[0].id <= atomic_load(&p->begun));
		for (size_t i = 0; i < l.cnt; i++) {
			char *json;
			size_t sz;

			/* Without a gap down to where the last round ended. */
			if (i && l.items[i - 1].id > before + 1)
				assert_true(l.items[i].id == l.items[i - 1].id - 1 ||
					    l.items[i].id <= before);
			assert_int_equal(l.items[i].opened_s, 1000 + l.items[i].id);
			assert_int_equal(get_json(f->a, l.items[i].id, &json, &sz), 0);
			assert_int_equal(sz, json_sz(l.items[i].id));
			check_pattern(l.items[i].id, json, sz);
			free(json);
		}
		list__done(&l);
		before = last_id;
		fixture__close(f);
	}
	munmap(p, sizeof(*p));
}

/* Ids that were given while the disk hung, and died with the daemon, are not given again. */
static void test_kill_takes_no_id_back(void **state)
{
	static const uint64_t written[] = {0, 2000, 100};
	struct fixture *f = *state;
	uint64_t id, base = 0;

	for (size_t round = 0; round < sizeof(written) / sizeof(*written); round++) {
		pid_t pid = fork();
		int status;

		if (!pid) {
			sqlite3 *db;

			fixture__open(f);
			for (uint64_t i = 1; i <= written[round]; i++)
				if (put_id(f->a, base + i, 1000, 64))
					_exit(1);
			if (archive__flush(f->a, DEADLINE_MS))
				_exit(2);
			db = fixture__handle(f);
			fixture__exec(db, "BEGIN EXCLUSIVE");
			if (put_id(f->a, base + written[round] + 1, 1000, 64))
				_exit(3);
			raise(SIGKILL);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		fixture__open(f);
		assert_int_equal(archive__last_id(f->a, &id), 0);
		assert_true(id > base + written[round]);
		assert_true(id <= base + written[round] + 2 * ARCHIVE_ID_STEP);
		base = id;
		fixture__close(f);
	}
}

/* ---- damaged ---- */

/* An archive with some incidents, closed. */
static void make_one(struct fixture *f)
{
	fixture__open(f);
	for (uint64_t id = 1; id <= 300; id++)
		assert_int_equal(put_id(f->a, id, 1000, 4096), 0);
	for (int i = 0; i < 300; i++)
		assert_int_equal(put_point(f->a, "u", time(NULL) - i, 1, 2), 0);
	fixture__flush(f);
	fixture__close(f);
}

static void overwrite(const char *path, off_t from, size_t sz)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	char buf[4096];

	assert_true(fd >= 0);
	memset(buf, 0xa5, sizeof(buf));
	for (size_t done = 0; done < sz; done += sizeof(buf)) {
		size_t part = sz - done < sizeof(buf) ? sz - done : sizeof(buf);

		assert_int_equal(pwrite(fd, buf, part, from + done), part);
	}
	close(fd);
}

/* It is open again, empty, with ids above those of before, the damaged one beside it. */
static void check_begun_anew(struct fixture *f, uint64_t id_min)
{
	struct archive_status s;
	uint64_t id;
	char *json;
	size_t sz;

	fixture__wait_state(f, "ok");
	archive__status(f->a, &s);
	assert_int_equal(s.damaged, 1);
	assert_int_equal(fixture__aside_cnt(f), 1);
	assert_int_equal(archive__last_id(f->a, &id), 0);
	assert_true(id >= id_min);
	assert_int_equal(put_id(f->a, id + 1, 5000, 100), 0);
	fixture__flush(f);
	assert_int_equal(get_json(f->a, id + 1, &json, &sz), 0);
	check_pattern(id + 1, json, sz);
	free(json);
	fixture__close(f);
	fixture__open(f);
	assert_int_equal(archive__last_id(f->a, &sz), 0);
	assert_int_equal(sz, id + 1);
	assert_int_equal(fixture__aside_cnt(f), 1);
}

static void test_damaged_header(void **state)
{
	struct fixture *f = *state;
	uint64_t now_s = time(NULL);

	make_one(f);
	overwrite(f->path, 0, 100);
	fixture__open(f);
	check_begun_anew(f, now_s);
}

static void test_not_a_database(void **state)
{
	struct fixture *f = *state;
	FILE *out = fopen(f->path, "we");

	for (int i = 0; i < 10000; i++)
		fputs("no database at all\n", out);
	fclose(out);
	fixture__open(f);
	check_begun_anew(f, time(NULL) - 1000);
}

static void test_truncated_file(void **state)
{
	struct fixture *f = *state;

	make_one(f);
	assert_int_equal(truncate(f->path, 20 * 4096 + 100), 0);
	fixture__open(f);
	/* Its first pages tell the ids, or the clock does. */
	for (uint64_t id = 301; id <= 600; id++)
		assert_int_equal(put_id(f->a, id, 2000, 4096), 0);
	(void)archive__flush(f->a, DEADLINE_MS);
	check_begun_anew(f, 300);
}

static void test_empty_file(void **state)
{
	struct fixture *f = *state;
	struct archive_status s;
	uint64_t id, now_s = time(NULL);

	make_one(f);
	assert_int_equal(truncate(f->path, 0), 0);
	fixture__open(f);
	fixture__wait_state(f, "ok");
	archive__status(f->a, &s);
	assert_int_equal(s.incidents, 0);
	assert_int_equal(archive__last_id(f->a, &id), 0);
	assert_true(id >= now_s);
	assert_int_equal(fixture__aside_cnt(f), 0);
}

/*
 * An archive whose only damage is a wrong pointer within the JSON of one incident, which nothing
 * but a look at all pages or the query for that one meets.
 */
static void make_broken_chain(struct fixture *f, bool clean)
{
	unsigned char page[4096];
	off_t at = 0;
	sqlite3 *db;
	int fd;

	fixture__open(f);
	for (uint64_t id = 1; id <= 20; id++)
		assert_int_equal(put_id(f->a, id, 1000, 20000), 0);
	fixture__flush(f);
	fixture__close(f);
	/* Cleared, so that nothing is to be written to them at the next start. */
	db = fixture__handle(f);
	fixture__exec(db, "UPDATE incidents SET cleared_s = 2000");
	if (!clean)
		fixture__exec(db, "UPDATE meta SET value = 0 WHERE key = 'clean'");
	fixture__exec(db, "PRAGMA wal_checkpoint(TRUNCATE)");
	sqlite3_close(db);
	fd = open(f->path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	for (;; at += sizeof(page)) {
		size_t letters = 4;

		assert_int_equal(pread(fd, page, sizeof(page), at), sizeof(page));
		while (letters < 100 && page[letters] >= 'a' && page[letters] <= 'z')
			letters++;
		/* The number of the next page, then nothing but a piece of JSON. */
		if (letters == 100 && (page[2] || page[3]))
			break;
	}
	close(fd);
	overwrite(f->path, at, 4);
}

/* After an unclean end the pages are looked through; ids can still be read. */
static void test_damaged_pages_are_found_at_start(void **state)
{
	struct fixture *f = *state;

	make_broken_chain(f, false);
	fixture__open(f);
	check_begun_anew(f, 20);
}

/* After a clean end nobody looks, until a query meets them: the file is replaced at run time. */
static void test_damaged_pages_are_found_by_queries(void **state)
{
	uint64_t end_ns = clock__now_ns() + DEADLINE_MS * NSEC_PER_MSEC;
	struct fixture *f = *state;
	struct archive_status s;
	char *json;
	size_t sz;

	make_broken_chain(f, true);
	fixture__open(f);
	archive__status(f->a, &s);
	assert_int_equal(s.damaged, 0);
	/* One query may come too late for an answer, and damaged is said a little later. */
	for (uint64_t id = 0; !s.damaged && clock__now_ns() < end_ns; id++) {
		if (archive__incident(f->a, 1 + id % 20, &json, &sz) == 0) {
			check_pattern(1 + id % 20, json, sz);
			free(json);
		}
		usleep(1000);
		archive__status(f->a, &s);
	}
	check_begun_anew(f, 20);
}

static int ignore_incident(const struct archive_incident *i, void *ctx)
{
	(void)i;
	(void)ctx;
	return 0;
}

/* Damage under the writer at run time; its cache is small, so it reads again. */
static void test_damage_at_run_time(void **state)
{
	struct archive_status s;
	struct fixture *f = *state;
	uint64_t id = 300;
	struct stat st;

	make_one(f);
	fixture__open(f);
	assert_int_equal(stat(f->path, &st), 0);
	/* All but the first page; by another process, as our own close would drop our locks. */
	if (!fork()) {
		overwrite(f->path, 4096, st.st_size - 4096);
		_exit(0);
	}
	wait(NULL);
	do {
		assert_int_equal(put_id(f->a, ++id, 2000, 4096), 0);
		(void)archive__flush(f->a, 1000);
		(void)archive__incidents(f->a, 0, ARCHIVE_LIST_MAX, ignore_incident, NULL);
		archive__status(f->a, &s);
	} while (!s.damaged && id < 5000);
	check_begun_anew(f, id);
}

static void test_one_damaged_file_is_kept(void **state)
{
	struct fixture *f = *state;
	char old[200];

	for (int i = 0; i < 3; i++) {
		snprintf(old, sizeof(old), "%s.damaged-2020010%dT000000", f->path, i + 1);
		close(open(old, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
	/* Not one of ours. */
	snprintf(old, sizeof(old), "%s.damage", f->path);
	close(open(old, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	make_one(f);
	assert_int_equal(fixture__aside_cnt(f), 3);
	overwrite(f->path, 0, 4096);
	fixture__open(f);
	assert_int_equal(fixture__aside_cnt(f), 1);
	assert_int_equal(access(old, F_OK), 0);
	snprintf(old, sizeof(old), "%s.damaged-20200103T000000", f->path);
	assert_int_equal(access(old, F_OK), -1);
}

/* ---- something else ---- */

/* It says so, serves nothing, keeps its promises about ids, and leaves alone what is there. */
static void check_unavailable(struct fixture *f, const char *why)
{
	struct archive_status s;
	uint64_t id, now_s = time(NULL);
	char *json;
	size_t sz;

	fixture__open(f);
	fixture__wait_state(f, "unavailable");
	archive__status(f->a, &s);
	if (!strstr(s.why, why))
		fail_msg("'%s' does not tell '%s'", s.why, why);
	assert_int_equal(archive__last_id(f->a, &id), 0);
	assert_true(id >= now_s);
	assert_int_equal(put_id(f->a, id + 1, 1000, 64), 0);
	assert_int_equal(archive__incident(f->a, id + 1, &json, &sz), -EAGAIN);
	assert_int_equal(archive__flush(f->a, 100), -ETIMEDOUT);
	archive__status(f->a, &s);
	assert_string_equal(s.state, "unavailable");
	assert_int_equal(s.queued, 1);
	assert_int_equal(s.damaged, 0);
}

static void test_directory_in_its_place(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkdir(f->path, 0700), 0);
	check_unavailable(f, "not a regular file");
	/* And out of its place: what waited is written. */
	assert_int_equal(rmdir(f->path), 0);
	fixture__wait_state(f, "ok");
	fixture__flush(f);
}

static void test_fifo_in_its_place(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(f->path, 0600), 0);
	check_unavailable(f, "not a regular file");
}

static void test_path_without_a_way(void **state)
{
	struct fixture *f = *state;
	char path[200];

	close(open(f->path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	snprintf(path, sizeof(path), "%s/archive.db", f->path);
	f->config.path = path;
	check_unavailable(f, strerror(ENOTDIR));
	fixture__close(f);

	snprintf(path, sizeof(path), "%s/not/there/archive.db", f->dir);
	check_unavailable(f, strerror(ENOENT));
	fixture__close(f);

	/* Where nobody may make a file, not even root. */
	f->config.path = "/proc/self/archive.db";
	check_unavailable(f, "cannot make it");
}

/* By its contents before and after. */
static uint64_t sum_of(const char *path)
{
	FILE *in = fopen(path, "re");
	uint64_t sum = 14695981039346656037u;

	assert_non_null(in);
	for (int c; (c = fgetc(in)) != EOF;)
		sum = (sum ^ (unsigned int)c) * 1099511628211u;
	fclose(in);
	return sum;
}

static void test_database_of_another(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db = fixture__handle(f);
	uint64_t sum;

	fixture__exec(db, "CREATE TABLE notes(text); INSERT INTO notes VALUES('mine')");
	sqlite3_close(db);
	sum = sum_of(f->path);
	check_unavailable(f, "another program");
	fixture__close(f);
	assert_true(sum_of(f->path) == sum);
	assert_int_equal(fixture__aside_cnt(f), 0);
}

static void test_database_of_a_newer_version(void **state)
{
	struct fixture *f = *state;
	sqlite3 *db;
	uint64_t sum;

	make_one(f);
	db = fixture__handle(f);
	fixture__exec(db, "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
	sqlite3_close(db);
	sum = sum_of(f->path);
	check_unavailable(f, "newer version (schema 99)");
	fixture__close(f);
	assert_true(sum_of(f->path) == sum);
	assert_int_equal(fixture__aside_cnt(f), 0);
}

/* ---- removed, full, slow ---- */

static void test_removed_at_run_time(void **state)
{
	struct fixture *f = *state;
	struct list l;
	uint64_t id;

	make_one(f);
	fixture__open(f);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(put_id(f->a, 301, 2000, 64), 0);
	fixture__flush(f);
	assert_int_equal(access(f->path, F_OK), 0);
	fixture__close(f);
	fixture__open(f);
	list__get(f->a, 0, 10, &l);
	assert_int_equal(l.cnt, 1);
	assert_int_equal(l.items[0].id, 301);
	list__done(&l);
	assert_int_equal(archive__last_id(f->a, &id), 0);
	assert_int_equal(id, 301);
}

/*
 * The file may not grow, by a limit of the process, as a disk that is full: said once, and over
 * when the limit is.
 */
static void test_disk_without_room(void **state)
{
	struct rlimit limit, old;
	struct fixture *f = *state;
	struct archive_status s;
	struct list l;

	fixture__open(f);
	assert_int_equal(put_id(f->a, 1, 1000, 64), 0);
	fixture__flush(f);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 128 * 1024;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (uint64_t id = 2; id <= 100; id++)
		assert_int_equal(put_id(f->a, id, 1000, 16384), 0);
	fixture__wait_state(f, "unavailable");
	archive__status(f->a, &s);
	assert_true(s.why[0] != '\0');
	assert_true(s.queued > 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	fixture__wait_state(f, "ok");
	fixture__flush(f);
	list__get(f->a, 0, 200, &l);
	assert_int_equal(l.cnt, 100);
	list__done(&l);
	archive__status(f->a, &s);
	assert_int_equal(s.dropped, 0);
	assert_int_equal(s.damaged, 0);
	assert_int_equal(fixture__aside_cnt(f), 0);
}

/* A file system of our own at the fixture's directory; false: only root can. */
static bool mount_small(const struct fixture *f, unsigned long flags)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", f->dir, "tmpfs", flags, "size=8m"))
		return false;
	return true;
}

static void unmount_small(struct fixture *f)
{
	fixture__close(f);
	assert_int_equal(umount2(f->dir, MNT_DETACH), 0);
}

static void test_full_disk(void **state)
{
	struct fixture *f = *state;
	struct archive_status s;
	char filler[128];
	struct list l;

	if (!mount_small(f, 0)) {
		print_message("# to mount a file system needs root\n");
		skip();
	}
	snprintf(filler, sizeof(filler), "%s/filler", f->dir);
	close(open(filler, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	fixture__open(f);
	fixture__wait_state(f, "ok");
	assert_int_equal(put_id(f->a, 1, 1000, 64), 0);
	fixture__flush(f);
	overwrite(filler, 0, 7 * MIB);
	for (uint64_t id = 2; id <= 100; id++)
		assert_int_equal(put_id(f->a, id, 1000, 16384), 0);
	fixture__wait_state(f, "unavailable");
	archive__status(f->a, &s);
	if (!strstr(s.why, "full"))
		fail_msg("'%s' does not tell that it is full", s.why);
	assert_int_equal(truncate(filler, 0), 0);
	fixture__wait_state(f, "ok");
	fixture__flush(f);
	/* Nothing was deleted for room that no delete can make. */
	list__get(f->a, 0, 200, &l);
	assert_int_equal(l.cnt, 100);
	list__done(&l);
	unmount_small(f);
}

static void test_read_only_disk(void **state)
{
	struct fixture *f = *state;

	if (!mount_small(f, 0)) {
		print_message("# to mount a file system needs root\n");
		skip();
	}
	make_one(f);
	assert_int_equal(mount(NULL, f->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	fixture__open(f);
	fixture__wait_state(f, "unavailable");
	assert_int_equal(put_id(f->a, 301, 1000, 64), 0);
	assert_int_equal(archive__flush(f->a, 100), -ETIMEDOUT);
	assert_int_equal(mount(NULL, f->dir, NULL, MS_REMOUNT, NULL), 0);
	fixture__wait_state(f, "ok");
	fixture__flush(f);
	assert_int_equal(fixture__aside_cnt(f), 0);
	unmount_small(f);
}

/*
 * Somebody holds the database, as a disk that does not come back: calls return while he does, what
 * is too much is dropped and counted, points first, and all that was kept is written after.
 */
static void test_stalled_writer(void **state)
{
	enum { TRIES = ARCHIVE_QUEUE_MAX + 1000 };
	uint64_t points = 0, incidents = 0, now_s = time(NULL);
	struct fixture *f = *state;
	struct archive_status s;
	struct list l;
	sqlite3 *db;

	fixture__open(f);
	assert_int_equal(put_id(f->a, 1, 1000, 64), 0);
	fixture__flush(f);
	db = fixture__handle(f);
	fixture__exec(db, "BEGIN EXCLUSIVE");

	for (int i = 0; i < TRIES; i++)
		points += put_point(f->a, "u", now_s - i, 1, 2) == 0;
	assert_true(points > 1000 && points < ARCHIVE_QUEUE_MAX);
	for (uint64_t i = 0; i < TRIES; i++)
		incidents += put_id(f->a, 2 + i, 1000, 64) == 0;
	assert_true(incidents > 1000);
	assert_true(points + incidents <= ARCHIVE_QUEUE_MAX);
	archive__status(f->a, &s);
	assert_int_equal(s.queued, points + incidents);
	assert_int_equal(s.dropped, 2 * TRIES - points - incidents);
	fixture__wait_state(f, "unavailable");
	archive__status(f->a, &s);
	assert_non_null(strstr(s.why, "locked"));
	/* What was there can still be read. */
	list__get(f->a, 0, 10, &l);
	assert_int_equal(l.cnt, 1);
	list__done(&l);

	fixture__exec(db, "ROLLBACK");
	fixture__wait_state(f, "ok");
	fixture__flush(f);
	assert_int_equal(fixture__number(db, "SELECT count(*) FROM incidents"), 1 + incidents);
	assert_int_equal(fixture__number(db, "SELECT count(*) FROM points"), points);
	sqlite3_close(db);
	archive__status(f->a, &s);
	assert_int_equal(s.queued, 0);
	assert_int_equal(s.dropped, 2 * TRIES - points - incidents);
}

/* Bytes bound the queue as well. */
static void test_queue_is_bounded_by_bytes(void **state)
{
	struct fixture *f = *state;
	struct archive_status s;
	uint64_t id = 0;
	sqlite3 *db;

	fixture__open(f);
	db = fixture__handle(f);
	fixture__exec(db, "BEGIN EXCLUSIVE");
	while (put_id(f->a, id + 1, 1000, MIB) == 0)
		id++;
	assert_int_equal(id, ARCHIVE_QUEUE_BYTES_MAX / MIB - 1);
	archive__status(f->a, &s);
	assert_int_equal(s.dropped, 1);
	fixture__exec(db, "ROLLBACK");
	sqlite3_close(db);
	fixture__flush(f);
}

/* The end comes in time, also where nothing can be written. */
static void test_end_while_stalled(void **state)
{
	struct fixture *f = *state;
	uint64_t begin_ns;
	sqlite3 *db;

	fixture__open(f);
	db = fixture__handle(f);
	fixture__exec(db, "BEGIN EXCLUSIVE");
	assert_int_equal(put_id(f->a, 1, 1000, 64), 0);
	begin_ns = clock__now_ns();
	fixture__close(f);
	assert_true(clock__now_ns() - begin_ns < DEADLINE_MS * NSEC_PER_MSEC);
	assert_int_equal(fixture__number(db, "SELECT count(*) FROM incidents"), 0);
	fixture__exec(db, "ROLLBACK");
	sqlite3_close(db);
	fixture__open(f);
	assert_int_equal(put_id(f->a, 2, 1000, 64), 0);
	fixture__flush(f);
}

/* Who comes second finds it locked, and has it when the first one is gone. */
static void test_two_at_once(void **state)
{
	struct fixture *f = *state;
	struct archive_status s;
	int gate[2];
	char c = 0;
	pid_t pid;

	assert_int_equal(pipe2(gate, O_CLOEXEC), 0);
	pid = fork();
	if (!pid) {
		struct archive *a;

		close(gate[0]);
		if (archive__new(&f->config, &a) || put_id(a, 1, 1000, 64) ||
		    archive__flush(a, DEADLINE_MS) || write(gate[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(gate[1]);
	assert_int_equal(read(gate[0], &c, 1), 1);
	close(gate[0]);
	fixture__open(f);
	fixture__wait_state(f, "unavailable");
	archive__status(f->a, &s);
	assert_non_null(strstr(s.why, "locked"));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	fixture__wait_state(f, "ok");
	archive__status(f->a, &s);
	assert_int_equal(s.damaged, 0);
	assert_int_equal(fixture__aside_cnt(f), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ARCHIVE_TEST(test_kill_loses_nothing_that_was_written),
		ARCHIVE_TEST(test_kill_takes_no_id_back),
		ARCHIVE_TEST(test_damaged_header),
		ARCHIVE_TEST(test_not_a_database),
		ARCHIVE_TEST(test_truncated_file),
		ARCHIVE_TEST(test_empty_file),
		ARCHIVE_TEST(test_damaged_pages_are_found_at_start),
		ARCHIVE_TEST(test_damaged_pages_are_found_by_queries),
		ARCHIVE_TEST(test_damage_at_run_time),
		ARCHIVE_TEST(test_one_damaged_file_is_kept),
		ARCHIVE_TEST(test_directory_in_its_place),
		ARCHIVE_TEST(test_fifo_in_its_place),
		ARCHIVE_TEST(test_path_without_a_way),
		ARCHIVE_TEST(test_database_of_another),
		ARCHIVE_TEST(test_database_of_a_newer_version),
		ARCHIVE_TEST(test_removed_at_run_time),
		ARCHIVE_TEST(test_disk_without_room),
		ARCHIVE_TEST(test_full_disk),
		ARCHIVE_TEST(test_read_only_disk),
		ARCHIVE_TEST(test_stalled_writer),
		ARCHIVE_TEST(test_queue_is_bounded_by_bytes),
		ARCHIVE_TEST(test_end_while_stalled),
		ARCHIVE_TEST(test_two_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
