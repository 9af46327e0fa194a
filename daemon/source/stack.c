// SPDX-License-Identifier: GPL-2.0-or-later
/* Calls to places in files; see stack.h. */
#include "source/stack.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/patient.h"
#include "source/elf.h"
#include "source/objects.h"
#include "source/procfs.h"
#include "source/program_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of a longer path the end is shown: it is the process's owner who makes it long. */
#define PATH_SHOWN 128
/* A process with more mappings than fit has the rest of its calls told as if it were gone. */
#define MAPS_SZ_MAX (256 * 1024)
/* At most 1/20 of the time goes into looking at files, but for bursts. */
#define TIME_SHARE 20
#define CREDIT_NS  (int64_t)(100 * NSEC_PER_MSEC)

#define PLACE_SZ (FDS_EXE_SZ + 2 * FDS_BUILD_ID_SZ + 32) /* of a call without a path */

/* FNV-1a. */
#define HASH_BEGIN UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

/* The work on one failure. */
struct stack {
	const struct fds_failure *f;
	struct objects *objects;
	size_t cnt;	  /* calls */
	size_t frame_cnt; /* the first ones, of which the kernel may have told the file */
	char *places[FDS_STACK_MAX];
};

static bool has_build_id(const struct stack *s, size_t i)
{
	return i < s->frame_cnt && s->f->frames[i].status == FDS_FRAME_FILE;
}

static bool is_in_program(const struct stack *s, size_t i)
{
	return s->f->stack[i] >= s->f->start_code && s->f->stack[i] < s->f->end_code;
}

static void set_place(struct stack *s, size_t i, const char *path, uint64_t offset)
{
	size_t len = strlen(path), cut = len > PATH_SHOWN ? len - PATH_SHOWN : 0;

	free(s->places[i]);
	if (asprintf(&s->places[i], "%s%s+0x%" PRIx64, cut ? "..." : "", path + cut, offset) < 0)
		s->places[i] = NULL;
}

/* ---- a process that lives ---- */

/*
 * Calls that lie in the mapping of this line of /proc/PID/maps.  False: it is mapped otherwise than
 * when it failed: it has called exec in between.
 */
static bool match(struct stack *s, const char *line)
{
	uint64_t begin, end, offset;
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %n", &begin, &end,
		   &offset, &path) != 3 ||
	    line[path] != '/')
		return true;
	for (size_t i = 0; i < s->cnt; i++) {
		uint64_t addr = s->f->stack[i], at = addr - begin + offset;

		if (addr < begin || addr >= end)
			continue;
		if (has_build_id(s, i) && s->f->frames[i].offset != at)
			return false;
		set_place(s, i, line + path, at);
	}
	return true;
}

static void forget_places(struct stack *s)
{
	for (size_t i = 0; i < s->cnt; i++) {
		free(s->places[i]);
		s->places[i] = NULL;
	}
}

/* Files with a build id, for those that will be gone. */
static void learn_objects(const struct stack *s)
{
	for (size_t i = 0; i < s->cnt; i++) {
		_cleanup_free_ char *path = NULL;

		if (!s->places[i] || !has_build_id(s, i))
			continue;
		path = strndup(s->places[i], strrchr(s->places[i], '+') - s->places[i]);
		if (path)
			objects__learn(s->objects, s->f->frames[i].build_id, s->f->ev.uid, path);
	}
}

/* It is the process's memory that maps tells of, whose lock the process can keep. */
static void read_maps(struct stack *s)
{
	_cleanup_close_ int dir = procfs__open_process(s->f->ev.tgid, s->f->ev.start_ns);
	_cleanup_free_ char *maps = NULL;
	char *line, *rest;

	if (dir < 0 || !program_file__is_run_by(s->f, dir))
		return;
	maps = malloc(MAPS_SZ_MAX);
	if (!maps || patient__read(dir, "maps", maps, MAPS_SZ_MAX) < 0)
		return;
	rest = maps;
	/* What the limit cut off is no whole line. */
	while ((line = strsep(&rest, "\n")) && rest) {
		if (!match(s, line)) {
			forget_places(s);
			return;
		}
	}
	learn_objects(s);
}

/* ---- one that is gone ---- */

static void recall_objects(struct stack *s)
{
	for (size_t i = 0; i < s->cnt; i++) {
		const char *path;

		if (s->places[i] || !has_build_id(s, i))
			continue;
		path = objects__find(s->objects, s->f->frames[i].build_id, s->f->ev.uid);
		if (path)
			set_place(s, i, path, s->f->frames[i].offset);
	}
}

/*
 * Where the program's code lies: what to take off an address to get its place in the file, by a
 * call of which both are known.
 */
static bool find_base(const struct stack *s, uint64_t *ret)
{
	for (size_t i = 0; i < s->cnt; i++)
		if (has_build_id(s, i) && is_in_program(s, i)) {
			*ret = s->f->stack[i] - s->f->frames[i].offset;
			return true;
		}
	return false;
}

static bool lacks_program(const struct stack *s)
{
	for (size_t i = 0; i < s->cnt; i++)
		if (!s->places[i] && is_in_program(s, i))
			return true;
	return false;
}

/* The program's file tells its build id and where its code begins. */
static void look_at_program(struct stack *s)
{
	_cleanup_(program_file__done) struct program_file file = {.fd = -1};
	struct elf_info elf = {};
	uint64_t base;
	bool placed;

	if (!lacks_program(s) || program_file__find(s->f, &file) || file.fd < 0 ||
	    elf__read(file.fd, &elf))
		return;
	if (elf.has_build_id) {
		objects__learn(s->objects, elf.build_id, s->f->ev.uid, file.path);
		recall_objects(s);
	}
	placed = find_base(s, &base);
	if (!placed && elf.has_code) {
		base = s->f->start_code - elf.code_offset;
		placed = true;
	}
	for (size_t i = 0; i < s->cnt && placed && file.verified; i++)
		if (!s->places[i] && is_in_program(s, i))
			set_place(s, i, file.path, s->f->stack[i] - base);
}

/* What can be said of a call without a file's path. */
static void name_bare(const struct stack *s, size_t i, char *buf, size_t buf_sz)
{
	const struct fds_frame *frame;
	char id[2 * FDS_BUILD_ID_SZ + 1];
	size_t len = FDS_BUILD_ID_SZ;

	if (!has_build_id(s, i)) {
		snprintf(buf, buf_sz, "0x%llx", s->f->stack[i]);
		return;
	}
	frame = &s->f->frames[i];
	while (len > 1 && !frame->build_id[len - 1])
		len--;
	for (size_t k = 0; k < len; k++)
		sprintf(id + 2 * k, "%02x", frame->build_id[k]);
	if (is_in_program(s, i) && memchr(s->f->exe, '\0', sizeof(s->f->exe)) && s->f->exe[0])
		snprintf(buf, buf_sz, "%s(%s)+0x%llx", s->f->exe, id, frame->offset);
	else
		snprintf(buf, buf_sz, "build-id:%s+0x%llx", id, frame->offset);
}

static uint64_t hash(uint64_t h, const void *data, size_t sz)
{
	for (const unsigned char *p = data; sz; p++, sz--)
		h = (h ^ *p) * HASH_PRIME;
	return h;
}

/* Whether files can be looked at; what that takes is to be told to spend_time(). */
static bool may_look(int64_t *credit_ns, uint64_t *last_ns, uint64_t now_ns)
{
	*credit_ns += (now_ns - *last_ns) / TIME_SHARE;
	if (*credit_ns > CREDIT_NS)
		*credit_ns = CREDIT_NS;
	*last_ns = now_ns;
	return *credit_ns > 0;
}

/*
 * Code without frame pointers leads the kernel astray.  An address that no file is mapped at is
 * told as of the next file above it, before its beginning: from there on nothing is true.
 */
static void cut_garbage(struct stack *s)
{
	for (size_t i = 1; i < s->cnt && i < s->frame_cnt; i++)
		if (s->f->frames[i].status == FDS_FRAME_FILE && (int64_t)s->f->frames[i].offset < 0)
			s->cnt = i;
}

uint64_t stack__describe(const struct fds_failure *f, void (*fn)(void *ctx, const char *place),
			 void *ctx)
{
	static struct objects objects;
	static uint64_t last_ns;
	static int64_t credit_ns = CREDIT_NS;
	uint64_t begin = clock__now_ns(), id = HASH_BEGIN;
	struct stack s = {.f = f, .objects = &objects};

	s.cnt = f->ev.stack_cnt < FDS_STACK_MAX ? f->ev.stack_cnt : FDS_STACK_MAX;
	s.frame_cnt = f->frame_cnt < FDS_FRAME_MAX ? f->frame_cnt : FDS_FRAME_MAX;
	cut_garbage(&s);
	if (!objects.cnt)
		objects__init(&objects);
	if (may_look(&credit_ns, &last_ns, begin)) {
		read_maps(&s);
		recall_objects(&s);
		look_at_program(&s);
		credit_ns -= clock__now_ns() - begin;
	} else {
		recall_objects(&s);
	}
	for (size_t i = 0; i < s.cnt; i++) {
		char bare[PLACE_SZ];

		name_bare(&s, i, bare, sizeof(bare));
		if (has_build_id(&s, i)) {
			id = hash(id, f->frames[i].build_id, sizeof(f->frames[i].build_id));
			id = hash(id, &f->frames[i].offset, sizeof(f->frames[i].offset));
		} else if (i < FDS_FRAME_MAX) {
			const char *place = s.places[i] ?: bare;

			id = hash(id, place, strlen(place) + 1);
		}
		fn(ctx, s.places[i] ?: bare);
	}
	forget_places(&s);
	return id;
}
