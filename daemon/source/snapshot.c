// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading the BPF iterators; see snapshot.h. */
#include "source/snapshot.h"

#include "base/array.h"
#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/snapshot.skel.h"

struct snapshot {
	struct snapshot_bpf *skel;
	struct bpf_link *task_link;
	struct bpf_link *file_link;
	struct bpf_link *user_link;
	struct bpf_link *every_link; /* of every descriptor of the host, with its whole name; */
	struct bpf_link *who_link;   /* NULL, as the next: the kernel refuses these two */
	_Alignas(8) char buf[SNAPSHOT_READ_SZ];
};

/* How much is asked of the kernel, most first: what it refuses is found by trying. */
enum ask {
	ASK_NAMES,	/* every_file and who_file, with names by bpf_d_path() */
	ASK_HOST_FILES, /* without names */
	ASK_LEAST,	/* not these two */
	ASK_CNT,
};

static int load_asking(struct snapshot *s, const char *btf, enum tier tier,
		       const struct counters *counters, enum ask ask)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf);
	int err;

	s->skel = snapshot_bpf__open_opts(&opts);
	if (!s->skel)
		return -errno;
	s->skel->rodata->has_d_path = ask == ASK_NAMES;
	bpf_program__set_autoload(s->skel->progs.every_file, ask < ASK_LEAST);
	bpf_program__set_autoload(s->skel->progs.who_file, ask < ASK_LEAST);
	if (counters) {
		s->skel->bss->sees_all = tiers[tier].sees_all;
		s->skel->bss->counts_reserved = tiers[tier].counts_reserved;
		s->skel->rodata->slot_shift = counters->slot_shift;
		err = bpf_map__reuse_fd(s->skel->maps.slots, counters->slots_fd);
		if (!err)
			err = bpf_map__reuse_fd(s->skel->maps.tables, counters->tables_fd);
		if (err)
			return err;
	}
	return snapshot_bpf__load(s->skel);
}

static int load(struct snapshot *s, const char *btf, enum tier tier,
		const struct counters *counters)
{
	int err = -EINVAL;

	for (enum ask ask = ASK_NAMES; err && ask < ASK_CNT; ask++) {
		snapshot_bpf__destroy(s->skel);
		err = load_asking(s, btf, tier, counters, ask);
		if (!err && ask < ASK_LEAST) {
			s->every_link = bpf_program__attach_iter(s->skel->progs.every_file, NULL);
			s->who_link = bpf_program__attach_iter(s->skel->progs.who_file, NULL);
		}
	}
	return err;
}

int snapshot__new(const char *btf, enum tier tier, const struct counters *counters,
		  struct snapshot **ret)
{
	struct snapshot *s = calloc(1, sizeof(*s));
	int err;

	if (!s)
		return -ENOMEM;
	err = load(s, btf, tier, counters);
	if (err)
		goto fail;
	s->task_link = bpf_program__attach_iter(s->skel->progs.task, NULL);
	s->file_link = bpf_program__attach_iter(s->skel->progs.task_file, NULL);
	s->user_link = bpf_program__attach_iter(s->skel->progs.user, NULL);
	if (!s->task_link || !s->file_link || !s->user_link) {
		err = -errno;
		goto fail;
	}
	*ret = s;
	return 0;
fail:
	snapshot__free(s);
	return err;
}

void snapshot__free(struct snapshot *s)
{
	if (!s)
		return;
	bpf_link__destroy(s->task_link);
	bpf_link__destroy(s->file_link);
	bpf_link__destroy(s->user_link);
	bpf_link__destroy(s->every_link);
	bpf_link__destroy(s->who_link);
	snapshot_bpf__destroy(s->skel);
	free(s);
}

/* Hand on the records of one read; `further`: bytes that belong to one besides, NULL: none. */
static int split(const char *buf, size_t len, size_t rec_sz, size_t (*further)(const void *rec),
		 int (*fn)(void *ctx, const void *rec), void *ctx)
{
	size_t sz;

	for (size_t at = 0; at < len; at += sz) {
		int err;

		sz = rec_sz;
		if (len - at >= sz && further)
			sz += further(buf + at);
		if (len - at < sz)
			return -EBADMSG;
		err = fn(ctx, buf + at);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Read an iteration to its end and hand on its records.  A read never ends within what one call of
 * the program wrote: the kernel's buffer holds all of that or nothing.
 */
static int iterate(struct snapshot *s, struct bpf_link *link, size_t rec_sz,
		   size_t (*further)(const void *rec), int (*fn)(void *ctx, const void *rec),
		   void *ctx)
{
	_cleanup_close_ int fd = bpf_iter_create(bpf_link__fd(link));

	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t len = read(fd, s->buf, sizeof(s->buf));
		int err;

		if (len == 0)
			return 0;
		if (len < 0) {
			/*
			 * EAGAIN: a large table takes more than one go, or a million objects went
			 * by without output; it goes on from there.
			 */
			if (errno == EAGAIN || errno == EINTR)
				continue;
			return -errno;
		}
		err = split(s->buf, len, rec_sz, further, fn, ctx);
		if (err)
			return err;
	}
}

struct task_sink {
	snapshot_task_fn fn;
	void *ctx;
};

static int give_task(void *ctx, const void *rec)
{
	struct task_sink *sink = ctx;

	return sink->fn(sink->ctx, rec);
}

int snapshot__tasks(struct snapshot *s, snapshot_task_fn fn, void *ctx)
{
	struct task_sink sink = {fn, ctx};

	s->skel->bss->untracked = 0;
	return iterate(s, s->task_link, sizeof(struct fds_task_rec), NULL, give_task, &sink);
}

struct file_sink {
	snapshot_file_fn fn;
	void *ctx;
};

static int give_file(void *ctx, const void *rec)
{
	struct file_sink *sink = ctx;

	return sink->fn(sink->ctx, rec);
}

static size_t detail_sz(const void *rec)
{
	const struct fds_file_rec *file = rec;

	return file->detailed ? sizeof(struct fds_detail_rec) : 0;
}

/* What the next iteration of files emits. */
static void ask_files(struct snapshot *s, enum fds_files_what what, pid_t tid, bool brief)
{
	s->skel->bss->files_what = what;
	s->skel->bss->files_tid = tid;
	s->skel->bss->files_brief = brief;
}

/*
 * Whether an iteration is of that task alone.  Before 6.1 ("bpf: Parameterize task iterators.") the
 * wish for that is not even refused: only what the kernel tells of the link knows.
 */
static bool is_limited(const struct bpf_link *link, pid_t tid)
{
	struct bpf_link_info info = {};
	uint32_t info_sz = sizeof(info);

	return link && !bpf_obj_get_info_by_fd(bpf_link__fd(link), &info, &info_sz) &&
	       info.iter.task.tid == (uint32_t)tid;
}

int snapshot__thread_files(struct snapshot *s, pid_t pid, pid_t tid, bool brief,
			   snapshot_file_fn fn, void *ctx)
{
	union bpf_iter_link_info info = {.task.tid = tid};
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	struct file_sink sink = {fn, ctx};
	struct bpf_link *link;
	int err;

	(void)pid;
	/* Before 6.1 an iteration cannot be limited to a task: then all go by, and one passes. */
	link = bpf_program__attach_iter(s->skel->progs.task_file, &opts);
	if (!link && errno == ESRCH)
		return 0;
	ask_files(s, FDS_FILES_OF_TASK, is_limited(link, tid) ? 0 : tid, brief);
	err = iterate(s, link ?: s->file_link, sizeof(struct fds_file_rec), detail_sz, give_file,
		      &sink);
	bpf_link__destroy(link);
	return err;
}

int snapshot__open_host_files(struct snapshot *s, const struct fds_wanted *wanted)
{
	struct bpf_link *link = wanted ? s->who_link : s->every_link;
	int fd;

	if (!link)
		return -ENOTSUP;
	if (wanted)
		s->skel->bss->wanted_file = *wanted;
	fd = bpf_iter_create(bpf_link__fd(link));
	return fd < 0 ? -errno : fd;
}

static int fill_wanted(struct snapshot *s, const uint64_t *wanted, size_t cnt)
{
	int map = bpf_map__fd(s->skel->maps.wanted);
	uint8_t yes = 1;

	for (size_t i = 0; i < cnt && i < SNAPSHOT_WANTED_MAX; i++) {
		int err = bpf_map_update_elem(map, &wanted[i], &yes, BPF_ANY);

		if (err)
			return err;
	}
	return 0;
}

static void empty_wanted(struct snapshot *s, const uint64_t *wanted, size_t cnt)
{
	int map = bpf_map__fd(s->skel->maps.wanted);

	for (size_t i = 0; i < cnt && i < SNAPSHOT_WANTED_MAX; i++)
		bpf_map_delete_elem(map, &wanted[i]);
}

int snapshot__wanted_files(struct snapshot *s, const uint64_t *wanted, size_t cnt, bool inodes,
			   snapshot_file_fn fn, void *ctx)
{
	struct file_sink sink = {fn, ctx};
	int err = fill_wanted(s, wanted, cnt);

	ask_files(s, FDS_FILES_OF_WANTED, 0, false);
	s->skel->bss->files_inodes = inodes;
	if (!err)
		err = iterate(s, s->file_link, sizeof(struct fds_file_rec), NULL, give_file, &sink);
	empty_wanted(s, wanted, cnt);
	return err;
}

/* ---- counting ofds: those with one reference are themselves, of the others each counts once ----
 */

/* References to shared ofds that are looked at; with more of them the number is not known. */
#define SHARED_OFDS_MAX (2 * 1024 * 1024)

struct ofd_set {
	uint64_t *ofds;
	size_t cnt, cap;
};

static int keep_ofd(void *ctx, const void *rec)
{
	struct ofd_set *set = ctx;

	if (set->cnt == SHARED_OFDS_MAX)
		return -E2BIG;
	if (array_reserve(set->ofds, set->cap, set->cnt))
		return -ENOMEM;
	set->ofds[set->cnt++] = *(const uint64_t *)rec;
	return 0;
}

static int by_value(const void *va, const void *vb)
{
	uint64_t a = *(const uint64_t *)va, b = *(const uint64_t *)vb;

	return a < b ? -1 : a > b;
}

int snapshot__count_ofds(struct snapshot *s, uint64_t *ret)
{
	struct ofd_set set = {};
	uint64_t cnt = 0;
	int err;

	ask_files(s, FDS_FILES_COUNT, 0, false);
	s->skel->bss->files_single = 0;
	err = iterate(s, s->file_link, sizeof(uint64_t), NULL, keep_ofd, &set);
	if (!err) {
		if (set.cnt)
			qsort(set.ofds, set.cnt, sizeof(*set.ofds), by_value);
		for (size_t i = 0; i < set.cnt; i++)
			cnt += i == 0 || set.ofds[i] != set.ofds[i - 1];
		*ret = cnt + s->skel->bss->files_single;
	}
	free(set.ofds);
	return err;
}

struct user_sink {
	snapshot_user_fn fn;
	void *ctx;
};

static int give_user(void *ctx, const void *rec)
{
	struct user_sink *sink = ctx;

	return sink->fn(sink->ctx, rec);
}

int snapshot__users(struct snapshot *s, snapshot_user_fn fn, void *ctx)
{
	struct user_sink sink = {fn, ctx};

	return iterate(s, s->user_link, sizeof(struct fds_user_rec), NULL, give_user, &sink);
}

bool snapshot__tells_inotify(const struct snapshot *s)
{
	return s->skel->bss->tells_ucounts;
}

uint32_t snapshot__untracked(const struct snapshot *s)
{
	return s->skel->bss->untracked;
}

void snapshot__compare(struct snapshot *s)
{
	s->skel->bss->counting = true;
}

uint32_t snapshot__own_level(const struct snapshot *s)
{
	return s->skel->bss->own_level;
}

int snapshot__program(const struct snapshot *s, size_t i, struct program_info *ret)
{
	const struct bpf_program *programs[] = {s->skel->progs.task, s->skel->progs.task_file,
						s->skel->progs.user, s->skel->progs.every_file,
						s->skel->progs.who_file};

	if (i >= sizeof(programs) / sizeof(programs[0]) || !bpf_program__autoload(programs[i]))
		return -ENOENT;
	program_info__read(programs[i], ret);
	ret->attached = true;
	/* A reader runs its iterator itself, and waits until it has run. */
	ret->missed = 0;
	return 0;
}
