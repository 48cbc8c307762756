/*
 * wire.h - reading and writing the bytes of a DNS message
 *
 * Reader: the only code that touches bytes from the network. It carries a
 * sticky error: after the first failure every read returns zero and leaves
 * the error alone, so a caller reads a whole record and tests rd->err once.
 *
 * Writer: appends to a caller's buffer, never past its limit. It too is
 * sticky: what does not fit sets `full` and writes nothing more, until the
 * caller takes the writer back to a mark. Names are written as chains of
 * labels (below), and compressed without any search: each label remembers
 * where it stands in the message being written.
 *
 * Nothing here allocates, logs or reads the clock.
 */
#ifndef CRIER_WIRE_H
#define CRIER_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WIRE_HEADER_LEN = 12,    /* RFC 1035 section 4.1.1 */
    WIRE_MESSAGE_MAX = 8972, /* bytes: 9000 less IPv4 and UDP headers,
                                RFC 6762 section 17 */
    WIRE_KEPT_MAX = 8,       /* see struct wire_writer */
};

enum wire_err {
    WIRE_OK,
    WIRE_TRUNCATED,     /* the message ends inside a field */
    WIRE_BAD_LABEL,     /* label type 01 or 10 */
    WIRE_BAD_POINTER,   /* not strictly backward, into the header, or a chain
                           of more than 128 */
    WIRE_NAME_TOO_LONG, /* over 256 bytes with the final zero */
    WIRE_BAD_RDATA,     /* rdata does not have the form of its type */
    WIRE_ERR_COUNT
};

struct wire_reader {
    const uint8_t *msg; /* the whole message: pointers refer to its start */
    size_t len;         /* bytes in msg */
    size_t pos;         /* next byte to read, at most len */
    enum wire_err err;  /* WIRE_OK or the first error */
};

/* A reader at the first byte of msg, which stays the caller's. */
struct wire_reader wire_reader(const uint8_t *msg, size_t len);

/* Records err unless an earlier one stands; returns false for the caller. */
bool wire_fail(struct wire_reader *rd, enum wire_err err);

/* Big-endian integers; 0 when the reader is or runs into error. */
uint8_t wire_u8(struct wire_reader *rd);
uint16_t wire_u16(struct wire_reader *rd);
uint32_t wire_u32(struct wire_reader *rd);

/* The next len bytes, borrowed from the message, or NULL on error. */
const uint8_t *wire_bytes(struct wire_reader *rd, size_t len);

/*
 * A name as a chain of labels from the most specific one upwards; the root
 * is NULL. Whoever keeps names (mdns/names) embeds this. `mark` and `at`
 * belong to the writer: at is the offset of this label in the message, and
 * the generation of it, whose number is mark.
 */
struct label {
    struct label *parent; /* the rest of the name, NULL for the root */
    const uint8_t *text;  /* len bytes, case as first seen */
    uint64_t mark;        /* 0: in no message yet */
    uint16_t at;
    uint8_t len; /* 1..63 */
};

/*
 * Callers use buf, len, max and full. The rest makes wire_back() safe: each
 * one begins a new generation of marks, so that labels marked in what was
 * taken back are never pointed at, even when other bytes stand there now.
 * kept[] tells how far the bytes of older generations still stand. When it
 * is full, a few names are written out again instead of compressed.
 */
struct wire_writer {
    uint8_t *buf;
    size_t len;    /* bytes written so far */
    size_t max;    /* limit, at most WIRE_MESSAGE_MAX */
    bool full;     /* something did not fit since the last wire_back() */
    uint8_t kept_count;
    uint64_t mark; /* message number and generation */
    struct {
        uint64_t mark;
        uint16_t end; /* labels of that mark before end still stand */
    } kept[WIRE_KEPT_MAX];
};

/*
 * Begin to write on buf[0..max). mark is the number of this message: unique
 * among all messages that share label chains, 1 to 2^44 - 1.
 */
void wire_begin(struct wire_writer *w, uint8_t *buf, size_t max,
                uint64_t mark);

void wire_put_u8(struct wire_writer *w, uint8_t v);
void wire_put_u16(struct wire_writer *w, uint16_t v);
void wire_put_u32(struct wire_writer *w, uint32_t v);
/* What stands behind a record's name: type, class, TTL and an RDLENGTH of
 * zero, to be filled in with wire_set_u16(). */
void wire_put_rr(struct wire_writer *w, uint16_t type, uint16_t class,
                 uint32_t ttl_s);
void wire_put_bytes(struct wire_writer *w, const void *p, size_t len);

/* Overwrite two bytes already written, at + 2 <= w->len (counts, lengths). */
void wire_set_u16(struct wire_writer *w, size_t at, uint16_t v);

/*
 * Write a name, compressed against every name written to this message with
 * this function (RFC 1035 section 4.1.4, RFC 6762 section 18.14). All of it
 * is written or, if it does not fit, nothing.
 */
void wire_put_name(struct wire_writer *w, struct label *name);

/*
 * Write a name in full, without pointers, and without leaving marks
 * (RFC 2782 for SRV in legacy replies, RFC 4034 section 4.1.1 for NSEC).
 */
void wire_put_name_plain(struct wire_writer *w, const struct label *name);

/*
 * Of a name that was just written with wire_put_bytes(), in full, at that
 * offset: what follows may point at it.
 */
void wire_mark_name(const struct wire_writer *w, struct label *name, size_t at);

/*
 * Forget everything after len (a value w->len had before, between two
 * fields) and clear `full`. Labels that stood behind len are not pointed at
 * any more, those before it are. At most 2^20 - 1 times a message.
 */
void wire_back(struct wire_writer *w, size_t len);

#endif
