// SPDX-License-Identifier: GPL-2.0-or-later
/* Whom the daemon is going to tell everything; see rights.h. */
#include "fdtop/rights.h"

#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "fdscope/api.h"

/* In the file that the daemon reads. */
static bool find_group(const char *name, gid_t *ret_group)
{
	_cleanup_fclose_ FILE *f = fopen("/etc/group", "re");
	struct group *gr;

	while (f && (gr = fgetgrent(f))) {
		if (strcmp(gr->gr_name, name) != 0)
			continue;
		*ret_group = gr->gr_gid;
		return true;
	}
	return false;
}

bool rights__see_all(void)
{
	_cleanup_free_ gid_t *groups = NULL;
	gid_t group;
	int cnt;

	if (!geteuid())
		return true;
	if (!find_group(FDS_GROUP, &group))
		return false;
	if (getegid() == group)
		return true;
	cnt = getgroups(0, NULL);
	groups = cnt > 0 ? calloc((size_t)cnt, sizeof(*groups)) : NULL;
	cnt = groups ? getgroups(cnt, groups) : 0;
	for (int i = 0; i < cnt; i++)
		if (groups[i] == group)
			return true;
	return false;
}
