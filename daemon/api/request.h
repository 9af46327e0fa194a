/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One question: what a resource gets to know of it, and the ways to answer.
 */
#ifndef FDSCOPE_REQUEST_H
#define FDSCOPE_REQUEST_H

#include "api/internal.h"
#include "base/json.h"
#include "source/who.h"
#include "store/rank.h"

struct request {
	struct api *api;
	struct client *client;
	struct MHD_Connection *conn;
	bool head;	   /* only the headers are wanted */
	const char *allow; /* methods of the resource; NULL: GET and HEAD */
	uint32_t pid;	   /* of the path, where the route has one, or a parameter; 0: none */
	uint64_t id;	   /* the same */
	uint64_t max_age_ns;
	uint64_t users_age_ns; /* the same, of what users have */
	uint32_t types;	       /* bits of enum fds_news */
	uint64_t before;       /* incidents: 0: from the newest on */
	int state;	       /* incidents: 1 those that go on, 0 those that ended, -1 all */
	uint64_t soft;	       /* a limit to set; FDS_UNKNOWN: not given */
	const char *unit;      /* history: of this unit; NULL: not given */
	struct who_query who;  /* who: what is asked about */
	unsigned who_cnt;      /* how many parameters said so */
	uint64_t since_s;      /* history: unix time from which on */
	struct query query;    /* viewer always set */
};

#define REQUEST_JSON   "application/json"
#define REQUEST_NDJSON "application/x-ndjson"

/*
 * All of these queue the answer and return 0, or -errno where not even that was possible (the
 * connection is then closed).  The body of `j` is taken in any case.
 */
int request__reply(struct request *req, const char *content_type, struct json *j);
int request__fail(struct request *req, unsigned status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Adds the usual headers. */
int request__queue(struct request *req, unsigned status, const char *content_type,
		   struct MHD_Response *response);

/* Have the store as fresh as the question wants it. 0; else it has been answered: *ret_answer. */
bool request__refresh(struct request *req, int *ret_answer);

const char *request__tier(const struct request *req);

static inline bool request__may_see(const struct request *req, const struct process *p)
{
	return viewer__check(&req->query.viewer, p->uid, p->euid);
}

#endif
