// SPDX-License-Identifier: GPL-2.0-or-later
/* Systemd units and how their counts went; see units.h. */
#include "store/units.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

#define KEEP_NS (3600 * NSEC_PER_SEC)
#define ROOT_ID 1 /* of the cgroup v2 tree */

static void free_unit(struct units *u, struct unit *unit)
{
	HASH_DEL(u->list, unit);
	history__done(&unit->history);
	free(unit->name);
	free(unit);
}

static void free_cgroup(struct units *u, struct unit_cgroup *c)
{
	HASH_DEL(u->cgroups, c);
	free(c);
}

void units__done(struct units *u)
{
	struct unit_cgroup *c, *next_c;
	struct unit *unit, *next_unit;

	HASH_ITER (hh, u->cgroups, c, next_c)
		free_cgroup(u, c);
	HASH_ITER (hh, u->list, unit, next_unit)
		free_unit(u, unit);
}

void units__begin_pass(struct units *u)
{
	for (struct unit *unit = u->list; unit; unit = units__next(unit)) {
		unit->allocated = 0;
		unit->tables = 0;
	}
}

static bool has_id(uint64_t cgroup_id)
{
	return cgroup_id > ROOT_ID;
}

bool units__find_cgroup(struct units *u, uint64_t cgroup_id, uint64_t pass, struct unit **ret)
{
	struct unit_cgroup *c = NULL;

	if (cgroup_id == ROOT_ID && u->root_is_none) {
		*ret = NULL;
		return true;
	}
	if (has_id(cgroup_id))
		HASH_FIND(hh, u->cgroups, &cgroup_id, sizeof(cgroup_id), c);
	if (!c)
		return false;
	c->pass = pass;
	*ret = c->unit;
	return true;
}

struct unit *units__find(const struct units *u, const char *name)
{
	struct unit *unit;

	HASH_FIND(hh, u->list, name, strlen(name), unit);
	return unit;
}

static struct unit *touch(struct units *u, const char *name)
{
	struct unit *unit = units__find(u, name);

	if (unit)
		return unit;
	if (HASH_COUNT(u->list) >= UNIT_CNT_MAX)
		return NULL;
	unit = calloc(1, sizeof(*unit));
	if (!unit)
		return NULL;
	unit->name = strdup(name);
	if (unit->name)
		HASH_ADD_KEYPTR(hh, u->list, unit->name, strlen(unit->name), unit);
	if (!unit->hh.tbl) {
		free(unit->name);
		free(unit);
		return NULL;
	}
	return unit;
}

struct unit *units__learn(struct units *u, const struct process *witness, uint64_t pass,
			  const char *name)
{
	struct unit *unit = name ? touch(u, name) : NULL;
	struct unit_cgroup *c;

	if (name && !unit) {
		u->refused++;
		return NULL;
	}
	c = has_id(witness->cgroup_id) ? calloc(1, sizeof(*c)) : NULL;
	/* Without memory it is told again the next time. */
	if (!c)
		return unit;
	*c = (struct unit_cgroup){
		.id = witness->cgroup_id,
		.unit = unit,
		.pass = pass,
		.witness = witness->key,
		.witness_ns = witness->start_ns,
	};
	HASH_ADD(hh, u->cgroups, id, sizeof(c->id), c);
	if (!c->hh.tbl)
		free(c);
	return unit;
}

void units__confirm(struct units *u, uint64_t pass,
		    const struct process *(*find)(void *ctx, struct process_key key), void *ctx)
{
	struct unit_cgroup *c, *next;

	HASH_ITER (hh, u->cgroups, c, next) {
		const struct process *p = c->witness.pid ? find(ctx, c->witness) : NULL;

		if (!c->witness.pid)
			continue;
		if (p && p->start_ns == c->witness_ns && p->cgroup_id == c->id && p->pass == pass)
			c->witness.pid = 0;
		else
			free_cgroup(u, c);
	}
}

void units__add(struct unit *unit, uint32_t allocated)
{
	unit->allocated += allocated;
	unit->tables++;
}

void units__end_pass(struct units *u, uint64_t pass, uint64_t now_ns)
{
	struct unit_cgroup *c, *next_c;
	struct unit *unit, *next_unit;

	/* Before the units that they point to. */
	HASH_ITER (hh, u->cgroups, c, next_c)
		if (c->pass != pass)
			free_cgroup(u, c);
	HASH_ITER (hh, u->list, unit, next_unit) {
		if (unit->tables) {
			unit->met_ns = now_ns;
			history__apply(&unit->history, now_ns, unit->allocated);
		} else if (now_ns - unit->met_ns >= KEEP_NS) {
			free_unit(u, unit);
		}
	}
}
