// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * emptybpf: attaches programs that do nothing, the least that a hook can cost on this kernel, and
 * stands until the end of stdin. Or counts the tracing programs that others have loaded.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* r0 = 0; exit */
static const struct bpf_insn nothing[] = {
	{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
	{.code = BPF_JMP | BPF_EXIT},
};

static int quiet(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	(void)level;
	(void)fmt;
	(void)ap;
	return 0;
}

static int fail(const char *what, const char *name, int err)
{
	fprintf(stderr, "%s %s: %s\n", what, name, strerror(err < 0 ? -err : err));
	return -1;
}

static int attach_raw(const char *name)
{
	int fd = bpf_prog_load(BPF_PROG_TYPE_RAW_TRACEPOINT, "empty", "GPL", nothing, 2, NULL);

	if (fd < 0)
		return fail("raw_tp refused to load for", name, fd);
	fd = bpf_raw_tracepoint_open(name, fd);
	return fd < 0 ? fail("raw_tp refused to attach to", name, fd) : 0;
}

static int attach_fentry(const char *name)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_FENTRY);
	int fd = libbpf_find_vmlinux_btf_id(name, BPF_TRACE_FENTRY);

	if (fd < 0)
		return fail("no BTF of", name, fd);
	opts.attach_btf_id = (__u32)fd;
	fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "empty", "GPL", nothing, 2, &opts);
	if (fd < 0)
		return fail("fentry refused to load for", name, fd);
	fd = bpf_raw_tracepoint_open(NULL, fd);
	return fd < 0 ? fail("fentry refused to attach to", name, fd) : 0;
}

/* By perf_event_open, which every kernel with kprobes has. */
static int attach_kprobe(const char *name)
{
	struct perf_event_attr attr = {.size = sizeof(attr)};
	int prog = bpf_prog_load(BPF_PROG_TYPE_KPROBE, "empty", "GPL", nothing, 2, NULL), fd;
	FILE *type = fopen("/sys/bus/event_source/devices/kprobe/type", "re");

	if (prog < 0)
		return fail("kprobe refused to load for", name, prog);
	if (!type || fscanf(type, "%u", &attr.type) != 1)
		return fail("no kprobes for", name, ENOTSUP);
	fclose(type);
	attr.config1 = (__u64)(uintptr_t)name;
	fd = (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return fail("no kprobe on", name, errno);
	if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, prog) || ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		return fail("kprobe refused to attach to", name, errno);
	return 0;
}

/* Of the types that sit in the way of system calls: all but filters, iterators, sockets. */
static int count_tracing(void)
{
	struct bpf_prog_info info;
	__u32 id = 0, cnt = 0, sz;
	int fd;

	while (!bpf_prog_get_next_id(id, &id)) {
		fd = bpf_prog_get_fd_by_id(id);
		if (fd < 0)
			continue;
		memset(&info, 0, sizeof(info));
		sz = sizeof(info);
		if (!bpf_obj_get_info_by_fd(fd, &info, &sz) &&
		    (info.type == BPF_PROG_TYPE_KPROBE || info.type == BPF_PROG_TYPE_TRACEPOINT ||
		     info.type == BPF_PROG_TYPE_RAW_TRACEPOINT ||
		     info.type == BPF_PROG_TYPE_TRACING))
			cnt++;
		close(fd);
	}
	printf("%u\n", cnt);
	return 0;
}

int main(int argc, char **argv)
{
	char room[64];
	int i;

	libbpf_set_print(quiet);
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	if (argc == 2 && !strcmp(argv[1], "--count"))
		return count_tracing();
	if (argc < 2) {
		fprintf(stderr, "usage: emptybpf raw_tp:NAME|fentry:NAME|kprobe:NAME...\n"
				"       emptybpf --count\n");
		return 2;
	}
	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "raw_tp:", 7) && !attach_raw(argv[i] + 7))
			continue;
		if (!strncmp(argv[i], "fentry:", 7) && !attach_fentry(argv[i] + 7))
			continue;
		if (!strncmp(argv[i], "kprobe:", 7) && !attach_kprobe(argv[i] + 7))
			continue;
		return 1;
	}
	printf("ready\n");
	fflush(stdout);
	while (read(STDIN_FILENO, room, sizeof(room)) > 0)
		;
	return 0;
}
