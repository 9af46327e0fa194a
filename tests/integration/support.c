// SPDX-License-Identifier: GPL-2.0-or-later
/* Shared by the integration tests; see support.h. */
#include "support.h"

#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Generous: under emulation everything takes many times as long. */
#define START_TIMEOUT_MS 120000

/* Longer than the daemon wants between two looks at the same difference. */
#define CONFIRM_MS 60

static int failed, passed;

/* ---- TAP ---- */

static void say(const char *verdict, const char *fmt, va_list ap)
{
	printf("%s - ", verdict);
	vprintf(fmt, ap);
	putchar('\n');
	fflush(stdout);
}

void tap__ok(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("ok", fmt, ap);
	va_end(ap);
	passed++;
}

void tap__not_ok(const char *name, const char *fmt, ...)
{
	va_list ap;

	printf("not ok - %s: ", name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	fflush(stdout);
	failed++;
}

void tap__skip(const char *name, const char *why)
{
	printf("ok - %s # SKIP %s\n", name, why);
	fflush(stdout);
}

void tap__bail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("not ok", fmt, ap);
	va_end(ap);
	exit(EXIT_FAILURE);
}

int tap__exit(void)
{
	return failed || !passed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- processes ---- */

const char *build_dir(void)
{
	return getenv("FDS_BUILD") ?: "build";
}

const char *const *test_tiers(void)
{
	static const char *tiers[8] = {"syscall", "sample", "procfs"};
	static char names[128];
	const char *env = getenv("FDS_TIERS");
	size_t cnt = 0;

	if (!env || names[0])
		return tiers;
	snprintf(names, sizeof(names), "%s", env);
	memset(tiers, 0, sizeof(tiers));
	for (char *t = strtok(names, " ,"); t && cnt < 7; t = strtok(NULL, " ,"))
		tiers[cnt++] = t;
	return tiers;
}

static int wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Ends with us, whatever happens to us. */
static void tie_to_parent(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
}

/* ---- the daemon ---- */

/* systemd's protocol: a datagram with READY=1 says that it answers. */
static int notify_socket(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		tap__bail("notify socket: %s", strerror(errno));
	return fd;
}

static int wait_ready(int notify, pid_t pid)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		struct pollfd p = {.fd = notify, .events = POLLIN};
		char text[512];
		ssize_t len;

		if (poll(&p, 1, 100) == 1 && (len = recv(notify, text, sizeof(text) - 1, 0)) > 0) {
			text[len] = '\0';
			if (strstr(text, "READY=1"))
				return 0;
		}
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return -ECHILD;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if ((now.tv_sec - start.tv_sec) * 1000 > START_TIMEOUT_MS)
			return -ETIMEDOUT;
	}
}

static void show_log(const struct fixture *f)
{
	char line[512];
	FILE *log = fopen(f->log, "r");

	while (log && fgets(line, sizeof(line), log))
		fprintf(stderr, "# %s", line);
	if (log)
		fclose(log);
}

int fixture__start(struct fixture *f, const char *const *args)
{
	const char *argv[16] = {NULL, "--config", "/dev/null", "--socket", f->socket};
	char program[256], notify_path[96];
	pid_t self = getpid();
	int notify, argc = 5, err;

	snprintf(f->dir, sizeof(f->dir), "/tmp/fdscope-test.XXXXXX");
	if (!mkdtemp(f->dir))
		tap__bail("mkdtemp: %s", strerror(errno));
	snprintf(f->socket, sizeof(f->socket), "%s/socket", f->dir);
	snprintf(f->log, sizeof(f->log), "%s/log", f->dir);
	snprintf(notify_path, sizeof(notify_path), "%s/notify", f->dir);
	snprintf(program, sizeof(program), "%s/fdscoped", build_dir());
	argv[0] = program;
	while (*args && argc < 15)
		argv[argc++] = *args++;

	notify = notify_socket(notify_path);
	f->pid = fork();
	if (f->pid == 0) {
		int log = open(f->log, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		tie_to_parent(self);
		setenv("NOTIFY_SOCKET", notify_path, 1);
		dup2(log, STDERR_FILENO);
		execv(program, (char *const *)argv);
		_exit(127);
	}
	err = wait_ready(notify, f->pid);
	close(notify);
	unlink(notify_path);
	if (err)
		show_log(f);
	return err;
}

int fixture__stop(struct fixture *f)
{
	int status;

	kill(f->pid, SIGTERM);
	status = wait_status(f->pid);
	if (status)
		show_log(f);
	unlink(f->log);
	unlink(f->socket);
	{
		char lock[112];

		snprintf(lock, sizeof(lock), "%s.lock", f->socket);
		unlink(lock);
	}
	rmdir(f->dir);
	return status;
}

json_t *fixture__get(const struct fixture *f, const char *target)
{
	struct client *c;
	json_error_t err;
	json_t *json = NULL;
	char *body;
	size_t sz;

	if (client__new(f->socket, &c))
		return NULL;
	if (client__get(c, target, &body, &sz)) {
		fprintf(stderr, "# %s: %s\n", target, client__message(c));
	} else {
		json = json_loadb(body, sz, 0, &err);
		if (!json)
			fprintf(stderr, "# %s: not JSON: %s\n", target, err.text);
		free(body);
	}
	client__free(c);
	return json;
}

long long fixture__status(const struct fixture *f, const char *key)
{
	json_t *status = fixture__get(f, "/v1/status");
	long long n;

	if (!status)
		tap__bail("the daemon does not answer");
	n = json_integer_value(json_object_get(status, key));
	json_decref(status);
	return n;
}

void fixture__settle(const struct fixture *f)
{
	/* A difference is taken down, seen again, and gone. */
	for (int i = 0; i < 3; i++) {
		struct timespec pause = {.tv_nsec = CONFIRM_MS * 1000000L};

		json_decref(fixture__get(f, "/v1/processes?limit=1&max_staleness_ms=0"));
		nanosleep(&pause, NULL);
	}
}

/* ---- helpers ---- */

int helper__start(struct helper *h, const char *const *argv)
{
	int out[2], in[2];
	pid_t self = getpid();

	if (pipe2(out, O_CLOEXEC) || pipe2(in, O_CLOEXEC))
		return -errno;
	h->pid = fork();
	if (h->pid < 0)
		return -errno;
	if (h->pid == 0) {
		tie_to_parent(self);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execv(argv[0], (char *const *)argv);
		_exit(127);
	}
	close(out[1]);
	close(in[0]);
	h->in = in[1];
	h->out = fdopen(out[0], "r");
	return h->out ? 0 : -errno;
}

char *helper__line(struct helper *h)
{
	static char *line;
	static size_t sz;
	ssize_t len = getline(&line, &sz, h->out);

	if (len <= 0)
		return NULL;
	line[strcspn(line, "\n")] = '\0';
	return line;
}

void helper__tell(struct helper *h, const char *text)
{
	if (write(h->in, text, strlen(text)) < 0)
		fprintf(stderr, "# helper: %s\n", strerror(errno));
}

int helper__stop(struct helper *h)
{
	int status;

	close(h->in);
	status = wait_status(h->pid);
	fclose(h->out);
	return status;
}
