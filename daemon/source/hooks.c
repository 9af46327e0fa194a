// SPDX-License-Identifier: GPL-2.0-or-later
/* Hooks of the counting tiers; see hooks.h. */
#include "source/hooks.h"

#include "source/loader.h"
#include "source/programs.h"
#include "source/syscalls.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/events.skel.h"

#define LEVEL_CNT   8
#define PROGRAM_MAX 64

struct hooks {
	struct events_bpf *skel;
	struct ring_buffer *ring;
	struct bpf_program *programs[PROGRAM_MAX]; /* those in use */
	struct bpf_link *links[PROGRAM_MAX];	   /* of the same */
	size_t program_cnt;
	enum tier tier;
	void (*fn)(void *ctx, const struct fds_event *ev);
	void *ctx;
};

/* A kernel function's type; NULL: there is no such function, or it is no more to be found. */
static const struct btf_type *find_function(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);
	const struct btf_type *func = id > 0 ? btf__type_by_id(btf, id) : NULL;

	return func ? btf__type_by_id(btf, func->type) : NULL;
}

/* Use the first program of the tier that plays the role and whose target is there. */
static int choose_program(struct hooks *h, const struct btf *btf, enum program_role role)
{
	const char *missing = NULL;

	for (size_t i = 0; i < program_cnt; i++) {
		const struct program *p = &programs[i];
		struct bpf_program *prog;

		if (p->role != role || !(p->tiers & TIER_BIT(h->tier)))
			continue;
		if (p->target && !find_function(btf, p->target)) {
			if (!p->optional)
				missing = p->target;
			continue;
		}
		prog = bpf_object__find_program_by_name(h->skel->obj, p->name);
		if (!prog || h->program_cnt == PROGRAM_MAX)
			return -ENOENT;
		bpf_program__set_autoload(prog, true);
		h->programs[h->program_cnt++] = prog;
		return 0;
	}
	if (!missing)
		return 0;
	loader__complain("this kernel has no function %s", missing);
	return -ENOTSUP;
}

static unsigned int count_args(const struct btf *btf, const char *name, unsigned int otherwise)
{
	const struct btf_type *proto = find_function(btf, name);

	return proto ? btf_vlen(proto) : otherwise;
}

static int set_up(struct hooks *h, const struct hooks_options *opts, const struct btf *btf)
{
	struct events_bpf *skel = h->skel;
	struct bpf_program *prog;
	int err = 0;

	bpf_object__for_each_program (prog, skel->obj)
		bpf_program__set_autoload(prog, false);
	for (enum program_role role = 0; role < ROLE_CNT && !err; role++)
		err = choose_program(h, btf, role);
	if (err)
		return err;
	skel->rodata->counting = tiers[h->tier].counts;
	skel->rodata->sees_installs = tiers[h->tier].sees_all;
	skel->rodata->dup_fd_args = count_args(btf, "dup_fd", skel->rodata->dup_fd_args);
	skel->rodata->alloc_fd_args = count_args(btf, "alloc_fd", skel->rodata->alloc_fd_args);
	skel->bss->own_level = opts->own_level;
	syscalls__fill((uint8_t *)skel->rodata->syscall_action);
	err = bpf_map__set_max_entries(skel->maps.tables,
				       tiers[h->tier].counts ? opts->table_cnt : 1);
	/*
	 * A hash that grows as it is used is safe in tracing programs since 6.1 ("bpf: Introduce
	 * any context BPF specific memory allocator"); before, all of it is taken at once.
	 */
	if (!err && btf__find_by_name_kind(btf, "bpf_mem_alloc", BTF_KIND_STRUCT) > 0)
		err = bpf_map__set_map_flags(skel->maps.tables, BPF_F_NO_PREALLOC);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.ring, opts->ring_sz);
	return err;
}

static int take_record(void *ctx, void *data, size_t sz)
{
	struct hooks *h = ctx;

	if (sz >= sizeof(struct fds_event))
		h->fn(h->ctx, data);
	return 0;
}

int hooks__new(enum tier tier, const struct hooks_options *opts, struct hooks **ret)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_opts, .btf_custom_path = opts->btf);
	struct hooks *h = calloc(1, sizeof(*h));
	struct btf *btf;
	int err;

	if (!h)
		return -ENOMEM;
	h->tier = tier;
	h->skel = events_bpf__open_opts(&open_opts);
	if (!h->skel) {
		err = -errno;
		goto fail;
	}
	btf = opts->btf ? btf__parse(opts->btf, NULL) : btf__load_vmlinux_btf();
	err = btf ? set_up(h, opts, btf) : -errno;
	btf__free(btf);
	if (err)
		goto fail;
	err = events_bpf__load(h->skel);
	if (err)
		goto fail;
	h->ring = ring_buffer__new(bpf_map__fd(h->skel->maps.ring), take_record, h, NULL);
	if (!h->ring) {
		err = -errno;
		goto fail;
	}
	*ret = h;
	return 0;
fail:
	hooks__free(h);
	return err;
}

int hooks__attach(struct hooks *h)
{
	for (size_t i = 0; i < h->program_cnt; i++) {
		h->links[i] = bpf_program__attach(h->programs[i]);
		if (!h->links[i])
			return -errno;
	}
	return 0;
}

void hooks__free(struct hooks *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->program_cnt; i++)
		bpf_link__destroy(h->links[i]);
	ring_buffer__free(h->ring);
	events_bpf__destroy(h->skel);
	free(h);
}

int hooks__tables_fd(const struct hooks *h)
{
	return bpf_map__fd(h->skel->maps.tables);
}

int hooks__ring_fd(const struct hooks *h)
{
	return ring_buffer__epoll_fd(h->ring);
}

int hooks__drain(struct hooks *h, void (*fn)(void *ctx, const struct fds_event *ev), void *ctx)
{
	h->fn = fn;
	h->ctx = ctx;
	return ring_buffer__consume(h->ring);
}

void hooks__set_level(struct hooks *h, const uint8_t *levels, size_t cnt)
{
	for (size_t i = 0; i < LEVEL_CNT; i++)
		h->skel->bss->levels[i] = i < cnt ? levels[i] : 0;
}

void hooks__set_own_level(struct hooks *h, uint32_t level)
{
	h->skel->bss->own_level = level;
}

void hooks__set_wanted(struct hooks *h, uint32_t mask)
{
	h->skel->bss->wanted_events = mask;
}

void hooks__losses(const struct hooks *h, struct hooks_losses *ret)
{
	ret->records = h->skel->bss->lost[FDS_COUNT_RING_FULL];
	ret->updates = h->skel->bss->lost[FDS_COUNT_TABLE_FULL];
	ret->misses = 0;
	for (size_t i = 0; i < h->program_cnt; i++) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		if (!bpf_obj_get_info_by_fd(bpf_program__fd(h->programs[i]), &info, &len))
			ret->misses += info.recursion_misses;
	}
}

int hooks__collect_garbage(struct hooks *h, uint64_t seen_before_ns, size_t *ret_deleted)
{
	int map = hooks__tables_fd(h);
	uint64_t key, next;
	size_t deleted = 0;
	int err = bpf_map_get_next_key(map, NULL, &next);

	while (!err) {
		struct fds_table t;

		key = next;
		/* First, since after a deletion the walk would begin anew. */
		err = bpf_map_get_next_key(map, &key, &next);
		if (bpf_map_lookup_elem(map, &key, &t) || t.seen_ns >= seen_before_ns)
			continue;
		if (!bpf_map_delete_elem(map, &key))
			deleted++;
	}
	*ret_deleted = deleted;
	return err == -ENOENT ? 0 : err;
}
