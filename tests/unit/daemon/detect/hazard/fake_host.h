/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of judges have in common: a host that answers what it is told to, a log, and an
 * ear for what is found.
 */
#ifndef FDSCOPE_TEST_FAKE_HOST_H
#define FDSCOPE_TEST_FAKE_HOST_H

#include "detect/hazard/judge.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OFD_BIT UINT64_C(0x100000000) /* tells an identity from the address that it is of */

struct fake_host {
	struct judge judge;
	struct hazard_log log;
	/* What it answers. */
	int identify_error;
	const char *exe;
	uint32_t name_pid; /* whose descriptors can be read; 0: nobody's */
	const char *name;
	const char *comm;  /* of any process; NULL: all are gone */
	uint32_t held_pid; /* of whose descriptors the file system tells; 0: of none */
	uint64_t held;
	uint64_t stack_id;
	unsigned int place_cnt;
	/* What it was asked and told. */
	unsigned int identified, named, stacks, found_cnt, news_cnt;
	const struct hazard *found;
	const struct fds_failure *at;
};

static inline int fake_identify(void *ctx, const struct fds_failure *f, struct identity **ret)
{
	struct fake_host *h = ctx;

	assert_non_null(f);
	h->identified++;
	if (h->identify_error)
		return h->identify_error;
	*ret = calloc(1, sizeof(**ret));
	(*ret)->exe = h->exe ? strdup(h->exe) : NULL;
	return 0;
}

static inline int fake_name(void *ctx, uint32_t pid, int32_t fd, char **ret)
{
	struct fake_host *h = ctx;

	h->named++;
	if (fd < 0 || pid != h->name_pid)
		return -ENOENT;
	*ret = strdup(h->name);
	return 0;
}

static inline int fake_comm(void *ctx, uint32_t pid, char ret[FDS_COMM_SZ])
{
	struct fake_host *h = ctx;

	if (!h->comm)
		return -ESRCH;
	(void)pid;
	snprintf(ret, FDS_COMM_SZ, "%s", h->comm);
	return 0;
}

static inline int fake_exe(void *ctx, uint32_t pid, char **ret)
{
	struct fake_host *h = ctx;

	(void)pid;
	if (!h->exe)
		return -ENOENT;
	*ret = strdup(h->exe);
	return 0;
}

static inline int fake_held(void *ctx, uint32_t pid, int32_t fd, uint64_t *ret)
{
	struct fake_host *h = ctx;

	(void)fd;
	if (pid != h->held_pid)
		return -ENOENT;
	*ret = h->held;
	return 0;
}

static inline int fake_holders(void *ctx, uint64_t ofd,
			       int (*fn)(void *ctx, const struct fds_file_rec *rec), void *fn_ctx)
{
	(void)ctx, (void)ofd, (void)fn, (void)fn_ctx;
	return 0;
}

static inline uint64_t fake_ofd_id(void *ctx, uint64_t addr)
{
	(void)ctx;
	return addr | OFD_BIT;
}

static inline uint64_t fake_stack(void *ctx, const struct fds_failure *f,
				  void (*fn)(void *ctx, const char *place), void *fn_ctx)
{
	struct fake_host *h = ctx;
	char place[32];

	assert_non_null(f);
	h->stacks++;
	for (unsigned int i = 0; i < h->place_cnt; i++) {
		snprintf(place, sizeof(place), "main+0x%x", i);
		fn(fn_ctx, place);
	}
	return h->stack_id;
}

static inline void fake_found(void *ctx, const struct hazard *found, const struct fds_failure *at,
			      bool news)
{
	struct fake_host *h = ctx;

	h->at = at;

	h->found_cnt++;
	h->news_cnt += news;
	h->found = found;
}

/* `h` must stay where it is. */
static inline void fake_host__init(struct fake_host *h, const struct store *store)
{
	struct judge_ops ops = {
		.ctx = h,
		.identify = fake_identify,
		.name = fake_name,
		.comm = fake_comm,
		.exe = fake_exe,
		.held = fake_held,
		.holders = fake_holders,
		.ofd_id = fake_ofd_id,
		.stack = fake_stack,
		.found = fake_found,
	};

	*h = (struct fake_host){.exe = "/usr/bin/task", .name = "/tmp/x"};
	judge__init(&h->judge, &ops, store, &h->log);
}

static inline void fake_host__done(struct fake_host *h)
{
	judge__done(&h->judge);
	hazard_log__done(&h->log);
}

/* A record about nothing in particular. */
static inline struct fds_hazard hazard_rec(enum fds_hazard_kind kind)
{
	return (struct fds_hazard){
		.at.ev = {.time_ns = 100,
			  .start_ns = 5,
			  .type = FDS_EVENT_HAZARD,
			  .tgid = 7,
			  .tid = 8,
			  .uid = 1000,
			  .euid = 1001,
			  .comm = "task"},
		.kind = kind,
		.fd = -1,
		.target_fd = -1,
		.other_fd = -1,
		.cnt = 1,
	};
}

#endif
