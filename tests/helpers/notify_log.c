// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * notify_log SOCKET: what a service manager hears.  Takes sd_notify() messages at SOCKET and prints
 * them, a message a line, line breaks as spaces, until it is killed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define MESSAGE_MAX 4096

int main(int argc, char **argv)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	char message[MESSAGE_MAX];
	int fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(sa.sun_path)) {
		fprintf(stderr, "Usage: notify_log SOCKET\n");
		return 2;
	}
	strcpy(sa.sun_path, argv[1]);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		perror(argv[1]);
		return 1;
	}
	for (;;) {
		ssize_t len = recv(fd, message, sizeof(message), 0);

		if (len < 0 && errno != EINTR)
			return 1;
		for (ssize_t i = 0; i < len; i++)
			putchar(message[i] == '\n' ? ' ' : message[i]);
		putchar('\n');
		/* It is read while it grows. */
		if (fflush(stdout))
			return 1;
	}
}
