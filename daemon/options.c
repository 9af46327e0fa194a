// SPDX-License-Identifier: GPL-2.0-or-later
/* The configuration with what the command line sets above it; see manager.h. */
#include "manager.h"

#include "base/log.h"
#include "fdscope/api.h"

#include <stdlib.h>
#include <string.h>

int manager_options__apply(const struct manager_options *opts, struct config *c, char **ret_error)
{
	const struct {
		const char *what, *key, *value;
	} above[] = {
		{"--tier", "tier", opts->tier},
		{"--socket", "socket", opts->socket},
		{"--log-level", "log-level", opts->log_level},
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(above) / sizeof(above[0]); i++)
		if (above[i].value)
			err = config__set(c, above[i].what, "daemon", above[i].key, above[i].value,
					  ret_error);
	return err;
}

int manager_options__read(const struct manager_options *opts, struct config *ret)
{
	struct config c;
	char *why = NULL;
	int err = config__load(opts->config_path, &c, &why);

	if (!err)
		err = manager_options__apply(opts, &c, &why);
	if (err) {
		log_error("%s", why ?: strerror(-err));
		free(why);
		return err;
	}
	/* One archive has one daemon: another one, with a socket of its own, has to be given one.
	 */
	if (strcmp(c.socket, FDS_SOCKET_PATH) && !strcmp(c.archive_path, FDS_ARCHIVE_PATH))
		c.archive_path[0] = '\0';
	*ret = c;
	return 0;
}
