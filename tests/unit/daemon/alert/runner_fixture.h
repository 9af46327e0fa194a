/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the runner share: an event loop, a clock that tests move, a folder of hooks
 * that are shell scripts, a pipe by which hooks tell how far they are, one by which they are let
 * go on, and the log.  Nothing waits for a time to pass: all waits are for something to happen.
 */
#ifndef FDSCOPE_TEST_RUNNER_FIXTURE_H
#define FDSCOPE_TEST_RUNNER_FIXTURE_H

#include "alert/runner.h"
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HOUR_NS	  (3600 * NSEC_PER_SEC)
#define CNT_OF(a) (sizeof(a) / sizeof((a)[0]))

struct world {
	sd_event *event;
	struct runner_config config; /* for start_runner() */
	struct runner *runner;
	char dir[64];
	char said_path[80], go_path[80];
	int said_fd, go_fd; /* named pipes, both ends of which are open here */
	char said[65536];   /* all that hooks have said so far */
	size_t said_len;
	int log_fd, stderr_fd; /* what took the place of stderr, and stderr */
	char log[1 << 20];
};

/* Of a test with a runner that is made with `w->config`, or with none. */
int world__setup(void **state);
int world__teardown(void **state);
void world__start(struct world *w);

/*
 * A hook of this name: a shell script in the folder.  $SAID and $GO are the pipes; `say WORDS`
 * tells and `await` waits for release().
 */
struct hook world__make_hook(struct world *w, const char *name, const char *script);
/* runner__run() with the two pipes in the environment and no input. */
int world__run(struct world *w, const struct hook *h);
/* Lets so many hooks that wait, or will, go on. */
void world__release(struct world *w, unsigned int cnt);

/* One round of the loop, which ends by itself after a moment. */
void world__turn(struct world *w);
/* Turns the loop until it is so; a minute without that is a failure. */
#define UNTIL(w, condition)                                                                        \
	do {                                                                                       \
		uint64_t until_ = world__real_ns() + 60 * NSEC_PER_SEC;                            \
		while (!(condition)) {                                                             \
			if (world__real_ns() > until_)                                             \
				world__give_up(w, __LINE__, #condition);                           \
			world__turn(w);                                                            \
		}                                                                                  \
	} while (0)
uint64_t world__real_ns(void);
void world__give_up(struct world *w, int line, const char *condition);

/* What has been said so far, and how often a line was. */
const char *world__said(struct world *w);
unsigned int world__count_said(struct world *w, const char *line);
/* The number that stands behind a word that was said, "pid 123"; 0: not said yet. */
pid_t world__said_pid(struct world *w, const char *word);

/* What has been logged so far, and how many of its lines have this in them. */
const char *world__log(struct world *w);
unsigned int world__count_logged(struct world *w, const char *text);

struct runner_stats world__stats(const struct world *w);
/* No such process, or one that is dead and not yet waited for. */
bool world__is_gone(pid_t pid);
/* A file of the folder, with a NUL behind it, to be freed. */
char *world__read(const struct world *w, const char *name, size_t *ret_sz);
/* Own open descriptors that are of this file. */
unsigned int world__count_open(const char *path);

/*
 * All clocks but the real time stand still but for this, and for a little in each round of the
 * loop, so that a slow machine changes nothing.
 */
void world__advance(uint64_t ns);

#define WORLD_TEST(f) cmocka_unit_test_setup_teardown(f, world__setup, world__teardown)

#endif
