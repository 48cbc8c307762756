/*
 * rr.c - header, questions and records as they stand in a message
 *
 * Each reads its fixed part with one check of the bounds: these functions
 * see every record of every packet on the link.
 */
#include "crier/rr.h"

#include <assert.h>
#include <string.h>

#include "bytes.h"

bool message_header_read(struct wire_reader *rd, struct message_header *out)
{
    const uint8_t *p = wire_bytes(rd, WIRE_HEADER_LEN);

    if (p == NULL)
        return false;
    out->id = get_u16(p);
    out->flags = get_u16(p + 2);
    for (unsigned i = 0; i < 4; i++)
        out->count[i] = get_u16(p + 4 + 2 * i);
    return true;
}

void message_header_put(uint8_t *msg, const struct message_header *h)
{
    put_u16(msg, h->id);
    put_u16(msg + 2, h->flags);
    for (unsigned i = 0; i < 4; i++)
        put_u16(msg + 4 + 2 * i, h->count[i]);
}

bool question_read(struct wire_reader *rd, struct question_view *out)
{
    const uint8_t *p;

    if (!name_read(rd, &out->name))
        return false;
    p = wire_bytes(rd, 4);
    if (p == NULL)
        return false;
    out->type = get_u16(p);
    out->class = get_u16(p + 2) & (uint16_t)~RR_CLASS_TOP;
    out->qu = (p[2] & 0x80) != 0;
    return true;
}

/*
 * Records that are none: their class and TTL fields hold other things, and
 * the top bit of the class is no cache-flush bit (RFC 6762 section 10.2).
 * SIG is one of them if it covers no type (SIG(0), RFC 2931).
 */
static bool is_pseudo(const struct wire_reader *rd, const struct rr_view *rr)
{
    const uint8_t *rdata = rd->msg + rr->rdata_at;

    switch (rr->type) {
    case RR_OPT:
    case RR_TKEY:
    case RR_TSIG:
        return true;
    case RR_SIG:
        return rr->rdata_len >= 2 && get_u16(rdata) == 0;
    default:
        return false;
    }
}

bool rr_read(struct wire_reader *rd, struct rr_view *out)
{
    const uint8_t *p;
    uint16_t class;

    if (!name_read(rd, &out->name))
        return false;
    p = wire_bytes(rd, 10);
    if (p == NULL)
        return false;
    out->type = get_u16(p);
    class = get_u16(p + 2);
    out->ttl_s = get_u32(p + 4);
    out->rdata_len = get_u16(p + 8);
    out->rdata_at = rd->pos;
    if (wire_bytes(rd, out->rdata_len) == NULL)
        return false;

    if (is_pseudo(rd, out)) {
        out->class = class;
        out->flush = false;
        return true;
    }
    out->class = class & (uint16_t)~RR_CLASS_TOP;
    out->flush = (class & RR_CLASS_TOP) != 0;
    if (out->ttl_s > INT32_MAX)
        out->ttl_s = 0;
    return true;
}

int rr_compare(uint16_t class_a, uint16_t type_a, const uint8_t *a,
               size_t alen, uint16_t class_b, uint16_t type_b,
               const uint8_t *b, size_t blen)
{
    size_t len = alen < blen ? alen : blen;
    int diff;

    if (class_a != class_b)
        return (int)class_a - (int)class_b;
    if (type_a != type_b)
        return (int)type_a - (int)type_b;
    diff = len > 0 ? memcmp(a, b, len) : 0;
    if (diff != 0)
        return diff;
    return alen < blen ? -1 : alen > blen;
}
