/*
 * fake_kernel.c - see fake_kernel.h
 */
#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "os/private.h"

struct fake fake;
static struct os_calls real;

/* --- faults ------------------------------------------------------------ */

static bool fails(void)
{
    fake.calls++;
    if (fake.fail_at == 0 || fake.calls < fake.fail_at)
        return false;
    if (fake.calls > fake.fail_at && !fake.fail_from)
        return false;
    fake.failed++;
    errno = fake.fail_errno;
    return true;
}

static int error(int err)
{
    errno = err;
    return -1;
}

/* --- descriptors ------------------------------------------------------- */

static struct fake_fd *at(int fd)
{
    int i = fd - fake.first_fd;

    if (i < 0 || i >= FAKE_SOCKS || fake.fds[i].kind == FAKE_CLOSED)
        return NULL;
    return &fake.fds[i];
}

static int fd_of(const struct fake_fd *f)
{
    return (int)(f - fake.fds) + fake.first_fd;
}

static struct fake_fd *fd_new(enum fake_kind kind)
{
    for (int i = 0; i < FAKE_SOCKS; i++) {
        if (fake.fds[i].kind == FAKE_CLOSED) {
            memset(&fake.fds[i], 0, sizeof fake.fds[i]);
            fake.fds[i].kind = kind;
            return &fake.fds[i];
        }
    }
    abort();
}

static void fd_end(struct fake_fd *f)
{
    for (; f->head != f->tail; f->head++)
        free(f->queue[f->head % FAKE_QUEUE]);
    memset(f, 0, sizeof *f);
}

static int call_socket(int domain, int type, int protocol)
{
    const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    struct fake_fd *f;

    (void)protocol;
    if (fails())
        return -1;
    if (domain != AF_INET && domain != AF_INET6)
        return error(EAFNOSUPPORT);
    if (domain == AF_INET6 && fake.no_ipv6)
        return error(EAFNOSUPPORT);
    if (fake.no_flags && (type & flags) != 0)
        return error(EINVAL);
    f = fd_new(FAKE_SOCKET);
    f->family = domain == AF_INET ? ADDR_V4 : ADDR_V6;
    return fd_of(f);
}

static int call_close(int fd)
{
    struct fake_fd *f = at(fd);

    /* close() closes, whatever it says: it is not made to fail. */
    if (f == NULL)
        return error(EBADF);
    fd_end(f);
    return 0;
}

static int call_fcntl(int fd, int command, int arg)
{
    (void)arg;
    if (fails())
        return -1;
    if (at(fd) == NULL)
        return real.fcntl(fd, command, arg);
    return command == F_GETFL ? O_RDWR : 0;
}

/* --- binding ----------------------------------------------------------- */

static bool is_any(const struct addr *a)
{
    struct addr any = addr_any(a->family);

    return addr_equal(a, &any);
}

static bool is_local(const struct addr *a, unsigned scope)
{
    struct addr loopback = addr_loopback(a->family);

    if (is_any(a) || addr_equal(a, &loopback))
        return true;
    for (int i = 0; i < fake.iface_count; i++) {
        const struct os_iface *n = &fake.ifaces[i];

        if (iface_has_addr(n, a) &&
            (!addr_link_local(a) || a->family == ADDR_V4 ||
             n->index == scope) &&
            (a->family == ADDR_V4 || !fake.tentative[i]))
            return true;
    }
    return false;
}

static bool clash(const struct fake_fd *a, const struct fake_fd *b)
{
    if (!b->bound || a->family != b->family || a->port != b->port)
        return false;
    if (a->scope != 0 && b->scope != 0 && a->scope != b->scope)
        return false;
    if (!is_any(&a->addr) && !is_any(&b->addr) &&
        !addr_equal(&a->addr, &b->addr))
        return false;
    return !(a->reuseaddr && b->reuseaddr) && !(a->reuseport && b->reuseport);
}

static int call_bind(int fd, const struct sockaddr *sa, socklen_t len)
{
    struct fake_fd *f = at(fd);
    struct fake_fd want;
    struct addr group;

    (void)len;
    if (fails())
        return -1;
    if (f == NULL)
        return error(EBADF);
    want = *f;
    want.addr = sockaddr_addr(sa);
    want.port = ntohs(((const struct sockaddr_in *)sa)->sin_port);
    if (sa->sa_family == AF_INET6)
        want.scope = ((const struct sockaddr_in6 *)sa)->sin6_scope_id;
    if (want.addr.family != f->family)
        return error(EAFNOSUPPORT);
    group = addr_group(f->family);
    if (addr_equal(&want.addr, &group)) {
        if (fake.no_group_bind || (f->family == ADDR_V6 && want.scope == 0))
            return error(EADDRNOTAVAIL);
    } else if (!is_local(&want.addr, want.scope)) {
        return error(EADDRNOTAVAIL);
    }
    if (want.port == 0)
        want.port = (uint16_t)(40000 + fd);
    for (int i = 0; i < FAKE_SOCKS; i++) {
        if (&fake.fds[i] != f && fake.fds[i].kind == FAKE_SOCKET &&
            clash(&want, &fake.fds[i]))
            return error(EADDRINUSE);
    }
    want.bound = true;
    *f = want;
    return 0;
}

/* --- options ----------------------------------------------------------- */

static int option_v4(struct fake_fd *f, int option, const void *value,
                     socklen_t len)
{
    struct ip_mreqn rq = {.imr_ifindex = 0};

    if (option == 49) { /* IP_MULTICAST_ALL */
        if (fake.no_multicast_all)
            return error(ENOPROTOOPT);
        f->multicast_all_off = *(const int *)value == 0;
    } else if (option == IP_ADD_MEMBERSHIP || option == IP_MULTICAST_IF) {
        if (len == sizeof rq) {
            if (fake.no_mreqn)
                return error(EINVAL);
            memcpy(&rq, value, sizeof rq);
        } else {
            /* By address: any interface that has it. */
            struct addr a = {.family = ADDR_V4};

            memcpy(a.b, (const char *)value + len - 4, 4);
            for (int i = 0; i < fake.iface_count; i++) {
                if (iface_has_addr(&fake.ifaces[i], &a))
                    rq.imr_ifindex = (int)fake.ifaces[i].index;
            }
        }
        if (option == IP_MULTICAST_IF) {
            f->out_if = (unsigned)rq.imr_ifindex;
        } else {
            if (f->member != 0)
                return error(EADDRINUSE);
            f->member = (unsigned)rq.imr_ifindex;
            fake.joins++;
        }
    } else if (option == IP_DROP_MEMBERSHIP) {
        if (f->member == 0)
            return error(EADDRNOTAVAIL);
        f->member = 0;
    } else if (option == IP_TTL) {
        f->ttl = *(const int *)value;
    } else if (option == IP_MULTICAST_TTL) {
        f->mc_ttl = *(const uint8_t *)value;
    }
    return 0;
}

static int option_v6(struct fake_fd *f, int option, const void *value)
{
    if (option == IPV6_JOIN_GROUP) {
        if (f->member != 0)
            return error(EADDRINUSE);
        f->member = ((const struct ipv6_mreq *)value)->ipv6mr_interface;
        fake.joins++;
    } else if (option == IPV6_LEAVE_GROUP) {
        if (f->member == 0)
            return error(EADDRNOTAVAIL);
        f->member = 0;
    } else if (option == IPV6_MULTICAST_IF) {
        f->out_if = *(const unsigned *)value;
    } else if (option == IPV6_UNICAST_HOPS) {
        f->ttl = *(const int *)value;
    } else if (option == IPV6_MULTICAST_HOPS) {
        f->mc_ttl = *(const int *)value;
    }
    return 0;
}

static int call_setsockopt(int fd, int level, int option, const void *value,
                           socklen_t len)
{
    struct fake_fd *f = at(fd);

    if (fails())
        return -1;
    if (f == NULL)
        return error(EBADF);
    if (level == IPPROTO_IP)
        return option_v4(f, option, value, len);
    if (level == IPPROTO_IPV6)
        return option_v6(f, option, value);
    if (option == SO_REUSEADDR) {
        f->reuseaddr = *(const int *)value != 0;
    } else if (option == SO_REUSEPORT) {
        f->reuseport = *(const int *)value != 0;
    } else if (option == SO_BINDTODEVICE) {
        if (fake.no_bind_device)
            return error(EPERM);
        f->device = true;
        f->scope = fake_iface_find(value)->index;
    }
    return 0;
}

/* --- datagrams --------------------------------------------------------- */

static ssize_t call_sendto(int fd, const void *data, size_t len, int flags,
                           const struct sockaddr *sa, socklen_t sa_len)
{
    struct fake_fd *f = at(fd);
    struct addr group = addr_group(ADDR_V4);
    struct addr group6 = addr_group(ADDR_V6);
    struct fake_sent *s;

    (void)flags;
    (void)sa_len;
    if (fails())
        return -1;
    if (f == NULL)
        return error(EBADF);
    if (f->send_err != 0)
        return error(f->send_err);
    s = &fake.sent[fake.sent_count++ % FAKE_SENT];
    memset(s, 0, sizeof *s);
    s->at_ms = fake.now_ms;
    s->fd = fd;
    s->family = f->family;
    s->group_socket = addr_equal(&f->addr, &group) ||
                      addr_equal(&f->addr, &group6);
    s->out_if = f->out_if;
    s->to = sockaddr_addr(sa);
    s->port = ntohs(((const struct sockaddr_in *)sa)->sin_port);
    s->len = len;
    memcpy(s->start, data, len < 15 ? len : 15);
    return (ssize_t)len;
}

static ssize_t call_recvfrom(int fd, void *buf, size_t len, int flags,
                             struct sockaddr *sa, socklen_t *sa_len)
{
    struct fake_fd *f = at(fd);
    union sockaddr_any any;
    struct fake_packet *p;
    size_t n;

    (void)flags;
    if (fails())
        return -1;
    if (f == NULL)
        return error(EBADF);
    if (f->recv_err != 0)
        return error(f->recv_err);
    if (f->head == f->tail)
        return error(EAGAIN);
    p = f->queue[f->head++ % FAKE_QUEUE];
    n = p->len < len ? p->len : len;
    memcpy(buf, p->data, n);
    *sa_len = sockaddr_make(&any, &p->from, p->port, p->scope);
    memcpy(sa, &any, *sa_len);
    free(p);
    return (ssize_t)n;
}

void fake_arrive(struct fake_fd *s, const char *from, uint16_t port,
                 const void *data, size_t len)
{
    struct fake_packet *p = calloc(1, sizeof *p);

    if (p == NULL || s == NULL || len > FAKE_DATA ||
        s->tail - s->head == FAKE_QUEUE)
        abort();
    memcpy(p->data, data, len);
    p->len = len;
    p->from = fake_addr(from);
    p->port = port;
    p->scope = s->scope;
    s->queue[s->tail++ % FAKE_QUEUE] = p;
}

/* --- interfaces -------------------------------------------------------- */

struct addr fake_addr(const char *text)
{
    struct addr a;

    if (!os_addr_parse(text, &a))
        abort();
    return a;
}

void fake_iface_addrs(struct os_iface *i, const char *addrs)
{
    char word[64];
    const char *p = addrs;

    i->addr_count = 0;
    while (*p != '\0') {
        size_t n = strcspn(p, "/ ");
        unsigned prefix = 24;
        struct addr a;

        memcpy(word, p, n);
        word[n] = '\0';
        p += n;
        if (*p == '/')
            prefix = (unsigned)strtoul(p + 1, NULL, 10);
        a = fake_addr(word);
        iface_add_addr(i, &a, prefix, false);
        p += strcspn(p, " ");
        p += strspn(p, " ");
    }
}

struct os_iface *fake_iface(const char *name, unsigned index,
                            const char *addrs)
{
    struct os_iface *i = &fake.ifaces[fake.iface_count];

    if (fake.iface_count++ == FAKE_IFACES)
        abort();
    memset(i, 0, sizeof *i);
    snprintf(i->name, sizeof i->name, "%s", name);
    i->index = index;
    i->flags = IFF_UP | IFF_RUNNING | IFF_MULTICAST;
    i->mtu = 1500;
    i->has_mac = 1;
    i->mac[5] = (uint8_t)index;
    fake_iface_addrs(i, addrs);
    return i;
}

struct os_iface *fake_iface_find(const char *name)
{
    for (int i = 0; i < fake.iface_count; i++) {
        if (strcmp(fake.ifaces[i].name, name) == 0)
            return &fake.ifaces[i];
    }
    return NULL;
}

void fake_iface_remove(const char *name)
{
    struct os_iface *i = fake_iface_find(name);

    *i = fake.ifaces[--fake.iface_count];
}

static void fill_ifreq(struct ifreq *out, const struct os_iface *i,
                       const struct link_addr *a)
{
    union sockaddr_any sa;

    memset(out, 0, sizeof *out);
    memcpy(out->ifr_name, i->name, IF_NAMESIZE);
    sockaddr_make(&sa, &a->addr, 0, 0);
    memcpy(&out->ifr_addr, &sa, sizeof out->ifr_addr);
}

static int list_v4(struct ifconf *ifc)
{
    size_t room = (size_t)ifc->ifc_len / sizeof(struct ifreq);
    size_t n = 0;

    for (int i = 0; i < fake.iface_count; i++) {
        for (unsigned k = 0; k < fake.ifaces[i].addr_count; k++) {
            const struct link_addr *a = &fake.ifaces[i].addrs[k];

            if (a->addr.family == ADDR_V4 && n < room)
                fill_ifreq(&ifc->ifc_req[n++], &fake.ifaces[i], a);
        }
    }
    ifc->ifc_len = (int)(n * sizeof(struct ifreq));
    return 0;
}

static int netmask(const struct os_iface *i, struct ifreq *ifr)
{
    struct addr a = sockaddr_addr(&ifr->ifr_addr);
    union sockaddr_any sa;

    for (unsigned k = 0; k < i->addr_count; k++) {
        if (addr_equal(&i->addrs[k].addr, &a)) {
            struct addr mask = {.family = ADDR_V4};

            for (unsigned b = 0; b < i->addrs[k].prefix_len; b++)
                mask.b[b / 8] |= (uint8_t)(0x80 >> b % 8);
            sockaddr_make(&sa, &mask, 0, 0);
            memcpy(&ifr->ifr_netmask, &sa, sizeof ifr->ifr_netmask);
            return 0;
        }
    }
    return error(EADDRNOTAVAIL);
}

static int call_ioctl(int fd, unsigned long request, void *arg)
{
    struct ifreq *ifr = arg;
    struct os_iface *i;

    (void)fd;
    if (fails())
        return -1;
    if (request == SIOCGIFCONF)
        return list_v4(arg);
    if (request == SIOCGIFNAME) {
        for (int n = 0; n < fake.iface_count; n++) {
            if ((int)fake.ifaces[n].index == ifr->ifr_ifindex) {
                memcpy(ifr->ifr_name, fake.ifaces[n].name, IF_NAMESIZE);
                return 0;
            }
        }
        return error(ENODEV);
    }
    i = fake_iface_find(ifr->ifr_name);
    if (i == NULL)
        return error(ENODEV);
    if (request == SIOCGIFNETMASK)
        return netmask(i, ifr);
    if (request == SIOCGIFINDEX)
        ifr->ifr_ifindex = (int)i->index;
    else if (request == SIOCGIFFLAGS)
        ifr->ifr_flags = (short)i->flags;
    else if (request == SIOCGIFMTU)
        ifr->ifr_mtu = (int)i->mtu;
    else if (request == SIOCGIFHWADDR) {
        ifr->ifr_hwaddr.sa_family = ARPHRD_ETHER;
        memcpy(ifr->ifr_hwaddr.sa_data, i->mac, 6);
    } else
        return error(EINVAL);
    return 0;
}

/* --- files ------------------------------------------------------------- */

static int call_open(const char *path, int flags, int mode)
{
    (void)flags;
    (void)mode;
    if (fails())
        return -1;
    if (strcmp(path, "/proc/net/if_inet6") != 0 || fake.no_proc)
        return error(ENOENT);
    return fd_of(fd_new(FAKE_FILE));
}

static size_t render_inet6(char *out, size_t room)
{
    size_t n = 0;

    out[0] = '\0';
    for (int i = 0; i < fake.iface_count; i++) {
        const struct os_iface *f = &fake.ifaces[i];

        for (unsigned k = 0; k < f->addr_count; k++) {
            const struct link_addr *a = &f->addrs[k];

            if (a->addr.family != ADDR_V6)
                continue;
            for (unsigned b = 0; b < 16; b++)
                n += (size_t)snprintf(out + n, room - n, "%02x",
                                      a->addr.b[b]);
            n += (size_t)snprintf(
                out + n, room - n, " %02x %02x 20 %02x %8s\n", f->index,
                (unsigned)a->prefix_len,
                fake.tentative[i] ? 0x40u : 0x80u, f->name);
        }
    }
    return n;
}

static ssize_t call_read(int fd, void *buf, size_t len)
{
    struct fake_fd *f = at(fd);
    char text[4096];
    size_t n;

    if (fails())
        return -1;
    if (f == NULL)
        return error(EBADF);
    n = render_inet6(text, sizeof text) - f->file_at;
    n = n < len ? n : len;
    memcpy(buf, text + f->file_at, n);
    f->file_at += n;
    return (ssize_t)n;
}

static off_t call_lseek(int fd, off_t to, int whence)
{
    struct fake_fd *f = at(fd);

    (void)whence;
    if (fails())
        return -1;
    if (f == NULL)
        return error(EBADF);
    f->file_at = (size_t)to;
    return to;
}

/* --- what else --------------------------------------------------------- */

/* The address that packets to a link-local destination would leave with. */
static int call_connect(int fd, const struct sockaddr *sa, socklen_t len)
{
    const struct sockaddr_in6 *to = (const struct sockaddr_in6 *)sa;
    struct fake_fd *f = at(fd);

    (void)len;
    if (fails())
        return -1;
    for (int i = 0; i < fake.iface_count; i++) {
        const struct os_iface *n = &fake.ifaces[i];

        if (n->index != to->sin6_scope_id || fake.tentative[i])
            continue;
        for (unsigned k = 0; k < n->addr_count; k++) {
            if (n->addrs[k].addr.family == ADDR_V6) {
                f->addr = n->addrs[k].addr;
                f->scope = n->index;
                return 0;
            }
        }
    }
    return error(EADDRNOTAVAIL);
}

static int call_getsockname(int fd, struct sockaddr *sa, socklen_t *len)
{
    struct fake_fd *f = at(fd);
    union sockaddr_any any;

    if (fails())
        return -1;
    *len = sockaddr_make(&any, &f->addr, 40000, f->scope);
    memcpy(sa, &any, *len);
    return 0;
}

static int call_getifaddrs(struct ifaddrs **out)
{
    (void)out;
    fails();
    return error(EAFNOSUPPORT);
}

static int call_clock(clockid_t id, struct timespec *out)
{
    uint64_t ms = fake.now_ms;

    if (id == CLOCK_BOOTTIME)
        ms += fake.slept_ms;
    out->tv_sec = (time_t)(ms / 1000);
    out->tv_nsec = (long)(ms % 1000 * 1000000);
    return 0;
}

static ssize_t call_getrandom(void *buf, size_t len, unsigned flags)
{
    (void)flags;
    if (fails())
        return -1;
    memset(buf, 7, len);
    return (ssize_t)len;
}

static int call_gethostname(char *buf, size_t len)
{
    snprintf(buf, len, "fake.example");
    return 0;
}

/* --- time -------------------------------------------------------------- */

static int ready(int nfds, const fd_set *want, fd_set *out, bool reading)
{
    int count = 0;

    FD_ZERO(out);
    for (int fd = 0; fd < nfds; fd++) {
        const struct fake_fd *f = at(fd);
        bool is = false;

        if (!FD_ISSET(fd, want))
            continue;
        if (f == NULL && fd >= fake.first_fd)
            return error(EBADF);
        if (f == NULL) { /* the pipe is real */
            struct timeval none = {0};
            fd_set one;

            FD_ZERO(&one);
            FD_SET(fd, &one);
            is = reading && real.select(fd + 1, &one, NULL, NULL, &none) > 0;
        } else {
            is = reading ? f->head != f->tail || f->recv_err != 0
                         : f->send_err == 0;
        }
        if (is) {
            FD_SET(fd, out);
            count++;
        }
    }
    return count;
}

static int call_select(int nfds, fd_set *r, fd_set *w, fd_set *x,
                       struct timeval *tv)
{
    fd_set want_r = *r, want_w = *w;
    uint64_t until = UINT64_MAX;
    int n, m;

    (void)x;
    fake.selects++;
    if (fails())
        return -1;
    if (tv != NULL)
        until = fake.now_ms + (uint64_t)tv->tv_sec * 1000 +
                (uint64_t)tv->tv_usec / 1000;
    for (;;) {
        n = ready(nfds, &want_r, r, true);
        m = n < 0 ? n : ready(nfds, &want_w, w, false);
        if (m != 0 || n != 0)
            return m < 0 ? m : n + m;
        if (fake.step_next < fake.step_count &&
            fake.steps[fake.step_next].at_ms <= until) {
            struct fake_step *s = &fake.steps[fake.step_next++];

            if (s->at_ms > fake.now_ms)
                fake.now_ms = s->at_ms;
            s->run();
            if (fake.interrupt) {
                fake.interrupt = false;
                return error(EINTR);
            }
        } else if (until != UINT64_MAX) {
            fake.now_ms = until;
            return 0;
        } else { /* sleeps for ever, rightly or not */
            fake.at_end();
            return error(EINTR);
        }
    }
}

/* Time passes here too. */
static int call_nanosleep(const struct timespec *ts, struct timespec *left)
{
    (void)left;
    fake.now_ms += (uint64_t)ts->tv_sec * 1000 +
                   (uint64_t)ts->tv_nsec / 1000000;
    while (fake.step_next < fake.step_count &&
           fake.steps[fake.step_next].at_ms <= fake.now_ms)
        fake.steps[fake.step_next++].run();
    return 0;
}

void fake_at(uint64_t at_ms, void (*run)(void))
{
    if (fake.step_count == FAKE_STEPS)
        abort();
    fake.steps[fake.step_count++] = (struct fake_step){at_ms, run};
}

/* --- for tests --------------------------------------------------------- */

int fake_foreign(const char *addr, bool reuseaddr, bool reuseport)
{
    struct fake_fd *f = fd_new(FAKE_SOCKET);

    f->foreign = true;
    f->addr = fake_addr(addr);
    f->family = f->addr.family;
    f->port = 5353;
    f->bound = true;
    f->reuseaddr = reuseaddr;
    f->reuseport = reuseport;
    return fd_of(f);
}

void fake_close(int fd)
{
    fd_end(at(fd));
}

struct fake_fd *fake_sock(const char *addr, unsigned ifindex)
{
    struct addr a = fake_addr(addr);

    for (int i = 0; i < FAKE_SOCKS; i++) {
        struct fake_fd *f = &fake.fds[i];

        if (f->kind == FAKE_SOCKET && f->bound && !f->foreign &&
            addr_equal(&f->addr, &a) &&
            (ifindex == 0 || f->member == ifindex || f->scope == ifindex))
            return f;
    }
    return NULL;
}

unsigned fake_open_count(void)
{
    unsigned count = 0;

    for (int i = 0; i < FAKE_SOCKS; i++)
        count += fake.fds[i].kind != FAKE_CLOSED && !fake.fds[i].foreign;
    return count;
}

void fake_start(void)
{
    if (real.socket == NULL)
        real = os;
    for (int i = 0; i < FAKE_SOCKS; i++)
        fd_end(&fake.fds[i]);
    memset(&fake, 0, sizeof fake);
    fake.first_fd = FAKE_FIRST_FD;
    fake.now_ms = os_now_ms() + 1000; /* the clock never goes back */
    os = (struct os_calls){
        .socket = call_socket,
        .bind = call_bind,
        .connect = call_connect,
        .getsockname = call_getsockname,
        .setsockopt = call_setsockopt,
        .sendto = call_sendto,
        .recvfrom = call_recvfrom,
        .ioctl = call_ioctl,
        .fcntl = call_fcntl,
        .select = call_select,
        .close = call_close,
        .open = call_open,
        .read = call_read,
        .lseek = call_lseek,
        .getifaddrs = call_getifaddrs,
        .clock_gettime = call_clock,
        .nanosleep = call_nanosleep,
        .getrandom = call_getrandom,
        .gethostname = call_gethostname,
    };
}

void fake_stop(void)
{
    for (int i = 0; i < FAKE_SOCKS; i++)
        fd_end(&fake.fds[i]);
    os = real;
}
