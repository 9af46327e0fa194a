// SPDX-License-Identifier: GPL-2.0-or-later
/* Hooks of the counting tiers; see hooks.h. */
#include "source/hooks.h"

#include "base/log.h"
#include "source/attach.h"
#include "source/loader.h"
#include "source/program_info.h"
#include "source/syscalls.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/events.skel.h"

#define LEVEL_CNT   8
#define PROGRAM_MAX 64
#define KPROBE_PMU  "/sys/bus/event_source/devices/kprobe"

struct hook {
	const struct program *info;
	struct bpf_program *prog;
	struct bpf_link *link; /* NULL: not attached */
};

struct hooks {
	struct events_bpf *skel;
	struct ring_buffer *ring;
	struct counters counters;
	struct hook hooks[PROGRAM_MAX]; /* those in use */
	size_t hook_cnt;
	uint64_t refused;   /* bits 1 << index in programs[]: what the kernel did not take */
	bool counts_misses; /* the kernel does, for this tier's kind of programs */
	bool multi;	    /* it has kprobe.multi, which costs less than a kprobe */
	enum tier tier;
	void (*fn)(void *ctx, const struct fds_event *ev);
	void *ctx;
};

static int use_program(struct hooks *h, const struct program *info, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(h->skel->obj, name);

	if (!prog || h->hook_cnt == PROGRAM_MAX)
		return -ENOENT;
	bpf_program__set_autoload(prog, true);
	h->hooks[h->hook_cnt++] = (struct hook){.info = info, .prog = prog};
	return 0;
}

/* Use the first program of the tier that plays the role and whose target is there. */
static int choose_program(struct hooks *h, const struct hooks_options *opts, const struct btf *btf,
			  enum program_role role)
{
	const char *missing = NULL;

	for (size_t i = 0; i < program_cnt; i++) {
		const struct program *p = &programs[i];
		int err;

		if (p->role != role || !(p->tiers & TIER_BIT(h->tier)))
			continue;
		if (opts->skip && !strcmp(opts->skip, p->name))
			return 0;
		if (h->refused & UINT64_C(1) << i)
			continue;
		if (p->target && !attach__find_function(btf, p->target)) {
			missing = p->target;
			continue;
		}
		/* The entry first: a return without it would find nothing. */
		err = p->entry ? use_program(h, p, p->entry) : 0;
		return err ?: use_program(h, p, p->name);
	}
	if (!missing || !program_role__is_needed(role))
		return 0;
	loader__complain("this kernel has no function %s", missing);
	return -ENOTSUP;
}

static bool has_member(const struct btf *btf, const char *name, const char *member)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, id) : NULL;

	for (int i = 0; type && i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), member))
			return true;
	return false;
}

/*
 * Whether prog_info.recursion_misses means something.  Since 5.12 ("bpf: Count the number of times
 * recursion was prevented"); of kprobes since 6.7 ("bpf: Count missed stats in trace_call_bpf"),
 * when perf events were made to tell their misses too.
 */
static bool counts_misses(enum tier tier, const struct btf *btf)
{
	if (tier == TIER_KPROBE && attach__count_args(btf, "bpf_get_perf_event_info", 0) < 7)
		return false;
	return has_member(btf, "bpf_prog_stats", "misses");
}

/* Whether a program in use does, for another, what a function was asked. */
static bool remembers(const struct hooks *h)
{
	for (size_t i = 0; i < h->hook_cnt; i++)
		if (h->hooks[i].info->entry)
			return true;
	return false;
}

/* What the kernel takes: a power of two of pages. */
static uint32_t ring_size(uint32_t wanted)
{
	uint32_t sz = sysconf(_SC_PAGESIZE);

	while (sz < wanted)
		sz *= 2;
	return sz;
}

static int size_maps(struct hooks *h, const struct hooks_options *opts, const struct btf *btf)
{
	struct events_bpf *skel = h->skel;
	bool counts = tiers[h->tier].counts;
	int err;

	counters__init(&h->counters, counts ? opts->table_cnt : 0);
	skel->rodata->slot_shift = h->counters.slot_shift;
	err = bpf_map__set_max_entries(skel->maps.slots, h->counters.slot_cnt);
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.tables, counts ? opts->table_cnt : 1);
	/*
	 * A hash that grows as it is used is safe in tracing programs since 6.1 ("bpf: Introduce
	 * any context BPF specific memory allocator"); before, all of it is taken at once.
	 */
	if (!err && btf__find_by_name_kind(btf, "bpf_mem_alloc", BTF_KIND_STRUCT) > 0)
		err = bpf_map__set_map_flags(skel->maps.tables, BPF_F_NO_PREALLOC);
	if (!err)
		err = bpf_map__set_autocreate(skel->maps.asked, remembers(h));
	if (!err)
		err = bpf_map__set_max_entries(skel->maps.ring, ring_size(opts->ring_sz));
	return err;
}

static int set_up(struct hooks *h, const struct hooks_options *opts, const struct btf *btf)
{
	struct events_bpf *skel = h->skel;
	struct bpf_program *prog;
	int err = 0;

	bpf_object__for_each_program (prog, skel->obj)
		bpf_program__set_autoload(prog, false);
	for (enum program_role role = 0; role < ROLE_CNT && !err; role++)
		err = choose_program(h, opts, btf, role);
	if (err)
		return err;
	h->counts_misses = counts_misses(h->tier, btf);
	h->multi = attach__has_multi(btf);
	for (size_t i = 0; i < h->hook_cnt && h->multi; i++)
		if (attach__is_probe(h->hooks[i].prog))
			attach__make_multi(h->hooks[i].prog);
	skel->rodata->counting = tiers[h->tier].counts;
	skel->rodata->sees_all = tiers[h->tier].sees_all;
	skel->rodata->dup_fd_args = attach__count_args(btf, "dup_fd", skel->rodata->dup_fd_args);
	skel->rodata->alloc_fd_args =
		attach__count_args(btf, "alloc_fd", skel->rodata->alloc_fd_args);
	skel->rodata->epoll_ctl_args =
		attach__count_args(btf, "do_epoll_ctl", skel->rodata->epoll_ctl_args);
	syscalls__fill((uint8_t *)skel->rodata->syscall_action);
	return size_maps(h, opts, btf);
}

static int take_record(void *ctx, void *data, size_t sz)
{
	const struct fds_event *ev = data;
	struct hooks *h = ctx;

	if (sz >= sizeof(*ev) &&
	    (ev->type != FDS_EVENT_FAILURE || sz >= sizeof(struct fds_failure)))
		h->fn(h->ctx, ev);
	return 0;
}

/* Everything but attaching, without what was refused before. */
static int try(enum tier tier, const struct hooks_options *opts, uint64_t refused,
	       struct hooks **ret)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_opts, .btf_custom_path = opts->btf);
	struct hooks *h = calloc(1, sizeof(*h));
	const struct btf *btf;
	int err;

	if (!h)
		return -ENOMEM;
	h->tier = tier;
	h->refused = refused;
	h->skel = events_bpf__open_opts(&open_opts);
	if (!h->skel) {
		err = -errno;
		goto fail;
	}
	btf = loader__types(opts->btf);
	err = btf ? set_up(h, opts, btf) : -errno;
	if (err)
		goto fail;
	err = events_bpf__load(h->skel);
	if (err)
		goto fail;
	err = counters__attach(&h->counters, bpf_map__fd(h->skel->maps.slots),
			       bpf_map__fd(h->skel->maps.tables));
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

static bool complains_of(const char *program)
{
	char name[64];

	snprintf(name, sizeof(name), "'%s'", program);
	return strstr(loader__complaint(), name);
}

/* The program that the kernel complained of, if the tier can do without its role; else 0. */
static uint64_t find_refused(enum tier tier)
{
	for (size_t i = 0; i < program_cnt; i++) {
		const struct program *p = &programs[i];

		if (p->tiers & TIER_BIT(tier) && !program_role__is_needed(p->role) &&
		    (complains_of(p->name) || (p->entry && complains_of(p->entry))))
			return UINT64_C(1) << i;
	}
	return 0;
}

int hooks__new(enum tier tier, const struct hooks_options *opts, struct hooks **ret)
{
	uint64_t refused = 0, more;

	/* Seen before loading, which takes the verifier a quarter of a second for nothing. */
	if (tier == TIER_KPROBE && access(KPROBE_PMU, F_OK)) {
		loader__complain("this kernel has no kprobes (%s)", KPROBE_PMU);
		return -ENOTSUP;
	}
	for (;;) {
		int err = try(tier, opts, refused, ret);

		if (!err)
			return 0;
		more = find_refused(tier) & ~refused;
		if (!more)
			return err;
		log_debug("without it, then: %s", loader__complaint());
		loader__clear_complaint();
		refused |= more;
	}
}

static int attach(const struct hooks *h, struct hook *hook)
{
	hook->link = attach__program(hook->prog, hook->info->target, h->multi);
	return hook->link ? 0 : -errno;
}

int hooks__attach(struct hooks *h)
{
	for (size_t i = 0; i < h->hook_cnt; i++) {
		struct hook *hook = &h->hooks[i];
		int err = program_role__is_on_demand(hook->info->role) ? 0 : attach(h, hook);

		if (err && program_role__is_needed(hook->info->role))
			return err;
		if (err) /* status shows it as not attached */
			log_debug("without %s: %s", hook->info->name, strerror(-err));
	}
	return 0;
}

int hooks__arm(struct hooks *h, enum program_role role, bool on)
{
	int err = 0;

	for (size_t i = 0; i < h->hook_cnt; i++) {
		struct hook *hook = &h->hooks[i];

		if (hook->info->role != role || !hook->link == !on)
			continue;
		if (!on) {
			bpf_link__destroy(hook->link);
			hook->link = NULL;
		} else if (!err) {
			err = attach(h, hook);
		}
	}
	return err;
}

bool hooks__is_armed(const struct hooks *h, enum program_role role)
{
	for (size_t i = 0; i < h->hook_cnt; i++)
		if (h->hooks[i].info->role == role && h->hooks[i].link)
			return true;
	return false;
}

void hooks__free(struct hooks *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->hook_cnt; i++)
		bpf_link__destroy(h->hooks[i].link);
	ring_buffer__free(h->ring);
	counters__done(&h->counters);
	events_bpf__destroy(h->skel);
	free(h);
}

struct counters *hooks__counters(struct hooks *h)
{
	return tiers[h->tier].counts ? &h->counters : NULL;
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
	for (size_t i = 0; h->counts_misses && i < h->hook_cnt; i++) {
		struct program_info info;

		program_info__read(h->hooks[i].prog, &info);
		ret->misses += info.missed;
	}
}

size_t hooks__program_cnt(const struct hooks *h)
{
	return h->hook_cnt;
}

int hooks__program(const struct hooks *h, size_t i, struct program_info *ret)
{
	const struct hook *hook;

	if (i >= h->hook_cnt)
		return -ENOENT;
	hook = &h->hooks[i];
	program_info__read(hook->prog, ret);
	ret->attached = hook->link;
	if (h->multi && attach__is_probe(hook->prog))
		strcat(ret->attach, ".multi");
	if (!h->counts_misses)
		ret->missed = FDS_UNKNOWN;
	return 0;
}
