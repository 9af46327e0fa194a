/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exec-leak: what lacks FD_CLOEXEC goes on into the next program.  Told at the end of an exec, when
 * the table is private and what has the mark is closed, if there are descriptors above 2 for which
 * nothing speaks: not inherited by the program that they came from, not put there for the purpose,
 * and that program is no shell, nor the same that executes itself anew.  Misses descriptors from
 * 1024 on, all behind the first 16, and programs whose parent ended before the exec.  `fd` is the
 * first of them, `other_*` the process that it came from; behind it comes a struct fds_exec.
 *
 * Which program a process ran before is gone by then on every kernel.  If it is the first exec
 * since the fork, the parent runs it still: exec ids tell (5.7: 64 bits of both).  Else it is what
 * this process executed before, which is remembered here at each exec.
 */
#ifndef FDSCOPE_EXEC_LEAK_H
#define FDSCOPE_EXEC_LEAK_H

#include "hazard/hazard.h"
#include "lib/bits.h"

#define WORDS_MAX 16 /* of the bitmap: 1,024 numbers */
#define FORKS_MAX 4  /* between a process and the exec of its program */
/* Of the same pair of programs so many are told in HAZARD_HOLD_NS. */
#define PAIR_TOLD_MAX 32

/* What a process executed. */
struct program {
	u64 start_ns; /* of the process, and its exec id: tell that it is still the same */
	u64 exec_id;
	u64 inode; /* of the program's file */
	u32 dev;
	u32 pad;
	char name[FDS_NAME_SZ] __attribute__((aligned(8))); /* zeros behind the NUL */
};

/* What it got by that, above 2. */
struct heritage {
	u64 start_ns;
	u64 exec_id;
	u64 files[FDS_CROSSED_MAX]; /* see file__mark() */
	u32 more;		    /* it got others too */
	u32 pad;
};

/* Key: tgid, as the kernel counts.  Filled at each exec; what is used least goes. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, u32);
	__type(value, struct program);
} programs __weak SEC(".maps");

/* The same, of those that got any, and of what they forked. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, u32);
	__type(value, struct heritage);
} heirs __weak SEC(".maps");

/* An exec that is looked at. */
struct exec_look {
	struct fds_crossed fds[FDS_CROSSED_MAX];
	struct program now, from;
	struct heritage got;
	struct heritage from_got; /* what `from` got */
	u64 stdio[3];
	u64 word;  /* bits not yet looked at of the word before `index` of the bitmap */
	u64 count; /* in `fds` */
	u32 index;
	u32 more;
	u32 leaks; /* of `fds` those that nothing speaks for */
	u32 from_is_known;
	u32 from_got_is_known;
	u32 is_forked; /* `from` is what the parent runs */
	u32 from_tgid;
	u32 pad;
	u64 from_start_ns;
	u64 from_files;	 /* the parent's table */
	u64 elder_files; /* table of the parent of the process that executed `from` */
	char from_comm[FDS_COMM_SZ];
};

/*
 * The one under way on a processor; in a map rather than on the stack for its size, and so that
 * the verifier keeps nothing of what is in it.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct exec_look);
} looks __weak SEC(".maps");

/* Tells an ofd from another that comes to lie at its address later. */
static __always_inline u64 file__mark(struct file *file)
{
	u64 mark = (u64)file, inode = (u64)BPF_CORE_READ(file, f_inode);

	asm volatile("" : "+r"(mark), "+r"(inode)); /* numbers, no addresses */
	return mark * 31 + inode * 17 + BPF_CORE_READ(file, f_inode, i_ino);
}

static __always_inline bool fd_is_cloexec(struct files_struct *files, u32 fd)
{
	unsigned long word = 0;

	bpf_probe_read_kernel(&word, sizeof(word),
			      BPF_CORE_READ(files, fdt, close_on_exec) + fd / WORD_BITS);
	return word >> fd % WORD_BITS & 1;
}

static __always_inline void program__fill(struct program *p, struct task_struct *task)
{
	struct file *exe = BPF_CORE_READ(task, mm, exe_file);

	p->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
	p->exec_id = BPF_CORE_READ(task, self_exec_id);
	p->inode = BPF_CORE_READ(exe, f_inode, i_ino);
	p->dev = BPF_CORE_READ(exe, f_inode, i_sb, s_dev);
	p->pad = 0;
	__builtin_memset(p->name, 0, sizeof(p->name));
	bpf_probe_read_kernel_str(p->name, sizeof(p->name),
				  BPF_CORE_READ(exe, f_path.dentry, d_name.name));
}

/* A short name, and the same as a number that can be compared. */
union short_name {
	char text[8];
	u64 word;
};

static const union short_name shells[] = {
	{"sh"},	  {"bash"},  {"dash"}, {"zsh"},	 {"ksh"},  {"busybox"}, {"ash"},  {"csh"},
	{"fish"}, {"ksh93"}, {"lksh"}, {"mksh"}, {"posh"}, {"rbash"},	{"tcsh"}, {"yash"},
};

/* What a shell hands over was said on its command line. */
static __always_inline bool is_shell(const struct program *p)
{
	u64 name = *(const u64 *)p->name;

	for (u32 i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (shells[i].word == name)
			return true;
	return false;
}

static __always_inline void find_heritage(struct exec_look *l, u32 tgid)
{
	struct heritage *got = bpf_map_lookup_elem(&heirs, &tgid);
	struct program *p = bpf_map_lookup_elem(&programs, &tgid);

	l->from_got_is_known =
		p && p->start_ns == l->from.start_ns && p->exec_id == l->from.exec_id;
	if (got && got->start_ns == l->from.start_ns && got->exec_id == l->from.exec_id) {
		l->from_got = *got;
		l->from_got_is_known = true;
	} else {
		__builtin_memset(&l->from_got, 0, sizeof(l->from_got));
	}
}

/* The parent runs it. */
static __always_inline void find_from_parent(struct exec_look *l, struct task_struct *parent)
{
	struct task_struct *root = parent, *leader = BPF_CORE_READ(parent, group_leader);

	program__fill(&l->from, parent);
	l->from_files = (u64)BPF_CORE_READ(parent, files);
	l->from_tgid = task__nr(leader);
	l->from_start_ns = l->from.start_ns;
	BPF_CORE_READ_STR_INTO(&l->from_comm, leader, comm);
	l->elder_files = 0;
	find_heritage(l, BPF_CORE_READ(leader, tgid));
	if (l->from_got_is_known)
		return;
	for (u32 i = 0; i < FORKS_MAX; i++) {
		if (BPF_CORE_READ(root, self_exec_id) != BPF_CORE_READ(root, parent_exec_id))
			break;
		root = BPF_CORE_READ(root, real_parent);
	}
	l->from.start_ns = BPF_CORE_READ(root, group_leader, start_boottime);
	l->elder_files = (u64)BPF_CORE_READ(root, group_leader, real_parent, files);
	find_heritage(l, BPF_CORE_READ(root, tgid));
}

/* The process has executed it itself. */
static __always_inline void find_from_self(struct exec_look *l, u32 tgid)
{
	struct program *p = bpf_map_lookup_elem(&programs, &tgid);

	if (!p || p->start_ns != l->now.start_ns || p->exec_id + 1 != l->now.exec_id)
		return;
	l->from = *p;
	l->from_is_known = true;
	l->from_start_ns = p->start_ns;
	__builtin_memcpy(l->from_comm, p->name, sizeof(l->from_comm) - 1);
	l->from_comm[sizeof(l->from_comm) - 1] = 0;
	find_heritage(l, tgid);
}

static __always_inline void find_from(struct exec_look *l, struct task_struct *task, u32 tgid)
{
	struct task_struct *parent = BPF_CORE_READ(task, real_parent);
	u64 forked_id = BPF_CORE_READ(task, parent_exec_id);

	l->from_is_known = l->from_got_is_known = l->is_forked = 0;
	l->from_files = l->elder_files = 0;
	if (l->now.exec_id != forked_id + 1) {
		l->from_tgid = task__nr(task);
		find_from_self(l, tgid);
	} else if (BPF_CORE_READ(parent, self_exec_id) == forked_id) {
		l->is_forked = l->from_is_known = true;
		find_from_parent(l, parent);
	}
}

static __always_inline bool has_got(const struct exec_look *l, u64 mark)
{
	u64 miss = ~0ull;

#pragma unroll
	for (u32 i = 0; i < FDS_CROSSED_MAX; i++) {
		u64 diff = *(volatile u64 *)&l->from_got.files[i] ^ mark, minus = -diff;

		/* Without a branch, as in scan__word(). */
		asm volatile("" : "+r"(minus), "+r"(miss));
		miss &= (diff | minus) >> 63;
	}
	return !miss;
}

static __always_inline u32 why_meant(const struct exec_look *l, struct file *file, u64 mark, u32 fd)
{
	struct files_struct *files = (void *)l->from_files;
	u32 meant = 0;

	if (l->from_got_is_known ? has_got(l, mark) || l->from_got.more
				 : l->elder_files && file_at((void *)l->elder_files, fd) == file)
		meant |= FDS_CROSSED_INHERITED;
	if (l->is_forked && (file_at(files, fd) != file || fd_is_cloexec(files, fd)))
		meant |= FDS_CROSSED_PLACED;
	if ((u64)file == l->stdio[0] || (u64)file == l->stdio[1] || (u64)file == l->stdio[2])
		meant |= FDS_CROSSED_STDIO;
	return meant;
}

static __always_inline void take_fd(struct exec_look *l, struct files_struct *files, u32 fd)
{
	struct file *file = file_at(files, fd);
	u64 i = l->count, mark;
	struct fds_crossed *c;

	if (!file)
		return;
	if (i >= FDS_CROSSED_MAX) {
		l->more = 1;
		return;
	}
	mark = file__mark(file);
	c = &l->fds[i];
	c->file = (u64)file;
	c->inode = BPF_CORE_READ(file, f_inode, i_ino);
	c->fd = fd;
	c->dev = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
	c->mode = BPF_CORE_READ(file, f_inode, i_mode);
	c->sock_family = c->sock_type = 0;
	if ((c->mode & S_IFMT) == S_IFSOCK) {
		struct socket *socket = BPF_CORE_READ(file, private_data);

		c->sock_family = BPF_CORE_READ(socket, sk, __sk_common.skc_family);
		c->sock_type = BPF_CORE_READ(socket, type);
	}
	bpf_probe_read_kernel_str(c->name, sizeof(c->name),
				  BPF_CORE_READ(file, f_path.dentry, d_name.name));
	c->meant = why_meant(l, file, mark, fd);
	if (!c->meant)
		l->leaks++;
	l->got.files[i] = mark;
	l->count = i + 1;
}

/* All above 2, one each round. */
static __always_inline void take_fds(struct exec_look *l, struct files_struct *files)
{
	struct fdtable *fdt = BPF_CORE_READ(files, fdt);
	unsigned long *open_fds = BPF_CORE_READ(fdt, open_fds);
	u32 words = BPF_CORE_READ(fdt, max_fds) / WORD_BITS;

	if (words > WORDS_MAX)
		words = WORDS_MAX;
	bpf_probe_read_kernel(&l->word, sizeof(l->word), open_fds);
	l->word &= ~7ull;
	l->index = 1;
	for (u32 i = 0; i < WORDS_MAX + FDS_CROSSED_MAX; i++) {
		u64 word = *(volatile u64 *)&l->word;
		u32 index = *(volatile u32 *)&l->index;

		if (!word) {
			if (index >= words)
				break;
			bpf_probe_read_kernel(&l->word, sizeof(l->word), open_fds + index);
			l->index = index + 1;
			continue;
		}
		l->word = word & (word - 1);
		take_fd(l, files, (index - 1) * WORD_BITS + highest_bit(word & -word));
	}
}

/* Whether one more of this pair of programs is told now. */
static __always_inline u32 pair__count(const struct exec_look *l)
{
	struct told_key key = {
		.what = l->from.inode * 31 + l->now.inode,
		.kind = FDS_HAZARD_EXEC_LEAK,
	};
	struct told *last = bpf_map_lookup_elem(&told, &key);
	struct told first = {.ns = bpf_ktime_get_ns()};
	u32 cnt;

	if (!last) {
		bpf_map_update_elem(&told, &key, &first, BPF_ANY);
		return 1;
	}
	if (first.ns - last->ns >= HAZARD_HOLD_NS) {
		cnt = last->held_back > PAIR_TOLD_MAX ? last->held_back - PAIR_TOLD_MAX : 0;
		last->ns = first.ns;
		last->held_back = 0;
		return cnt + 1;
	}
	__sync_fetch_and_add(&last->held_back, 1);
	return last->held_back <= PAIR_TOLD_MAX;
}

static __always_inline u32 read_text(char *to, u32 room, u64 begin, u64 end)
{
	u64 sz = end - begin;

	if (sz > room)
		sz = room;
	barrier_var(sz);
	if (sz > room || bpf_probe_read_user(to, sz, (void *)begin))
		return 0;
	return sz;
}

struct leak_record {
	struct fds_hazard h;
	struct fds_exec exec;
};

static __always_inline void tell_leak(struct exec_look *l, struct task_struct *task)
{
	struct mm_struct *mm = BPF_CORE_READ(task, mm);
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	u32 cnt = pair__count(l);
	struct leak_record *rec;

	if (!cnt)
		return;
	rec = event__reserve(sizeof(*rec));
	if (!rec)
		return;
	hazard__fill_who(&rec->h, FDS_HAZARD_EXEC_LEAK, task, NULL, -1);
	rec->h.cnt = cnt;
	rec->h.other_tgid = l->from_tgid;
	rec->h.other_start_ns = l->from_start_ns;
	rec->h.extra_sz = sizeof(rec->exec);
	__builtin_memcpy(rec->h.other_comm, l->from_comm, sizeof(l->from_comm));
	bpf_probe_read_kernel(rec->exec.fds, sizeof(l->fds), l->fds);
	__builtin_memcpy(rec->exec.from, l->from.name, sizeof(l->from.name));
	rec->exec.cnt = l->count;
	rec->exec.more = l->more;
	rec->exec.ns_tgid = pid__nr(pid, BPF_CORE_READ(pid, level));
	rec->exec.pad = 0;
	rec->exec.args_sz = read_text(rec->exec.text, FDS_EXEC_ARGS_SZ,
				      BPF_CORE_READ(mm, arg_start), BPF_CORE_READ(mm, arg_end));
	rec->exec.env_sz = read_text(rec->exec.text + FDS_EXEC_ARGS_SZ, FDS_EXEC_ENV_SZ,
				     BPF_CORE_READ(mm, env_start), BPF_CORE_READ(mm, env_end));
	event__emit_now(&rec->h.at.ev);
}

/*
 * A process has forked: the child got what its parent got.  It is written down for it too, because
 * a daemon goes on in the child of a process that ends.  The child does not run yet.
 */
static __always_inline void exec_leak__forked(struct task_struct *parent, struct task_struct *child)
{
	u32 from = BPF_CORE_READ(parent, tgid), tgid = BPF_CORE_READ(child, tgid), zero = 0;
	struct exec_look *l = bpf_map_lookup_elem(&looks, &zero);
	struct heritage *got = bpf_map_lookup_elem(&heirs, &from);

	if (!l || !got || got->start_ns != BPF_CORE_READ(parent, group_leader, start_boottime) ||
	    got->exec_id != BPF_CORE_READ(parent, self_exec_id))
		return;
	l->got = *got;
	l->got.start_ns = BPF_CORE_READ(child, start_boottime);
	l->got.exec_id = BPF_CORE_READ(child, self_exec_id);
	bpf_map_update_elem(&heirs, &tgid, &l->got, BPF_ANY);
}

/* A task is another program now. */
static __always_inline void exec_leak__executed(struct task_struct *task)
{
	struct files_struct *files = BPF_CORE_READ(task, files);
	u32 zero = 0, tgid = BPF_CORE_READ(task, tgid);
	struct exec_look *l = bpf_map_lookup_elem(&looks, &zero);

	if (!l || !files)
		return;
	l->count = l->more = l->leaks = 0;
	program__fill(&l->now, task);
	/* Before what this process was is forgotten. */
	find_from(l, task, tgid);
	l->stdio[0] = (u64)file_at(files, 0);
	l->stdio[1] = (u64)file_at(files, 1);
	l->stdio[2] = (u64)file_at(files, 2);
	__builtin_memset(&l->got, 0, sizeof(l->got));
	take_fds(l, files);
	bpf_map_update_elem(&programs, &tgid, &l->now, BPF_ANY);
	if (l->count) {
		l->got.start_ns = l->now.start_ns;
		l->got.exec_id = l->now.exec_id;
		l->got.more = l->more;
		bpf_map_update_elem(&heirs, &tgid, &l->got, BPF_ANY);
	}
	if (!l->leaks || !l->from_is_known || is_shell(&l->from))
		return;
	if (!l->is_forked && l->from.inode == l->now.inode && l->from.dev == l->now.dev)
		return;
	tell_leak(l, task);
}

#endif
