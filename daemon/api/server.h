/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The API server: HTTP/1.1 on a Unix socket, run by the daemon's own event loop, no thread.
 * In: questions from clients, news from the store.  Out: answers built from the backend.
 */
#ifndef FDSCOPE_SERVER_H
#define FDSCOPE_SERVER_H

#include "api/backend.h"

#include <systemd/sd-event.h>

#define API_CLIENTS_MAX 4096 /* no configuration may go above it */

struct api_config {
	const char *socket_path;       /* copied; a reload cannot change it */
	unsigned max_clients;	       /* connections; an eighth is kept for root and the group */
	unsigned max_clients_per_user; /* of anybody else */
	uint64_t idle_timeout_us;  /* for a whole request to come; an answer may take 4 times it */
	unsigned max_streams;	   /* of these connections, those that listen to /v1/events */
	size_t max_stream_backlog; /* bytes that wait for one slow listener */
};

struct api;

/*
 * Listens and serves from now on.  `backend` is borrowed and must live as long as the server.
 * What goes wrong with the socket has been logged; see listen.h for the errors.
 */
int api__new(sd_event *event, const struct api_config *config, const struct backend *backend,
	     struct api **ret);
void api__free(struct api *api);

/* One of the store's news, to every stream that wants it and may see it. */
void api__publish(struct api *api, const struct news *n);

/* New limits for what comes from now on; existing clients stay. */
void api__apply_config(struct api *api, const struct api_config *config);

void api__stats(const struct api *api, uint32_t *ret_clients, uint64_t *ret_refused);

#endif
