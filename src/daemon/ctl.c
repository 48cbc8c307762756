/*
 * ctl.c - lines from clients, and answers to them
 */
#include "crier/ctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crier/os.h"

enum {
    LISTENERS_MAX = CTL_GUEST + CTL_GUESTS_MAX,
    STALLED_MS = 10000, /* who has not read for so long may be dropped */
    PAUSE_MS = 1000,    /* no descriptor is free: accept() would spin */
    PIECES_MAX = 8,     /* of one client in one turn */
};

struct ctl_client {
    struct ctl *ctl;
    int fd;
    unsigned rights;
    bool ending;  /* nothing more is read from it */
    bool more;    /* an answer is not complete */
    bool listens; /* beyond answers */
    uint32_t cursor;
    void *state;
    uint64_t active_ms; /* when it last said or read something */
    struct text out;
    size_t in_len;
    char in[CTL_LINE_MAX + 1];
    char queue[CTL_QUEUE_MAX]; /* the last: untouched pages cost nothing */
};

struct ctl {
    struct loop *loop;
    struct ctl_hooks hooks;
    unsigned clients_max, count, listener_count;
    uint64_t pause_ms; /* accept again then; 0: now */
    struct {
        int fd;
        unsigned rights;
        uint32_t cid;
    } listeners[LISTENERS_MAX];
    struct ctl_client *clients[CTL_CLIENTS_MAX];
};

/* --- what the owner sees --------------------------------------------------- */

unsigned ctl_rights(const struct ctl_client *c)
{
    return c->rights;
}

void **ctl_state(struct ctl_client *c)
{
    return &c->state;
}

struct ctl_client *ctl_client(const struct ctl *t, unsigned i)
{
    return i < t->count ? t->clients[i] : NULL;
}

struct text *ctl_out(struct ctl_client *c)
{
    return &c->out;
}

void ctl_continue(struct ctl_client *c)
{
    c->more = true;
    c->cursor = 0;
}

uint32_t *ctl_cursor(struct ctl_client *c)
{
    return &c->cursor;
}

void ctl_done(struct ctl_client *c)
{
    c->more = false;
}

unsigned ctl_clients(const struct ctl *t)
{
    return t->count;
}

/* --- a client -------------------------------------------------------------- */

static void hang_up(struct ctl_client *c)
{
    struct ctl *t = c->ctl;

    t->hooks.gone(t->hooks.ctx, c);
    loop_fd_remove(t->loop, c->fd);
    os.close(c->fd);
    for (unsigned i = 0; i < t->count; i++)
        if (t->clients[i] == c)
            t->clients[i] = t->clients[--t->count];
    os_pages_free(c, sizeof *c);
}

/* False: it is gone. */
static bool receive(struct ctl_client *c)
{
    ssize_t n;

    if (c->ending || c->in_len == sizeof c->in)
        return true;
    n = os.recvfrom(c->fd, c->in + c->in_len, sizeof c->in - c->in_len, 0,
                    NULL, NULL);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    c->ending = n == 0;
    c->in_len += (size_t)n;
    if (n > 0)
        c->active_ms = loop_now_ms(c->ctl->loop);
    return true;
}

static bool room(const struct ctl_client *c)
{
    return c->out.len + CTL_ROOM_MIN <= c->out.cap;
}

/* Take up its next line, or say more; false if there is nothing to do, or no
 * room for the answer. */
static bool answer(struct ctl_client *c)
{
    const struct ctl_hooks *hooks = &c->ctl->hooks;
    const char *end = memchr(c->in, '\n', c->in_len);
    size_t len = end != NULL ? (size_t)(end - c->in) : c->in_len;

    if (!room(c))
        return false;
    if (c->more) {
        hooks->more(hooks->ctx, c);
        return true;
    }
    if (end == NULL && c->in_len < sizeof c->in)
        return false;
    hooks->line(hooks->ctx, c, c->in, len);
    if (end == NULL) {
        c->in_len = 0;
        c->ending = true;
        return true;
    }
    c->in_len -= len + 1;
    memmove(c->in, end + 1, c->in_len);
    return true;
}

static bool transmit(struct ctl_client *c)
{
    ssize_t n;

    if (c->out.failed)
        return false; /* an answer larger than its room: a bug, not a crash */
    if (c->out.len == 0)
        return true;
    n = os.sendto(c->fd, c->queue, c->out.len, MSG_NOSIGNAL, NULL, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (n > 0)
        c->active_ms = loop_now_ms(c->ctl->loop);
    c->out.len -= (size_t)n;
    memmove(c->queue, c->queue + n, c->out.len);
    return true;
}

static void on_client(void *ctx, int fd)
{
    struct ctl_client *c = ctx;
    struct loop *l = c->ctl->loop;
    bool busy = true;

    if (!receive(c)) {
        hang_up(c);
        return;
    }
    for (unsigned i = 0; i < PIECES_MAX && busy; i++) {
        busy = answer(c);
        if (!transmit(c)) {
            hang_up(c);
            return;
        }
    }
    if (c->out.len == 0)
        c->ctl->hooks.drained(c->ctl->hooks.ctx, c);
    busy |= c->out.len > 0 || c->more;
    if (c->ending && !busy) {
        hang_up(c);
        return;
    }
    loop_fd_add(l, fd, busy, on_client, c);
    loop_fd_mute(l, fd, busy || c->ending);
}

void ctl_said(struct ctl_client *c)
{
    c->listens = true;
    loop_fd_add(c->ctl->loop, c->fd, true, on_client, c);
    loop_fd_mute(c->ctl->loop, c->fd, true);
}

void ctl_drop(struct ctl_client *c, const struct text *last)
{
    c->out.cap = sizeof c->queue;
    text_bytes(&c->out, last->buf, last->len);
    (void)transmit(c);
    hang_up(c);
}

/* --- coming ---------------------------------------------------------------- */

static bool may_go(const struct ctl_client *c)
{
    return (!c->more && c->out.len == 0) ||
           loop_now_ms(c->ctl->loop) - c->active_ms >= STALLED_MS;
}

/* Whose place one of those rights may take: full rights all, others those of
 * their like, and guests those of the same one. */
static bool may_take(unsigned rights, unsigned from)
{
    return rights == CTL_FULL || rights == from;
}

static bool rather(const struct ctl_client *a, const struct ctl_client *b)
{
    if (b == NULL || a->listens != b->listens)
        return b == NULL || b->listens;
    return a->active_ms < b->active_ms;
}

/* Of so many places for others than full rights, those that clients with these
 * rights may have: who only looks leaves the guests theirs, or half. */
static unsigned share(const struct ctl *t, unsigned max, unsigned rights)
{
    unsigned guests = 0;

    if (rights >= CTL_GUEST)
        return CTL_GUEST_CLIENTS;
    for (unsigned i = 0; i < t->listener_count; i++)
        guests += t->listeners[i].rights >= CTL_GUEST;
    guests *= CTL_GUEST_CLIENTS;
    return max - (guests < max / 2 ? guests : max / 2);
}

/* A place for one more of those rights; false if there is none. */
static bool make_place(struct ctl *t, unsigned rights)
{
    unsigned max = t->clients_max, others = 0, like = 0;
    struct ctl_client *oldest = NULL;
    bool room;

    max -= max > CTL_CLIENTS_KEPT ? CTL_CLIENTS_KEPT : max - 1;
    for (unsigned i = 0; i < t->count; i++) {
        struct ctl_client *c = t->clients[i];

        others += c->rights != CTL_FULL;
        like += c->rights == rights;
        if (may_take(rights, c->rights) && may_go(c) && rather(c, oldest))
            oldest = c;
    }
    room = t->count < t->clients_max &&
           (rights == CTL_FULL ||
            (others < max && like < share(t, max, rights)));
    if (room)
        return true;
    if (oldest == NULL)
        return false;
    hang_up(oldest);
    return true;
}

static void welcome(struct ctl *t, int fd, unsigned rights)
{
    struct ctl_client *c =
        make_place(t, rights) ? os_pages(sizeof *c) : NULL;

    if (c == NULL || loop_fd_add(t->loop, fd, false, on_client, c) < 0) {
        os_pages_free(c, sizeof *c);
        os.close(fd);
        return;
    }
    c->ctl = t;
    c->fd = fd;
    c->rights = rights;
    c->active_ms = loop_now_ms(t->loop);
    c->out = text_memory(c->queue, sizeof c->queue - CTL_LAST_MAX);
    t->clients[t->count++] = c;
}

static void mute(struct ctl *t, bool on)
{
    for (unsigned i = 0; i < t->listener_count; i++)
        loop_fd_mute(t->loop, t->listeners[i].fd, on);
}

static void on_listener(void *ctx, int fd)
{
    struct ctl *t = ctx;
    unsigned i = 0;
    int got;

    while (t->listeners[i].fd != fd)
        i++;
    got = os_accept(fd, t->listeners[i].cid);
    if (got >= 0) {
        welcome(t, got, t->listeners[i].rights);
    } else if (got != -EAGAIN && got != -EINTR && got != -ECONNABORTED) {
        t->pause_ms = loop_now_ms(t->loop) + PAUSE_MS;
        mute(t, true);
    }
}

/* --- all of it ------------------------------------------------------------- */

struct ctl *ctl_new(struct loop *l, unsigned clients_max,
                    const struct ctl_hooks *hooks)
{
    struct ctl *t = calloc(1, sizeof *t);

    if (t == NULL)
        return NULL;
    t->loop = l;
    t->hooks = *hooks;
    t->clients_max =
        clients_max < CTL_CLIENTS_MAX ? clients_max : CTL_CLIENTS_MAX;
    return t;
}

bool ctl_listen(struct ctl *t, int fd, unsigned rights, uint32_t cid)
{
    if (t->listener_count == LISTENERS_MAX ||
        loop_fd_add(t->loop, fd, false, on_listener, t) < 0) {
        os.close(fd);
        return false;
    }
    t->listeners[t->listener_count].fd = fd;
    t->listeners[t->listener_count].cid = cid;
    t->listeners[t->listener_count++].rights = rights;
    return true;
}

uint64_t ctl_tick(struct ctl *t, uint64_t now_ms)
{
    if (t->pause_ms != 0 && t->pause_ms <= now_ms) {
        t->pause_ms = 0;
        mute(t, false);
    }
    return t->pause_ms;
}

void ctl_free(struct ctl *t)
{
    if (t == NULL)
        return;
    while (t->count > 0)
        hang_up(t->clients[0]);
    for (unsigned i = 0; i < t->listener_count; i++) {
        loop_fd_remove(t->loop, t->listeners[i].fd);
        os.close(t->listeners[i].fd);
    }
    free(t);
}
