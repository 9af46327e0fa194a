/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mkfds: descriptors of every kind at chosen numbers, and what is true of them by construction.
 */
#ifndef FDSCOPE_MKFDS_H
#define FDSCOPE_MKFDS_H

#include <jansson.h>
#include <stdbool.h>

struct maker {
	const char *name;
	void (*make)(int fd); /* puts descriptors at `fd` and the numbers behind it */
};

extern const struct maker mkfds__files[], mkfds__sockets[], mkfds__events[], mkfds__locks[];

/* Ends with "skip WHY" unless `ok`; errno is told. */
void mkfds__need(bool ok, const char *what);

/* Moves a descriptor to that number. */
void mkfds__put(int from, int to);

/* What the answer must have of descriptor `fd`: its kind and these members of the detail (stolen).
 */
void mkfds__expect(int fd, const char *kind, json_t *detail);
/* The same of its locks, an array (stolen). */
void mkfds__expect_locks(int fd, json_t *locks);

/* [{"pid": .., "fd": .., "comm": .., "mode": ..}], of our own. */
json_t *mkfds__peer(int fd, const char *mode);
long long mkfds__inode(int fd);

/* A child that does this and then waits for our end; its pid once it has said that it is ready. */
int mkfds__child(void (*fn)(int fd), int fd);

#endif
