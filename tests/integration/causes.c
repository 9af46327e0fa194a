// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Causes: each limit that refuses a call is named in the failure's line, with the call, what the
 * caller sees of it and where it came from.  Limits of the whole host are lowered only where
 * FDS_DISPOSABLE says that the machine is there for that.
 */
#include "stream.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define SOFT   64
#define NOBODY 65534

/* ---- what is done; each returns errno of the refusal, 0: none, -1: it cannot be tried here ----
 */

static int limit_self(void)
{
	struct rlimit lim = {SOFT, SOFT};

	return setrlimit(RLIMIT_NOFILE, &lim);
}

static int fill_up(void)
{
	limit_self();
	while (dup(0) >= 0)
		;
	return errno;
}

static int dup2_beyond(void)
{
	limit_self();
	return dup2(0, SOFT) < 0 ? errno : 0;
}

static int fcntl_beyond(void)
{
	limit_self();
	return fcntl(0, F_DUPFD, SOFT) < 0 ? errno : 0;
}

/* Two descriptors are sent and there is room for one: the other is gone, and recvmsg() succeeds. */
static int receive_too_many(void)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(2 * sizeof(int))];
	} control = {};
	char byte = 'x';
	struct iovec io = {&byte, 1};
	struct msghdr msg = {.msg_iov = &io,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	int pair[2], sent[2] = {0, 0}, last;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
		return -1;
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(sent));
	memcpy(CMSG_DATA(c), sent, sizeof(sent));
	if (sendmsg(pair[0], &msg, 0) != 1 || limit_self())
		return -1;
	/* To the brim without being refused, then one free. */
	do
		last = dup(0);
	while (last >= 0 && last < SOFT - 1);
	close(last);
	if (recvmsg(pair[1], &msg, 0) != 1)
		return errno;
	return msg.msg_flags & MSG_CTRUNC ? EMFILE : 0;
}

/* A user namespace has limits of its own, below those of the host. */
static int limit_namespace(const char *what)
{
	char path[96];
	int fd, err;

	if (unshare(CLONE_NEWUSER))
		return -1;
	snprintf(path, sizeof(path), "/proc/sys/user/%s", what);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -1;
	err = write(fd, "0", 1) == 1 ? 0 : -1;
	close(fd);
	return err;
}

static int inotify_instance(void)
{
	if (limit_namespace("max_inotify_instances"))
		return -1;
	return inotify_init1(0) < 0 ? errno : 0;
}

static int inotify_watch(void)
{
	int fd = inotify_init1(0);

	if (fd < 0 || limit_namespace("max_inotify_watches"))
		return -1;
	fd = inotify_init1(0); /* one that belongs to the namespace */
	return inotify_add_watch(fd, "/", IN_CREATE) < 0 ? errno : 0;
}

static int fanotify_group(void)
{
	if (limit_namespace("max_fanotify_groups"))
		return -1;
	return fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, 0) < 0 ? errno : 0;
}

static int too_many_pipe_pages(void)
{
	int fds[2];

	if (setresuid(NOBODY, NOBODY, NOBODY))
		return -1;
	return pipe(fds) ? errno : 0;
}

/* Root may go beyond. */
static int too_many_files(void)
{
	if (setresuid(NOBODY, NOBODY, NOBODY))
		return -1;
	while (eventfd(0, 0) >= 0)
		;
	return errno;
}

static int too_many_epoll_watches(void)
{
	int epoll;

	/* The daemon's own, which is root's, go on. */
	if (setresuid(NOBODY, NOBODY, NOBODY))
		return -1;
	epoll = epoll_create1(0);
	for (int i = 0; i < 400; i++) {
		struct epoll_event ev = {.events = EPOLLIN};

		if (epoll_ctl(epoll, EPOLL_CTL_ADD, eventfd(0, 0), &ev))
			return errno;
	}
	return 0;
}

/* ---- the table of them ---- */

struct scene {
	const char *name;
	int (*act)(void);
	int error;
	const char *cause, *call;
	const char *silent_as; /* what the caller sees instead of the error; NULL: the error */
	bool by_hook;	       /* the error of the system call alone does not tell */
	/* A limit of the host that is lowered for it, above what the file `base` says by `room`. */
	const char *lowered, *base;
	long long room;
	const char *on_demand; /* the function whose hook is attached only then */
};

static const struct scene scenes[] = {
	{"open files", fill_up, EMFILE, "nofile", "dup", NULL, false, NULL, NULL, 0, NULL},
	{"dup2 beyond the limit", dup2_beyond, EBADF, "nofile", "dup2", NULL, false, NULL, NULL, 0,
	 NULL},
	{"F_DUPFD beyond the limit", fcntl_beyond, EINVAL, "nofile", "fcntl", NULL, false, NULL,
	 NULL, 0, NULL},
	{"received descriptors", receive_too_many, EMFILE, "nofile", "recvmsg", "MSG_CTRUNC", true,
	 NULL, NULL, 0, NULL},
	{"inotify instances", inotify_instance, EMFILE, "inotify-instances", "inotify_init1", NULL,
	 false, NULL, NULL, 0, NULL},
	{"inotify watches", inotify_watch, ENOSPC, "inotify-watches", "inotify_add_watch", NULL,
	 true, NULL, NULL, 0, NULL},
	{"fanotify groups", fanotify_group, EMFILE, "fanotify-groups", "fanotify_init", NULL, false,
	 NULL, NULL, 0, NULL},
	{"pipe pages", too_many_pipe_pages, ENFILE, "pipe-pages", "pipe2", NULL, true,
	 "/proc/sys/fs/pipe-user-pages-hard", NULL, 1, NULL},
	{"open file descriptions of the host", too_many_files, ENFILE, "file-max", "eventfd2", NULL,
	 false, "/proc/sys/fs/file-max", "/proc/sys/fs/file-nr", 100, "alloc_empty_file"},
	{"epoll watches", too_many_epoll_watches, ENOSPC, "epoll-watches", "epoll_ctl", NULL, true,
	 "/proc/sys/fs/epoll/max_user_watches", NULL, 120, "do_epoll_ctl"},
};

/* ---- what is checked ---- */

static long long read_number(const char *path)
{
	FILE *f = fopen(path, "re");
	long long n = -1;

	if (f && fscanf(f, "%lld", &n) != 1)
		n = -1;
	if (f)
		fclose(f);
	return n;
}

static void write_number(const char *path, long long n)
{
	FILE *f = fopen(path, "we");

	if (!f || fprintf(f, "%lld\n", n) < 0 || fclose(f))
		tap__bail("%s: %s", path, strerror(errno));
}

/* Waits until the hook on this kernel function is in place; false: this tier has none. */
static bool await_hook(const struct fixture *f, const char *function)
{
	for (int tries = 0;; tries++) {
		json_t *status = fixture__get(f, "/v1/status"), *program;
		bool known = false, attached = false;
		size_t i;

		json_array_foreach (json_object_get(status, "programs"), i, program) {
			if (strcmp(stream__text(program, "function"), function) != 0)
				continue;
			known = true;
			attached = json_is_true(json_object_get(program, "attached"));
		}
		json_decref(status);
		if (!known || attached)
			return known;
		if (tries == 1000)
			tap__bail("the hook on %s is not attached", function);
		usleep(20000);
	}
}

/* The child acts when it is told to, tells how it went, and stays until it is told again. */
static pid_t start(const struct scene *scene, int *ret_in, int *ret_out)
{
	int in[2], out[2];
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		tap__bail("pipe: %s", strerror(errno));
	pid = fork();
	if (pid == 0) {
		int verdict;
		char c;

		close(in[1]);
		close(out[0]);
		if (read(in[0], &c, 1) != 1)
			_exit(1);
		verdict = scene->act();
		if (write(out[1], &verdict, sizeof(verdict)) != sizeof(verdict))
			_exit(1);
		_exit(read(in[0], &c, 1) != 0);
	}
	close(in[0]);
	close(out[1]);
	*ret_in = in[1];
	*ret_out = out[0];
	return pid;
}

/* Calls in files, innermost in the C library or the program itself. */
static bool is_stack(const json_t *stack)
{
	const char *inner = json_string_value(json_array_get(stack, 0)) ?: "";

	return inner[0] == '/' && strstr(inner, "+0x");
}

static bool is_right(const struct scene *scene, pid_t pid, const json_t *line)
{
	const char *seen_as = scene->silent_as ?: strerrorname_np(scene->error);

	return !strcmp(stream__text(line, "cause"), scene->cause) &&
	       !strcmp(stream__text(line, "error"), strerrorname_np(scene->error)) &&
	       !strcmp(stream__text(line, "syscall"), scene->call) &&
	       !strcmp(stream__text(line, "seen_as"), seen_as) &&
	       strlen(stream__text(line, "stack_id")) == 16 &&
	       is_stack(json_object_get(line, "stack")) && stream__number(line, "tid") == pid &&
	       stream__number(line, "soft_limit") > 0 && stream__number(line, "allocated") > 0;
}

static void play(const struct fixture *f, struct client *c, const char *tier,
		 const struct scene *scene)
{
	long long usual = scene->lowered ? read_number(scene->lowered) : 0;
	char name[96];
	int in, out, went = -1;
	pid_t pid;

	snprintf(name, sizeof(name), "%s: %s", tier, scene->name);
	if (scene->lowered && !getenv("FDS_DISPOSABLE")) {
		tap__skip(name, "it lowers a limit of the whole host (FDS_DISPOSABLE allows it)");
		return;
	}
	pid = start(scene, &in, &out);
	if (scene->lowered) {
		write_number(scene->lowered,
			     (scene->base ? read_number(scene->base) : 0) + scene->room);
		if (scene->on_demand)
			await_hook(f, scene->on_demand);
	}
	if (write(in, "a", 1) != 1 || read(out, &went, sizeof(went)) != sizeof(went))
		tap__bail("%s: the child is gone", scene->name);
	if (scene->lowered)
		write_number(scene->lowered, usual);
	if (went < 0) {
		tap__skip(name, "this kernel has no such limit that can be set");
	} else if (went != scene->error) {
		tap__not_ok(name, "the call itself ended with %s", strerrorname_np(went));
	} else {
		json_t *line = stream__await(c, "failure", pid);

		stream__verdict(tier, scene->name, line, line && is_right(scene, pid, line));
	}
	close(in);
	close(out);
	waitpid(pid, NULL, 0);
}

static void run_tier(const char *tier)
{
	bool hooks = !strcmp(tier, "trampoline") || !strcmp(tier, "kprobe");
	struct fixture f;
	struct client *c;

	if (!hooks && strcmp(tier, "syscall")) {
		tap__skip(tier, "it sees no failures");
		return;
	}
	c = stream__start(&f, (const char *const[]){"--tier", tier, NULL}, "failure");
	if (!c)
		return;
	json_decref(stream__await(c, "hello", 0));
	for (size_t i = 0; i < sizeof(scenes) / sizeof(scenes[0]); i++)
		if (hooks || !scenes[i].by_hook)
			play(&f, c, tier, &scenes[i]);
	client__free(c);
	if (fixture__stop(&f))
		tap__not_ok(tier, "the daemon did not end well");
}

int main(void)
{
	return stream__run_tiers(run_tier);
}
