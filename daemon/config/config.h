/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's configuration: /etc/fdscope/fdscope.conf, then *.conf in fdscope.conf.d in the order
 * of their names; later wins.  A struct config owns nothing: it is copied and compared as it is,
 * and a reload fills a new one that replaces the old one only if all of it was good.
 */
#ifndef FDSCOPE_CONFIG_H
#define FDSCOPE_CONFIG_H

#include "alert/hook.h"
#include "config/value.h"
#include "detect/rule.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define CONFIG_SOCKET_SZ  108 /* what fits into sockaddr_un, with the NUL */
#define CONFIG_PATH_SZ	  256
#define CONFIG_LEVELS_MAX VALUE_LEVELS_MAX
#define CONFIG_HOOK_USER  "fdscope"    /* that hooks run as where nothing else is said */
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
	struct value_levels levels; /* per cent of the soft limit */

	/* [api] */
	uint32_t max_clients;
	uint32_t max_clients_per_user;
	uint32_t max_streams;
	uint64_t idle_timeout_ns;
	uint64_t max_stream_backlog_sz; /* bytes that wait for one slow reader */

	/* [alerts] */
	uint32_t storm_cnt; /* alerts of one rule and user within storm_window_ns that are told
			       singly */
	uint64_t storm_window_ns;
	uint32_t hooks_running;
	uint32_t hooks_queued;
	uint32_t hooks_per_minute;
	uint64_t hook_output_sz; /* bytes of a run's output that are logged */

	/* [hazards] */
	uint32_t hazards; /* bits 1 << enum fds_hazard_kind, or VALUE_HAZARDS_AUTO */
	uint64_t hazard_scan_ns;
	uint64_t hazard_deleted_sz; /* bytes of a deleted file that are worth a word */

	/* [archive] */
	char archive_path[CONFIG_PATH_SZ]; /* "": none */
	uint64_t archive_max_sz;	   /* bytes */
	uint64_t archive_max_age_ns;

	/* [act] */
	uint32_t act_raise; /* bool */
	uint32_t act_ceiling;

	/* [rule NAME], the built-in ones first, and [hook NAME] */
	uint32_t rule_cnt;
	struct rule rules[RULE_CNT_MAX];
	uint32_t hook_cnt;
	struct hook hooks[RULE_HOOK_MAX];
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

/* The files that it would read, in this order; those that cannot be found out are left out. */
void config__list_files(const char *path, void (*fn)(void *ctx, const char *file), void *ctx);

/* One key, as from the command line: `what` (say "--tier") stands in the message for PATH:LINE. */
int config__set(struct config *c, const char *what, const char *section, const char *key,
		const char *value, char **ret_error);

/* Whether there is such a section; the message begins with `what`. */
int config__check_section(const char *what, const char *section, char **ret_error);

/*
 * When all has been set: hooks that cannot be run, rules that contradict themselves or name what
 * is not there.  Fills in what that decides.  -errno and one line in *ret_error.
 */
int config__check(struct config *c, char **ret_error);

/* What it amounts to, in words: a line for each rule and hook. */
void config__explain(const struct config *c, FILE *out);
/* Such a line, without "rule " or "hook " in front, and without its end. */
void config__explain_rule(const struct rule *r, FILE *out);
void config__explain_hook(const struct hook *h, FILE *out);

/* Every key with its section, default, range and meaning, a line each, separated by tabs. */
void config__print_keys(FILE *f);

/* Whether they differ in what is read at the start alone. */
bool config__needs_restart(const struct config *old, const struct config *new);

#endif
