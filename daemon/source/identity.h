/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a process is, as far as /proc tells: program, command line, cgroup, and the systemd unit and
 * container that the cgroup's path names.  All strings are valid UTF-8 (see base/text.h).
 */
#ifndef FDSCOPE_IDENTITY_H
#define FDSCOPE_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#define IDENTITY_CMDLINE_MAX 4096 /* bytes of a command line that are kept */

struct identity {
	char *exe;	 /* NULL: kernel thread, zombie, or not allowed to know; without the
			    " (deleted)" that the kernel adds when the program's file is gone */
	char *cmdline;	 /* arguments with a space between them; NULL: none, or the process does
			    not let them be read, see base/patient.h */
	char *cgroup;	 /* path below the hierarchy's root, see identity.c which one; NULL: none */
	char *unit;	 /* NULL: none */
	char *container; /* NULL: none */
	bool missed;	 /* the command line could not be read in time: try again later */
};

/* 0, -ESRCH: no such process, -EMFILE, -ENFILE, -ENOMEM.  What may not be read is NULL. */
int identity__read(pid_t pid, struct identity **ret);
void identity__free(struct identity *id);

/* The program's file alone; -errno also where it is not known. */
int identity__read_exe(pid_t pid, char **ret);
/* Its unit alone, by the cgroup file alone, NULL in *ret: none; errors as above. */
int identity__read_unit(pid_t pid, char **ret);

/* Whether all processes live in cgroup v2: its root is then the root of all. */
bool identity__is_unified(void);

/*
 * Parts of a cgroup path; what it does not name is NULL.  0 or -ENOMEM.
 *  - unit: as sd_pid_get_unit() gives it, the first part that is no slice, if it is a unit.  So
 *    what a user's own manager runs (user@1000.service/app.slice/x.service) counts as the system's
 *    unit, user@1000.service; and what a container's own systemd runs, as the container's scope.
 *  - container: of the innermost part that names one, the 64 hexadecimal digits (docker, podman,
 *    containerd, cri-o, Kubernetes) or the name (lxc, systemd-nspawn, machines).
 */
int identity__parse_cgroup(const char *path, char **ret_unit, char **ret_container);

/*
 * The path that says most in the text of /proc/PID/cgroup: of the unified hierarchy; where that is
 * "/" of name=systemd, else of the first other hierarchy where it is not "/".  Points to a copy;
 * NULL in *ret: the text names none.  0 or -ENOMEM.
 */
int identity__choose_cgroup(const char *text, char **ret);

#endif
