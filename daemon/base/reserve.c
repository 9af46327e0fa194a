// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors kept for the hour of need; see reserve.h. */
#include "base/reserve.h"

#include "base/cleanup.h"

#include <fcntl.h>

/* Open file descriptions of their own, not copies: the host's limit is on these. */
static int fds[RESERVE_CNT] = {[0 ... RESERVE_CNT - 1] = -1};

void reserve__take(void)
{
	for (int i = 0; i < RESERVE_CNT; i++)
		if (fds[i] < 0)
			fds[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

void reserve__lend(void)
{
	for (int i = 0; i < RESERVE_CNT; i++)
		if (fds[i] >= 0)
			close(take_fd(&fds[i]));
}
