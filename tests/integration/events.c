// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * News: what a program does shows as a line of /v1/events, in every tier that can see it.
 */
#include "stream.h"
#include "support.h"

#include "client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A child that does as it is told, one letter at a time, and answers each with a dot. */
struct puppet {
	pid_t pid;
	int in, out;
};

#define SOFT 100

static void act(char what)
{
	struct rlimit lim = {SOFT, SOFT};
	pid_t child;

	switch (what) {
	case 'u': /* up to the level of 50 % */
		while (dup(STDIN_FILENO) < SOFT / 2)
			;
		break;
	case 'd':
		for (int fd = 5; fd < SOFT; fd++)
			close(fd);
		break;
	case 'f': /* fail, with some left to fail before */
		while (dup(STDIN_FILENO) >= 0)
			;
		break;
	case 'l':
		setrlimit(RLIMIT_NOFILE, &lim);
		break;
	case 'k':
		child = fork();
		if (!child) {
			execl("/bin/true", "true", NULL);
			_exit(1);
		}
		waitpid(child, NULL, 0);
		break;
	}
}

static void start_puppet(struct puppet *p)
{
	int in[2], out[2];

	if (pipe(in) || pipe(out))
		tap__bail("pipe: %s", strerror(errno));
	p->pid = fork();
	if (p->pid == 0) {
		char c;

		dup2(in[0], 0);
		dup2(out[1], 1);
		closefrom(2);
		while (read(0, &c, 1) == 1) {
			act(c);
			if (write(1, ".", 1) != 1)
				break;
		}
		_exit(0);
	}
	close(in[0]);
	close(out[1]);
	p->in = in[1];
	p->out = out[0];
}

static void tell(struct puppet *p, char what)
{
	char c;

	if (write(p->in, &what, 1) != 1 || read(p->out, &c, 1) != 1)
		tap__bail("the puppet is gone");
}

static void stop_puppet(struct puppet *p)
{
	close(p->in);
	close(p->out);
	waitpid(p->pid, NULL, 0);
}

static void check_levels(struct client *c, const char *tier, struct puppet *p)
{
	json_t *line;

	tell(p, 'l');
	line = stream__await(c, "limit", p->pid);
	stream__verdict(tier, "a changed limit is told", line,
			line && stream__number(line, "soft_limit") == SOFT &&
				stream__number(line, "hard_limit") == SOFT &&
				stream__number(line, "old_soft_limit") != SOFT);
	tell(p, 'u');
	line = stream__await(c, "level", p->pid);
	stream__verdict(tier, "a level is told when it is reached", line,
			line && stream__number(line, "level") == 50 &&
				!strcmp(stream__text(line, "direction"), "up") &&
				stream__number(line, "allocated") >= SOFT / 2 &&
				stream__number(line, "soft_limit") == SOFT);
	tell(p, 'd');
	line = stream__await(c, "level", p->pid);
	stream__verdict(tier, "and when it is left", line,
			line && stream__number(line, "level") == 50 &&
				!strcmp(stream__text(line, "direction"), "down"));
}

static void check_failures(struct client *c, const char *tier, struct puppet *p)
{
	json_t *line;

	tell(p, 'f');
	line = stream__await(c, "failure", p->pid);
	stream__verdict(tier, "EMFILE is told with its call", line,
			line && !strcmp(stream__text(line, "error"), "EMFILE") &&
				!strcmp(stream__text(line, "syscall"), "dup") &&
				stream__number(line, "allocated") == SOFT &&
				stream__number(line, "soft_limit") == SOFT);
	tell(p, 'd');
}

static void check_life(struct client *c, const char *tier, struct puppet *p)
{
	long long child;
	json_t *line;

	tell(p, 'k');
	line = stream__await(c, "fork", p->pid);
	child = line ? stream__number(line, "child") : 0;
	stream__verdict(tier, "fork is told", line, child > 0);
	line = stream__await(c, "exec", child);
	stream__verdict(tier, "exec is told", line,
			line && !strcmp(stream__text(line, "comm"), "true"));
	line = stream__await(c, "exit", child);
	stream__verdict(tier, "exit is told", line, line != NULL);
}

static void run_tier(const char *tier)
{
	bool counts = strcmp(tier, "sample") && strcmp(tier, "procfs");
	struct puppet p;
	struct client *c;
	struct fixture f;
	json_t *hello;

	c = stream__start(&f, (const char *const[]){"--tier", tier, NULL},
			  "level,limit,failure,fork,exec,exit");
	if (!c)
		return;
	hello = stream__await(c, "hello", 0);
	stream__verdict(tier, "the stream begins with a hello", hello,
			hello && !strcmp(stream__text(hello, "tier"), tier));
	start_puppet(&p);
	/* Known before it does anything, so that what it does is news. */
	json_decref(fixture__get(&f, "/v1/processes?limit=1&max_staleness_ms=0"));
	check_levels(c, tier, &p);
	if (counts)
		check_failures(c, tier, &p);
	if (strcmp(tier, "procfs"))
		check_life(c, tier, &p);
	stop_puppet(&p);
	client__free(c);
	if (fixture__stop(&f))
		tap__not_ok(tier, "the daemon did not end well");
}

int main(void)
{
	return stream__run_tiers(run_tier);
}
