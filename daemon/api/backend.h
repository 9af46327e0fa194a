/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the API asks of the daemon: the store, and the few things that only the manager can do.
 * The API knows nothing else of it, so it can be driven by a store filled by hand.
 */
#ifndef FDSCOPE_BACKEND_H
#define FDSCOPE_BACKEND_H

#include "source/files.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct backend_tier {
	const char *name;
	const char *state; /* "active", "passed over", "failed", "untried" */
	const char *why;   /* NULL: nothing to say */
};

struct backend_feature {
	const char *name;
	bool available;
	const char *why; /* why not, or what it gives; may be NULL */
};

#define BACKEND_TIER_CNT    8
#define BACKEND_FEATURE_CNT 32
#define BACKEND_PROGRAM_CNT 40

/* A BPF program of the tier; the strings live as long as the daemon. */
struct backend_program {
	const char *name;
	char attach[24];      /* "fentry", "kretprobe.multi", "tp_btf", "iter", ... */
	const char *function; /* or tracepoint, or kind of iterator */
	bool attached;	      /* now; some are on demand */
	uint64_t missed;      /* FDS_UNKNOWN: the kernel does not tell */
	uint32_t verified_insns;
};

struct backend_status {
	const char *tier;
	const char *tier_note; /* what this tier costs and misses; NULL: nothing */
	struct backend_tier tiers[BACKEND_TIER_CNT];
	size_t tier_cnt;
	struct backend_feature features[BACKEND_FEATURE_CNT];
	size_t feature_cnt;
	struct backend_program programs[BACKEND_PROGRAM_CNT];
	size_t program_cnt;
	char kernel[128];
	uint64_t started_ns, now_ns; /* CLOCK_BOOTTIME */
	uint64_t lost_records, missed_updates;
	uint32_t untracked_tables;
	uint64_t pass_cost_ns, passes, max_staleness_ns;
	uint64_t rss_bytes, cpu_ns;
	uint32_t open_fds;
};

struct backend_host {
	uint64_t file_nr;
	uint64_t file_max; /* FDS_RLIM_INFINITY: unlimited in practice */
	uint64_t nr_open;
	uint64_t ofds; /* distinct ofds in all tables; FDS_UNKNOWN: this tier cannot tell */
};

struct backend {
	void *ctx;
	struct store *store;

	/* Take a truth pass if the last one is older than max_age_ns.  0 or -errno. */
	int (*refresh)(void *ctx, uint64_t max_age_ns);
	/* Descriptors of one row of the store.  -ESRCH: gone. */
	int (*files)(void *ctx, uint32_t pid, uint32_t tid, struct file_list **ret);
	int (*host)(void *ctx, struct backend_host *ret);
	void (*status)(void *ctx, struct backend_status *ret);
	/* Name of the active tier, as in the status, but without the cost of all of it. */
	const char *(*tier)(void *ctx);
	/* The types of news (bits 1 << enum fds_news) that somebody now listens to. */
	void (*news_wanted)(void *ctx, uint32_t mask);
	/* Name of a system call of this machine; NULL: not known. */
	const char *(*syscall_name)(uint32_t nr);
	/* Whether it drops descriptors without an error. */
	bool (*syscall_is_silent)(uint32_t nr);
	/*
	 * Addresses of code in a process for people: fn is called for each in turn with
	 * "FILE+0xOFFSET" or, where the file cannot be told, the bare address.
	 */
	void (*describe_stack)(uint32_t pid, const __u64 *addrs, size_t cnt,
			       void (*fn)(void *ctx, const char *place), void *ctx);
	uint64_t max_staleness_ns;
};

#endif
