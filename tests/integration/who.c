// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who holds what: files, pipes, sockets and open file descriptions in every way that they are
 * shared, by fdscope itself, compared with what /proc shows; and what another user is told.
 */
#include "support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY	   65534
#define NAME	   "a \"quoted\"\\ \nname \xc3\xa4 \x01" /* what trips whoever writes names down */
#define DELETED_SZ 8192

static struct fixture f;
static const char *tier;
static char dir[128], path[256];

static void check(bool good, const char *what)
{
	if (good)
		tap__ok("%s: %s", tier, what);
	else
		tap__not_ok(what, "tier %s", tier);
}

/* The exit status of "fdscope ARGS..."; its output's JSON, if it is any. */
static int run(const char *const *args, json_t **ret)
{
	const char *argv[12] = {NULL, "--socket", f.socket};
	char program[256];
	int fds[2], status, n = 3;
	FILE *out;
	pid_t pid;

	snprintf(program, sizeof(program), "%s/fdscope", build_dir());
	argv[0] = program;
	while (*args)
		argv[n++] = *args++;
	if (pipe2(fds, O_CLOEXEC))
		tap__bail("pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		dup2(fds[1], 1);
		dup2(null, 2);
		execv(program, (char *const *)argv);
		_exit(127);
	}
	close(fds[1]);
	out = fdopen(fds[0], "r");
	*ret = json_loadf(out, 0, NULL);
	fclose(out);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static json_t *who(const char *what, const char *second)
{
	json_t *answer;
	int status = run((const char *const[]){"who", "--json", what, second, NULL}, &answer);

	if (status)
		fprintf(stderr, "fdscope who %s: exit status %d\n", what, status);
	return answer;
}

static const json_t *find(const json_t *answer, const char *list, pid_t pid, int fd)
{
	const json_t *rows = json_object_get(answer, list);

	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		if (json_integer_value(json_object_get(row, "pid")) == pid &&
		    json_integer_value(json_object_get(row, "fd")) == fd)
			return row;
	}
	return NULL;
}

static size_t count(const json_t *answer)
{
	return json_array_size(json_object_get(answer, "holders"));
}

/* Whether the row is there, and shares its ofd with another one or not. */
static bool shares(const json_t *answer, pid_t pid, int fd, bool shared)
{
	const json_t *value = json_object_get(find(answer, "holders", pid, fd), "shares_ofd");

	return shared ? json_is_true(value) : json_is_false(value);
}

/* How many descriptors of these processes /proc shows on the inode. */
static size_t count_in_proc(const struct stat *st, const pid_t *pids, size_t cnt)
{
	size_t found = 0;

	for (size_t i = 0; i < cnt; i++)
		for (int fd = 0; fd < 256; fd++) {
			char link[64];
			struct stat other;

			snprintf(link, sizeof(link), "/proc/%d/fd/%d", pids[i], fd);
			found += !stat(link, &other) && other.st_ino == st->st_ino &&
				 other.st_dev == st->st_dev;
		}
	return found;
}

/* A child that holds what it was born with, and a descriptor that is sent to it, until killed. */
static pid_t start_child(int *ret_socket)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		tap__bail("socketpair: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		char byte, room[CMSG_SPACE(sizeof(int))];
		struct iovec iov = {&byte, 1};
		struct msghdr msg = {.msg_iov = &iov,
				     .msg_iovlen = 1,
				     .msg_control = room,
				     .msg_controllen = sizeof(room)};

		close(pair[0]);
		if (recvmsg(pair[1], &msg, 0) == 1 && write(pair[1], &byte, 1) == 1)
			pause();
		_exit(0);
	}
	close(pair[1]);
	*ret_socket = pair[0];
	return pid;
}

static void send_fd(int sock, int fd)
{
	char byte = 'x', room[CMSG_SPACE(sizeof(int))] = {};
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room,
			     .msg_controllen = sizeof(room)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	if (sendmsg(sock, &msg, 0) != 1 || read(sock, &byte, 1) != 1)
		tap__bail("a descriptor cannot be sent");
}

static void stop_child(pid_t pid, int sock)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(sock);
}

static void test_files(void)
{
	int first = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644), copy, second, third, sock,
	    sock2;
	pid_t born, sent, pids[3];
	struct stat st;
	char other[300], word[64], word2[32];
	json_t *a;

	copy = fcntl(first, F_DUPFD_CLOEXEC, 0);
	born = start_child(&sock);
	second = open(path, O_RDONLY | O_CLOEXEC);
	third = open(path, O_WRONLY | O_CLOEXEC);
	fstat(first, &st);

	a = who(path, NULL);
	check(count(a) == 6, "who PATH: all of parent and child");
	check(shares(a, getpid(), first, true) && shares(a, getpid(), copy, true) &&
		      shares(a, born, first, true),
	      "who PATH: dup and fork share an ofd");
	check(shares(a, getpid(), second, false) && shares(a, getpid(), third, false),
	      "who PATH: what is opened again shares the inode alone");
	json_decref(a);

	sent = start_child(&sock2);
	send_fd(sock2, second);
	pids[0] = getpid(), pids[1] = born, pids[2] = sent;
	a = who(path, NULL);
	check(count(a) == count_in_proc(&st, pids, 3), "who PATH: as many as /proc shows");
	check(shares(a, getpid(), second, true), "who PATH: SCM_RIGHTS hands on the ofd");
	json_decref(a);

	snprintf(other, sizeof(other), "%s/hard", dir);
	link(path, other);
	a = who(other, NULL);
	check(count(a) == count_in_proc(&st, pids, 3), "who PATH: by a hard link");
	json_decref(a);
	unlink(other);
	symlink(path, other);
	a = who(other, NULL);
	check(count(a) == count_in_proc(&st, pids, 3), "who PATH: by a symbolic link");
	json_decref(a);
	unlink(other);

	snprintf(word, sizeof(word), "pid:%d", getpid());
	snprintf(word2, sizeof(word2), "fd:%d", second);
	a = who(word, word2);
	check(count(a) == count_in_proc(&st, pids, 3), "who pid:N fd:M: the same");
	if (strcmp(tier, "procfs") != 0) {
		snprintf(word, sizeof(word), "ofd:%s",
			 json_string_value(
				 json_object_get(find(a, "holders", getpid(), first), "ofd")));
		json_decref(a);
		a = who(word, NULL);
		check(count(a) == 6 && find(a, "holders", born, copy) &&
			      !find(a, "holders", getpid(), third),
		      "who ofd:ID: only those on it");
	}
	json_decref(a);
	stop_child(born, sock);
	stop_child(sent, sock2);
	close(first), close(copy), close(second), close(third);
	a = NULL;
	check(run((const char *const[]){"who", "--json", path, NULL}, &a) == 1 && !count(a),
	      "who PATH: nobody is exit status 1");
	json_decref(a);
}

static void test_deleted(void)
{
	char data[DELETED_SZ] = {}, name[300];
	const json_t *row;
	struct stat st;
	json_t *a;
	int fd;

	snprintf(name, sizeof(name), "%s/gone", dir);
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (write(fd, data, sizeof(data)) != sizeof(data) || fsync(fd) || unlink(name))
		tap__bail("%s: %s", name, strerror(errno));
	fstat(fd, &st);
	a = who("deleted", NULL);
	row = find(a, "holders", getpid(), fd);
	check(row && json_integer_value(json_object_get(row, "size")) == DELETED_SZ &&
		      json_integer_value(json_object_get(row, "disk_bytes")) == st.st_blocks * 512,
	      "who deleted: the bytes that it keeps");
	json_decref(a);
	close(fd);
}

static void test_anonymous(void)
{
	int event = eventfd(0, EFD_CLOEXEC), other = eventfd(0, EFD_CLOEXEC);
	char word[64];
	json_t *a;

	snprintf(word, sizeof(word), "pid:%d fd:%d", getpid(), event);
	a = who(word, NULL);
	check(count(a) == 1 && find(a, "holders", getpid(), event),
	      "who pid:N fd:M: an eventfd is not all eventfds");
	json_decref(a);
	close(event), close(other);
}

static void test_port(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int connected = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), accepted, port;
	socklen_t sz = sizeof(sa);
	char word[32];
	json_t *a;

	if (bind(listening, (struct sockaddr *)&sa, sizeof(sa)) || listen(listening, 1) ||
	    getsockname(listening, (struct sockaddr *)&sa, &sz) ||
	    connect(connected, (struct sockaddr *)&sa, sizeof(sa)))
		tap__bail("TCP: %s", strerror(errno));
	accepted = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	port = ntohs(sa.sin_port);
	snprintf(word, sizeof(word), "port:%d", port);
	a = who(word, NULL);
#define PORT(fd, key) json_integer_value(json_object_get(find(a, "holders", getpid(), fd), key))
	check(PORT(listening, "local_port") == port && PORT(accepted, "local_port") == port,
	      "who port:N: as the local one");
	check(PORT(connected, "remote_port") == port && count(a) >= 3,
	      "who port:N: as the remote one");
	json_decref(a);
	close(listening), close(connected), close(accepted);
}

static void test_names(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fifo;
	char name[300];
	json_t *a;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.80s/socket", dir);
	if (bind(sock, (struct sockaddr *)&sa, sizeof(sa)))
		tap__bail("%s: %s", sa.sun_path, strerror(errno));
	a = who(sa.sun_path, NULL);
	check(count(a) == 1 && find(a, "holders", getpid(), sock), "who PATH: of a Unix socket");
	json_decref(a);
	close(sock);
	unlink(sa.sun_path);

	snprintf(name, sizeof(name), "%s/fifo", dir);
	mkfifo(name, 0600);
	fifo = open(name, O_RDWR | O_CLOEXEC);
	a = who(name, NULL);
	check(count(a) == 1 && find(a, "holders", getpid(), fifo), "who PATH: of a FIFO");
	json_decref(a);
	close(fifo);
	unlink(name);
}

static void test_all(void)
{
	json_t *a = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const json_t *row;
	int status = run((const char *const[]){"files", "--all", "--json", NULL}, &a);
	bool all = true;

	row = find(a, "files", getpid(), fd);
	check(status == 0 && row && json_is_string(json_object_get(row, "name")),
	      "files --all: a name with odd bytes");
	for (int i = 0; i < 256; i++)
		if (fcntl(i, F_GETFD) >= 0 && !find(a, "files", getpid(), i))
			all = false;
	check(all, "files --all: all of ours");
	check(find(a, "files", f.pid, 0) != NULL, "files --all: the daemon's too");
	json_decref(a);
	close(fd);
}

static void test_graph(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), status;
	char command[1024];

	if (system("command -v dot >/dev/null")) {
		tap__skip("graph", "Graphviz is not installed");
	} else {
		setenv("FDS_PATH", path, 1);
		snprintf(command, sizeof(command),
			 "%s/fdscope graph \"$FDS_PATH\" --socket %s | dot -Tsvg >%s/svg 2>%s/err "
			 "&& test ! -s %s/err && grep -q 'quoted' %s/svg",
			 build_dir(), f.socket, dir, dir, dir, dir);
		status = system(command);
		check(status == 0, "graph PATH: dot draws it");
	}
	close(fd);
}

/* In a child, as another user: by the API, since the program may not be his to run. */
static void test_other_user(void)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), status = -1;
	pid_t pid;

	chmod(path, 0644);
	pid = fork();
	if (pid == 0) {
		char target[64];
		json_t *a;
		int bad = 0, own, node;

		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(100);
		own = open(path, O_RDONLY | O_CLOEXEC);
		node = open(path, O_PATH | O_CLOEXEC);
		/* A process that has changed its user is root's in /proc: nothing is his, */
		snprintf(target, sizeof(target), "/v1/who?fd=%d", node);
		a = fixture__get(&f, target);
		bad |= a && count(a) != 0 ? 1 : 0;
		/* unless it says otherwise. */
		prctl(PR_SET_DUMPABLE, 1);
		for (int i = 0; i < 100 && !a; i++) {
			usleep(100 * 1000); /* those without privilege have to wait at times */
			a = fixture__get(&f, target);
		}
		bad |= count(a) == 2 && find(a, "holders", getpid(), own) ? 0 : 8;
		snprintf(target, sizeof(target), "/v1/who?pid=%d&fd=%d", getppid(), fd);
		bad |= fixture__get(&f, target) ? 2 : 0;
		bad |= own < 0 || node < 0 ? 4 : 0;
		_exit(bad);
	}
	waitpid(pid, &status, 0);
	check(status == 0, "another user is not told");
	close(fd);
}

int main(void)
{
	for (const char *const *t = test_tiers(); *t; t++) {
		const char *args[] = {"--tier", *t, NULL};

		tier = *t;
		if (fixture__start(&f, args))
			tap__bail("the daemon does not start in tier %s", tier);
		chmod(f.dir, 0755);
		snprintf(dir, sizeof(dir), "%s/who", f.dir);
		mkdir(dir, 0755);
		snprintf(path, sizeof(path), "%s/%s", dir, NAME);
		test_files();
		test_deleted();
		test_anonymous();
		test_port();
		test_names();
		close(open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644));
		test_all();
		test_graph();
		test_other_user();
		setenv("FDS_DIR", dir, 1);
		if (system("rm -r \"$FDS_DIR\""))
			tap__bail("%s cannot be removed", dir);
		if (fixture__stop(&f))
			tap__not_ok("end", "the daemon did not end well");
	}
	return tap__exit();
}
