/*
 * kernel.c - trying the kernel's facilities one by one, for people who ask
 *
 * The daemon itself tries nothing for its own sake: see facility.c.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "crier/probe.h"
#include "private.h"

#ifdef __linux__
#include <sys/syscall.h>
#endif

enum {
    NETLINK = 16, /* address families */
    PACKET = 17,
    SET_SECCOMP = 22, /* of prctl() */
    SECCOMP_FILTER = 2,
    LANDLOCK_RULESET = 444,
    LANDLOCK_VERSION = 1,
    LANDLOCK_CONNECT_TCP = 2,
};

static int try_socket(int family, int type)
{
    int fd = fd_socket(family, type, 0);
    int err = fd < 0 ? fd : 0;

    fd_close(&fd);
    return err;
}

static int try_file(const char *path)
{
    int fd = fd_open(path);
    int err = fd < 0 ? fd : 0;

    fd_close(&fd);
    return err;
}

static int try_option(enum os_kernel what)
{
    int fd = fd_socket(AF_INET, SOCK_DGRAM, 0);
    int err = fd;

    if (fd < 0)
        return err;
    err = what == OS_KERNEL_MULTICAST_ALL ? sockopt_multicast_own(fd, ADDR_V4)
                                          : sockopt_device(fd, "lo");
    fd_close(&fd);
    return err;
}

/* A filter at NULL is refused by kernels that would take one. */
static int try_seccomp(void)
{
#ifdef __linux__
    if (syscall(SYS_prctl, (long)SET_SECCOMP, (long)SECCOMP_FILTER, 0L, 0L,
                0L) == 0 || errno == EFAULT || errno == EACCES)
        return 0;
    return -errno;
#else
    return -ENOSYS;
#endif
}

static int try_landlock(void)
{
#ifdef __linux__
    return syscall(LANDLOCK_RULESET, NULL, 0L, (long)LANDLOCK_VERSION) >= 1
               ? 0
               : -errno;
#else
    return -ENOSYS;
#endif
}

/* Rules for TCP alone: older kernels refuse a structure that has them. */
static int try_landlock_net(void)
{
#ifdef __linux__
    static const uint64_t handled[2] = {0, LANDLOCK_CONNECT_TCP};
    int fd = (int)syscall(LANDLOCK_RULESET, handled, sizeof handled, 0L);
    int err = fd < 0 ? -errno : 0;

    fd_close(&fd);
    return err;
#else
    return -ENOSYS;
#endif
}

/* What was noted when the facility was used, -ENOSYS if it failed. */
static int noted(enum os_facility f)
{
    return os_facility(f) == OS_HAS ? 0 : -ENOSYS;
}

int os_kernel_try(enum os_kernel what)
{
    switch (what) {
    case OS_KERNEL_INET:
        return try_socket(AF_INET, SOCK_DGRAM);
    case OS_KERNEL_INET6:
        return try_socket(AF_INET6, SOCK_DGRAM);
    case OS_KERNEL_NETLINK:
        return try_socket(NETLINK, SOCK_RAW);
    case OS_KERNEL_IF_INET6:
        return try_file("/proc/net/if_inet6");
    case OS_KERNEL_MULTICAST_ALL:
    case OS_KERNEL_BIND_DEVICE:
        return try_option(what);
    case OS_KERNEL_BOOTTIME:
        (void)os_boottime_ms();
        return noted(OS_BOOTTIME);
    case OS_KERNEL_GETRANDOM:
        (void)os_entropy();
        return noted(OS_GETRANDOM);
    case OS_KERNEL_UNIX:
        return try_socket(AF_UNIX, SOCK_STREAM);
    case OS_KERNEL_PACKET:
        return try_socket(PACKET, SOCK_DGRAM);
    case OS_KERNEL_SECCOMP:
        return try_seccomp();
    case OS_KERNEL_LANDLOCK:
        return try_landlock();
    case OS_KERNEL_LANDLOCK_NET:
        return try_landlock_net();
    case OS_KERNEL_PROC_UDP:
        return try_file("/proc/net/udp");
    case OS_KERNEL_SYSFS:
        return try_file("/sys/class/net/lo/ifindex");
    case OS_KERNEL_COUNT:
        break;
    }
    return -ENOSYS;
}
