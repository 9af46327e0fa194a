// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Life of tasks, as hazards need to know of it.
 */
#include "hazard/epoll_fork.h"

#include <bpf/bpf_tracing.h>

/* The task still has its table. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_maker_exit, struct task_struct *task)
{
	struct files_struct *files = task->files;

	if (files && files->count.counter == 1)
		epoll_fork__gone(files);
	return 0;
}
