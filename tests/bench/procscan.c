// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * procscan: the plain way to rank processes by descriptors, to compare with: one readdir of every
 * /proc/PID/fd. Prints the first N as "COUNT PID COMM", or with --comm the sum over one name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMM_SZ 64

struct row {
	unsigned long cnt;
	int pid;
	char comm[COMM_SZ];
};

static struct row *rows;
static size_t row_cnt, row_cap;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "procscan: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* False: gone meanwhile, or not ours to read. */
static int count_fds(int pid, unsigned long *ret)
{
	unsigned long cnt = 0;
	struct dirent *e;
	char path[64];
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	d = opendir(path);
	if (!d)
		return -errno;
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			cnt++;
	closedir(d);
	*ret = cnt;
	return 0;
}

static int read_comm(int pid, char *ret, size_t sz)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, ret, sz - 1);
	close(fd);
	if (n <= 0)
		return -ESRCH;
	ret[n] = '\0';
	ret[strcspn(ret, "\n")] = '\0';
	return 0;
}

static void scan(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	struct row r;

	if (!proc)
		die("/proc");
	while ((e = readdir(proc))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		r.pid = atoi(e->d_name);
		if (count_fds(r.pid, &r.cnt) || read_comm(r.pid, r.comm, sizeof(r.comm)))
			continue;
		if (row_cnt == row_cap) {
			row_cap = row_cap ? row_cap * 2 : 1024;
			rows = reallocarray(rows, row_cap, sizeof(*rows));
			if (!rows)
				die("reallocarray");
		}
		rows[row_cnt++] = r;
	}
	closedir(proc);
}

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return (x->cnt < y->cnt) - (x->cnt > y->cnt) ?: (x->pid > y->pid) - (x->pid < y->pid);
}

int main(int argc, char **argv)
{
	unsigned long sum = 0;
	size_t i, limit;

	if (argc < 2 || argc > 3 || (argc == 3) != !strcmp(argv[1], "--comm")) {
		fprintf(stderr, "usage: procscan N\n       procscan --comm NAME\n");
		return 2;
	}
	scan();
	if (argc == 3) {
		for (i = 0; i < row_cnt; i++)
			if (!strcmp(rows[i].comm, argv[2]))
				sum += rows[i].cnt;
		printf("%lu\n", sum);
		return 0;
	}
	limit = strtoul(argv[1], NULL, 10);
	qsort(rows, row_cnt, sizeof(*rows), compare);
	for (i = 0; i < row_cnt && i < limit; i++)
		printf("%lu %d %s\n", rows[i].cnt, rows[i].pid, rows[i].comm);
	return 0;
}
