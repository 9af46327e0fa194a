// SPDX-License-Identifier: GPL-2.0-or-later
/* The self-test of a tier; see gate.h. */
#include "source/gate.h"

#include "base/cleanup.h"
#include "source/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* What the exercise below does to our table. */
#define KEPT   3  /* descriptors it leaves open */
#define OPENED 11 /* of which a counting tier sees these opened */
#define CLOSED 8  /* and these closed again */

struct self {
	uint32_t pid;
	bool found;
	struct fds_task_rec rec;
};

static int find_self(void *ctx, const struct fds_task_rec *rec)
{
	struct self *self = ctx;

	if (rec->tgid == self->pid && rec->tid == self->pid) {
		self->rec = *rec;
		self->found = true;
	}
	return 0;
}

static int look(struct source *s, struct self *ret)
{
	int err;

	*ret = (struct self){.pid = getpid()};
	err = source__tasks(s, find_self, ret);
	if (err)
		return err;
	return ret->found ? 0 : -ESRCH;
}

/* Descriptors that /proc lists for us, its own not counted. */
static int count_listed(uint32_t *ret)
{
	_cleanup_closedir_ DIR *dir = opendir("/proc/self/fd");
	struct dirent *e;
	uint32_t cnt = 0;

	if (!dir)
		return -errno;
	while ((e = readdir(dir)))
		cnt += e->d_name[0] != '.';
	*ret = cnt - 1;
	return 0;
}

/* Make and close descriptors in each of the usual ways; `kept` stay open. */
static int exercise(int kept[static KEPT])
{
	int a = -1, pair[2] = {-1, -1}, child, status, err = 0;

	a = open("/dev/null", O_RDONLY | O_CLOEXEC); /* opened 1 */
	if (a < 0)
		return -errno;
	kept[0] = dup(a);				   /* 2 */
	kept[1] = fcntl(a, F_DUPFD_CLOEXEC, 0);		   /* 3 */
	kept[2] = open("/dev/null", O_RDONLY | O_CLOEXEC); /* 4 */
	if (kept[0] < 0 || kept[1] < 0 || kept[2] < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) { /* 6 */
		err = -errno;
		goto out;
	}
	if (dup2(a, pair[0]) < 0) /* 7, closed 1 */
		err = -errno;
	/* A number is taken and given back, and nothing is opened. */
	if (open("/proc/self/fd/-1", O_RDONLY | O_CLOEXEC) >= 0)
		err = -EUCLEAN;
	/* A child's copies are its own affair. */
	child = fork();
	if (child == 0) {
		close(a);
		_exit(dup(pair[1]) < 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status)
		err = -ECHILD;
	/* 8 and 9: two numbers side by side for close_range, closed 3. */
	if (!err) {
		int low = dup(a), high = dup(a);

		if (low < 0 || high != low + 1)
			err = -EBUSY;
		if (syscall(SYS_close_range, low, high, 0)) { /* before 5.9 */
			close(low);
			close(high);
		}
	}
	close(pair[0]); /* 4 */
	close(pair[1]); /* 5 */
	if (!err) {
		if (pipe2(pair, O_CLOEXEC)) /* 10, 11 */
			err = -errno;
		close(pair[0]); /* 6 */
		close(pair[1]); /* 7 */
	}
out:
	close(a); /* 8 */
	return err;
}

static int check_counters(const struct self *before, const struct self *after, char *why,
			  size_t why_sz)
{
	const struct fds_task_rec *a = &before->rec, *b = &after->rec;
	int counted = b->counted - a->counted;
	uint64_t opens = b->opens - a->opens, closes = b->closes - a->closes;

	if (a->counted < 0 || b->counted < 0) {
		snprintf(why, why_sz, "self-test: it keeps no counters of this process");
		return -EUCLEAN;
	}
	/* Each look opens the iterator and closes it after: one pair between the two. */
	if (counted == KEPT && opens == OPENED + 1 && closes == CLOSED + 1)
		return 0;
	snprintf(
		why, why_sz,
		"self-test: of %d opens and %d closes it saw %llu and %llu, and counts %d instead of %d",
		OPENED + 1, CLOSED + 1, (unsigned long long)opens, (unsigned long long)closes,
		counted, KEPT);
	return -EUCLEAN;
}

int gate__check(struct source *s, char *why, size_t why_sz)
{
	bool iterates = tiers[source__tier(s)].iterates;
	int kept[KEPT] = {-1, -1, -1}, err;
	struct self before, after;
	uint32_t listed = 0, own;

	why[0] = '\0';
	err = look(s, &before);
	if (err)
		goto out;
	err = exercise(kept);
	if (err)
		goto out;
	err = look(s, &after);
	if (!err)
		err = count_listed(&listed);
	if (err)
		goto out;
	/* While we look, the tier's own descriptor is open: the iterator, or two of /proc. */
	own = after.rec.installed - before.rec.installed;
	if (own != KEPT || (iterates && after.rec.installed != listed + 1)) {
		snprintf(why, why_sz,
			 "self-test: it finds %u descriptors of this process, /proc %u",
			 after.rec.installed, listed + 1);
		err = -EUCLEAN;
	} else if (tiers[source__tier(s)].counts) {
		err = check_counters(&before, &after, why, why_sz);
	}
out:
	if (err && !why[0])
		snprintf(why, why_sz, "self-test: %s", strerror(-err));
	for (int i = 0; i < KEPT; i++)
		if (kept[i] >= 0)
			close(kept[i]);
	return err;
}
