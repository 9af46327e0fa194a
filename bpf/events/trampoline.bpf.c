// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The `trampoline` tier: fentry and fexit on the few functions that every change of a files table
 * goes through.  Which of them a kernel has is looked up in its types before loading.  Programs
 * read their arguments from the context by place, since some functions lost or gained one.
 */
#include "lib/account.h"
#include "lib/arch.h"
#include "lib/ktypes.h"

#include <bpf/bpf_tracing.h>

/* How many arguments these functions have in this kernel; their result comes behind. */
const volatile __u32 dup_fd_args = 3;
const volatile __u32 alloc_fd_args = 3;

#define MAX_ERRNO 4095

/*
 * Word `i` of the context.  The verifier knows loads at a fixed place only, and the compiler likes
 * to make one load at a computed place out of two.
 */
#define context_word(ctx, i)                                                                       \
	({                                                                                         \
		u64 word_;                                                                         \
                                                                                                   \
		asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(word_) : "r"(ctx), "i"((i)*8));       \
		word_;                                                                             \
	})

/*
 * A file gets its number: everything that adds a descriptor but dup2 and the copying of tables
 * comes by here.
 */
static __always_inline int apply_install(void)
{
	struct task_struct *task = (void *)bpf_get_current_task_btf();
	struct files_struct *files = task->files;
	struct fds_table *t = table__find(files);

	if (!t) {
		/* The number is allocated by now, so the count has it, unless others are at work.
		 */
		account__birth(task, files);
		t = table__find(files);
		if (t)
			t->dirty = FDS_DIRT_SMALL;
		return 0;
	}
	account__open(t, 1);
	if (t->dirty != FDS_DIRT_LARGE && t->installed > 0)
		account__level(task, t, t->installed - 1);
	return 0;
}

SEC("fentry/fd_install")
int on_fd_install(unsigned long long *ctx)
{
	return apply_install();
}

/*
 * dup2 and its kin put a file under a number that may be in use: what was there is closed through
 * filp_close(), and counted there.
 */
SEC("fexit/do_dup2")
int on_do_dup2(unsigned long long *ctx)
{
	struct fds_table *t = table__find((void *)ctx[0]);

	if (t && (int)ctx[4] >= 0)
		account__open(t, 1);
	return 0;
}

/*
 * A descriptor is closed; the second argument is its table, NULL where the file was no
 * descriptor's.  filp_flush() since 6.6 ("fs: use __fput_sync in close(2)"), which filp_close()
 * calls too; filp_close() before.  At the end of a process the entry is gone before its files are.
 */
static __always_inline int apply_close(unsigned long long *ctx)
{
	struct fds_table *t = table__find((void *)ctx[1]);

	if (t)
		account__close(t);
	return 0;
}

SEC("fentry/filp_flush")
int on_filp_flush(unsigned long long *ctx)
{
	return apply_close(ctx);
}

SEC("fentry/filp_close")
int on_filp_close(unsigned long long *ctx)
{
	return apply_close(ctx);
}

/* A table was copied, for fork, unshare, exec or close_range; nobody uses the copy yet. */
SEC("fexit/dup_fd")
int on_dup_fd(unsigned long long *ctx)
{
	struct files_struct *files;

	if (dup_fd_args == 2)
		files = (void *)context_word(ctx, 2);
	else
		files = (void *)context_word(ctx, 3);
	if (files && (unsigned long)files < (unsigned long)-MAX_ERRNO)
		account__birth(bpf_get_current_task_btf(), files);
	return 0;
}

/* The system call under way; ~0 where it cannot be told (before 5.15). */
static __always_inline u32 current_syscall(struct task_struct *task)
{
	struct pt_regs *regs;

	if (!bpf_core_enum_value_exists(enum bpf_func_id, BPF_FUNC_task_pt_regs))
		return ~0u;
	regs = (void *)bpf_task_pt_regs(task);
	return syscall_nr(regs);
}

/* No number was free below the limit, whatever the system call makes of that. */
SEC("fexit/alloc_fd")
int on_alloc_fd(unsigned long long *ctx)
{
	struct task_struct *task;
	struct fds_table *t;
	int ret;

	if (alloc_fd_args == 4)
		ret = context_word(ctx, 4);
	else
		ret = context_word(ctx, 3);
	if (ret >= 0)
		return 0;
	task = bpf_get_current_task_btf();
	t = table__find(task->files);
	if (t && ret == -EMFILE)
		account__failure(task, t, EMFILE, current_syscall(task));
	return 0;
}

/* do_prlimit(task, resource, new, old): the one writer of limits, of our own or another task. */
SEC("fexit/do_prlimit")
int on_do_prlimit(unsigned long long *ctx)
{
	struct task_struct *target = (void *)ctx[0];

	if ((u32)ctx[1] == RLIMIT_NOFILE && ctx[2] && !(int)ctx[4])
		return account__limit(bpf_get_current_task_btf(), task__nr(target->group_leader));
	return 0;
}
