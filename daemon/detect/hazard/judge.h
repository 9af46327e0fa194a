/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the watcher tells becomes hazards: a kind of hazard is a vtable in a file of its own.
 * Records go in, steps come out; all that a judge asks of the host goes through judge_ops, so that
 * it is tested without one.
 */
#ifndef FDSCOPE_JUDGE_H
#define FDSCOPE_JUDGE_H

#include "fdscope/record.h"
#include "source/identity.h"
#include "store/hazards.h"
#include "store/store.h"

struct judge_ops {
	void *ctx;
	/* Who did it, gone by now or not; to be freed with identity__free().  0 or -errno. */
	int (*identify)(void *ctx, const struct fds_failure *f, struct identity **ret);
	/* What /proc/PID/fd/FD points to; `pid` may be a thread; valid UTF-8, to be freed.  0 or
	 * -errno. */
	int (*name)(void *ctx, uint32_t pid, int32_t fd, char **ret);
	/* What a process is called by now; 0 or -errno. */
	int (*comm)(void *ctx, uint32_t pid, char ret[FDS_COMM_SZ]);
	/* The program's file of a process that is there, to be freed.  0 or -errno. */
	int (*exe)(void *ctx, uint32_t pid, char **ret);
	/* Bytes that the file behind a descriptor takes, as its file system says.  0 or -errno. */
	int (*held)(void *ctx, uint32_t pid, int32_t fd, uint64_t *ret);
	/* Every descriptor on an ofd, by its address. */
	int (*holders)(void *ctx, uint64_t ofd,
		       int (*fn)(void *ctx, const struct fds_file_rec *rec), void *fn_ctx);
	/* Identity of an ofd for people, of its address. */
	uint64_t (*ofd_id)(void *ctx, uint64_t addr);
	/* The calls of its stack; returns its id, 0: none. */
	uint64_t (*stack)(void *ctx, const struct fds_failure *f,
			  void (*fn)(void *ctx, const char *place), void *fn_ctx);
	/*
	 * A hazard was found; at: who and where, NULL: nothing more is known; news: for the first
	 * time.
	 */
	void (*found)(void *ctx, const struct hazard *h, const struct fds_failure *at, bool news);
};

struct judge {
	struct judge_ops ops;
	const struct store *store;
	struct hazard_log *log;
	uint64_t deleted_sz; /* bytes of a deleted file that are worth a word; set before a scan */
	void *states[FDS_HAZARD_CNT]; /* a kind's own, from its init() */
};

struct hazard_ops {
	enum fds_hazard_kind kind;
	/* A record of the watcher; `extra`: the kind's own bytes behind it.  May be NULL. */
	void (*apply)(struct judge *j, const struct fds_hazard *h, const char *extra,
		      size_t extra_sz);
	/* A scan for traces: begin, each trace, end.  NULL: it has no use for these. */
	void (*begin_scan)(struct judge *j);
	void (*apply_trace)(struct judge *j, const struct fds_trace_rec *rec);
	void (*end_scan)(struct judge *j, uint64_t now_ns);
	/* A truth pass has ended: the store is fresh. */
	void (*apply_pass)(struct judge *j, uint64_t now_ns);
	void (*done)(struct judge *j);
};

extern const struct hazard_ops hazard__epoll_fork;
extern const struct hazard_ops hazard__select_1024;
extern const struct hazard_ops hazard__truncate_before_lock;
extern const struct hazard_ops hazard__epoll_stale;
extern const struct hazard_ops hazard__deleted_open;
extern const struct hazard_ops hazard__exec_leak;
extern const struct hazard_ops hazard__limit_excessive;
extern const struct hazard_ops hazard__nonblock_shared;

void judge__init(struct judge *j, const struct judge_ops *ops, const struct store *store,
		 struct hazard_log *log);
void judge__done(struct judge *j);

void judge__apply(struct judge *j, const struct fds_hazard *h, size_t extra_sz);
void judge__begin_scan(struct judge *j);
void judge__apply_trace(struct judge *j, const struct fds_trace_rec *rec);
void judge__end_scan(struct judge *j, uint64_t now_ns);
void judge__apply_pass(struct judge *j, uint64_t now_ns);

/* ---- for the kinds ---- */

/* A step as the record tells it, but for name, op, summary and key. */
void judge__begin(const struct fds_hazard *h, struct hazard_step *ret);
/* A step of who left the trace, with its descriptor and file; the rest as above. */
void judge__begin_trace(const struct fds_trace_rec *rec, enum fds_hazard_kind kind, uint64_t now_ns,
			struct hazard_step *ret);
/*
 * Complete it with who and where (`h` may be NULL: a trace has no more than `step` says), and give
 * it to the log.  ofd: its address, 0: none.
 */
void judge__end(struct judge *j, const struct fds_hazard *h, uint64_t ofd,
		struct hazard_step *step);

#endif
