/*
 * ifaces_ioctl.c - the list of interfaces where there is no netlink
 *
 * IPv4 addresses come from SIOCGIFCONF, IPv6 ones from /proc/net/if_inet6.
 * SIOCGIFCONF leaves out interfaces without an IPv4 address, so where that
 * file is missing as well, indices are tried one by one, and the kernel is
 * asked which IPv6 address it would send from.
 */
#include "private.h"

#include <errno.h>

#ifdef __linux__

#include <assert.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    IFREQS_MAX = 1024,
    INET6_MAX = 65536,     /* bytes of if_inet6: about 1,000 addresses */
    INDEX_TRIED_MAX = 512, /* without netlink and if_inet6 */
    PREFIX_LINK_LOCAL = 64,
};

/* Any socket will do for ioctl(), of a family that this kernel has. */
static int ioctl_socket(void)
{
    static const int families[] = {AF_INET, AF_INET6, AF_UNIX};
    int fd = -EAFNOSUPPORT;

    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++) {
        fd = fd_socket(families[i], SOCK_DGRAM, 0);
        if (fd != -EAFNOSUPPORT)
            break;
    }
    return fd;
}

static int ask(int fd, unsigned long what, const char *name, struct ifreq *ifr)
{
    size_t len = strlen(name);

    memset(ifr->ifr_name, 0, sizeof ifr->ifr_name);
    memcpy(ifr->ifr_name, name,
           len < IF_NAMESIZE ? len : IF_NAMESIZE - 1);
    return os.ioctl(fd, what, ifr);
}

/* Length of the prefix of a mask; for odd masks that of its leading ones. */
static unsigned mask_len(const struct sockaddr *sa)
{
    struct sockaddr_in in;
    uint8_t b[4];
    unsigned len = 0;

    memcpy(&in, sa, sizeof in);
    memcpy(b, &in.sin_addr, sizeof b);
    while (len < 32 && (b[len / 8] & 0x80 >> len % 8) != 0)
        len++;
    return len;
}

/* One entry: an IPv4 address under the interface's name or that of an alias,
 * "eth0:1". */
static void take_v4(int fd, const struct ifreq *entry, struct iface_table *t)
{
    char name[IF_NAMESIZE] = "";
    size_t len = 0;
    struct ifreq ifr = *entry;
    struct os_iface *i;
    struct addr a;

    if (entry->ifr_addr.sa_family != AF_INET)
        return;
    a = sockaddr_addr(&entry->ifr_addr);
    memcpy(name, entry->ifr_name, sizeof name - 1);
    while (name[len] != '\0' && name[len] != ':')
        len++;
    i = iface_by_name(t, name, len);
    if (i == NULL)
        return;
    /* The address in ifr tells the kernel which one of the name's masks. */
    if (ask(fd, SIOCGIFNETMASK, name, &ifr) < 0)
        return;
    iface_add_addr(i, &a, mask_len(&ifr.ifr_netmask), false);
}

static void list_v4(int fd, struct iface_table *t)
{
    static struct ifreq entries[IFREQS_MAX];
    struct ifconf ifc;
    size_t count;

    ifc.ifc_len = (int)sizeof entries;
    ifc.ifc_req = entries;
    if (os.ioctl(fd, SIOCGIFCONF, &ifc) < 0 || ifc.ifc_len < 0)
        return; /* a kernel without IPv4 */
    count = (size_t)ifc.ifc_len / sizeof entries[0];
    for (size_t n = 0; n < count && n < IFREQS_MAX; n++)
        take_v4(fd, &entries[n], t);
}

static bool list_v6(int inet6_fd, struct iface_table *t)
{
    static char text[INET6_MAX];

    if (inet6_fd < 0 || os.lseek(inet6_fd, 0, SEEK_SET) < 0)
        return false;
    if (fd_read_all(inet6_fd, text, sizeof text) < 0)
        return false;
    if_inet6_parse(text, t);
    return true;
}

/* Names by index, for interfaces that have no IPv4 address. */
static void list_names(int fd, struct iface_table *t)
{
    struct ifreq ifr;

    for (int index = 1; index <= INDEX_TRIED_MAX; index++) {
        memset(&ifr, 0, sizeof ifr);
        ifr.ifr_ifindex = index;
        if (os.ioctl(fd, SIOCGIFNAME, &ifr) < 0)
            continue;
        ifr.ifr_name[IF_NAMESIZE - 1] = '\0';
        iface_by_name(t, ifr.ifr_name, strlen(ifr.ifr_name));
    }
}

/*
 * The address that packets to ff02::fb would leave with: connecting a
 * datagram socket sends nothing, but makes the kernel choose. It refuses as
 * long as that address is tentative.
 */
static void guess_v6(struct os_iface *i)
{
    struct addr group = addr_group(ADDR_V6);
    union sockaddr_any sa;
    socklen_t len = sockaddr_make(&sa, &group, MDNS_PORT, i->index);
    int fd = fd_socket(AF_INET6, SOCK_DGRAM, 0);

    if (fd < 0)
        return;
    if (os.connect(fd, &sa.sa, len) == 0) {
        len = sizeof sa;
        if (os.getsockname(fd, &sa.sa, &len) == 0) {
            struct addr a = sockaddr_addr(&sa.sa);

            if (a.family == ADDR_V6)
                iface_add_addr(i, &a, PREFIX_LINK_LOCAL, false);
        }
    }
    fd_close(&fd);
}

/* The number in a file of the interface in /sys; 0 without. */
static unsigned read_number(const char *name, const char *file)
{
    enum { FILE_MAX = 24 };
    static const char dir[] = "/sys/class/net/";
    char path[sizeof dir + IF_NAMESIZE + FILE_MAX];
    char text[16];
    size_t len = strlen(name);
    unsigned number = 0;
    int fd;

    assert(strlen(file) < FILE_MAX);

    if (len >= IF_NAMESIZE)
        return 0;
    memcpy(path, dir, sizeof dir - 1);
    memcpy(path + sizeof dir - 1, name, len);
    memcpy(path + sizeof dir - 1 + len, file, strlen(file) + 1);
    fd = fd_open(path);
    if (fd < 0)
        return 0;
    if (fd_read_all(fd, text, sizeof text) > 0) {
        for (const char *p = text; *p >= '0' && *p <= '9'; p++)
            number = number * 10 + (unsigned)(*p - '0');
    }
    fd_close(&fd);
    return number;
}

bool iface_fill(int fd, struct os_iface *i)
{
    struct ifreq ifr;

    memset(&ifr, 0, sizeof ifr);
    if (ask(fd, SIOCGIFINDEX, i->name, &ifr) < 0 || ifr.ifr_ifindex <= 0)
        return false;
    i->index = (unsigned)ifr.ifr_ifindex;
    if (ask(fd, SIOCGIFFLAGS, i->name, &ifr) < 0)
        return false;
    i->flags = (unsigned short)ifr.ifr_flags;
    if (ask(fd, SIOCGIFMTU, i->name, &ifr) == 0 && ifr.ifr_mtu > 0)
        i->mtu = (unsigned)ifr.ifr_mtu;
    if (ask(fd, SIOCGIFHWADDR, i->name, &ifr) == 0 &&
        ifr.ifr_hwaddr.sa_family == ARPHRD_ETHER) {
        memcpy(i->mac, ifr.ifr_hwaddr.sa_data, sizeof i->mac);
        i->has_mac = 1;
    }
    /* A bridge or bond is the link, not its ports. */
    i->master = read_number(i->name, "/master/ifindex");
    i->carrier_changes = read_number(i->name, "/carrier_changes");
    return true;
}

int ifaces_ioctl(struct iface_table *t, int inet6_fd)
{
    bool has_v6;
    int kept = 0;
    int fd = ioctl_socket();

    if (fd < 0)
        return fd;
    t->count = 0;
    list_v4(fd, t);
    has_v6 = list_v6(inet6_fd, t);
    if (!has_v6)
        list_names(fd, t);
    for (int n = 0; n < t->count; n++) {
        struct os_iface *i = &t->list[n];

        if (!iface_fill(fd, i))
            continue; /* gone meanwhile */
        if (!has_v6 && (i->flags & IFF_UP) != 0)
            guess_v6(i);
        if (kept != n)
            t->list[kept] = *i;
        kept++;
    }
    t->count = kept;
    fd_close(&fd);
    return 0;
}

#else

int ifaces_ioctl(struct iface_table *t, int inet6_fd)
{
    (void)inet6_fd;
    (void)t;
    return -EOPNOTSUPP;
}

#endif
