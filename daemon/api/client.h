/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connections: who is let in when places are scarce, and who has to go for being idle.
 */
#ifndef FDSCOPE_CLIENT_H
#define FDSCOPE_CLIENT_H

#include "api/internal.h"

/*
 * Whether one more client of this kind has a place.  Where there is none, the connection that has
 * been waiting longest without a request is shut down for it (one of the same user beyond the
 * limit per user), so that idle connections cannot keep others out.
 */
bool client__admit(struct api *api, const struct viewer *viewer);

int client__new(struct api *api, int fd, const struct viewer *viewer, struct client **ret);
void client__free(struct client *c);

/* The client of this descriptor that MHD has not told of yet. */
struct client *client__find_pending(const struct api *api, int fd);

void client__set_state(struct client *c, enum client_state state);
/* Cut off; MHD notices and frees it in its next run. */
void client__shut_down(struct client *c);
/* Cut off all whose deadline has passed. */
void client__check_deadlines(struct api *api);

unsigned client__count(const struct api *api);

#endif
