/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names for open file descriptions: the kernel's address, scrambled with a key that is made once
 * per boot, so that a name stays the same across restarts and tells nobody an address.
 */
#ifndef FDSCOPE_OFD_H
#define FDSCOPE_OFD_H

#include <stdint.h>

struct ofd_key {
	uint64_t add;
	uint64_t mul; /* odd */
};

/*
 * Read the key at `path`, or make it (mode 0600).  Where that cannot be, a key for this run is
 * made and the -errno returned: the names then change with a restart.
 */
int ofd__load_key(const char *path, struct ofd_key *ret);

/* The name of an address; different addresses have different names.  0 stays 0: unknown. */
uint64_t ofd__id(const struct ofd_key *key, uint64_t addr);

/* The address that has this name. */
uint64_t ofd__address(const struct ofd_key *key, uint64_t id);

#endif
