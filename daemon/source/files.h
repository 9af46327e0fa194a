/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The descriptors of one process, each with its kind, name, open file description and the other
 * processes that hold the same one.  Built from the file iterator or from /proc.
 */
#ifndef FDSCOPE_FILES_H
#define FDSCOPE_FILES_H

#include "base/json.h"
#include "fdscope/kinds.h"
#include "fdscope/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A descriptor of another process on the same open file description. */
struct file_holder {
	uint64_t ofd;
	uint32_t pid;
	uint32_t fd;
	uint32_t uid;
	uint32_t euid;
	char comm[FDS_COMM_SZ + 1];
};

/* A descriptor of any process on a pipe, a FIFO, or the socket that is a peer. */
struct file_peer {
	uint64_t inode_at;
	uint64_t ofd;
	uint32_t pid;
	uint32_t fd;
	uint32_t uid;
	uint32_t euid;
	uint32_t fmode;
	char comm[FDS_COMM_SZ + 1];
};

/* A process by its number, as long as it was there. */
struct file_process {
	uint32_t pid;
	uint32_t uid;
	uint32_t euid;
	char comm[FDS_COMM_SZ + 1];
};

struct file_lock {
	const char *type; /* "flock", "posix", "ofd", "lease" */
	const char *mode; /* "read", "write" */
	uint64_t start;
	uint64_t end;			 /* FDS_UNKNOWN: up to the end of the file */
	uint32_t pid;			 /* 0: the kernel names none */
	size_t waiter_first, waiter_cnt; /* range in file_list.waiters */
};

struct file_row {
	struct fds_file_rec rec;
	enum fds_kind kind;
	uint64_t ofd; /* identity of the open file description, stable within a boot; 0: unknown */
	char *name;   /* what /proc/PID/fd/N points to, valid UTF-8; NULL: see error */
	int error;    /* errno of reading the name; 0: none, or not looked at */
	size_t holder_first, holder_cnt; /* range in file_list.holders */
	/* What the kind's vtable tells from, see kind/kind.h; none of it in a sample. */
	struct fds_detail_rec *detail; /* NULL: not known, or none of such a kind */
	char *fdinfo;		       /* text of /proc/PID/fdinfo/FD; NULL: not read */
	const char *detail_error;      /* why something is missing; NULL: nothing is */
	bool knows_peers;
	size_t peer_first, peer_cnt; /* range in file_list.peers */
	size_t lock_first, lock_cnt; /* range in file_list.locks */
};

struct file_list {
	struct file_row *rows; /* by fd, ascending */
	size_t cnt;
	/* Descriptors without a row, which a sample has: these are counted all the same. */
	size_t unlisted_cnt;
	uint32_t unlisted_kinds[FDS_KIND_CNT];
	struct file_holder *holders;
	size_t holder_cnt;
	bool looked_for_holders;
	struct file_peer *peers;
	size_t peer_cnt;
	struct file_lock *locks;
	size_t lock_cnt, lock_cap;
	struct file_process *waiters; /* for the locks */
	size_t waiter_cnt, waiter_cap;
	struct file_process *targets; /* of pidfds, by pid */
	size_t target_cnt;
	char *devices; /* text of /proc/devices; NULL: not needed, or not read */
	uint64_t generated_ns;
	/*
	 * Whose descriptors these are, told after all was read: the process may have changed its
	 * user meanwhile, or be another.
	 */
	uint64_t start_ns; /* 0: nothing was open */
	uid_t owner;	   /* of /proc/PID/fd: the user, or root where even he may not look */
};

struct source;
struct ofd_key;

/*
 * The descriptors of the table that thread `tid` of `pid` uses.  -ESRCH: gone; -EACCES: the tier
 * may not see them.  Freed with file_list__free().
 */
int file_list__read(struct source *s, const struct ofd_key *key, pid_t pid, pid_t tid,
		    struct file_list **ret);
/*
 * The same in a hurry: all are counted by kind, and at most `rows_max` of them, spread over all,
 * have a row, in whose record only what tells the file is sure to be there.  Who else holds an ofd
 * is looked for if there are at most `holders_max` descriptors.
 */
int file_list__sample(struct source *s, const struct ofd_key *key, pid_t pid, pid_t tid,
		      size_t rows_max, size_t holders_max, struct file_list **ret);
void file_list__free(struct file_list *l);

/* One row by itself: its record, kind and the ofd's identity, but no name. */
void file_row__init(struct file_row *row, const struct fds_file_rec *rec,
		    const struct ofd_key *key);
/* Its name or error, from procfs_names__open() of its process. */
void file_row__read_name(struct file_row *row, int dir);

/* "kinds": {NAME: number}, of those that there are, whether they have a row or not. */
void file_list__emit_kinds(struct json *j, const struct file_list *l);

/* Kind from inode mode, socket family and type, and the name's last part. */
enum fds_kind kind__find(uint32_t mode, uint16_t sock_family, uint16_t sock_type, const char *name);
const char *kind__name(enum fds_kind kind);

#endif
