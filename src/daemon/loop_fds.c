/*
 * loop_fds.c - the descriptors of a loop: the sets for select(), the owner's
 */
#include "loop_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static void watch_fd(struct loop *l, int fd, bool read, bool write)
{
    if (fd < 0 || fd >= FD_SETSIZE)
        return;
    if (read)
        os_fd_set(fd, &l->read_set);
    if (write)
        os_fd_set(fd, &l->write_set);
    if (fd >= l->fd_top)
        l->fd_top = fd + 1;
}

static void watch_slot(struct loop *l, struct slot *s)
{
    unsigned link = loop_slot_of(l, s);
    const struct os_sock *sock;

    for (unsigned i = 0; (sock = os_link_sock(&s->os, i)) != NULL; i++)
        watch_fd(l, sock->fd, true, false);
    for (unsigned i = 0; i < 2; i++) {
        const struct pending *p = &l->pending[link][i];

        if (l->held_count > 0 && p->held && p->want_write)
            watch_fd(l, os_send_sock(&s->os, &p->d)->fd, true, true);
    }
}

void loop_fds_rebuild(struct loop *l)
{
    FD_ZERO(&l->read_set);
    FD_ZERO(&l->write_set);
    l->fd_top = 0;
    watch_fd(l, l->pipe_fd, true, false);
    watch_fd(l, os_ifwatch_fd(l->watch), true, false);
    watch_fd(l, l->except_fd, false, false);
    for (unsigned i = 0; i < l->owner_fd_count; i++)
        watch_fd(l, l->owner_fds[i].fd, !l->owner_fds[i].mute,
                 l->owner_fds[i].want_write);
    for (unsigned i = 0; i < l->slot_count; i++) {
        if (l->slots[i].up)
            watch_slot(l, &l->slots[i]);
    }
    l->sets_stale = false;
}

static struct owner_fd *find(struct loop *l, int fd)
{
    for (unsigned i = 0; i < l->owner_fd_count; i++) {
        if (l->owner_fds[i].fd == fd)
            return &l->owner_fds[i];
    }
    return NULL;
}

int loop_fd_add(struct loop *l, int fd, bool want_write,
                void (*cb)(void *ctx, int fd), void *ctx)
{
    struct owner_fd *o = find(l, fd);

    if (fd < 0 || fd >= FD_SETSIZE)
        return -1;
    if (o == NULL) {
        if (l->owner_fd_count == LOOP_FDS_MAX)
            return -1;
        o = &l->owner_fds[l->owner_fd_count++];
    }
    *o = (struct owner_fd){fd, want_write, false, cb, ctx};
    l->sets_stale = true;
    return 0;
}

void loop_fd_exception(struct loop *l, int fd, void (*cb)(void *ctx),
                       void *ctx)
{
    l->except_fd = fd < FD_SETSIZE ? fd : -1;
    l->except_cb = cb;
    l->except_ctx = ctx;
    l->sets_stale = true;
}

void loop_fd_mute(struct loop *l, int fd, bool on)
{
    struct owner_fd *o = find(l, fd);

    if (o == NULL)
        return;
    l->sets_stale |= o->mute != on;
    o->mute = on;
}

void loop_fd_remove(struct loop *l, int fd)
{
    struct owner_fd *o = find(l, fd);

    if (o == NULL)
        return;
    *o = l->owner_fds[--l->owner_fd_count];
    l->sets_stale = true;
}

/* Callbacks add and remove descriptors, so work from a list of numbers and
 * look each up again before it is served. */
void loop_fds_serve(struct loop *l, const fd_set *r, const fd_set *w)
{
    int ready[LOOP_FDS_MAX];
    unsigned count = 0;

    for (unsigned i = 0; i < l->owner_fd_count; i++) {
        int fd = l->owner_fds[i].fd;

        if (os_fd_isset(fd, r) || os_fd_isset(fd, w))
            ready[count++] = fd;
    }
    for (unsigned i = 0; i < count; i++) {
        const struct owner_fd *o = find(l, ready[i]);

        if (o != NULL) {
            o->cb(o->ctx, ready[i]);
            loop_clock(l);
        }
    }
}

static bool is_closed(int fd)
{
    return os.fcntl(fd, F_GETFD, 0) < 0 && errno == EBADF;
}

void loop_fds_purge(struct loop *l)
{
    for (unsigned i = l->owner_fd_count; i-- > 0;) {
        if (is_closed(l->owner_fds[i].fd))
            loop_fd_remove(l, l->owner_fds[i].fd);
    }
    for (unsigned n = 0; n < l->slot_count; n++) {
        struct slot *s = &l->slots[n];
        struct os_sock *sock;

        for (unsigned i = 0; (sock = os_link_sock(&s->os, i)) != NULL; i++) {
            if (sock->fd >= 0 && is_closed(sock->fd)) {
                sock->fd = -1;
                loop_links_retry(l, s);
            }
        }
    }
    l->sets_stale = true;
}
