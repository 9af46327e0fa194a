// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * crowd: many processes with an exact number of descriptors each, standing still until the end of
 * stdin; or many short-lived processes in a row. For tests and measurements of scale.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STD_FDS 3

struct options {
	unsigned long procs, fds, rlimit, shorts;
	bool mixed, exec;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static int must(int r, const char *what)
{
	if (r < 0)
		die(what);
	return r;
}

/* Soft to hard, hard higher if we may: what is refused shows when it is needed. */
static void raise_limit(__rlimit_resource_t what, rlim_t need)
{
	struct rlimit rl;

	must(getrlimit(what, &rl), "getrlimit");
	if (rl.rlim_cur >= need)
		return;
	if (rl.rlim_max < need) {
		struct rlimit more = {.rlim_cur = need, .rlim_max = need};

		if (setrlimit(what, &more) == 0)
			return;
		need = rl.rlim_max;
	}
	rl.rlim_cur = need;
	must(setrlimit(what, &rl), "setrlimit");
}

static void need_descriptors(rlim_t need)
{
	struct rlimit rl;

	raise_limit(RLIMIT_NOFILE, need);
	must(getrlimit(RLIMIT_NOFILE, &rl), "getrlimit");
	if (rl.rlim_cur >= need)
		return;
	fprintf(stderr, "crowd: needs %ju descriptors, the limit is %ju\n", (uintmax_t)need,
		(uintmax_t)rl.rlim_cur);
	exit(1);
}

/* Cheap ones of several kinds; most are copies of the first, so few open file descriptions. */
static void make_mixed(unsigned long cnt)
{
	unsigned long i = 0;
	int pair[2], null;

	if (!cnt)
		return;
	null = must(open("/dev/null", O_RDWR), "open /dev/null");
	for (i = 1; i < cnt; i++)
		switch (i % 16) {
		case 3:
			must(eventfd(0, 0), "eventfd");
			break;
		case 6:
			must(epoll_create1(0), "epoll_create1");
			break;
		case 9:
		case 12:
			if (i + 1 < cnt) {
				if (i % 16 == 9)
					must(pipe2(pair, 0), "pipe2");
				else
					must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair),
					     "socketpair");
				i++;
				break;
			}
			/* fallthrough */
		default:
			must(dup(null), "dup");
		}
}

static void make_distinct(unsigned long cnt)
{
	while (cnt--)
		must(open("/dev/null", O_RDWR), "open /dev/null");
}

/* How many stand, in memory that all share: no descriptor is spent on telling. */
static _Atomic unsigned int *standing;

/*
 * The read end of the parent's pipe takes the place of stdin: the end of the parent, in whatever
 * way, is the end of all. Exactly fds descriptors follow the three standard ones.
 */
static _Noreturn void stand(const struct options *o, int hold)
{
	char byte;

	must(dup2(hold, STDIN_FILENO), "dup2");
	/* Whatever the tester left open in us would count. */
	must((int)syscall(SYS_close_range, STD_FDS, ~0U, 0), "close_range");
	if (o->rlimit) {
		struct rlimit rl = {.rlim_cur = o->rlimit, .rlim_max = o->rlimit};

		must(setrlimit(RLIMIT_NOFILE, &rl), "setrlimit --rlimit");
	}
	if (o->mixed)
		make_mixed(o->fds);
	else
		make_distinct(o->fds);
	atomic_fetch_add(standing, 1);
	syscall(SYS_futex, standing, FUTEX_WAKE, 1, NULL, NULL, 0);
	while (read(STDIN_FILENO, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static void await_standing(unsigned long cnt)
{
	struct timespec second = {.tv_sec = 1};
	unsigned int now;

	while ((now = atomic_load(standing)) < cnt) {
		syscall(SYS_futex, standing, FUTEX_WAIT, now, &second, NULL, 0);
		if (waitpid(-1, NULL, WNOHANG) > 0) {
			fprintf(stderr, "crowd: a process died\n");
			_exit(1);
		}
	}
}

static int run_crowd(const struct options *o)
{
	unsigned long i;
	char room[64];
	int hold[2];

	need_descriptors(STD_FDS + o->fds);
	raise_limit(RLIMIT_NPROC, o->procs + 1000);
	standing = mmap(NULL, sizeof(*standing), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	if (standing == MAP_FAILED)
		die("mmap");
	must(pipe2(hold, O_CLOEXEC), "pipe2");
	for (i = 0; i < o->procs; i++)
		if (must(fork(), "fork") == 0)
			stand(o, hold[0]);
	must(close(hold[0]), "close");
	await_standing(o->procs);
	printf("ready %d %lu %lu\n", getpid(), o->procs, o->fds);
	fflush(stdout);
	while (read(STDIN_FILENO, room, sizeof(room)) > 0)
		;
	must(close(hold[1]), "close");
	while (wait(NULL) > 0)
		;
	return 0;
}

static pid_t start_true(void)
{
	char *argv[] = {(char *)"/bin/true", NULL};
	/* vfork copies no page tables: the row is as fast as this host can make it. */
	pid_t pid = vfork();

	if (pid == 0) {
		execve(argv[0], argv, argv + 1);
		_exit(127);
	}
	return pid;
}

static pid_t start_nothing(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid;
}

static int run_short(const struct options *o)
{
	unsigned long i;
	int status;

	for (i = 0; i < o->shorts; i++) {
		pid_t pid = must(o->exec && i % 4 == 0 ? start_true() : start_nothing(), "fork");

		must(waitpid(pid, &status, 0), "waitpid");
		if (status) {
			fprintf(stderr, "crowd: a short-lived process ended with %d\n", status);
			return 1;
		}
	}
	printf("done\n");
	return 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: crowd PROCS FDS [--mixed|--distinct] [--rlimit N]\n"
			"       crowd --short N [--exec]\n"
			"  --distinct  each descriptor opened by itself (default)\n"
			"  --mixed     several kinds, most of them dups of one\n"
			"  --rlimit N  soft and hard limit of the processes\n"
			"  --exec      every fourth short-lived process execs /bin/true\n");
	return 2;
}

static bool parse_number(const char *text, unsigned long *ret)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-')
		return false;
	*ret = n;
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"mixed", no_argument, NULL, 'm'},	  {"distinct", no_argument, NULL, 'd'},
		{"rlimit", required_argument, NULL, 'r'}, {"short", required_argument, NULL, 's'},
		{"exec", no_argument, NULL, 'e'},	  {},
	};
	struct options o = {0};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'm':
			o.mixed = true;
			break;
		case 'd':
			o.mixed = false;
			break;
		case 'r':
			if (!parse_number(optarg, &o.rlimit))
				return usage();
			break;
		case 's':
			if (!parse_number(optarg, &o.shorts))
				return usage();
			break;
		case 'e':
			o.exec = true;
			break;
		default:
			return usage();
		}
	if (o.shorts && optind == argc)
		return run_short(&o);
	if (argc - optind != 2 || !parse_number(argv[optind], &o.procs) ||
	    !parse_number(argv[optind + 1], &o.fds))
		return usage();
	return run_crowd(&o);
}
