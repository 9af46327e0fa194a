// SPDX-License-Identifier: GPL-2.0-or-later
/* What is waited on, and other anonymous files; see mkfds.h. */
#include "mkfds.h"

#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void make_eventfd(int fd)
{
	mkfds__put(eventfd(20, EFD_SEMAPHORE), fd);
	mkfds__expect(fd, "eventfd", json_pack("{s:i}", "count", 20));
}

static void make_epoll(int fd)
{
	struct epoll_event in = {.events = EPOLLIN}, out = {.events = EPOLLOUT | EPOLLET};
	int ends[2];

	mkfds__need(!pipe(ends), "pipe");
	mkfds__put(ends[1], fd + 2);
	mkfds__put(ends[0], fd + 1);
	mkfds__put(epoll_create1(0), fd);
	mkfds__need(!epoll_ctl(fd, EPOLL_CTL_ADD, fd + 1, &in) &&
			    !epoll_ctl(fd, EPOLL_CTL_ADD, fd + 2, &out),
		    "epoll_ctl");
	mkfds__expect(fd, "epoll",
		      json_pack("{s:[{s:i,s:[sss],s:s,s:I},{s:i,s:[ssss],s:s,s:I}]}", "targets",
				"fd", fd + 1, "events", "in", "err", "hup", "kind", "pipe", "inode",
				(json_int_t)mkfds__inode(fd + 1), "fd", fd + 2, "events", "out",
				"err", "hup", "et", "kind", "pipe", "inode",
				(json_int_t)mkfds__inode(fd + 2)));
}

static void make_timerfd(int fd)
{
	struct itimerspec t = {.it_interval = {3, 5}, .it_value = {1, 0}};

	mkfds__put(timerfd_create(CLOCK_BOOTTIME, 0), fd);
	mkfds__put(timerfd_create(CLOCK_REALTIME, 0), fd + 1);
	t.it_value.tv_sec = 100000;
	mkfds__need(!timerfd_settime(fd, 0, &t, NULL), "timerfd_settime");
	mkfds__expect(fd, "timerfd",
		      json_pack("{s:s,s:i,s:I}", "clock", "boottime", "ticks", 0, "interval_ns",
				(json_int_t)3000000005));
	mkfds__expect(
		fd + 1, "timerfd",
		json_pack("{s:s,s:i,s:i}", "clock", "realtime", "value_ns", 0, "interval_ns", 0));
}

static void make_signalfd(int fd)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	mkfds__put(signalfd(-1, &set, 0), fd);
	mkfds__expect(fd, "signalfd", json_pack("{s:[ss]}", "signals", "SIGINT", "SIGCHLD"));
}

static void make_inotify(int fd)
{
	struct stat st;

	mkfds__need(!stat("/dev", &st), "/dev");
	mkfds__put(inotify_init1(0), fd);
	mkfds__need(inotify_add_watch(fd, "/dev", IN_CREATE | IN_DELETE) == 1, "inotify_add_watch");
	mkfds__expect(fd, "inotify",
		      json_pack("{s:[{s:i,s:I,s:[ss]}]}", "watches", "wd", 1, "inode",
				(json_int_t)st.st_ino, "mask", "create", "delete"));
}

static void make_fanotify(int fd)
{
	struct stat st;
	int made = fanotify_init(FAN_CLASS_NOTIF, O_RDONLY);

	mkfds__need(made >= 0 && !stat("/dev", &st), "fanotify_init");
	mkfds__put(made, fd);
	mkfds__need(!fanotify_mark(fd, FAN_MARK_ADD, FAN_OPEN, AT_FDCWD, "/dev"), "fanotify_mark");
	mkfds__expect(fd, "fanotify",
		      json_pack("{s:[{s:s,s:I,s:[s]}]}", "marks", "type", "inode", "inode",
				(json_int_t)st.st_ino, "mask", "open"));
}

static void do_nothing(int fd)
{
	(void)fd;
}

static void make_pidfd(int fd)
{
	int child = mkfds__child(do_nothing, fd), made = syscall(SYS_pidfd_open, child, 0);

	mkfds__need(made >= 0, "pidfd_open");
	mkfds__put(made, fd);
	mkfds__expect(fd, "pidfd",
		      json_pack("{s:i,s:s,s:b}", "pid", child, "comm", "mkfds", "ended", 0));
}

static void make_userfaultfd(int fd)
{
	struct uffdio_api api = {.api = UFFD_API};
	int made = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	mkfds__need(made >= 0 && !ioctl(made, UFFDIO_API, &api), "userfaultfd");
	mkfds__put(made, fd);
	mkfds__expect(fd, "userfaultfd", json_pack("{s:i,s:i}", "pending", 0, "total", 0));
}

static void make_io_uring(int fd)
{
	static struct io_uring ring;
	int files[] = {0, 1, 2}, r = io_uring_queue_init(8, &ring, 0);

	errno = -r;
	mkfds__need(r == 0, "io_uring");
	r = io_uring_register_files(&ring, files, 3);
	errno = -r;
	mkfds__need(r == 0, "io_uring_register_files");
	mkfds__put(ring.ring_fd, fd);
	mkfds__expect(fd, "io_uring",
		      json_pack("{s:i,s:i}", "registered_files", 3, "registered_buffers", 0));
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static void make_bpf_map(int fd)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 16, .max_entries = 77};
	int made = bpf(BPF_MAP_CREATE, &attr);

	mkfds__need(made >= 0, "BPF_MAP_CREATE");
	mkfds__put(made, fd);
	mkfds__expect(fd, "bpf-map",
		      json_pack("{s:s,s:i,s:i,s:i}", "type", "hash", "key_sz", 4, "value_sz", 16,
				"max_entries", 77));
}

static int load_prog(enum bpf_prog_type type)
{
	struct bpf_insn insns[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {.prog_type = type,
			       .insns = (uintptr_t)insns,
			       .insn_cnt = 2,
			       .license = (uintptr_t) "GPL"};
	int made = bpf(BPF_PROG_LOAD, &attr);

	mkfds__need(made >= 0, "BPF_PROG_LOAD");
	return made;
}

static struct bpf_prog_info info_of(int fd)
{
	struct bpf_prog_info info = {};
	union bpf_attr attr = {
		.info = {.bpf_fd = fd, .info_len = sizeof(info), .info = (uintptr_t)&info}};

	mkfds__need(!bpf(BPF_OBJ_GET_INFO_BY_FD, &attr), "BPF_OBJ_GET_INFO_BY_FD");
	return info;
}

static void expect_prog(int fd, const char *type)
{
	struct bpf_prog_info info = info_of(fd);
	char tag[2 * sizeof(info.tag) + 1];

	for (size_t i = 0; i < sizeof(info.tag); i++)
		snprintf(tag + 2 * i, 3, "%02x", info.tag[i]);
	mkfds__expect(fd, "bpf-prog",
		      json_pack("{s:s,s:i,s:s}", "type", type, "id", (int)info.id, "tag", tag));
}

static void make_bpf_prog(int fd)
{
	mkfds__put(load_prog(BPF_PROG_TYPE_SOCKET_FILTER), fd);
	expect_prog(fd, "socket_filter");
}

static void make_bpf_link(int fd)
{
	union bpf_attr attr = {.raw_tracepoint = {.name = (uintptr_t) "sched_process_exit"}};
	int made;

	mkfds__put(load_prog(BPF_PROG_TYPE_RAW_TRACEPOINT), fd + 1);
	attr.raw_tracepoint.prog_fd = fd + 1;
	made = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
	mkfds__need(made >= 0, "BPF_RAW_TRACEPOINT_OPEN");
	mkfds__put(made, fd);
	expect_prog(fd + 1, "raw_tracepoint");
	mkfds__expect(fd, "bpf-link",
		      json_pack("{s:s,s:i}", "type", "raw_tracepoint", "prog_id",
				(int)info_of(fd + 1).id));
}

static void make_perf(int fd)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_CPU_CLOCK};
	int made = syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);

	mkfds__need(made >= 0, "perf_event_open");
	mkfds__put(made, fd);
	mkfds__expect(fd, "perf", json_null());
}

const struct maker mkfds__events[] = {
	{"eventfd", make_eventfd},   {"epoll", make_epoll},
	{"timerfd", make_timerfd},   {"signalfd", make_signalfd},
	{"inotify", make_inotify},   {"fanotify", make_fanotify},
	{"pidfd", make_pidfd},	     {"userfaultfd", make_userfaultfd},
	{"io_uring", make_io_uring}, {"bpf-map", make_bpf_map},
	{"bpf-prog", make_bpf_prog}, {"bpf-link", make_bpf_link},
	{"perf", make_perf},	     {},
};
