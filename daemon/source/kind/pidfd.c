// SPDX-License-Identifier: GPL-2.0-or-later
/* pidfd: the process that it is about. */
#include "source/kind/kind.h"

#include "source/kind/fdinfo.h"

#include <stdlib.h>
#include <string.h>

static int by_pid(const void *key, const void *item)
{
	uint32_t pid = *(const uint32_t *)key;
	const struct file_process *p = item;

	return pid < p->pid ? -1 : pid > p->pid;
}

/* "Pid: N"; -1: it has been reaped, 0: it is in no pid namespace of ours. */
static long parse_pid(const struct kind_view *v)
{
	const char *s = fdinfo__find(v->row->fdinfo, "Pid:");

	return s ? strtol(s, NULL, 10) : 0;
}

static const struct file_process *find_target(const struct kind_view *v, long pid)
{
	uint32_t key = pid;
	const struct file_process *p =
		v->list->target_cnt && pid > 0 && pid <= UINT32_MAX
			? bsearch(&key, v->list->targets, v->list->target_cnt,
				  sizeof(*v->list->targets), by_pid)
			: NULL;

	return p && kind_view__may_see(v, p->uid, p->euid) ? p : NULL;
}

static void emit(struct json *j, const struct kind_view *v)
{
	long pid = parse_pid(v);
	const struct file_process *p = find_target(v, pid);

	if (pid > 0)
		json__emit_int(j, "pid", pid);
	else
		json__emit_null(j, "pid");
	json__emit_text(j, "comm", p ? p->comm : NULL);
	json__emit_bool(j, "ended", pid < 0);
}

static void summarize(struct kind_text *t, const struct kind_view *v)
{
	long pid = parse_pid(v);
	const struct file_process *p = find_target(v, pid);

	if (pid > 0)
		kind_text__addf(t, "pid %ld%s%s", pid, p ? " " : "", p ? p->comm : "");
	else
		kind_text__addf(t, pid < 0 ? "ended" : "of another pid namespace");
}

const struct kind_ops kind__pidfd = {KIND_FDINFO, emit, summarize};
