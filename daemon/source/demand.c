// SPDX-License-Identifier: GPL-2.0-or-later
/* Attaching on demand; see demand.h. */
#include "source/demand.h"

#include "base/log.h"
#include "source/procfs.h"

#include <string.h>

/* So many more files could be opened between two looks, by all processors together. */
#define BURST 200000

/* What is armed stays so for a while longer: each change costs the kernel a pause of its own. */
static bool near_file_max(const struct procfs_system *sys, bool armed)
{
	uint64_t left = sys->file_max > sys->file_nr ? sys->file_max - sys->file_nr : 0;

	return sys->file_nr >= sys->file_max / (armed ? 5 : 4) || left < (armed ? 2 : 1) * BURST;
}

/*
 * How many descriptors a user watches no file tells.  A watch needs a descriptor, and a program
 * with several epoll instances seldom watches the same in more than one or two.
 */
static bool near_epoll_watches(const struct procfs_system *sys, uint64_t descriptors, bool armed)
{
	return sys->max_epoll_watches && sys->max_epoll_watches / (armed ? 5 : 4) <= descriptors;
}

static void set(struct hooks *h, enum program_role role, bool on)
{
	int err = hooks__arm(h, role, on);

	if (err)
		log_debug("hook attached on demand: %s", strerror(-err));
}

void demand__check(struct hooks *h, uint64_t descriptors)
{
	struct procfs_system sys;

	if (!h || procfs__system(&sys))
		return;
	set(h, ROLE_FILE_MAX, near_file_max(&sys, hooks__is_armed(h, ROLE_FILE_MAX)));
	set(h, ROLE_EPOLL_WATCH,
	    near_epoll_watches(&sys, descriptors, hooks__is_armed(h, ROLE_EPOLL_WATCH)));
}
