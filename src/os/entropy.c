/*
 * entropy.c - 64 bits for the engine's seed
 *
 * The seed spreads random delays, so that hosts that start together do not
 * talk at once; it protects no secret. Hence nothing here waits for the
 * kernel's pool: an early boot gets a seed of clock, process and machine.
 */
#include "private.h"

#include <string.h>
#include <unistd.h>

enum { NONBLOCK = 1 }; /* GRND_NONBLOCK */

/* The finalizer of splitmix64: each bit of x changes half of the result. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static bool from_urandom(uint64_t *out)
{
    int fd = fd_open("/dev/urandom");
    bool ok;

    if (fd < 0)
        return false;
    ok = os.read(fd, out, sizeof *out) == (ssize_t)sizeof *out;
    fd_close(&fd);
    return ok;
}

/* Machines of one image that boot together differ in address and name. */
static uint64_t from_surroundings(void)
{
    static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC};
    struct timespec ts = {0};
    char host[64] = "";
    uint64_t x = mix((uint64_t)getpid() ^ (uint64_t)(uintptr_t)host);

    for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
        if (os.clock_gettime(clocks[i], &ts) == 0)
            x = mix(x ^ (uint64_t)ts.tv_sec << 30 ^ (uint64_t)ts.tv_nsec);
    }
    if (os.gethostname(host, sizeof host - 1) == 0) {
        for (size_t i = 0; i < sizeof host && host[i] != '\0'; i++)
            x = mix(x ^ (uint8_t)host[i]);
    }
    return x;
}

/* MAC addresses are what differs most surely between clones. */
static uint64_t from_links(void)
{
    struct os_iface list[4];
    struct iface_table t = {.list = list, .max = 4};
    uint64_t x = 0;

    if (ifaces_ioctl(&t, -1) < 0)
        return 0;
    for (int i = 0; i < t.count; i++) {
        for (size_t j = 0; j < sizeof list[i].mac; j++)
            x = mix(x ^ list[i].mac[j]);
    }
    return x;
}

uint64_t os_entropy(void)
{
    uint64_t x = 0;
    bool has = os.getrandom(&x, sizeof x, NONBLOCK) == (ssize_t)sizeof x;

    facility_note(OS_GETRANDOM, has);
    if (has || from_urandom(&x))
        return x;
    return from_surroundings() ^ from_links();
}
