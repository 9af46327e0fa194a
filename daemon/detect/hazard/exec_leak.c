// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * exec-leak: descriptors crossed an exec that nobody meant to.  The kernel side knows what the
 * program before had them from, and what was done between fork and exec; here it is told apart
 * what the new program is told of, and what is the custom of the program before.
 */
#include "detect/hazard/judge.h"
#include "detect/hazard/told.h"

#include "base/cleanup.h"
#include "base/text.h"
#include "source/files.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Programs that hand over what they have by agreement, without a word. */
static const char *const givers[] = {
	"flock",	    /* the lock lasts as long as what it runs */
	"master",	    /* postfix: the numbers are written in master_proto.h */
	"systemd-executor", /* systemd 254 and later: what the unit gets */
	"systemd-socket-activate",
};

struct leak {
	const struct fds_exec *exec;
	struct told told;
	char summary[HAZARD_SUMMARY_SZ];
	size_t len;
};

static bool is_giver(const char *name)
{
	for (size_t i = 0; i < sizeof(givers) / sizeof(givers[0]); i++)
		if (!strcmp(givers[i], name))
			return true;
	return false;
}

static bool is_leaked(const struct leak *l, const struct fds_crossed *c)
{
	return !c->meant && !told__names(&l->told, c->fd);
}

__attribute__((format(printf, 2, 3))) static void say(struct leak *l, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(l->summary + l->len, sizeof(l->summary) - l->len, fmt, ap);
	va_end(ap);
	l->len += len;
	if (l->len >= sizeof(l->summary))
		l->len = text__whole_utf8(l->summary, sizeof(l->summary) - 1);
	l->summary[l->len] = '\0';
}

/* Room that the end of the summary needs; and what is left of a path. */
#define END_ROOM      120
#define PATH_MAX_SAID 80

static void say_fd(struct judge *j, struct leak *l, uint32_t pid, const struct fds_crossed *c,
		   char **ret_name)
{
	enum fds_kind kind = kind__find(c->mode, c->sock_family, c->sock_type, c->name);
	_cleanup_free_ char *name = NULL;

	/* If it still lives; else what its record says. */
	if (j->ops.name(j->ops.ctx, pid, c->fd, &name))
		name = c->name[0] ? text__to_utf8(c->name, strnlen(c->name, sizeof(c->name)))
				  : NULL;
	say(l, "%u %s", c->fd, kind__name(kind));
	if (name && strlen(name) <= PATH_MAX_SAID)
		say(l, " %s", name);
	if (ret_name)
		*ret_name = take_ptr(name);
}

static void say_fds(struct judge *j, struct leak *l, const struct fds_hazard *h,
		    struct hazard_step *step, char **ret_name)
{
	uint32_t said = 0, left = 0;

	for (uint32_t i = 0; i < l->exec->cnt; i++) {
		const struct fds_crossed *c = &l->exec->fds[i];

		if (!is_leaked(l, c))
			continue;
		if (l->len > sizeof(l->summary) - END_ROOM - PATH_MAX_SAID) {
			left++;
			continue;
		}
		if (!said) {
			step->fd = c->fd;
			step->dev = c->dev;
			step->inode = c->inode;
		}
		say(l, said ? ", " : "fd ");
		say_fd(j, l, h->at.ev.tgid, c, said ? NULL : ret_name);
		said++;
	}
	if (left)
		say(l, " and %u more", left);
	if (l->exec->more)
		say(l, " and maybe others");
}

static const struct fds_crossed *first_leaked(const struct leak *l)
{
	for (uint32_t i = 0; i < l->exec->cnt; i++)
		if (is_leaked(l, &l->exec->fds[i]))
			return &l->exec->fds[i];
	return NULL;
}

static bool is_whole(const struct fds_exec *exec, size_t sz)
{
	return sz >= sizeof(*exec) && exec->cnt <= FDS_CROSSED_MAX &&
	       exec->args_sz <= FDS_EXEC_ARGS_SZ && exec->env_sz <= FDS_EXEC_ENV_SZ;
}

static void apply(struct judge *j, const struct fds_hazard *h, const char *extra, size_t extra_sz)
{
	struct leak l = {.exec = (const struct fds_exec *)extra};
	char from[4 * FDS_NAME_SZ + 1], comm[4 * FDS_COMM_SZ + 1];
	const struct fds_crossed *first;
	_cleanup_free_ char *name = NULL;
	struct hazard_step step;

	if (!is_whole(l.exec, extra_sz))
		return;
	l.told = (struct told){
		.args = l.exec->text,
		.args_sz = l.exec->args_sz,
		.env = l.exec->text + FDS_EXEC_ARGS_SZ,
		.env_sz = l.exec->env_sz,
		.pid = l.exec->ns_tgid,
	};
	text__copy_utf8(from, sizeof(from), l.exec->from,
			strnlen(l.exec->from, sizeof(l.exec->from)));
	text__copy_utf8(comm, sizeof(comm), h->at.ev.comm,
			strnlen(h->at.ev.comm, sizeof(h->at.ev.comm)));
	first = first_leaked(&l);
	/* Without a program: the kernel's own helpers. */
	if (!first || !from[0] || is_giver(from))
		return;
	judge__begin(h, &step);
	say_fds(j, &l, h, &step, &name);
	say(&l, " without FD_CLOEXEC went from %s[%u] into %s[%u]", from, h->other_tgid, comm,
	    h->at.ev.tgid);
	step.name = name;
	step.summary = l.summary;
	step.key = from;
	judge__end(j, h, first->file, &step);
}

const struct hazard_ops hazard__exec_leak = {
	.kind = FDS_HAZARD_EXEC_LEAK,
	.apply = apply,
};
