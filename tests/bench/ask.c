// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ask: a GET on the daemon's socket. Prints values out of the answer by their path ("groups.0.key",
 * null as "-"), or the latencies of many requests on one connection.
 */
#include "get.h"

#include <jansson.h>

static const json_t *walk(const json_t *at, const char *path)
{
	char *copy = strdup(path), *rest = copy, *name;

	while (at && (name = strsep(&rest, ".")))
		at = json_is_array(at) ? json_array_get(at, strtoul(name, NULL, 10))
				       : json_object_get(at, name);
	free(copy);
	return at;
}

static void print_value(const json_t *v)
{
	if (json_is_integer(v))
		printf("%lld", (long long)json_integer_value(v));
	else if (json_is_number(v))
		printf("%g", json_number_value(v));
	else if (json_is_string(v))
		printf("%s", json_string_value(v));
	else if (json_is_boolean(v))
		printf("%s", json_is_true(v) ? "true" : "false");
	else
		printf("-");
}

static int ask_values(const char *socket_path, const char *path, char **keys, int key_cnt)
{
	struct answer a = {};
	const char *body;
	json_t *root;
	int i, fd = connect_to(socket_path);

	request(fd, path, 0);
	while (receive(fd, &a))
		;
	errno = 0;
	body = body_of(&a);
	if (!body || !is_ok(&a))
		die(path);
	root = json_loads(body, 0, NULL);
	if (!root)
		die("JSON");
	for (i = 0; i < key_cnt; i++) {
		print_value(walk(root, keys[i]));
		putchar(i + 1 < key_cnt ? '\t' : '\n');
	}
	json_decref(root);
	free(a.data);
	close(fd);
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* One connection, a request when the answer before is whole: "P50 P99 MAX" in nanoseconds. */
static int ask_latency(size_t cnt, const char *socket_path, const char *path)
{
	uint64_t *costs = calloc(cnt, sizeof(*costs));
	int fd = connect_to(socket_path);
	struct answer a = {};
	size_t i;

	if (!costs)
		die("calloc");
	for (i = 0; i < cnt; i++)
		costs[i] = exchange(fd, path, &a);
	qsort(costs, cnt, sizeof(*costs), compare);
	printf("%llu %llu %llu\n", (unsigned long long)costs[cnt / 2],
	       (unsigned long long)costs[cnt * 99 / 100], (unsigned long long)costs[cnt - 1]);
	free(costs);
	free(a.data);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "--latency") && strtoul(argv[2], NULL, 10))
		return ask_latency(strtoul(argv[2], NULL, 10), argv[3], argv[4]);
	if (argc > 3 && argv[1][0] != '-')
		return ask_values(argv[1], argv[2], argv + 3, argc - 3);
	fprintf(stderr, "usage: ask SOCKET PATH KEY...\n"
			"       ask --latency N SOCKET PATH\n");
	return 2;
}
