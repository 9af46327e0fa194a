// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line; see options.h. */
#include "fdscope/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "complain.h"
#include "fdscope/api.h"
#include "fdscope/command.h"
#include "fdscope/kinds.h"
#include "human.h"
#include "what.h"

/* Keys of --filter; the daemon's list is in daemon/store/rank.h. */
#define FILTER_KEYS "comm, exe, unit, user, cgroup, container"

#define COMMON_OPTIONS "SjHoLhV"

struct option_desc {
	char id;       /* in COMMON_OPTIONS and command.options */
	bool is_short; /* the id is a short option too */
	const char *name;
	const char *arg; /* NULL: takes none */
	const char *help;
};

static const struct option_desc descs[] = {
	{'b', false, "by", "KEY", "group by process, exe, user, unit, cgroup or container"},
	{'s', false, "sort", "KEY",
	 "sort by allocated (default), used, highest, opens, growth or exhaustion"},
	{'n', true, "limit", "N",
	 "show N rows (top: default 20, all with --json); 0: all that the daemon gives"},
	{'f', false, "filter", "KEY:GLOB", "only processes whose KEY (" FILTER_KEYS ") matches"},
	{'t', true, "types", "LIST", "only these types of event, with commas between them"},
	{'p', true, "pid", "PID", "only what is about this process"},
	{'c', true, "count", "N", "end after N events"},
	{'i', false, "since", "TIME",
	 "from then on: 90m, 2d, 04:10 or 2026-01-31 (default 1d before now)"},
	{'a', false, "all", NULL, "the descriptors of all processes"},
	{'F', false, "firing", NULL, "only alerts that go on"},
	{'o', true, "output", "COLUMNS", "show these columns; +COLUMNS adds them to the default"},
	{'L', false, "list-columns", NULL, "say which columns there are"},
	{'H', false, "no-headings", NULL, "no headings; of a sheet only the values"},
	{'j', false, "json", NULL, "as JSON: the daemon's answer as it is"},
	{'S', false, "socket", "PATH", "socket of the daemon (default " FDS_SOCKET_PATH ")"},
	{'h', true, "help", NULL, "this text"},
	{'V', true, "version", NULL, "the version"},
};

#define DESC_CNT (sizeof(descs) / sizeof(descs[0]))

static bool takes(const struct command *cmd, char id)
{
	/* Of the common ones some have no use where there are no columns, or no daemon. */
	if (cmd && !cmd->columns && strchr("oLH", id))
		return false;
	if (cmd && cmd->local && id == 'S')
		return false;
	return strchr(COMMON_OPTIONS, id) || (cmd && cmd->options && strchr(cmd->options, id));
}

static bool takes_what(const struct command *cmd)
{
	return cmd->args && strstr(cmd->args, "WHAT");
}

static bool takes_process(const struct command *cmd)
{
	return cmd->args && !strncmp(cmd->args, "PID", 3) && !takes_what(cmd);
}

static bool takes_word(const struct command *cmd)
{
	return cmd->args && *cmd->args == '[';
}

/* "fdscope" or "fdscope top", in front of complaints. */
static const char *title(const struct command *cmd, char *buf, size_t sz)
{
	snprintf(buf, sz, "fdscope%s%s", cmd ? " " : "", cmd ? cmd->name : "");
	return buf;
}

static const char *const sort_keys[] = {
#define X(id, name, counting) name,
	FDS_SORT_KEYS(X)
#undef X
		NULL};

static const char *const group_keys[] = {
#define X(id, name) name,
	FDS_GROUP_KEYS(X)
#undef X
		NULL};

static const char *const event_types[] = {
#define X(id, name, dflt) name,
	FDS_NEWS(X)
#undef X
		NULL};

static const char *const filter_keys[] = {"comm",   "exe",	 "unit", "user",
					  "cgroup", "container", NULL};

static bool is_one_of(const char *const *names, const char *s, size_t len)
{
	for (; *names; names++)
		if (strlen(*names) == len && !strncmp(*names, s, len))
			return true;
	return false;
}

/* One line: "WHAT 'VALUE' unknown; it is one of: a, b, c". */
static int bad_name(const char *what, const char *value, size_t len, const char *const *names)
{
	_cleanup_text_ struct text list = {};

	for (size_t i = 0; names[i]; i++)
		text__addf(&list, "%s%s", i ? ", " : "", names[i]);
	return complain(EXIT_USAGE, "unknown %s '%.*s'; allowed: %s", what, (int)len, value,
			text__str(&list));
}

static int check_name(const char *what, const char *value, const char *const *names)
{
	if (is_one_of(names, value, strlen(value)))
		return 0;
	return bad_name(what, value, strlen(value), names);
}

static int check_types(const char *types)
{
	for (const char *s = types;; s++) {
		size_t len = strcspn(s, ",");

		if (!is_one_of(event_types, s, len))
			return bad_name("event type", s, len, event_types);
		s += len;
		if (!*s)
			return 0;
	}
}

static int check_filter(const char *filter)
{
	const char *colon = strchr(filter, ':');

	if (!colon)
		return complain(EXIT_USAGE,
				"--filter '%s' is not KEY:GLOB; KEY is one of: " FILTER_KEYS,
				filter);
	if (!is_one_of(filter_keys, filter, colon - filter))
		return bad_name("filter key", filter, colon - filter, filter_keys);
	if (!colon[1])
		return complain(EXIT_USAGE, "--filter '%s' has no pattern behind the colon",
				filter);
	return 0;
}

static int parse_pid(const char *what, const char *s, pid_t *ret_pid)
{
	if (!human__parse_pid(s, ret_pid))
		return 0;
	return complain(EXIT_USAGE, "%s '%s' is not a process id; it is a number from 1 to %d",
			what, s, INT_MAX);
}

static int parse_count(const char *what, const char *s, unsigned long least, unsigned long *ret)
{
	unsigned long v;

	if (human__parse_count(s, INT_MAX, &v) || v < least)
		return complain(EXIT_USAGE, "%s '%s' is not a number from %lu to %d", what, s,
				least, INT_MAX);
	*ret = v;
	return 0;
}

static int parse_since(const char *s, int64_t *ret_s)
{
	int err = human__parse_moment(s, time(NULL), ret_s);

	if (!err)
		return 0;
	return complain(EXIT_USAGE,
			err == -ERANGE
				? "--since '%s' is not in the past"
				: "--since '%s' is no time; it is like 90m, 2d, 04:10, 2026-01-31 "
				  "or '2026-01-31 04:10'",
			s);
}

static int set_option(struct options *o, int id, const char *arg)
{
	switch (id) {
	case 'b':
		o->by = arg;
		return check_name("--by key", arg, group_keys);
	case 's':
		o->sort = arg;
		return check_name("--sort key", arg, sort_keys);
	case 'n':
		o->limit_given = true;
		return parse_count("-n", arg, 0, &o->limit);
	case 'f':
		if (o->filter)
			return complain(EXIT_USAGE, "--filter can be given only once");
		o->filter = arg;
		return check_filter(arg);
	case 't':
		o->types = arg;
		return check_types(arg);
	case 'p':
		return parse_pid("-p", arg, &o->only_pid);
	case 'c':
		return parse_count("-c", arg, 1, &o->count);
	case 'i':
		return parse_since(arg, &o->since_s);
	case 'o':
		o->output = arg;
		return 0;
	case 'a':
		o->all = true;
		return 0;
	case 'F':
		o->firing = true;
		return 0;
	case 'L':
		o->list_columns = true;
		return 0;
	case 'H':
		o->no_headings = true;
		return 0;
	case 'j':
		o->json = true;
		return 0;
	case 'S':
		o->socket = arg;
		if (!*arg || strlen(arg) > CLIENT_PATH_MAX)
			return complain(EXIT_USAGE, "--socket is not a path of 1 to %zu bytes",
					CLIENT_PATH_MAX);
		return 0;
	case 'h':
		o->help = true;
		return 0;
	default:
		o->version = true;
		return 0;
	}
}

/* An option that getopt does not take: unknown, without its argument, or with one too many. */
static int bad_option(const struct command *cmd, char **argv, int result)
{
	const char *word = argv[optind - 1];
	char name[64], letter[] = {'-', (char)optopt, '\0'};

	title(cmd, name, sizeof(name));
	for (size_t i = 0; optopt && i < DESC_CNT; i++) {
		const struct option_desc *d = &descs[i];

		if (d->id != optopt || !takes(cmd, d->id))
			continue;
		if (result == ':')
			return complain(EXIT_USAGE, "option '%s' needs an argument: %s", word,
					d->arg);
		/* A letter that is the id of a long option only comes here too: it is unknown. */
		if (!d->arg && !strncmp(word, "--", 2) && strchr(word, '='))
			return complain(EXIT_USAGE, "option '--%s' takes no argument", d->name);
	}
	/* A negative number where a process id belongs, or the number behind it. */
	if (cmd && takes_process(cmd) && optopt >= '0' && optopt <= '9')
		return complain(EXIT_USAGE,
				strchr(cmd->args, ' ')
					? "'-%c...' is neither a process id nor a limit; each is a "
					  "number from 1 to %d"
					: "'-%c...' is not a process id; it is a number from 1 to "
					  "%d",
				optopt, INT_MAX);
	/* A letter may stand among others ("-jx"): then it alone is what is wrong. */
	if (optopt)
		word = letter;
	return complain(EXIT_USAGE, "unknown option '%s'; '%s --help' lists them", word, name);
}

/* Reads options up to the first word that is none (no command yet) or all of them. */
static int parse_words(const struct command *cmd, int argc, char **argv, struct options *o)
{
	struct option longs[DESC_CNT + 1] = {};
	char shorts[2 * DESC_CNT + 3];
	size_t long_cnt = 0, short_len = 0;
	int id;

	if (!cmd)
		shorts[short_len++] = '+';
	shorts[short_len++] = ':';
	for (size_t i = 0; i < DESC_CNT; i++) {
		const struct option_desc *d = &descs[i];

		if (!takes(cmd, d->id))
			continue;
		longs[long_cnt++] = (struct option){
			d->name, d->arg ? required_argument : no_argument, NULL, d->id};
		if (!d->is_short)
			continue;
		shorts[short_len++] = d->id;
		if (d->arg)
			shorts[short_len++] = ':';
	}
	shorts[short_len] = '\0';

	opterr = 0;
	optind = 0; /* glibc: begin anew, with the permutation that `shorts` asks for */
	while ((id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		int err = id == '?' || id == ':' ? bad_option(cmd, argv, id)
						 : set_option(o, id, optarg);

		if (err)
			return err;
	}
	return 0;
}

static int find_command(const char *name, const struct command **ret_cmd)
{
	const char *names[24] = {};

	for (size_t i = 0; command__list[i]; i++) {
		names[i] = command__list[i]->name;
		if (!strcmp(names[i], name)) {
			*ret_cmd = command__list[i];
			return 0;
		}
	}
	return bad_name("command", name, strlen(name), names);
}

/* Common options stand also in front of the command, when it is not known yet. */
static int check_early(const struct options *o)
{
	const struct {
		char id;
		bool given;
	} early[] = {{'o', o->output},
		     {'L', o->list_columns},
		     {'H', o->no_headings},
		     {'S', strcmp(o->socket, FDS_SOCKET_PATH) != 0}};

	for (size_t i = 0; i < sizeof(early) / sizeof(early[0]); i++)
		for (size_t k = 0; k < DESC_CNT; k++)
			if (early[i].given && descs[k].id == early[i].id &&
			    !takes(o->cmd, descs[k].id))
				return complain(EXIT_USAGE,
						"'fdscope %s' has no option '--%s'; 'fdscope %s "
						"--help' lists them",
						o->cmd->name, descs[k].name, o->cmd->name);
	return 0;
}

static int parse_columns(struct options *o)
{
	const struct column_set *set = o->cmd->columns(o);
	_cleanup_text_ struct text names = {};
	const char *bad;
	size_t bad_len;
	int err;

	columns__default(set, &o->columns);
	/* What it is sorted by is to be seen. */
	if (!o->output && o->sort && !strcmp(o->sort, "exhaustion"))
		o->output = "+exhaustion";
	if (!o->output)
		return 0;
	err = columns__parse(set, o->output, &o->columns, &bad, &bad_len);
	if (!err)
		return 0;
	if (err == -E2BIG)
		return complain(EXIT_USAGE, "-o names more than %d columns", COLUMN_LIST_MAX);
	columns__add_names(set, &names);
	if (!bad_len)
		return complain(EXIT_USAGE, "-o '%s' has an empty name in it; columns are: %s",
				o->output, text__str(&names));
	return complain(EXIT_USAGE, "unknown column '%.*s'; columns are: %s", (int)bad_len, bad,
			text__str(&names));
}

/* "PID", perhaps with a number behind it. */
static int parse_process(struct options *o, int argc, char **argv)
{
	const char *args = o->cmd->args;
	int wanted = strchr(args, ' ') ? 2 : 1;

	if (o->all && optind < argc)
		return complain(EXIT_USAGE, "'fdscope %s' takes --all or a process id, not both",
				o->cmd->name);
	if (o->all)
		return 0;
	if (optind >= argc)
		return complain(EXIT_USAGE, "'fdscope %s' needs the id of a process: fdscope %s %s",
				o->cmd->name, o->cmd->name, args);
	if (optind + wanted < argc)
		return complain(
			EXIT_USAGE,
			wanted == 1
				? "'fdscope %s' takes one process id, '%s' is too many"
				: "'fdscope %s' takes a process id and a number, '%s' is too many",
			o->cmd->name, argv[optind + wanted]);
	if (optind + wanted > argc)
		return complain(EXIT_USAGE, "'fdscope %s' needs a number too: fdscope %s %s",
				o->cmd->name, o->cmd->name, args);
	if (parse_pid("PID", argv[optind], &o->pid))
		return EXIT_USAGE;
	return wanted == 1 ? 0 : parse_count("N", argv[optind + 1], 1, &o->num);
}

/* One word, or two: only the command knows which go together. */
static int parse_what(struct options *o, int argc, char **argv)
{
	if (optind >= argc)
		return complain(EXIT_USAGE, "'fdscope %s' needs to know what: %s" WHAT_FORMS,
				o->cmd->name,
				strcmp(o->cmd->args, "WHAT") ? "the id of a process, or " : "");
	if (optind + 2 < argc)
		return complain(
			EXIT_USAGE,
			"'fdscope %s' takes one thing, in one word or two; '%s' is too many",
			o->cmd->name, argv[optind + 2]);
	o->arg = argv[optind];
	o->arg2 = optind + 1 < argc ? argv[optind + 1] : NULL;
	return 0;
}

static void take_word(struct options *o, int argc, char **argv)
{
	o->arg = optind < argc ? argv[optind] : NULL;
}

static int parse_args(struct options *o, int argc, char **argv)
{
	const char *args = o->cmd->args;

	if (!args && optind < argc)
		return complain(EXIT_USAGE, "'fdscope %s' takes no argument, '%s' is one too many",
				o->cmd->name, argv[optind]);
	if (!args)
		return 0;
	if (takes_process(o->cmd))
		return parse_process(o, argc, argv);
	if (takes_what(o->cmd))
		return parse_what(o, argc, argv);
	if (optind + 1 < argc)
		return complain(EXIT_USAGE, "'fdscope %s' takes one argument, '%s' is too many",
				o->cmd->name, argv[optind + 1]);
	take_word(o, argc, argv);
	return 0;
}

int options__parse(int argc, char **argv, struct options *ret_options)
{
	struct options o = {.socket = FDS_SOCKET_PATH};
	int err, at;

	err = parse_words(NULL, argc, argv, &o);
	if (err)
		return err;
	at = optind;
	if (at >= argc && !o.help && !o.version)
		return complain(EXIT_USAGE, "no command; 'fdscope --help' lists them");
	if (at < argc && !o.help && !o.version) {
		err = find_command(argv[at], &o.cmd);
		if (!err)
			err = check_early(&o);
		if (err)
			return err;
		/* From here on the command's name takes the place of the program's. */
		err = parse_words(o.cmd, argc - at, argv + at, &o);
		if (err)
			return err;
	}
	if (o.cmd && !o.help && !o.version) {
		/*
		 * Arguments first: columns may depend on whether there is one.  To list them none
		 * is needed, and none is looked at closer.
		 */
		if (!o.list_columns)
			err = parse_args(&o, argc - at, argv + at);
		else if (takes_word(o.cmd))
			take_word(&o, argc - at, argv + at);
		if (!err && o.cmd->columns)
			err = parse_columns(&o);
		if (err)
			return err;
	}
	*ret_options = o;
	return 0;
}

static void print_options(const struct command *cmd)
{
	for (size_t i = 0; i < DESC_CNT; i++) {
		const struct option_desc *d = &descs[i];
		char left[64];

		if (!takes(cmd, d->id))
			continue;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", d->is_short ? '-' : ' ',
			 d->is_short ? d->id : ' ', d->is_short ? ", " : "  ", d->name,
			 d->arg ? " " : "", d->arg ? d->arg : "");
		printf("  %-24s %s\n", left, d->help);
	}
}

void options__print_help(const struct command *cmd)
{
	if (cmd) {
		printf("Usage: fdscope %s [options]%s%s\n\n%s.\n\nOptions:\n", cmd->name,
		       cmd->args ? " " : "", cmd->args ? cmd->args : "", cmd->summary);
		print_options(cmd);
		return;
	}
	printf("Usage: fdscope COMMAND [options]\n\nAsks fdscoped about file descriptors.\n\n"
	       "Commands:\n");
	for (size_t i = 0; command__list[i]; i++)
		printf("  %-9s %-9s  %s\n", command__list[i]->name,
		       command__list[i]->args ? command__list[i]->args : "",
		       command__list[i]->summary);
	printf("\nOptions of every command:\n");
	print_options(NULL);
	printf("\nExit status: 0 fine, 1 the answer is no or an error, 2 wrong usage, 3 the daemon "
	       "cannot\nbe reached.  'fdscope COMMAND --help' has the rest.\n");
}
