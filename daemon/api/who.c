// SPDX-License-Identifier: GPL-2.0-or-later
/* /v1/who: who holds a file, an open file description, a port. */
#include "api/who.h"

#include "api/descriptors.h"
#include "api/file_row.h"
#include "api/resources.h"
#include "base/clock.h"
#include "source/who.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* Who a process is takes some reading of /proc: with many new ones that ends here. */
#define IDENTIFY_NS (20 * NSEC_PER_MSEC)

static const char *const type_names[] = {
	[WHO_FD] = "fd",     [WHO_INODE] = "inode",	[WHO_OFD] = "ofd",
	[WHO_PORT] = "port", [WHO_DELETED] = "deleted",
};

/* ---- parameters ---- */

/* Digits of that base up to `end`, which is moved behind it. */
static int parse_part(const char **text, char end, int base, uint64_t max, uint64_t *ret)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	const char *s = *text;
	size_t len = strspn(s, base == 16 ? digits : "0123456789");
	char *stop;

	if (!len || len > 20 || s[len] != end)
		return -EINVAL;
	errno = 0;
	*ret = strtoull(s, &stop, base);
	if (errno || stop != s + len || *ret > max)
		return -ERANGE;
	*text = s + len + (end != '\0');
	return 0;
}

static int ask(struct request *req, enum who_how how)
{
	req->who.how = how;
	req->who_cnt++;
	return 0;
}

int who__parse_fd(const char *text, struct request *req)
{
	uint64_t fd;
	int r = parse_part(&text, '\0', 10, INT32_MAX, &fd);

	if (r < 0)
		return r;
	req->who.fd = fd;
	return ask(req, WHO_FD);
}

int who__parse_inode(const char *text, struct request *req)
{
	uint64_t major, minor, inode;
	int r = parse_part(&text, ':', 10, 0xfff, &major);

	if (!r)
		r = parse_part(&text, ':', 10, 0xfffff, &minor);
	if (!r)
		r = parse_part(&text, '\0', 10, UINT64_MAX, &inode);
	if (r < 0)
		return r;
	req->who.major = major;
	req->who.minor = minor;
	req->who.inode = inode;
	return ask(req, WHO_INODE);
}

int who__parse_port(const char *text, struct request *req)
{
	uint64_t port;
	int r = parse_part(&text, '\0', 10, UINT16_MAX, &port);

	if (r < 0 || !port)
		return r < 0 ? r : -ERANGE;
	req->who.port = port;
	return ask(req, WHO_PORT);
}

int who__parse_ofd(const char *text, struct request *req)
{
	int r = strlen(text) == 16 ? parse_part(&text, '\0', 16, UINT64_MAX, &req->who.ofd)
				   : -EINVAL;

	return r < 0 ? r : ask(req, WHO_OFD);
}

int who__parse_deleted(const char *text, struct request *req)
{
	return strcmp(text, "1") ? -EINVAL : ask(req, WHO_DELETED);
}

/* ---- the answer ---- */

struct asker {
	const struct viewer *viewer;
	/* The process of the last row, and whether it is for the asker. */
	uint32_t tgid;
	uint64_t start_ns;
	bool shown;
};

/* As descriptors.c has it: what /proc would show him too. */
static bool may_see(void *ctx, const struct fds_file_rec *rec)
{
	struct asker *a = ctx;
	uid_t owner;

	if (!viewer__check(a->viewer, rec->uid, rec->euid))
		return false;
	if (a->viewer->all)
		return true;
	if (a->tgid != rec->tgid || a->start_ns != rec->start_ns) {
		a->tgid = rec->tgid;
		a->start_ns = rec->start_ns;
		a->shown = !host_files__find_owner(rec->tgid, rec->start_ns, &owner) &&
			   owner == a->viewer->uid;
	}
	return a->shown;
}

static void emit_what(struct json *j, const struct request *req, const struct who_list *l)
{
	const struct who_query *q = &req->who;
	const struct fds_file_rec *m = &l->meant.rec;

	json__begin_object(j, "what");
	json__emit_text(j, "type", q->leave_out ? "path" : type_names[q->how]);
	JSON_UINT_OR_NULL(j, "pid", q->how == WHO_FD && !q->leave_out ? q->pid : 0, 0);
	JSON_UINT_OR_NULL(j, "fd", q->how == WHO_FD && !q->leave_out ? q->fd : FDS_UNKNOWN,
			  FDS_UNKNOWN);
	JSON_UINT_OR_NULL(j, "port", q->port, 0);
	if (!q->leave_out && (q->ofd || l->meant.ofd))
		json__emit_textf(j, "ofd", "%016" PRIx64, q->ofd ?: l->meant.ofd);
	else
		json__emit_null(j, "ofd");
	if (q->how == WHO_FD || q->how == WHO_INODE) {
		json__emit_textf(j, "dev", "%u:%u", q->how == WHO_FD ? m->major : q->major,
				 q->how == WHO_FD ? m->minor : q->minor);
		json__emit_uint(j, "inode", q->how == WHO_FD ? m->inode : q->inode);
	} else {
		json__emit_null(j, "dev");
		json__emit_null(j, "inode");
	}
	json__emit_text(j, "name", l->meant.name);
	json__end_object(j);
}

static const struct identity *identify(struct request *req, const struct fds_file_rec *rec,
				       uint64_t until_ns)
{
	struct store *s = req->api->backend->store;
	struct process *p = store__find(s, rec->tgid, rec->tgid);

	if (!p || (rec->start_ns && p->start_ns != rec->start_ns))
		return NULL;
	return clock__now_ns() < until_ns ? store__identify(s, p) : p->identity;
}

static bool is_shared(const struct who_list *l, size_t i)
{
	return (i && l->rows[i - 1].group == l->rows[i].group) ||
	       (i + 1 < l->cnt && l->rows[i + 1].group == l->rows[i].group);
}

static void emit_row(struct json *j, struct request *req, const struct who_list *l, size_t i,
		     uint64_t until_ns)
{
	static const struct file_list none;
	const struct who_row *row = &l->rows[i];
	const struct fds_file_rec *rec = &row->file.row.rec;
	const struct identity *id = identify(req, rec, until_ns);

	file_row__emit(j, req, &none, &row->file.row);
	json__reopen_object(j);
	json__emit_uint(j, "pid", rec->tgid);
	json__emit_uint(j, "tid", rec->tid);
	json__emit_text_n(j, "comm", rec->comm, strnlen(rec->comm, sizeof(rec->comm)));
	json__emit_text(j, "exe", id ? id->exe : NULL);
	json__emit_text(j, "unit", id ? id->unit : NULL);
	if (row->group)
		json__emit_bool(j, "shares_ofd", is_shared(l, i));
	else
		json__emit_null(j, "shares_ofd");
	JSON_UINT_OR_NULL(j, "ofd_group", row->group, 0);
	if (S_ISREG(rec->mode))
		json__emit_uint(j, "size", rec->size);
	else
		json__emit_null(j, "size");
	JSON_UINT_OR_NULL(j, "disk_bytes", row->disk_bytes, FDS_UNKNOWN);
	JSON_UINT_OR_NULL(j, "local_port", row->file.local_port, 0);
	JSON_UINT_OR_NULL(j, "remote_port", row->file.remote_port, 0);
	json__end_object(j);
}

static int reply(struct request *req, const struct who_list *l)
{
	uint64_t until_ns = clock__now_ns() + IDENTIFY_NS;
	struct json j = {};

	json__begin_object(&j, NULL);
	json__emit_uint(&j, "generated_ns", l->generated_ns);
	emit_what(&j, req, l);
	json__begin_array(&j, "holders");
	for (size_t i = 0; i < l->cnt; i++)
		emit_row(&j, req, l, i, until_ns);
	json__end_array(&j);
	json__emit_uint(&j, "left_out", l->left_out);
	json__end_object(&j);
	json__emit_raw(&j, "\n", 1);
	return request__reply(req, REQUEST_JSON, &j);
}

static int fail(struct request *req, int error)
{
	const struct who_query *q = &req->who;

	switch (error) {
	case -ESRCH:
		return request__fail(req, MHD_HTTP_NOT_FOUND, "process %u has no descriptor %u",
				     q->pid, q->fd);
	case -EACCES:
		return request__fail(req, MHD_HTTP_FORBIDDEN,
				     "the descriptors of process %u may not be seen by you",
				     q->pid);
	case -ENOTSUP:
		return request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "the tier '%s' does not tell open file descriptions apart",
				     request__tier(req));
	default:
		return request__fail(req, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "the descriptors of the host cannot be read: %s",
				     strerror(-error));
	}
}

/* Without a process it is a descriptor of the asker's own, that stands for a file it has opened. */
static int find_asker(struct request *req)
{
	struct ucred cred;
	socklen_t sz = sizeof(cred);

	if (req->pid) {
		req->who.pid = req->pid;
		return 0;
	}
	if (getsockopt(req->client->fd, SOL_SOCKET, SO_PEERCRED, &cred, &sz) || cred.pid <= 0)
		return -ESRCH;
	req->who.pid = cred.pid;
	req->who.leave_out = true;
	return 0;
}

int who__answer(struct request *req)
{
	const struct backend *b = req->api->backend;
	struct asker asker = {.viewer = &req->query.viewer};
	struct who_list *l = NULL;
	uint64_t start;
	int answer, r = 0;

	if (req->who_cnt != 1 || (req->pid && req->who.how != WHO_FD))
		return request__fail(req, MHD_HTTP_BAD_REQUEST,
				     "who holds what? one of fd (with or without pid), inode, "
				     "port, ofd, deleted");
	if (!descriptors__may_ask(req))
		return descriptors__fail_busy(req);
	if (!request__refresh(req, &answer))
		return answer;
	req->who.accept = may_see;
	req->who.accept_ctx = &asker;
	start = clock__now_ns();
	if (req->who.how == WHO_FD)
		r = find_asker(req);
	if (!r)
		r = b->holders(b->ctx, &req->who, &l);
	if (!req->query.viewer.all)
		descriptors__charge(req->api, start, clock__now_ns() - start);
	if (r < 0)
		return fail(req, r);
	r = reply(req, l);
	who_list__free(l);
	return r;
}
