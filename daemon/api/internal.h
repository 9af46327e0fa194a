/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this directory share: the server object and its clients.  Nobody else
 * includes it, but for the tests.
 */
#ifndef FDSCOPE_API_INTERNAL_H
#define FDSCOPE_API_INTERNAL_H

#include "api/listen.h"
#include "api/server.h"

#include <microhttpd.h>

struct stream; /* events.c */

enum client_state {
	CLIENT_WAITING,	  /* for a whole request to come */
	CLIENT_ANSWERING, /* until the answer has been read */
	CLIENT_STREAMING, /* listens to events */
};

/* One connection. */
struct client {
	struct client *prev, *next;
	struct api *api;
	struct MHD_Connection *conn; /* NULL: not yet told by MHD */
	struct viewer viewer;
	int fd; /* owned by MHD */
	enum client_state state;
	bool closing;	       /* shut down, MHD has not yet noticed */
	uint64_t since_us;     /* CLOCK_MONOTONIC of the last progress in this state */
	size_t upload_sz;      /* bytes of a request's body that were thrown away */
	struct stream *stream; /* NULL: none; owned by its response */
};

struct api {
	sd_event *event;
	const struct backend *backend;
	struct api_config config;
	struct listener listener;
	struct MHD_Daemon *mhd;
	gid_t group; /* members may see all */
	/* peer__read(), unless a test says who its clients are. */
	int (*read_peer)(int fd, gid_t group, struct viewer *ret);

	sd_event_source *accept_source;
	sd_event_source *resume_source; /* accepting goes on; armed while out of descriptors */
	sd_event_source *mhd_source;	/* MHD's epoll descriptor */
	sd_event_source *mhd_timer;	/* when MHD wants to run next */
	sd_event_source *mhd_again;	/* MHD wants to run at once */
	sd_event_source *tick; /* deadlines and heartbeats; armed while there are clients */
	int spare_fd;	       /* given up to accept a client when descriptors are gone */
	uint64_t exhausted_us; /* when that was last logged */

	struct client *clients;
	uint64_t refused;
	unsigned listing_cnt;	    /* lists of all descriptors that are being read */
	unsigned user_listing_cnt;  /* of these, by users without privilege */
	uint64_t strangers_from_ns; /* when costly questions without privilege are taken again */
	size_t bodies_sz;	    /* bytes of large answers that clients have not read yet */

	struct stream *streams;
	unsigned stream_cnt;
	uint32_t news_wanted; /* what the backend was told last */
	uint64_t heartbeat_us;
	uint64_t failures[FDS_CAUSE_CNT]; /* calls refused, as told by news */
	bool freeing;
};

uint64_t api__now_us(const struct api *api);
/* MHD has something to do: run it in the next round of the loop. */
void api__wake(struct api *api);

#endif
