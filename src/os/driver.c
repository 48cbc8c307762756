/*
 * driver.c - what drives an interface (Linux)
 */
#include <errno.h>
#include <string.h>

#include "crier/probe.h"
#include "private.h"

#ifdef __linux__

#include <sys/ioctl.h>

enum {
    ETHTOOL = 0x8946, /* SIOCETHTOOL; its headers are the kernel's */
    GET_DRIVER = 3,
};

struct driver_info { /* struct ethtool_drvinfo */
    uint32_t command;
    char name[OS_DRIVER_MAX];
    char rest[160];
};

bool os_driver(const char *iface, char name[OS_DRIVER_MAX])
{
    struct driver_info info = {.command = GET_DRIVER};
    struct ifreq rq;
    int fd = fd_socket(AF_INET, SOCK_DGRAM, 0);
    int got;

    if (fd < 0)
        fd = fd_socket(AF_INET6, SOCK_DGRAM, 0);
    if (fd < 0)
        return false;
    memset(&rq, 0, sizeof rq);
    memcpy(rq.ifr_name, iface, strnlen(iface, sizeof rq.ifr_name - 1));
    rq.ifr_data = (void *)&info;
    got = os.ioctl(fd, ETHTOOL, &rq);
    fd_close(&fd);
    info.name[OS_DRIVER_MAX - 1] = '\0';
    memcpy(name, info.name, OS_DRIVER_MAX);
    return got == 0;
}

#else

bool os_driver(const char *iface, char name[OS_DRIVER_MAX])
{
    (void)iface;
    (void)name;
    return false;
}

#endif
