// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nonblock-shared: O_NONBLOCK was changed on an ofd that another process holds too.  The kernel
 * side knows that there is more than one reference; here is looked for whose they are, and whether
 * they are so still a moment later: between fork and exec parent and child have all in common.
 */
#include "detect/hazard/judge.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Looking goes through all descriptors of the host: 1/20 of the time, but for bursts. */
#define TIME_SHARE 20
#define CREDIT_NS  (int64_t)(500 * NSEC_PER_MSEC)
/* Who forks has so long to get to the exec, or to the close. */
#define MOMENT_NS   (200 * NSEC_PER_MSEC)
#define WAITING_MAX 64 /* of these; of others nothing is known for sure, and nothing is told */

struct state {
	uint64_t last_ns;
	int64_t credit_ns;
	struct fds_hazard waiting[WAITING_MAX];
	unsigned int waiting_cnt;
};

struct search {
	const struct fds_hazard *h;
	struct fds_file_rec other; /* the one that is there longest; tgid 0: none */
};

/* NULL: no memory. */
static struct state *state(struct judge *j)
{
	struct state *s = j->states[FDS_HAZARD_NONBLOCK_SHARED];

	if (!s) {
		s = j->states[FDS_HAZARD_NONBLOCK_SHARED] = calloc(1, sizeof(*s));
		if (s)
			s->credit_ns = CREDIT_NS;
	}
	return s;
}

/*
 * A service manager keeps the sockets that it hands over, so that they outlive the service, and
 * does not use them meanwhile.
 */
static bool is_keeper(const struct fds_hazard *h, const struct fds_file_rec *rec)
{
	return S_ISSOCK(h->mode) && !strncmp(rec->comm, "systemd", FDS_COMM_SZ);
}

static int take_holder(void *ctx, const struct fds_file_rec *rec)
{
	struct search *s = ctx;
	const struct fds_event *ev = &s->h->at.ev;

	/* The inode: another ofd may be at that address by now. */
	if (rec->file != s->h->file || rec->inode != s->h->inode || rec->files == ev->files ||
	    rec->tgid == ev->tgid)
		return 0;
	/* It came later, by a fork. */
	if (rec->start_ns > ev->time_ns)
		return 0;
	if (is_keeper(s->h, rec))
		return 0;
	if (!s->other.tgid || rec->start_ns < s->other.start_ns)
		s->other = *rec;
	return 0;
}

static bool find_other(struct judge *j, struct state *s, struct search *search)
{
	uint64_t begin = clock__now_ns();

	s->credit_ns += (begin - s->last_ns) / TIME_SHARE;
	if (s->credit_ns > CREDIT_NS)
		s->credit_ns = CREDIT_NS;
	s->last_ns = begin;
	if (s->credit_ns <= 0)
		return false;
	j->ops.holders(j->ops.ctx, search->h->file, take_holder, search);
	s->credit_ns -= clock__now_ns() - begin;
	return search->other.tgid;
}

static void report(struct judge *j, const struct fds_hazard *h, const struct fds_file_rec *other)
{
	bool on = h->op & FDS_NONBLOCK_ON;
	char summary[HAZARD_SUMMARY_SZ], key[FDS_COMM_SZ + 32];
	_cleanup_free_ char *name = NULL;
	struct hazard_step step;

	judge__begin(h, &step);
	step.op = on ? "O_NONBLOCK on" : "O_NONBLOCK off";
	step.other_pid = other->tgid;
	step.other_comm = other->comm;
	step.other_fd = other->fd;
	if (j->ops.name(j->ops.ctx, step.pid, h->fd, &name) &&
	    j->ops.name(j->ops.ctx, step.other_pid, step.other_fd, &name))
		name = NULL;
	step.name = name;
	snprintf(summary, sizeof(summary),
		 "%s %s O_NONBLOCK on fd %d, an open file description that %.*s[%u] has too (fd %d "
		 "there): its calls %s",
		 h->op & FDS_NONBLOCK_IOCTL ? "ioctl(FIONBIO)" : "fcntl(F_SETFL)",
		 on ? "set" : "cleared", h->fd, FDS_COMM_SZ, other->comm, other->tgid, other->fd,
		 on ? "now fail with EAGAIN instead of waiting" : "now wait");
	step.summary = summary;
	snprintf(key, sizeof(key), "%s %.*s", step.op, FDS_COMM_SZ, other->comm);
	step.key = key;
	judge__end(j, h, h->file, &step);
}

static void apply(struct judge *j, const struct fds_hazard *h, const char *extra, size_t extra_sz)
{
	struct search search = {.h = h};
	struct state *s = state(j);

	(void)extra;
	(void)extra_sz;
	if (!s || !find_other(j, s, &search))
		return;
	/* Also with a parent: what a child changes may be there only until the parent closes it. */
	if (s->waiting_cnt < WAITING_MAX)
		s->waiting[s->waiting_cnt++] = *h;
}

static void apply_pass(struct judge *j, uint64_t now_ns)
{
	struct state *s = j->states[FDS_HAZARD_NONBLOCK_SHARED];
	unsigned int left = 0;

	for (unsigned int i = 0; s && i < s->waiting_cnt; i++) {
		const struct fds_hazard *h = &s->waiting[i];
		struct search search = {.h = h};

		if (now_ns < h->at.ev.time_ns + MOMENT_NS)
			s->waiting[left++] = *h;
		else if (find_other(j, s, &search))
			report(j, h, &search.other);
	}
	if (s)
		s->waiting_cnt = left;
}

static void done(struct judge *j)
{
	free(j->states[FDS_HAZARD_NONBLOCK_SHARED]);
}

const struct hazard_ops hazard__nonblock_shared = {
	.kind = FDS_HAZARD_NONBLOCK_SHARED,
	.apply = apply,
	.apply_pass = apply_pass,
	.done = done,
};
