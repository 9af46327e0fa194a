// SPDX-License-Identifier: GPL-2.0-or-later
/* From path and parameters to the resource that answers; see routes.h. */
#include "api/routes.h"

#include "api/events.h"
#include "api/resources.h"
#include "api/who.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_SZ  256     /* bytes of a path; ours are far shorter */
#define LIMIT_MAX    4194304 /* rows; the kernel has no more pids (PID_MAX_LIMIT) */
#define STALE_MAX_MS 3600000
#define GLOB_MAX_SZ  256
#define GLOB_STARS   8	 /* fnmatch(3) tries again from each: bound its work per row */
#define UNIT_MAX_SZ  255 /* UNIT_NAME_MAX of systemd */
#define PARAMS_MAX   16

enum param_id {
	PARAM_SORT,
	PARAM_LIMIT,
	PARAM_BY,
	PARAM_FILTER,
	PARAM_STALENESS,
	PARAM_TYPES,
	PARAM_STATE,
	PARAM_BEFORE,
	PARAM_SOFT,
	PARAM_PID,
	PARAM_UNIT,
	PARAM_SINCE,
	PARAM_FD,
	PARAM_INODE,
	PARAM_PORT,
	PARAM_OFD,
	PARAM_DELETED,
	PARAM_CNT,
};

#define BIT(id) (1u << (id))

static int parse_large(const char *text, uint64_t max, uint64_t *ret)
{
	uint64_t n = 0;

	if (!*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		if (__builtin_mul_overflow(n, 10, &n) ||
		    __builtin_add_overflow(n, *text - '0', &n) || n > max)
			return -ERANGE;
	}
	*ret = n;
	return 0;
}

static int parse_number(const char *text, uint32_t max, uint32_t *ret)
{
	uint64_t n;
	int r = parse_large(text, max, &n);

	if (r == 0)
		*ret = n;
	return r;
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
	if (req->query.viewer.all)
		req->users_age_ns = req->max_age_ns;
	return 0;
}

static int parse_types(const char *text, struct request *req)
{
	return events__parse_types(text, &req->types);
}

static int parse_state(const char *text, struct request *req)
{
	static const char *const names[] = {"cleared", "firing"};

	for (int i = 0; i < 2; i++) {
		if (!strcmp(text, names[i])) {
			req->state = i;
			return 0;
		}
	}
	return -EINVAL;
}

static int parse_before(const char *text, struct request *req)
{
	return parse_large(text, INT64_MAX, &req->before);
}

static int parse_soft(const char *text, struct request *req)
{
	return parse_large(text, INT64_MAX, &req->soft);
}

static int parse_pid(const char *text, struct request *req)
{
	int r = parse_number(text, LIMIT_MAX, &req->pid);

	return r == 0 && !req->pid ? -ERANGE : r;
}

static int parse_unit(const char *text, struct request *req)
{
	if (!*text || strlen(text) > UNIT_MAX_SZ)
		return -EINVAL;
	req->unit = text;
	return 0;
}

static int parse_since(const char *text, struct request *req)
{
	return parse_large(text, INT64_MAX, &req->since_s);
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
	[PARAM_STATE] = {"state", "firing, cleared", parse_state},
	[PARAM_BEFORE] = {"before", "the number of an incident", parse_before},
	[PARAM_SOFT] = {"soft", "a number of descriptors", parse_soft},
	[PARAM_PID] = {"pid", "a process number", parse_pid},
	[PARAM_UNIT] = {"unit", "the name of a systemd unit", parse_unit},
	[PARAM_SINCE] = {"since", "seconds since 1970", parse_since},
	[PARAM_FD] = {"fd", "the number of a descriptor", who__parse_fd},
	[PARAM_INODE] = {"inode", "MAJOR:MINOR:INODE, all decimal", who__parse_inode},
	[PARAM_PORT] = {"port", "a number from 1 to 65535", who__parse_port},
	[PARAM_OFD] = {"ofd", "16 hexadecimal digits", who__parse_ofd},
	[PARAM_DELETED] = {"deleted", "1", who__parse_deleted},
};

/* What a number in the path counts, and how large it may be. */
struct noun {
	const char *name;
	uint64_t max;
};

static const struct noun process_noun = {"process", LIMIT_MAX};
static const struct noun incident_noun = {"incident", INT64_MAX};

/* {} stands for one part of the path, a number. */
static const struct route {
	const char *path;
	int (*answer)(struct request *req);
	uint32_t params; /* BIT() of each that it knows */
	const struct noun *noun;
	bool acts; /* POST: it changes something */
} routes[] = {
	{FDS_API_PROCESSES, processes__answer_list,
	 BIT(PARAM_SORT) | BIT(PARAM_LIMIT) | BIT(PARAM_BY) | BIT(PARAM_FILTER) |
		 BIT(PARAM_STALENESS),
	 NULL, false},
	{FDS_API_PROCESSES "/{}", processes__answer_one, BIT(PARAM_STALENESS), &process_noun,
	 false},
	{FDS_API_PROCESSES "/{}/files", files__answer, BIT(PARAM_STALENESS), &process_noun, false},
	{FDS_API_PROCESSES "/{}/raise", raise__answer, BIT(PARAM_SOFT), &process_noun, true},
	{FDS_API_FILES, all_files__answer, 0, NULL, false},
	{FDS_API_WHO, who__answer,
	 BIT(PARAM_PID) | BIT(PARAM_FD) | BIT(PARAM_INODE) | BIT(PARAM_PORT) | BIT(PARAM_OFD) |
		 BIT(PARAM_DELETED),
	 NULL, false},
	{FDS_API_SYSTEM, system__answer, BIT(PARAM_STALENESS), NULL, false},
	{FDS_API_FAILURES, failures__answer, BIT(PARAM_LIMIT), NULL, false},
	{FDS_API_HAZARDS, hazards__answer, BIT(PARAM_LIMIT) | BIT(PARAM_PID), NULL, false},
	{FDS_API_INCIDENTS, incidents__answer_list,
	 BIT(PARAM_LIMIT) | BIT(PARAM_STATE) | BIT(PARAM_BEFORE), NULL, false},
	{FDS_API_INCIDENTS "/{}", incidents__answer_one, 0, &incident_noun, false},
	{FDS_API_HISTORY, history__answer, BIT(PARAM_PID) | BIT(PARAM_UNIT) | BIT(PARAM_SINCE),
	 NULL, false},
	{FDS_API_STATUS, status__answer, 0, NULL, false},
	{FDS_API_EVENTS, events__answer, BIT(PARAM_TYPES), NULL, false},
	{FDS_API_METRICS, metrics__answer, 0, NULL, false},
};

static const char *allowed_text(const struct param *p)
{
	return strncmp(p->allowed, ", ", 2) ? p->allowed : p->allowed + 2;
}

/* Whether a path is of this form; the part at {} into `ret_number`. */
static bool matches(const char *form, const char *path, char *ret_number, size_t number_sz)
{
	const char *brace = strchr(form, '{');
	size_t head_len, len;

	if (!brace)
		return !strcmp(form, path);
	head_len = brace - form;
	if (strncmp(form, path, head_len) != 0)
		return false;
	path += head_len;
	len = strcspn(path, "/");
	if (!len || len >= number_sz || strcmp(path + len, brace + strlen("{}")) != 0)
		return false;
	memcpy(ret_number, path, len);
	ret_number[len] = '\0';
	return true;
}

static const struct route *find_route(const char *path, char *ret_number, size_t number_sz)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (matches(routes[i].path, path, ret_number, number_sz))
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

/* The number in the path; false: it has been answered, *ret_answer. */
static bool parse_path(struct request *req, const struct route *route, const char *number,
		       int *ret_answer)
{
	uint64_t n;
	int r;

	if (!route->noun)
		return true;
	r = parse_large(number, route->noun->max, &n);
	if (r == -EINVAL)
		*ret_answer = request__fail(req, MHD_HTTP_BAD_REQUEST, "'%s' is not a%s %s number",
					    number, route->noun->name[0] == 'i' ? "n" : "",
					    route->noun->name);
	else if (r < 0)
		*ret_answer = request__fail(req, MHD_HTTP_NOT_FOUND, "there is no %s %s",
					    route->noun->name, number);
	else
		req->pid = req->id = n;
	return r == 0;
}

static bool check_method(struct request *req, const struct route *route, const char *method,
			 int *ret_answer)
{
	if (route->acts && strcmp(method, MHD_HTTP_METHOD_POST) != 0) {
		req->allow = "POST";
		*ret_answer = request__fail(req, MHD_HTTP_METHOD_NOT_ALLOWED,
					    "%s acts: it answers POST only", route->path);
		return false;
	}
	if (!route->acts && !req->head && strcmp(method, MHD_HTTP_METHOD_GET) != 0) {
		*ret_answer = request__fail(req, MHD_HTTP_METHOD_NOT_ALLOWED,
					    "%s answers GET and HEAD only", route->path);
		return false;
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
		.users_age_ns = BACKEND_USERS_AGE_NS,
		.state = -1,
		.soft = FDS_UNKNOWN,
		.query = {.viewer = client->viewer},
	};
	const struct route *route;
	char number[32] = "";
	int answer;

	route = strlen(path) < PATH_MAX_SZ ? find_route(path, number, sizeof(number)) : NULL;
	if (!route)
		return request__fail(&req, MHD_HTTP_NOT_FOUND, "there is no resource '%.128s'",
				     path);
	if (!check_method(&req, route, method, &answer) ||
	    !parse_path(&req, route, number, &answer) || !parse_params(&req, route, &answer))
		return answer;
	return route->answer(&req);
}
