/*
 * iface.c - building the list of interfaces, whatever it comes from
 */
#include "private.h"

#include <assert.h>
#include <string.h>

static struct os_iface *iface_new(struct iface_table *t)
{
    struct os_iface *i;

    if (t->count >= t->max)
        return NULL;
    i = &t->list[t->count++];
    memset(i, 0, sizeof *i);
    return i;
}

struct os_iface *iface_by_index(struct iface_table *t, unsigned index)
{
    struct os_iface *i;

    for (int n = 0; n < t->count; n++) {
        if (t->list[n].index == index)
            return &t->list[n];
    }
    i = iface_new(t);
    if (i != NULL)
        i->index = index;
    return i;
}

struct os_iface *iface_by_name(struct iface_table *t, const char *name,
                               size_t name_len)
{
    struct os_iface *i;

    if (name_len == 0 || name_len >= IF_NAMESIZE)
        return NULL;
    for (int n = 0; n < t->count; n++) {
        const char *have = t->list[n].name;

        if (memcmp(have, name, name_len) == 0 && have[name_len] == '\0')
            return &t->list[n];
    }
    i = iface_new(t);
    if (i != NULL)
        memcpy(i->name, name, name_len);
    return i;
}

bool iface_has_addr(const struct os_iface *i, const struct addr *a)
{
    for (unsigned n = 0; n < i->addr_count; n++) {
        if (addr_equal(&i->addrs[n].addr, a))
            return true;
    }
    return false;
}

static unsigned addr_rank(const struct addr *a)
{
    if (a->family == ADDR_V4)
        return 1;
    return addr_link_local(a) ? 0 : 2;
}

void iface_add_addr(struct os_iface *i, const struct addr *a,
                    unsigned prefix_len, bool temporary)
{
    unsigned at = i->addr_count;

    if (iface_has_addr(i, a) || prefix_len > 8 * addr_len(a))
        return;
    if (!temporary) {
        at -= i->temporary_count;
        while (at > 0 && addr_rank(&i->addrs[at - 1].addr) > addr_rank(a))
            at--;
    }
    if (at >= LINK_ADDRS_MAX)
        return;
    if (i->addr_count == LINK_ADDRS_MAX) { /* the last one gives way */
        i->addr_count--;
        if (i->temporary_count > 0)
            i->temporary_count--;
    }
    memmove(&i->addrs[at + 1], &i->addrs[at],
            (i->addr_count - at) * sizeof i->addrs[0]);
    i->addrs[at].addr = *a;
    i->addrs[at].prefix_len = (uint8_t)prefix_len;
    i->addr_count++;
    if (temporary)
        i->temporary_count++;
    assert(i->addr_count <= LINK_ADDRS_MAX);
    assert(i->temporary_count <= i->addr_count);
}

uint8_t iface_families(const struct os_iface *i)
{
    uint8_t mask = 0;

    for (unsigned n = 0; n < i->addr_count; n++)
        mask |= i->addrs[n].addr.family;
    return mask;
}

bool iface_addr_usable(const struct addr *a, unsigned flags)
{
    if (a->family == ADDR_V4) /* deprecated: RFC 3927 section 1.9 */
        return (flags & IFA_DEPRECATED) == 0;
    if ((flags & (IFA_TENTATIVE | IFA_DADFAILED)) != 0)
        return false;
    /* RFC 4862 section 5.5.4: no new communication is to begin with it. */
    return (flags & IFA_DEPRECATED) == 0 || addr_link_local(a);
}
