/*
 * holders.c - who has UDP port 5353 on this host (Linux)
 *
 * /proc/net/udp tells the sockets and their users; whose they are stands in
 * the descriptors of the processes, as far as we may look at them.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "crier/probe.h"
#include "private.h"

enum {
    SOCKETS_MAX = 128, /* of that port */
    PATH_MAX_LEN = 32, /* /proc/PID/fd/N */
    FIELD_LOCAL = 1,   /* of a line of /proc/net/udp */
    FIELD_UID = 7,
    FIELD_INODE = 9,
};

struct socket_seen {
    uint64_t inode;
    uint32_t uid;
    uint32_t pid;
    uint8_t family;
};

struct seen {
    struct socket_seen list[SOCKETS_MAX];
    int count;
};

int os_file_text(const char *path, char *buf, size_t cap)
{
    int fd = fd_open(path);
    int n;

    if (fd < 0)
        return fd;
    n = fd_read_all(fd, buf, cap);
    fd_close(&fd);
    return n;
}

/* Digits at p up to anything else. */
static uint64_t number(const char *p)
{
    uint64_t v = 0;

    while (*p >= '0' && *p <= '9')
        v = 10 * v + (uint64_t)(*p++ - '0');
    return v;
}

static void take_line(const char *p, uint8_t family, struct seen *seen)
{
    struct socket_seen s = {.family = family};
    bool ours = false;

    for (int field = 0; *p != '\0'; field++) {
        size_t len;

        p += strspn(p, " ");
        len = strcspn(p, " ");
        if (field == FIELD_LOCAL)
            ours = len > 5 && memcmp(p + len - 5, ":14E9", 5) == 0;
        else if (field == FIELD_UID)
            s.uid = (uint32_t)number(p);
        else if (field == FIELD_INODE)
            s.inode = number(p);
        p += len;
    }
    if (ours && seen->count < SOCKETS_MAX)
        seen->list[seen->count++] = s;
}

static int take_file(const char *path, uint8_t family, struct seen *seen)
{
    char buf[2048];
    size_t have = 0;
    int fd = fd_open(path);
    int n;

    if (fd < 0)
        return fd;
    while ((n = fd_read_all(fd, buf + have, sizeof buf - have)) > 0) {
        char *line = buf, *end;

        while ((end = strchr(line, '\n')) != NULL) {
            *end = '\0';
            take_line(line, family, seen);
            line = end + 1;
        }
        have = strlen(line);
        if (have == sizeof buf - 1)
            break; /* no line is that long */
        memmove(buf, line, have);
    }
    fd_close(&fd);
    return n < 0 ? n : 0;
}

/* dir/name, in a buffer of PATH_MAX_LEN; false if it does not fit. */
static bool path_join(char *out, const char *dir, const char *name)
{
    size_t a = strlen(dir), b = strlen(name);

    if (a + b + 2 > PATH_MAX_LEN)
        return false;
    memcpy(out, dir, a);
    out[a] = '/';
    memcpy(out + a + 1, name, b + 1);
    return true;
}

/* Which of the sockets that process has. */
static void take_process(const char *name, struct seen *seen)
{
    static const char mark[] = "socket:[";
    char dir[PATH_MAX_LEN], fds[PATH_MAX_LEN], path[PATH_MAX_LEN];
    struct dirent *e;
    DIR *d;

    if (number(name) == 0 || !path_join(dir, "/proc", name) ||
        !path_join(fds, dir, "fd") || (d = opendir(fds)) == NULL)
        return;
    while ((e = readdir(d)) != NULL) {
        char target[40];
        ssize_t len = path_join(path, fds, e->d_name)
                          ? readlink(path, target, sizeof target - 1)
                          : -1;

        if (len < (ssize_t)sizeof mark ||
            memcmp(target, mark, sizeof mark - 1) != 0)
            continue;
        target[len] = '\0';
        for (int i = 0; i < seen->count; i++)
            if (seen->list[i].inode == number(target + sizeof mark - 1))
                seen->list[i].pid = (uint32_t)number(name);
    }
    closedir(d);
}

static void find_processes(struct seen *seen)
{
    DIR *d = opendir("/proc");
    struct dirent *e;

    if (d == NULL)
        return;
    while ((e = readdir(d)) != NULL)
        take_process(e->d_name, seen);
    closedir(d);
}

static void name_process(struct os_holder *h)
{
    char digits[12];
    char *p = digits + sizeof digits - 1;
    char dir[PATH_MAX_LEN], path[PATH_MAX_LEN];
    uint32_t v = h->pid;

    *p = '\0';
    do
        *--p = (char)('0' + v % 10);
    while ((v /= 10) > 0);
    h->name[0] = '\0';
    if (path_join(dir, "/proc", p) && path_join(path, dir, "comm"))
        (void)os_file_text(path, h->name, sizeof h->name);
    h->name[strcspn(h->name, "\n")] = '\0';
}

int os_port_holders(struct os_holder *out, int max)
{
    struct seen seen = {.count = 0};
    int err = take_file("/proc/net/udp", ADDR_V4, &seen);
    int err6 = take_file("/proc/net/udp6", ADDR_V6, &seen);
    int count = 0;

    if (err < 0 && err6 < 0)
        return err;
    if (seen.count > 0)
        find_processes(&seen);
    for (int i = 0; i < seen.count; i++) {
        const struct socket_seen *s = &seen.list[i];
        int n = 0;

        while (n < count && (out[n].pid != s->pid || out[n].uid != s->uid))
            n++;
        if (n == max)
            break;
        if (n == count) {
            out[count++] = (struct os_holder){.uid = s->uid, .pid = s->pid};
            if (s->pid != 0)
                name_process(&out[n]);
        }
        out[n].families |= s->family;
    }
    return count;
}
