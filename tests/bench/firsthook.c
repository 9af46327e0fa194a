// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * firsthook: a hook that takes the clock before anything else, and writes it and the process that
 * it is about to PATH-OF-THIS-PROGRAM.fifo.  Static, so that nothing but the start of the C library
 * lies between exec and the first line.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec ts;
	const char *pid;
	char path[4096];
	uint64_t told[2];
	int fd;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)argc;
	pid = getenv("FDSCOPE_PID");
	told[0] = (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
	told[1] = pid ? strtoul(pid, NULL, 10) : 0;
	snprintf(path, sizeof(path), "%s.fifo", argv[0]);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, told, sizeof(told)) == sizeof(told) ? 0 : 1;
}
