// SPDX-License-Identifier: GPL-2.0-or-later
/* Pipes and FIFOs: which end it is, who has the others, what is in it. */
#include "source/kind/kind.h"

#include <unistd.h>

static const char *end_name(uint32_t fmode)
{
	switch (fmode & (FDS_FMODE_READ | FDS_FMODE_WRITE)) {
	case FDS_FMODE_READ:
		return "read";
	case FDS_FMODE_WRITE:
		return "write";
	case FDS_FMODE_READ | FDS_FMODE_WRITE:
		return "both";
	default:
		return "none"; /* O_PATH */
	}
}

static uint64_t capacity_of(const struct fds_detail_rec *d)
{
	return d->send_queue * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void emit(struct json *j, const struct kind_view *v)
{
	const struct fds_detail_rec *d = v->row->detail;

	json__emit_text(j, "end", end_name(v->row->rec.fmode));
	kind__emit_peers(j, v);
	if (d && d->recv_queue != FDS_COUNT_UNKNOWN)
		json__emit_uint(j, "bytes", d->recv_queue);
	else
		json__emit_null(j, "bytes");
	if (d && d->send_queue)
		json__emit_uint(j, "capacity", capacity_of(d));
	else
		json__emit_null(j, "capacity");
}

static void summarize(struct kind_text *t, const struct kind_view *v)
{
	const struct fds_detail_rec *d = v->row->detail;
	uint32_t fmode = v->row->rec.fmode & (FDS_FMODE_READ | FDS_FMODE_WRITE);

	kind_text__addf(t, "%s",
			fmode == FDS_FMODE_READ	   ? "<- "
			: fmode == FDS_FMODE_WRITE ? "-> "
						   : "<-> ");
	kind__add_peers(t, v);
	if (d && d->recv_queue != FDS_COUNT_UNKNOWN && d->send_queue)
		kind_text__addf(t, ", %u of %llu bytes", d->recv_queue,
				(unsigned long long)capacity_of(d));
}

const struct kind_ops kind__pipe = {0, emit, summarize};
