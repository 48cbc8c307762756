/*
 * fz_netlink.c - what the kernel says of interfaces, by netlink and by /proc
 *
 * The first byte chooses: odd is the text of /proc/net/if_inet6, even an
 * answer of netlink, to a question with the second byte as its number.
 */
#include "os/private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 4 };

static void check(const struct iface_table *t)
{
    assert(t->count >= 0);
    assert(t->count <= ROOM);
    for (int i = 0; i < t->count; i++) {
        const struct os_iface *f = &t->list[i];

        assert(memchr(f->name, '\0', sizeof f->name) != NULL);
        assert(f->addr_count <= LINK_ADDRS_MAX);
        assert(f->temporary_count <= f->addr_count);
        for (unsigned n = 0; n < f->addr_count; n++) {
            const struct link_addr *a = &f->addrs[n];

            assert(a->addr.family == ADDR_V4 || a->addr.family == ADDR_V6);
            assert(a->prefix_len <= 8 * addr_len(&a->addr));
            for (unsigned k = 0; k < n; k++)
                assert(!addr_equal(&f->addrs[k].addr, &a->addr));
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct os_iface list[ROOM];
    struct iface_table t = {.list = list, .max = ROOM};
    uint8_t *copy;

    if (size < 2)
        return 0;
    copy = malloc(size); /* its end is the input's: no read goes past it */
    if (copy == NULL)
        return 0;
    if (data[0] % 2 == 1) {
        memcpy(copy, data + 1, size - 1);
        copy[size - 1] = '\0';
        if_inet6_parse((const char *)copy, &t);
    } else {
        memcpy(copy + 2, data + 2, size - 2);
        (void)netlink_parse(copy + 2, size - 2, data[1], &t);
    }
    check(&t);
    free(copy);
    return 0;
}
