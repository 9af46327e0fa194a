// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * truncate-before-lock: an open emptied a file that was then locked.  The kernel side is sure of
 * that; here it gets a path, and the other process a name.
 */
#include "detect/hazard/judge.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

static const char *op_name(const struct fds_hazard *h)
{
	if (h->at.ev.syscall_nr == __NR_flock)
		return "flock";
	switch (h->op) {
	case F_SETLK:
		return "F_SETLK";
	case F_SETLKW:
		return "F_SETLKW";
	case F_OFD_SETLK:
		return "F_OFD_SETLK";
	case F_OFD_SETLKW:
		return "F_OFD_SETLKW";
	}
	return "flock";
}

/* Whether a path's last part is the name that the kernel told, which it cuts. */
static bool is_named(const char *path, const char *name)
{
	const char *last = strrchr(path, '/');

	return last && *name && !strncmp(last + 1, name, strnlen(name, FDS_NAME_SZ - 1));
}

/* By now the number may be another file's. */
static char *find_path(const struct judge *j, const struct fds_hazard *h)
{
	char *path;

	if (!j->ops.name(j->ops.ctx, h->at.ev.tgid, h->fd, &path)) {
		if (is_named(path, h->name))
			return path;
		free(path);
	}
	return strndup(h->name, FDS_NAME_SZ);
}

static bool find_comm(const struct judge *j, uint32_t pid, char ret[FDS_COMM_SZ])
{
	const struct process *p = store__find(j->store, pid, pid);

	if (p)
		memcpy(ret, p->comm, FDS_COMM_SZ);
	return p || !j->ops.comm(j->ops.ctx, pid, ret);
}

static void apply(struct judge *j, const struct fds_hazard *h, const char *extra, size_t extra_sz)
{
	char summary[HAZARD_SUMMARY_SZ], whom[FDS_COMM_SZ + 64] = "";
	_cleanup_free_ char *path = NULL;
	char other[FDS_COMM_SZ] = "";
	struct hazard_step step;
	struct fds_emptied e;

	if (extra_sz < sizeof(e))
		return;
	memcpy(&e, extra, sizeof(e));
	judge__begin(h, &step);
	step.op = op_name(h);
	step.bytes = h->bytes;
	step.contended = e.contended;
	path = find_path(j, h);
	step.name = path;
	step.other_comm = NULL;
	if (h->other_tgid && find_comm(j, h->other_tgid, other))
		step.other_comm = other;
	if (step.other_comm)
		snprintf(whom, sizeof(whom), ", while %.*s[%u] held or awaited one", FDS_COMM_SZ,
			 other, h->other_tgid);
	else if (e.contended > 0)
		snprintf(whom, sizeof(whom), ", while another held or awaited one");
	snprintf(summary, sizeof(summary),
		 "open() emptied %.200s of its %llu bytes %.3f ms before %s locked it%s",
		 path ?: "a file", (unsigned long long)h->bytes, e.before_ns / 1e6, step.op, whom);
	step.summary = summary;
	step.key = path;
	judge__end(j, h, h->file, &step);
}

const struct hazard_ops hazard__truncate_before_lock = {
	.kind = FDS_HAZARD_TRUNCATE_BEFORE_LOCK,
	.apply = apply,
};
