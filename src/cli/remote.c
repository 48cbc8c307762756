/*
 * remote.c - a client verb's way to a running daemon
 */
#include "remote.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crier/os.h"

enum {
    TIMEOUT_S = 5, /* for the daemon to say that it listens */
    COOKIES_MAX = 1024,
};

struct remote {
    struct remote_hooks hooks;
    struct loop *loop;
    int fd;
    unsigned asked;
    void *cookies[COOKIES_MAX];
    char ifaces[ENGINE_LINKS_MAX][RELAY_IFACE_MAX + 1];
    struct text request;
    char line[TOKENS_LINE_MAX + 1];
    size_t len;
    uint8_t buf[4 * RELAY_FRAME_MAX];
};

/* --- requests -------------------------------------------------------------- */

struct text *remote_ask(struct remote *r, const char *verb)
{
    r->request = text_memory(r->line, sizeof r->line);
    text_str(&r->request, verb);
    return &r->request;
}

void remote_word(struct text *t, const char *key, const char *value)
{
    text_fmt(t, " %s=", key);
    tokens_quote(t, value, strlen(value));
}

void remote_name(struct text *t, const char *key, const struct name *n)
{
    char buf[NAME_TEXT_MAX];

    name_text(n, buf);
    if (n->len > 1)
        buf[strlen(buf) - 1] = '\0'; /* the final dot */
    remote_word(t, key, buf);
}

static bool send_request(struct remote *r)
{
    text_str(&r->request, "\n");
    return !r->request.failed &&
           os.sendto(r->fd, r->line, r->request.len, MSG_NOSIGNAL, NULL, 0) ==
               (ssize_t)r->request.len;
}

bool remote_send(struct remote *r, void *cookie)
{
    if (r->asked == COOKIES_MAX || !send_request(r))
        return false;
    r->cookies[r->asked++] = cookie;
    return true;
}

/* --- answers --------------------------------------------------------------- */

const char *remote_iface(const struct remote *r, unsigned link)
{
    return link < ENGINE_LINKS_MAX && r->ifaces[link][0] != '\0'
               ? r->ifaces[link] : "?";
}

/* A number for that interface. */
static uint8_t link_of(struct remote *r, const char *iface)
{
    uint8_t i = 0;

    while (i < ENGINE_LINKS_MAX - 1 && r->ifaces[i][0] != '\0' &&
           strcmp(r->ifaces[i], iface) != 0)
        i++;
    memcpy(r->ifaces[i], iface, strlen(iface) + 1);
    return i;
}

static void take_frame(struct remote *r, const uint8_t *frame, size_t len)
{
    static struct relay relay; /* its names take over 1 KB */

    if (!relay_get(frame, len, &relay) ||
        (relay.what == RELAY_EVENT && relay.tag >= r->asked))
        return; /* of a newer daemon */
    if (relay.what != RELAY_EVENT || relay.ev.link != ENGINE_NO_LINK)
        relay.ev.link = link_of(r, relay.iface);
    if (relay.what == RELAY_EVENT)
        relay.ev.cookie = r->cookies[relay.tag];
    r->hooks.event(r->hooks.ctx, &relay);
}

/* The frame or line at p is taken up; bytes of it, 0: it is not complete. */
static size_t take(struct remote *r, uint8_t *p, size_t len)
{
    uint8_t *end = len > 0 ? memchr(p, '\n', len) : NULL;
    size_t frame;

    if (len < 2)
        return 0;
    if (p[0] == '{') {
        if (end == NULL)
            return 0;
        *end = '\0';
        r->hooks.refused(r->hooks.ctx, (const char *)p);
        return (size_t)(end - p) + 1;
    }
    frame = 2 + (size_t)(p[0] << 8 | p[1]);
    if (len < frame)
        return 0;
    take_frame(r, p + 2, frame - 2);
    return frame;
}

static void take_all(struct remote *r)
{
    size_t at = 0, n;

    while ((n = take(r, r->buf + at, r->len - at)) > 0)
        at += n;
    r->len -= at;
    memmove(r->buf, r->buf + at, r->len);
}

static void on_readable(void *ctx, int fd)
{
    struct remote *r = ctx;
    ssize_t n = os.recvfrom(fd, r->buf + r->len, sizeof r->buf - r->len, 0,
                            NULL, NULL);

    if (n > 0) {
        r->len += (size_t)n;
        take_all(r);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        loop_fd_remove(r->loop, fd);
        r->hooks.gone(r->hooks.ctx);
    }
}

/* --- begin and end --------------------------------------------------------- */

/* Say that we listen, and hear that it is so. Frames may stand behind it. */
static bool attach(struct remote *r, const struct cli *cli)
{
    struct text *t = remote_ask(r, "attach");
    const uint8_t *end = NULL;

    for (unsigned i = 0; i < cli->glob_count; i++)
        remote_word(t, "interface", cli->globs[i]);
    if (!send_request(r))
        return false;
    while (end == NULL) {
        ssize_t n = read(r->fd, r->buf + r->len, sizeof r->buf - r->len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        r->len += (size_t)n;
        end = memchr(r->buf, '\n', r->len);
    }
    r->len -= (size_t)(end + 1 - r->buf);
    if (memcmp(r->buf, "{\"v\":1,\"end\":true,\"ok\":true", 27) != 0)
        return false;
    memmove(r->buf, end + 1, r->len);
    return fcntl(r->fd, F_SETFL, O_NONBLOCK) == 0;
}

struct remote *remote_open(const struct cli *cli, bool looks,
                           const struct remote_hooks *hooks, bool *fatal)
{
    struct remote *r;
    int fd = cli_connect(cli, looks, TIMEOUT_S);

    *fatal = fd < 0 && cli->socket != NULL &&
             strcmp(cli->socket, "none") != 0;
    if (*fatal)
        (void)cli_no_daemon(cli, fd);
    if (fd < 0)
        return NULL;
    r = os_pages(sizeof *r);
    if (r != NULL) {
        r->hooks = *hooks;
        r->fd = fd;
        if (attach(r, cli))
            return r;
        os_pages_free(r, sizeof *r);
    }
    close(fd);
    return NULL;
}

void remote_start(struct remote *r, struct loop *l)
{
    r->loop = l;
    loop_fd_add(l, r->fd, false, on_readable, r);
    take_all(r);
}

void remote_close(struct remote *r)
{
    if (r == NULL)
        return;
    close(r->fd);
    os_pages_free(r, sizeof *r);
}
