// SPDX-License-Identifier: GPL-2.0-or-later
/* Counters of the hooks; see counters.h. */
#include "source/counters.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sys/mman.h>
#include <sys/sysinfo.h>

#define SLOTS_MIN 8192 /* 1 MiB */
/* With a quarter of the slots in use one table in twenty finds both of its slots taken. */
#define SLOTS_PER_TASK 4

void counters__init(struct counters *c, uint32_t max_tables)
{
	uint64_t wanted = SLOTS_MIN;
	struct sysinfo si;

	if (!sysinfo(&si) && (uint64_t)si.procs * SLOTS_PER_TASK > wanted)
		wanted = (uint64_t)si.procs * SLOTS_PER_TASK;
	*c = (struct counters){.slots_fd = -1, .tables_fd = -1, .slot_cnt = 2, .slot_shift = 31};
	while (c->slot_cnt < wanted && c->slot_cnt <= max_tables / 2) {
		c->slot_cnt *= 2;
		c->slot_shift--;
	}
}

static size_t mapped_sz(const struct counters *c)
{
	return c->slot_cnt * sizeof(*c->slots);
}

int counters__attach(struct counters *c, int slots_fd, int tables_fd)
{
	void *mem = mmap(NULL, mapped_sz(c), PROT_READ | PROT_WRITE, MAP_SHARED, slots_fd, 0);

	if (mem == MAP_FAILED)
		return -errno;
	c->slots = mem;
	c->slots_fd = slots_fd;
	c->tables_fd = tables_fd;
	return 0;
}

void counters__done(struct counters *c)
{
	if (c->slots)
		munmap(c->slots, mapped_sz(c));
	c->slots = NULL;
}

static size_t sweep_slots(struct counters *c, uint64_t seen_before_ns)
{
	size_t freed = 0;

	for (uint32_t i = 0; i < c->slot_cnt; i++) {
		struct fds_table *t = &c->slots[i];
		uint64_t files = __atomic_load_n(&t->files, __ATOMIC_ACQUIRE);

		if (!files || __atomic_load_n(&t->seen_ns, __ATOMIC_RELAXED) >= seen_before_ns)
			continue;
		/* As the kernel side does it; whichever is first. */
		if (!__atomic_compare_exchange_n(&t->files, &files, 0, false, __ATOMIC_SEQ_CST,
						 __ATOMIC_RELAXED))
			continue;
		__atomic_fetch_sub(&t->claims, 1, __ATOMIC_SEQ_CST);
		freed++;
	}
	return freed;
}

int counters__sweep(struct counters *c, uint64_t seen_before_ns, size_t *ret_freed)
{
	size_t freed = sweep_slots(c, seen_before_ns);
	uint64_t key, next;
	int err = bpf_map_get_next_key(c->tables_fd, NULL, &next);

	while (!err) {
		struct fds_table t;

		key = next;
		/* First, since after a deletion the walk would begin anew. */
		err = bpf_map_get_next_key(c->tables_fd, &key, &next);
		if (bpf_map_lookup_elem(c->tables_fd, &key, &t) || t.seen_ns >= seen_before_ns)
			continue;
		if (!bpf_map_delete_elem(c->tables_fd, &key))
			freed++;
	}
	*ret_freed = freed;
	return err == -ENOENT ? 0 : err;
}
