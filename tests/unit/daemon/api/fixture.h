/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The real API server on a temporary socket, with a store filled by hand, a backend of stubs, and
 * a client, all in one event loop.  Who the client is taken for, the test says.
 */
#ifndef FDSCOPE_TEST_FIXTURE_H
#define FDSCOPE_TEST_FIXTURE_H

/* cmocka.h wants these first */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/internal.h"

#include <jansson.h>

#define FIXTURE_UID 1000 /* the user whose processes an unprivileged viewer sees */

struct fixture {
	sd_event *event;
	struct store store;
	struct backend backend;
	struct api_config config;
	struct api *api;
	char dir[64];
	char path[108]; /* fits into sockaddr_un */

	/* What the next client is taken for. */
	struct viewer viewer;
	/* What the stubs do, and what they were asked. */
	int refresh_error, files_error, host_error;
	uint64_t asked_age_ns;
	uint32_t news_wanted;
	unsigned news_wanted_calls;
	uint64_t ofds;
	struct hazard_log hazards; /* two: of 102 with 1 as the other, and of 1 */
};

struct answer {
	unsigned status;
	char *head; /* all, with NUL */
	char *body; /* points into head */
	size_t body_len;
};

/* cmocka setup and teardown; *state is a struct fixture with five processes. */
int fixture__init(void **state);
int fixture__done(void **state);
/* Stop and start the server with other limits. */
void fixture__restart(struct fixture *f, const struct api_config *config);

/* One process more (until the next fixture__fill()), owned by uid, with a table of its own. */
struct fds_task_rec fixture__task(uint32_t pid, uint32_t uid, uint32_t allocated);
/* A truth pass with these records. */
void fixture__fill(struct fixture *f, const struct fds_task_rec *recs, size_t cnt);

/* Let the server run for so long. */
void fixture__run(struct fixture *f, unsigned ms);

/* A connection; -1 never. */
int fixture__connect(struct fixture *f);
void fixture__send(int fd, const char *text);
/* What comes until `stop` has been seen, the other side closes or `ms` are over; to be freed. */
char *fixture__read(struct fixture *f, int fd, const char *stop, unsigned ms, size_t *ret_len);
/* Whether the other side has closed, within `ms`; what it says meanwhile is thrown away. */
bool fixture__is_closed(struct fixture *f, int fd, unsigned ms);

/* One request on a connection of its own. */
struct answer fixture__ask(struct fixture *f, const char *method, const char *target);
void answer__done(struct answer *a);
/* GET, which must give this status; the body as JSON, to be unref'ed. */
json_t *fixture__get(struct fixture *f, const char *target, unsigned status);

#endif
