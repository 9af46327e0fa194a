// SPDX-License-Identifier: GPL-2.0-or-later
/* The descriptors of one table, named, and who shares them; see files.h. */
#include "source/files.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/text.h"
#include "source/kind/look.h"
#include "source/procfs.h"
#include "source/source.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The most descriptors of one table that are listed: fs.nr_open cannot be set higher by default. */
#define FILES_MAX (1024 * 1024)
/* The most descriptors of other processes that are listed beside them. */
#define HOLDERS_MAX (64 * 1024)
/* The most descriptors on pipes and sockets that are looked at for who has the other ends. */
#define PEERS_MAX (64 * 1024)

/* An ofd of the table, and how many references there are to it from anywhere. */
struct ofd_refs {
	uint64_t ofd;
	uint32_t refs;
};

struct builder {
	struct file_list *list;
	bool detailed;
	size_t row_cap, holder_cap, peer_cap;
	uint64_t *inodes; /* addresses of those that others may be at the other end of */
	size_t inode_cnt, inode_cap;
	uint64_t own_files; /* address of the table that is listed */
	struct ofd_refs *ofds;
	size_t ofd_cnt, ofd_cap, ofds_max; /* with more than that, nobody looks who holds them */
	size_t rows_max;		   /* where there are more, */
	size_t step;			   /* one in so many has a row */
};

/* If there are more than are worth a look at their holders, none is kept. */
static int add_ofd(struct builder *b, const struct fds_file_rec *rec)
{
	if (b->ofd_cnt == b->ofds_max) {
		free(b->ofds);
		b->ofds = NULL;
		b->ofd_cnt = b->ofd_cap = b->ofds_max = 0;
		return 0;
	}
	if (array_reserve(b->ofds, b->ofd_cap, b->ofd_cnt))
		return -ENOMEM;
	b->ofds[b->ofd_cnt++] = (struct ofd_refs){rec->file, rec->refs};
	return 0;
}

static enum fds_kind kind_of(const struct fds_file_rec *rec)
{
	/* Even an anonymous inode has a mode; none at all means that it may not be seen. */
	return rec->mode ? kind__find(rec->mode, rec->sock_family, rec->sock_type, rec->name)
			 : FDS_KIND_UNKNOWN;
}

/* Address of the inode whose descriptors are at the other end; 0: none, or not known. */
static uint64_t peers_at(const struct file_row *row)
{
	if (row->kind == FDS_KIND_UNIX)
		return row->detail ? row->detail->peer_at : 0;
	return row->kind == FDS_KIND_PIPE || row->kind == FDS_KIND_FIFO ? row->rec.inode_at : 0;
}

/* What the kernel tells of sockets and pipes, and where to look for their other ends. */
static int add_detail(struct builder *b, struct file_row *row, const struct fds_file_rec *rec)
{
	uint64_t at;

	if (rec->detailed) {
		row->detail = malloc(sizeof(*row->detail));
		if (!row->detail)
			return -ENOMEM;
		*row->detail = *(const struct fds_detail_rec *)(rec + 1);
	}
	row->knows_peers = rec->inode_at != 0;
	at = peers_at(row);
	if (!at)
		return 0;
	if (array_reserve(b->inodes, b->inode_cap, b->inode_cnt))
		return -ENOMEM;
	b->inodes[b->inode_cnt++] = at;
	return 0;
}

static int add_row(struct builder *b, const struct fds_file_rec *rec)
{
	struct file_list *l = b->list;
	struct file_row *row;

	if (array_reserve(l->rows, b->row_cap, l->cnt))
		return -ENOMEM;
	row = &l->rows[l->cnt++];
	*row = (struct file_row){
		.rec = *rec,
		.kind = kind_of(rec),
		.ofd = rec->file,
	};
	return b->detailed ? add_detail(b, row, rec) : 0;
}

static void unlist(struct file_list *l, enum fds_kind kind)
{
	l->unlisted_cnt++;
	if (kind < FDS_KIND_CNT)
		l->unlisted_kinds[kind]++;
}

/* Every other row goes. */
static void thin_out(struct builder *b)
{
	struct file_list *l = b->list;
	size_t kept = 0;

	for (size_t i = 0; i < l->cnt; i++)
		if (i % 2)
			unlist(l, l->rows[i].kind);
		else
			l->rows[kept++] = l->rows[i];
	l->cnt = kept;
	b->step *= 2;
}

static int add_file(void *ctx, const struct fds_file_rec *rec)
{
	struct builder *b = ctx;
	struct file_list *l = b->list;
	size_t i = l->cnt + l->unlisted_cnt;
	int err;

	if (i == FILES_MAX)
		return -E2BIG;
	b->own_files = rec->files;
	err = b->ofds_max ? add_ofd(b, rec) : 0;
	if (err)
		return err;
	if (i % b->step == 0 && l->cnt == b->rows_max)
		thin_out(b);
	if (i % b->step == 0)
		return add_row(b, rec);
	unlist(l, kind_of(rec));
	return 0;
}

static int add_peer(struct builder *b, const struct fds_file_rec *rec)
{
	struct file_list *l = b->list;
	struct file_peer *p;

	if (l->peer_cnt == PEERS_MAX)
		return 0;
	if (array_reserve(l->peers, b->peer_cap, l->peer_cnt))
		return -ENOMEM;
	p = &l->peers[l->peer_cnt++];
	*p = (struct file_peer){
		.inode_at = rec->inode_at,
		.ofd = rec->file,
		.pid = rec->tgid,
		.fd = rec->fd,
		.uid = rec->uid,
		.euid = rec->euid,
		.fmode = rec->fmode,
	};
	memcpy(p->comm, rec->comm, FDS_COMM_SZ);
	return 0;
}

static int add_holder(void *ctx, const struct fds_file_rec *rec)
{
	struct builder *b = ctx;
	struct file_list *l = b->list;
	struct file_holder *h;

	if (b->inode_cnt && (S_ISFIFO(rec->mode) || S_ISSOCK(rec->mode))) {
		int err = add_peer(b, rec);

		if (err)
			return err;
	}
	/* The same process by another thread, or one that shares the whole table, is not news. */
	if (rec->files == b->own_files)
		return 0;
	if (l->holder_cnt == HOLDERS_MAX)
		return 0;
	if (array_reserve(l->holders, b->holder_cap, l->holder_cnt))
		return -ENOMEM;
	h = &l->holders[l->holder_cnt++];
	*h = (struct file_holder){
		.ofd = rec->file,
		.pid = rec->tgid,
		.fd = rec->fd,
		.uid = rec->uid,
		.euid = rec->euid,
	};
	memcpy(h->comm, rec->comm, FDS_COMM_SZ);
	return 0;
}

static int by_fd(const void *va, const void *vb)
{
	const struct file_row *a = va, *b = vb;

	return a->rec.fd < b->rec.fd ? -1 : a->rec.fd > b->rec.fd;
}

static int by_ofd(const void *va, const void *vb)
{
	const struct file_holder *a = va, *b = vb;

	if (a->ofd != b->ofd)
		return a->ofd < b->ofd ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->fd < b->fd ? -1 : a->fd > b->fd;
}

static int by_inode(const void *va, const void *vb)
{
	const struct file_peer *a = va, *b = vb;

	if (a->inode_at != b->inode_at)
		return a->inode_at < b->inode_at ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->fd < b->fd ? -1 : a->fd > b->fd;
}

static int by_address(const void *va, const void *vb)
{
	const struct ofd_refs *a = va, *b = vb;

	return a->ofd < b->ofd ? -1 : a->ofd > b->ofd;
}

/*
 * The ofds that somebody else may hold too: those with more references than descriptors in this
 * table; and the inodes whose descriptors are peers.  *ret is malloc'd.
 */
static int find_shared(struct builder *b, uint64_t **ret, size_t *ret_cnt)
{
	struct ofd_refs *all = b->ofds;
	uint64_t *shared = malloc((b->ofd_cnt + b->inode_cnt + 1) * sizeof(*shared));
	size_t cnt = 0, next;

	if (!shared)
		return -ENOMEM;
	if (b->ofd_cnt)
		qsort(all, b->ofd_cnt, sizeof(*all), by_address);
	for (size_t i = 0; i < b->ofd_cnt; i = next) {
		for (next = i + 1; next < b->ofd_cnt && all[next].ofd == all[i].ofd; next++)
			;
		if (all[i].refs > next - i)
			shared[cnt++] = all[i].ofd;
	}
	if (b->inode_cnt)
		memcpy(shared + cnt, b->inodes, b->inode_cnt * sizeof(*shared));
	*ret = shared;
	*ret_cnt = cnt + b->inode_cnt;
	return 0;
}

/* Give every row its range of the sorted holders. */
static void link_holders(struct file_list *l)
{
	if (!l->holder_cnt)
		return;
	qsort(l->holders, l->holder_cnt, sizeof(*l->holders), by_ofd);
	for (size_t i = 0; i < l->cnt; i++) {
		struct file_row *row = &l->rows[i];
		size_t lo = 0, hi = l->holder_cnt;

		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (l->holders[mid].ofd < row->rec.file)
				lo = mid + 1;
			else
				hi = mid;
		}
		row->holder_first = lo;
		while (lo < l->holder_cnt && l->holders[lo].ofd == row->rec.file)
			lo++;
		row->holder_cnt = lo - row->holder_first;
	}
}

/* The same for peers. */
static void link_peers(struct file_list *l)
{
	if (!l->peer_cnt)
		return;
	qsort(l->peers, l->peer_cnt, sizeof(*l->peers), by_inode);
	for (size_t i = 0; i < l->cnt; i++) {
		struct file_row *row = &l->rows[i];
		uint64_t at = peers_at(row);
		size_t lo = 0, hi = at ? l->peer_cnt : 0;

		while (lo < hi) {
			size_t mid = (lo + hi) / 2;

			if (l->peers[mid].inode_at < at)
				lo = mid + 1;
			else
				hi = mid;
		}
		row->peer_first = lo;
		while (at && lo < l->peer_cnt && l->peers[lo].inode_at == at)
			lo++;
		row->peer_cnt = lo - row->peer_first;
	}
}

/*
 * Whether a name that /proc gives is of the file that the record is about: the number may have been
 * closed and used again in between.
 */
static bool name_fits(const struct fds_file_rec *rec, const char *path)
{
	static const char deleted[] = " (deleted)";
	const char *base = strrchr(path, '/');
	unsigned long long inode;
	size_t len;

	if (!rec->mode)
		return true; /* nothing is known of it but the name */
	if (sscanf(path, "pipe:[%llu]", &inode) == 1 || sscanf(path, "socket:[%llu]", &inode) == 1)
		return inode == rec->inode;
	if (!strncmp(path, "anon_inode:", 11))
		return !(rec->mode & S_IFMT) || S_ISREG(rec->mode);
	if (!base || S_ISSOCK(rec->mode) || !rec->name[0] || !strcmp(rec->name, "/"))
		return true;
	base++;
	len = strlen(base);
	if (len >= sizeof(deleted) && !strcmp(base + len - sizeof(deleted) + 1, deleted))
		len -= sizeof(deleted) - 1;
	/* The record's is cut; procfs's own has the word "deleted" in it too. */
	return !strncmp(base, rec->name, len < FDS_NAME_SZ - 1 ? len : FDS_NAME_SZ - 1);
}

/* What looks like a file, and only its path gives away. */
static enum fds_kind kind_by_path(const struct file_row *row, const char *path)
{
	unsigned long long inode;

	/* pidfds are files of a file system since 6.9 ("pidfd: add pidfs"). */
	if (!strncmp(path, "anon_inode:", 11))
		return kind__find(0, 0, 0, path + 11);
	/* Of memfd_secret(2); of a real file that is deleted there is no link. */
	if (!strcmp(path, "/secretmem (deleted)") && row->rec.nlink)
		return FDS_KIND_MEMFD;
	/* "net:[4026531840]" */
	if (path[0] != '/' && sscanf(path, "%*[a-z_]:[%llu]", &inode) == 1)
		return FDS_KIND_NS;
	return FDS_KIND_FILE;
}

static void name_row(struct file_row *row, int dir, char *path, size_t path_sz)
{
	int err = dir < 0 ? dir : procfs_names__read(dir, row->rec.fd, path, path_sz);

	if (!err && !name_fits(&row->rec, path))
		err = -ESTALE;
	if (!err) {
		row->name = text__to_utf8(path, strlen(path));
		if (row->kind == FDS_KIND_FILE)
			row->kind = kind_by_path(row, path);
		err = row->name ? 0 : -ENOMEM;
	}
	row->error = -err;
}

static void name_rows(struct file_list *l, pid_t pid, pid_t tid)
{
	int dir = procfs_names__open(pid, tid);
	char path[PATH_MAX];

	for (size_t i = 0; i < l->cnt; i++)
		name_row(&l->rows[i], dir, path, sizeof(path));
	if (dir >= 0)
		procfs_names__close(dir);
}

/* -ESRCH: it has ended. */
static int find_owner(struct file_list *l, pid_t pid)
{
	char path[32];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	if (stat(path, &st))
		return errno == ENOENT ? -ESRCH : -errno;
	l->owner = st.st_uid;
	l->start_ns = l->cnt ? l->rows[0].rec.start_ns : 0;
	return 0;
}

/* Addresses become names: nothing of the kernel's layout leaves the daemon. */
static void hide_addresses(struct file_list *l, const struct ofd_key *key)
{
	for (size_t i = 0; i < l->cnt; i++) {
		l->rows[i].ofd = ofd__id(key, l->rows[i].rec.file);
		l->rows[i].rec.file = 0;
		l->rows[i].rec.files = 0;
		l->rows[i].rec.inode_at = 0;
		if (l->rows[i].detail)
			l->rows[i].detail->peer_at = 0;
	}
	for (size_t i = 0; i < l->peer_cnt; i++) {
		l->peers[i].ofd = ofd__id(key, l->peers[i].ofd);
		l->peers[i].inode_at = 0;
	}
	for (size_t i = 0; i < l->holder_cnt; i++)
		l->holders[i].ofd = ofd__id(key, l->holders[i].ofd);
}

static int look_for_holders(struct source *s, struct builder *b)
{
	_cleanup_free_ uint64_t *shared = NULL;
	size_t cnt = 0;
	int err = find_shared(b, &shared, &cnt);

	if (!err && cnt && b->inode_cnt)
		err = source__holders_and_ends(s, shared, cnt, add_holder, b);
	else if (!err && cnt)
		err = source__holders(s, shared, cnt, add_holder, b);
	b->list->looked_for_holders = !err;
	return err;
}

/* What is asked of the builder is set; *ret is its list. */
static int build(struct source *s, const struct ofd_key *key, pid_t pid, pid_t tid, bool brief,
		 struct builder *b, struct file_list **ret)
{
	struct file_list *l = calloc(1, sizeof(*l));
	int err;

	if (!l)
		return -ENOMEM;
	b->list = l;
	b->step = 1;
	l->generated_ns = clock__now_ns();
	err = source__files(s, pid, tid, brief, add_file, b);
	if (!err && b->ofds_max)
		err = look_for_holders(s, b);
	free(b->ofds);
	free(b->inodes);
	if (err)
		goto fail;
	if (l->cnt)
		qsort(l->rows, l->cnt, sizeof(*l->rows), by_fd);
	link_holders(l);
	link_peers(l);
	name_rows(l, pid, tid);
	if (b->detailed)
		file_list__look(l, pid, tid);
	err = find_owner(l, pid);
	if (err)
		goto fail;
	hide_addresses(l, key);
	*ret = l;
	return 0;
fail:
	file_list__free(l);
	return err;
}

int file_list__read(struct source *s, const struct ofd_key *key, pid_t pid, pid_t tid,
		    struct file_list **ret)
{
	struct builder b = {.rows_max = FILES_MAX, .ofds_max = FILES_MAX, .detailed = true};

	return build(s, key, pid, tid, false, &b, ret);
}

int file_list__sample(struct source *s, const struct ofd_key *key, pid_t pid, pid_t tid,
		      size_t rows_max, size_t holders_max, struct file_list **ret)
{
	struct builder b = {.rows_max = rows_max, .ofds_max = holders_max};

	return build(s, key, pid, tid, true, &b, ret);
}

void file_row__init(struct file_row *row, const struct fds_file_rec *rec, const struct ofd_key *key)
{
	*row = (struct file_row){
		.rec = *rec,
		.kind = kind_of(rec),
		.ofd = ofd__id(key, rec->file),
	};
}

void file_row__read_name(struct file_row *row, int dir)
{
	char path[PATH_MAX];

	name_row(row, dir, path, sizeof(path));
}

void file_list__free(struct file_list *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->cnt; i++) {
		free(l->rows[i].name);
		free(l->rows[i].detail);
		free(l->rows[i].fdinfo);
	}
	free(l->rows);
	free(l->holders);
	free(l->peers);
	free(l->locks);
	free(l->waiters);
	free(l->targets);
	free(l->devices);
	free(l);
}
