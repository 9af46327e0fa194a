// SPDX-License-Identifier: GPL-2.0-or-later
/* Watcher, judge and log, wired together; see lookout.h. */
#include "lookout.h"

#include "alert/facts.h"
#include "alert/message.h"
#include "alert/storm.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/journal.h"
#include "base/log.h"
#include "base/reserve.h"
#include "base/text.h"
#include "detect/hazard/judge.h"
#include "report.h"
#include "source/identity.h"
#include "source/procfs.h"
#include "source/stack.h"
#include "source/watcher.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A scan goes through all descriptors of the host: at most a thousandth of the time goes into it,
 */
#define SCAN_SHARE 1000
/* or a twentieth while somebody asks. */
#define ASKED_SHARE 20
#define ASKED_NS    (500 * NSEC_PER_MSEC) /* so old a scan answers questions */

/* So soon after a record what it may have begun is looked at, between two passes. */
#define AGAIN_NS (250 * NSEC_PER_MSEC)

/* Hazards that the journal is told of in that time; all are in the log. */
#define TOLD_MAX       60
#define TOLD_WINDOW_NS (60 * NSEC_PER_SEC)

struct lookout {
	sd_event *event;
	const struct config *config;
	const char *btf;
	struct source *source;
	const struct ofd_key *key;
	struct lookout_ops ops;
	struct watcher *watcher; /* NULL: nothing is watched for, or can be */
	uint32_t watching;	 /* what was asked of it */
	sd_event_source *ring;
	sd_event_source *scan_timer;
	sd_event_source *again; /* on while one is due */
	struct judge judge;
	struct hazard_log log;
	struct storm telling;		/* in the journal */
	uint64_t scan_ns, scan_cost_ns; /* end and cost of the last scan */
};

/* ---- what the judge asks for ---- */

static int identify(void *ctx, const struct fds_failure *f, struct identity **ret)
{
	struct lookout *l = ctx;

	return l->ops.identify(l->ops.ctx, f, ret);
}

static int read_name(pid_t pid, int fd, char *path, size_t path_sz)
{
	int dir = procfs_names__open(pid, 0), err;

	if (dir < 0)
		return dir;
	err = procfs_names__read(dir, fd, path, path_sz);
	procfs_names__close(dir);
	return err;
}

static int name(void *ctx, uint32_t pid, int32_t fd, char **ret)
{
	char path[PATH_MAX];
	int err = fd < 0 ? -ENOENT : WITH_RESERVE(read_name(pid, fd, path, sizeof(path)));

	(void)ctx;
	if (err)
		return err;
	*ret = text__to_utf8(path, strlen(path));
	return *ret ? 0 : -ENOMEM;
}

static int read_comm(uint32_t pid, char ret[FDS_COMM_SZ])
{
	char path[32];
	_cleanup_close_ int fd = -1;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	len = fd < 0 ? -1 : read(fd, ret, FDS_COMM_SZ);
	if (len <= 0)
		return len ? -errno : -ESRCH;
	/* It ends with a newline. */
	memset(ret + len - 1, 0, FDS_COMM_SZ - len + 1);
	return 0;
}

static int comm(void *ctx, uint32_t pid, char ret[FDS_COMM_SZ])
{
	(void)ctx;
	return WITH_RESERVE(read_comm(pid, ret));
}

static int read_exe(void *ctx, uint32_t pid, char **ret)
{
	(void)ctx;
	return WITH_RESERVE(identity__read_exe(pid, ret));
}

/* From what the kernel has by now: no server is asked. */
static int held(void *ctx, uint32_t pid, int32_t fd, uint64_t *ret)
{
	struct statx st;
	char path[48];

	(void)ctx;
	snprintf(path, sizeof(path), "/proc/%u/fd/%d", pid, fd);
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_BLOCKS, &st))
		return -errno;
	if (!(st.stx_mask & STATX_BLOCKS))
		return -ENODATA;
	*ret = st.stx_blocks * 512;
	return 0;
}

static int holders(void *ctx, uint64_t ofd, int (*fn)(void *ctx, const struct fds_file_rec *rec),
		   void *fn_ctx)
{
	struct lookout *l = ctx;

	return WITH_RESERVE(source__holders(l->source, &ofd, 1, fn, fn_ctx));
}

static uint64_t ofd_id(void *ctx, uint64_t addr)
{
	struct lookout *l = ctx;

	return ofd__id(l->key, addr);
}

static uint64_t describe_stack(void *ctx, const struct fds_failure *f,
			       void (*fn)(void *ctx, const char *place), void *fn_ctx)
{
	(void)ctx;
	return f->ev.stack_cnt ? stack__describe(f, fn, fn_ctx) : 0;
}

/* Into the journal, once each; a program that is always called another way does not fill it. */
static void tell(struct lookout *l, const struct hazard *h)
{
	char text[HAZARD_SUMMARY_SZ + 128];
	struct facts facts;

	if (storm__apply(&l->telling, TOLD_MAX, TOLD_WINDOW_NS, h->last_ns)) {
		storm__check_end(&l->telling, 0, h->last_ns);
		return;
	}
	message__format_hazard(h, text, sizeof(text));
	facts__init_hazard(&facts, h);
	journal__emit(FDS_MESSAGE_HAZARD, LOG_NOTICE, text, (const char *const *)facts.items);
	facts__done(&facts);
}

static void found(void *ctx, const struct hazard *h, const struct fds_failure *at, bool first)
{
	struct lookout *l = ctx;
	struct news n = {
		.type = FDS_NEWS_HAZARD,
		.time_ns = h->last_ns,
		.start_ns = h->start_ns,
		.pid = h->pid,
		.tid = h->tid,
		.uid = h->uid,
		.euid = h->euid,
		.failure = at,
		.hazard = h,
	};

	if (first)
		tell(l, h);
	n.goes_on = !first && h->goes_on;
	memcpy(n.comm, h->comm, sizeof(n.comm));
	l->ops.publish(l->ops.ctx, &n);
}

/* ---- records and scans ---- */

static int on_again(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct lookout *l = ctx;

	(void)src;
	(void)usec;
	judge__apply_pass(&l->judge, clock__now_ns());
	return 0;
}

/* Not put off by what comes meanwhile. */
static void look_again_soon(struct lookout *l)
{
	int enabled;

	if (sd_event_source_get_enabled(l->again, &enabled) < 0 || enabled != SD_EVENT_OFF)
		return;
	sd_event_source_set_time_relative(l->again, AGAIN_NS / NSEC_PER_USEC);
	sd_event_source_set_enabled(l->again, SD_EVENT_ONESHOT);
}

static void take_record(void *ctx, const struct fds_hazard *h, size_t extra_sz)
{
	struct lookout *l = ctx;

	judge__apply(&l->judge, h, extra_sz);
	look_again_soon(l);
}

static int on_ring(sd_event_source *src, int fd, uint32_t events, void *ctx)
{
	struct lookout *l = ctx;

	(void)src;
	(void)fd;
	(void)events;
	watcher__drain(l->watcher, take_record, l);
	return 0;
}

static int take_trace(void *ctx, const struct fds_trace_rec *rec)
{
	struct lookout *l = ctx;

	judge__apply_trace(&l->judge, rec);
	return 0;
}

static void scan(struct lookout *l)
{
	uint64_t start = clock__now_ns();

	l->judge.deleted_sz = l->config->hazard_deleted_sz;
	judge__begin_scan(&l->judge);
	/* After a scan that broke off, nothing is known to be gone. */
	if (!WITH_RESERVE(watcher__scan(l->watcher, l->judge.deleted_sz, take_trace, l)))
		judge__end_scan(&l->judge, start);
	l->scan_ns = clock__now_ns();
	l->scan_cost_ns = l->scan_ns - start;
}

static uint64_t scan_pause_ns(const struct lookout *l)
{
	uint64_t affordable = SCAN_SHARE * l->scan_cost_ns;
	uint64_t wish = l->config->hazard_scan_ns;

	return wish > affordable ? wish : affordable;
}

static int on_scan_timer(sd_event_source *src, uint64_t usec, void *ctx)
{
	struct lookout *l = ctx;

	(void)usec;
	scan(l);
	sd_event_source_set_time_relative(src, scan_pause_ns(l) / NSEC_PER_USEC);
	sd_event_source_set_enabled(src, SD_EVENT_ONESHOT);
	return 0;
}

void lookout__apply_pass(struct lookout *l)
{
	judge__apply_pass(&l->judge, clock__now_ns());
}

const struct hazard_log *lookout__read(void *ctx)
{
	struct lookout *l = ctx;
	uint64_t age, pause = ASKED_SHARE * l->scan_cost_ns;

	if (!l->watcher)
		return &l->log;
	watcher__drain(l->watcher, take_record, l);
	age = clock__now_ns() - l->scan_ns;
	if (l->watching & WATCHER_SCANNED && age > (pause > ASKED_NS ? pause : ASKED_NS))
		scan(l);
	return &l->log;
}

/* ---- start and end ---- */

static void stop(struct lookout *l)
{
	l->ring = sd_event_source_disable_unref(l->ring);
	l->scan_timer = sd_event_source_disable_unref(l->scan_timer);
	l->again = sd_event_source_disable_unref(l->again);
	watcher__free(l->watcher);
	l->watcher = NULL;
	l->watching = 0;
}

static uint32_t enabled(const struct lookout *l)
{
	return l->config->hazards == VALUE_HAZARDS_AUTO ? watcher__cheap(source__tier(l->source))
							: l->config->hazards;
}

static int start(struct lookout *l)
{
	struct watcher_options opts = {
		.btf = l->btf,
		.tier = source__tier(l->source),
		.enabled = enabled(l),
		.own_level = source__own_level(l->source),
	};
	int err;

	l->watching = opts.enabled;
	if (!opts.enabled)
		return 0;
	err = watcher__new(&opts, &l->watcher);
	if (err) {
		log_debug("no hazards are watched for: %s", strerror(-err));
		return 0;
	}
	err = sd_event_add_io(l->event, &l->ring, watcher__ring_fd(l->watcher), EPOLLIN, on_ring,
			      l);
	if (err >= 0)
		err = sd_event_add_time_relative(l->event, &l->again, CLOCK_MONOTONIC,
						 AGAIN_NS / NSEC_PER_USEC, 0, on_again, l);
	if (err >= 0 && l->watching & WATCHER_SCANNED)
		err = sd_event_add_time_relative(l->event, &l->scan_timer, CLOCK_MONOTONIC,
						 l->config->hazard_scan_ns / NSEC_PER_USEC, 0,
						 on_scan_timer, l);
	return err < 0 ? err : 0;
}

int lookout__new(sd_event *event, const struct config *config, const char *btf,
		 struct source *source, const struct ofd_key *key, const struct store *store,
		 const struct lookout_ops *ops, struct lookout **ret)
{
	struct lookout *l = calloc(1, sizeof(*l));
	struct judge_ops judge = {
		.ctx = l,
		.identify = identify,
		.name = name,
		.comm = comm,
		.exe = read_exe,
		.held = held,
		.holders = holders,
		.ofd_id = ofd_id,
		.stack = describe_stack,
		.found = found,
	};
	int err;

	if (!l)
		return -ENOMEM;
	l->event = event;
	l->config = config;
	l->btf = btf;
	l->source = source;
	l->key = key;
	l->ops = *ops;
	judge__init(&l->judge, &judge, store, &l->log);
	err = start(l);
	if (err) {
		lookout__free(l);
		return err;
	}
	*ret = l;
	return 0;
}

void lookout__free(struct lookout *l)
{
	if (!l)
		return;
	stop(l);
	judge__done(&l->judge);
	hazard_log__done(&l->log);
	free(l);
}

void lookout__apply_config(struct lookout *l)
{
	int err;

	if (enabled(l) == l->watching)
		return;
	stop(l);
	err = start(l);
	if (err)
		log_errno(err, "watching for hazards");
}

/* ---- status ---- */

void lookout__fill_status(const struct lookout *l, struct backend_status *ret)
{
	enum tier tier = source__tier(l->source);
	struct program_info info;

	for (int k = 0; k < FDS_HAZARD_CNT; k++) {
		const char *why = l->watching & 1u << k || !watcher__is_seen(tier, k)
					  ? watcher__why_not(l->watcher, tier, k)
					  : "not enabled: see watch= in [hazards]";

		ret->hazards[k] = (struct backend_feature){hazard_names[k], !why, why};
	}
	for (size_t i = 0; l->watcher && !watcher__program(l->watcher, i, &info); i++)
		report__add_program(ret, &info);
	if (l->watcher)
		ret->lost_records += watcher__lost(l->watcher);
}
