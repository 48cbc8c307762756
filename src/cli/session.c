/*
 * session.c - the life of a client verb: from the first socket to the exit
 * code
 */
#include "remote.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "ctl_print.h"

enum {
    WAITING_MS = 500, /* without an interface, before saying so */
    CLIENT_INSTANCES = 16384,
    CLIENT_CACHE = 4 * CLIENT_INSTANCES,   /* PTR, SRV, TXT, addresses */
    CLIENT_WATCHES = 3 * CLIENT_INSTANCES, /* SRV, TXT, addresses */
    CLIENT_BROWSES = 512,
};

static void on_event(void *ctx, const struct dnssd_event *ev)
{
    struct session *s = ctx;

    s->event(s->ctx, ev);
}

static enum conf_level level_of(const struct cli *cli)
{
    if (cli->quiet)
        return CONF_ERROR;
    return cli->verbose > 0 ? CONF_INFO : CONF_WARN;
}

static void on_link(void *ctx, unsigned link, enum loop_link_event what,
                    int err)
{
    struct session *s = ctx;
    const char *iface = session_iface(s, link);

    if (what == LOOP_LINK_UP) {
        s->link_seen = true;
        if (s->said_waiting && !s->cli->quiet)
            cli_say("%s is up", iface);
        s->said_waiting = false;
    }
    cli_say_link(iface, what, err, level_of(s->cli));
    if (s->link != NULL)
        s->link(s->ctx, link, what);
}

/* --- a daemon that is asked ------------------------------------------------ */

static void on_relay(void *ctx, const struct relay *r)
{
    struct session *s = ctx;

    if (r->what == RELAY_EVENT)
        s->event(s->ctx, &r->ev);
    else
        on_link(s, r->ev.link,
                r->what == RELAY_LINK_UP ? LOOP_LINK_UP : LOOP_LINK_DOWN, 0);
}

static void on_refused(void *ctx, const char *why)
{
    struct session *s = ctx;

    if (s->refused != NULL) {
        s->refused(s->ctx, why);
    } else if (strstr(why, "\"E066\"") == NULL) {
        if (s->reason == NULL)
            s->refusal = ctl_refused(why);
        session_end(s, "refused");
    } else if (!s->cli->quiet) {
        cli_say("W207: the daemon has no room for more questions; some are "
                "left out");
    }
}

static void on_gone(void *ctx)
{
    struct session *s = ctx;

    if (s->reason == NULL)
        s->lost = true;
    session_end(s, "lost");
}

const char *session_iface(const struct session *s, unsigned link)
{
    return s->remote != NULL ? remote_iface(s->remote, link)
                             : loop_link_name(s->loop, link);
}

bool session_browse(struct session *s, const struct dnssd_type *type,
                    const struct name *domain, unsigned flags, void *cookie)
{
    struct name full = type->base;
    struct text *t;

    if (s->remote == NULL)
        return dnssd_browse(loop_dnssd(s->loop), loop_now_ms(s->loop), type,
                            domain, LINKS_ALL, flags, cookie) != NULL;
    if (type->sub_len > 0 &&
        (!name_prepend(&full, "_sub", 4) ||
         !name_prepend(&full, type->sub, type->sub_len)))
        return false;
    t = remote_ask(s->remote, "browse");
    remote_name(t, "type", &full);
    remote_name(t, "domain", domain);
    if ((flags & DNSSD_RESOLVE) == 0)
        remote_word(t, "resolve", "no");
    return remote_send(s->remote, cookie);
}

bool session_enumerate(struct session *s, const struct name *domain,
                       void *cookie)
{
    if (s->remote == NULL)
        return dnssd_enumerate(loop_dnssd(s->loop), loop_now_ms(s->loop),
                               domain, LINKS_ALL, cookie) != NULL;
    remote_name(remote_ask(s->remote, "types"), "domain", domain);
    return remote_send(s->remote, cookie);
}

bool session_resolve(struct session *s, const struct name *full,
                     void *cookie)
{
    if (s->remote == NULL)
        return dnssd_resolve(loop_dnssd(s->loop), loop_now_ms(s->loop), full,
                             LINKS_ALL, cookie) != NULL;
    remote_name(remote_ask(s->remote, "resolve"), "name", full);
    return remote_send(s->remote, cookie);
}

bool session_lookup(struct session *s, const struct name *host,
                    uint8_t families, void *cookie)
{
    struct text *t;

    if (s->remote == NULL)
        return dnssd_lookup(loop_dnssd(s->loop), loop_now_ms(s->loop), host,
                            families, LINKS_ALL, cookie) != NULL;
    t = remote_ask(s->remote, "lookup");
    remote_name(t, "name", host);
    if (families == ADDR_V4 || families == ADDR_V6)
        remote_word(t, "family", families == ADDR_V4 ? "ipv4" : "ipv6");
    return remote_send(s->remote, cookie);
}

bool session_query(struct session *s, const struct name *name, uint16_t type,
                   bool reconfirm, void *cookie)
{
    char buf[16];
    struct text word = text_memory(buf, sizeof buf - 1), *t;

    if (s->remote == NULL)
        return dnssd_query(loop_dnssd(s->loop), loop_now_ms(s->loop), name,
                           type, LINKS_ALL, cookie) != NULL;
    rrtext_type(&word, type);
    t = remote_ask(s->remote, "query");
    remote_name(t, "name", name);
    remote_word(t, "type", text_end(&word));
    if (reconfirm)
        remote_word(t, "reconfirm", "yes");
    return remote_send(s->remote, cookie);
}

/* A key and its value, which in a service file % means something in. */
static void put_escaped(struct text *t, const char *key, const void *value,
                        size_t len)
{
    const char *p = value;

    text_fmt(t, " %s=", key);
    for (size_t n; len > 0; p += n, len -= n) {
        for (n = 0; n < len && p[n] != '%'; n++)
            continue;
        n += n < len;
        tokens_quote(t, p, n);
        if (p[n - 1] == '%')
            text_str(t, "%");
    }
}

bool session_publish(struct session *s, const struct service *service,
                     bool named, bool no_rename)
{
    struct text *t;

    if (s->remote == NULL)
        return false;
    t = remote_ask(s->remote, "publish");
    remote_name(t, "type", &service->type.base);
    if (named)
        put_escaped(t, "name", service->instance, service->instance_len);
    text_fmt(t, " port=%u", (unsigned)service->port);
    if (service->has_target)
        remote_name(t, "host", &service->target);
    if (no_rename)
        remote_word(t, "no-rename", "yes");
    for (unsigned i = 0; i < service->subtype_count; i++) {
        struct name sub = {1, {0}};

        (void)name_prepend(&sub, service->subtypes[i].sub,
                           service->subtypes[i].sub_len);
        remote_name(t, "subtype", &sub);
    }
    for (unsigned i = 0; i < s->cli->glob_count; i++)
        remote_word(t, "interface", s->cli->globs[i]);
    for (size_t at = 0; at < service->txt_len; at += service->txt[at] + 1u)
        if (service->txt[at] > 0)
            put_escaped(t, "txt", service->txt + at + 1, service->txt[at]);
    return remote_send(s->remote, NULL);
}

/* --- when to end ----------------------------------------------------------- */

/* Earliest of two times, where 0 is none. */
static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* When quiet ends the session, 0 if it does not. */
static uint64_t quiet_end(const struct session *s)
{
    uint64_t least = s->start_ms + s->min_ms;
    uint64_t end;

    if (s->quiet_ms == 0 || (s->quiet_needs_news && s->news_ms == 0))
        return 0;
    end = (s->news_ms != 0 ? s->news_ms : s->start_ms) + s->quiet_ms;
    return end > least ? end : least;
}

static void on_tick(void *ctx, uint64_t now_ms)
{
    struct session *s = ctx;
    uint64_t next = s->max_ms > 0 ? s->start_ms + s->max_ms : 0;
    uint64_t quiet, waiting = 0;

    if (s->tick != NULL)
        s->tick(s->ctx, now_ms);
    quiet = quiet_end(s);
    if (s->reason == NULL && next != 0 && now_ms >= next)
        session_end(s, "timeout");
    else if (s->reason == NULL && quiet != 0 && now_ms >= quiet)
        session_end(s, "quiet");
    if (!s->link_seen && !s->said_waiting) {
        waiting = s->start_ms + WAITING_MS;
        if (now_ms >= waiting) {
            waiting = 0;
            s->said_waiting = true;
            if (!s->cli->quiet)
                cli_say("W206: no usable interface yet: none that is up, can "
                        "multicast and has an address; waiting for one");
        }
    }
    next = earlier(next, earlier(quiet, earlier(waiting, s->wake_ms)));
    loop_set_deadline(s->loop, s->reason == NULL ? next : 0);
}

static void on_signal(void *ctx, int signo)
{
    struct session *s = ctx;

    if (signo == SIGCHLD) {
        if (s->child != NULL)
            s->child(s->ctx);
        return;
    }
    if (signo != SIGINT && signo != SIGTERM && signo != SIGHUP)
        return;
    s->signo = signo;
    if (s->signal == NULL || !s->signal(s->ctx, signo))
        session_end(s, "signal");
}

void session_config(const struct cli *cli, struct loop_config *lc)
{
    loop_config_default(lc);
    lc->engine.cache_max = CLIENT_CACHE;
    lc->engine.cache_per_source = CLIENT_CACHE;
    lc->engine.watches_max = CLIENT_WATCHES;
    lc->dnssd.instances_max = CLIENT_INSTANCES;
    lc->dnssd.browses_max = CLIENT_BROWSES;
    lc->families = cli->families != 0 ? cli->families : ADDR_V4 | ADDR_V6;
    lc->allow_oneshot = true;
    lc->ifglob_count = cli->glob_count;
    memcpy(lc->ifglobs, cli->globs, sizeof lc->ifglobs);
}

/* Ask a daemon if there is one. -4 and -6 are not known to it: they are the
 * transport's. False after a report. */
static bool find_daemon(struct session *s, struct loop_config *lc)
{
    static const char *const nothing[] = {"!*"};
    struct remote_hooks hooks = {s, on_relay, on_refused, on_gone};
    bool fatal = false;

    if (!s->asks || s->cli->families != 0)
        return true;
    s->remote = remote_open(s->cli, !s->changes, &hooks, &fatal);
    if (s->remote != NULL) {
        lc->ifglobs[0] = nothing[0];
        lc->ifglob_count = 1;
    }
    return !fatal;
}

int session_open(struct session *s, struct loop_config *lc)
{
    struct loop_hooks hooks = {
        .ctx = s,
        .event = on_event,
        .link = on_link,
        .tick = on_tick,
        .signal = on_signal,
    };
    int err = 0;

    if (!find_daemon(s, lc))
        return CLI_NO_DAEMON;
    s->loop = loop_new(lc, &hooks, &err);
    if (s->loop == NULL) {
        cli_say("E041: cannot start: %e; %s", err, cli_remedy(err));
        return CLI_SYSTEM;
    }
    s->start_ms = loop_now_ms(s->loop);
    if (s->remote != NULL)
        remote_start(s->remote, s->loop);
    return CLI_OK;
}

void session_news(struct session *s)
{
    s->news_ms = loop_now_ms(s->loop);
}

void session_end(struct session *s, const char *reason)
{
    if (s->reason != NULL)
        return;
    s->reason = reason;
    loop_stop(s->loop, s->goodbye);
}

int session_run(struct session *s, bool (*ok)(void *ctx))
{
    bool got;

    loop_run(s->loop);
    got = ok(s->ctx);
    loop_free(s->loop);
    remote_close(s->remote);
    text_flush(&text_out);
    if (s->signo != 0 && strcmp(s->reason, "signal") == 0)
        return CLI_SIGNAL + s->signo;
    if (s->lost) {
        cli_say("E064: the daemon has gone; try again");
        return CLI_NO_DAEMON;
    }
    if (s->refusal != 0)
        return s->refusal;
    if (got)
        return CLI_OK;
    if (!s->link_seen) {
        cli_say("E040: no usable interface: none that is up, can multicast "
                "and has an address%s",
                s->cli->glob_count > 0 ? ", among those that -i names"
                                       : "; -i names others, as -i lo");
        return CLI_SYSTEM;
    }
    return CLI_NONE;
}

/*
 * Binding to an address succeeds exactly where it is one of this host's, and
 * needs no list of interfaces.
 */
bool session_own_address(const struct addr *a, const char *iface)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    bool v4 = a->family == ADDR_V4;
    bool own;
    int fd;

    if (a->family == ADDR_NONE)
        return false;
    memcpy(&in4.sin_addr, a->b, sizeof in4.sin_addr);
    memcpy(&in6.sin6_addr, a->b, sizeof in6.sin6_addr);
    if (addr_link_local(a))
        in6.sin6_scope_id = if_nametoindex(iface);
    fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM, 0);
    if (fd < 0)
        return false;
    own = bind(fd, v4 ? (struct sockaddr *)&in4 : (struct sockaddr *)&in6,
               v4 ? sizeof in4 : sizeof in6) == 0;
    close(fd);
    return own;
}
