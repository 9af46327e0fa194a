// SPDX-License-Identifier: GPL-2.0-or-later
/* The real API server with stubs around it; see fixture.h. */
#include "fixture.h"

#include "source/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static struct fixture *current;

static int stub_peer(int fd, gid_t group, struct viewer *ret)
{
	(void)fd, (void)group;
	*ret = current->viewer;
	return 0;
}

/* ---- in place of daemon/source ---- */

void identity__free(struct identity *id)
{
	if (id) {
		free(id->exe);
		free(id->cmdline);
		free(id->cgroup);
		free(id->unit);
		free(id->container);
	}
	free(id);
}

void file_list__free(struct file_list *l)
{
	for (size_t i = 0; l && i < l->cnt; i++)
		free(l->rows[i].name);
	if (l) {
		free(l->rows);
		free(l->holders);
	}
	free(l);
}

/* ---- the backend ---- */

static int stub_refresh(void *ctx, uint64_t max_age_ns)
{
	struct fixture *f = ctx;

	f->asked_age_ns = max_age_ns;
	return f->refresh_error;
}

/* Two descriptors on one ofd that a foreign process holds as well, and one that nobody knows. */
static int stub_files(void *ctx, uint32_t pid, uint32_t tid, struct file_list **ret)
{
	struct fixture *f = ctx;
	struct file_list *l;
	struct process *p;

	(void)tid;
	if (f->files_error)
		return f->files_error;
	l = calloc(1, sizeof(*l));
	l->cnt = 3;
	l->rows = calloc(l->cnt, sizeof(*l->rows));
	l->holder_cnt = 2;
	l->looked_for_holders = true;
	l->holders = calloc(l->holder_cnt, sizeof(*l->holders));
	l->generated_ns = 123456789;
	p = store__find(&f->store, pid, pid);
	assert_non_null(p);
	l->owner = p->uid;
	l->start_ns = p->start_ns;
	for (size_t i = 0; i < l->cnt; i++) {
		struct file_row *row = &l->rows[i];

		row->rec = (struct fds_file_rec){
			.tgid = pid,
			.uid = p->uid,
			.euid = p->euid,
			.fd = (uint32_t)i,
			.inode = 42,
			.minor = 13,
			.refs = 3,
			.fmode = FDS_FMODE_READ | (i ? FDS_FMODE_WRITE : 0),
			.flags = i ? 02000 | 04000 : 0, /* O_APPEND, O_NONBLOCK */
			.cloexec = i == 1,
		};
		row->kind = i ? FDS_KIND_FILE : FDS_KIND_PIPE;
		row->ofd = i < 2 ? 0xabcdef : 0x1234;
		row->name = strdup(i ? "/tmp/a \"name\"" : "pipe:[42]");
		row->holder_cnt = i == 0 ? 2 : 0;
	}
	l->rows[0].knows_peers = true;
	l->rows[0].rec.mode = 010600;
	l->rows[1].rec.mode = 0100644;
	l->rows[2].error = EACCES;
	free(l->rows[2].name);
	l->rows[2].name = NULL;
	l->holders[0] = (struct file_holder){
		.ofd = 0xabcdef, .pid = 1, .fd = 7, .uid = 0, .euid = 0, .comm = "init"};
	l->holders[1] = (struct file_holder){.ofd = 0xabcdef,
					     .pid = 102,
					     .fd = 8,
					     .uid = FIXTURE_UID,
					     .euid = FIXTURE_UID,
					     .comm = "mine"};
	*ret = l;
	return 0;
}

static int stub_host(void *ctx, struct backend_host *ret)
{
	struct fixture *f = ctx;

	*ret = (struct backend_host){
		.file_nr = 1000,
		.file_max = FDS_RLIM_INFINITY,
		.nr_open = 1048576,
		.ofds = f->ofds,
	};
	return f->host_error;
}

static const struct users *stub_users(void *ctx, uint64_t max_age_ns)
{
	static struct user_use list[] = {
		{.uid = 0, .use = {64, 7, 0, FDS_UNKNOWN}},
		{.uid = FIXTURE_UID, .approximate = true, .use = {1, 2, 3, 4}},
	};
	static const struct users users = {
		.list = list,
		.cnt = 2,
		.limits = {128, 1000, FDS_RLIM_INFINITY, 16384},
		.taken_ns = 4000,
	};

	(void)ctx, (void)max_age_ns;
	return &users;
}

static void stub_status(void *ctx, struct backend_status *ret)
{
	(void)ctx;
	*ret = (struct backend_status){
		.tier = "syscall",
		.tier_note = "costs something",
		.tiers = {{"trampoline", "failed", "no fentry"}, {"syscall", "active", NULL}},
		.tier_cnt = 2,
		.features = {{"iter-task", true, NULL}, {"rename", false, "no such thing"}},
		.feature_cnt = 2,
		.kernel = "6.1.0",
		.started_ns = 1000,
		.now_ns = 5000,
		.passes = 3,
		.pass_cost_ns = 1500000,
		.max_staleness_ns = 100000000,
		.rss_bytes = 9 << 20,
		.cpu_ns = 123456,
		.open_fds = 20,
		.hazards = {{"epoll-fork", true, NULL}, {"epoll-stale", false, "not enabled"}},
		.alerts = {.warn = 1, .critical = 2, .hooks_dropped = 3, .archive_state = "ok"},
	};
}

static const struct hazard_log *stub_hazards(void *ctx)
{
	struct fixture *f = ctx;

	return &f->hazards;
}

static const char *stub_tier(void *ctx)
{
	(void)ctx;
	return "syscall";
}

static void stub_news_wanted(void *ctx, uint32_t mask)
{
	struct fixture *f = ctx;

	f->news_wanted = mask;
	f->news_wanted_calls++;
}

static const char *stub_syscall_name(uint32_t nr)
{
	return nr == 257 ? "openat" : NULL;
}

static int stub_identify(void *ctx, uint32_t pid, struct identity **ret)
{
	struct identity *id;

	(void)ctx;
	if (pid == 103) /* one whose identity nobody may read */
		return -EACCES;
	id = calloc(1, sizeof(*id));
	id->exe = strdup(pid % 2 ? "/usr/bin/odd" : "/usr/bin/even");
	id->cmdline = strdup("prog --option");
	id->cgroup = strdup("/system.slice/x.service");
	id->unit = strdup("x.service");
	*ret = id;
	return 0;
}

static int stub_find_unit(void *ctx, uint32_t pid, char **ret)
{
	(void)ctx;
	if (pid == 103)
		return -EACCES;
	*ret = strdup("x.service");
	return 0;
}

/* ---- lists of the whole host: one that is empty ---- */

int host_files__next(struct host_files *h, struct host_file *ret)
{
	(void)h, (void)ret;
	return 0;
}

void host_files__free(struct host_files *h)
{
	(void)h;
}

int host_files__find_owner(uint32_t pid, uint64_t start_ns, uid_t *ret)
{
	(void)pid, (void)start_ns, (void)ret;
	return -ESRCH;
}

void who_list__free(struct who_list *l)
{
	free(l);
}

static int read_host_files(void *ctx, struct host_files **ret)
{
	(void)ctx;
	*ret = NULL;
	return 0;
}

static int read_holders(void *ctx, const struct who_query *q, struct who_list **ret)
{
	(void)ctx, (void)q;
	*ret = calloc(1, sizeof(**ret));
	return *ret ? 0 : -ENOMEM;
}

/* ---- the store ---- */

struct fds_task_rec fixture__task(uint32_t pid, uint32_t uid, uint32_t allocated)
{
	struct fds_task_rec rec = {
		.files = 0x1000 + pid,
		.start_ns = 1000000000ull * pid,
		.soft = 1024,
		.hard = 4096,
		.opens = 10 * pid,
		.closes = 5,
		.tgid = pid,
		.tid = pid,
		.ppid = 1,
		.ns_tgid = pid,
		.uid = uid,
		.euid = uid,
		.allocated = allocated,
		.installed = allocated,
		.highest = (int32_t)allocated - 1,
		.peak = allocated,
		.counted = (int32_t)allocated,
		.threads = 1,
		.comm = "task",
	};

	return rec;
}

void fixture__fill(struct fixture *f, const struct fds_task_rec *recs, size_t cnt)
{
	store__begin_pass(&f->store, 7777777777ull);
	for (size_t i = 0; i < cnt; i++)
		assert_int_equal(store__apply_task(&f->store, &recs[i]), 0);
	store__end_pass(&f->store);
}

static void fill_default(struct fixture *f)
{
	struct fds_task_rec recs[] = {
		fixture__task(1, 0, 50),
		fixture__task(102, FIXTURE_UID, 700),
		fixture__task(103, 1001, 20),
		fixture__task(104, 0, 0),
		fixture__task(105, FIXTURE_UID, 5),
		fixture__task(105, FIXTURE_UID, 6),
	};

	memcpy(recs[0].comm, "q\"\\\n\x01", 6);
	memcpy(recs[1].comm, "caf\xe9 \xff", 7); /* Latin-1: no UTF-8 */
	recs[2].soft = recs[2].hard = FDS_RLIM_INFINITY;
	recs[3].files = 0; /* a zombie */
	recs[3].flags = FDS_TASK_ZOMBIE;
	recs[5].tid = 1050; /* a thread with a table of its own */
	recs[5].files = 0x9999;
	fixture__fill(f, recs, sizeof(recs) / sizeof(recs[0]));
}

static void fill_hazards(struct fixture *f)
{
	static const char *const places[] = {"/usr/bin/odd+0x10", "/usr/bin/odd+0x20"};
	struct hazard_step all = {
		.kind = FDS_HAZARD_EPOLL_FORK,
		.time_ns = 1000,
		.cnt = 1,
		.pid = 102,
		.tid = 102,
		.uid = FIXTURE_UID,
		.euid = FIXTURE_UID,
		.comm = "caf\xe9",
		.exe = "/usr/bin/even",
		.other_pid = 1,
		.other_comm = "init",
		.fd = 4,
		.target_fd = 0,
		.other_fd = 4,
		.op = "EPOLL_CTL_DEL",
		.ofd = 0xabcdef,
		.dev = 8u << 20 | 1,
		.inode = 42,
		.name = "/tmp/a \"name\"",
		.bytes = 4096,
		.contended = true,
		.summary = "it happened",
		.stack_id = 17,
		.places = places,
		.place_cnt = 2,
	};
	struct hazard_step bare = {
		.kind = FDS_HAZARD_SELECT_1024,
		.time_ns = 2000,
		.cnt = 1,
		.pid = 1,
		.tid = 1,
		.comm = "",
		.fd = -1,
		.target_fd = -1,
		.other_fd = -1,
		.bytes = FDS_UNKNOWN,
		.contended = -1,
	};

	assert_non_null(hazard_log__apply(&f->hazards, &all, NULL));
	assert_non_null(hazard_log__apply(&f->hazards, &bare, NULL));
}

/* ---- the server ---- */

static void start(struct fixture *f)
{
	assert_int_equal(api__new(f->event, &f->config, &f->backend, &f->api), 0);
	f->api->read_peer = stub_peer;
}

void fixture__restart(struct fixture *f, const struct api_config *config)
{
	api__free(f->api);
	f->api = NULL;
	f->config = *config;
	f->config.socket_path = f->path;
	start(f);
}

int fixture__init(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	current = f;
	f->viewer = (struct viewer){.all = true};
	f->ofds = 900;
	strcpy(f->dir, "/tmp/fdscope-test-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/sock", f->dir);
	assert_true(sd_event_new(&f->event) >= 0);
	store__init(&f->store);
	f->store.identify = stub_identify;
	f->store.find_unit = stub_find_unit;
	f->store.ctx = f;
	fill_default(f);
	fill_hazards(f);
	f->backend = (struct backend){
		.ctx = f,
		.store = &f->store,
		.refresh = stub_refresh,
		.files = stub_files,
		.host_files = read_host_files,
		.holders = read_holders,
		.host = stub_host,
		.users = stub_users,
		.status = stub_status,
		.hazards = stub_hazards,
		.hazards_ctx = f,
		.tier = stub_tier,
		.news_wanted = stub_news_wanted,
		.syscall_name = stub_syscall_name,
		.max_staleness_ns = 100000000,
	};
	f->config = (struct api_config){
		.socket_path = f->path,
		.max_clients = 64,
		.max_clients_per_user = 16,
		.idle_timeout_us = 10000000,
		.max_streams = 8,
		.max_stream_backlog = 4096,
	};
	start(f);
	*state = f;
	return 0;
}

int fixture__done(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	api__free(f->api);
	assert_int_equal(lstat(f->path, &st), -1);
	assert_int_equal(rmdir(f->dir), 0); /* nothing left behind */
	store__done(&f->store);
	hazard_log__done(&f->hazards);
	sd_event_unref(f->event);
	free(f);
	return 0;
}

/* ---- the client ---- */

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

void fixture__run(struct fixture *f, unsigned ms)
{
	uint64_t end = now_ms() + ms;

	do
		assert_true(sd_event_run(f->event, 5000) >= 0);
	while (now_ms() < end);
}

int fixture__connect(struct fixture *f)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	memcpy(sa.sun_path, f->path, strlen(f->path) + 1);
	while (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		assert_int_equal(errno, EAGAIN);
		fixture__run(f, 1);
	}
	return fd;
}

void fixture__send(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

char *fixture__read(struct fixture *f, int fd, const char *stop, unsigned ms, size_t *ret_len)
{
	size_t len = 0, cap = 65536;
	char *buf = malloc(cap);
	uint64_t end = now_ms() + ms;

	buf[0] = '\0';
	while (now_ms() < end) {
		ssize_t n = recv(fd, buf + len, cap - len - 1, 0);

		if (n == 0 || (n < 0 && errno != EAGAIN))
			break;
		if (n < 0) {
			sd_event_run(f->event, 1000);
			continue;
		}
		len += (size_t)n;
		buf[len] = '\0';
		if (stop && strstr(buf, stop))
			break;
		if (cap - len < 65536)
			buf = realloc(buf, cap *= 2);
	}
	if (ret_len)
		*ret_len = len;
	return buf;
}

bool fixture__is_closed(struct fixture *f, int fd, unsigned ms)
{
	uint64_t end = now_ms() + ms;
	char buf[4096];

	while (now_ms() < end) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);

		if (n == 0 || (n < 0 && errno != EAGAIN))
			return true;
		if (n < 0)
			sd_event_run(f->event, 1000);
	}
	return false;
}

struct answer fixture__ask(struct fixture *f, const char *method, const char *target)
{
	struct answer a = {};
	char request[2048];
	size_t len;
	int fd;

	fd = fixture__connect(f);
	snprintf(request, sizeof(request),
		 "%s %s HTTP/1.1\r\nHost: fdscope\r\nConnection: close\r\n\r\n", method, target);
	fixture__send(fd, request);
	a.head = fixture__read(f, fd, NULL, 5000, &len);
	close(fd);
	assert_int_equal(sscanf(a.head, "HTTP/1.1 %u ", &a.status), 1);
	a.body = strstr(a.head, "\r\n\r\n");
	assert_non_null(a.body);
	a.body += 4;
	a.body_len = len - (size_t)(a.body - a.head);
	return a;
}

void answer__done(struct answer *a)
{
	free(a->head);
	*a = (struct answer){};
}

json_t *fixture__get(struct fixture *f, const char *target, unsigned status)
{
	struct answer a = fixture__ask(f, "GET", target);
	json_error_t error;
	json_t *value;

	if (a.status != status)
		fail_msg("%s: status %u instead of %u: %s", target, a.status, status, a.body);
	value = json_loadb(a.body, a.body_len, JSON_REJECT_DUPLICATES, &error);
	if (!value)
		fail_msg("%s: %s at %d: %.300s", target, error.text, error.position, a.body);
	answer__done(&a);
	return value;
}
