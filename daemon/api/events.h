/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GET /v1/events: a line of JSON for each of the news, as they come.
 */
#ifndef FDSCOPE_EVENTS_H
#define FDSCOPE_EVENTS_H

#include "api/request.h"

int events__answer(struct request *req);
/* Value of the parameter `types` as bits 1 << enum fds_news; -EINVAL. */
int events__parse_types(const char *text, uint32_t *ret_mask);

void events__publish(struct api *api, const struct news *n);
/* Send a sign of life where nothing was sent for a while. */
void events__check_heartbeats(struct api *api);
/* The stream of this client ends as soon as MHD runs. */
void events__end_stream(struct client *c);
/* The client is about to go; its stream may outlive it for a moment. */
void events__forget_client(struct client *c);
/* Whether something waits for the client to read. */
bool events__is_stuck(const struct client *c);

#endif
