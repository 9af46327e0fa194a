// SPDX-License-Identifier: GPL-2.0-or-later
/* Hooks of the counting tiers; see hooks.h. */
#include "source/hooks.h"

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
	struct bpf_link *links[PROGRAM_MAX];
	size_t link_cnt;
	enum tier tier;
	void (*fn)(void *ctx, const struct fds_event *ev);
	void *ctx;
};

static struct bpf_program *find_program(const struct hooks *h, const struct program *p)
{
	return bpf_object__find_program_by_name(h->skel->obj, p->name);
}

/*
 * A hash that grows as it is used is safe in tracing programs since 6.1 ("bpf: Introduce any
 * context BPF specific memory allocator"); before, all of it is taken at once.
 */
static bool grows_safely(const char *btf_path)
{
	struct btf *btf = btf_path ? btf__parse(btf_path, NULL) : btf__load_vmlinux_btf();
	bool found = btf && btf__find_by_name_kind(btf, "bpf_mem_alloc", BTF_KIND_STRUCT) > 0;

	btf__free(btf);
	return found;
}

static int set_up(struct hooks *h, const struct hooks_options *opts)
{
	struct events_bpf *skel = h->skel;
	struct bpf_program *prog;
	int err;

	bpf_object__for_each_program (prog, skel->obj)
		bpf_program__set_autoload(prog, false);
	for (size_t i = 0; i < program_cnt; i++) {
		if (!(programs[i].tiers & TIER_BIT(h->tier)))
			continue;
		prog = find_program(h, &programs[i]);
		if (!prog)
			return -ENOENT;
		bpf_program__set_autoload(prog, true);
	}
	skel->rodata->counting = tiers[h->tier].counts;
	err = bpf_map__set_max_entries(skel->maps.tables,
				       tiers[h->tier].counts ? opts->table_cnt : 1);
	if (!err && grows_safely(opts->btf))
		err = bpf_map__set_map_flags(skel->maps.tables, BPF_F_NO_PREALLOC);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.ring, opts->ring_sz);
	skel->bss->own_level = opts->own_level;
	syscalls__fill((uint8_t *)skel->rodata->syscall_action);
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
	int err;

	if (!h)
		return -ENOMEM;
	h->tier = tier;
	h->skel = events_bpf__open_opts(&open_opts);
	if (!h->skel) {
		err = -errno;
		goto fail;
	}
	err = set_up(h, opts);
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
	for (size_t i = 0; i < program_cnt; i++) {
		struct bpf_link *link;

		if (!(programs[i].tiers & TIER_BIT(h->tier)))
			continue;
		link = bpf_program__attach(find_program(h, &programs[i]));
		if (!link)
			return -errno;
		h->links[h->link_cnt++] = link;
	}
	return 0;
}

void hooks__free(struct hooks *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->link_cnt; i++)
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
	for (size_t i = 0; i < program_cnt; i++) {
		struct bpf_prog_info info = {};
		__u32 len = sizeof(info);

		if (!(programs[i].tiers & TIER_BIT(h->tier)))
			continue;
		if (!bpf_obj_get_info_by_fd(bpf_program__fd(find_program(h, &programs[i])), &info,
					    &len))
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
