// SPDX-License-Identifier: GPL-2.0-or-later
/* Who holds what; see who.h. */
#include "source/who.h"

#include "base/array.h"
#include "base/clock.h"
#include "source/procfs.h"
#include "source/source.h"
#include "source/who_procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct finder {
	const struct who_query *q;
	struct who_list *list;
	size_t cap;
	struct who_procfs procfs;
	bool by_ofd; /* WHO_FD of an anonymous inode, which all of its kind have in common */
};

static bool accepts(const struct who_query *q, const struct fds_file_rec *rec)
{
	return !q->accept || q->accept(q->accept_ctx, rec);
}

/* ---- the descriptor that is meant ---- */

static int take_meant(struct finder *f, struct host_file *file, uint64_t *ret_node)
{
	if (!accepts(f->q, &file->row.rec))
		return -EACCES;
	f->list->meant = file->row;
	f->list->meant.name = NULL;
	if (file->row.name) {
		f->list->meant.name = strdup(file->row.name);
		if (!f->list->meant.name)
			return -ENOMEM;
	}
	f->by_ofd = !(file->row.rec.mode & S_IFMT);
	*ret_node = file->row.rec.inode_at;
	return 0;
}

static int find_meant(struct finder *f, struct source *s, const struct ofd_key *key,
		      uint64_t *ret_node)
{
	struct fds_wanted wanted = {.how = FDS_WANTED_FD, .tgid = f->q->pid, .fd = f->q->fd};
	struct host_files *h;
	struct host_file file;
	int r = host_files__new(s, key, &wanted, &h);

	if (r)
		return r;
	do {
		r = host_files__next(h, &file);
		if (r > 0 && (file.row.rec.tgid != f->q->pid || file.row.rec.fd != f->q->fd ||
			      file.row.rec.tid != file.row.rec.tgid))
			r = -EAGAIN;
	} while (r == -EAGAIN);
	if (r > 0)
		r = take_meant(f, &file, ret_node);
	else if (r == 0)
		r = -ESRCH;
	host_files__free(h);
	return r;
}

/* ---- the others ---- */

static int make_wanted(struct finder *f, const struct ofd_key *key, uint64_t node,
		       struct fds_wanted *ret)
{
	const struct who_query *q = f->q;

	*ret = (struct fds_wanted){};
	switch (q->how) {
	case WHO_FD:
		ret->how = f->by_ofd ? FDS_WANTED_OFD : FDS_WANTED_NODE;
		ret->node = node;
		ret->ofd = f->by_ofd ? ofd__address(key, f->list->meant.ofd) : 0;
		return 0;
	case WHO_INODE:
		ret->how = FDS_WANTED_INODE;
		ret->inode = q->inode;
		ret->dev = FDS_MKDEV(q->major, q->minor);
		return 0;
	case WHO_OFD:
		ret->how = FDS_WANTED_OFD;
		ret->ofd = ofd__address(key, q->ofd);
		return 0;
	case WHO_PORT:
		ret->how = FDS_WANTED_PORT;
		ret->port = q->port;
		return 0;
	case WHO_DELETED:
		ret->how = FDS_WANTED_DELETED;
		return 0;
	}
	return -EINVAL;
}

/* What keeps its blocks may know it better than the inode: data that was not yet written out. */
static uint64_t disk_bytes(const struct host_file *file)
{
	const struct fds_file_rec *rec = &file->row.rec;
	char path[64];
	struct statx st;

	snprintf(path, sizeof(path), "/proc/%u/fd/%u", rec->tgid, rec->fd);
	/* What is known will do: a server that does not answer must not stop us. */
	if (!statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &st) &&
	    !st.stx_nlink && st.stx_size == rec->size)
		return st.stx_blocks * 512;
	return rec->inode_at ? rec->blocks * 512 : FDS_UNKNOWN;
}

static int add_row(struct finder *f, const struct host_file *file)
{
	struct who_list *l = f->list;
	struct who_row *row;

	if (l->cnt == WHO_MAX) {
		l->left_out++;
		return 0;
	}
	if (array_reserve(l->rows, f->cap, l->cnt))
		return -ENOMEM;
	row = &l->rows[l->cnt];
	*row = (struct who_row){.file = *file, .disk_bytes = FDS_UNKNOWN};
	if (file->row.name) {
		row->file.row.name = strdup(file->row.name);
		if (!row->file.row.name)
			return -ENOMEM;
	}
	if (f->q->how == WHO_DELETED)
		row->disk_bytes = disk_bytes(file);
	l->cnt++;
	return 0;
}

static int take(struct finder *f, struct host_file *file, bool is_procfs)
{
	const struct who_query *q = f->q;
	const struct fds_file_rec *rec = &file->row.rec;

	if (is_procfs && !who_procfs__matches(&f->procfs, q, &f->list->meant, file))
		return 0;
	/* Files that never had a name: memfds and, since 6.9, pidfds. */
	if (q->how == WHO_DELETED && file->row.kind != FDS_KIND_FILE)
		return 0;
	if (q->leave_out && rec->tgid == q->pid && rec->fd == q->fd)
		return 0;
	return accepts(q, rec) ? add_row(f, file) : 0;
}

static int find_rows(struct finder *f, struct source *s, const struct ofd_key *key,
		     const struct fds_wanted *wanted)
{
	struct host_files *h;
	struct host_file file;
	int r = host_files__new(s, key, wanted, &h);

	if (r)
		return r;
	if (host_files__is_procfs(h) && f->q->how == WHO_OFD)
		r = -ENOTSUP;
	while (!r || r == -EAGAIN) {
		r = host_files__next(h, &file);
		if (r == 0)
			break;
		if (r > 0)
			r = take(f, &file, host_files__is_procfs(h));
	}
	host_files__free(h);
	return r;
}

/* ---- who shares an ofd ---- */

#define COMPARE(a, b)                                                                              \
	do {                                                                                       \
		if ((a) != (b))                                                                    \
			return (a) < (b) ? -1 : 1;                                                 \
	} while (0)

static int by_file(const void *va, const void *vb)
{
	const struct who_row *a = va, *b = vb;
	const struct fds_file_rec *ra = &a->file.row.rec, *rb = &b->file.row.rec;

	COMPARE(ra->major, rb->major);
	COMPARE(ra->minor, rb->minor);
	COMPARE(ra->inode, rb->inode);
	COMPARE(a->group, b->group);
	COMPARE(ra->tgid, rb->tgid);
	COMPARE(ra->tid, rb->tid);
	COMPARE(ra->fd, rb->fd);
	return 0;
}

static int by_ofd(const void *va, const void *vb)
{
	const struct who_row *a = va, *b = vb;

	COMPARE(a->file.row.ofd, b->file.row.ofd);
	return 0;
}

/* A number for each ofd; those of which none is known stand at the front, and have none. */
static void number_ofds(struct who_list *l)
{
	uint32_t group = 0;

	qsort(l->rows, l->cnt, sizeof(*l->rows), by_ofd);
	for (size_t i = 0; i < l->cnt; i++) {
		if (!l->rows[i].file.row.ofd)
			continue;
		group += !i || l->rows[i].file.row.ofd != l->rows[i - 1].file.row.ofd;
		l->rows[i].group = group;
	}
}

int who_list__find(struct source *s, const struct ofd_key *key, const struct who_query *q,
		   struct who_list **ret)
{
	struct finder f = {.q = q};
	struct fds_wanted wanted;
	uint64_t node = 0;
	int err = 0;

	f.list = calloc(1, sizeof(*f.list));
	if (!f.list)
		return -ENOMEM;
	f.list->generated_ns = clock__now_ns();
	if (q->how == WHO_FD)
		err = find_meant(&f, s, key, &node);
	if (!err)
		err = make_wanted(&f, key, node, &wanted);
	if (!err)
		err = find_rows(&f, s, key, &wanted);
	who_procfs__done(&f.procfs);
	if (err) {
		who_list__free(f.list);
		return err;
	}
	if (f.list->cnt) {
		number_ofds(f.list);
		who_procfs__number_ofds(f.list);
		qsort(f.list->rows, f.list->cnt, sizeof(*f.list->rows), by_file);
	}
	*ret = f.list;
	return 0;
}

void who_list__free(struct who_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->cnt; i++)
		free(l->rows[i].file.row.name);
	free(l->rows);
	free(l->meant.name);
	free(l);
}
