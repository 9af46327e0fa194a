// SPDX-License-Identifier: GPL-2.0-or-later
/* Every descriptor of the host; see host_files.h. */
#include "source/host_files.h"

#include "base/array.h"
#include "base/cleanup.h"
#include "source/procfs.h"
#include "source/snapshot.h"
#include "source/source.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Threads with a table of their own, and threads whose leader has ended while its table lives on in
 * them.  Of each table in a process one thread is listed; beyond these some may come twice.
 */
#define THREADS_MAX 4096

struct thread {
	uint64_t files;
	uint32_t tgid;
	uint32_t tid;
};

struct host_files {
	struct ofd_key key;
	int iteration; /* -1: over, or none */
	size_t at, len;
	struct thread *threads;
	size_t thread_cnt, thread_cap;
	struct thread last; /* the thread of the last record, and */
	bool last_is_new;   /* whether it is listed */
	/* Then what /proc has to tell: the tables, and the one that is being listed. */
	struct thread *tables;
	size_t table_cnt, table_cap, next_table;
	struct procfs_files *files;
	/* Where the last name came from. */
	char *name;
	int names; /* -1: none is open */
	struct thread names_of;
	_Alignas(8) char buf[SNAPSHOT_READ_SZ];
};

static int add_table(void *ctx, const struct fds_task_rec *rec)
{
	struct host_files *h = ctx;

	if (!rec->files)
		return 0;
	if (array_reserve(h->tables, h->table_cap, h->table_cnt))
		return -ENOMEM;
	h->tables[h->table_cnt++] = (struct thread){rec->files, rec->tgid, rec->tid};
	return 0;
}

int host_files__new(struct source *s, const struct ofd_key *key, const struct fds_wanted *wanted,
		    struct host_files **ret)
{
	struct host_files *h = malloc(sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	memset(h, 0, offsetof(struct host_files, buf));
	h->key = *key;
	h->names = -1;
	h->iteration = source__open_host_files(s, wanted);
	if (h->iteration < 0 && h->iteration != -ENOTSUP) {
		err = h->iteration;
		goto fail;
	}
	err = source__procfs_tables(s, h->iteration < 0, add_table, h);
	if (err)
		goto fail;
	*ret = h;
	return 0;
fail:
	host_files__free(h);
	return err;
}

void host_files__free(struct host_files *h)
{
	if (!h)
		return;
	if (h->iteration >= 0)
		close(h->iteration);
	procfs_names__close(h->names);
	procfs_files__close(h->files);
	free(h->threads);
	free(h->tables);
	free(h->name);
	free(h);
}

bool host_files__is_procfs(const struct host_files *h)
{
	return h->iteration < 0;
}

/* ---- the iterator ---- */

/* Whether the table of a thread other than the leader is met for the first time. */
static bool is_new(struct host_files *h, const struct thread *t)
{
	for (size_t i = 0; i < h->thread_cnt; i++)
		if (h->threads[i].files == t->files && h->threads[i].tgid == t->tgid)
			return h->threads[i].tid == t->tid;
	if (h->thread_cnt < THREADS_MAX && !array_reserve(h->threads, h->thread_cap, h->thread_cnt))
		h->threads[h->thread_cnt++] = *t;
	return true;
}

static bool is_listed(struct host_files *h, const struct fds_file_rec *rec)
{
	struct thread t = {rec->files, rec->tgid, rec->tid};

	if (rec->tid == rec->tgid)
		return true;
	if (h->last.tid != t.tid || h->last.files != t.files) {
		h->last_is_new = is_new(h, &t);
		h->last = t;
	}
	return h->last_is_new;
}

static void read_name(struct host_files *h, struct file_row *row)
{
	if (h->names < 0 || h->names_of.tgid != row->rec.tgid || h->names_of.tid != row->rec.tid) {
		procfs_names__close(h->names);
		h->names = procfs_names__open(row->rec.tgid, row->rec.tid);
		h->names_of = (struct thread){.tgid = row->rec.tgid, .tid = row->rec.tid};
	}
	file_row__read_name(row, h->names);
	h->name = row->name;
}

/* pidfds are files of a file system since 6.9; see name_row() of files.c. */
static void set_name(struct file_row *row, char *name)
{
	row->name = name;
	if (row->kind == FDS_KIND_FILE && !strncmp(name, "anon_inode:", 11))
		row->kind = kind__find(0, 0, 0, name + 11);
}

static int read_more(struct host_files *h)
{
	ssize_t len = read(h->iteration, h->buf, sizeof(h->buf));

	h->at = h->len = 0;
	if (len > 0) {
		h->len = len;
	} else if (len == 0) {
		close(take_fd(&h->iteration));
	} else if (errno != EAGAIN && errno != EINTR) {
		return -errno;
	}
	return -EAGAIN;
}

/* 1; 0: it is not to be listed; -errno. */
static int take_record(struct host_files *h, struct host_file *ret)
{
	const struct fds_host_file_rec *rec = (void *)(h->buf + h->at);
	size_t left = h->len - h->at, name_sz;

	if (left < sizeof(*rec) || rec->sz < sizeof(*rec) || rec->sz > left || rec->sz % 8)
		return -EBADMSG;
	h->at += rec->sz;
	name_sz = rec->sz - sizeof(*rec);
	if (rec->name_len > (int64_t)name_sz)
		return -EBADMSG;
	if (!is_listed(h, &rec->file))
		return 0;
	*ret = (struct host_file){
		.local_port = rec->local_port,
		.remote_port = rec->remote_port,
	};
	file_row__init(&ret->row, &rec->file, &h->key);
	if (rec->name_len > 0 && !((char *)(rec + 1))[rec->name_len - 1])
		set_name(&ret->row, (char *)(rec + 1));
	else
		read_name(h, &ret->row);
	return 1;
}

/* ---- /proc ---- */

/* Gone, or not for us: its descriptors are not in the list. */
static bool is_passed_over(int err)
{
	return err == -ESRCH || err == -EACCES || err == -EPERM || err == -ENOENT;
}

static int open_next_table(struct host_files *h)
{
	const struct thread *t = &h->tables[h->next_table++];
	int err = procfs_files__open(t->tgid, t->tid, &h->files);

	return !err || is_passed_over(err) ? -EAGAIN : err;
}

static int next_of_procfs(struct host_files *h, struct host_file *ret)
{
	struct fds_file_rec rec;
	int r;

	if (!h->files)
		return h->next_table < h->table_cnt ? open_next_table(h) : 0;
	r = procfs_files__next(h->files, &rec);
	if (r > 0) {
		*ret = (struct host_file){};
		file_row__init(&ret->row, &rec, &h->key);
		read_name(h, &ret->row);
		return 1;
	}
	procfs_files__close(h->files);
	h->files = NULL;
	return r == 0 || is_passed_over(r) ? -EAGAIN : r;
}

int host_files__next(struct host_files *h, struct host_file *ret)
{
	free(h->name);
	h->name = NULL;
	while (h->iteration >= 0) {
		int r;

		if (h->at == h->len)
			return read_more(h);
		r = take_record(h, ret);
		if (r)
			return r;
	}
	return next_of_procfs(h, ret);
}

int host_files__find_owner(uint32_t pid, uint64_t start_ns, uid_t *ret)
{
	_cleanup_close_ int dir = procfs__open_process(pid, start_ns);
	struct stat st;

	if (dir < 0)
		return dir;
	if (fstatat(dir, "fd", &st, 0))
		return errno == ENOENT ? -ESRCH : -errno;
	*ret = st.st_uid;
	return 0;
}
