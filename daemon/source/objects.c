// SPDX-License-Identifier: GPL-2.0-or-later
/* Build ids and paths; see objects.h. */
#include "source/objects.h"

#include "base/cleanup.h"
#include "source/elf.h"

#include <errno.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

#define OWN_PROGRAM "/proc/self/exe"

const char *objects__find(const struct objects *o, const uint8_t *build_id, uint32_t uid)
{
	for (size_t i = 0; i < o->cnt; i++) {
		const struct object *obj = &o->list[i];

		if ((obj->uid == uid || !obj->uid) &&
		    memcmp(obj->build_id, build_id, FDS_BUILD_ID_SZ) == 0)
			return obj->path;
	}
	return NULL;
}

/* A place for one more. */
static struct object *make_room(struct objects *o)
{
	struct object *obj;

	if (o->cnt < OBJECTS_MAX)
		return &o->list[o->cnt++];
	if (o->next < o->kept || o->next == OBJECTS_MAX)
		o->next = o->kept;
	obj = &o->list[o->next++];
	free(obj->path);
	return obj;
}

int objects__learn(struct objects *o, const uint8_t *build_id, uint32_t uid, const char *path)
{
	struct object obj = {.uid = uid};

	if (objects__find(o, build_id, uid))
		return 0;
	obj.path = strdup(path);
	if (!obj.path)
		return -ENOMEM;
	memcpy(obj.build_id, build_id, FDS_BUILD_ID_SZ);
	*make_room(o) = obj;
	return 0;
}

/* The loader's names may lead over symbolic links; processes' maps show where they end. */
static int learn_own(struct dl_phdr_info *info, size_t sz, void *ctx)
{
	_cleanup_free_ char *path = NULL;
	struct objects *o = ctx;
	uint8_t id[FDS_BUILD_ID_SZ];

	(void)sz;
	path = realpath(*info->dlpi_name ? info->dlpi_name : OWN_PROGRAM, NULL);
	for (int i = 0; path && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type == PT_NOTE &&
		    elf__find_build_id((const void *)(info->dlpi_addr + segment->p_vaddr),
				       segment->p_memsz, id))
			objects__learn(o, id, 0, path);
	}
	return o->cnt >= OBJECTS_MAX / 2;
}

void objects__init(struct objects *o)
{
	*o = (struct objects){};
	dl_iterate_phdr(learn_own, o);
	o->kept = o->cnt;
}

void objects__done(struct objects *o)
{
	for (size_t i = 0; i < o->cnt; i++)
		free(o->list[i].path);
	*o = (struct objects){};
}
