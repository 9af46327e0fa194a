// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Processes that run out of descriptors and are gone before anybody looks: the daemon is stopped
 * while they live, so that all it has is what the kernel wrote down.  Still each is told with its
 * program, parent, unit and the function that failed.
 */
#include "stream.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMES 20
#define MANY  600
#define SOFT  64 /* of each of many */
#define UNIT  "fdscope-departed.service"

/* A program that fails, and the truth about it. */
struct program {
	char path[PATH_MAX];
	unsigned long long begin, end; /* of the function, in the file */
};

/* Folder of a cgroup like that of a unit; "": there is no cgroup v2 here. */
static char cgroup[64];

static void make_cgroup(void)
{
	static const char *const trees[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"};
	struct statfs fs;

	for (size_t i = 0; i < 2 && !*cgroup; i++) {
		if (statfs(trees[i], &fs) || fs.f_type != CGROUP2_SUPER_MAGIC)
			continue;
		snprintf(cgroup, sizeof(cgroup), "%s/%s", trees[i], UNIT);
		if (mkdir(cgroup, 0755) && errno != EEXIST)
			tap__bail("%s: %s", cgroup, strerror(errno));
	}
}

static void enter_cgroup(void)
{
	char path[96];
	int fd;

	if (!*cgroup)
		return;
	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		_exit(1);
	close(fd);
}

/* Until the last that was in it is wholly gone. */
static void remove_cgroup(void)
{
	for (int tries = 0; *cgroup && rmdir(cgroup); tries++) {
		if (errno != EBUSY || tries == 500)
			tap__bail("%s: %s", cgroup, strerror(errno));
		usleep(10000);
	}
	*cgroup = '\0';
}

/* A copy in a folder of our own, since a tree on a server's disk is one that nobody looks into. */
static void find_program(const char *dir, const char *name, struct program *ret)
{
	char path[2 * PATH_MAX];
	FILE *out;

	snprintf(ret->path, sizeof(ret->path), "%s/%s", dir, name);
	snprintf(path, sizeof(path), "cp %s/tests/%s %s", build_dir(), name, ret->path);
	if (system(path))
		tap__bail("%s fails", path);
	snprintf(path, sizeof(path), "%s where", ret->path);
	out = popen(path, "re");
	if (!out || fscanf(out, "%llx %llx", &ret->begin, &ret->end) != 2)
		tap__bail("%s says nothing", path);
	pclose(out);
}

static pid_t start(const struct program *p, const char *arg, int in, int out)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	enter_cgroup();
	if (dup2(in, 0) == 0 && dup2(out, 1) == 1)
		execl(p->path, p->path, arg, NULL);
	_exit(1);
}

static const char *stack_id(const json_t *line)
{
	return stream__text(line, "stack_id");
}

/* Among the calls is one of the program, in the function. */
static bool is_in_function(const struct program *p, const json_t *line)
{
	json_t *place;
	size_t i;

	json_array_foreach (json_object_get(line, "stack"), i, place) {
		const char *text = json_string_value(place);
		size_t len = strlen(p->path);
		unsigned long long offset;

		if (strncmp(text, p->path, len) == 0 &&
		    sscanf(text + len, "+0x%llx", &offset) == 1 && offset >= p->begin &&
		    offset < p->end)
			return true;
	}
	return false;
}

static bool is_right(const struct program *p, const json_t *line)
{
	return !strcmp(stream__text(line, "error"), "EMFILE") &&
	       !strcmp(stream__text(line, "exe"), p->path) &&
	       !strcmp(stream__text(line, "comm"), strrchr(p->path, '/') + 1) &&
	       stream__number(line, "ppid") == getpid() &&
	       (!*cgroup || !strcmp(stream__text(line, "unit"), UNIT)) && is_in_function(p, line);
}

/* All come and go while the daemon stands still. */
static void play_gone(const struct fixture *f, struct client *c, const char *tier, const char *name,
		      const struct program *p, char id[17])
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	pid_t pids[TIMES];

	kill(f->pid, SIGSTOP);
	for (int i = 0; i < TIMES; i++) {
		int status;

		pids[i] = start(p, NULL, null, null);
		if (waitpid(pids[i], &status, 0) != pids[i] || status)
			tap__bail("%s: status %d", p->path, status);
	}
	kill(f->pid, SIGCONT);
	close(null);
	for (int i = 0; i < TIMES; i++) {
		json_t *line = stream__await(c, "failure", pids[i]);

		if (!line || !is_right(p, line) || (i && strcmp(stack_id(line), id) != 0)) {
			stream__verdict(tier, name, line, false);
			return;
		}
		snprintf(id, 17, "%s", stack_id(line));
		json_decref(line);
	}
	tap__ok("%s: %s, %d times", tier, name, TIMES);
}

/* One that can still be looked at is the same as those that cannot. */
static void play_alive(struct client *c, const char *tier, const char *name,
		       const struct program *p, const char *id)
{
	int in[2], out[2];
	json_t *line;
	pid_t pid;
	char byte;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		tap__bail("pipe: %s", strerror(errno));
	pid = start(p, "stay", in[0], out[1]);
	close(in[0]);
	close(out[1]);
	if (read(out[0], &byte, 1) != 1)
		tap__bail("%s does not stay", p->path);
	line = stream__await(c, "failure", pid);
	stream__verdict(tier, name, line, line && is_right(p, line) && !strcmp(stack_id(line), id));
	close(in[1]);
	close(out[0]);
	waitpid(pid, NULL, 0);
}

/* All that so many tell who run out of descriptors at once, levels too, finds room. */
static void play_many(const struct fixture *f, struct client *c, const char *tier)
{
	long long lost = fixture__status(f, "lost_records");
	json_t *line;
	pid_t pid = 0;

	kill(f->pid, SIGSTOP);
	for (int i = 0; i < MANY; i++) {
		pid = fork();
		if (!pid) {
			struct rlimit lim = {SOFT, SOFT};

			setrlimit(RLIMIT_NOFILE, &lim);
			while (dup(0) >= 0)
				;
			_exit(0);
		}
		if (waitpid(pid, NULL, 0) != pid)
			tap__bail("fork: %s", strerror(errno));
	}
	kill(f->pid, SIGCONT);
	/* The stream drops lines for a reader as slow as this; never the last. */
	line = stream__await(c, "failure", pid);
	stream__verdict(tier, "many at once, and none is lost", line,
			line && fixture__status(f, "lost_records") == lost);
}

static void run_tier(const char *tier)
{
	char dir[] = "/tmp/fdscope-departed-XXXXXX";
	struct program known, bare;
	char id[17] = "";
	struct fixture f;
	struct client *c;

	if (!strcmp(tier, "sample") || !strcmp(tier, "procfs")) {
		tap__skip(tier, "it sees no failures");
		return;
	}
	if (!mkdtemp(dir))
		tap__bail("%s: %s", dir, strerror(errno));
	find_program(dir, "fleeting", &known);
	find_program(dir, "fleeting_bare", &bare);
	make_cgroup();
	if (!*cgroup)
		tap__skip(tier, "the units: no cgroup v2 is mounted");
	c = stream__start(&f, (const char *const[]){"--tier", tier, NULL}, "failure");
	if (!c)
		return;
	json_decref(stream__await(c, "hello", 0));
	play_gone(&f, c, tier, "gone", &known, id);
	play_alive(c, tier, "the same stack, of one that stays", &known, id);
	play_gone(&f, c, tier, "gone, without a build id", &bare, id);
	play_alive(c, tier, "the same stack without a build id", &bare, id);
	play_many(&f, c, tier);
	client__free(c);
	remove_cgroup();
	unlink(known.path);
	unlink(bare.path);
	rmdir(dir);
	if (fixture__stop(&f))
		tap__not_ok(tier, "the daemon did not end well");
}

int main(void)
{
	return stream__run_tiers(run_tier);
}
