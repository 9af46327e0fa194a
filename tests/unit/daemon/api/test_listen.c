// links: daemon/api/listen.c daemon/base/*.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Who gets the path of the socket, and what is left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/listen.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64], path[128], lock[160];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/fdscope-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/sock", dir);
	snprintf(lock, sizeof(lock), "%s.lock", path);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	unlink(lock);
	return rmdir(dir);
}

static int bind_other(int type)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	memcpy(sa.sun_path, path, strlen(path) + 1);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

static bool exists(const char *p)
{
	struct stat st;

	return lstat(p, &st) == 0;
}

static void test_bind(void **state)
{
	struct listener l, second = {.fd = 77};
	struct stat st;
	mode_t mask = umask(077); /* as strict as can be: others must get in all the same */

	(void)state;
	assert_int_equal(listener__init(&l, path), 0);
	umask(mask);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0666);
	assert_true(fcntl(l.fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(l.fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(listener__init(&second, path), -EADDRINUSE);
	assert_int_equal(second.fd, 77); /* untouched */
	assert_true(exists(path));
	listener__done(&l);
	assert_false(exists(path));
	assert_false(exists(lock));
}

static void test_parent(void **state)
{
	char sub[128], below[160];
	mode_t mask = umask(077);
	struct listener l;
	struct stat st;

	(void)state;
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	snprintf(below, sizeof(below), "%s/sock", sub);
	assert_int_equal(listener__init(&l, below), 0);
	umask(mask);
	assert_int_equal(lstat(sub, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	listener__done(&l);
	assert_int_equal(rmdir(sub), 0);
	snprintf(below, sizeof(below), "%s/a/b/sock", dir);
	assert_int_equal(listener__init(&l, below), -ENOENT);
}

static void test_no_socket(void **state)
{
	struct listener l;
	struct stat st;

	(void)state;
	close(open(path, O_CREAT | O_WRONLY, 0644));
	assert_int_equal(listener__init(&l, path), -ENOTSOCK);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	unlink(path);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(listener__init(&l, path), -ENOTSOCK);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("/nonexistent", path), 0);
	assert_int_equal(listener__init(&l, path), -ENOTSOCK);
	assert_true(exists(path));
	assert_false(exists(lock));
}

static void test_stale_and_living(void **state)
{
	struct listener l;
	int fd;

	(void)state;
	fd = bind_other(SOCK_STREAM);
	assert_int_equal(listener__init(&l, path), -EADDRINUSE);
	assert_true(exists(path));
	/* Its queue full: still alive. */
	for (int i = 0; i < 4; i++)
		assert_int_equal(listener__init(&l, path), -EADDRINUSE);
	close(fd);
	assert_int_equal(listener__init(&l, path), 0);
	listener__done(&l);
	fd = bind_other(SOCK_DGRAM);
	assert_int_equal(listener__init(&l, path), -EADDRINUSE);
	close(fd);
}

static void test_not_ours_any_more(void **state)
{
	struct listener l;
	int fd;

	(void)state;
	assert_int_equal(listener__init(&l, path), 0);
	unlink(path);
	fd = bind_other(SOCK_STREAM);
	listener__done(&l);
	assert_true(exists(path));
	close(fd);
}

static void test_bad_paths(void **state)
{
	char longest[sizeof(((struct sockaddr_un *)0)->sun_path) + 1];
	struct listener l;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	memcpy(longest, dir, strlen(dir));
	longest[strlen(dir)] = '/';
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(listener__init(&l, longest), -ENAMETOOLONG);
	longest[sizeof(longest) - 2] = '\0';
	assert_int_equal(listener__init(&l, longest), 0);
	listener__done(&l);
	assert_int_equal(listener__init(&l, ""), -EINVAL);
}

/* Of many that start at once on a stale socket exactly one has the path. */
static void test_race(void **state)
{
	enum { RACERS = 12, ROUNDS = 10 };

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		int gate[2], result[2], wins = 0;
		char c;

		close(bind_other(SOCK_STREAM));
		assert_int_equal(pipe(gate), 0);
		assert_int_equal(pipe(result), 0);
		for (int i = 0; i < RACERS; i++) {
			pid_t pid = fork();
			struct listener l;

			if (pid == 0) {
				close(gate[1]);
				(void)!read(gate[0], &c, 1);
				c = listener__init(&l, path) == 0 ? 'w' : 'l';
				(void)!write(result[1], &c, 1);
				pause(); /* keep it until all have tried */
				_exit(0);
			}
			assert_true(pid > 0);
			((pid_t *)*state)[i] = pid;
		}
		close(gate[0]);
		close(gate[1]);
		for (int i = 0; i < RACERS; i++) {
			assert_int_equal(read(result[0], &c, 1), 1);
			wins += c == 'w';
		}
		for (int i = 0; i < RACERS; i++) {
			kill(((pid_t *)*state)[i], SIGKILL);
			waitpid(((pid_t *)*state)[i], NULL, 0);
		}
		close(result[0]);
		close(result[1]);
		assert_int_equal(wins, 1);
		unlink(path);
	}
}

static void test_handed_over(void **state)
{
	struct listener l;
	char number[16];
	int fd, saved;

	(void)state;
	saved = fcntl(3, F_DUPFD_CLOEXEC, 10);
	fd = bind_other(SOCK_STREAM);
	assert_int_equal(dup2(fd, 3), 3);
	if (fd != 3)
		close(fd);
	snprintf(number, sizeof(number), "%d", getpid());
	setenv("LISTEN_PID", number, 1);
	setenv("LISTEN_FDS", "1", 1);
	assert_int_equal(listener__init(&l, "/nonexistent/not/used"), 0);
	assert_int_equal(l.fd, 3);
	assert_null(getenv("LISTEN_FDS"));
	listener__done(&l);
	assert_true(exists(path)); /* the service manager's, not ours */
	if (saved >= 0) {
		dup2(saved, 3);
		close(saved);
	}
}

int main(void)
{
	static pid_t racers[64];
#define IN_DIR(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		IN_DIR(test_bind),
		IN_DIR(test_parent),
		IN_DIR(test_no_socket),
		IN_DIR(test_stale_and_living),
		IN_DIR(test_not_ours_any_more),
		IN_DIR(test_bad_paths),
		cmocka_unit_test_prestate_setup_teardown(test_race, setup, teardown, racers),
		IN_DIR(test_handed_over),
	};

	log__set_level(LOG_CRIT);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
