/*
 * metrics.c - counters for node_exporter's textfile collector
 *
 * No label holds a name that came from the network: their number has no
 * bound.
 */
#include "files.h"

#include <string.h>

#include "crier/cli.h"
#include "crier/ctl.h"

static void head(struct text *t, const char *name, const char *type,
                 const char *help)
{
    text_fmt(t, "# HELP crier_%s %s\n# TYPE crier_%s %s\n", name, help, name,
             type);
}

/* One without labels. */
static void single(struct text *t, const char *name, const char *type,
                   const char *help, uint64_t value)
{
    head(t, name, type, help);
    text_fmt(t, "crier_%s %U\n", name, value);
}

static void label(struct text *t, const char *key, const char *value)
{
    text_fmt(t, "%s=\"", key);
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            text_str(t, "\\");
        text_bytes(t, value, 1);
    }
    text_str(t, "\"");
}

static void labelled(struct text *t, const char *name, const char *key,
                     const char *value, uint64_t v)
{
    text_fmt(t, "crier_%s{", name);
    label(t, key, value);
    text_fmt(t, "} %U\n", v);
}

/* Of one interface, with another label. */
static void of_link(struct text *t, const char *name, const char *iface,
                    const char *key, const char *value)
{
    text_fmt(t, "crier_%s{", name);
    label(t, "iface", iface);
    text_str(t, ",");
    label(t, key, value);
}

/* Each direction and family. */
static void put_packets(struct text *t, const char *iface, unsigned link,
                        const struct engine_stats *st)
{
    for (unsigned i = 0; i < 4; i++) {
        of_link(t, "packets_total", iface, "dir", i < 2 ? "in" : "out");
        text_str(t, ",");
        label(t, "family", i % 2 == 0 ? "ipv4" : "ipv6");
        text_fmt(t, "} %U\n", i < 2 ? st->rx_packets[i][link]
                                    : st->tx_packets[i - 2][link]);
    }
}

static void put_malformed(struct text *t, const char *iface, unsigned link,
                          const struct engine_stats *st)
{
    for (unsigned i = 0; i < DROP_MALFORMED; i++) {
        of_link(t, "malformed_total", iface, "reason",
                engine_drop_text((enum drop_reason)i));
        text_fmt(t, "} %u\n", (unsigned)st->malformed[i][link]);
    }
}

/* The next interface that there is or was, from *i on; NULL: none. */
static const char *next_link(const struct files *f, unsigned *i)
{
    for (; *i < ENGINE_LINKS_MAX; ++*i) {
        const char *iface = loop_link_name(f->loop, *i);

        if (iface[0] != '?')
            return iface;
    }
    return NULL;
}

static void put_links(const struct files *f, struct text *t,
                      const struct engine_stats *st)
{
    const char *iface;

    head(t, "iface_up", "gauge", "Whether the interface is served now.");
    for (unsigned i = 0; (iface = next_link(f, &i)) != NULL; i++)
        labelled(t, "iface_up", "iface", iface,
                 loop_link_state(f->loop, i) != NULL);
    head(t, "packets_total", "counter", "Packets heard and sent.");
    for (unsigned i = 0; (iface = next_link(f, &i)) != NULL; i++)
        put_packets(t, iface, i, st);
    head(t, "malformed_total", "counter", "Packets heard that make no sense.");
    for (unsigned i = 0; (iface = next_link(f, &i)) != NULL; i++)
        put_malformed(t, iface, i, st);
}

/* Milliseconds as seconds. */
static void put_seconds(struct text *t, uint64_t ms)
{
    text_fmt(t, "%U.%u%u%u\n", ms / 1000, (unsigned)(ms / 100 % 10),
             (unsigned)(ms / 10 % 10), (unsigned)(ms % 10));
}

static void put_services(const struct files *f, struct text *t)
{
    uint32_t count[PUB_STATES] = {0};
    struct pub_item item;

    for (uint32_t i = 0; pub_item(f->pub, i, &item); i++)
        count[item.state]++;
    head(t, "services", "gauge", "Services of this host by state.");
    for (unsigned i = 0; i < PUB_STATES; i++)
        labelled(t, "services", "state", pub_states[i], count[i]);
}

static void put_engine(struct text *t, const struct engine_stats *st)
{
    head(t, "dropped_total", "counter",
         "What was heard and not used, or not sent.");
    for (unsigned i = 0; i < DROP_REASON_COUNT; i++)
        labelled(t, "dropped_total", "reason",
                 engine_drop_text((enum drop_reason)i), st->dropped[i]);
    single(t, "conflicts_total", "counter",
           "Other hosts that claimed a name of ours.", st->conflicts);
    single(t, "renames_total", "counter",
           "Names that were given up for others.", st->renames);
    single(t, "records", "gauge", "Own records.", st->own_records);
    single(t, "cache_records", "gauge", "Records of others that are kept.",
           st->cached_records);
    single(t, "cache_evictions_total", "counter",
           "Records that made room for others.", st->evictions);
    head(t, "pool_bytes", "gauge", "The engine's memory, all of it set aside.");
    labelled(t, "pool_bytes", "state", "used", st->memory_used);
    labelled(t, "pool_bytes", "state", "free",
             st->memory_size - st->memory_used);
}

void metrics_put(const struct files *f, struct text *t)
{
    head(t, "build_info", "gauge", "The version.");
    labelled(t, "build_info", "version", CRIER_VERSION, 1);
    single(t, "up", "gauge", "Whether it runs.", !f->stopping);
    put_links(f, t, engine_stats(loop_engine(f->loop)));
    put_services(f, t);
    put_engine(t, engine_stats(loop_engine(f->loop)));
    single(t, "clients", "gauge", "Clients on the control sockets.",
           f->serve != NULL ? serve_clients(f->serve) : 0);
    head(t, "loop_seconds_max", "gauge",
         "How long it was away from its sockets at most.");
    text_str(t, "crier_loop_seconds_max ");
    put_seconds(t, loop_longest_ms(f->loop));
    single(t, "last_reload_success", "gauge",
           "Whether the files were taken over without errors.",
           !f->reload_failed);
}
