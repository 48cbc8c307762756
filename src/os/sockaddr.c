/*
 * sockaddr.c - struct addr to and from what the kernel wants
 */
#include "private.h"

#include <arpa/inet.h>
#include <string.h>

/* The kernel wants the link with addresses that many links may have. */
static bool needs_scope(const struct addr *a)
{
    return a->b[0] == 0xff || addr_link_local(a);
}

socklen_t sockaddr_make(union sockaddr_any *sa, const struct addr *a,
                        uint16_t port, unsigned scope)
{
    if (a->family == ADDR_V6) {
        memset(&sa->in6, 0, sizeof sa->in6);
        sa->in6.sin6_family = AF_INET6;
        sa->in6.sin6_port = htons(port);
        memcpy(&sa->in6.sin6_addr, a->b, 16);
        if (needs_scope(a))
            sa->in6.sin6_scope_id = scope;
        return sizeof sa->in6;
    }
    memset(&sa->in, 0, sizeof sa->in);
    sa->in.sin_family = AF_INET;
    sa->in.sin_port = htons(port);
    memcpy(&sa->in.sin_addr, a->b, 4);
    return sizeof sa->in;
}

struct addr sockaddr_addr(const struct sockaddr *sa)
{
    struct addr a = {.family = ADDR_NONE};
    union sockaddr_any any;

    if (sa->sa_family == AF_INET) {
        memcpy(&any.in, sa, sizeof any.in);
        a.family = ADDR_V4;
        memcpy(a.b, &any.in.sin_addr, 4);
    } else if (sa->sa_family == AF_INET6) {
        memcpy(&any.in6, sa, sizeof any.in6);
        a.family = ADDR_V6;
        memcpy(a.b, &any.in6.sin6_addr, 16);
    }
    return a;
}

struct addr addr_group(uint8_t family)
{
    static const struct addr v4 = {ADDR_V4, {224, 0, 0, 251}};
    static const struct addr v6 = {ADDR_V6, {0xff, 2, [15] = 0xfb}};

    return family == ADDR_V4 ? v4 : v6;
}

struct addr addr_any(uint8_t family)
{
    struct addr a = {.family = family};

    return a;
}

struct addr addr_loopback(uint8_t family)
{
    static const struct addr v4 = {ADDR_V4, {127, 0, 0, 1}};
    static const struct addr v6 = {ADDR_V6, {[15] = 1}};

    return family == ADDR_V4 ? v4 : v6;
}
