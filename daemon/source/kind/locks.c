// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks as the kernel writes them (lock_get_status() in fs/locks.c); see locks.h. */
#include "source/kind/locks.h"

#include "base/array.h"
#include "source/kind/fdinfo.h"
#include "source/kind/kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOCKS_MAX   (16 * 1024) /* in one list, and as many waiters */
#define WAITERS_MAX 256		/* of one lock */

static const struct {
	const char *kernel, *name;
} words[] = {
	{"FLOCK", "flock"}, {"POSIX", "posix"}, {"ACCESS", "posix"}, {"OFDLCK", "ofd"},
	{"LEASE", "lease"}, {"DELEG", "lease"}, {"READ", "read"},    {"WRITE", "write"},
	{"RW", "write"},    {"UNLCK", "none"},	{"NONE", "none"},
};

static const char *translate(const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(words[i].kernel, word))
			return words[i].name;
	return NULL;
}

bool lock_line__parse(const char *s, struct lock_line *ret)
{
	char type[16], mode[16], end[24];
	unsigned long long id, inode, start;
	unsigned int major, minor;
	struct lock_line l = {};
	long pid;
	int at = 0;

	if (sscanf(s, "%llu:%n", &id, &at) != 1 || !at)
		return false;
	s += at + strspn(s + at, " ");
	l.waits = !strncmp(s, "->", 2);
	if (sscanf(s + (l.waits ? 2 : 0), " %15s %*15s %15s %ld %x:%x:%llu %llu %23s", type, mode,
		   &pid, &major, &minor, &inode, &start, end) != 8)
		return false;
	l.type = translate(type);
	l.mode = translate(mode);
	if (!l.type || !l.mode)
		return false;
	l.id = id;
	l.pid = pid > 0 && pid <= INT32_MAX ? pid : 0;
	l.major = major;
	l.minor = minor;
	l.inode = inode;
	l.start = start;
	l.end = strcmp(end, "EOF") ? strtoull(end, NULL, 10) : FDS_UNKNOWN;
	*ret = l;
	return true;
}

int lock_lines__parse(const char *text, const char *key, size_t max, struct lock_line **ret,
		      size_t *ret_cnt)
{
	struct lock_line *lines = NULL, line;
	size_t cnt = 0, cap = 0;
	const char *s;

	while (cnt < max && (s = fdinfo__next(&text, key))) {
		if (!lock_line__parse(s, &line))
			continue;
		if (array_reserve(lines, cap, cnt)) {
			free(lines);
			return -ENOMEM;
		}
		lines[cnt++] = line;
	}
	*ret = lines;
	*ret_cnt = cnt;
	return 0;
}

static bool same_lock(const struct lock_line *a, const struct lock_line *b)
{
	return !strcmp(a->type, b->type) && !strcmp(a->mode, b->mode) && a->pid == b->pid &&
	       a->major == b->major && a->minor == b->minor && a->inode == b->inode &&
	       a->start == b->start && a->end == b->end;
}

/* Those who wait stand behind the lock in the list, with its number. */
static int add_waiters(struct file_list *l, struct file_lock *lock, const struct lock_line *all,
		       size_t cnt, const struct lock_line *held,
		       bool (*whois)(uint32_t pid, struct file_process *ret))
{
	size_t i = 0;

	while (i < cnt && (all[i].waits || !same_lock(&all[i], held)))
		i++;
	lock->waiter_first = l->waiter_cnt;
	for (i++; i < cnt && all[i].waits && lock->waiter_cnt < WAITERS_MAX; i++) {
		struct file_process p = {};

		if (!all[i].pid || !whois(all[i].pid, &p))
			continue;
		if (l->waiter_cnt == LOCKS_MAX ||
		    array_reserve(l->waiters, l->waiter_cap, l->waiter_cnt))
			return -ENOMEM;
		l->waiters[l->waiter_cnt++] = p;
		lock->waiter_cnt++;
	}
	return 0;
}

int locks__add(struct file_list *l, struct file_row *row, const char *fdinfo,
	       const struct lock_line *all, size_t cnt,
	       bool (*whois)(uint32_t pid, struct file_process *ret))
{
	struct lock_line *held = NULL;
	size_t held_cnt = 0;
	int err = lock_lines__parse(fdinfo, "lock:", LOCKS_MAX, &held, &held_cnt);

	row->lock_first = l->lock_cnt;
	for (size_t i = 0; !err && i < held_cnt; i++) {
		struct file_lock *lock;

		if (l->lock_cnt == LOCKS_MAX || array_reserve(l->locks, l->lock_cap, l->lock_cnt)) {
			err = -ENOMEM;
			break;
		}
		lock = &l->locks[l->lock_cnt++];
		row->lock_cnt++;
		*lock = (struct file_lock){
			.type = held[i].type,
			.mode = held[i].mode,
			.start = held[i].start,
			.end = held[i].end,
			.pid = held[i].pid,
		};
		err = add_waiters(l, lock, all, cnt, &held[i], whois);
	}
	free(held);
	return err;
}

static void emit_waiters(struct json *j, const struct kind_view *v, const struct file_lock *lock)
{
	json__begin_array(j, "waiters");
	for (size_t i = 0; i < lock->waiter_cnt; i++) {
		const struct file_process *p = &v->list->waiters[lock->waiter_first + i];

		if (!kind_view__may_see(v, p->uid, p->euid))
			continue;
		json__begin_object(j, NULL);
		json__emit_uint(j, "pid", p->pid);
		json__emit_text(j, "comm", p->comm);
		json__end_object(j);
	}
	json__end_array(j);
}

void locks__emit(struct json *j, const struct kind_view *v)
{
	json__begin_array(j, "locks");
	for (size_t i = 0; i < v->row->lock_cnt; i++) {
		const struct file_lock *lock = &v->list->locks[v->row->lock_first + i];

		json__begin_object(j, NULL);
		json__emit_text(j, "type", lock->type);
		json__emit_text(j, "mode", lock->mode);
		json__emit_uint(j, "start", lock->start);
		JSON_UINT_OR_NULL(j, "end", lock->end, FDS_UNKNOWN);
		JSON_UINT_OR_NULL(j, "pid", lock->pid, 0);
		emit_waiters(j, v, lock);
		json__end_object(j);
	}
	json__end_array(j);
}
