// links: cli/client.c cli/http.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* The client against a server that gives prepared answers. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "client.h"

static char dir[] = "/tmp/fdscope-client.XXXXXX";
static char path[64];

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

/* A child that takes one connection, reads the request, writes the answer and ends. */
static pid_t serve_method(const char *method, const char *answer)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t pid;

	unlink(path);
	strcpy(addr.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int c = accept(fd, NULL, NULL);
		char request[256] = "", want[64];
		ssize_t n = read(c, request, sizeof(request) - 1);

		snprintf(want, sizeof(want), "%s /v1/x?y HTTP/1.0\r\n\r\n", method);
		if (n > 0 && strcmp(request, want))
			answer = "HTTP/1.1 400 Bad\r\n\r\n";
		if (write(c, answer, strlen(answer)) < 0)
			_exit(1);
		_exit(0);
	}
	close(fd);
	return pid;
}

static pid_t serve(const char *answer)
{
	return serve_method("GET", answer);
}

static struct client *new_client(void)
{
	struct client *c = NULL;

	assert_int_equal(client__new(path, &c), 0);
	return c;
}

/* Asks for the answer; checks the result and, when it failed, kind of failure and words. */
static void check_get(const char *answer, int result, enum client_fault fault, const char *words)
{
	pid_t pid = serve(answer);
	struct client *c = new_client();
	char *body = NULL;
	size_t sz = 0;

	assert_int_equal(client__get(c, "/v1/x?y", &body, &sz), result);
	assert_int_equal(client__fault(c), fault);
	if (result) {
		assert_non_null(strstr(client__message(c), words));
		assert_null(body);
	} else {
		assert_string_equal(body, words);
		assert_int_equal(sz, strlen(words));
	}
	assert_int_equal(client__fd(c), -1);
	free(body);
	client__free(c);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void answers(void **state)
{
	(void)state;
	check_get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 0, CLIENT_FINE, "hello");
	check_get("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello you", 0, CLIENT_FINE, "hello");
	check_get("HTTP/1.0 200 OK\r\n\r\nto the end", 0, CLIENT_FINE, "to the end");
	check_get("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 0, CLIENT_FINE, "");
}

static void posts(void **state)
{
	pid_t pid = serve_method("POST", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone");
	struct client *c = new_client();
	const char *part;
	size_t sz;

	(void)state;
	assert_int_equal(client__open_post(c, "/v1/x?y"), 0);
	assert_int_equal(client__read(c, &part, &sz), 1);
	assert_int_equal(sz, 4);
	assert_memory_equal(part, "done", 4);
	assert_int_equal(client__read(c, &part, &sz), 0);
	client__free(c);
	assert_int_equal(waitpid(pid, NULL, 0), pid);

	pid = serve_method("POST", "HTTP/1.1 403 No\r\n\r\n{\"error\":{\"message\":\"is off\"}}");
	c = new_client();
	assert_int_equal(client__open_post(c, "/v1/x?y"), -EACCES);
	assert_int_equal(client__fault(c), CLIENT_REFUSED);
	assert_string_equal(client__message(c), "is off");
	client__free(c);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void errors_of_the_daemon(void **state)
{
	(void)state;
	check_get(
		"HTTP/1.1 404 No\r\n\r\n{\"error\":{\"code\":\"not_found\",\"message\":\"no 7\"}}",
		-ENOENT, CLIENT_REFUSED, "no 7");
	check_get("HTTP/1.1 403 No\r\n\r\n{\"error\":{\"message\":\"not yours\"}}", -EACCES,
		  CLIENT_REFUSED, "not yours");
	check_get("HTTP/1.1 500 No\r\n\r\n<html>", -EREMOTEIO, CLIENT_REFUSED, "500");
	check_get("HTTP/1.1 503 No\r\n\r\n{\"error\":[]}", -EREMOTEIO, CLIENT_REFUSED, "503");
}

static void broken_answers(void **state)
{
	(void)state;
	check_get("", -ECONNRESET, CLIENT_UNREACHABLE, "without an answer");
	check_get("HTTP/1.1 200 OK\r\n", -EBADMSG, CLIENT_BROKEN, "cut off");
	check_get("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello", -EBADMSG, CLIENT_BROKEN,
		  "1 bytes are missing");
	check_get("SSH-2.0-x\r\n", -EBADMSG, CLIENT_BROKEN, "HTTP");
	check_get("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx", -EFBIG, CLIENT_BROKEN,
		  "longer than");
}

static void streams(void **state)
{
	pid_t pid = serve("HTTP/1.1 200 OK\r\n\r\nfirst\n\nthird\nno newline");
	struct client *c = new_client();
	const char *line;
	size_t len;

	(void)state;
	assert_int_equal(client__open_stream(c, "/v1/x?y"), 0);
	assert_true(client__fd(c) >= 0);
	assert_int_equal(client__line(c, &line, &len), 1);
	assert_string_equal(line, "first");
	assert_int_equal(len, 5);
	assert_int_equal(client__line(c, &line, &len), 1);
	assert_int_equal(len, 0);
	assert_int_equal(client__line(c, &line, &len), 1);
	assert_string_equal(line, "third");
	assert_int_equal(client__line(c, &line, &len), 0);
	client__free(c);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A child that writes half a line and the rest when told so by a byte into the pipe. */
static pid_t serve_slowly(int *ret_tell)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), tell[2];
	static const char begin[] = "HTTP/1.1 200 OK\r\n\r\none\ntw";
	pid_t pid;

	unlink(path);
	strcpy(addr.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(pipe(tell), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int c = accept(fd, NULL, NULL);
		char buf[256];

		if (read(c, buf, sizeof(buf)) <= 0 || write(c, begin, strlen(begin)) < 0 ||
		    read(tell[0], buf, 1) != 1 || write(c, "o\n", 2) != 2)
			_exit(1);
		_exit(0);
	}
	close(fd);
	close(tell[0]);
	*ret_tell = tell[1];
	return pid;
}

static void lines_that_are_not_waited_for(void **state)
{
	struct client *c;
	const char *line;
	size_t len;
	int tell;
	pid_t pid = serve_slowly(&tell);

	(void)state;
	c = new_client();
	assert_int_equal(client__open_stream(c, "/v1/x?y"), 0);
	assert_int_equal(client__try_line(c, &line, &len), 1);
	assert_string_equal(line, "one");
	assert_int_equal(client__try_line(c, &line, &len), -EAGAIN);
	assert_int_equal(client__try_line(c, &line, &len), -EAGAIN);
	assert_int_equal(write(tell, "", 1), 1);
	assert_int_equal(client__line(c, &line, &len), 1);
	assert_string_equal(line, "two");
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(client__try_line(c, &line, &len), 0);
	close(tell);
	client__free(c);
}

static void line_without_end(void **state)
{
	static char answer[CLIENT_LINE_MAX + 1024] = "HTTP/1.1 200 OK\r\n\r\n";
	struct client *c = new_client();
	const char *line;
	pid_t pid;
	size_t len;

	(void)state;
	memset(answer + strlen(answer), 'x', CLIENT_LINE_MAX + 1);
	pid = serve(answer);
	assert_int_equal(client__open_stream(c, "/v1/x?y"), 0);
	assert_int_equal(client__line(c, &line, &len), -EBADMSG);
	assert_int_equal(client__fault(c), CLIENT_BROKEN);
	client__free(c);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void check_unreachable(int result, const char *words)
{
	struct client *c = new_client();

	assert_int_equal(client__open(c, "/v1/x?y"), result);
	assert_int_equal(client__fault(c), CLIENT_UNREACHABLE);
	assert_non_null(strstr(client__message(c), words));
	client__free(c);
}

static void nobody_there(void **state)
{
	pid_t pid;
	int fd;

	(void)state;
	unlink(path);
	check_unreachable(-ENOENT, "systemctl start fdscoped");
	/* A socket that its daemon left behind. */
	pid = serve("");
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	check_unreachable(-ECONNREFUSED, "systemctl start fdscoped");
	unlink(path);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	check_unreachable(-ENOTSOCK, "is not a socket");
}

static void paths_have_a_length(void **state)
{
	char longest[CLIENT_PATH_MAX + 2];
	struct client *c = NULL;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[CLIENT_PATH_MAX + 1] = '\0';
	assert_int_equal(client__new(longest, &c), -ENAMETOOLONG);
	assert_null(c);
	longest[CLIENT_PATH_MAX] = '\0';
	assert_int_equal(client__new(longest, &c), 0);
	client__free(c);
	client__free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(posts),
		cmocka_unit_test(errors_of_the_daemon),
		cmocka_unit_test(broken_answers),
		cmocka_unit_test(streams),
		cmocka_unit_test(lines_that_are_not_waited_for),
		cmocka_unit_test(line_without_end),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(paths_have_a_length),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
