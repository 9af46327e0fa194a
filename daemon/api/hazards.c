// SPDX-License-Identifier: GPL-2.0-or-later
/* /v1/hazards: traps that programs stepped into, newest first. */
#include "api/resources.h"

int hazards__answer(struct request *req)
{
	const struct backend *b = req->api->backend;
	const struct hazard_log *log = b->hazards ? b->hazards(b->hazards_ctx) : NULL;
	uint32_t left = req->query.limit ?: UINT32_MAX;
	struct json j = {};

	json__begin_object(&j, NULL);
	json__emit_uint(&j, "generated_ns", b->store->pass_ns);
	json__begin_array(&j, "hazards");
	for (const struct hazard *h = log ? log->list : NULL; h && left; h = h->next) {
		if ((req->pid && h->pid != req->pid && h->other_pid != req->pid) ||
		    !viewer__check(&req->query.viewer, h->uid, h->euid))
			continue;
		left--;
		json__begin_object(&j, NULL);
		/* Words of the process's memory may be in the stack: see events.c. */
		hazard__emit(&j, h, req->query.viewer.all);
		json__end_object(&j);
	}
	json__end_array(&j);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	return request__reply(req, REQUEST_JSON, &j);
}
