// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is at the other end of a Unix socket; see peer.h. */
#include "api/peer.h"

#include "base/cleanup.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>

#define GROUPS_SMALL 64 /* groups that need no allocation */

gid_t peer__find_group(const char *path, const char *name)
{
	_cleanup_fclose_ FILE *f = fopen(path ? path : "/etc/group", "re");
	struct group *gr;

	if (!f)
		return PEER_NO_GROUP;
	while ((gr = fgetgrent(f)))
		if (!strcmp(gr->gr_name, name))
			return gr->gr_gid;
	return PEER_NO_GROUP;
}

static bool contains(const gid_t *groups, size_t cnt, gid_t group)
{
	for (size_t i = 0; i < cnt; i++)
		if (groups[i] == group)
			return true;
	return false;
}

/* SO_PEERGROUPS is there since Linux 4.13; without it only the primary group counts. */
static int is_member(int fd, gid_t group)
{
	gid_t small[GROUPS_SMALL];
	_cleanup_free_ gid_t *large = NULL;
	socklen_t sz = sizeof(small);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, small, &sz) == 0)
		return contains(small, sz / sizeof(gid_t), group);
	if (errno == ENOPROTOOPT || errno == ENODATA)
		return false;
	if (errno != ERANGE)
		return -errno;
	/* The kernel has told the size it needs. */
	if (sz > NGROUPS_MAX * sizeof(gid_t))
		return -E2BIG;
	large = malloc(sz);
	if (!large)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, large, &sz) < 0)
		return -errno;
	return contains(large, sz / sizeof(gid_t), group);
}

int peer__read(int fd, gid_t group, struct viewer *ret)
{
	struct ucred cred;
	socklen_t sz = sizeof(cred);
	int r = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &sz) < 0)
		return -errno;
	if (sz != sizeof(cred) || cred.uid == (uid_t)-1)
		return -ENODATA;
	if (cred.uid != 0 && cred.uid != geteuid() && group != PEER_NO_GROUP && cred.gid != group) {
		r = is_member(fd, group);
		if (r < 0)
			return r;
	}
	*ret = (struct viewer){
		.all = cred.uid == 0 || cred.uid == geteuid() ||
		       (group != PEER_NO_GROUP && (cred.gid == group || r > 0)),
		.uid = cred.uid,
	};
	return 0;
}
