// SPDX-License-Identifier: GPL-2.0-or-later
/* What users have; see usage.h. */
#include "usage.h"

#include "base/clock.h"
#include "base/log.h"
#include "source/procfs.h"

#include <errno.h>
#include <string.h>

static int apply_user(void *ctx, const struct fds_user_rec *rec)
{
	/* No memory for one: counted, and the others come all the same. */
	users__apply(ctx, rec);
	return 0;
}

void usage__refresh(struct users *users, struct source *source, uint64_t max_age_ns)
{
	uint64_t now = clock__now_ns();
	int err;

	if (users->taken_ns && now - users->taken_ns < max_age_ns)
		return;
	users__begin(users);
	procfs__user_limits(users->limits);
	err = source__users(source, apply_user, users);
	if (err && err != -ENOTSUP)
		log_debug("what users have cannot be read: %s", strerror(-err));
	users__end(users, now);
}
