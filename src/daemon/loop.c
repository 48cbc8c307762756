/*
 * loop.c - one thread, one select(): time and the order of things
 *
 * A turn: take the time, do what is due, let the engine speak, tell the
 * owner, sleep until a descriptor is ready or something is due. With nothing
 * due it sleeps without limit.
 */
#include "loop_private.h"

#include <errno.h>
#include <string.h>

enum {
    POLL_MS = 5000,
    REJOIN_MS = 600000,
    GOODBYE_MS = 500,
    SLEPT_MS = 1500, /* the two clocks may be read some time apart */
    FAILED_MS = 10, /* a select() that fails must not make us spin */
    LONGEST_MS = 86400000, /* some kernels refuse a longer select() */
};

void loop_config_default(struct loop_config *cfg)
{
    memset(cfg, 0, sizeof *cfg);
    engine_config_default(&cfg->engine);
    dnssd_config_default(&cfg->dnssd);
    cfg->engine.seed = os_entropy();
    cfg->families = ADDR_V4 | ADDR_V6;
    cfg->poll_ms = POLL_MS;
    cfg->rejoin_ms = REJOIN_MS;
}

/* --- making one -------------------------------------------------------- */

static bool make_core(struct loop *l)
{
    uint32_t watches = dnssd_watches(&l->cfg.dnssd);
    size_t engine_len = engine_memory(&l->cfg.engine);
    size_t dnssd_len = dnssd_memory(&l->cfg.dnssd);

    /* Each instance that is found takes some; room not used costs none. */
    if (l->cfg.engine.watches_max < watches) {
        l->cfg.engine.watches_max = watches;
        engine_len = engine_memory(&l->cfg.engine);
    }
    l->engine_mem = os_pages(engine_len);
    l->dnssd_mem = os_pages(dnssd_len);
    if (l->engine_mem == NULL || l->dnssd_mem == NULL)
        return false;
    l->engine = engine_init(l->engine_mem, engine_len, &l->cfg.engine,
                            l->now_ms);
    if (l->engine == NULL)
        return false;
    l->dnssd = dnssd_init(l->dnssd_mem, dnssd_len, &l->cfg.dnssd, l->engine);
    return l->dnssd != NULL;
}

static void free_core(struct loop *l)
{
    if (l->engine_mem != NULL)
        os_pages_free(l->engine_mem, engine_memory(&l->cfg.engine));
    if (l->dnssd_mem != NULL)
        os_pages_free(l->dnssd_mem, dnssd_memory(&l->cfg.dnssd));
}

static uint64_t slept_ms(void)
{
    uint64_t running_ms = os_now_ms();
    uint64_t all_ms = os_boottime_ms();

    return all_ms > running_ms ? all_ms - running_ms : 0;
}

struct loop *loop_new(const struct loop_config *cfg,
                      const struct loop_hooks *hooks, int *err)
{
    struct loop *l = os_pages(sizeof *l);

    *err = -ENOMEM;
    if (l == NULL)
        return NULL;
    l->cfg = *cfg;
    l->hooks = *hooks;
    l->now_ms = os_now_ms();
    l->owner_ms = LOOP_NEVER;
    l->rejoin_ms = LOOP_NEVER;
    if (cfg->rejoin_ms != 0)
        l->rejoin_ms = l->now_ms + cfg->rejoin_ms;
    if (make_core(l))
        *err = loop_signals_open(&l->pipe_fd);
    if (*err < 0) {
        free_core(l);
        os_pages_free(l, sizeof *l);
        return NULL;
    }
    l->sleep_ms = slept_ms();
    l->except_fd = -1;
    l->watch = os_ifwatch_open(cfg->poll_interfaces);
    l->rescan = true;
    l->sets_stale = true;
    return l;
}

void loop_free(struct loop *l)
{
    if (l == NULL)
        return;
    loop_links_close(l);
    os_allmulti_close();
    os_ifwatch_close(l->watch);
    loop_signals_restore();
    free_core(l);
    os_pages_free(l, sizeof *l);
}

/* --- looking in -------------------------------------------------------- */

struct dnssd *loop_dnssd(struct loop *l)
{
    return l->dnssd;
}

struct engine *loop_engine(struct loop *l)
{
    return l->engine;
}

uint64_t loop_now_ms(const struct loop *l)
{
    return l->now_ms;
}

uint64_t loop_longest_ms(const struct loop *l)
{
    return l->longest_ms;
}

const char *loop_link_name(const struct loop *l, unsigned link)
{
    if (link >= ENGINE_LINKS_MAX || l->slots[link].name[0] == '\0')
        return "?";
    return l->slots[link].name;
}

const struct link_state *loop_link_state(const struct loop *l, unsigned link)
{
    if (link >= ENGINE_LINKS_MAX || !l->slots[link].up)
        return NULL;
    return &l->slots[link].st;
}

unsigned loop_link_count(const struct loop *l)
{
    unsigned count = 0;

    for (unsigned i = 0; i < l->slot_count; i++)
        count += l->slots[i].up;
    return count;
}

void loop_set_deadline(struct loop *l, uint64_t at_ms)
{
    l->owner_ms = at_ms == 0 ? LOOP_NEVER : at_ms;
}

/* --- a turn ------------------------------------------------------------ */

/* The monotonic clock stands still while the machine sleeps, the other one
 * does not. What was true before may be so no longer (RFC 6762 10.3). */
static void check_sleep(struct loop *l)
{
    uint64_t slept = slept_ms();

    if (slept > l->sleep_ms + SLEPT_MS) {
        engine_links_refresh(l->engine, l->now_ms, LINKS_ALL);
        l->rescan = true;
    }
    l->sleep_ms = slept;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* How long to sleep; LOOP_NEVER without limit. */
static uint64_t wait_ms(const struct loop *l, bool busy)
{
    uint64_t due = engine_deadline_ms(l->engine);

    /* Due, but nothing came of it: do not spin on it. */
    if (due <= l->now_ms && !busy)
        due = l->now_ms + 1;
    due = earlier(due, l->owner_ms);
    due = earlier(due, loop_links_deadline(l));
    due = earlier(due, loop_io_deadline(l));
    if (l->stopping)
        due = earlier(due, l->stop_ms);
    if (due == LOOP_NEVER)
        return LOOP_NEVER;
    return due > l->now_ms ? due - l->now_ms : 0;
}

static void serve(struct loop *l, const fd_set *r, const fd_set *w)
{
    int watch_fd = os_ifwatch_fd(l->watch);

    if (os_fd_isset(l->pipe_fd, r))
        loop_signals_serve(l);
    if (watch_fd >= 0 && os_fd_isset(watch_fd, r)) {
        l->rescan |= os_ifwatch_changed(l->watch);
        l->sets_stale |= os_ifwatch_fd(l->watch) != watch_fd;
    }
    loop_io_writable(l, w);
    loop_io_receive(l, r);
    loop_fds_serve(l, r, w);
}

static void sleep_and_serve(struct loop *l, uint64_t ms)
{
    struct timeval tv;
    fd_set r, w, e;
    int ready, err;

    if (l->sets_stale)
        loop_fds_rebuild(l);
    r = l->read_set;
    w = l->write_set;
    if (ms > LONGEST_MS && ms != LOOP_NEVER)
        ms = LONGEST_MS;
    tv.tv_sec = (time_t)(ms / 1000);
    tv.tv_usec = (suseconds_t)(ms % 1000 * 1000);
    FD_ZERO(&e);
    if (l->except_fd >= 0)
        os_fd_set(l->except_fd, &e);
    ready = os.select(l->fd_top, &r, &w, &e, ms == LOOP_NEVER ? NULL : &tv);
    err = errno;
    l->began_ms = l->now_ms = os_now_ms();
    if (ready > 0) {
        serve(l, &r, &w);
        if (l->except_fd >= 0 && os_fd_isset(l->except_fd, &e)) {
            l->except_cb(l->except_ctx);
            loop_clock(l);
        }
    } else if (ready < 0 && err != EINTR) {
        if (err == EBADF)
            loop_fds_purge(l);
        os_pause(FAILED_MS);
    }
}

static bool finished(const struct loop *l)
{
    if (!l->stopping)
        return false;
    if (!l->goodbye || l->now_ms >= l->stop_ms)
        return true;
    return engine_deadline_ms(l->engine) > l->stop_ms && !loop_io_held(l);
}

/* The clock is read at the end, for the wait and for how long it took; what
 * came in at its beginning took next to no time, but for what an owner did. */
static bool work(struct loop *l)
{
    bool busy;

    check_sleep(l);
    loop_links_timers(l);
    loop_links_trial(l);
    loop_io_timers(l);
    busy = loop_io_pump(l);
    if (l->owner_ms <= l->now_ms)
        l->owner_ms = LOOP_NEVER; /* tick() sets the next one */
    if (l->hooks.tick != NULL)
        l->hooks.tick(l->hooks.ctx, l->now_ms);
    loop_clock(l);
    if (l->now_ms - l->began_ms > l->longest_ms)
        l->longest_ms = l->now_ms - l->began_ms;
    return busy;
}

void loop_run(struct loop *l)
{
    l->began_ms = l->now_ms = os_now_ms();
    for (;;) {
        bool busy = work(l);

        if (finished(l))
            return;
        sleep_and_serve(l, wait_ms(l, busy));
    }
}

void loop_stop(struct loop *l, bool goodbye)
{
    if (!l->stopping && goodbye) {
        engine_shutdown(l->engine, l->now_ms);
        l->stop_ms = l->now_ms + GOODBYE_MS;
        l->goodbye = true;
    } else if (!goodbye) {
        l->stop_ms = l->now_ms;
        l->goodbye = false;
    }
    l->stopping = true;
}
