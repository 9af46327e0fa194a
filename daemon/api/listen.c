// SPDX-License-Identifier: GPL-2.0-or-later
/* The listening Unix socket; see listen.h. */
#include "api/listen.h"

#include "base/cleanup.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#define BACKLOG	    128 /* connections the kernel holds for us until we accept them */
#define LOCK_TRIES  16	/* times the lock file may vanish under us */
#define LOCK_SUFFIX ".lock"

/* The service manager's socket counts, as clients wait there already; a wish for another is told.
 */
static void check_wish(int fd, const char *path)
{
	if (sd_is_socket_unix(fd, SOCK_STREAM, 1, path, 0) <= 0)
		log_warning("the socket of the service manager is used instead of %s; change "
			    "ListenStream= of its unit",
			    path);
}

/* A listening socket from the service manager: 1 found, 0 none, -errno. */
static int take_over(struct listener *l, const char *path)
{
	int cnt = sd_listen_fds(1);

	for (int fd = SD_LISTEN_FDS_START; fd < SD_LISTEN_FDS_START + cnt; fd++) {
		if (sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0) <= 0)
			continue;
		if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ||
		    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return log_errno(errno, "cannot use the socket handed over to us");
		check_wish(fd, path);
		l->fd = fd;
		return 1;
	}
	return cnt < 0 ? log_errno(cnt, "cannot read what sockets were handed over") : 0;
}

static int make_parent(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	const char *dir;

	if (!copy)
		return log_errno(ENOMEM, "cannot prepare the directory of %s", path);
	dir = dirname(copy);
	if (mkdir(dir, 0755) < 0) {
		if (errno == EEXIST)
			return 0;
		return log_errno(errno, "cannot make the directory %s for the socket", dir);
	}
	/* The mode must not depend on the umask we were started with: others have to get in. */
	if (chmod(dir, 0755) < 0)
		return log_errno(errno, "cannot set the mode of %s", dir);
	return 0;
}

/* Two daemons that start at once: the lock decides.  It may be removed by the one that ends. */
static int lock_path(struct listener *l)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		_cleanup_close_ int fd = -1;
		struct stat ours, there;

		fd = open(l->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
			  0600);
		if (fd < 0)
			return log_errno(errno, "cannot open the lock %s", l->lock_path);
		if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
			if (errno != EWOULDBLOCK)
				return log_errno(errno, "cannot lock %s", l->lock_path);
			log_error("another fdscoped answers on %s", l->path);
			return -EADDRINUSE;
		}
		if (fstat(fd, &ours) < 0)
			return log_errno(errno, "cannot examine the lock %s", l->lock_path);
		if (lstat(l->lock_path, &there) == 0 && ours.st_dev == there.st_dev &&
		    ours.st_ino == there.st_ino) {
			l->lock_fd = take_fd(&fd);
			return 0;
		}
	}
	log_error("the lock %s keeps vanishing", l->lock_path);
	return -EAGAIN;
}

/* 0: nobody is there, what was there is removed; else somebody or something is. */
static int clear_path(const char *path, const struct sockaddr_un *sa)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : log_errno(errno, "cannot examine %s", path);
	if (!S_ISSOCK(st.st_mode)) {
		log_error("%s exists and is no socket; remove it or choose another --socket", path);
		return -ENOTSOCK;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return log_errno(errno, "cannot make a socket");
	/* EAGAIN: alive, its queue is full; EPROTOTYPE: alive, and not even of our type. */
	if (connect(fd, (const struct sockaddr *)sa, sizeof(*sa)) == 0 || errno == EAGAIN ||
	    errno == EPROTOTYPE) {
		log_error("another fdscoped answers on %s", path);
		return -EADDRINUSE;
	}
	if (errno != ECONNREFUSED && errno != ENOENT)
		return log_errno(errno, "cannot tell whether somebody answers on %s", path);
	if (unlink(path) < 0 && errno != ENOENT)
		return log_errno(errno, "cannot remove the stale socket %s", path);
	return 0;
}

static int bind_path(struct listener *l, const struct sockaddr_un *sa)
{
	_cleanup_close_ int fd = -1;
	struct stat st;
	mode_t mask;
	int r;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return log_errno(errno, "cannot make a socket");
	/* Everybody may connect: credentials decide what they get, not the file's mode. */
	mask = umask(0111);
	r = bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) < 0 ? -errno : 0;
	umask(mask);
	if (r < 0)
		return log_errno(r, "cannot bind %s", l->path);
	if (lstat(l->path, &st) < 0)
		return log_errno(errno, "cannot examine %s", l->path);
	l->dev = st.st_dev;
	l->ino = st.st_ino;
	if (chmod(l->path, 0666) < 0)
		return log_errno(errno, "cannot set the mode of %s", l->path);
	if (listen(fd, BACKLOG) < 0)
		return log_errno(errno, "cannot listen on %s", l->path);
	l->fd = take_fd(&fd);
	return 0;
}

int listener__init(struct listener *ret, const char *path)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct listener l = {.fd = -1, .lock_fd = -1};
	int r;

	r = take_over(&l, path);
	if (r < 0)
		return r;
	if (r > 0) {
		*ret = l;
		return 0;
	}

	if (!*path) {
		log_error("the path of the socket is empty");
		return -EINVAL;
	}
	if (strlen(path) >= sizeof(sa.sun_path)) {
		log_error("the path of the socket is %zu bytes long, at most %zu are possible: %s",
			  strlen(path), sizeof(sa.sun_path) - 1, path);
		return -ENAMETOOLONG;
	}
	memcpy(sa.sun_path, path, strlen(path) + 1);
	l.path = strdup(path);
	if (!l.path || asprintf(&l.lock_path, "%s" LOCK_SUFFIX, path) < 0) {
		free(l.path);
		return log_errno(ENOMEM, "cannot listen on %s", path);
	}

	r = make_parent(path);
	if (r == 0)
		r = lock_path(&l);
	if (r == 0)
		r = clear_path(path, &sa);
	if (r == 0)
		r = bind_path(&l, &sa);
	if (r < 0) {
		listener__done(&l);
		return r;
	}
	*ret = l;
	return 0;
}

void listener__done(struct listener *l)
{
	struct stat st;

	if (l->ino && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
		unlink(l->path);
	if (l->fd >= 0)
		close(l->fd);
	/* Removed while still locked: whoever opened it before finds that it is gone. */
	if (l->lock_fd >= 0) {
		unlink(l->lock_path);
		close(l->lock_fd);
	}
	free(l->path);
	free(l->lock_path);
	*l = (struct listener){.fd = -1, .lock_fd = -1};
}
