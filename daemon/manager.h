/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manager owns every long-lived object of the daemon and the order in which they start:
 * probe, load, attach, snapshot, drain, listen, READY=1.
 */
#ifndef FDSCOPE_MANAGER_H
#define FDSCOPE_MANAGER_H

#include "config/config.h"

struct manager;

struct manager_options {
	const char *config_path; /* NULL: the default, which may be missing */
	const char *btf;	 /* NULL: the kernel's own */
	const char *skip_hook;	 /* NULL, or a BPF program to do without */
	/* What the command line sets stands above the files, also after a reload. */
	const char *tier;
	const char *socket;
	const char *log_level;
	uint64_t nofile; /* soft limit of descriptors before we raised ours: what hooks get */
};

/* What the command line sets; -EINVAL and one line in *ret_error (to be freed) if it is wrong. */
int manager_options__apply(const struct manager_options *opts, struct config *c, char **ret_error);

/* The files, and above them what the command line says; logs why not.  *ret is untouched then. */
int manager_options__read(const struct manager_options *opts, struct config *ret);

/* Everything up and listening, or -errno with the reason logged.  `opts` must outlive it. */
int manager__new(const struct manager_options *opts, struct manager **ret);
/* Serve until SIGTERM or SIGINT; 0 or -errno. */
int manager__run(struct manager *m);
void manager__free(struct manager *m);

#endif
