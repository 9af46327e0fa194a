// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * api_abuse SOCKET DAEMON_PID [IDLE_TIMEOUT_S]: hammers a real daemon the way bad clients do, and
 * checks that its descriptors, its memory and its answers to others stay within limits.  Prints a
 * line of TAP per case; exits 0 if all are ok, 1 if not, 2 for wrong usage.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The limits that must hold. */
#define LATENCY_MAX_MS	  1000 /* of any answer to somebody who behaves */
#define FDS_LEFT_MAX	  4    /* descriptors more than before, when all clients are gone */
#define FDS_DURING_MAX	  600  /* more than before, at any time */
#define RSS_LEFT_MAX_KB	  8192 /* memory more than after the first answers, at the end */
#define RSS_DURING_MAX_KB 32768
#define SETTLE_MS	  3000 /* for the daemon to notice that clients are gone */

#define REQUESTS       100000 /* half of them on connections of their own */
#define IDLE_CNT       300
#define LORIS_CNT      50
#define PIPELINE_CNT   200
#define DISCONNECT_CNT 2000
#define STREAM_CNT     64
#define STREAM_FORKS   3000
#define MEGABYTE       (1 << 20)
#define IO_TIMEOUT_S   10
#define DEFAULT_IDLE_S 15

static const char *socket_path;
static pid_t daemon_pid;
static unsigned idle_s = DEFAULT_IDLE_S;
static int case_cnt, failed_cnt;
static long base_fds, base_rss_kb, peak_rss_kb;
static char why[256];

static uint64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static void sleep_ms(unsigned ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l};

	nanosleep(&ts, NULL);
}

static bool fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static bool fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return false;
}

/* ---- what the daemon has ---- */

static long daemon_fds(void)
{
	char path[64];
	long cnt = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", daemon_pid);
	d = opendir(path);
	if (!d)
		return -1;
	while (readdir(d))
		cnt++;
	closedir(d);
	return cnt - 2;
}

static long daemon_rss_kb(void)
{
	char path[64], line[256];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", daemon_pid);
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "VmRSS: %ld", &kb) == 1)
			break;
	fclose(f);
	if (kb > peak_rss_kb)
		peak_rss_kb = kb;
	return kb;
}

/* ---- a client ---- */

/* Blocking, with timeouts; -1: refused. */
static int dial(void)
{
	struct timeval tv = {.tv_sec = IO_TIMEOUT_S};
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
	memcpy(sa.sun_path, socket_path, strlen(socket_path) + 1);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool put(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool say(int fd, const char *text)
{
	return put(fd, text, strlen(text));
}

/* What has come on a connection: answers of known length, one behind the other. */
struct reader {
	int fd;
	size_t len;
	char buf[65536];
};

/* The status of the next answer, or 0. */
static unsigned read_answer(struct reader *r)
{
	for (;;) {
		const char *end, *field;
		unsigned status;
		ssize_t n;

		r->buf[r->len] = '\0';
		end = strstr(r->buf, "\r\n\r\n");
		field = end ? strstr(r->buf, "\r\nContent-Length: ") : NULL;
		if (field && field < end && sscanf(r->buf, "HTTP/1.%*c %u", &status) == 1) {
			size_t whole = (size_t)(end + 4 - r->buf) + strtoul(field + 18, NULL, 10);

			if (whole <= r->len) {
				memmove(r->buf, r->buf + whole, r->len - whole);
				r->len -= whole;
				return status;
			}
		}
		if (r->len == sizeof(r->buf) - 1)
			return 0;
		n = recv(r->fd, r->buf + r->len, sizeof(r->buf) - 1 - r->len, 0);
		if (n <= 0)
			return 0;
		r->len += (size_t)n;
	}
}

/* One request on a connection of its own, as the fdscope command does it; status or 0. */
static unsigned ask(const char *target, uint64_t *ret_ms)
{
	uint64_t begin = now_ms();
	unsigned status = 0;
	char buf[65536];
	int fd = dial();
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return 0;
	snprintf(buf, sizeof(buf), "GET %s HTTP/1.0\r\n\r\n", target);
	say(fd, buf); /* a refusal can be read even where this could not be sent */
	while ((n = recv(fd, buf + len, sizeof(buf) - 1 - len, 0)) > 0) {
		len += (size_t)n;
		if (len > 4096)
			len = 4096; /* the rest is of no interest */
	}
	close(fd);
	buf[len] = '\0';
	if (sscanf(buf, "HTTP/1.%*c %u", &status) != 1)
		status = 0;
	if (ret_ms)
		*ret_ms = now_ms() - begin;
	return status;
}

/* Whether somebody who behaves gets an answer in time, and the daemon is within limits. */
static bool others_are_served(void)
{
	uint64_t ms;
	unsigned status = ask("/v1/status", &ms);
	long fds = daemon_fds(), rss = daemon_rss_kb();

	if (status != 200)
		return fail("another client gets status %u", status);
	if (ms > LATENCY_MAX_MS)
		return fail("another client waits %llu ms", (unsigned long long)ms);
	if (fds < 0 || fds > base_fds + FDS_DURING_MAX)
		return fail("the daemon has %ld descriptors, %ld before", fds, base_fds);
	if (rss < 0 || rss > base_rss_kb + RSS_DURING_MAX_KB)
		return fail("the daemon has %ld KiB of memory, %ld before", rss, base_rss_kb);
	return true;
}

/* Whether the daemon is back to what it had before. */
static bool is_settled(void)
{
	uint64_t end = now_ms() + SETTLE_MS;
	long fds;

	do {
		fds = daemon_fds();
		if (fds >= 0 && fds <= base_fds + FDS_LEFT_MAX)
			return others_are_served();
		sleep_ms(50);
	} while (now_ms() < end);
	return fail("%ld descriptors are left in the daemon, %ld before", fds, base_fds);
}

/* Whether the daemon closes within `ms`. */
static bool is_cut_off(int fd, uint64_t ms)
{
	uint64_t end = now_ms() + ms;
	char buf[4096];

	for (;;) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		uint64_t now = now_ms();

		if (now >= end || poll(&p, 1, (int)(end - now)) <= 0)
			return false;
		if (recv(fd, buf, sizeof(buf), MSG_DONTWAIT) <= 0)
			return true;
	}
}

/* ---- the cases ---- */

static bool many_keep_alive(void)
{
	static struct reader r;
	int fd = dial();

	r.fd = fd;
	for (int i = 0; i < REQUESTS / 2; i++) {
		if (!say(fd, "GET /v1/status HTTP/1.1\r\nHost: fdscope\r\n\r\n") ||
		    read_answer(&r) != 200) {
			close(fd);
			return fail("request %d on one connection fails", i);
		}
		if (i % 10000 == 0 && !others_are_served())
			return false;
	}
	close(fd);
	return is_settled();
}

static bool many_separate(void)
{
	for (int i = 0; i < REQUESTS / 2; i++) {
		unsigned status = ask("/v1/status", NULL);

		if (status != 200)
			return fail("request %d on a connection of its own: status %u", i, status);
		if (i % 10000 == 0 && !others_are_served())
			return false;
	}
	return is_settled();
}

static bool idle_crowd(void)
{
	int fds[IDLE_CNT];
	bool ok = true;

	for (int i = 0; i < IDLE_CNT; i++)
		fds[i] = dial();
	for (int i = 0; i < 20 && ok; i++) {
		sleep_ms(100);
		ok = others_are_served();
	}
	for (int i = 0; i < IDLE_CNT; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return ok && is_settled();
}

static bool send_megabyte(const char *head, int filler)
{
	char *data = malloc(MEGABYTE);
	unsigned seed = 20;
	bool ok;
	int fd = dial();

	if (!data || fd < 0) {
		free(data);
		return fail("cannot connect");
	}
	for (int i = 0; i < MEGABYTE; i++)
		data[i] = (char)(filler < 0 ? rand_r(&seed) >> 8 : filler);
	memcpy(data, head, strlen(head));
	put(fd, data, MEGABYTE); /* may well fail: it is cut off */
	ok = others_are_served();
	shutdown(fd, SHUT_WR);
	if (ok && !is_cut_off(fd, 2000))
		ok = fail("the connection is still open");
	close(fd);
	free(data);
	return ok && is_settled();
}

static bool garbage(void)
{
	return send_megabyte("", -1) && send_megabyte("", 0) && send_megabyte("", '\n') &&
	       send_megabyte("GET ", -1);
}

static bool long_header(void)
{
	return send_megabyte("GET /v1/status HTTP/1.1\r\nHost: x\r\nX-Long: ", 'a');
}

static bool long_url(void)
{
	return send_megabyte("GET /v1/status?", 'a');
}

static bool long_body(void)
{
	return send_megabyte("POST /v1/status HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n"
			     "\r\n",
			     'a');
}

static bool pipelining(void)
{
	static const char request[] = "GET /v1/system HTTP/1.1\r\nHost: fdscope\r\n\r\n";
	static struct reader r;
	int fd = dial();
	pid_t writer;
	int good = 0;

	/* A process of its own writes: answers that nobody reads would stop the requests. */
	writer = fork();
	if (writer == 0) {
		for (int i = 0; i < PIPELINE_CNT; i++)
			if (!say(fd, request))
				_exit(1);
		_exit(0);
	}
	r.fd = fd;
	while (good < PIPELINE_CNT && read_answer(&r) == 200)
		good++;
	waitpid(writer, NULL, 0);
	close(fd);
	if (good != PIPELINE_CNT)
		return fail("%d of %d pipelined requests are answered", good, PIPELINE_CNT);
	return is_settled();
}

/* Half requests that wait, and requests that come a byte at a time: all are cut off in time. */
static bool half_and_slow(void)
{
	int half[LORIS_CNT], slow[LORIS_CNT];
	uint64_t end = now_ms() + idle_s * 1000ull;
	bool ok = true;

	for (int i = 0; i < LORIS_CNT; i++) {
		half[i] = dial();
		slow[i] = dial();
		say(half[i], "GET /v1/processes HTTP/1.1\r\nHost: f");
		say(slow[i], "GET /v1/processes HTTP/1.1\r\nX: ");
	}
	while (ok && now_ms() < end) {
		for (int i = 0; i < LORIS_CNT; i++)
			send(slow[i], "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
		ok = others_are_served();
		sleep_ms(250);
	}
	end = now_ms() + 5000;
	for (int i = 0; i < LORIS_CNT; i++) {
		uint64_t now = now_ms();

		if (ok && !is_cut_off(half[i], end > now ? end - now : 1))
			ok = fail("half a request is not cut off after %u s", idle_s);
		now = now_ms();
		if (ok && !is_cut_off(slow[i], end > now ? end - now : 1))
			ok = fail("a trickling request is not cut off after %u s", idle_s);
		close(half[i]);
		close(slow[i]);
	}
	return ok && is_settled();
}

static bool disconnect(void)
{
	char buf[100];

	for (int i = 0; i < DISCONNECT_CNT; i++) {
		int fd = dial();

		if (fd < 0)
			return fail("cannot connect");
		say(fd, "GET /v1/processes HTTP/1.1\r\nHost: x\r\n\r\n");
		if (i % 2)
			(void)!recv(fd, buf, sizeof(buf), 0);
		close(fd);
		if (i % 500 == 0 && !others_are_served())
			return false;
	}
	return is_settled();
}

static bool deaf_readers(void)
{
	int fds[LORIS_CNT];
	bool ok;

	for (int i = 0; i < LORIS_CNT; i++) {
		int small = 4096;

		fds[i] = dial();
		setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		for (int k = 0; k < 20; k++)
			send(fds[i], "GET /v1/processes HTTP/1.1\r\nHost: x\r\n\r\n", 40,
			     MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	ok = others_are_served();
	sleep_ms(500);
	ok = ok && others_are_served();
	for (int i = 0; i < LORIS_CNT; i++)
		close(fds[i]);
	return ok && is_settled();
}

/* Streams of everything that nobody reads, while there is much to tell. */
static bool deaf_streams(void)
{
	int fds[STREAM_CNT];
	bool ok = true;

	for (int i = 0; i < STREAM_CNT; i++) {
		int small = 4096;

		fds[i] = dial();
		setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		say(fds[i], "GET /v1/events?types=level,failure,limit,drift,resync,fork,exec,exit "
			    "HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	for (int i = 0; i < STREAM_FORKS && ok; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		if (i % 300 == 0)
			ok = others_are_served();
	}
	for (int i = 0; i < STREAM_CNT; i++)
		close(fds[i]);
	/* A silent stream whose peer is gone is found by the next line or heartbeat. */
	if (ok)
		sleep_ms(200);
	for (int i = 0; i < 64 && ok; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	for (int i = 0; ok && i < 20 && daemon_fds() > base_fds + FDS_LEFT_MAX; i++)
		sleep_ms(1000);
	return ok && is_settled();
}

static bool memory(void)
{
	long rss = daemon_rss_kb();

	printf("# memory: %ld KiB before, %ld at most, %ld now\n", base_rss_kb, peak_rss_kb, rss);
	if (rss > base_rss_kb + RSS_LEFT_MAX_KB)
		return fail("%ld KiB of memory, %ld before", rss, base_rss_kb);
	return is_settled();
}

static void run(const char *name, bool (*test)(void))
{
	uint64_t begin = now_ms();
	bool ok = test();

	if (ok)
		printf("ok %d - %s\n", ++case_cnt, name);
	else
		printf("not ok %d - %s: %s\n", ++case_cnt, name, why);
	printf("# %.1f s, %ld KiB\n", (double)(now_ms() - begin) / 1000, daemon_rss_kb());
	fflush(stdout);
	failed_cnt += !ok;
}

int main(int argc, char **argv)
{
	struct rlimit lim;

	if (argc < 3 || argc > 4 ||
	    strlen(argv[1]) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
		fprintf(stderr, "usage: api_abuse SOCKET DAEMON_PID [IDLE_TIMEOUT_S]\n");
		return 2;
	}
	socket_path = argv[1];
	daemon_pid = atoi(argv[2]);
	if (argc > 3)
		idle_s = (unsigned)atoi(argv[3]);
	if (getrlimit(RLIMIT_NOFILE, &lim) == 0) {
		lim.rlim_cur = lim.rlim_max;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
	for (int i = 0; i < 20; i++) /* what grows with the first answers is no leak */
		if (ask("/v1/processes", NULL) != 200 || ask("/v1/status", NULL) != 200) {
			printf("not ok 1 - the daemon answers\n");
			return 1;
		}
	sleep_ms(200);
	base_fds = daemon_fds();
	base_rss_kb = daemon_rss_kb();
	if (base_fds < 0 || base_rss_kb < 0) {
		printf("not ok 1 - the daemon's own /proc can be read\n");
		return 1;
	}

	run("50,000 requests on one connection", many_keep_alive);
	run("50,000 connections", many_separate);
	run("300 idle connections", idle_crowd);
	run("1 MB of garbage", garbage);
	run("1 MB of header", long_header);
	run("1 MB of URL", long_url);
	run("1 MB of body", long_body);
	run("pipelining", pipelining);
	run("half requests and slow loris", half_and_slow);
	run("disconnects in the middle of answers", disconnect);
	run("answers that nobody reads", deaf_readers);
	run("streams that nobody reads", deaf_streams);
	run("memory afterwards", memory);
	printf("1..%d\n", case_cnt);
	return failed_cnt ? 1 : 0;
}
