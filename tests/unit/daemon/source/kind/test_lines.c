// links: daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/json.c daemon/base/text.c daemon/base/clock.c daemon/base/patient.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Lines of /proc/locks and /proc/net, whole and broken. */
#include "source/kind/locks.h"
#include "source/kind/sockets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

static void test_lock_lines(void **state)
{
	struct lock_line l;

	(void)state;
	assert_true(lock_line__parse("1: POSIX  ADVISORY  WRITE 359 fe:01:4711 10 EOF", &l));
	assert_string_equal(l.type, "posix");
	assert_string_equal(l.mode, "write");
	assert_int_equal(l.pid, 359);
	assert_int_equal(l.major, 0xfe);
	assert_int_equal(l.inode, 4711);
	assert_int_equal(l.start, 10);
	assert_true(l.end == FDS_UNKNOWN);
	assert_false(l.waits);
	assert_true(lock_line__parse("1:  -> OFDLCK ADVISORY  READ -1 00:13:1 0 7\n", &l));
	assert_true(l.waits);
	assert_string_equal(l.type, "ofd");
	assert_int_equal(l.pid, 0);
	assert_int_equal(l.end, 7);
	assert_false(lock_line__parse("", &l));
	assert_false(lock_line__parse("1:", &l));
	assert_false(lock_line__parse("x: POSIX  ADVISORY  WRITE 359 fe:01:4711 0 EOF", &l));
	assert_false(lock_line__parse("1: POSIX  ADVISORY  WRITE 359 fe:01:4711 0", &l));
	assert_false(lock_line__parse("1: NOVEL  ADVISORY  WRITE 359 fe:01:4711 0 EOF", &l));
	assert_false(lock_line__parse("1: POSIX  ADVISORY  WRITE 359 <none>:0 0 EOF", &l));
}

static bool whois(uint32_t pid, struct file_process *ret)
{
	*ret = (struct file_process){.pid = pid};
	return pid != 13;
}

static void test_waiters(void **state)
{
	static const char all_text[] = "1: FLOCK  ADVISORY  WRITE 10 fe:01:5 0 EOF\n"
				       "1: -> FLOCK  ADVISORY  WRITE 11 fe:01:5 0 EOF\n"
				       "1: -> FLOCK  ADVISORY  READ 13 fe:01:5 0 EOF\n"
				       "garbage\n"
				       "2: FLOCK  ADVISORY  WRITE 10 fe:01:6 0 EOF\n"
				       "2: -> FLOCK  ADVISORY  WRITE 12 fe:01:6 0 EOF\n";
	struct file_list l = {};
	struct file_row row = {};
	struct lock_line *all;
	size_t cnt;

	(void)state;
	assert_int_equal(lock_lines__parse(all_text, "", 100, &all, &cnt), 0);
	assert_int_equal(cnt, 5);
	assert_int_equal(locks__add(&l, &row,
				    "pos:\t0\nlock:\t1: FLOCK  ADVISORY  WRITE 10 fe:01:5 0 EOF\n",
				    all, cnt, whois),
			 0);
	assert_int_equal(row.lock_cnt, 1);
	assert_int_equal(l.locks[0].waiter_cnt, 1); /* 13 is gone */
	assert_int_equal(l.waiters[0].pid, 11);
	/* One that /proc/locks no longer has. */
	assert_int_equal(locks__add(&l, &row, "lock:\t1: FLOCK  ADVISORY  READ 1 fe:01:5 0 EOF\n",
				    all, cnt, whois),
			 0);
	assert_int_equal(row.lock_first, 1);
	assert_int_equal(l.locks[1].waiter_cnt, 0);
	free(l.locks);
	free(l.waiters);
	free(all);
	assert_int_equal(lock_lines__parse(all_text, "", 2, &all, &cnt), 0);
	assert_int_equal(cnt, 2);
	free(all);
}

static void test_inet_lines(void **state)
{
	static const uint8_t loopback[] = {127, 0, 0, 1};
	struct socket_line l;

	(void)state;
	assert_true(socket_line__parse(
		"tcp",
		"   0: 0100007F:1F90 0200007F:0050 01 00000003:00000004 00:00000000 00000000  1000  "
		"      0 4711 1 0000000000000000 100 0 0 10 0\n",
		&l));
	assert_int_equal(l.inode, 4711);
	assert_memory_equal(l.detail.local, loopback, 4);
	assert_int_equal(l.detail.local_port, 8080);
	assert_int_equal(l.detail.remote_port, 80);
	assert_int_equal(l.detail.state, 1);
	assert_int_equal(l.detail.send_queue, 3);
	assert_int_equal(l.detail.recv_queue, 4);
	assert_true(socket_line__parse(
		"udp6",
		"  1: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 "
		"00000000:00000000 00:00000000 00000000     0        0 5 2 0 0\n",
		&l));
	assert_int_equal(l.detail.local[15], 1);
	assert_int_equal(l.type, SOCK_DGRAM);
	assert_false(
		socket_line__parse("tcp", "  sl  local_address rem_address   st tx_queue", &l));
	assert_false(socket_line__parse(
		"tcp", "0: 0100007:1F90 0200007F:0050 01 0:0 00:0 0 0 0 4711", &l));
	assert_false(socket_line__parse("tcp", "", &l));
	assert_false(socket_line__parse("sctp", "", &l));
}

static void test_other_lines(void **state)
{
	struct socket_line l;

	(void)state;
	assert_true(socket_line__parse(
		"unix", "ffff: 00000002 00000000 00010000 0001 01 77 /run/a b\n", &l));
	assert_int_equal(l.inode, 77);
	assert_int_equal(l.type, SOCK_STREAM);
	assert_int_equal(l.detail.state, 10);
	assert_memory_equal(l.detail.path, "/run/a b", 8);
	assert_int_equal(l.detail.path_sz, 8);
	assert_true(socket_line__parse("unix", "ffff: 00000002 00000000 00000000 0002 01 78 @x@y\n",
				       &l));
	assert_int_equal(l.detail.path[0], 0);
	assert_int_equal(l.detail.path_sz, 4);
	assert_true(socket_line__parse("unix", "ffff: 00000002 0 0 0002 01 78\n", &l));
	assert_int_equal(l.detail.path_sz, 0);
	assert_false(socket_line__parse("unix", "Num       RefCount Protocol Flags", &l));
	assert_true(socket_line__parse("netlink", "0000 15 812 00000001 0 0 0 2 0 99\n", &l));
	assert_int_equal(l.detail.protocol, 15);
	assert_int_equal(l.detail.id, 812);
	assert_int_equal(l.inode, 99);
	assert_false(socket_line__parse("netlink", "sk Eth Pid Groups", &l));
	assert_true(socket_line__parse("packet", "0000 3 3 0800 1 1 0 0 55\n", &l));
	assert_int_equal(l.detail.protocol, 0x800);
	assert_int_equal(l.detail.id, 1);
	assert_int_equal(l.inode, 55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lock_lines),
		cmocka_unit_test(test_waiters),
		cmocka_unit_test(test_inet_lines),
		cmocka_unit_test(test_other_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
