// SPDX-License-Identifier: GPL-2.0-or-later
/* POST /v1/processes/{pid}/raise?soft=N: raises a soft limit, where the config allows it. */
#include "api/resources.h"
#include "base/cleanup.h"
#include "fdscope/api.h"

#include <errno.h>
#include <string.h>

int raise__answer(struct request *req)
{
	const struct backend *b = req->api->backend;
	_cleanup_free_ char *why = NULL;
	struct backend_raise done;
	struct json j = {};
	struct process *p;
	int answer, r;

	if (!req->query.viewer.all)
		return request__fail(req, MHD_HTTP_FORBIDDEN,
				     "raising limits is for root and the group " FDS_GROUP);
	if (req->soft == FDS_UNKNOWN)
		return request__fail(req, MHD_HTTP_BAD_REQUEST,
				     "parameter 'soft' is needed: the new soft limit");
	/* What it has now, not a moment ago. */
	req->max_age_ns = 0;
	p = processes__find(req, &answer);
	if (!p)
		return answer;
	r = b->raise ? b->raise(b->alarm_ctx, p, req->soft, &done, &why) : -EOPNOTSUPP;
	if (r == -EOPNOTSUPP)
		return request__fail(req, MHD_HTTP_FORBIDDEN,
				     "raising limits is off; set raise=yes in section [act] of "
				     "fdscope.conf and reload");
	if (r == -EINVAL)
		return request__fail(req, MHD_HTTP_BAD_REQUEST, "%s", why ?: strerror(-r));
	if (r < 0)
		return request__fail(
			req, r == -ESRCH ? MHD_HTTP_NOT_FOUND : MHD_HTTP_INTERNAL_SERVER_ERROR,
			"%s", why ?: strerror(-r));
	json__begin_object(&j, NULL);
	json__emit_uint(&j, "pid", req->pid);
	json__emit_text(&j, "comm", p->comm);
	JSON_UINT_OR_NULL(&j, "old_soft_limit", done.old_soft, FDS_RLIM_INFINITY);
	JSON_UINT_OR_NULL(&j, "soft_limit", done.soft, FDS_RLIM_INFINITY);
	JSON_UINT_OR_NULL(&j, "hard_limit", done.hard, FDS_RLIM_INFINITY);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	return request__reply(req, REQUEST_JSON, &j);
}
