// SPDX-License-Identifier: GPL-2.0-or-later
/* What /proc tells of who holds what; see who_procfs.h. */
#include "source/who_procfs.h"

#include "base/array.h"
#include "base/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define SOCKETS_MAX 65536
#define COMPARE_MAX 65536 /* calls of kcmp() for one answer */

static bool is_same_ofd(const struct fds_file_rec *a, const struct fds_file_rec *b)
{
	return syscall(SYS_kcmp, a->tgid, b->tgid, KCMP_FILE, a->fd, b->fd) == 0;
}

/* ---- sockets ---- */

static void add_socket(struct who_procfs *w, uint64_t inode, unsigned local, unsigned remote)
{
	if (!inode || w->socket_cnt == SOCKETS_MAX ||
	    array_reserve(w->sockets, w->socket_cap, w->socket_cnt))
		return;
	w->sockets[w->socket_cnt++] = (struct procfs_socket){inode, local, remote};
}

static FILE *open_table(uint32_t tgid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%u/net/%s", tgid, name);
	return fopen(path, "re");
}

static void read_ports(struct who_procfs *w, uint32_t tgid, const char *name, unsigned port)
{
	FILE *table = open_table(tgid, name);
	char line[512];

	while (table && fgets(line, sizeof(line), table)) {
		unsigned long long inode;
		unsigned local, remote;

		/* sl, addresses, state, queues, timer, retransmits, user, timeout, inode */
		if (sscanf(line,
			   " %*d: %*[0-9A-F]:%X %*[0-9A-F]:%X %*X %*X:%*X %*X:%*X %*X %*d %*d %llu",
			   &local, &remote, &inode) == 3 &&
		    (local == port || remote == port))
			add_socket(w, inode, local, remote);
	}
	if (table)
		fclose(table);
}

/* Whether a socket's name, seen from a process's root, is the file that is meant. */
static bool is_name_of(uint32_t tgid, const char *name, const struct fds_file_rec *meant)
{
	char path[PATH_MAX];
	struct stat st;

	/* A name that is not absolute is so from a folder that nobody tells. */
	if (name[0] != '/' ||
	    snprintf(path, sizeof(path), "/proc/%u/root%s", tgid, name) >= (int)sizeof(path))
		return false;
	return !lstat(path, &st) && st.st_ino == meant->inode && major(st.st_dev) == meant->major &&
	       minor(st.st_dev) == meant->minor;
}

static void read_unix(struct who_procfs *w, uint32_t tgid, const struct fds_file_rec *meant)
{
	FILE *table = open_table(tgid, "unix");
	char line[512];

	while (table && fgets(line, sizeof(line), table)) {
		unsigned long long inode;
		int at = 0;

		line[strcspn(line, "\n")] = '\0';
		/* Num: RefCount Protocol Flags Type St Inode Path */
		if (sscanf(line, "%*[^:]: %*X %*X %*X %*X %*X %llu %n", &inode, &at) == 1 && at &&
		    is_name_of(tgid, line + at, meant))
			add_socket(w, inode, 0, 0);
	}
	if (table)
		fclose(table);
}

static int by_inode(const void *va, const void *vb)
{
	const struct procfs_socket *a = va, *b = vb;

	return a->inode < b->inode ? -1 : a->inode > b->inode;
}

/* Whether the network namespace of a process is met for the first time. */
static bool is_new_space(struct who_procfs *w, uint32_t tgid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%u/ns/net", tgid);
	if (stat(path, &st))
		return false;
	for (size_t i = 0; i < w->space_cnt; i++)
		if (w->spaces[i] == st.st_ino)
			return false;
	if (array_reserve(w->spaces, w->space_cap, w->space_cnt))
		return false;
	w->spaces[w->space_cnt++] = st.st_ino;
	return true;
}

static void read_sockets(struct who_procfs *w, const struct who_query *q,
			 const struct file_row *meant, uint32_t tgid)
{
	static const char *const tables[] = {"tcp", "tcp6", "udp", "udp6", "udplite", "udplite6"};

	if (w->last_tgid == tgid)
		return;
	w->last_tgid = tgid;
	if (!is_new_space(w, tgid))
		return;
	if (q->how == WHO_FD)
		read_unix(w, tgid, &meant->rec);
	else
		for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
			read_ports(w, tgid, tables[i], q->port);
	if (w->socket_cnt)
		qsort(w->sockets, w->socket_cnt, sizeof(*w->sockets), by_inode);
}

static bool is_wanted_socket(struct who_procfs *w, const struct who_query *q,
			     const struct file_row *meant, struct host_file *file)
{
	struct procfs_socket key = {.inode = file->row.rec.inode}, *found;

	read_sockets(w, q, meant, file->row.rec.tgid);
	found = w->socket_cnt ? bsearch(&key, w->sockets, w->socket_cnt, sizeof(key), by_inode)
			      : NULL;
	if (!found)
		return false;
	file->local_port = found->local_port;
	file->remote_port = found->remote_port;
	return true;
}

/* ---- all ---- */

static bool is_same_inode(const struct fds_file_rec *a, const struct fds_file_rec *b)
{
	return a->inode == b->inode && a->major == b->major && a->minor == b->minor;
}

static bool is_meant(struct who_procfs *w, const struct who_query *q, const struct file_row *meant,
		     struct host_file *file)
{
	const struct fds_file_rec *rec = &file->row.rec, *m = &meant->rec;

	if (is_same_inode(rec, m))
		/* All anonymous inodes of a kind are one. */
		return (m->mode & S_IFMT) || (rec->tgid == m->tgid && rec->fd == m->fd) ||
		       is_same_ofd(rec, m);
	return S_ISSOCK(m->mode) && S_ISSOCK(rec->mode) && is_wanted_socket(w, q, meant, file);
}

bool who_procfs__matches(struct who_procfs *w, const struct who_query *q,
			 const struct file_row *meant, struct host_file *file)
{
	const struct fds_file_rec *rec = &file->row.rec;

	switch (q->how) {
	case WHO_FD:
		return is_meant(w, q, meant, file);
	case WHO_INODE:
		return rec->inode == q->inode && rec->major == q->major && rec->minor == q->minor &&
		       rec->mode;
	case WHO_OFD:
		return false;
	case WHO_PORT:
		return S_ISSOCK(rec->mode) && is_wanted_socket(w, q, meant, file);
	case WHO_DELETED:
		return S_ISREG(rec->mode) && !rec->nlink;
	}
	return false;
}

void who_procfs__done(struct who_procfs *w)
{
	free(w->sockets);
	free(w->spaces);
}

void who_procfs__number_ofds(struct who_list *l)
{
	size_t calls = 0;
	uint32_t next = 0;

	for (size_t i = 0; i < l->cnt; i++)
		if (l->rows[i].group > next)
			next = l->rows[i].group;
	for (size_t i = 0; i < l->cnt; i++) {
		const struct fds_file_rec *rec = &l->rows[i].file.row.rec;

		if (l->rows[i].group)
			continue;
		/* It may not even be compared with itself. */
		if (!is_same_ofd(rec, rec))
			continue;
		l->rows[i].group = ++next;
		for (size_t k = i + 1; k < l->cnt; k++) {
			const struct fds_file_rec *other = &l->rows[k].file.row.rec;

			if (l->rows[k].group || !is_same_inode(rec, other))
				continue;
			if (++calls > COMPARE_MAX)
				return;
			if (is_same_ofd(rec, other))
				l->rows[k].group = next;
		}
	}
}
