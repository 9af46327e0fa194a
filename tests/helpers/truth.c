// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * truth PID[/TID]...: a line "PID installed allocated highest soft hard" for each, as the kernel
 * tells it through /proc. "?" is an allocated count this kernel does not give, "-" no descriptor
 * at all. With --tasks, a line "PID/TID ..." for every thread of each.
 */
#include "truth.h"

static void print_number(uint64_t n)
{
	if (n == TRUTH_UNLIMITED)
		printf(" unlimited");
	else
		printf(" %llu", (unsigned long long)n);
}

static int print_one(pid_t pid, pid_t tid, const char *name)
{
	struct truth t;
	int r;

	r = truth__read(pid, tid, &t);
	if (r < 0) {
		fprintf(stderr, "truth: %s: %s\n", name, strerror(-r));
		return r;
	}
	printf("%s %llu", name, (unsigned long long)t.installed);
	if (t.allocated_known)
		print_number(t.allocated);
	else
		printf(" ?");
	if (t.highest >= 0)
		printf(" %lld", (long long)t.highest);
	else
		printf(" -");
	print_number(t.soft);
	print_number(t.hard);
	putchar('\n');
	return 0;
}

static int print_tasks(pid_t pid)
{
	char path[64], name[64];
	struct dirent *e;
	int r = 0;
	DIR *d;

	truth__path(pid, 0, "task", path, sizeof(path));
	d = opendir(path);
	if (!d) {
		fprintf(stderr, "truth: %d: %s\n", pid, strerror(errno));
		return -errno;
	}
	while ((e = readdir(d))) {
		pid_t tid = (pid_t)atoi(e->d_name);

		if (tid <= 0)
			continue;
		snprintf(name, sizeof(name), "%d/%d", pid, tid);
		if (print_one(pid, tid, name) < 0)
			r = -ESRCH;
	}
	closedir(d);
	return r;
}

int main(int argc, char **argv)
{
	bool tasks = argc > 1 && !strcmp(argv[1], "--tasks");
	int i, failed = 0;

	if (argc < 2 + tasks) {
		fprintf(stderr, "usage: truth [--tasks] PID[/TID]...\n");
		return 2;
	}
	for (i = 1 + tasks; i < argc; i++) {
		char *end;
		pid_t pid = (pid_t)strtol(argv[i], &end, 10), tid = 0;

		if (*end == '/')
			tid = (pid_t)strtol(end + 1, &end, 10);
		if (*end || pid <= 0 || tid < 0) {
			fprintf(stderr, "truth: '%s' is not PID or PID/TID\n", argv[i]);
			return 2;
		}
		if ((tasks ? print_tasks(pid) : print_one(pid, tid, argv[i])) < 0)
			failed = 1;
	}
	return failed;
}
