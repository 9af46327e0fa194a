// links: daemon/source/kind/*.c daemon/source/procfs_text.c daemon/base/json.c daemon/base/text.c daemon/base/clock.c daemon/base/patient.c
// SPDX-License-Identifier: GPL-2.0-or-later
/* Kinds of descriptor from mode, socket and name, each as the kernel's iterator or /proc gives it.
 */
#include "source/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

static const struct {
	uint32_t mode;
	uint16_t family, type;
	const char *name;
	enum fds_kind kind;
} cases[] = {
	{S_IFREG | 0644, 0, 0, "passwd", FDS_KIND_FILE},
	{S_IFREG, 0, 0, "", FDS_KIND_FILE},
	{S_IFREG | 07777, 0, 0, "[eventfd]", FDS_KIND_FILE}, /* somebody may call a file so */
	{S_IFREG | 0777, 0, 0, "memfd:jit", FDS_KIND_MEMFD},
	{S_IFREG | 0777, 0, 0, "memfd:", FDS_KIND_MEMFD},
	{S_IFREG | 0777, 0, 0, "memfd", FDS_KIND_FILE},
	{S_IFREG | 0777, 0, 0, "my-memfd:jit", FDS_KIND_FILE},
	{S_IFDIR | 0755, 0, 0, "/", FDS_KIND_DIR},
	{S_IFDIR | 0755, 0, 0, "memfd:dir", FDS_KIND_DIR},
	{S_IFCHR | 0666, 0, 0, "null", FDS_KIND_CHAR},
	{S_IFBLK | 0660, 0, 0, "sda", FDS_KIND_BLOCK},
	{S_IFLNK | 0777, 0, 0, "link", FDS_KIND_SYMLINK},
	{S_IFIFO | 0600, 0, 0, "", FDS_KIND_PIPE},
	{S_IFIFO | 0600, 0, 0, "pipe:[123]", FDS_KIND_PIPE},
	{S_IFIFO | 0600, 0, 0, "initctl", FDS_KIND_FIFO},
	{S_IFIFO | 0600, 0, 0, "pipe:", FDS_KIND_FIFO},
	{S_IFSOCK | 0777, AF_UNIX, SOCK_STREAM, "UNIX-STREAM", FDS_KIND_UNIX},
	{S_IFSOCK | 0777, AF_UNIX, SOCK_DGRAM, "", FDS_KIND_UNIX},
	{S_IFSOCK | 0777, AF_INET, SOCK_STREAM, "", FDS_KIND_TCP},
	{S_IFSOCK | 0777, AF_INET6, SOCK_STREAM, "", FDS_KIND_TCP},
	{S_IFSOCK | 0777, AF_INET, SOCK_DGRAM, "", FDS_KIND_UDP},
	{S_IFSOCK | 0777, AF_INET6, SOCK_DGRAM, "", FDS_KIND_UDP},
	{S_IFSOCK | 0777, AF_INET, SOCK_RAW, "", FDS_KIND_INET},
	{S_IFSOCK | 0777, AF_INET6, SOCK_SEQPACKET, "", FDS_KIND_INET},
	{S_IFSOCK | 0777, AF_NETLINK, SOCK_RAW, "", FDS_KIND_NETLINK},
	{S_IFSOCK | 0777, AF_PACKET, SOCK_DGRAM, "", FDS_KIND_PACKET},
	{S_IFSOCK | 0777, AF_VSOCK, SOCK_STREAM, "", FDS_KIND_SOCKET},
	{S_IFSOCK | 0777, 0, 0, "socket:[99]",
	 FDS_KIND_SOCKET}, /* a protocol /proc does not tell */
	{0600, 0, 0, "[eventfd]", FDS_KIND_EVENTFD},
	{0600, 0, 0, "[eventpoll]", FDS_KIND_EPOLL},
	{0600, 0, 0, "[timerfd]", FDS_KIND_TIMERFD},
	{0600, 0, 0, "[signalfd]", FDS_KIND_SIGNALFD},
	{0600, 0, 0, "inotify", FDS_KIND_INOTIFY},
	{0600, 0, 0, "[fanotify]", FDS_KIND_FANOTIFY},
	{0600, 0, 0, "[pidfd]", FDS_KIND_PIDFD},
	{0600, 0, 0, "[io_uring]", FDS_KIND_IO_URING},
	{0600, 0, 0, "[userfaultfd]", FDS_KIND_USERFAULTFD},
	{0600, 0, 0, "[perf_event]", FDS_KIND_PERF},
	{0600, 0, 0, "bpf-map", FDS_KIND_BPF_MAP},
	{0600, 0, 0, "bpf-prog", FDS_KIND_BPF_PROG},
	{0600, 0, 0, "bpf_link", FDS_KIND_BPF_LINK},
	{0600, 0, 0, "bpf_iter", FDS_KIND_BPF_ITER},
	{0600, 0, 0, "btf", FDS_KIND_BTF},
	{0600, 0, 0, "seccomp notify", FDS_KIND_SECCOMP},
	{0600, 0, 0, "[landlock-ruleset]", FDS_KIND_ANON},
	{0600, 0, 0, "", FDS_KIND_ANON},
	{0600, 0, 0, "[eventfd", FDS_KIND_ANON},
	{0600, 0, 0, "inotify ", FDS_KIND_ANON},
	{0, 0, 0, "[eventfd]", FDS_KIND_EVENTFD},
	/* A family where there is no socket says nothing. */
	{S_IFREG | 0644, AF_UNIX, SOCK_STREAM, "a", FDS_KIND_FILE},
};

static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum fds_kind kind =
			kind__find(cases[i].mode, cases[i].family, cases[i].type, cases[i].name);

		if (kind != cases[i].kind)
			fail_msg("mode %o, family %d, '%s': %s instead of %s", cases[i].mode,
				 cases[i].family, cases[i].name, kind__name(kind),
				 kind__name(cases[i].kind));
	}
}

/* Every kind is found by something above, but for what only a failure or a whole path gives. */
static void test_no_kind_is_forgotten(void **state)
{
	bool found[FDS_KIND_CNT] = {[FDS_KIND_UNKNOWN] = true, [FDS_KIND_NS] = true};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		found[cases[i].kind] = true;
	for (int kind = 0; kind < FDS_KIND_CNT; kind++)
		if (!found[kind])
			fail_msg("no case for %s", kind__name(kind));
}

static void test_names_differ(void **state)
{
	(void)state;
	for (int a = 0; a < FDS_KIND_CNT; a++) {
		assert_true(strlen(kind__name(a)) > 0);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(kind__name(a), kind__name(b));
	}
	assert_string_equal(kind__name(FDS_KIND_FILE), "file");
	assert_string_equal(kind__name(FDS_KIND_BPF_MAP), "bpf-map");
	assert_string_equal(kind__name(FDS_KIND_ANON), "anon");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_no_kind_is_forgotten),
		cmocka_unit_test(test_names_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
