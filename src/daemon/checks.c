/*
 * checks.c - the health checks of services, each in its turn
 *
 * A file is looked at in place. A connection is made without waiting for it,
 * and a few at a time: the rest comes when there is room.
 */
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "crier/os.h"

enum {
    CONNECTING_MOST = 16,
    CONNECT_MS = 3000,
    FULL_MS = 100, /* after which there may be room */
};

/* --- what can be seen at once ---------------------------------------------- */

/* 0, or why it fails: a negative errno. */
static int look_at_path(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? 0 : -errno;
}

/* The number at the start of a file is that of a process. */
static int look_at_pid(const char *path)
{
    size_t len, digits = 0;
    int err = 0;
    char *data = conf_slurp(path, &len, &err);
    int32_t pid = 0;

    if (data == NULL)
        return err;
    while (digits < len && data[digits] >= '0' && data[digits] <= '9' &&
           pid < INT32_MAX / 10)
        pid = pid * 10 + (data[digits++] - '0');
    if (digits < len && data[digits] != '\n' && data[digits] != ' ')
        pid = 0;
    free(data);
    if (pid == 0)
        return -EINVAL;
    /* One of another user's is alive too. */
    return kill(pid, 0) == 0 || errno == EPERM ? 0 : -errno;
}

/* --- results --------------------------------------------------------------- */

static void due(struct check *k, uint64_t at_ms)
{
    k->due_ms = at_ms;
    if (at_ms < k->all->due_ms)
        k->all->due_ms = at_ms;
}

static void result(struct check *k, int err)
{
    uint64_t now_ms = loop_now_ms(k->all->loop);

    k->err = err;
    due(k, now_ms + k->spec.every_ms);
    if (check_count(&k->state, &k->spec, err == 0, now_ms))
        k->all->changed(k->all->ctx, k);
}

static void hang_up(struct check *k)
{
    if (k->fd < 0)
        return;
    loop_fd_remove(k->all->loop, k->fd);
    os.close(k->fd);
    k->fd = -1;
    k->all->connecting--;
}

static void on_connected(void *ctx, int fd)
{
    struct check *k = ctx;
    int err = os_tcp_error(fd);

    hang_up(k);
    result(k, err);
}

static void connect_to(struct check *k, uint64_t now_ms)
{
    struct checks *all = k->all;
    int fd = -EAGAIN;

    if (all->connecting < CONNECTING_MOST)
        fd = os_tcp_open(&k->spec.addr, k->spec.port);
    if (fd >= 0 && loop_fd_add(all->loop, fd, true, on_connected, k) < 0) {
        os.close(fd);
        fd = -EAGAIN;
    }
    if (fd == -EAGAIN || fd == -EMFILE || fd == -ENFILE || fd == -ENOBUFS) {
        due(k, now_ms + FULL_MS); /* that is our trouble, not the service's */
    } else if (fd < 0) {
        result(k, fd);
    } else {
        k->fd = fd;
        all->connecting++;
        due(k, now_ms + CONNECT_MS);
    }
}

static void make(struct check *k, uint64_t now_ms)
{
    if (k->fd >= 0) {
        hang_up(k);
        result(k, -ETIMEDOUT);
    } else if (k->spec.kind == CHECK_TCP) {
        connect_to(k, now_ms);
    } else {
        result(k, k->spec.kind == CHECK_PID ? look_at_pid(k->spec.path)
                                            : look_at_path(k->spec.path));
    }
}

/* --- all of them ----------------------------------------------------------- */

struct check *check_new(struct checks *all, const struct service_check *spec,
                        void *owner, bool up)
{
    struct check *k = calloc(1, sizeof *k);

    if (k == NULL)
        return NULL;
    k->all = all;
    k->spec = *spec;
    k->owner = owner;
    k->state.known = k->state.up = up;
    k->fd = -1;
    k->next = all->first;
    all->first = k;
    due(k, loop_now_ms(all->loop));
    return k;
}

void check_change(struct check *k, const struct service_check *spec)
{
    hang_up(k);
    k->spec = *spec;
    k->state.row = 0;
    due(k, loop_now_ms(k->all->loop));
}

void check_free(struct check *k)
{
    struct check **at;

    if (k == NULL)
        return;
    for (at = &k->all->first; *at != k;)
        at = &(*at)->next;
    *at = k->next;
    hang_up(k);
    free(k);
}

uint64_t checks_tick(struct checks *all, uint64_t now_ms)
{
    if (all->first == NULL)
        return 0;
    if (now_ms < all->due_ms)
        return all->due_ms;
    all->due_ms = UINT64_MAX;
    for (struct check *k = all->first; k != NULL; k = k->next) {
        if (k->due_ms <= now_ms)
            make(k, now_ms);
        else
            due(k, k->due_ms);
    }
    return all->due_ms;
}
