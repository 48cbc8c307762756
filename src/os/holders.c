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
    PATH_LEN = 48,     /* /proc/PID/fd/N */
    FIELD_LOCAL = 1,   /* of a line of /proc/net/udp */
    FIELD_UID = 7,
    FIELD_INODE = 9,
};

struct socket_seen {
    uint64_t inode;
    struct os_holder of;
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
    struct socket_seen s = {.of.families = family};
    bool ours = false;

    for (int field = 0; *p != '\0'; field++) {
        size_t len;

        p += strspn(p, " ");
        len = strcspn(p, " ");
        if (field == FIELD_LOCAL)
            ours = len > 5 && memcmp(p + len - 5, ":14E9", 5) == 0;
        else if (field == FIELD_UID)
            s.of.uid = (uint32_t)number(p);
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

/* Put text at the place in a path; where it ends. What is too long is no path
 * of these. */
static size_t path_put(char path[PATH_LEN], size_t at, const char *text)
{
    size_t len = strlen(text);

    if (len >= PATH_LEN - at)
        len = 0;
    memcpy(path + at, text, len);
    path[at + len] = '\0';
    return at + len;
}

/* Whose socket it is. The path is "/proc/PID/". */
static void take_socket(struct os_holder *h, char path[PATH_LEN], size_t at,
                        uint32_t pid)
{
    h->pid = pid;
    path_put(path, at, "comm");
    if (os_file_text(path, h->name, sizeof h->name) < 0)
        h->name[0] = '\0';
    h->name[strcspn(h->name, "\n")] = '\0';
}

/* Which of the sockets that process has. */
static void take_process(const char *digits, struct seen *seen)
{
    static const char mark[] = "socket:[";
    uint32_t pid = (uint32_t)number(digits);
    char path[PATH_LEN], target[40];
    size_t at = path_put(path, path_put(path, path_put(path, 0, "/proc/"),
                                        digits), "/");
    struct dirent *e;
    DIR *d;

    path_put(path, at, "fd/");
    if (pid == 0 || (d = opendir(path)) == NULL)
        return;
    while ((e = readdir(d)) != NULL) {
        ssize_t len;

        path_put(path, path_put(path, at, "fd/"), e->d_name);
        len = readlink(path, target, sizeof target - 1);
        if (len < (ssize_t)sizeof mark ||
            memcmp(target, mark, sizeof mark - 1) != 0)
            continue;
        target[len] = '\0';
        for (int i = 0; i < seen->count; i++)
            if (seen->list[i].inode == number(target + sizeof mark - 1))
                take_socket(&seen->list[i].of, path, at, pid);
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
        const struct os_holder *h = &seen.list[i].of;
        int n = 0;

        while (n < count && (out[n].pid != h->pid || out[n].uid != h->uid))
            n++;
        if (n == max)
            break;
        if (n == count)
            out[count++] = *h;
        out[n].families |= h->families;
    }
    return count;
}
