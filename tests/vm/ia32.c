// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A program of 32 bits that makes descriptors, without a C library, so that any gcc for x86-64
 * makes it with -m32.  After each step it prints "still NAME" and waits for a line.
 */
#define NR_EXIT	      1
#define NR_FORK	      2
#define NR_READ	      3
#define NR_WRITE      4
#define NR_OPEN	      5
#define NR_CLOSE      6
#define NR_WAITPID    7
#define NR_DUP	      41
#define NR_DUP2	      63
#define NR_SETRLIMIT  75
#define NR_SOCKETCALL 102
#define NR_FCNTL64    221
#define NR_OPENAT     295
#define NR_EVENTFD2   328
#define NR_PIPE2      331
#define NR_CLOSERANGE 436

#define F_DUPFD		0
#define RLIMIT_NOFILE	7
#define SOCKETCALL_PAIR 8
#define AF_UNIX		1
#define SOCK_STREAM	1
#define EMFILE		24

#define LIMIT	   40
#define LIMIT_HARD 64
#define REFUSED	   10 /* calls that fail at the limit */

static long call3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return ret;
}

static _Noreturn void end(int status)
{
	for (;;)
		call3(NR_EXIT, status, 0, 0);
}

/* A step that fails ends it all, with a number that tells which. */
static long must(long ret, int step)
{
	if (ret < 0)
		end(step);
	return ret;
}

static void say(const char *text)
{
	long len = 0;

	while (text[len])
		len++;
	must(call3(NR_WRITE, 1, (long)text, len), 90);
}

static void await_line(void)
{
	char c;

	do {
		if (call3(NR_READ, 0, (long)&c, 1) != 1)
			end(91);
	} while (c != '\n');
}

static void make(void)
{
	long pair[] = {AF_UNIX, SOCK_STREAM, 0, 0}, fd;
	int ends[2];

	for (int i = 0; i < 5; i++)
		fd = must(call3(NR_OPEN, (long)"/dev/null", 0, 0), 10);
	must(call3(NR_CLOSE, fd, 0, 0), 11);
	must(call3(NR_OPENAT, -100, (long)"/dev/zero", 0), 12);
	must(call3(NR_DUP, 0, 0, 0), 13);
	must(call3(NR_DUP2, 0, 20, 0), 14);
	must(call3(NR_DUP2, 1, 20, 0), 15);
	must(call3(NR_FCNTL64, 0, F_DUPFD, 30), 16);
	must(call3(NR_PIPE2, (long)ends, 0, 0), 17);
	must(call3(NR_EVENTFD2, 0, 0, 0), 18);
	pair[3] = (long)ends;
	must(call3(NR_SOCKETCALL, SOCKETCALL_PAIR, (long)pair, 0), 19);
}

/* A child whose table goes a way of its own, and waits for our end of the pipe. */
static void part(void)
{
	int ends[2], up[2];
	char c = 0;
	long child;

	must(call3(NR_PIPE2, (long)ends, 0, 0), 20);
	must(call3(NR_PIPE2, (long)up, 0, 0), 21);
	child = must(call3(NR_FORK, 0, 0, 0), 22);
	if (!child) {
		must(call3(NR_CLOSE, ends[1], 0, 0), 23);
		for (int i = 0; i < 7; i++)
			must(call3(NR_DUP, 0, 0, 0), 24);
		must(call3(NR_WRITE, up[1], (long)&c, 1), 25);
		call3(NR_READ, ends[0], (long)&c, 1);
		end(0);
	}
	must(call3(NR_READ, up[0], (long)&c, 1), 26);
	say("still forked\n");
	await_line();
	must(call3(NR_CLOSE, ends[1], 0, 0), 27);
	must(call3(NR_WAITPID, child, 0, 0), 28);
}

static void run_full(void)
{
	unsigned long limit[] = {LIMIT, LIMIT_HARD};

	must(call3(NR_SETRLIMIT, RLIMIT_NOFILE, (long)limit, 0), 30);
	while (call3(NR_DUP, 0, 0, 0) >= 0)
		;
	for (int i = 1; i < REFUSED; i++)
		if (call3(NR_DUP, 0, 0, 0) != -EMFILE)
			end(31);
}

_Noreturn void _start(void);

void _start(void)
{
	make();
	say("still made\n");
	await_line();
	part();
	run_full();
	say("still full\n");
	await_line();
	must(call3(NR_CLOSERANGE, 5, 25, 0), 40);
	say("still closed\n");
	await_line();
	end(0);
}
