/*
 * reader.c - bytes out of a message, with a sticky error
 *
 * Everything that comes from the network passes through these functions, or
 * through name_read(), question_read() and rr_read(), which check the bounds
 * once for several fields because they run for every record of every packet.
 */
#include "crier/wire.h"

#include <assert.h>

#include "bytes.h"

struct wire_reader wire_reader(const uint8_t *msg, size_t len)
{
    return (struct wire_reader){.msg = msg, .len = len};
}

/* Keep the first error: it names the cause, later ones are echoes. */
bool wire_fail(struct wire_reader *rd, enum wire_err err)
{
    if (rd->err == WIRE_OK)
        rd->err = err;
    return false;
}

const uint8_t *wire_bytes(struct wire_reader *rd, size_t len)
{
    const uint8_t *p;

    assert(rd->pos <= rd->len);
    if (rd->err != WIRE_OK)
        return NULL;
    if (rd->len - rd->pos < len) {
        rd->err = WIRE_TRUNCATED;
        return NULL;
    }
    p = rd->msg + rd->pos;
    rd->pos += len;
    return p;
}

uint8_t wire_u8(struct wire_reader *rd)
{
    const uint8_t *p = wire_bytes(rd, 1);

    return p != NULL ? p[0] : 0;
}

uint16_t wire_u16(struct wire_reader *rd)
{
    const uint8_t *p = wire_bytes(rd, 2);

    return p != NULL ? get_u16(p) : 0;
}

uint32_t wire_u32(struct wire_reader *rd)
{
    const uint8_t *p = wire_bytes(rd, 4);

    return p != NULL ? get_u32(p) : 0;
}
