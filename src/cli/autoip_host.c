/*
 * autoip_host.c - the address, the kernel's ARP, and leaving nothing behind
 *
 * RFC 3927 section 2.5 wants all ARP packets from a link-local address to be
 * broadcast, replies included, so that a duplicate is noticed. Linux answers
 * by unicast and cannot be told otherwise; so while the address is held its
 * answers are switched off on the interface, and crier gives them. There is
 * no other address then (section 1.9): as soon as one comes, the kernel
 * answers again.
 *
 * A process that is killed cannot undo this, and the host would stay deaf to
 * ARP. So a guard waits for its end: a child that does nothing but read from
 * a pipe, and undoes what stands in the memory that both share.
 */
#include "autoip_host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crier/text.h"

enum { PATH_MAX_LEN = 512 };

/* Those below /proc/sys/net/ipv4 that concern it. */
static const struct {
    char dir[6], name[16];
    uint8_t ours, usual; /* usual: when ours was left behind by a kill */
} settings[] = {
    {"conf", "arp_ignore", 8, 0},      /* answer nothing */
    {"neigh", "mcast_resolicit", 3, 0}, /* ask again by broadcast, */
    {"neigh", "ucast_solicit", 0, 3},  /* not by unicast */
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

struct autoip_undo { /* in memory shared with the guard */
    unsigned ifindex;
    struct addr addr;     /* ADDR_NONE: none is set */
    int before[SETTINGS]; /* -1: as it was */
};

/* --- settings ------------------------------------------------------------- */

static const char *setting_path(const struct autoip_host *h, unsigned i,
                                char *buf, size_t cap)
{
    struct text t = text_memory(buf, cap);

    text_str(&t, "/proc/sys/net/ipv4/");
    text_str(&t, settings[i].dir);
    text_str(&t, "/");
    text_str(&t, h->iface);
    text_str(&t, "/");
    text_str(&t, settings[i].name);
    return text_end(&t);
}

static void settings_set(struct autoip_host *h)
{
    char path[PATH_MAX_LEN];

    for (unsigned i = 0; i < SETTINGS; i++) {
        int v = os_number_read(setting_path(h, i, path, sizeof path));

        if (v >= 0 && h->undo->before[i] < 0)
            h->undo->before[i] = v == settings[i].ours ? settings[i].usual : v;
        if (v < 0 || os_number_write(path, settings[i].ours) < 0)
            h->settings_fail = true;
    }
}

static void settings_restore(struct autoip_host *h)
{
    char path[PATH_MAX_LEN];

    for (unsigned i = 0; i < SETTINGS; i++) {
        if (h->undo->before[i] >= 0)
            os_number_write(setting_path(h, i, path, sizeof path),
                            h->undo->before[i]);
        h->undo->before[i] = -1;
    }
}

/* --- the address ---------------------------------------------------------- */

int autoip_host_configure(struct autoip_host *h, const struct addr *a)
{
    settings_set(h);
    h->undo->ifindex = h->ifindex;
    h->undo->addr = *a;
    return os_ipv4_put(h->ifindex, h->label, a, true);
}

int autoip_host_deprecate(struct autoip_host *h, const struct addr *a)
{
    settings_restore(h);
    return os_ipv4_put(h->ifindex, h->label, a, false);
}

void autoip_host_remove(struct autoip_host *h)
{
    if (h->undo->addr.family != ADDR_NONE)
        os_ipv4_remove(h->undo->ifindex, &h->undo->addr);
    h->undo->addr.family = ADDR_NONE;
    settings_restore(h);
}

bool autoip_host_left_over(const struct autoip_host *h, struct addr *a)
{
    return strcmp(h->label, h->iface) != 0 && os_ipv4_labelled(h->label, a) &&
           addr_link_local(a);
}

int autoip_host_open(struct autoip_host *h, unsigned ifindex)
{
    autoip_host_close(h);
    h->arp_fd = os_arp_open(ifindex);
    if (h->arp_fd < 0)
        return h->arp_fd;
    h->ifindex = ifindex;
    return 0;
}

void autoip_host_close(struct autoip_host *h)
{
    if (h->arp_fd >= 0)
        close(h->arp_fd);
    h->arp_fd = -1;
    h->ifindex = 0;
}

/* --- the guard ------------------------------------------------------------ */

static _Noreturn void guard(struct autoip_host *h, int fd)
{
    sigset_t all;
    char byte;
    ssize_t n;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    for (int i = 0; i < 3; i++) /* who reads our output is to see its end */
        close(i);
    do
        n = read(fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    if (n == 0) /* no word of farewell */
        autoip_host_remove(h);
    _exit(0);
}

int autoip_host_init(struct autoip_host *h, const char *iface)
{
    struct text t;
    int fds[2];
    pid_t pid;

    h->iface = iface;
    h->arp_fd = -1;
    t = text_memory(h->label, sizeof h->label);
    text_str(&t, iface);
    if (strlen(iface) + sizeof ":crier" <= sizeof h->label)
        text_str(&t, ":crier");
    text_end(&t);
    h->undo = mmap(NULL, sizeof *h->undo, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (h->undo == MAP_FAILED)
        return -ENOMEM;
    for (unsigned i = 0; i < SETTINGS; i++)
        h->undo->before[i] = -1;
    if (pipe(fds) < 0)
        return -errno;
    pid = (pid_t)os_fork();
    if (pid < 0)
        return (int)pid;
    if (pid == 0) {
        close(fds[1]);
        guard(h, fds[0]);
    }
    close(fds[0]);
    fcntl(fds[1], F_SETFD, FD_CLOEXEC);
    h->guard_fd = fds[1];
    h->guard_pid = pid;
    return 0;
}

void autoip_host_end(struct autoip_host *h)
{
    autoip_host_remove(h);
    autoip_host_close(h);
    if (write(h->guard_fd, "", 1) < 0) {
        /* it has been killed */
    }
    close(h->guard_fd);
    while (waitpid((pid_t)h->guard_pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

/* --- the address of last time --------------------------------------------- */

/* DIR/IFACE, or DIR/.IFACE while it is written. False: too long. */
static bool state_path(const char *dir, const char *dot, const char *iface,
                       char *buf)
{
    struct text t = text_memory(buf, PATH_MAX_LEN);

    text_str(&t, dir);
    text_str(&t, dot);
    text_str(&t, iface);
    text_end(&t);
    return !t.failed;
}

bool autoip_host_load(const char *dir, const char *iface, struct addr *a)
{
    char path[PATH_MAX_LEN], buf[ADDR_TEXT_MAX];
    ssize_t n;
    int fd;

    if (!state_path(dir, "/", iface, path))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    n = read(fd, buf, sizeof buf - 1);
    close(fd);
    if (n <= 0)
        return false;
    buf[n] = '\0';
    buf[strcspn(buf, "\n")] = '\0';
    return os_addr_parse(buf, a);
}

int autoip_host_save(const char *dir, const char *iface,
                     const struct addr *a)
{
    char path[PATH_MAX_LEN], temporary[PATH_MAX_LEN], buf[ADDR_TEXT_MAX + 1];
    int err = 0;
    size_t len;
    int fd;

    if (!state_path(dir, "/", iface, path) ||
        !state_path(dir, "/.", iface, temporary))
        return -ENAMETOOLONG;
    os_addr_text(a, NULL, buf);
    len = strlen(buf);
    buf[len++] = '\n';
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    if (write(fd, buf, len) != (ssize_t)len)
        err = -EIO;
    close(fd);
    if (err == 0 && rename(temporary, path) < 0)
        err = -errno;
    return err;
}
