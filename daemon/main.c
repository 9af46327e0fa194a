// SPDX-License-Identifier: GPL-2.0-or-later
/* fdscoped: command line in, manager started, exit status out. */
#include "base/log.h"
#include "base/reserve.h"
#include "fdscope/api.h"
#include "manager.h"
#include "source/loader.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define EXIT_USAGE 2

static const char usage[] =
	"Usage: fdscoped [OPTION...]\n"
	"Watch the file descriptors of every process of this host.\n"
	"\n"
	"  --tier TIER        auto, trampoline, kprobe, syscall, sample or procfs [auto]\n"
	"  --socket PATH      answer on this Unix socket [" FDS_SOCKET_PATH "]\n"
	"  --config PATH      read this file and PATH.d/*.conf [" FDS_CONFIG_PATH "]\n"
	"  --foreground       plain log lines on standard error, also under systemd\n"
	"  --btf PATH         take the kernel's types from this file\n"
	"  --log-level LEVEL  error, warning, notice, info or debug [info]\n"
	"  --skip-hook NAME   do without this program of a tier: to test that it is missed\n"
	"  --list-config      print every key of the config, and end\n"
	"  -h, --help         print this, and end\n"
	"  -V, --version      print the version, and end\n"
	"\n"
	"It never forks into the background: that is the service manager's work.  Ask it with\n"
	"fdscope(1).  See fdscoped(8).\n";

/*
 * The daemon must work when descriptors are scarce, and it holds few itself: what the hard limit
 * allows is taken at once.
 */
static uint64_t raise_own_limit(void)
{
	struct rlimit lim;
	uint64_t before = 1024;

	if (getrlimit(RLIMIT_NOFILE, &lim))
		return before;
	before = lim.rlim_cur;
	lim.rlim_cur = lim.rlim_max;
	setrlimit(RLIMIT_NOFILE, &lim);
	return before;
}

static int run(struct manager_options *opts)
{
	struct config scratch;
	struct manager *m;
	char *why = NULL;
	int err;

	config__init(&scratch);
	if (manager_options__apply(opts, &scratch, &why)) {
		log_error("%s", why ?: "out of memory");
		free(why);
		return EXIT_USAGE;
	}
	opts->nofile = raise_own_limit();
	reserve__take();
	loader__init();
	err = manager__new(opts, &m);
	if (err)
		return EXIT_FAILURE;
	err = manager__run(m);
	if (err < 0)
		log_errno(err, "event loop");
	manager__free(m);
	return err < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

enum {
	OPT_TIER = 256,
	OPT_SOCKET,
	OPT_CONFIG,
	OPT_FOREGROUND,
	OPT_BTF,
	OPT_LOG_LEVEL,
	OPT_SKIP_HOOK,
	OPT_LIST_CONFIG,
};

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"tier", required_argument, NULL, OPT_TIER},
		{"socket", required_argument, NULL, OPT_SOCKET},
		{"config", required_argument, NULL, OPT_CONFIG},
		{"foreground", no_argument, NULL, OPT_FOREGROUND},
		{"btf", required_argument, NULL, OPT_BTF},
		{"log-level", required_argument, NULL, OPT_LOG_LEVEL},
		{"skip-hook", required_argument, NULL, OPT_SKIP_HOOK},
		{"list-config", no_argument, NULL, OPT_LIST_CONFIG},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{},
	};
	struct manager_options opts = {};
	int c;

	opterr = 0; /* one line, of our own */
	while ((c = getopt_long(argc, argv, ":hV", options, NULL)) != -1) {
		switch (c) {
		case OPT_TIER:
			opts.tier = optarg;
			break;
		case OPT_SOCKET:
			opts.socket = optarg;
			break;
		case OPT_CONFIG:
			opts.config_path = optarg;
			break;
		case OPT_FOREGROUND:
			unsetenv("JOURNAL_STREAM");
			break;
		case OPT_BTF:
			opts.btf = optarg;
			break;
		case OPT_LOG_LEVEL:
			opts.log_level = optarg;
			break;
		case OPT_SKIP_HOOK:
			opts.skip_hook = optarg;
			break;
		case OPT_LIST_CONFIG:
			config__print_keys(stdout);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'V':
			puts("fdscoped " FDS_VERSION);
			return EXIT_SUCCESS;
		case ':':
			fprintf(stderr,
				"fdscoped: option '%s' needs a value; see fdscoped --help\n",
				argv[optind - 1]);
			return EXIT_USAGE;
		default:
			fprintf(stderr, "fdscoped: no such option '%s'; see fdscoped --help\n",
				argv[optind - 1]);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
			"fdscoped: what is '%s'? It takes options only; see fdscoped --help\n",
			argv[optind]);
		return EXIT_USAGE;
	}
	return run(&opts);
}
