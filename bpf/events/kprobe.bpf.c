// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The `kprobe` tier: the functions of the trampoline tier, for kernels that refuse trampolines.
 * Returns are probed only where the entry does not tell: a kernel keeps a limited number of them
 * waiting, and loses those beyond.
 */
#include "lib/roles.h"

#include <bpf/bpf_tracing.h>

/*
 * What a function was asked, until it returns.  Key: bpf_get_current_pid_tgid(); deleted by the
 * return.  Lost returns leave entries, which the least recently used of them make room for.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, u64);
	__type(value, u64);
} asked SEC(".maps");

static __always_inline void ask(u64 what)
{
	u64 key = bpf_get_current_pid_tgid();

	bpf_map_update_elem(&asked, &key, &what, BPF_ANY);
}

static __always_inline bool take_asked(u64 *ret_what)
{
	u64 key = bpf_get_current_pid_tgid();
	u64 *what = bpf_map_lookup_elem(&asked, &key);

	if (!what)
		return false;
	*ret_what = *what;
	bpf_map_delete_elem(&asked, &key);
	return true;
}

/*
 * A file gets its number.  Not where numbers are given out, as in the trampoline tier: of tasks
 * that wait in alloc_fd() while their common table grows some returns would be lost.
 */
SEC("kprobe/fd_install")
int at_fd_install(struct pt_regs *ctx)
{
	apply_open();
	return 0;
}

SEC("kprobe/__fd_install")
int at___fd_install(struct pt_regs *ctx)
{
	apply_open();
	return 0;
}

SEC("kretprobe/alloc_fd")
int at_alloc_fd(struct pt_regs *ctx)
{
	apply_no_number(ctx, func_result(ctx));
	return 0;
}

SEC("kretprobe/__alloc_fd")
int at___alloc_fd(struct pt_regs *ctx)
{
	apply_no_number(ctx, func_result(ctx));
	return 0;
}

SEC("kprobe/do_dup2")
int at_do_dup2(struct pt_regs *ctx)
{
	apply_dup2((void *)func_arg0(ctx), func_arg2(ctx));
	return 0;
}

SEC("kprobe/filp_flush")
int at_filp_flush(struct pt_regs *ctx)
{
	apply_close((void *)func_arg1(ctx));
	return 0;
}

SEC("kprobe/filp_close")
int at_filp_close(struct pt_regs *ctx)
{
	apply_close((void *)func_arg1(ctx));
	return 0;
}

SEC("kretprobe/dup_fd")
int at_dup_fd(struct pt_regs *ctx)
{
	apply_copy(func_result(ctx));
	return 0;
}

SEC("kprobe/ksys_dup3")
int at_ksys_dup3(struct pt_regs *ctx)
{
	u32 from = func_arg0(ctx), to = func_arg1(ctx);

	if (from != to)
		apply_named_number(ctx, to, EBADF);
	return 0;
}

SEC("kprobe/f_dupfd")
int at_f_dupfd(struct pt_regs *ctx)
{
	apply_named_number(ctx, func_arg0(ctx), EINVAL);
	return 0;
}

SEC("kprobe/do_prlimit")
int at_do_prlimit(struct pt_regs *ctx)
{
	if ((u32)func_arg1(ctx) == RLIMIT_NOFILE && func_arg2(ctx))
		ask(func_arg0(ctx));
	return 0;
}

SEC("kretprobe/do_prlimit")
int after_do_prlimit(struct pt_regs *ctx)
{
	u64 target;

	if (take_asked(&target) && !(int)func_result(ctx))
		apply_limit((void *)target);
	return 0;
}

SEC("kprobe/inc_ucount")
int at_inc_ucount(struct pt_regs *ctx)
{
	ask((u32)func_arg2(ctx));
	return 0;
}

SEC("kretprobe/inc_ucount")
int after_inc_ucount(struct pt_regs *ctx)
{
	u64 type;

	if (take_asked(&type) && !func_result(ctx))
		apply_ucount_refusal(ctx, type);
	return 0;
}

SEC("kretprobe/alloc_empty_file")
int at_alloc_empty_file(struct pt_regs *ctx)
{
	if ((long)func_result(ctx) == -ENFILE)
		apply_failure(ctx, FDS_CAUSE_FILE_MAX, ENFILE);
	return 0;
}

SEC("kretprobe/alloc_pipe_info")
int at_alloc_pipe_info(struct pt_regs *ctx)
{
	if (!func_result(ctx))
		apply_failure(ctx, FDS_CAUSE_PIPE_PAGES, ENFILE);
	return 0;
}

SEC("kretprobe/do_epoll_ctl")
int at_do_epoll_ctl(struct pt_regs *ctx)
{
	if ((int)func_result(ctx) == -ENOSPC)
		apply_failure(ctx, FDS_CAUSE_EPOLL_WATCHES, ENOSPC);
	return 0;
}
