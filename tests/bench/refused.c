// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * refused: processes that are refused a descriptor, one after another, and how long it takes from
 * just before the refused call to the first line of the daemon's hook (firsthook).  Each is a
 * process of its own, full when it begins to count: files of several folders, sockets and pipes.  A
 * line for each:
 *   LATENCY  call to hook
 *   SPAWN    vfork and exec of the same hook by this program: what the machine needs at least
 *   CPU      of the daemon, from the call until it has time for others again
 *   WAIT     the longest that another client waited meanwhile for an answer; 0: nobody asked
 * all in nanoseconds.
 */
#include "get.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define STATUS	    "/v1/status"
#define STD_FDS	    3
#define FOLDER_CNT  8
#define FILE_CNT    64 /* in each folder */
#define PATIENCE_MS 30000

/* What a process that fails and its parent share. */
struct shared {
	sem_t full, go, failed, end;
	uint64_t call_ns; /* just before the call that is refused */
	int error;
};

struct options {
	const char *socket, *hook, *folder;
	pid_t daemon;
	unsigned long rounds, soft;
	bool asks;
};

static int must(int r, const char *what)
{
	if (r < 0)
		die(what);
	return r;
}

/* ---- the process that is refused ---- */

/* One or two more; false: there is no room. */
static bool open_more(const char *folder, unsigned long i)
{
	char path[4096];
	int pair[2];

	switch (i % 6) {
	case 0:
		return socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
	case 1:
		return socket(AF_INET, SOCK_DGRAM, 0) >= 0;
	case 2:
		return pipe(pair) == 0;
	default:
		snprintf(path, sizeof(path), "%s/%lu/%lu", folder, i % FOLDER_CNT,
			 i / FOLDER_CNT % FILE_CNT);
		return open(path, O_RDONLY) >= 0;
	}
}

/* Until the last number is taken, by copies at the end: no call of these is refused. */
static void fill(const struct options *o)
{
	unsigned long i = 0;
	int last;

	must((int)syscall(SYS_close_range, STD_FDS, ~0u, 0), "close_range");
	do {
		if (!open_more(o->folder, i++))
			die("no more descriptors");
		last = must(dup(0), "dup");
		if ((unsigned long)last + 3 < o->soft)
			close(last);
	} while ((unsigned long)last + 3 < o->soft);
	while ((unsigned long)last + 1 < o->soft)
		last = must(dup(0), "dup");
}

static _Noreturn void be_refused(const struct options *o, struct shared *s)
{
	int r;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fill(o);
	sem_post(&s->full);
	sem_wait(&s->go);
	s->call_ns = now_ns();
	r = open("/dev/null", O_RDONLY);
	s->error = r < 0 ? errno : 0;
	sem_post(&s->failed);
	sem_wait(&s->end);
	_exit(0);
}

/* ---- the other client ---- */

static struct {
	const char *socket;
	_Atomic bool ends;
	_Atomic uint64_t longest_ns, cnt;
} client;

static void *ask_on(void *arg)
{
	int fd = connect_to(client.socket);
	struct answer a = {};

	(void)arg;
	while (!client.ends) {
		uint64_t cost = exchange(fd, STATUS, &a);

		if (cost > client.longest_ns)
			client.longest_ns = cost;
		client.cnt++;
	}
	close(fd);
	free(a.data);
	return NULL;
}

/* A whole request ends after this was called. */
static void await_answer(void)
{
	uint64_t begin = client.cnt;

	while (client.cnt < begin + 2)
		usleep(100);
}

/* ---- rounds ---- */

/* The clock that the hook took; only that of the hook about `pid` will do. */
static uint64_t await_hook(int fifo, pid_t pid)
{
	struct pollfd p = {.fd = fifo, .events = POLLIN};
	uint64_t told[2];

	do {
		errno = ETIMEDOUT;
		if (poll(&p, 1, PATIENCE_MS) <= 0)
			die("no hook has run");
		if (read(fifo, told, sizeof(told)) != sizeof(told))
			die("fifo");
	} while (told[1] != (uint64_t)pid);
	return told[0];
}

static uint64_t spawn_hook(const struct options *o, int fifo)
{
	char pid_text[32], *argv[] = {(char *)o->hook, NULL}, *env[] = {pid_text, NULL};
	uint64_t begin, at;
	pid_t pid;

	snprintf(pid_text, sizeof(pid_text), "FDSCOPE_PID=%d", getpid());
	begin = now_ns();
	errno = posix_spawn(&pid, o->hook, NULL, NULL, argv, env);
	if (errno)
		die(o->hook);
	at = await_hook(fifo, getpid());
	must(waitpid(pid, NULL, 0), "waitpid");
	return at - begin;
}

static uint64_t cpu_of(clockid_t clock)
{
	struct timespec ts;

	must(clock_gettime(clock, &ts), "the daemon's CPU clock");
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

/* It may also have ended, after it has said why. */
static void await_child(sem_t *sem, pid_t pid)
{
	struct timespec end;

	do {
		clock_gettime(CLOCK_MONOTONIC, &end);
		end.tv_sec++;
		if (!sem_clockwait(sem, CLOCK_MONOTONIC, &end))
			return;
	} while (errno == ETIMEDOUT && !waitpid(pid, NULL, WNOHANG));
	die("a process that was to be refused ended");
}

static void run_round(const struct options *o, struct shared *s, int fifo, int api)
{
	uint64_t hook_ns, cpu_ns, spawn_ns, wait_ns = 0;
	struct answer a = {};
	clockid_t clock;
	pid_t pid;

	errno = clock_getcpuclockid(o->daemon, &clock);
	if (errno)
		die("the daemon's CPU clock");
	pid = must(fork(), "fork");
	if (!pid)
		be_refused(o, s);
	await_child(&s->full, pid);
	/* What it opened has been taken note of: what follows is about the refused call alone. */
	exchange(api, STATUS, &a);
	spawn_ns = spawn_hook(o, fifo);
	if (o->asks)
		await_answer();
	client.longest_ns = 0;
	cpu_ns = cpu_of(clock);
	sem_post(&s->go);
	await_child(&s->failed, pid);
	errno = s->error;
	if (s->error != EMFILE)
		die("the call was not refused");
	hook_ns = await_hook(fifo, pid);
	exchange(api, STATUS, &a);
	cpu_ns = cpu_of(clock) - cpu_ns;
	if (o->asks) {
		await_answer();
		wait_ns = client.longest_ns;
	}
	sem_post(&s->end);
	must(waitpid(pid, NULL, 0), "waitpid");
	printf("%llu %llu %llu %llu\n", (unsigned long long)(hook_ns - s->call_ns),
	       (unsigned long long)spawn_ns, (unsigned long long)cpu_ns,
	       (unsigned long long)wait_ns);
	free(a.data);
}

static void make_files(const char *folder)
{
	char path[4096];

	for (int i = 0; i < FOLDER_CNT; i++) {
		snprintf(path, sizeof(path), "%s/%d", folder, i);
		if (mkdir(path, 0700) && errno != EEXIST)
			die(path);
		for (int k = 0; k < FILE_CNT; k++) {
			snprintf(path, sizeof(path), "%s/%d/%d", folder, i, k);
			close(must(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), path));
		}
	}
}

static void run(const struct options *o)
{
	struct shared *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct rlimit lim = {o->soft, o->soft};
	int fifo, api = connect_to(o->socket);
	char path[4096];
	pthread_t thread;

	if (s == MAP_FAILED || sem_init(&s->full, 1, 0) || sem_init(&s->go, 1, 0) ||
	    sem_init(&s->failed, 1, 0) || sem_init(&s->end, 1, 0))
		die("shared memory");
	make_files(o->folder);
	snprintf(path, sizeof(path), "%s.fifo", o->hook);
	/* Both ends, so that it is never at its end. */
	fifo = must(open(path, O_RDWR | O_CLOEXEC), path);
	/* Ours, so that those who inherit it do not change theirs: that would be an event. */
	must(setrlimit(RLIMIT_NOFILE, &lim), "setrlimit");
	client.socket = o->socket;
	if (o->asks && (errno = pthread_create(&thread, NULL, ask_on, NULL)))
		die("pthread_create");
	for (unsigned long i = 0; i < o->rounds; i++)
		run_round(o, s, fifo, api);
	client.ends = true;
	if (o->asks)
		pthread_join(thread, NULL);
}

int main(int argc, char **argv)
{
	struct options o = {};

	if (argc != 7 && (argc != 8 || strcmp(argv[7], "ask") != 0)) {
		fprintf(stderr, "usage: refused SOCKET DAEMON-PID HOOK FOLDER ROUNDS SOFT-LIMIT "
				"[ask]\n");
		return 2;
	}
	o.socket = argv[1];
	o.daemon = atoi(argv[2]);
	o.hook = argv[3];
	o.folder = argv[4];
	o.rounds = strtoul(argv[5], NULL, 10);
	o.soft = strtoul(argv[6], NULL, 10);
	o.asks = argc == 8;
	setlinebuf(stdout);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run(&o);
	return 0;
}
