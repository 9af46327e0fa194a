/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a descriptor tells beyond what all have: a vtable for each kind that tells more, in a file
 * of its own.  In: a row as files.c has filled it (record, fdinfo, peers).  Out: the members of its
 * "detail", and one line for people.
 */
#ifndef FDSCOPE_KIND_H
#define FDSCOPE_KIND_H

#include "base/json.h"
#include "source/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KIND_SUMMARY_SZ 200
#define KIND_PEERS_MAX	256 /* that are listed of one descriptor */

/* One line of text that grows; what does not fit is cut. */
struct kind_text {
	size_t len;
	char data[KIND_SUMMARY_SZ];
};

/* A row and who looks at it. */
struct kind_view {
	const struct file_list *list;
	const struct file_row *row;
	/* Whether the viewer may see a process of these users; NULL: all. */
	bool (*may_see)(const void *ctx, uint32_t uid, uint32_t euid);
	const void *ctx;
};

#define KIND_RECORD 1u /* told by row->detail; without it nothing is told */
#define KIND_FDINFO 2u /* told by row->fdinfo, which is made without waiting for anybody */
#define KIND_WAITS  4u /* with KIND_FDINFO: which may wait for somebody */

struct kind_ops {
	unsigned needs;
	void (*emit)(struct json *j, const struct kind_view *v); /* members of an open object */
	void (*summary)(struct kind_text *t, const struct kind_view *v); /* NULL: there is none */
};

/* NULL: the kind tells nothing more. */
const struct kind_ops *kind__ops(enum fds_kind kind);

/* "detail": {...} or null, "detail_error", "summary", "locks". */
void kind__emit(struct json *j, const struct kind_view *v);
/* false: none. */
bool kind__summary(struct kind_text *t, const struct kind_view *v);

void kind_text__addf(struct kind_text *t, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline bool kind_view__may_see(const struct kind_view *v, uint32_t uid, uint32_t euid)
{
	return !v->may_see || v->may_see(v->ctx, uid, euid);
}

struct kind_bit {
	uint32_t bit;
	const char *name;
};

/* The names of the bits that are set; of those without a name one number, as "0x...". */
void kind__emit_bits(struct json *j, const char *key, uint32_t mask, const struct kind_bit *bits,
		     size_t cnt);

/* A list of the descriptors at the other end: "peers", null where that is not known. */
void kind__emit_peers(struct json *j, const struct kind_view *v);
/* "812:nginx:7 +2" */
void kind__add_peers(struct kind_text *t, const struct kind_view *v);

/* "dev": "MAJOR:MINOR" of a number as the kernel writes it. */
void kind__emit_dev(struct json *j, uint32_t dev);

/* "locks": [...] */
void locks__emit(struct json *j, const struct kind_view *v);

extern const struct kind_ops kind__file, kind__memfd, kind__device, kind__ns, kind__pipe,
	kind__unix, kind__inet, kind__netlink, kind__packet, kind__eventfd, kind__epoll,
	kind__timerfd, kind__signalfd, kind__inotify, kind__fanotify, kind__pidfd, kind__io_uring,
	kind__userfaultfd, kind__bpf_map, kind__bpf_prog, kind__bpf_link;

#endif
