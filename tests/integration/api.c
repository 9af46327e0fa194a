// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The API of a real daemon: every answer is as openapi.json describes it, in each tier; who is not
 * root sees only what is theirs; and abuse harms nobody else.
 */
#include "../unit/daemon/api/schema.h"
#include "client.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOBODY	     65534
#define IDLE_TIMEOUT "3"

static const struct {
	const char *target; /* %d: our own pid */
	const char *path;   /* as openapi.json writes it */
} resources[] = {
	{"/v1/status", "/v1/status"},
	{"/v1/system", "/v1/system"},
	{"/v1/failures", "/v1/failures"},
	{"/v1/hazards", "/v1/hazards"},
	{"/v1/hazards?pid=%d&limit=1", "/v1/hazards"},
	{"/v1/processes", "/v1/processes"},
	{"/v1/processes?sort=opens&limit=5", "/v1/processes"},
	{"/v1/processes?by=exe&sort=used", "/v1/processes"},
	{"/v1/processes?by=user", "/v1/processes"},
	{"/v1/processes?by=cgroup&filter=comm:*", "/v1/processes"},
	{"/v1/processes/%d", "/v1/processes/{pid}"},
	{"/v1/processes/%d/files", "/v1/processes/{pid}/files"},
	{"/v1/files", "/v1/files"},
	{"/v1/who?pid=%d&fd=0", "/v1/who"},
	{"/v1/who?deleted=1", "/v1/who"},
	{"/v1/who?port=22", "/v1/who"},
};

static void check_answers(const struct fixture *f, const char *tier, const json_t *doc)
{
	for (size_t i = 0; i < sizeof(resources) / sizeof(resources[0]); i++) {
		char target[128], name[192], why[SCHEMA_WHY_SZ] = "no answer";
		json_t *answer;

		snprintf(target, sizeof(target), resources[i].target, getpid());
		snprintf(name, sizeof(name), "%s: %s is as described", tier, resources[i].target);
		answer = fixture__get(f, target);
		if (answer && !schema__check_answer(doc, resources[i].path, 200, answer, why))
			tap__ok("%s", name);
		else
			tap__not_ok(name, "%s", why);
		json_decref(answer);
	}
}

/* A question put by another user, in a process of its own; 0: the answer was as it should be. */
static int ask_as_nobody(const struct fixture *f, bool (*right)(struct client *c))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		struct client *c;

		if (setgid(NOBODY) || setuid(NOBODY) || client__new(f->socket, &c))
			_exit(2);
		_exit(right(c) ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Only rows of his, and *ret_own: this process among them.  False: somebody else's, or no answer.
 */
static bool look_around(struct client *c, bool *ret_own)
{
	json_t *answer, *rows, *row;
	char *body;
	size_t sz, i;

	*ret_own = false;
	if (client__get(c, "/v1/processes", &body, &sz))
		return false;
	answer = json_loadb(body, sz, 0, NULL);
	free(body);
	rows = json_object_get(answer, "processes");
	json_array_foreach (rows, i, row) {
		if (json_integer_value(json_object_get(row, "uid")) != NOBODY)
			return false;
		*ret_own |= json_integer_value(json_object_get(row, "pid")) == getpid();
	}
	json_decref(answer);
	return true;
}

/* This process is young, and only root may ask for a pass out of turn: until it shows. */
static bool sees_own_only(struct client *c)
{
	struct timespec pause = {.tv_nsec = 20 * 1000000};
	bool own = false;

	for (int tries = 0; !own && tries < 500; tries++) {
		if (!look_around(c, &own))
			return false;
		nanosleep(&pause, NULL);
	}
	return own;
}

static bool is_refused(struct client *c)
{
	char *body;
	size_t sz;

	return client__get(c, "/v1/processes/1/files", &body, &sz) == -EACCES;
}

/* A process that dropped its privileges with a file of root's open; set before the fork. */
static pid_t dropped;

static void start_dropped(void)
{
	int ready[2];
	char c;

	if (pipe(ready))
		tap__bail("pipe: %s", strerror(errno));
	dropped = fork();
	if (dropped == 0) {
		if (open("/etc/shadow", O_RDONLY) < 0 || setgid(NOBODY) || setuid(NOBODY) ||
		    write(ready[1], ".", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		tap__bail("no process that dropped its privileges");
	close(ready[0]);
}

/* The kernel shows its descriptors to root only, whatever its user is now. */
static bool is_refused_dropped(struct client *c)
{
	char target[64], *body;
	size_t sz;

	snprintf(target, sizeof(target), "/v1/processes/%d/files", dropped);
	return client__get(c, target, &body, &sz) == -EACCES;
}

static bool sees_sums(struct client *c)
{
	char *body;
	size_t sz;

	return client__get(c, "/v1/system", &body, &sz) == 0;
}

static void check_stranger(const struct fixture *f, const char *tier)
{
	static const struct {
		const char *what;
		bool (*right)(struct client *c);
	} cases[] = {
		{"another user sees his own processes and no others", sees_own_only},
		{"and is refused the descriptors of init", is_refused},
		{"and those that a process took along when it became his", is_refused_dropped},
		{"and sees the sums of the host", sees_sums},
	};

	/* The folder of the socket is the test's own; the socket itself is open to all. */
	chmod(f->dir, 0755);
	start_dropped();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = ask_as_nobody(f, cases[i].right);
		char name[128];

		snprintf(name, sizeof(name), "%s: %s", tier, cases[i].what);
		if (err)
			tap__not_ok(name, "status %d", err);
		else
			tap__ok("%s", name);
	}
	kill(dropped, SIGKILL);
	waitpid(dropped, NULL, 0);
}

/* Its lines of TAP go out as they are; what it finds wrong is a failure of this program too. */
static void run_abuse(void)
{
	char program[256], pid[16], config[96];
	struct fixture f;
	FILE *file;
	int status;
	pid_t child;

	snprintf(config, sizeof(config), "/tmp/fdscope-test-api.%d", getpid());
	file = fopen(config, "w");
	if (!file)
		tap__bail("cannot write %s", config);
	fputs("[api]\nidle-timeout = " IDLE_TIMEOUT "s\n", file);
	fclose(file);
	status = fixture__start(&f, (const char *const[]){"--config", config, NULL});
	unlink(config);
	if (status)
		tap__bail("the daemon did not start");
	snprintf(program, sizeof(program), "%s/tests/api_abuse", build_dir());
	snprintf(pid, sizeof(pid), "%d", f.pid);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		execl(program, program, f.socket, pid, IDLE_TIMEOUT, NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		tap__ok("the daemon stood the abuse");
	else
		tap__not_ok("abuse", "status %x", status);
	if (fixture__stop(&f))
		tap__not_ok("abuse", "the daemon did not end well");
}

int main(void)
{
	json_t *doc = schema__load();

	signal(SIGPIPE, SIG_IGN);
	if (!doc)
		tap__bail("no openapi.json; run from the top of the tree");
	for (const char *const *tier = test_tiers(); *tier; tier++) {
		struct fixture f;

		if (fixture__start(&f, (const char *const[]){"--tier", *tier, NULL})) {
			tap__not_ok(*tier, "the daemon did not start");
			continue;
		}
		check_answers(&f, *tier, doc);
		check_stranger(&f, *tier);
		if (fixture__stop(&f))
			tap__not_ok(*tier, "the daemon did not end well");
	}
	json_decref(doc);
	if (getenv("FDS_SANITIZED"))
		tap__skip("abuse", "its limits are of a build without sanitizers");
	else
		run_abuse();
	return tap__exit();
}
