// SPDX-License-Identifier: GPL-2.0-or-later
/* The tree of processes: each below its parent, siblings in the order of the list. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "fdtop/model/layout_lines.h"

#define NOBODY SIZE_MAX

struct node {
	struct proc *proc;
	size_t parent, first, next, last; /* indices, NOBODY */
	bool placed;
};

struct by_pid {
	int32_t pid;
	size_t node;
};

static int compare_pids(const void *a, const void *b)
{
	int32_t x = ((const struct by_pid *)a)->pid, y = ((const struct by_pid *)b)->pid;

	return (x > y) - (x < y);
}

static size_t find(const struct by_pid *map, size_t cnt, int32_t pid)
{
	struct by_pid key = {.pid = pid};
	const struct by_pid *at = bsearch(&key, map, cnt, sizeof(*map), compare_pids);

	return at ? at->node : NOBODY;
}

/* A thread with a files table of its own stands below its process. */
static int32_t parent_of(const struct proc *p)
{
	return p->id.tid != p->id.pid ? p->id.pid : p->ppid;
}

static void link_nodes(struct node *node, size_t cnt, const struct by_pid *map, size_t map_cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		size_t up = find(map, map_cnt, parent_of(node[i].proc));

		if (up == i || up == NOBODY)
			continue;
		node[i].parent = up;
		if (node[up].first == NOBODY)
			node[up].first = i;
		else
			node[node[up].last].next = i;
		node[up].last = i;
	}
}

static size_t make_map(const struct node *node, size_t cnt, struct by_pid *map)
{
	size_t map_cnt = 0;

	for (size_t i = 0; i < cnt; i++)
		if (node[i].proc->id.tid == node[i].proc->id.pid)
			map[map_cnt++] = (struct by_pid){node[i].proc->id.pid, i};
	qsort(map, map_cnt, sizeof(*map), compare_pids);
	return map_cnt;
}

/* The next one in the order of the tree that is not below `at`. */
static size_t step_over(const struct node *node, size_t at, size_t top, int *depth)
{
	while (at != top && node[at].next == NOBODY) {
		at = node[at].parent;
		--*depth;
	}
	return at == top ? NOBODY : node[at].next;
}

static uint32_t bit(int depth)
{
	return depth < LAYOUT_DEPTH_MAX ? 1u << depth : 0;
}

/* One line; what it is below, and whether it is folded, is in the rest of the state of the walk. */
static int add_node(struct layout *l, struct node *n, int depth, bool last, uint32_t *rails,
		    bool *ret_folded)
{
	struct line line = {.proc = n->proc, .depth = depth, .has_more = n->first != NOBODY};

	line.last = last;
	*rails = last ? *rails & ~bit(depth) : *rails | bit(depth);
	line.rails = *rails;
	line.folded = line.has_more && layout__is_flipped(l, n->proc, FDS_BY_PROCESS);
	*ret_folded = line.folded;
	return layout__add(l, &line);
}

/* Without recursion: a tree may be as deep as there are processes. */
static int add_below(struct layout *l, struct node *node, size_t top)
{
	int depth = 0, fold = INT_MAX; /* below that depth all is folded away */
	uint32_t rails = 0;
	size_t at = top;

	while (at != NOBODY) {
		struct node *n = &node[at];
		bool folded = false;
		int err = 0;

		n->placed = true;
		if (depth <= fold) {
			err = add_node(l, n, depth, at == top || n->next == NOBODY, &rails,
				       &folded);
			fold = folded ? depth : INT_MAX;
		}
		if (err)
			return err;
		if (n->first != NOBODY) {
			at = n->first;
			depth++;
		} else {
			at = step_over(node, at, top, &depth);
		}
	}
	return 0;
}

int layout__add_tree(struct layout *l, struct proc **proc, size_t cnt)
{
	_cleanup_free_ struct node *node = calloc(cnt + 1, sizeof(*node));
	_cleanup_free_ struct by_pid *map = calloc(cnt + 1, sizeof(*map));
	size_t map_cnt;

	if (!node || !map)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++)
		node[i] = (struct node){proc[i], NOBODY, NOBODY, NOBODY, NOBODY, false};
	map_cnt = make_map(node, cnt, map);
	link_nodes(node, cnt, map, map_cnt);
	for (size_t i = 0; i < cnt; i++) {
		int err = node[i].parent == NOBODY ? add_below(l, node, i) : 0;

		if (err)
			return err;
	}
	for (size_t i = 0; i < cnt; i++) {
		int err = 0;

		/* Whose parents go round in a circle, if an answer says so, is in no tree. */
		if (!node[i].placed)
			err = layout__add(l, &(struct line){.proc = node[i].proc, .last = true});
		if (err)
			return err;
	}
	return 0;
}
