// SPDX-License-Identifier: GPL-2.0-or-later
/* fdtop: the live view of who holds file descriptors. */
#include <stdio.h>

#include "complain.h"
#include "fdtop/live.h"
#include "fdtop/options.h"
#include "program.h"

static int run(int argc, char **argv)
{
	struct settings settings;
	struct options o;
	int err;

	settings__init(&settings);
	err = options__parse(argc, argv, &o, &settings);
	if (err)
		return err;
	if (o.help) {
		options__print_help();
		return EXIT_FINE;
	}
	if (o.version) {
		printf("fdtop %s\n", FDS_VERSION);
		return EXIT_FINE;
	}
	/* A report is the same whatever somebody looked at last. */
	if (o.batch)
		return batch__run(&o, &settings);
	settings__init(&settings);
	/* Where there are none, or none that can be read, the defaults do. */
	settings__load(&settings);
	err = options__parse(argc, argv, &o, &settings);
	return err ? err : live__run(&o, &settings);
}

int main(int argc, char **argv)
{
	program__init();
	return complain__check_output(run(argc, argv));
}
