/*
 * connect.c - to the control socket of a running daemon
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crier/cli.h"
#include "crier/os.h"

/* NULL: the usual ones. */
static const char *named(const struct cli *cli)
{
    return cli->socket != NULL ? cli->socket : getenv("CRIER_SOCKET");
}

int cli_connect(const struct cli *cli, bool looks, unsigned timeout_s)
{
    const char *path = named(cli);
    int fd;

    if (path != NULL && strcmp(path, "none") == 0)
        return -ENOENT;
    fd = os_unix_connect(path != NULL ? path : CONF_SOCKET, timeout_s);
    if (fd == -EACCES && looks && path == NULL)
        fd = os_unix_connect(CONF_SOCKET_RO, timeout_s);
    return fd;
}

int cli_no_daemon(const struct cli *cli, int err)
{
    const char *path = named(cli);

    if (path == NULL)
        path = CONF_SOCKET;
    if (err == -ENOENT || err == -ECONNREFUSED || err == -ENOTDIR) {
        cli_say("E064: no daemon at %s: %e; start crier run", path, err);
        return CLI_NO_DAEMON;
    }
    cli_say("E064: cannot talk to the daemon at %s: %e", path, err);
    return CLI_SYSTEM;
}
