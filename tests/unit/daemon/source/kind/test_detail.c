// links: daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/json.c daemon/base/text.c daemon/base/clock.c daemon/base/patient.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Details of each kind from the kernel's texts and records, whole and broken. */
#include "source/kind/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

static bool sees_own(const void *ctx, uint32_t uid, uint32_t euid)
{
	const uint32_t *self = ctx;

	return uid == *self && euid == *self;
}

/* The whole of what is emitted, as text. */
static char *emit(const struct kind_view *v)
{
	struct json j = {};
	char *text;

	json__begin_object(&j, NULL);
	kind__emit(&j, v);
	json__end_object(&j);
	assert_int_equal(j.error, 0);
	text = strndup(j.data, j.len);
	json__done(&j);
	return text;
}

static void expect(const struct kind_view *v, const char *part)
{
	char *text = emit(v);

	if (!strstr(text, part))
		fail_msg("no %s in %s", part, text);
	free(text);
}

static struct kind_view view_of(struct file_list *l, struct file_row *row)
{
	return (struct kind_view){.list = l, .row = row};
}

/* ---- fdinfo ---- */

static const struct {
	enum fds_kind kind;
	const char *fdinfo;
	const char *part; /* of the answer */
} texts[] = {
	{FDS_KIND_EVENTFD, "eventfd-count:               1f\neventfd-semaphore: 1\n",
	 "\"count\":31,\"semaphore\":true"},
	{FDS_KIND_EVENTFD, "eventfd-count: zz\n", "\"count\":null,\"semaphore\":null"},
	{FDS_KIND_EVENTFD, "", "\"count\":null"},
	{FDS_KIND_EVENTFD, "eventfd-count: 11111111111111111\n", "\"count\":null"},
	{FDS_KIND_EPOLL,
	 "tfd:        5 events:       19 data:                5  pos:0 ino:1ff sdev:800001\n",
	 "{\"fd\":5,\"events\":[\"in\",\"err\",\"hup\"],\"kind\":null,\"inode\":511,\"dev\":\"8:1\"}"},
	{FDS_KIND_EPOLL, "tfd: 5 events: 400000 data: 5\n",
	 "[\"0x400000\"],\"kind\":null,\"inode\":0"},
	{FDS_KIND_EPOLL, "tfd: five events: 1\ntfd:\ntfd: 9999999999 events: 1\ntfd: 7",
	 "\"targets\":[]"},
	{FDS_KIND_TIMERFD,
	 "clockid: 7\nticks: 2\nsettime flags: 01\nit_value: (1, 2)\nit_interval: (0, 3)\n",
	 "\"clock\":\"boottime\",\"ticks\":2,\"value_ns\":1000000002,\"interval_ns\":3"},
	{FDS_KIND_TIMERFD, "clockid: 99\nit_value: (18446744073709551615, 1)\nit_interval: (1 2)\n",
	 "\"clock\":null,\"ticks\":null,\"value_ns\":null,\"interval_ns\":null"},
	{FDS_KIND_SIGNALFD, "sigmask:\t8000000000010002\n", "[\"SIGINT\",\"SIGCHLD\",\"SIGRTMIN+"},
	{FDS_KIND_SIGNALFD, "sigmask:\n", "\"signals\":null"},
	{FDS_KIND_INOTIFY,
	 "inotify wd:1a ino:2 sdev:800003 mask:300 ignored_mask:0 fhandle-bytes:8\n",
	 "{\"wd\":26,\"dev\":\"8:3\",\"inode\":2,\"mask\":[\"create\",\"delete\"]}"},
	{FDS_KIND_INOTIFY, "inotify \n", "{\"wd\":null,\"dev\":null,\"inode\":null,\"mask\":[]}"},
	{FDS_KIND_FANOTIFY,
	 "fanotify flags:10 event-flags:0\nfanotify mnt_id:12 mflags:0 mask:20 ignored_mask:0\n",
	 "\"flags\":\"0x10\",\"marks\":[{\"type\":\"mount\",\"dev\":null,\"inode\":null,\"mount\":18"},
	{FDS_KIND_FANOTIFY, "fanotify", "\"flags\":null,\"marks\":[]"},
	{FDS_KIND_PIDFD, "Pid:\t77\nNSpid:\t77\n", "\"pid\":77,\"comm\":null,\"ended\":false"},
	{FDS_KIND_PIDFD, "Pid:\t-1\n", "\"pid\":null,\"comm\":null,\"ended\":true"},
	{FDS_KIND_PIDFD, "", "\"pid\":null,\"comm\":null,\"ended\":false"},
	{FDS_KIND_IO_URING, "SqMask:\t0x7\nCqMask:\t0xf\nUserFiles:\t3\nUserBufs:\t0\n",
	 "\"sq_entries\":8,\"cq_entries\":16,\"registered_files\":3,\"registered_buffers\":0"},
	{FDS_KIND_IO_URING, "SqMask:\n", "\"sq_entries\":null"},
	{FDS_KIND_USERFAULTFD, "pending:\t1\ntotal:\t2\nAPI:\taa:0:1\n",
	 "\"pending\":1,\"total\":2,\"api\":\"aa:0:1\""},
	{FDS_KIND_BPF_MAP,
	 "map_type:\t1\nkey_size:\t4\nvalue_size:\t8\nmax_entries:\t9\nmap_id:\t5\n",
	 "\"type\":\"hash\",\"id\":5,\"key_sz\":4,\"value_sz\":8,\"max_entries\":9"},
	{FDS_KIND_BPF_MAP, "map_type:\t4000000000\n", "\"type\":\"4000000000\",\"id\":null"},
	{FDS_KIND_BPF_PROG, "prog_type:\t1\nprog_tag:\ta\"b\nprog_id:\t6\n",
	 "\"type\":\"socket_filter\",\"id\":6,\"tag\":\"a\\\"b\""},
	{FDS_KIND_BPF_LINK, "link_type:\titer\nlink_id:\t3\nprog_id:\t4",
	 "\"type\":\"iter\",\"id\":3,\"prog_id\":4"},
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct file_list l = {};
		struct file_row row = {
			.kind = texts[i].kind, .rec.mode = 0600, .fdinfo = (char *)texts[i].fdinfo};
		struct kind_view v = view_of(&l, &row);

		expect(&v, texts[i].part);
	}
}

/* Whatever is cut off, nothing is read beyond the end. */
static void test_cut_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t len = strlen(texts[i].fdinfo); len--;) {
			struct file_list l = {};
			struct file_row row = {.kind = texts[i].kind,
					       .rec.mode = 0600,
					       .fdinfo = strndup(texts[i].fdinfo, len)};
			struct kind_view v = view_of(&l, &row);

			free(emit(&v));
			free(row.fdinfo);
		}
	}
}

static void test_without_text(void **state)
{
	struct file_list l = {};
	struct file_row row = {
		.kind = FDS_KIND_EVENTFD, .rec.mode = 0600, .detail_error = "a reason"};
	struct kind_view v = view_of(&l, &row);

	(void)state;
	expect(&v, "{\"detail\":null,\"detail_error\":\"a reason\",\"summary\":null,\"locks\":[]}");
}

static void test_epoll_knows_the_kind(void **state)
{
	struct file_row rows[] = {
		{.kind = FDS_KIND_PIPE, .rec = {.fd = 5, .mode = S_IFIFO, .inode = 511}},
		{.kind = FDS_KIND_EPOLL,
		 .rec = {.fd = 6, .mode = 0600},
		 .fdinfo = "tfd: 5 events: 1 data: 5 pos:0 ino:1ff sdev:f\n"
			   "tfd: 5 events: 1 data: 5 pos:0 ino:1fe sdev:f\n"},
	};
	struct file_list l = {.rows = rows, .cnt = 2};
	struct kind_view v = view_of(&l, &rows[1]);

	(void)state;
	expect(&v, "\"kind\":\"pipe\",\"inode\":511");
	expect(&v, "\"kind\":null,\"inode\":510");
	expect(&v, "targets 2, 1 of them no longer at their number");
}

/* ---- records ---- */

static void test_inet(void **state)
{
	struct fds_detail_rec d = {.state = 10,
				   .local_port = 80,
				   .protocol = 6,
				   .recv_queue = 1,
				   .send_queue = FDS_COUNT_UNKNOWN,
				   .local = {127, 0, 0, 1}};
	struct file_list l = {};
	struct file_row row = {
		.kind = FDS_KIND_TCP,
		.rec = {.mode = S_IFSOCK, .sock_family = AF_INET, .sock_type = SOCK_STREAM},
		.detail = &d};
	struct kind_view v = view_of(&l, &row);

	(void)state;
	expect(&v,
	       "\"local\":\"127.0.0.1:80\",\"local_port\":80,\"remote\":null,\"remote_port\":null,"
	       "\"state\":\"listen\",\"protocol\":6,\"recv_queue\":1,\"send_queue\":null");
	d.state = 200;
	expect(&v, "\"state\":null");
	row.rec.sock_family = AF_INET6;
	memset(d.local, 0, sizeof(d.local));
	d.remote[15] = 1;
	d.remote_port = 65535;
	expect(&v, "\"local\":\"[::]:80\",\"local_port\":80,\"remote\":\"[::1]:65535\"");
}

static void test_unix_names(void **state)
{
	struct fds_detail_rec d = {.state = 10};
	struct file_list l = {};
	struct file_row row = {.kind = FDS_KIND_UNIX,
			       .rec = {.mode = S_IFSOCK, .sock_type = SOCK_DGRAM},
			       .detail = &d};
	struct kind_view v = view_of(&l, &row);

	(void)state;
	expect(&v, "\"type\":\"dgram\",\"state\":\"listen\",\"path\":null");
	memcpy(d.path, "\0a\0\x1b", 4);
	d.path_sz = 4;
	expect(&v, "\"path\":\"@a@\\u001b\"");
	/* As long as can be, with no NUL at the end; and a length that cannot be. */
	memset(d.path, 'x', sizeof(d.path));
	d.path_sz = 65535;
	expect(&v, "xxx\",\"peer_path\":null");
	d.flags = FDS_DETAIL_PEERS_PATH;
	expect(&v, "\"path\":null,\"peer_path\":\"xxx");
}

static void test_peers(void **state)
{
	struct file_peer peers[] = {
		{.ofd = 1, .pid = 10, .fd = 3, .fmode = FDS_FMODE_READ, .comm = "itself"},
		{.ofd = 2, .pid = 11, .fd = 4, .fmode = FDS_FMODE_READ, .comm = "same end"},
		{.ofd = 3,
		 .pid = 12,
		 .fd = 5,
		 .fmode = FDS_FMODE_WRITE,
		 .uid = 7,
		 .euid = 7,
		 .comm = "peer"},
		{.ofd = 4, .pid = 13, .fd = 6, .fmode = FDS_FMODE_WRITE, .comm = "of root"},
	};
	struct file_list l = {.peers = peers, .peer_cnt = 4};
	struct file_row row = {.kind = FDS_KIND_PIPE,
			       .rec = {.mode = S_IFIFO, .fmode = FDS_FMODE_READ},
			       .ofd = 1,
			       .peer_cnt = 4};
	struct kind_view v = view_of(&l, &row);
	uint32_t user = 7;

	(void)state;
	expect(&v, "\"peers\":null");
	row.knows_peers = true;
	expect(&v, "\"peers\":[{\"pid\":12,\"fd\":5,\"comm\":\"peer\",\"mode\":\"w\"},{\"pid\":13");
	expect(&v, "<- 12:peer:5 +1");
	v.may_see = sees_own;
	v.ctx = &user;
	expect(&v, "\"peers\":[{\"pid\":12,\"fd\":5,\"comm\":\"peer\",\"mode\":\"w\"}]");
}

static void test_devices(void **state)
{
	struct file_list l = {.devices = "Character devices:\n  1 mem\n  4 tty\n\nBlock devices:\n"
					 "  1 ramdisk\n  8 sd\n"};
	struct file_row row = {.kind = FDS_KIND_CHAR,
			       .rec = {.mode = S_IFCHR, .rdev = FDS_MKDEV(1, 3)}};
	struct kind_view v = view_of(&l, &row);

	(void)state;
	expect(&v, "\"major\":1,\"minor\":3,\"tty\":null,\"driver\":\"mem\"");
	row.rec.rdev = FDS_MKDEV(8, 0);
	expect(&v, "\"driver\":null");
	row.rec.mode = S_IFBLK;
	expect(&v, "\"driver\":\"sd\"");
	row.rec.mode = S_IFCHR;
	row.rec.rdev = FDS_MKDEV(137, 2);
	expect(&v, "\"tty\":\"pts/258\"");
	row.rec.rdev = FDS_MKDEV(4, 65);
	expect(&v, "\"tty\":\"ttyS1\"");
	l.devices = "";
	expect(&v, "\"driver\":null");
}

/* A summary that is too long ends between two characters. */
static void test_long_summary(void **state)
{
	struct kind_text t = {};

	(void)state;
	for (int i = 0; i < 300; i++)
		kind_text__addf(&t, "ä");
	assert_int_equal(t.len % 2, 0);
	assert_true(t.len >= KIND_SUMMARY_SZ - 3 && t.len < KIND_SUMMARY_SZ);
	assert_int_equal(strlen(t.data), t.len);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),	     cmocka_unit_test(test_cut_texts),
		cmocka_unit_test(test_without_text), cmocka_unit_test(test_epoll_knows_the_kind),
		cmocka_unit_test(test_inet),	     cmocka_unit_test(test_unix_names),
		cmocka_unit_test(test_peers),	     cmocka_unit_test(test_devices),
		cmocka_unit_test(test_long_summary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
