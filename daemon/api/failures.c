// SPDX-License-Identifier: GPL-2.0-or-later
/* /v1/failures: calls that were refused by a limit, newest first. */
#include "api/resources.h"

int failures__answer(struct request *req)
{
	const struct backend *b = req->api->backend;
	const struct failure *f = b->failures ? b->failures->list : NULL;
	uint32_t left = req->query.limit ?: UINT32_MAX;
	struct json j = {};

	json__begin_object(&j, NULL);
	json__emit_uint(&j, "generated_ns", b->store->pass_ns);
	json__begin_array(&j, "failures");
	for (; f && left; f = f->next) {
		if (!viewer__check(&req->query.viewer, f->uid, f->euid))
			continue;
		left--;
		json__begin_object(&j, NULL);
		json__emit_uint(&j, "pid", f->pid);
		json__emit_text(&j, "comm", f->comm);
		json__emit_uint(&j, "uid", f->euid);
		failure__emit_call(&j, f, b->syscall_name);
		/* Words of the process's memory may be in it: see events.c. */
		if (req->query.viewer.all) {
			failure__emit_stack(&j, f);
		} else {
			json__begin_array(&j, "stack");
			json__end_array(&j);
		}
		json__end_object(&j);
	}
	json__end_array(&j);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	return request__reply(req, REQUEST_JSON, &j);
}
