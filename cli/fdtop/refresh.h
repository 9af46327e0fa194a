/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to ask the daemon for, and when: what is on the screen only, and the dearer something was,
 * the less often.  Answers go into the state.
 */
#ifndef FDSCOPE_FDTOP_REFRESH_H
#define FDSCOPE_FDTOP_REFRESH_H

#include "fdtop/asker.h"
#include "fdtop/state.h"

struct refresh {
	struct asker *asker;
	struct client *stream;	  /* events; NULL: not open */
	size_t pending[ASK_CNT];  /* questions without an answer yet */
	size_t asked_cnt;	  /* sum of these */
	int64_t waits_since_ns;	  /* for the next answer, if there are any */
	int64_t answered_ns;	  /* when the daemon last did; 0: never yet */
	int64_t next_ns[ASK_CNT]; /* when each may be asked again, CLOCK_MONOTONIC */
	int64_t cost_ns[ASK_CNT]; /* of the last answer */
	bool with_events;	  /* the stream is wanted */
	bool past_asked;
	unsigned opened;	/* the state's, of the last question about a process */
	int64_t no_history_pid; /* process of which there is no /v1/history; 0: none */
	bool more_events;	/* some wait that poll() does not tell of */
	size_t kinds_max;	/* processes whose kinds are asked for at a time */
};

/* -ENAMETOOLONG, -ENOMEM or another -errno. */
int refresh__init(struct refresh *r, const char *socket_path);
void refresh__done(struct refresh *r);

/* Asks for what is due; the time of the next call is *ret_next_ns (CLOCK_MONOTONIC). */
void refresh__ask(struct refresh *r, struct state *s, int64_t *ret_next_ns);
/* Asks for the list at the next call, whatever is due. */
void refresh__hurry(struct refresh *r);
/* The same with all that is shown. */
void refresh__hurry_all(struct refresh *r);
/* Answers that are there; true: something has changed. */
bool refresh__take(struct refresh *r, struct state *s);
/* Lines of the stream that are there; true: something has changed. */
bool refresh__take_events(struct refresh *r, struct state *s);
bool refresh__is_waiting(const struct refresh *r);

int64_t refresh__now_ns(void);

/* A time between two questions of that cost: at least `chosen`, and cheap enough. */
int64_t refresh__pause(int64_t chosen_ns, int64_t cost_ns);

#endif
