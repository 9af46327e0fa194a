/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The counters per files table: where they are, and how a hook gets to them.  Every event needs
 * them, so most are found by one multiplication and one load in an array; a hash takes what finds
 * its place in there occupied.
 */
#ifndef FDSCOPE_TABLES_H
#define FDSCOPE_TABLES_H

#include "fdscope/record.h"
#include "lib/ktypes.h"
#include "lib/lost.h"

#include <bpf/bpf_helpers.h>

/*
 * Index: from the address of the files_struct, or the same with the last bit turned.  A slot is
 * filled when a table is born, or met by the first truth pass; freed by the exit hook of the last
 * user, and by user space when two passes did not meet the table.  Size, a power of two, is set at
 * load.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, u32);
	__type(value, struct fds_table);
} slots __weak SEC(".maps");

/* Key: address of the files_struct; filled and freed in the same way, when both slots are taken. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, u64);
	__type(value, struct fds_table);
} tables __weak SEC(".maps");

/* 32 - log2 of the number of slots. */
extern const volatile __u32 slot_shift;

static __always_inline u32 table__index(u64 key)
{
	/*
	 * The lower half alone, since the verifier multiplies no address that it knows to be one.
	 * Addresses differ in the middle; the product's upper bits depend on all of them.
	 */
	u32 low = key;

	asm volatile("%0 = %0" : "+w"(low));
	return low * 0x9e3779b1u >> slot_shift;
}

static __always_inline struct fds_table *table__slot(u32 index)
{
	return bpf_map_lookup_elem(&slots, &index);
}

static __always_inline struct fds_table *table__find(struct files_struct *files)
{
	u64 key = (u64)files;
	u32 index = table__index(key);
	struct fds_table *t = table__slot(index), *second;

	if (!key || !t)
		return NULL;
	if (t->files == key)
		return t;
	second = table__slot(index ^ 1);
	if (second && second->files == key)
		return second;
	return t->spilled ? bpf_map_lookup_elem(&tables, &key) : NULL;
}

/*
 * Take a free slot.  Whoever is alone after having added itself has it; two at once both step back.
 * So no exchange with a result is needed, which BPF has only since 5.12.
 */
static __always_inline bool table__claim(struct fds_table *t)
{
	if (!t || t->files)
		return false;
	__sync_fetch_and_add(&t->claims, 1);
	if (*(volatile u32 *)&t->claims == 1)
		return true;
	__sync_fetch_and_add(&t->claims, -1);
	return false;
}

/* The key comes last, since by it the state is found from then on. */
static __always_inline void table__fill(struct fds_table *t, const struct fds_table *from)
{
	__builtin_memcpy(&t->base, &from->base,
			 __builtin_offsetof(struct fds_table, claims) -
				 __builtin_offsetof(struct fds_table, base));
	*(volatile u64 *)&t->files = from->files;
}

/* Keep this state, in place of what there is of the table. */
static __always_inline struct fds_table *table__set(const struct fds_table *from)
{
	u64 key = from->files;
	u32 index = table__index(key);
	struct fds_table *t = table__find((void *)key), *first = table__slot(index);

	if (!t && table__claim(first))
		t = first;
	if (!t) {
		struct fds_table *second = table__slot(index ^ 1);

		if (table__claim(second))
			t = second;
	}
	if (t) {
		table__fill(t, from);
		return t;
	}
	if (bpf_map_update_elem(&tables, &key, from, BPF_ANY)) {
		__sync_fetch_and_add(&lost[FDS_COUNT_TABLE_FULL], 1);
		return NULL;
	}
	if (first)
		first->spilled = 1;
	return bpf_map_lookup_elem(&tables, &key);
}

static __always_inline void table__free_slot(struct fds_table *t, u64 key)
{
	if (!t || t->files != key)
		return;
	*(volatile u64 *)&t->files = 0;
	__sync_fetch_and_add(&t->claims, -1);
}

/* The table is gone. */
static __always_inline void table__drop(struct files_struct *files)
{
	u64 key = (u64)files;
	u32 index = table__index(key);
	struct fds_table *first = table__slot(index);

	/* Both: two threads that met an unknown table at once have made two. */
	table__free_slot(first, key);
	table__free_slot(table__slot(index ^ 1), key);
	if (first && first->spilled)
		bpf_map_delete_elem(&tables, &key);
}

/* The count, but for events under way. */
static __always_inline s64 table__count(const struct fds_table *t)
{
	return t->base + t->opens - t->closes;
}

/* Grows with each of them. */
static __always_inline u64 table__events(const struct fds_table *t)
{
	return t->opens + t->closes + 2 * (u64)t->unused;
}

static __always_inline void table__raise_peak(struct fds_table *t)
{
	s64 n = table__count(t);

	/* Two racing writers may leave the lower value; the next pass knows the present count. */
	if (t->dirty != FDS_DIRT_LARGE && n > (s64)t->peak)
		t->peak = n;
}

#endif
