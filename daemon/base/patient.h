/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads files of which another decides when the answer comes.  /proc/PID/cmdline and maps need the
 * process's mmap_lock, or that it is not in the midst of an exec: who holds these as long as a page
 * of a FUSE server is awaited holds up all readers.  A thread waits in the daemon's place.
 */
#ifndef FDSCOPE_PATIENT_H
#define FDSCOPE_PATIENT_H

#include <stddef.h>
#include <sys/types.h>

#define PATIENT_WAIT_MS	      50 /* for one file */
#define PATIENT_ABANDONED_MAX 8	 /* threads that wait for what nobody awaits any more */
#define PATIENT_NAME_MAX      31

/*
 * Up to buf_sz - 1 bytes of the file `name` in the folder `dir`, and a NUL.  The length; -EBUSY: it
 * did not come in time, or enough time has been waited of late, or too many threads still wait;
 * -EMFILE, -ENFILE, -ENOMEM: of our own; else what open and read say.  `buf` is of use only with a
 * length.  For one thread of the program alone.
 */
ssize_t patient__read(int dir, const char *name, char *buf, size_t buf_sz);

/* Threads that wait in vain now; each holds a descriptor. */
unsigned int patient__abandoned(void);

#endif
