// links: cli/fdtop/asker.c cli/client.c cli/http.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Questions and answers through the thread: good ones, failures, and an end that does not wait. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "fdtop/asker.h"

#define PATIENCE_MS 20000

static char dir[] = "/tmp/fdtop-asker.XXXXXX";
static char path[64];

static int digest_copy(const char *body, size_t sz, int64_t arg, void **ret_digest)
{
	(void)sz;
	if (arg < 0)
		return -EBADMSG;
	*ret_digest = strdup(body);
	return *ret_digest ? 0 : -ENOMEM;
}

static const struct question question = {ASK_STATUS, digest_copy, free};

static int listen_at(void)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(path);
	strcpy(addr.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 5), 0);
	return fd;
}

/* A child that answers `cnt` requests with the same. */
static pid_t serve(int cnt)
{
	static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
	int fd = listen_at();
	pid_t pid = fork();

	assert_true(pid >= 0);
	for (; !pid && cnt; cnt--) {
		int c = accept(fd, NULL, NULL);
		char request[256];

		if (read(c, request, sizeof(request)) <= 0 || write(c, answer, strlen(answer)) < 0)
			_exit(1);
		close(c);
	}
	if (!pid)
		_exit(0);
	close(fd);
	return pid;
}

static struct answer *next_answer(struct asker *a)
{
	struct pollfd pfd = {.fd = asker__fd(a), .events = POLLIN};

	assert_int_equal(poll(&pfd, 1, PATIENCE_MS), 1);
	return asker__take(a);
}

static void answers_come_in_order(void **state)
{
	pid_t pid = serve(3);
	struct asker *a;

	(void)state;
	assert_int_equal(asker__new(path, &a), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(asker__ask(a, &question, "/v1/x", i == 1 ? -1 : i), 0);
	for (int i = 0; i < 3; i++) {
		struct answer *an = next_answer(a);

		assert_non_null(an);
		assert_int_equal(an->arg, i == 1 ? -1 : i);
		assert_int_equal(an->err, i == 1 ? -EBADMSG : 0);
		if (i != 1)
			assert_string_equal(an->digest, "hello");
		else
			assert_null(an->digest);
		assert_true(an->took_ns > 0);
		answer__free(an);
	}
	assert_null(asker__take(a));
	asker__free(a);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void nobody_there(void **state)
{
	struct asker *a;
	struct answer *an;

	(void)state;
	unlink(path);
	assert_int_equal(asker__new(path, &a), 0);
	assert_int_equal(asker__ask(a, &question, "/v1/x", 0), 0);
	an = next_answer(a);
	assert_int_equal(an->fault, CLIENT_UNREACHABLE);
	assert_true(an->err < 0);
	assert_true(*an->message);
	answer__free(an);
	asker__free(a);
}

/* One question waits for an answer that never comes, more wait for it. */
static void the_end_does_not_wait(void **state)
{
	int fd = listen_at(), c;
	struct asker *a;

	(void)state;
	assert_int_equal(asker__new(path, &a), 0);
	assert_int_equal(asker__ask(a, &question, "/v1/x", 0), 0);
	c = accept(fd, NULL, NULL);
	assert_true(c >= 0);
	for (int i = 0; i < ASKER_QUEUE_MAX; i++)
		assert_int_equal(asker__ask(a, &question, "/v1/x", 0), 0);
	assert_int_equal(asker__ask(a, &question, "/v1/x", 0), -EBUSY);
	asker__free(a);
	/* What the thread still holds it gives back once its question has an end. */
	close(c);
	close(fd);
}

static void paths_have_a_length(void **state)
{
	char longer[CLIENT_PATH_MAX + 2];
	struct asker *a;

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	assert_int_equal(asker__new(longer, &a), -ENAMETOOLONG);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/sock", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_come_in_order),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(paths_have_a_length),
		cmocka_unit_test(the_end_does_not_wait),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
