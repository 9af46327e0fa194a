/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's configuration: /etc/fdscope/fdscope.conf, then *.conf in fdscope.conf.d in the order
 * of their names; later wins.  A struct config owns nothing: it is copied and compared as it is,
 * and a reload fills a new one that replaces the old one only if all of it was good.
 */
#ifndef FDSCOPE_CONFIG_H
#define FDSCOPE_CONFIG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_SOCKET_SZ  108 /* what fits into sockaddr_un, with the NUL */
#define CONFIG_LEVELS_MAX 8
#define CONFIG_FILE_MAX	  (256 * 1024) /* bytes of one file */
#define CONFIG_DROPIN_MAX 256	       /* files */

/* X(id, name): what the key `tier` and the option --tier accept, best first. */
#define CONFIG_TIERS(X)                                                                            \
	X(AUTO, "auto")                                                                            \
	X(TRAMPOLINE, "trampoline")                                                                \
	X(KPROBE, "kprobe")                                                                        \
	X(SYSCALL, "syscall")                                                                      \
	X(SAMPLE, "sample")                                                                        \
	X(PROCFS, "procfs")

enum config_tier {
#define X(id, name) CONFIG_TIER_##id,
	CONFIG_TIERS(X)
#undef X
		CONFIG_TIER_CNT
};

struct config {
	/* [daemon] */
	uint64_t max_staleness_ns;   /* a query never gets older data than this */
	uint64_t truth_interval_ns;  /* between two truth passes of a counting tier at rest */
	uint64_t sample_interval_ns; /* the same in the tiers `sample` and `procfs` */
	uint32_t truth_budget_bp;    /* share of one core for periodic passes, 1/100 % */
	uint32_t max_tables;	     /* files tables with state in the kernel */
	uint64_t ring_sz;	     /* bytes for events of the hooks */
	uint32_t tier;		     /* enum config_tier */
	uint32_t log_level;	     /* LOG_ERR..LOG_DEBUG */
	char socket[CONFIG_SOCKET_SZ];

	/* [levels] */
	uint32_t level_cnt;
	uint32_t levels[CONFIG_LEVELS_MAX]; /* per cent of the soft limit, ascending */

	/* [api] */
	uint32_t max_clients;
	uint32_t max_clients_per_user;
	uint32_t max_streams;
	uint64_t idle_timeout_ns;
	uint64_t max_stream_backlog_sz; /* bytes that wait for one slow reader */
};

/* Every key at its default. */
void config__init(struct config *ret);

/*
 * Defaults, then the file, then its drop-ins (FILE.d/ *.conf).  NULL: the default path, which may
 * be missing; a path that is given must exist.  On failure *ret is untouched and *ret_error is one
 * line without newline, to be freed ("PATH:LINE: what is wrong; what is allowed"); NULL if there
 * was no memory for it.
 */
int config__load(const char *path, struct config *ret, char **ret_error);

/* One key, as from the command line: `what` (say "--tier") stands in the message for PATH:LINE. */
int config__set(struct config *c, const char *what, const char *section, const char *key,
		const char *value, char **ret_error);

/* Whether there is such a section; the message begins with `what`. */
int config__check_section(const char *what, const char *section, char **ret_error);

/* "kprobe" and the like; for messages and status. */
const char *config__tier_name(uint32_t tier);

/* Every key with its section, default, range and meaning, a line each, separated by tabs. */
void config__print_keys(FILE *f);

#endif
