// SPDX-License-Identifier: GPL-2.0-or-later
/* Refused calls; see failures.h. */
#include "store/failures.h"

#include "store/places.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

static bool is_same(const struct failure *f, const struct news *n, uint64_t stack_id)
{
	return f->pid == n->pid && f->start_ns == n->start_ns && f->cause == n->cause &&
	       f->error == n->error && f->syscall_nr == n->syscall_nr && f->stack_id == stack_id;
}

static void drop(struct failure_log *log, struct failure *f)
{
	DL_DELETE(log->list, f);
	log->cnt--;
	free(f->stack);
	free(f);
}

const struct failure *failure_log__apply(struct failure_log *log, const struct news *n,
					 uint64_t stack_id, const char *const *places,
					 size_t place_cnt)
{
	struct failure *f;

	DL_FOREACH (log->list, f)
		if (is_same(f, n, stack_id))
			break;
	if (f) {
		DL_DELETE(log->list, f);
	} else {
		f = calloc(1, sizeof(*f));
		if (!f)
			return NULL;
		*f = (struct failure){
			.first_ns = n->time_ns,
			.start_ns = n->start_ns,
			.pid = n->pid,
			.error = n->error,
			.cause = n->cause,
			.syscall_nr = n->syscall_nr,
			.stack_id = stack_id,
		};
		log->cnt++;
	}
	/* The first time that its places are known, which is not always the first time. */
	if (!f->stack)
		f->stack = places__join(places, place_cnt);
	f->last_ns = n->time_ns;
	f->cnt += UINT64_C(1) + n->held_back;
	f->tid = n->tid;
	f->uid = n->uid;
	f->euid = n->euid;
	f->allocated = n->allocated;
	f->soft = n->soft;
	memcpy(f->comm, n->comm, sizeof(f->comm));
	DL_PREPEND(log->list, f);
	if (log->cnt > FAILURES_MAX) {
		drop(log, log->list->prev);
		log->evicted++;
	}
	return f;
}

void failure_log__done(struct failure_log *log)
{
	while (log->list)
		drop(log, log->list);
}

static const char *const cause_names[FDS_CAUSE_CNT] = {
#define X(id, name) [FDS_CAUSE_##id] = (name),
	FDS_CAUSES(X)
#undef X
};

const char *failure__cause_name(uint32_t cause)
{
	return cause_names[cause < FDS_CAUSE_CNT ? cause : FDS_CAUSE_UNKNOWN];
}

void failure__emit_call(struct json *j, const struct failure *f,
			const char *(*syscall_name)(uint32_t nr))
{
	json__emit_uint(j, "time_ns", f->last_ns);
	json__emit_uint(j, "first_ns", f->first_ns);
	json__emit_uint(j, "count", f->cnt);
	json__emit_text(j, "error", f->error ? strerrorname_np(f->error) : NULL);
	json__emit_text(j, "cause", failure__cause_name(f->cause));
	json__emit_text(j, "syscall", syscall_name ? syscall_name(f->syscall_nr) : NULL);
	json__emit_uint(j, "tid", f->tid);
	JSON_UINT_OR_NULL(j, "allocated", f->allocated, FDS_COUNT_UNKNOWN);
	JSON_UINT_OR_NULL(j, "soft_limit", f->soft, FDS_RLIM_INFINITY);
	if (f->stack_id)
		json__emit_textf(j, "stack_id", "%016" PRIx64, f->stack_id);
	else
		json__emit_null(j, "stack_id");
}

void failure__emit_stack(struct json *j, const struct failure *f)
{
	places__emit(j, f->stack);
}
