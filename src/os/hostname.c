/*
 * hostname.c - the name that the administrator gave this machine
 */
#include "private.h"

#include <string.h>

bool os_hostname(char *buf, size_t len)
{
    char host[256];
    size_t n = 0;

    if (len == 0 || os.gethostname(host, sizeof host) < 0)
        return false;
    host[sizeof host - 1] = '\0'; /* POSIX does not promise it */
    while (host[n] != '\0' && host[n] != '.')
        n++;
    if (n == 0 || n >= len)
        return false;
    memcpy(buf, host, n);
    buf[n] = '\0';
    /* What machines without a name call themselves. */
    return strcmp(buf, "localhost") != 0 && strcmp(buf, "(none)") != 0;
}

int os_hostname_watch(void)
{
    return fd_open("/proc/sys/kernel/hostname");
}
