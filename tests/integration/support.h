/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What integration tests share: a daemon of their own, questions to it, helpers on pipes, TAP.
 */
#ifndef FDSCOPE_TEST_SUPPORT_H
#define FDSCOPE_TEST_SUPPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* ---- TAP: one line per case; tap__exit() gives main's status ---- */

void tap__ok(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tap__not_ok(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void tap__skip(const char *name, const char *why);
/* The test cannot go on at all. */
_Noreturn void tap__bail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int tap__exit(void);

/* ---- the daemon under test ---- */

struct fixture {
	pid_t pid;
	char dir[64]; /* of its own, removed at the end */
	char socket[96];
	char log[96];
};

/* Start build/fdscoped with these further arguments (NULL ends) and wait for READY=1. */
int fixture__start(struct fixture *f, const char *const *args);
/* SIGTERM, wait, remove what it left; its exit status, negative: the signal. */
int fixture__stop(struct fixture *f);

/* GET; the answer's JSON (to be unreferenced), NULL: none, and told on stderr. */
json_t *fixture__get(const struct fixture *f, const char *target);
/* A number of /v1/status, by its key. */
long long fixture__status(const struct fixture *f, const char *key);
/* Truth passes enough for counters to be compared, and repaired if they were wrong. */
void fixture__settle(const struct fixture *f);

/* ---- helpers that speak the storm protocol: a line out, a line in ---- */

struct helper {
	pid_t pid;
	FILE *out; /* what it says */
	int in;	   /* what it is told */
};

int helper__start(struct helper *h, const char *const *argv);
/* Its next line without newline, NULL: ended.  Valid until the next call. */
char *helper__line(struct helper *h);
void helper__tell(struct helper *h, const char *text);
/* Close its input and wait; exit status, negative: the signal. */
int helper__stop(struct helper *h);

/* build/, or $FDS_BUILD. */
const char *build_dir(void);

/* The tiers of this kernel that tests go through; $FDS_TIERS names others. */
const char *const *test_tiers(void);

#endif
