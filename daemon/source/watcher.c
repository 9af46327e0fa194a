// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading and attaching what watches for hazards; see watcher.h. */
#include "source/watcher.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "source/attach.h"
#include "source/loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bpf/hazard.skel.h"

#define PROGRAM_MAX 40
#define READ_SZ	    (64 * 1024)
#define RING_SZ	    (512 * 1024)

#if defined(__x86_64__)
#define SYSCALL_FUNC(name) "__x64_sys_" #name
#elif defined(__aarch64__)
#define SYSCALL_FUNC(name) "__arm64_sys_" #name
#else /* for those who check the sources: bpf/lib/arch.h knows the two above */
#define SYSCALL_FUNC(name) "sys_" #name
#endif

#define HAZARD(id) (1u << FDS_HAZARD_##id)
#define TRAMPOLINE TIER_BIT(TIER_TRAMPOLINE)
#define KPROBE	   TIER_BIT(TIER_KPROBE)
#define SYSCALL	   TIER_BIT(TIER_SYSCALL)
#define HOOKED	   (TRAMPOLINE | KPROBE | SYSCALL | TIER_BIT(TIER_SAMPLE))

/* A program, the hazards that need it, the tiers that use it, and the function it is attached to.
 * Of several for one `target` the kernel has those it has: at least one must be there. */
struct watch {
	const char *name;
	uint32_t hazards;
	unsigned int tiers;
	const char *target; /* NULL: a tracepoint or iterator */
	bool optional;	    /* where the kernel has no such function, others do */
};

#define AT_SYSCALL(hazards, call, optional)                                                        \
	{"on_" #call, hazards, TRAMPOLINE, SYSCALL_FUNC(call), optional},                          \
	{                                                                                          \
		"at_" #call, hazards, KPROBE, SYSCALL_FUNC(call), optional                         \
	}

#define AT_FUNCTION(hazards, function)                                                             \
	{"on_" #function, hazards, TRAMPOLINE, #function, false},                                  \
	{                                                                                          \
		"at_" #function, hazards, KPROBE, #function, false                                 \
	}

static const struct watch watches[] = {
	AT_SYSCALL(HAZARD(EPOLL_FORK), epoll_create1, false),
	AT_SYSCALL(HAZARD(EPOLL_FORK), epoll_create, true),
	AT_SYSCALL(HAZARD(EPOLL_FORK), epoll_ctl, false),
	{"on_maker_exit", HAZARD(EPOLL_FORK), HOOKED, NULL, false},
	AT_SYSCALL(HAZARD(SELECT_1024), select, true),
	AT_SYSCALL(HAZARD(SELECT_1024), pselect6, false),
	AT_FUNCTION(HAZARD(TRUNCATE_BEFORE_LOCK), do_truncate),
	AT_FUNCTION(HAZARD(TRUNCATE_BEFORE_LOCK), security_file_free),
	AT_SYSCALL(HAZARD(TRUNCATE_BEFORE_LOCK), flock, false),
	AT_SYSCALL(HAZARD(TRUNCATE_BEFORE_LOCK) | HAZARD(NONBLOCK_SHARED), fcntl, false),
	{"on_call_enter",
	 HAZARD(SELECT_1024) | HAZARD(TRUNCATE_BEFORE_LOCK) | HAZARD(NONBLOCK_SHARED), SYSCALL,
	 NULL, false},
	{"on_call_exit",
	 HAZARD(EPOLL_FORK) | HAZARD(TRUNCATE_BEFORE_LOCK) | HAZARD(LIMIT_EXCESSIVE), SYSCALL, NULL,
	 false},
	AT_SYSCALL(HAZARD(NONBLOCK_SHARED), ioctl, false),
	AT_SYSCALL(HAZARD(LIMIT_EXCESSIVE), close, false),
	{"after_exec", HAZARD(EXEC_LEAK), HOOKED, NULL, false},
	{"after_fork", HAZARD(EXEC_LEAK), HOOKED, NULL, false},
	{"find_traces", HAZARD(EPOLL_FORK) | HAZARD(EPOLL_STALE) | HAZARD(DELETED_OPEN), HOOKED,
	 NULL, false},
};

/* What the hooks of the syscall tier are to look at. */
static const struct {
	uint32_t nr;
	uint8_t call;
	uint32_t hazards;
} calls[] = {
	{__NR_epoll_create1, FDS_CALL_EPOLL_CREATE, HAZARD(EPOLL_FORK)},
#ifdef __NR_epoll_create
	{__NR_epoll_create, FDS_CALL_EPOLL_CREATE, HAZARD(EPOLL_FORK)},
#endif
	{__NR_epoll_ctl, FDS_CALL_EPOLL_CTL, HAZARD(EPOLL_FORK)},
#ifdef __NR_select
	{__NR_select, FDS_CALL_SELECT, HAZARD(SELECT_1024)},
#endif
	{__NR_pselect6, FDS_CALL_SELECT, HAZARD(SELECT_1024)},
#ifdef __NR_open
	{__NR_open, FDS_CALL_OPEN, HAZARD(TRUNCATE_BEFORE_LOCK)},
#endif
#ifdef __NR_creat
	{__NR_creat, FDS_CALL_CREAT, HAZARD(TRUNCATE_BEFORE_LOCK)},
#endif
	{__NR_openat, FDS_CALL_OPENAT, HAZARD(TRUNCATE_BEFORE_LOCK)},
	{__NR_openat2, FDS_CALL_OPENAT2, HAZARD(TRUNCATE_BEFORE_LOCK)},
	{__NR_flock, FDS_CALL_FLOCK, HAZARD(TRUNCATE_BEFORE_LOCK)},
	{__NR_fcntl, FDS_CALL_FCNTL, HAZARD(TRUNCATE_BEFORE_LOCK) | HAZARD(NONBLOCK_SHARED)},
	{__NR_close, FDS_CALL_CLOSE, HAZARD(TRUNCATE_BEFORE_LOCK) | HAZARD(LIMIT_EXCESSIVE)},
	{__NR_ioctl, FDS_CALL_IOCTL, HAZARD(NONBLOCK_SHARED)},
};

/* Where a hazard is seen at all, and what keeps it from being seen elsewhere. */
static const struct {
	unsigned int tiers;
	unsigned int cheap; /* tiers where it costs next to nothing */
	const char *why;
} kinds[FDS_HAZARD_CNT] = {
	[FDS_HAZARD_EPOLL_FORK] = {TRAMPOLINE | KPROBE | SYSCALL, TRAMPOLINE | KPROBE,
				   "needs a tier that sees system calls"},
	[FDS_HAZARD_SELECT_1024] = {TRAMPOLINE | KPROBE | SYSCALL, TRAMPOLINE | KPROBE,
				    "needs a tier that sees system calls"},
	[FDS_HAZARD_TRUNCATE_BEFORE_LOCK] = {TRAMPOLINE | KPROBE | SYSCALL, TRAMPOLINE | KPROBE,
					     "needs a tier that sees system calls"},
	[FDS_HAZARD_EPOLL_STALE] = {HOOKED, HOOKED, "needs the kernel's iterators"},
	[FDS_HAZARD_DELETED_OPEN] = {HOOKED, HOOKED, "needs the kernel's iterators"},
	[FDS_HAZARD_EXEC_LEAK] = {HOOKED, HOOKED, "needs a tier with hooks"},
	[FDS_HAZARD_NONBLOCK_SHARED] = {TRAMPOLINE | KPROBE | SYSCALL, TRAMPOLINE | KPROBE,
					"needs a tier that sees system calls"},
	[FDS_HAZARD_LIMIT_EXCESSIVE] = {TRAMPOLINE | KPROBE | SYSCALL, 0,
					"needs a tier that sees system calls"},
};

struct watched {
	const struct watch *info;
	struct bpf_program *prog;
	struct bpf_link *link;
};

struct watcher {
	struct hazard_bpf *skel;
	struct ring_buffer *ring;
	struct watched list[PROGRAM_MAX];
	size_t cnt;
	uint32_t watched; /* bits 1 << enum fds_hazard_kind */
	bool multi;
	void (*fn)(void *ctx, const struct fds_hazard *h, size_t extra_sz);
	void *ctx;
	_Alignas(8) char buf[READ_SZ];
};

uint32_t watcher__cheap(enum tier tier)
{
	uint32_t mask = 0;

	for (int k = 0; k < FDS_HAZARD_CNT; k++)
		if (kinds[k].cheap & TIER_BIT(tier))
			mask |= 1u << k;
	return mask;
}

bool watcher__is_seen(enum tier tier, enum fds_hazard_kind kind)
{
	return kinds[kind].tiers & TIER_BIT(tier);
}

const char *watcher__why_not(const struct watcher *w, enum tier tier, enum fds_hazard_kind kind)
{
	if (w && w->watched & 1u << kind)
		return NULL;
	if (!(kinds[kind].tiers & TIER_BIT(tier)))
		return kinds[kind].why ?: "is not watched for yet";
	return "this kernel does not let it be watched for";
}

static void choose_programs(struct watcher *w, const struct watcher_options *opts,
			    const struct btf *btf)
{
	struct bpf_program *prog;

	bpf_object__for_each_program (prog, w->skel->obj)
		bpf_program__set_autoload(prog, false);
	w->multi = attach__has_multi(btf);
	for (size_t i = 0; i < sizeof(watches) / sizeof(watches[0]); i++) {
		const struct watch *info = &watches[i];

		if (!(info->hazards & w->watched) || !(info->tiers & TIER_BIT(opts->tier)))
			continue;
		prog = bpf_object__find_program_by_name(w->skel->obj, info->name);
		if (!prog || w->cnt == PROGRAM_MAX ||
		    (info->target && !attach__find_function(btf, info->target))) {
			if (!info->optional)
				w->watched &= ~info->hazards;
			continue;
		}
		bpf_program__set_autoload(prog, true);
		if (w->multi && attach__is_probe(prog))
			attach__make_multi(prog);
		w->list[w->cnt++] = (struct watched){.info = info, .prog = prog};
	}
}

static void set_up(struct watcher *w, const struct watcher_options *opts, const struct btf *btf)
{
	uint8_t *call = (uint8_t *)w->skel->rodata->hazard_call;

	for (int k = 0; k < FDS_HAZARD_CNT; k++)
		if (opts->enabled & 1u << k && kinds[k].tiers & TIER_BIT(opts->tier))
			w->watched |= 1u << k;
	choose_programs(w, opts, btf);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].hazards & w->watched)
			call[calls[i].nr] = calls[i].call;
	w->skel->rodata->enabled_hazards = w->watched;
	w->skel->rodata->do_truncate_args =
		attach__count_args(btf, "do_truncate", w->skel->rodata->do_truncate_args);
	bpf_map__set_max_entries(w->skel->maps.ring, RING_SZ);
}

static int take_record(void *ctx, void *data, size_t sz)
{
	const struct fds_hazard *h = data;
	struct watcher *w = ctx;

	if (sz >= sizeof(*h) && h->kind < FDS_HAZARD_CNT && h->extra_sz <= sz - sizeof(*h))
		w->fn(w->ctx, h, h->extra_sz);
	return 0;
}

static void attach_all(struct watcher *w)
{
	for (size_t i = 0; i < w->cnt; i++) {
		struct watched *p = &w->list[i];

		p->link = attach__program(p->prog, p->info->target, w->multi);
		if (p->link || p->info->optional)
			continue;
		log_debug("hazards: without %s: %s", p->info->name, strerror(errno));
		w->watched &= ~p->info->hazards;
	}
}

static struct bpf_link *find_scan(const struct watcher *w)
{
	for (size_t i = 0; i < w->cnt; i++)
		if (w->list[i].prog == w->skel->progs.find_traces)
			return w->list[i].link;
	return NULL;
}

int watcher__scan(struct watcher *w, uint64_t deleted_sz,
		  int (*fn)(void *ctx, const struct fds_trace_rec *rec), void *ctx)
{
	struct bpf_link *link = find_scan(w);
	_cleanup_close_ int fd = -1;

	if (!link)
		return -ENOTSUP;
	w->skel->bss->scan_nr++;
	w->skel->bss->deleted_sz = deleted_sz;
	fd = bpf_iter_create(bpf_link__fd(link));
	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t len = read(fd, w->buf, sizeof(w->buf));

		if (len == 0)
			return 0;
		/* EAGAIN: a million objects went by without output; it goes on from there. */
		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (len < 0)
			return -errno;
		if (len % sizeof(struct fds_trace_rec))
			return -EBADMSG;
		for (ssize_t at = 0; at < len; at += sizeof(struct fds_trace_rec)) {
			int r = fn(ctx, (const struct fds_trace_rec *)(w->buf + at));

			if (r)
				return r;
		}
	}
}

/* Of those that hold an instance the one that began first is taken for its maker. */
static int seed_maker(void *ctx, const struct fds_trace_rec *rec)
{
	struct watcher *w = ctx;
	int map = bpf_map__fd(w->skel->maps.makers);
	struct fds_maker m;

	if (rec->what != FDS_TRACE_EPOLL ||
	    (!bpf_map_lookup_elem(map, &rec->file, &m) && m.start_ns <= rec->start_ns))
		return 0;
	m = (struct fds_maker){
		.files = rec->files,
		.start_ns = rec->start_ns,
		.tgid = rec->tgid,
		.kernel_tgid = w->skel->bss->own_level ? 0 : rec->tgid,
		.fd = rec->fd,
	};
	memcpy(m.comm, rec->comm, sizeof(m.comm));
	/* Full: then the first change makes the maker. */
	bpf_map_update_elem(map, &rec->file, &m, BPF_ANY);
	bpf_map_update_elem(bpf_map__fd(w->skel->maps.maker_tables), &rec->files, &rec->start_ns,
			    BPF_ANY);
	return 0;
}

int watcher__new(const struct watcher_options *opts, struct watcher **ret)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_opts, .btf_custom_path = opts->btf);
	struct watcher *w = calloc(1, sizeof(*w));
	const struct btf *btf;
	int err;

	if (!w)
		return -ENOMEM;
	w->skel = hazard_bpf__open_opts(&open_opts);
	btf = w->skel ? loader__types(opts->btf) : NULL;
	err = btf ? 0 : -errno;
	if (!err) {
		set_up(w, opts, btf);
		err = w->watched ? hazard_bpf__load(w->skel) : -ENOTSUP;
	}
	loader__forget_types();
	if (!err) {
		w->skel->bss->own_level = opts->own_level;
		w->ring = ring_buffer__new(bpf_map__fd(w->skel->maps.ring), take_record, w, NULL);
		err = w->ring ? 0 : -errno;
	}
	if (err) {
		watcher__free(w);
		return err;
	}
	attach_all(w);
	if (w->watched & HAZARD(EPOLL_FORK))
		watcher__scan(w, UINT64_MAX, seed_maker, w);
	*ret = w;
	return 0;
}

void watcher__free(struct watcher *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->cnt; i++)
		bpf_link__destroy(w->list[i].link);
	ring_buffer__free(w->ring);
	hazard_bpf__destroy(w->skel);
	free(w);
}

int watcher__ring_fd(const struct watcher *w)
{
	return ring_buffer__epoll_fd(w->ring);
}

int watcher__drain(struct watcher *w,
		   void (*fn)(void *ctx, const struct fds_hazard *h, size_t extra_sz), void *ctx)
{
	w->fn = fn;
	w->ctx = ctx;
	return ring_buffer__consume(w->ring);
}

uint64_t watcher__lost(const struct watcher *w)
{
	return w->skel->bss->lost[FDS_COUNT_RING_FULL];
}

int watcher__program(const struct watcher *w, size_t i, struct program_info *ret)
{
	if (i >= w->cnt)
		return -ENOENT;
	program_info__read(w->list[i].prog, ret);
	ret->attached = w->list[i].link;
	if (w->multi && attach__is_probe(w->list[i].prog))
		strcat(ret->attach, ".multi");
	return 0;
}
