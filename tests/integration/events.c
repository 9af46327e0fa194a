// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * News: what a program does shows as a line of /v1/events, in every tier that can see it.
 */
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

/* How long a line may take; the sample tier needs a pass, emulation its time. */
#define LINE_TIMEOUT_S 30

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

/* The next line of this type about this process; NULL: none came in time. */
static json_t *wait_line(struct client *c, const char *type, pid_t pid)
{
	alarm(LINE_TIMEOUT_S);
	for (;;) {
		const char *text;
		size_t len;
		json_t *line;

		if (client__line(c, &text, &len) != 1)
			break;
		line = json_loadb(text, len, 0, NULL);
		if (line && !strcmp(json_string_value(json_object_get(line, "type")) ?: "", type) &&
		    (!pid || json_integer_value(json_object_get(line, "pid")) == pid)) {
			alarm(0);
			return line;
		}
		json_decref(line);
	}
	alarm(0);
	return NULL;
}

static void on_alarm(int sig)
{
	(void)sig; /* interrupts the read */
}

static long long number(const json_t *line, const char *key)
{
	return json_integer_value(json_object_get(line, key));
}

static const char *text(const json_t *line, const char *key)
{
	return json_string_value(json_object_get(line, key)) ?: "";
}

static void verdict(const char *tier, const char *name, json_t *line, bool right)
{
	char full[96], *dump = line ? json_dumps(line, JSON_COMPACT) : NULL;

	snprintf(full, sizeof(full), "%s: %s", tier, name);
	if (right)
		tap__ok("%s", full);
	else
		tap__not_ok(full, "%s", dump ?: "no such line");
	free(dump);
	json_decref(line);
}

static void check_levels(struct client *c, const char *tier, struct puppet *p)
{
	json_t *line;

	tell(p, 'l');
	line = wait_line(c, "limit", p->pid);
	verdict(tier, "a changed limit is told", line,
		line && number(line, "soft_limit") == SOFT && number(line, "hard_limit") == SOFT &&
			number(line, "old_soft_limit") != SOFT);
	tell(p, 'u');
	line = wait_line(c, "level", p->pid);
	verdict(tier, "a level is told when it is reached", line,
		line && number(line, "level") == 50 && !strcmp(text(line, "direction"), "up") &&
			number(line, "allocated") >= SOFT / 2 &&
			number(line, "soft_limit") == SOFT);
	tell(p, 'd');
	line = wait_line(c, "level", p->pid);
	verdict(tier, "and when it is left", line,
		line && number(line, "level") == 50 && !strcmp(text(line, "direction"), "down"));
}

static void check_failures(struct client *c, const char *tier, struct puppet *p)
{
	json_t *line;

	tell(p, 'f');
	line = wait_line(c, "failure", p->pid);
	verdict(tier, "EMFILE is told with its call", line,
		line && !strcmp(text(line, "error"), "EMFILE") &&
			!strcmp(text(line, "syscall"), "dup") &&
			number(line, "allocated") == SOFT && number(line, "soft_limit") == SOFT);
	tell(p, 'd');
}

static void check_life(struct client *c, const char *tier, struct puppet *p)
{
	long long child;
	json_t *line;

	tell(p, 'k');
	line = wait_line(c, "fork", p->pid);
	child = line ? number(line, "child") : 0;
	verdict(tier, "fork is told", line, child > 0);
	line = wait_line(c, "exec", child);
	verdict(tier, "exec is told", line, line && !strcmp(text(line, "comm"), "true"));
	line = wait_line(c, "exit", child);
	verdict(tier, "exit is told", line, line != NULL);
}

static void run_tier(const char *tier)
{
	bool counts = strcmp(tier, "sample") && strcmp(tier, "procfs");
	struct puppet p;
	struct client *c;
	struct fixture f;
	json_t *hello;

	if (fixture__start(&f, (const char *const[]){"--tier", tier, NULL}) ||
	    client__new(f.socket, &c)) {
		tap__not_ok(tier, "the daemon did not start");
		return;
	}
	if (client__open_stream(c, "/v1/events?types=level,limit,failure,fork,exec,exit"))
		tap__bail("%s", client__message(c));
	hello = wait_line(c, "hello", 0);
	verdict(tier, "the stream begins with a hello", hello,
		hello && !strcmp(text(hello, "tier"), tier));
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
	struct sigaction sa = {.sa_handler = on_alarm};

	sigaction(SIGALRM, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (const char *const *tier = test_tiers(); *tier; tier++)
		run_tier(*tier);
	return tap__exit();
}
