// links: daemon/api/peer.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel says of a peer decides what it may see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/peer.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define OTHER_UID 54321
#define OTHER_GID 54322
#define OUR_GROUP 54323

static void test_own(void **state)
{
	struct viewer v = {};
	int sv[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sv), 0);
	assert_int_equal(peer__read(sv[0], PEER_NO_GROUP, &v), 0);
	assert_true(v.all); /* root, or the one that the daemon runs as */
	assert_int_equal(v.uid, geteuid());
	close(sv[0]);
	close(sv[1]);
}

static void test_no_socket(void **state)
{
	struct viewer v = {.uid = 7};

	(void)state;
	assert_int_equal(peer__read(-1, PEER_NO_GROUP, &v), -EBADF);
	assert_int_equal(peer__read(STDIN_FILENO, PEER_NO_GROUP, &v), -ENOTSOCK);
	assert_int_equal(v.uid, 7);
}

static void test_find_group(void **state)
{
	char path[] = "/tmp/fdscope-test-XXXXXX";
	FILE *f = fdopen(mkstemp(path), "w");

	(void)state;
	fputs("root:x:0:\n# a comment\nnonsense\nfdscopex:x:1:\nfdscope:x:991:a,b\nlast:x:5:\n", f);
	fclose(f);
	assert_int_equal(peer__find_group(path, "fdscope"), 991);
	assert_int_equal(peer__find_group(path, "nobody-has-it"), PEER_NO_GROUP);
	assert_int_equal(peer__find_group("/nonexistent", "fdscope"), PEER_NO_GROUP);
	unlink(path);
}

/* A child with other credentials connects; what it is taken for. */
static struct viewer as(gid_t gid, const gid_t *groups, size_t group_cnt)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(sa);
	struct viewer v = {};
	int listen_fd, fd;
	pid_t pid;

	/* An abstract address of the kernel's choice. */
	listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listen_fd, (struct sockaddr *)&sa, sizeof(sa_family_t)), 0);
	assert_int_equal(getsockname(listen_fd, (struct sockaddr *)&sa, &len), 0);
	assert_int_equal(listen(listen_fd, 1), 0);
	pid = fork();
	if (pid == 0) {
		int s = socket(AF_UNIX, SOCK_STREAM, 0);

		if (setgroups(group_cnt, groups) < 0 || setresgid(gid, gid, gid) < 0 ||
		    setresuid(OTHER_UID, OTHER_UID, OTHER_UID) < 0 ||
		    connect(s, (struct sockaddr *)&sa, len) < 0)
			_exit(1);
		_exit(0);
	}
	fd = accept(listen_fd, NULL, NULL);
	assert_true(fd >= 0);
	assert_int_equal(peer__read(fd, OUR_GROUP, &v), 0);
	waitpid(pid, NULL, 0);
	close(fd);
	close(listen_fd);
	return v;
}

static void test_others(void **state)
{
	gid_t many[300];
	struct viewer v;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: needs root to become somebody else\n");
		skip();
	}
	v = as(OTHER_GID, NULL, 0);
	assert_false(v.all);
	assert_int_equal(v.uid, OTHER_UID);
	assert_true(as(OUR_GROUP, NULL, 0).all);
	assert_true(as(OTHER_GID, (gid_t[]){5, OUR_GROUP}, 2).all);
	assert_false(as(OTHER_GID, (gid_t[]){5, 6}, 2).all);
	for (size_t i = 0; i < 300; i++)
		many[i] = 1000 + i;
	assert_false(as(OTHER_GID, many, 300).all);
	many[299] = OUR_GROUP;
	assert_true(as(OTHER_GID, many, 300).all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_no_socket),
		cmocka_unit_test(test_find_group),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
