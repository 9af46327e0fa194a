// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The `trampoline` tier: fentry and fexit.  Which of the functions a kernel has, and how many
 * arguments they take, is looked up in its types before loading; so programs read their arguments
 * from the context by place.
 */
#include "lib/context.h"
#include "lib/roles.h"

#include <bpf/bpf_tracing.h>

/* How many arguments these functions have in this kernel; their result comes behind. */
const volatile __u32 dup_fd_args = 3;
const volatile __u32 alloc_fd_args = 3;
const volatile __u32 epoll_ctl_args = 5;

static __always_inline u64 result_behind(void *ctx, u32 args)
{
	switch (args) {
	case 2:
		return context_word(ctx, 2);
	case 3:
		return context_word(ctx, 3);
	case 4:
		return context_word(ctx, 4);
	case 5:
		return context_word(ctx, 5);
	}
	return 0;
}

SEC("fexit/alloc_fd")
int on_alloc_fd(unsigned long long *ctx)
{
	apply_alloc(ctx, result_behind(ctx, alloc_fd_args));
	return 0;
}

SEC("fexit/__alloc_fd")
int on___alloc_fd(unsigned long long *ctx)
{
	apply_alloc(ctx, ctx[4]);
	return 0;
}

SEC("fentry/put_unused_fd")
int on_put_unused_fd(unsigned long long *ctx)
{
	apply_unused();
	return 0;
}

SEC("fentry/do_dup2")
int on_do_dup2(unsigned long long *ctx)
{
	apply_dup2((void *)ctx[0], ctx[2]);
	return 0;
}

/*
 * The second argument is the table.  filp_flush() since 6.6 ("fs: use __fput_sync in close(2)"),
 * which filp_close() calls too; filp_close() before.  At the end of a process its state is gone
 * before its files are.
 */
SEC("fentry/filp_flush")
int on_filp_flush(unsigned long long *ctx)
{
	apply_close((void *)ctx[1]);
	return 0;
}

SEC("fentry/filp_close")
int on_filp_close(unsigned long long *ctx)
{
	apply_close((void *)ctx[1]);
	return 0;
}

SEC("fexit/dup_fd")
int on_dup_fd(unsigned long long *ctx)
{
	apply_copy(result_behind(ctx, dup_fd_args));
	return 0;
}

SEC("fentry/ksys_dup3")
int on_ksys_dup3(unsigned long long *ctx)
{
	if (ctx[0] != ctx[1])
		apply_named_number(ctx, ctx[1], EBADF);
	return 0;
}

SEC("fentry/f_dupfd")
int on_f_dupfd(unsigned long long *ctx)
{
	apply_named_number(ctx, ctx[0], EINVAL);
	return 0;
}

/* do_prlimit(task, resource, new, old): the one writer of limits, of our own or another task. */
SEC("fexit/do_prlimit")
int on_do_prlimit(unsigned long long *ctx)
{
	if ((u32)ctx[1] == RLIMIT_NOFILE && ctx[2] && !(int)ctx[4])
		apply_limit((void *)ctx[0]);
	return 0;
}

/* inc_ucount(namespace, user, type): NULL when the user has as many as are allowed. */
SEC("fexit/inc_ucount")
int on_inc_ucount(unsigned long long *ctx)
{
	if (!ctx[3])
		apply_ucount_refusal(ctx, ctx[2]);
	return 0;
}

/* The host has as many open file descriptions as it may. */
SEC("fexit/alloc_empty_file")
int on_alloc_empty_file(unsigned long long *ctx)
{
	if ((long)ctx[2] == -ENFILE)
		apply_failure(ctx, FDS_CAUSE_FILE_MAX, ENFILE);
	return 0;
}

/* NULL: the user's pipes have as many pages as they may, or there is no memory. */
SEC("fexit/alloc_pipe_info")
int on_alloc_pipe_info(unsigned long long *ctx)
{
	if (!ctx[0])
		apply_failure(ctx, FDS_CAUSE_PIPE_PAGES, ENFILE);
	return 0;
}

/* Of epoll's errors ENOSPC says that the user watches as many descriptors as allowed. */
SEC("fexit/do_epoll_ctl")
int on_do_epoll_ctl(unsigned long long *ctx)
{
	if ((int)result_behind(ctx, epoll_ctl_args) == -ENOSPC)
		apply_failure(ctx, FDS_CAUSE_EPOLL_WATCHES, ENOSPC);
	return 0;
}
