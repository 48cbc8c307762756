/*
 * describe.c - what happens to our names, as lines for a log
 */
#include <string.h>

#include "crier/conf.h"
#include "crier/os.h"

/* "web.local" or "\"Web One\" _http._tcp" */
static void subject(const struct dnssd_event *ev, const struct name *n,
                    struct text *t)
{
    const uint8_t *label;
    struct name type, domain;

    if (ev->kind == DNSSD_SERVICE && dnssd_split(n, &label, &type, &domain))
        text_fmt(t, "\"%b\" %n", (const void *)(label + 1), (size_t)label[0],
                 &type);
    else
        text_name(t, n);
}

static void rival(const struct dnssd_event *ev, const char *iface,
                  struct text *t)
{
    char buf[ADDR_TEXT_MAX];

    if (ev->source.family == ADDR_NONE)
        text_str(t, "another host");
    else
        text_str(t, os_addr_text(&ev->source, iface, buf));
    if (iface != NULL)
        text_fmt(t, " on %s", iface);
}

enum conf_level pub_describe(const char *iface, const struct dnssd_event *ev,
                             struct text *t)
{
    switch (ev->state) {
    case CLAIM_PROBING:
        text_str(t, "asking whether ");
        subject(ev, &ev->name, t);
        text_fmt(t, " is free on %s", iface);
        return CONF_DEBUG;
    case CLAIM_ANNOUNCED:
        text_str(t, "published ");
        subject(ev, &ev->name, t);
        text_fmt(t, " on %s", iface);
        return CONF_INFO;
    case CLAIM_CONFLICT:
        text_str(t, "W205: ");
        rival(ev, iface, t);
        text_str(t, " also claims ");
        subject(ev, &ev->name, t);
        text_str(t, "; asking again who has it");
        return CONF_WARN;
    case CLAIM_RENAMED:
        if (ev->link == ENGINE_NO_LINK) { /* by us, not by a rival */
            text_str(t, "the name here is now ");
            subject(ev, &ev->name, t);
            return CONF_INFO;
        }
        text_str(t, "W202: ");
        rival(ev, iface, t);
        text_str(t, " already owns ");
        subject(ev, &ev->old_name, t);
        text_str(t, "; the name here is now ");
        subject(ev, &ev->name, t);
        return CONF_WARN;
    case CLAIM_FAILED:
        break;
    }
    text_str(t, "E105: cannot publish ");
    subject(ev, &ev->name, t);
    text_str(t, ": ");
    rival(ev, iface, t);
    text_str(t, " already owns it; choose another name, or let it be renamed");
    return CONF_ERROR;
}

enum { SEARCH_MS = 60000 }; /* RFC 6762 section 9: "within one minute" */

/*
 * One name is followed at a time. Others that have no luck meanwhile get
 * their turn when it is settled; one line is what the operator needs.
 */
bool pub_searching(struct pub_search *s, const struct dnssd_event *ev,
                   uint64_t now_ms, struct text *t)
{
    const struct name *was =
        ev->state == CLAIM_RENAMED ? &ev->old_name : &ev->name;
    bool lost = (ev->state == CLAIM_RENAMED && ev->link != ENGINE_NO_LINK) ||
                ev->state == CLAIM_CONFLICT;

    if (!s->on && lost) {
        *s = (struct pub_search){.on = true, .since_ms = now_ms};
        s->name = *was;
    }
    if (!s->on || !name_equal(&s->name, was))
        return false;
    s->on = lost || ev->state == CLAIM_PROBING;
    s->name = ev->name;
    if (!lost || s->told || now_ms - s->since_ms < SEARCH_MS)
        return false;
    s->told = true;
    text_str(t, "E106: no free name for ");
    subject(ev, &ev->name, t);
    text_str(t, " in a minute: ");
    rival(ev, NULL, t);
    text_str(t, " answers for each one tried; it is tried further");
    return true;
}
