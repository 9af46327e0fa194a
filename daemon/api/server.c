// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The API server: accepts, lets libmicrohttpd speak HTTP whenever the event loop says so, and
 * keeps the clock on everybody.  See server.h.
 */
#include "api/server.h"

#include "api/client.h"
#include "api/events.h"
#include "api/internal.h"
#include "api/peer.h"
#include "api/routes.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "fdscope/api.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utlist.h>

#define ACCEPT_BATCH	  16		   /* clients accepted per round of the loop */
#define CONNECTION_MEMORY 8192		   /* bytes for request line and headers, each way */
#define UPLOAD_MAX	  65536		   /* bytes of a body that we read and throw away */
#define PAUSE_US	  (100 * 1000ull)  /* no accepting when out of descriptors */
#define TICK_US		  (1000 * 1000ull) /* how exact deadlines are, at most */
#define TICK_MIN_US	  (10 * 1000ull)
#define HEARTBEAT_US	  (15 * 1000000ull)
#define LARGE_ALLOC_SZ	  (64 * 1024)	    /* bytes; from here on memory is mapped by itself */
#define EXHAUSTED_LOG_US  (10 * 1000000ull) /* one line per so much */

static const char refusal[] =
	"HTTP/1.1 503 Service Unavailable\r\n"
	"Content-Type: application/json\r\n"
	"Connection: close\r\n"
	"Content-Length: 70\r\n"
	"\r\n"
	"{\"error\":{\"code\":\"too_many\",\"message\":\"too many clients, try "
	"again\"}}\n";

uint64_t api__now_us(const struct api *api)
{
	uint64_t now = 0;

	sd_event_now(api->event, CLOCK_MONOTONIC, &now);
	return now;
}

void api__wake(struct api *api)
{
	if (api->mhd_again)
		sd_event_source_set_enabled(api->mhd_again, SD_EVENT_ONESHOT);
}

/* Let MHD do what there is to do, and find out when it wants to run again. */
static void run_mhd(struct api *api)
{
	MHD_UNSIGNED_LONG_LONG ms;

	MHD_run(api->mhd);
	if (MHD_get_timeout(api->mhd, &ms) != MHD_YES) {
		sd_event_source_set_enabled(api->mhd_timer, SD_EVENT_OFF);
	} else if (ms == 0) {
		api__wake(api);
	} else {
		sd_event_source_set_time(api->mhd_timer, api__now_us(api) + ms * 1000);
		sd_event_source_set_enabled(api->mhd_timer, SD_EVENT_ONESHOT);
	}
}

static int on_mhd(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)source, (void)fd, (void)revents;
	run_mhd(userdata);
	return 0;
}

static int on_mhd_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source, (void)usec;
	run_mhd(userdata);
	return 0;
}

static int on_mhd_again(sd_event_source *source, void *userdata)
{
	(void)source;
	run_mhd(userdata);
	return 0;
}

static void arm_tick(struct api *api)
{
	uint64_t period = api->config.idle_timeout_us / 4;

	if (!period || period > TICK_US)
		period = TICK_US;
	if (period > api->heartbeat_us)
		period = api->heartbeat_us;
	if (period < TICK_MIN_US)
		period = TICK_MIN_US;
	sd_event_source_set_time(api->tick, api__now_us(api) + period);
	sd_event_source_set_enabled(api->tick, SD_EVENT_ONESHOT);
}

static int on_tick(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct api *api = userdata;

	(void)source, (void)usec;
	client__check_deadlines(api);
	events__check_heartbeats(api);
	if (api->clients)
		arm_tick(api);
	return 0;
}

/* MHD tells of each connection's begin and end. */
static void on_connection(void *cls, struct MHD_Connection *conn, void **socket_context,
			  enum MHD_ConnectionNotificationCode what)
{
	struct api *api = cls;
	const union MHD_ConnectionInfo *info;
	struct client *c;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		client__free(*socket_context);
		*socket_context = NULL;
		return;
	}
	info = MHD_get_connection_info(conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	c = info ? client__find_pending(api, info->connect_fd) : NULL;
	if (c)
		c->conn = conn;
	*socket_context = c;
}

static struct client *client_of(struct MHD_Connection *conn)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(conn, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* Called when the headers are there, for each piece of a body, and when the request is whole. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *conn, const char *url,
				  const char *method, const char *version, const char *upload_data,
				  size_t *upload_data_sz, void **request_context)
{
	struct client *c = client_of(conn);

	(void)cls, (void)version, (void)upload_data;
	if (!c || c->closing)
		return MHD_NO;
	if (!*request_context) {
		*request_context = c;
		c->upload_sz = 0;
		return MHD_YES;
	}
	if (*upload_data_sz) {
		/* Nothing of ours takes a body; read a little so that the answer gets through. */
		c->upload_sz += *upload_data_sz;
		*upload_data_sz = 0;
		return c->upload_sz > UPLOAD_MAX ? MHD_NO : MHD_YES;
	}
	client__set_state(c, CLIENT_ANSWERING);
	return routes__answer(c, conn, url, method) < 0 ? MHD_NO : MHD_YES;
}

static void on_completed(void *cls, struct MHD_Connection *conn, void **request_context,
			 enum MHD_RequestTerminationCode code)
{
	struct client *c = client_of(conn);

	(void)cls, (void)code;
	if (c && *request_context)
		client__set_state(c, CLIENT_WAITING);
	*request_context = NULL;
}

static void on_mhd_log(void *cls, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* What clients do wrong is nothing for the log, unless somebody looks for it. */
static void on_mhd_log(void *cls, const char *fmt, va_list ap)
{
	char line[256];
	size_t len;

	(void)cls;
	if (log__level() < LOG_DEBUG)
		return;
	vsnprintf(line, sizeof(line), fmt, ap);
	len = strcspn(line, "\n");
	log_debug("api: %.*s", (int)len, line);
}

static void refuse(struct api *api, int fd)
{
	api->refused++;
	/* A fresh socket has room for this; if not, closing says enough. */
	(void)!send(fd, refusal, sizeof(refusal) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

/* Takes fd. */
static void add_client(struct api *api, int fd, const struct viewer *viewer)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	struct client *c;

	if (client__new(api, fd, viewer, &c) < 0) {
		refuse(api, fd);
		return;
	}
	if (MHD_add_connection(api->mhd, fd, (struct sockaddr *)&sa, sizeof(sa_family_t)) !=
	    MHD_YES) {
		/* MHD has closed fd, and freed the client if it had told of it. */
		api->refused++;
		client__free(client__find_pending(api, fd));
		return;
	}
	api__wake(api);
	if (sd_event_source_get_enabled(api->tick, NULL) == 0)
		arm_tick(api);
}

static int open_spare(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

/*
 * Out of descriptors: whoever waits in the queue is told so, with the help of the spare one; root
 * and the group may use it up.  Without it nothing can be accepted for a while: the listening
 * socket would stay readable and turn the loop into a busy one.
 */
static void accept_exhausted(struct api *api, int error)
{
	uint64_t now = api__now_us(api);
	struct viewer viewer;
	int fd = -1;

	if (!api->exhausted_us || now - api->exhausted_us > EXHAUSTED_LOG_US) {
		log_warning("cannot accept clients: %s", strerror(error));
		api->exhausted_us = now;
	}
	if (api->spare_fd >= 0) {
		close(take_fd(&api->spare_fd));
		fd = accept4(api->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	}
	if (fd >= 0 && api->read_peer(fd, api->group, &viewer) == 0 && viewer.all &&
	    client__admit(api, &viewer))
		add_client(api, fd, &viewer);
	else if (fd >= 0)
		refuse(api, fd);
	api->spare_fd = open_spare();
	if (fd >= 0 && api->spare_fd >= 0)
		return;
	sd_event_source_set_enabled(api->accept_source, SD_EVENT_OFF);
	sd_event_source_set_time(api->resume_source, now + PAUSE_US);
	sd_event_source_set_enabled(api->resume_source, SD_EVENT_ONESHOT);
}

static int on_resume(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct api *api = userdata;

	(void)source, (void)usec;
	if (api->spare_fd < 0)
		api->spare_fd = open_spare();
	sd_event_source_set_enabled(api->accept_source, SD_EVENT_ON);
	return 0;
}

static int on_accept(sd_event_source *source, int listen_fd, uint32_t revents, void *userdata)
{
	struct api *api = userdata;

	(void)source, (void)revents;
	for (int i = 0; i < ACCEPT_BATCH; i++) {
		struct viewer viewer;
		int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd < 0) {
			if (errno == EINTR || errno == ECONNABORTED)
				continue;
			if (errno != EAGAIN)
				accept_exhausted(api, errno);
			return 0;
		}
		if (api->read_peer(fd, api->group, &viewer) < 0 || !client__admit(api, &viewer))
			refuse(api, fd);
		else
			add_client(api, fd, &viewer);
	}
	return 0;
}

static int start_mhd(struct api *api)
{
	/* MHD's own timeout sees only silence; client__check_deadlines() sees a trickle as well. */
	uint64_t timeout_s = (api->config.idle_timeout_us + 999999) / 1000000;
	struct MHD_OptionItem options[] = {
		{MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)on_connection, api},
		{MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)on_completed, api},
		{MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t)timeout_s, NULL},
		{MHD_OPTION_CONNECTION_LIMIT, 2 * API_CLIENTS_MAX, NULL},
		{MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL},
		{MHD_OPTION_END, 0, NULL},
	};

	api->mhd = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET |
					    MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG,
				    0, NULL, NULL, on_request, api, MHD_OPTION_EXTERNAL_LOGGER,
				    on_mhd_log, NULL, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
	return api->mhd ? 0 : log_errno(ENOMEM, "cannot start the HTTP server");
}

static int add_sources(struct api *api)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(api->mhd, MHD_DAEMON_INFO_EPOLL_FD);
	sd_event *e = api->event;
	int r;

	if (!info || info->epoll_fd < 0)
		return log_errno(EOPNOTSUPP, "the HTTP library has no epoll");
	r = sd_event_add_io(e, &api->mhd_source, info->epoll_fd, EPOLLIN, on_mhd, api);
	if (r >= 0)
		r = sd_event_add_time(e, &api->mhd_timer, CLOCK_MONOTONIC, 0, 1000, on_mhd_timer,
				      api);
	if (r >= 0)
		r = sd_event_source_set_enabled(api->mhd_timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_defer(e, &api->mhd_again, on_mhd_again, api);
	if (r >= 0)
		r = sd_event_add_time(e, &api->tick, CLOCK_MONOTONIC, 0, 0, on_tick, api);
	if (r >= 0)
		r = sd_event_source_set_enabled(api->tick, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time(e, &api->resume_source, CLOCK_MONOTONIC, 0, 0, on_resume,
				      api);
	if (r >= 0)
		r = sd_event_source_set_enabled(api->resume_source, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_io(e, &api->accept_source, api->listener.fd, EPOLLIN, on_accept,
				    api);
	return r < 0 ? log_errno(r, "cannot serve the socket") : 0;
}

void api__apply_config(struct api *api, const struct api_config *config)
{
	const char *path = api->config.socket_path;

	api->config = *config;
	api->config.socket_path = path;
	if (api->config.max_clients > API_CLIENTS_MAX)
		api->config.max_clients = API_CLIENTS_MAX;
	api->group = peer__find_group(NULL, FDS_GROUP);
}

int api__new(sd_event *event, const struct api_config *config, const struct backend *backend,
	     struct api **ret)
{
	struct api *api = calloc(1, sizeof(*api));
	int r;

	if (!api)
		return log_errno(ENOMEM, "cannot start the API server");
	/*
	 * Answers and backlogs come and go in large pieces.  Left to itself malloc learns from the
	 * first of them to keep such pieces in the heap, for good.
	 */
	mallopt(M_MMAP_THRESHOLD, LARGE_ALLOC_SZ);
	api->event = sd_event_ref(event);
	api->backend = backend;
	api->listener = (struct listener){.fd = -1, .lock_fd = -1};
	api->heartbeat_us = HEARTBEAT_US;
	api->read_peer = peer__read;
	api->spare_fd = open_spare();
	api->config.socket_path = strdup(config->socket_path);
	if (api->config.socket_path)
		api__apply_config(api, config);

	r = api->config.socket_path ? listener__init(&api->listener, config->socket_path)
				    : log_errno(ENOMEM, "cannot start the API server");
	if (r == 0)
		r = start_mhd(api);
	if (r == 0)
		r = add_sources(api);
	if (r < 0) {
		api__free(api);
		return r;
	}
	*ret = api;
	return 0;
}

void api__free(struct api *api)
{
	struct client *c;

	if (!api)
		return;
	api->freeing = true;
	sd_event_source_disable_unref(api->accept_source);
	sd_event_source_disable_unref(api->resume_source);
	sd_event_source_disable_unref(api->mhd_source);
	sd_event_source_disable_unref(api->mhd_timer);
	sd_event_source_disable_unref(api->tick);
	if (api->mhd) {
		/* MHD cannot be stopped while a connection is suspended. */
		DL_FOREACH (api->clients, c)
			events__end_stream(c);
		MHD_stop_daemon(api->mhd);
	}
	sd_event_source_disable_unref(api->mhd_again);
	while (api->clients)
		client__free(api->clients);
	listener__done(&api->listener);
	if (api->spare_fd >= 0)
		close(api->spare_fd);
	free((char *)api->config.socket_path);
	sd_event_unref(api->event);
	free(api);
}

void api__publish(struct api *api, const struct news *n)
{
	if (!api) /* news may come before anybody can listen */
		return;
	/* Each line of a failure stands for itself and for those held back since the last one. */
	if (n->type == FDS_NEWS_FAILURE)
		api->failures[n->cause] += UINT64_C(1) + n->held_back;
	events__publish(api, n);
}

void api__stats(const struct api *api, uint32_t *ret_clients, uint64_t *ret_refused)
{
	*ret_clients = client__count(api);
	*ret_refused = api->refused;
}
