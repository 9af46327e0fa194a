// SPDX-License-Identifier: GPL-2.0-or-later
/* The connections; see client.h. */
#include "api/client.h"

#include "api/events.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <utlist.h>

#define RESERVE_SHARE	 8     /* 1/8 of all places is for root and the group */
#define EVICT_MIN_US	 20000 /* a client has at least this long to begin */
#define ANSWER_TIME_MULT 4     /* times the idle timeout, for an answer to be read */

static unsigned reserve(const struct api *api)
{
	return api->config.max_clients / RESERVE_SHARE;
}

unsigned client__count(const struct api *api)
{
	unsigned cnt = 0;
	const struct client *c;

	DL_FOREACH (api->clients, c)
		cnt += !c->closing;
	return cnt;
}

/* The one that has waited longest; `uid`: only of this user. */
static struct client *find_idle(const struct api *api, bool privileged, const uid_t *uid,
				uint64_t min_age_us)
{
	uint64_t now = api__now_us(api);
	struct client *best = NULL;
	struct client *c;

	DL_FOREACH (api->clients, c) {
		if (c->closing || c->state != CLIENT_WAITING || c->viewer.all != privileged)
			continue;
		if ((uid && c->viewer.uid != *uid) || now - c->since_us < min_age_us)
			continue;
		if (!best || c->since_us < best->since_us)
			best = c;
	}
	return best;
}

static bool evict(struct client *c)
{
	if (!c)
		return false;
	client__shut_down(c);
	c->api->refused++;
	return true;
}

bool client__admit(struct api *api, const struct viewer *viewer)
{
	unsigned total = 0, of_user = 0;
	const struct client *c;

	DL_FOREACH (api->clients, c) {
		total += !c->closing;
		of_user += !c->closing && !c->viewer.all && c->viewer.uid == viewer->uid;
	}

	if (viewer->all) {
		if (total < api->config.max_clients)
			return true;
		return evict(find_idle(api, false, NULL, 0)) ||
		       evict(find_idle(api, true, NULL, EVICT_MIN_US));
	}
	if (of_user >= api->config.max_clients_per_user)
		return evict(find_idle(api, false, &viewer->uid, EVICT_MIN_US));
	if (total >= api->config.max_clients - reserve(api))
		return evict(find_idle(api, false, NULL, EVICT_MIN_US));
	return true;
}

int client__new(struct api *api, int fd, const struct viewer *viewer, struct client **ret)
{
	struct client *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->api = api;
	c->fd = fd;
	c->viewer = *viewer;
	c->since_us = api__now_us(api);
	DL_APPEND(api->clients, c);
	*ret = c;
	return 0;
}

void client__free(struct client *c)
{
	if (!c)
		return;
	events__forget_client(c);
	DL_DELETE(c->api->clients, c);
	free(c);
}

struct client *client__find_pending(const struct api *api, int fd)
{
	struct client *c;

	DL_FOREACH (api->clients, c)
		if (c->fd == fd && !c->conn)
			return c;
	return NULL;
}

void client__set_state(struct client *c, enum client_state state)
{
	c->state = state;
	c->since_us = api__now_us(c->api);
}

void client__shut_down(struct client *c)
{
	if (c->closing)
		return;
	c->closing = true;
	shutdown(c->fd, SHUT_RDWR);
	/* A stream that waits for news is suspended: MHD does not look at its socket. */
	events__end_stream(c);
	api__wake(c->api);
}

void client__check_deadlines(struct api *api)
{
	uint64_t now = api__now_us(api);
	uint64_t idle = api->config.idle_timeout_us;
	struct client *c;

	if (!idle)
		return;
	DL_FOREACH (api->clients, c) {
		uint64_t age = now - c->since_us;

		switch (c->state) {
		case CLIENT_WAITING:
			/* Counted from the first byte's chance to come, not from the last byte: a
			   request that trickles in is cut off as well. */
			if (age > idle)
				client__shut_down(c);
			break;
		case CLIENT_ANSWERING:
			if (age > ANSWER_TIME_MULT * idle)
				client__shut_down(c);
			break;
		case CLIENT_STREAMING:
			if (events__is_stuck(c) && age > ANSWER_TIME_MULT * idle)
				client__shut_down(c);
			break;
		}
	}
}
