// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * storm: makes bursts of descriptor work, then stands still so that a test may compare. This file
 * is the protocol: cases and rounds by arguments, "go" lines from stdin, "still" lines to stdout.
 */
#include "storm.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#define TABLE_MAKER(id, text, help) {text, help, maker__##id, NULL},
#define TABLE_CASE(id, text, help)  {text, help, NULL, case__##id},

const struct storm_case storm_cases[] = {STORM_CASES(TABLE_MAKER, TABLE_CASE)};
const size_t storm_case_cnt = sizeof(storm_cases) / sizeof(storm_cases[0]);
char storm_exe[4096];

struct task {
	pid_t pid, ppid;
	char state;
};

static struct task *tasks;
static size_t task_cnt, task_cap;

/* "PID (comm) STATE PPID ...", where comm may hold anything, also parentheses. */
static bool read_stat(const char *path, struct task *ret)
{
	char text[512], *p;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	p = strrchr(text, ')');
	if (!p || sscanf(p + 1, " %c %d", &ret->state, &ret->ppid) != 2)
		return false;
	ret->pid = (pid_t)atoi(text);
	return true;
}

static void add_task(const struct task *t)
{
	if (task_cnt == task_cap) {
		task_cap = task_cap ? task_cap * 2 : 1024;
		tasks = reallocarray(tasks, task_cap, sizeof(*tasks));
		WANT(tasks);
	}
	tasks[task_cnt++] = *t;
}

static void list_tasks(void)
{
	struct dirent *e;
	char path[64];
	struct task t;
	DIR *d;

	task_cnt = 0;
	d = opendir("/proc");
	WANT(d);
	while ((e = readdir(d))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/stat", atoi(e->d_name));
		if (read_stat(path, &t))
			add_task(&t);
	}
	closedir(d);
}

static void swap_tasks(size_t a, size_t b)
{
	struct task t = tasks[a];

	tasks[a] = tasks[b];
	tasks[b] = t;
}

/* Leaves in tasks this process and all its descendants: also those no case can know by number. */
static void find_family(void)
{
	size_t done, ours = 0, i;

	list_tasks();
	for (i = 0; i < task_cnt; i++)
		if (tasks[i].pid == getpid())
			swap_tasks(ours++, i);
	for (done = 0; done < ours; done++)
		for (i = ours; i < task_cnt; i++)
			if (tasks[i].ppid == tasks[done].pid)
				swap_tasks(ours++, i);
	task_cnt = ours;
}

/* Whether every thread of pid is blocked or dead. */
static bool is_still(pid_t pid)
{
	char path[128];
	struct dirent *e;
	struct task t;
	bool still = true;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	if (!d)
		return false;
	while (still && (e = readdir(d))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, atoi(e->d_name));
		still = read_stat(path, &t) && strchr("SZ", t.state);
	}
	closedir(d);
	return still;
}

/* Waits until the family has no orphan left and none of it runs. */
static void settle(pid_t stage)
{
	struct timespec ms = {.tv_nsec = 1000000};
	bool still = false;
	int tries;
	size_t i;

	for (tries = 0; !still; tries++) {
		WANT(tries < 20000);
		if (tries)
			nanosleep(&ms, NULL);
		find_family();
		still = true;
		for (i = 0; i < task_cnt; i++) {
			const struct task *t = &tasks[i];

			if (t->pid == getpid())
				continue;
			/* An orphan was left to us, who are the reaper, by an actor that ended. */
			if (t->ppid == getpid() && t->pid != stage) {
				kill(t->pid, SIGKILL);
				waitpid(t->pid, NULL, __WALL);
				still = false;
			} else if (!is_still(t->pid)) {
				still = false;
			}
		}
	}
}

static void print_still(const char *name, unsigned int round)
{
	size_t i;

	printf("still %s %u", name, round);
	for (i = 0; i < task_cnt; i++)
		printf(" %d", tasks[i].pid);
	putchar('\n');
	fflush(stdout);
}

/* False at the end of input. */
static bool await_go(void)
{
	char line[64];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (strcmp(line, "go\n")) {
		fprintf(stderr, "storm: a line on stdin is not 'go'\n");
		exit(2);
	}
	return true;
}

static pid_t start_stage(const struct storm_case *c, const struct storm_opts *o, int *ret_cmd,
			 int *ret_report)
{
	int cmd[2], report[2];
	pid_t parent = getpid(), pid;

	/* Numbers from 10 up: 3 and 4 are made of them in the stage. */
	MUST(pipe2(cmd, O_CLOEXEC));
	MUST(pipe2(report, O_CLOEXEC));
	pid = (pid_t)MUST(fork());
	if (pid == 0) {
		int r, w;

		MUST(prctl(PR_SET_PDEATHSIG, SIGKILL));
		if (getppid() != parent)
			_exit(1);
		r = (int)MUST(fcntl(cmd[0], F_DUPFD_CLOEXEC, 10));
		w = (int)MUST(fcntl(report[1], F_DUPFD_CLOEXEC, 10));
		MUST(dup3(r, 3, O_CLOEXEC));
		MUST(dup3(w, 4, O_CLOEXEC));
		stage__run(c, o);
	}
	MUST(close(cmd[0]));
	MUST(close(report[1]));
	*ret_cmd = cmd[1];
	*ret_report = report[0];
	return pid;
}

/* One line, without its newline; false when the stage is gone. */
static bool read_report(int fd, char *ret, size_t sz)
{
	size_t n = 0;

	while (n < sz - 1 && read(fd, ret + n, 1) == 1) {
		if (ret[n] == '\n') {
			ret[n] = '\0';
			return true;
		}
		n++;
	}
	return false;
}

static void end_stage(pid_t stage, int cmd, int report)
{
	int status;

	close(cmd);
	MUST(waitpid(stage, &status, 0));
	close(report);
	/* Those whom the stage's end orphaned are dead or dying by their parent-death signal. */
	while (wait(NULL) > 0)
		;
	if (status)
		exit(1);
}

/* False when the tester asked for the end. */
static bool run_case(const struct storm_case *c, const struct storm_opts *o)
{
	int cmd, report;
	unsigned int round;
	bool more = true;
	char line[512];
	pid_t stage;

	stage = start_stage(c, o, &cmd, &report);
	for (round = 1; more && round <= o->rounds; round++) {
		if (write(cmd, "g", 1) != 1 || !read_report(report, line, sizeof(line))) {
			kill(stage, SIGKILL);
			end_stage(stage, cmd, report);
			exit(1);
		}
		if (!strncmp(line, "skip ", 5)) {
			printf("skip %s %s\n", c->name, line + 5);
			fflush(stdout);
			break;
		}
		settle(stage);
		print_still(c->name, round);
		more = await_go();
	}
	end_stage(stage, cmd, report);
	return more;
}

static const struct storm_case *find_case(const char *name)
{
	size_t i;

	for (i = 0; i < storm_case_cnt; i++)
		if (!strcmp(storm_cases[i].name, name))
			return &storm_cases[i];
	return NULL;
}

static int usage(void)
{
	fprintf(stderr,
		"usage: storm --list\n"
		"       storm CASE...|all [--rounds N] [--seed S] [--quiet-fds]\n"
		"  --quiet-fds  close a round's descriptors, where a case can, before 'still'\n");
	return 2;
}

static int list_cases(void)
{
	size_t i;

	for (i = 0; i < storm_case_cnt; i++)
		printf("%s\t%s\n", storm_cases[i].name, storm_cases[i].help);
	return 0;
}

static int run_all(const struct storm_opts *o, char **names, int cnt)
{
	bool more = true;
	size_t j;
	int i;

	for (i = 0; i < cnt; i++)
		if (strcmp(names[i], "all") && !find_case(names[i])) {
			fprintf(stderr, "storm: no case '%s'\n", names[i]);
			return 2;
		}
	for (i = 0; more && i < cnt; i++) {
		if (strcmp(names[i], "all")) {
			more = run_case(find_case(names[i]), o);
			continue;
		}
		for (j = 0; more && j < storm_case_cnt; j++)
			more = run_case(&storm_cases[j], o);
	}
	if (more) {
		printf("done\n");
		fflush(stdout);
		while (getchar() != EOF)
			;
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"list", no_argument, NULL, 'l'},
		{"rounds", required_argument, NULL, 'r'},
		{"seed", required_argument, NULL, 's'},
		{"quiet-fds", no_argument, NULL, 'q'},
		{},
	};
	struct storm_opts o = {.rounds = 1, .seed = 1};
	ssize_t n;
	int c;

	if (argc == 3 && !strcmp(argv[1], "--child-still"))
		exec__child_still(argv[2]);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'l':
			return list_cases();
		case 'r':
			o.rounds = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 's':
			o.seed = strtoull(optarg, NULL, 10);
			break;
		case 'q':
			o.quiet = true;
			break;
		default:
			return usage();
		}
	if (optind == argc || !o.rounds)
		return usage();
	n = readlink("/proc/self/exe", storm_exe, sizeof(storm_exe) - 1);
	WANT(n > 0);
	storm_exe[n] = '\0';
	/* Orphans of the cases come to us, so that none outlives the storm unseen. */
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1));
	return run_all(&o, argv + optind, argc - optind);
}
