/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client of the daemon: the only socket code of the clients.  One HTTP/1.0 GET per connection on
 * the Unix socket, answer read to the end or, for streams, line by line.
 */
#ifndef FDSCOPE_CLI_CLIENT_H
#define FDSCOPE_CLI_CLIENT_H

#include <stddef.h>
#include <sys/un.h>

#define CLIENT_PATH_MAX	 (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)
#define CLIENT_BODY_MAX	 (512u << 20) /* bytes of one answer kept in memory */
#define CLIENT_ERROR_MAX (64u << 10)  /* bytes of an error's body */
#define CLIENT_LINE_MAX	 (64u << 10)  /* bytes of one line of a stream */
#define CLIENT_TIMEOUT_S 30	      /* longest silence within an answer */
#define CLIENT_SILENCE_S 60	      /* longest silence in a stream: heartbeats come more often */

/* What kind of failure the last call met, for the exit status and for who tries again. */
enum client_fault {
	CLIENT_FINE,
	CLIENT_UNREACHABLE, /* nobody answers at that path */
	CLIENT_REFUSED,	    /* the daemon answered with an error */
	CLIENT_BROKEN,	    /* the answer is cut off, too long or not HTTP */
	CLIENT_INTERNAL,    /* out of memory */
};

struct client;

/* -ENAMETOOLONG: the path does not fit a socket address (CLIENT_PATH_MAX); -ENOMEM. */
int client__new(const char *socket_path, struct client **ret_client);
/* Accepts NULL. */
void client__free(struct client *c);

enum client_fault client__fault(const struct client *c);
/* One sentence without newline about the last failure; may hold text of the daemon, unescaped. */
const char *client__message(const struct client *c);

/*
 * Asks for `target` (path and query, encoded) and reads the head of the answer.  Any status but
 * 200 is an error: -ENOENT for 404, -EACCES for 403, else -EREMOTEIO.  Ends what was open before.
 */
int client__open(struct client *c, const char *target);
/* The same with POST: what it asks for is done. */
int client__open_post(struct client *c, const char *target);
/* As client__open, for an answer without end: from now on silence is allowed to last
 * CLIENT_SILENCE_S. */
int client__open_stream(struct client *c, const char *target);
/* Ends the connection; so do the next open and free. */
void client__close(struct client *c);
/* The open connection for poll(), -1 without one.  Lines may be waiting in the client itself. */
int client__fd(const struct client *c);

/*
 * The next part of the body: 1 and a part that is valid until the next call, 0 at its end,
 * -errno.  A body shorter than announced is -EBADMSG.
 */
int client__read(struct client *c, const char **ret_data, size_t *ret_sz);
/*
 * The next line of a stream, NUL in place of the newline: 1, 0 at the end of the stream, -EINTR
 * when a signal came (call again), other -errno.  An empty line is a heartbeat.
 */
int client__line(struct client *c, const char **ret_line, size_t *ret_len);
/* The same without waiting: -EAGAIN when no whole line is there yet. */
int client__try_line(struct client *c, const char **ret_line, size_t *ret_len);
/* Opens, reads to the end and closes.  The body has a NUL behind it; the caller frees it. */
int client__get(struct client *c, const char *target, char **ret_body, size_t *ret_sz);

#endif
