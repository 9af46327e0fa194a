// SPDX-License-Identifier: GPL-2.0-or-later
/* Whether a hook may be run; see hook.h. */
#include "alert/hook.h"

#include "base/capability.h"
#include "base/cleanup.h"
#include "base/why.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 40 /* as the kernel has it */

/* Local users only, as in base/passwd.h: the name service may ask the network. */
static int find_user(struct hook *h, char **ret_error)
{
	_cleanup_fclose_ FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *pw;

	while (f && (pw = fgetpwent(f))) {
		if (strcmp(pw->pw_name, h->user) != 0)
			continue;
		h->uid = pw->pw_uid;
		h->gid = pw->pw_gid;
		snprintf(h->home, sizeof(h->home), "%s", pw->pw_dir);
		return 0;
	}
	return why__format(ret_error, -EINVAL,
			   "there is no local user %s; make it, or set user= to another", h->user);
}

/* Root's, or ours. */
static bool is_trusted(uid_t owner)
{
	return owner == 0 || owner == geteuid();
}

static bool may_execute(const struct hook *h, const struct stat *st)
{
	if (h->uid == 0)
		return st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH);
	if (st->st_uid == h->uid)
		return st->st_mode & S_IXUSR;
	if (st->st_gid == h->gid)
		return st->st_mode & S_IXGRP;
	return st->st_mode & S_IXOTH;
}

/* Whoever can write to a folder can put another program there, unless it is sticky. */
static int check_folder(const struct hook *h, const char *folder, const struct stat *st,
			char **ret_error)
{
	if (!is_trusted(st->st_uid) ||
	    (st->st_mode & (S_IWGRP | S_IWOTH) && !(st->st_mode & S_ISVTX)))
		return why__format(ret_error, -EINVAL, "%s: others may write to the folder %s",
				   h->program, folder);
	if (h->uid != 0 && !may_execute(h, st))
		return why__format(ret_error, -EINVAL, "%s: user %s may not enter the folder %s",
				   h->program, h->user, folder);
	return 0;
}

/* Where a path leads, as far as it has been gone. */
struct way {
	char gone[PATH_MAX]; /* without a link in it; "": the root */
	char rest[PATH_MAX];
	unsigned int links;
};

static void go_up(struct way *w)
{
	char *slash = strrchr(w->gone, '/');

	if (slash)
		*slash = '\0';
}

/* The last step was a symbolic link: what it says comes next. */
static int follow_link(const struct hook *h, struct way *w, const struct stat *st, char **ret_error)
{
	char target[PATH_MAX];
	ssize_t len = readlink(w->gone, target, sizeof(target) - 1);
	size_t rest = strlen(w->rest);

	if (len < 0)
		return why__format(ret_error, -EINVAL, "%s: %s: %m", h->program, w->gone);
	/* In a sticky folder it may be anybody's. */
	if (!is_trusted(st->st_uid))
		return why__format(ret_error, -EINVAL,
				   "%s: the link %s must belong to root, since its owner may "
				   "change it",
				   h->program, w->gone);
	if (++w->links > LINKS_MAX || len + 1 + rest >= sizeof(w->rest))
		return why__format(ret_error, -EINVAL, "%s: too many links", h->program);
	memmove(w->rest + len + 1, w->rest, rest + 1);
	memcpy(w->rest, target, len);
	w->rest[len] = '/';
	if (*target == '/')
		*w->gone = '\0';
	else
		go_up(w);
	return 0;
}

/* One name further. */
static int go_on(const struct hook *h, struct way *w, char **ret_error)
{
	size_t begin = strspn(w->rest, "/"), len = strcspn(w->rest + begin, "/");
	size_t gone = strlen(w->gone);
	char name[NAME_MAX + 1];
	struct stat st;

	if (len >= sizeof(name) || gone + 1 + len >= sizeof(w->gone))
		return why__format(ret_error, -EINVAL, "%s: %s", h->program,
				   strerror(ENAMETOOLONG));
	memcpy(name, w->rest + begin, len);
	name[len] = '\0';
	memmove(w->rest, w->rest + begin + len, strlen(w->rest + begin + len) + 1);
	if (!len || !strcmp(name, "."))
		return 0;
	if (!strcmp(name, "..")) {
		go_up(w);
		return 0;
	}
	w->gone[gone] = '/';
	memcpy(w->gone + gone + 1, name, len + 1);
	if (lstat(w->gone, &st))
		return why__format(ret_error, -EINVAL, "%s: %s: %m", h->program, w->gone);
	if (S_ISLNK(st.st_mode))
		return follow_link(h, w, &st, ret_error);
	return S_ISDIR(st.st_mode) ? check_folder(h, w->gone, &st, ret_error) : 0;
}

/* All folders on the way to the program, also those that links lead through. */
static int check_way(const struct hook *h, char **ret_error)
{
	struct way w = {};
	struct stat st;
	int err;

	snprintf(w.rest, sizeof(w.rest), "%s", h->program);
	if (stat("/", &st))
		return why__format(ret_error, -EINVAL, "/: %m");
	err = check_folder(h, "/", &st, ret_error);
	while (!err && *w.rest)
		err = go_on(h, &w, ret_error);
	return err;
}

int hook__check_program(const struct hook *h, char **ret_error)
{
	struct stat st;

	if (stat(h->program, &st))
		return why__format(ret_error, -EINVAL, "%s: %m", h->program);
	if (!S_ISREG(st.st_mode))
		return why__format(ret_error, -EINVAL, "%s is no regular file", h->program);
	if (!may_execute(h, &st))
		return why__format(ret_error, -EINVAL, "%s may not be executed by user %s",
				   h->program, h->user);
	if (!is_trusted(st.st_uid))
		return why__format(ret_error, -EINVAL,
				   "%s must belong to root, since its owner may change it",
				   h->program);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return why__format(ret_error, -EINVAL, "%s is writable by others (chmod go-w)",
				   h->program);
	return check_way(h, ret_error);
}

int hook__check(struct hook *h, char **ret_error)
{
	int err;

	if (!*h->program)
		return why__format(ret_error, -EINVAL, "it needs a program=");
	if (h->program[0] != '/')
		return why__format(ret_error, -EINVAL, "%s is no absolute path", h->program);
	if (!h->on)
		return why__format(ret_error, -EINVAL, "on= names no step, so it would never run");
	if (!*h->user)
		return why__format(ret_error, -EINVAL,
				   "user= names nobody; it takes the name of a local user");
	err = find_user(h, ret_error);
	if (err)
		return err;
	if (h->uid != geteuid() && !capability__has(CAP_SETUID))
		return why__format(ret_error, -EINVAL, "only root can run it as user %s", h->user);
	return hook__check_program(h, ret_error);
}
