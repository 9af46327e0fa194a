// SPDX-License-Identifier: GPL-2.0-or-later
/* From path and parameters to the resource that answers; see routes.h. */
#include "api/routes.h"

#include "api/events.h"
#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_SZ  256     /* bytes of a path; ours are far shorter */
#define LIMIT_MAX    4194304 /* rows; the kernel has no more pids (PID_MAX_LIMIT) */
#define STALE_MAX_MS 3600000
#define GLOB_MAX_SZ  256
#define GLOB_STARS   8 /* fnmatch(3) tries again from each: bound its work per row */
#define PARAMS_MAX   16

enum param_id {
	PARAM_SORT,
	PARAM_LIMIT,
	PARAM_BY,
	PARAM_FILTER,
	PARAM_STALENESS,
	PARAM_TYPES,
	PARAM_CNT,
};

#define BIT(id) (1u << (id))

static int parse_number(const char *text, uint32_t max, uint32_t *ret)
{
	uint32_t n = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		n = n * 10 + (*text - '0');
		if (n > max)
			return -ERANGE;
	}
	*ret = n;
	return 0;
}

static int parse_sort(const char *text, struct request *req)
{
#define X(id, name, counting)                                                                      \
	if (!strcmp(text, name)) {                                                                 \
		req->query.sort = FDS_SORT_##id;                                                   \
		return 0;                                                                          \
	}
	FDS_SORT_KEYS(X)
#undef X
	return -EINVAL;
}

static int parse_by(const char *text, struct request *req)
{
#define X(id, name)                                                                                \
	if (!strcmp(text, name)) {                                                                 \
		req->query.by = FDS_BY_##id;                                                       \
		return 0;                                                                          \
	}
	FDS_GROUP_KEYS(X)
#undef X
	return -EINVAL;
}

static int parse_limit(const char *text, struct request *req)
{
	return parse_number(text, LIMIT_MAX, &req->query.limit);
}

static int parse_filter(const char *text, struct request *req)
{
	unsigned stars = 0;

	if (strlen(text) > GLOB_MAX_SZ)
		return -E2BIG;
	for (const char *c = text; *c; c++)
		stars += *c == '*';
	if (stars > GLOB_STARS)
		return -E2BIG;
	return rank__parse_filter(text, &req->query);
}

/* Fresher than usual costs a truth pass per question: only for those who may have that. */
static int parse_staleness(const char *text, struct request *req)
{
	uint64_t dflt = req->api->backend->max_staleness_ns;
	uint32_t ms;
	int r;

	r = parse_number(text, STALE_MAX_MS, &ms);
	if (r < 0)
		return r;
	req->max_age_ns = ms * UINT64_C(1000000);
	if (!req->query.viewer.all && req->max_age_ns < dflt)
		req->max_age_ns = dflt;
	return 0;
}

static int parse_types(const char *text, struct request *req)
{
	return events__parse_types(text, &req->types);
}

#define SORT_NAME(id, name, counting) ", " name
#define BY_NAME(id, name)	      ", " name
#define NEWS_NAME(id, name, dflt)     ", " name

/* Texts that begin with ", " are made by the X-macros: it is skipped when they are shown. */
static const struct param {
	const char *name;
	const char *allowed;
	int (*parse)(const char *text, struct request *req);
} params[PARAM_CNT] = {
	[PARAM_SORT] = {"sort", FDS_SORT_KEYS(SORT_NAME), parse_sort},
	[PARAM_LIMIT] = {"limit", "a number up to 4194304, 0 for all", parse_limit},
	[PARAM_BY] = {"by", FDS_GROUP_KEYS(BY_NAME), parse_by},
	[PARAM_FILTER] = {"filter",
			  "KEY:GLOB with KEY one of comm, exe, unit, user, cgroup, container, and "
			  "at most 256 bytes with 8 stars",
			  parse_filter},
	[PARAM_STALENESS] = {"max_staleness_ms", "a number up to 3600000", parse_staleness},
	[PARAM_TYPES] = {"types", FDS_NEWS(NEWS_NAME) " (with commas between)", parse_types},
};

/* {pid} stands for one part of the path. */
static const struct route {
	const char *path;
	int (*answer)(struct request *req);
	uint32_t params; /* BIT() of each that it knows */
} routes[] = {
	{FDS_API_PROCESSES, processes__answer_list,
	 BIT(PARAM_SORT) | BIT(PARAM_LIMIT) | BIT(PARAM_BY) | BIT(PARAM_FILTER) |
		 BIT(PARAM_STALENESS)},
	{FDS_API_PROCESSES "/{pid}", processes__answer_one, BIT(PARAM_STALENESS)},
	{FDS_API_PROCESSES "/{pid}/files", files__answer, BIT(PARAM_STALENESS)},
	{FDS_API_SYSTEM, system__answer, BIT(PARAM_STALENESS)},
	{FDS_API_STATUS, status__answer, 0},
	{FDS_API_EVENTS, events__answer, BIT(PARAM_TYPES)},
	{FDS_API_METRICS, metrics__answer, 0},
};

static const char *allowed_text(const struct param *p)
{
	return strncmp(p->allowed, ", ", 2) ? p->allowed : p->allowed + 2;
}

/* Whether a path is of this form; the part at {pid} into `ret_pid`. */
static bool matches(const char *form, const char *path, char *ret_pid, size_t pid_sz)
{
	const char *brace = strchr(form, '{');
	size_t head_len, pid_len;

	if (!brace)
		return !strcmp(form, path);
	head_len = brace - form;
	if (strncmp(form, path, head_len) != 0)
		return false;
	path += head_len;
	pid_len = strcspn(path, "/");
	if (!pid_len || pid_len >= pid_sz || strcmp(path + pid_len, strchr(brace, '}') + 1) != 0)
		return false;
	memcpy(ret_pid, path, pid_len);
	ret_pid[pid_len] = '\0';
	return true;
}

static const struct route *find_route(const char *path, char *ret_pid, size_t pid_sz)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (matches(routes[i].path, path, ret_pid, pid_sz))
			return &routes[i];
	return NULL;
}

/* The parameters as they came; the values are MHD's and live as long as the request. */
struct values {
	const char *name[PARAMS_MAX];
	const char *value[PARAMS_MAX];
	size_t cnt;
	bool bad; /* too many, or NUL inside */
};

static enum MHD_Result collect(void *cls, enum MHD_ValueKind kind, const char *name, size_t name_sz,
			       const char *value, size_t value_sz)
{
	struct values *v = cls;

	(void)kind;
	if (v->cnt == PARAMS_MAX || strlen(name) != name_sz ||
	    (value && strlen(value) != value_sz)) {
		v->bad = true;
		return MHD_NO;
	}
	v->name[v->cnt] = name;
	v->value[v->cnt] = value ? value : "";
	v->cnt++;
	return MHD_YES;
}

static int fail_unknown(struct request *req, const struct route *route, const char *name)
{
	char allowed[256] = "none";
	size_t len = 0;

	for (size_t id = 0; id < PARAM_CNT; id++)
		if (route->params & BIT(id))
			len += snprintf(allowed + len, sizeof(allowed) - len, "%s%s",
					len ? ", " : "", params[id].name);
	return request__fail(req, MHD_HTTP_BAD_REQUEST, "unknown parameter '%.64s'; allowed: %s",
			     name, allowed);
}

/* Whether all is well; else it has been answered: *ret_answer. */
static bool parse_params(struct request *req, const struct route *route, int *ret_answer)
{
	struct values v = {};
	uint32_t seen = 0;

	MHD_get_connection_values_n(req->conn, MHD_GET_ARGUMENT_KIND, collect, &v);
	if (v.bad) {
		*ret_answer = request__fail(req, MHD_HTTP_BAD_REQUEST,
					    "too many parameters, or a NUL in one of them");
		return false;
	}
	for (size_t i = 0; i < v.cnt; i++) {
		size_t id = 0;

		while (id < PARAM_CNT && strcmp(params[id].name, v.name[i]) != 0)
			id++;
		if (id == PARAM_CNT || !(route->params & BIT(id))) {
			*ret_answer = fail_unknown(req, route, v.name[i]);
			return false;
		}
		if (seen & BIT(id)) {
			*ret_answer =
				request__fail(req, MHD_HTTP_BAD_REQUEST,
					      "parameter '%s' is given twice", params[id].name);
			return false;
		}
		seen |= BIT(id);
		if (params[id].parse(v.value[i], req) < 0) {
			*ret_answer =
				request__fail(req, MHD_HTTP_BAD_REQUEST,
					      "bad value '%.64s' for '%s'; allowed: %s", v.value[i],
					      params[id].name, allowed_text(&params[id]));
			return false;
		}
	}
	return true;
}

int routes__answer(struct client *client, struct MHD_Connection *conn, const char *path,
		   const char *method)
{
	struct request req = {
		.api = client->api,
		.client = client,
		.conn = conn,
		.head = !strcmp(method, MHD_HTTP_METHOD_HEAD),
		.max_age_ns = client->api->backend->max_staleness_ns,
		.query = {.viewer = client->viewer},
	};
	const struct route *route;
	char pid[32] = "";
	int answer;

	route = strlen(path) < PATH_MAX_SZ ? find_route(path, pid, sizeof(pid)) : NULL;
	if (!route)
		return request__fail(&req, MHD_HTTP_NOT_FOUND, "there is no resource '%.128s'",
				     path);
	if (!req.head && strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return request__fail(&req, MHD_HTTP_METHOD_NOT_ALLOWED,
				     "%s answers GET and HEAD only", route->path);
	if (*pid) {
		int r = parse_number(pid, LIMIT_MAX, &req.pid);

		if (r == -EINVAL)
			return request__fail(&req, MHD_HTTP_BAD_REQUEST,
					     "'%s' is not a process number", pid);
		if (r < 0)
			return request__fail(&req, MHD_HTTP_NOT_FOUND, "there is no process %s",
					     pid);
	}
	if (!parse_params(&req, route, &answer))
		return answer;
	return route->answer(&req);
}
