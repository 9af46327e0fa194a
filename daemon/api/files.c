// SPDX-License-Identifier: GPL-2.0-or-later
/* /v1/processes/{pid}/files: every descriptor of one process. */
#include "api/descriptors.h"
#include "api/file_row.h"
#include "api/resources.h"

#include <errno.h>
#include <string.h>

int files__answer(struct request *req)
{
	struct file_list *files = NULL;
	struct json j = {};
	struct process *p;
	int answer, r;

	p = processes__find(req, &answer);
	if (!p)
		return answer;
	r = descriptors__read(req, p, &files);
	if (r == -ESRCH)
		return request__fail(req, MHD_HTTP_NOT_FOUND, "process %u has just ended",
				     req->pid);
	if (r == -EACCES)
		return request__fail(req, MHD_HTTP_FORBIDDEN,
				     "the descriptors of process %u may not be seen by you",
				     req->pid);
	if (r == -EBUSY)
		return descriptors__fail_busy(req);
	if (r < 0)
		return request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "the descriptors of process %u cannot be read: %s", req->pid,
				     strerror(-r));
	json__begin_object(&j, NULL);
	json__emit_uint(&j, "generated_ns", files->generated_ns);
	json__begin_array(&j, "files");
	for (size_t i = 0; i < files->cnt; i++)
		file_row__emit(&j, req, files, &files->rows[i]);
	json__end_array(&j);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	file_list__free(files);
	return request__reply(req, REQUEST_JSON, &j);
}
