// SPDX-License-Identifier: GPL-2.0-or-later
/* Limits per user; see users.h. */
#include "store/users.h"

#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[FDS_USER_LIMIT_CNT] = {
#define X(id, name) [FDS_USER_##id] = (name),
	FDS_USER_LIMITS(X)
#undef X
};

const char *users__limit_name(enum fds_user_limit limit)
{
	return names[limit];
}

void users__done(struct users *u)
{
	free(u->list);
	*u = (struct users){};
}

void users__begin(struct users *u)
{
	u->cnt = 0;
	u->refused = 0;
}

/* The first with this number or a higher one. */
static size_t find_place(const struct users *u, uint32_t uid)
{
	size_t low = 0, high = u->cnt;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (u->list[mid].uid < uid)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool has_any(const struct fds_user_rec *rec)
{
	for (size_t i = 0; i < FDS_USER_LIMIT_CNT; i++)
		if (rec->use[i] && rec->use[i] != FDS_UNKNOWN)
			return true;
	return false;
}

/* Of a user met again: one of its processes may tell what another did not. */
static void merge(struct user_use *use, const struct fds_user_rec *rec)
{
	for (size_t i = 0; i < FDS_USER_LIMIT_CNT; i++)
		if (rec->use[i] != FDS_UNKNOWN)
			use->use[i] = rec->use[i];
	use->approximate = rec->flags & FDS_USER_EPOLL_APPROXIMATE;
}

int users__apply(struct users *u, const struct fds_user_rec *rec)
{
	size_t at = find_place(u, rec->uid);

	if (at < u->cnt && u->list[at].uid == rec->uid) {
		merge(&u->list[at], rec);
		return 0;
	}
	if (!has_any(rec))
		return 0;
	if (u->cnt == USERS_MAX) {
		u->refused++;
		if (at == u->cnt)
			return 0;
		u->cnt--;
	}
	if (array_reserve(u->list, u->cap, u->cnt)) {
		u->refused++;
		return -ENOMEM;
	}
	memmove(&u->list[at + 1], &u->list[at], (u->cnt - at) * sizeof(*u->list));
	u->list[at] = (struct user_use){.uid = rec->uid};
	for (size_t i = 0; i < FDS_USER_LIMIT_CNT; i++)
		u->list[at].use[i] = FDS_UNKNOWN;
	merge(&u->list[at], rec);
	u->cnt++;
	return 0;
}

void users__end(struct users *u, uint64_t now_ns)
{
	u->taken_ns = now_ns;
}

const struct user_use *users__find(const struct users *u, uint32_t uid)
{
	size_t at = find_place(u, uid);

	return at < u->cnt && u->list[at].uid == uid ? &u->list[at] : NULL;
}

double users__used_ratio(const struct users *u, const struct user_use *use,
			 enum fds_user_limit limit)
{
	if (use->use[limit] == FDS_UNKNOWN || u->limits[limit] == FDS_RLIM_INFINITY)
		return -1;
	/* Of a limit of 0 in parts of 1, as of descriptors. */
	return (double)use->use[limit] / (u->limits[limit] ? (double)u->limits[limit] : 1);
}
