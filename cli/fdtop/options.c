// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of fdtop; see options.h. */
#include "fdtop/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"
#include "complain.h"
#include "fdtop/model/filter.h"
#include "human.h"

struct option_desc {
	struct option option;
	const char *arg; /* NULL: takes none */
	const char *help;
};

/* Values of options without a short form. */
enum { LONG_ASCII = 256, LONG_BATCH, LONG_FAILING, LONG_NO_MOUSE, LONG_ONCE, LONG_SOCKET };

static const struct option_desc descs[] = {
	{{"delay", required_argument, NULL, 'd'}, "SECONDS", "time between refreshes, 0.2 to 60"},
	{{"sort", required_argument, NULL, 's'}, "FIELD", "sort by FIELD"},
	{{"reverse", no_argument, NULL, 'r'}, NULL, "the other way round"},
	{{"by", required_argument, NULL, 'b'},
	 "KEY",
	 "group by process, exe, user, unit, cgroup or container"},
	{{"tree", no_argument, NULL, 't'}, NULL, "tree of processes"},
	{{"filter", required_argument, NULL, 'f'},
	 "TEXT",
	 "only processes that match; see fdtop(1)"},
	{{"failing", no_argument, NULL, LONG_FAILING}, NULL, "only processes with refused calls"},
	{{"pid", required_argument, NULL, 'p'}, "PID", "begin with this process"},
	{{"once", no_argument, NULL, LONG_ONCE}, NULL, "print one screen as plain text"},
	{{"batch", required_argument, NULL, LONG_BATCH}, "N", "print N screens as plain text"},
	{{"rows", required_argument, NULL, 'n'}, "N", "processes in these, default all"},
	{{"no-color", no_argument, NULL, 'C'}, NULL, "no colours, as with NO_COLOR"},
	{{"ascii", no_argument, NULL, LONG_ASCII}, NULL, "draw with ASCII alone"},
	{{"no-mouse", no_argument, NULL, LONG_NO_MOUSE}, NULL, "leave the mouse to the terminal"},
	{{"socket", required_argument, NULL, LONG_SOCKET},
	 "PATH",
	 "socket of the daemon (default " FDS_SOCKET_PATH ")"},
	{{"help", no_argument, NULL, 'h'}, NULL, "this text"},
	{{"version", no_argument, NULL, 'V'}, NULL, "the version"},
};

#define DESC_CNT (sizeof(descs) / sizeof(descs[0]))

static void add_fields(struct text *t)
{
	for (enum field_id id = 0; id < FIELD_CNT; id++)
		if (field__list[id].compare)
			text__addf(t, "%s%s", id ? ", " : "", field__list[id].name);
}

static int set_sort(const char *value, struct settings *s)
{
	_cleanup_text_ struct text names = {};
	enum field_id id = field__guess(value);

	if (id < FIELD_CNT && field__list[id].compare) {
		s->sort = id;
		s->reverse = false;
		return 0;
	}
	add_fields(&names);
	return complain(EXIT_USAGE, "unknown --sort '%s'; allowed: %s", value, text__str(&names));
}

static int set_group(const char *value, struct settings *s)
{
	if (settings__find_group(value) == FDS_BY_CNT)
		return complain(EXIT_USAGE,
				"unknown --by '%s'; allowed: process, exe, user, unit, cgroup, "
				"container",
				value);
	s->group = settings__find_group(value);
	s->tree = false;
	return 0;
}

static int set_delay(const char *value, struct settings *s)
{
	char *end;
	double seconds = strtod(value, &end);

	if (end == value || *end || !(seconds * 1000 >= SETTINGS_INTERVAL_MIN) ||
	    seconds * 1000 > SETTINGS_INTERVAL_MAX)
		return complain(EXIT_USAGE, "--delay '%s' is not a number from 0.2 to 60", value);
	s->interval_ms = (unsigned)lround(seconds * 1000);
	return 0;
}

static int set_count(const char *name, const char *value, unsigned long *ret)
{
	if (human__parse_count(value, 1000000, ret) || !*ret)
		return complain(EXIT_USAGE, "%s '%s' is not a number from 1 to 1000000", name,
				value);
	return 0;
}

static int set_filter(const char *value, struct options *o)
{
	if (strlen(value) >= FILTER_MAX)
		return complain(EXIT_USAGE, "--filter is longer than %d bytes", FILTER_MAX - 1);
	o->filter = value;
	return 0;
}

static int set_socket(const char *value, struct options *o)
{
	if (!*value || strlen(value) > CLIENT_PATH_MAX)
		return complain(EXIT_USAGE, "--socket '%s' must have 1 to %zu bytes", value,
				CLIENT_PATH_MAX);
	o->socket = value;
	return 0;
}

static int set_pid(const char *value, struct options *o)
{
	if (human__parse_pid(value, &o->pid))
		return complain(EXIT_USAGE, "'%s' is not a process id", value);
	return 0;
}

static int apply(int id, const char *value, struct options *o, struct settings *s)
{
	switch (id) {
	case 'd':
		return set_delay(value, s);
	case 's':
		return set_sort(value, s);
	case 'r':
		s->reverse = true;
		return 0;
	case 'b':
		return set_group(value, s);
	case 't':
		s->tree = true;
		s->group = FDS_BY_PROCESS;
		return 0;
	case 'f':
		return set_filter(value, o);
	case 'p':
		return set_pid(value, o);
	case 'n':
		return set_count("--rows", value, &o->rows);
	case 'C':
		o->no_colour = true;
		return 0;
	case 'h':
		o->help = true;
		return 0;
	case 'V':
		o->version = true;
		return 0;
	case LONG_ASCII:
		o->ascii = true;
		return 0;
	case LONG_BATCH:
		return set_count("--batch", value, &o->batch);
	case LONG_FAILING:
		o->failing = true;
		return 0;
	case LONG_NO_MOUSE:
		s->mouse = false;
		return 0;
	case LONG_ONCE:
		o->batch = 1;
		return 0;
	default:
		return set_socket(value, o);
	}
}

/* What getopt_long() would say itself, in the words of the house. */
static int bad_option(int c, char **argv)
{
	if (c == ':')
		return complain(EXIT_USAGE, "%s needs a value", argv[optind - 1]);
	if (optopt && optopt < LONG_ASCII && !strchr(argv[optind - 1], '='))
		return complain(EXIT_USAGE, "unknown option -%c; see fdtop --help", optopt);
	return complain(EXIT_USAGE, "unknown option %s; see fdtop --help", argv[optind - 1]);
}

int options__parse(int argc, char **argv, struct options *ret_options, struct settings *settings)
{
	struct option longs[DESC_CNT + 1] = {};
	struct options o = {.socket = FDS_SOCKET_PATH};
	int c;

	for (size_t i = 0; i < DESC_CNT; i++)
		longs[i] = descs[i].option;
	opterr = 0;
	optind = 0; /* from the beginning, also the second time */
	while ((c = getopt_long(argc, argv, ":d:s:rb:tf:p:n:ChV", longs, NULL)) != -1) {
		int err =
			c == '?' || c == ':' ? bad_option(c, argv) : apply(c, optarg, &o, settings);

		if (err)
			return err;
	}
	if (optind < argc)
		return complain(EXIT_USAGE, "'%s' is one argument too many; see fdtop --help",
				argv[optind]);
	if (o.batch && o.pid)
		return complain(EXIT_USAGE, "--pid is not for --once and --batch; try fdscope "
					    "show");
	*ret_options = o;
	return 0;
}

void options__print_help(void)
{
	_cleanup_text_ struct text names = {};

	add_fields(&names);
	puts("Usage: fdtop [OPTIONS]\n\n"
	     "Shows live which processes hold file descriptors, and which run out of them.\n"
	     "? explains the keys.\n\nOptions:");
	for (size_t i = 0; i < DESC_CNT; i++) {
		const struct option_desc *d = &descs[i];
		char name[40];

		snprintf(name, sizeof(name), "--%s%s%s", d->option.name, d->arg ? " " : "",
			 d->arg ? d->arg : "");
		if (d->option.val < LONG_ASCII)
			printf("  -%c, %-18s %s\n", d->option.val, name, d->help);
		else
			printf("      %-18s %s\n", name, d->help);
	}
	printf("\nFields: %s\n", text__str(&names));
}
