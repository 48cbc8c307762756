/*
 * rr.h - record types, the form of their rdata, questions and records as
 * they stand in a message
 *
 * Rdata outside a message is always flat: every name in it uncompressed
 * (RFC 6762 sections 8.2 and 18.14), all other bytes as on the wire.
 */
#ifndef CRIER_RR_H
#define CRIER_RR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/name.h"
#include "crier/wire.h"

enum rr_type {
    RR_A = 1,
    RR_NS = 2,
    RR_MD = 3,
    RR_MF = 4,
    RR_CNAME = 5,
    RR_SOA = 6,
    RR_MB = 7,
    RR_MG = 8,
    RR_MR = 9,
    RR_PTR = 12,
    RR_HINFO = 13,
    RR_MINFO = 14,
    RR_MX = 15,
    RR_TXT = 16,
    RR_RP = 17,
    RR_AFSDB = 18,
    RR_SIG = 24,
    RR_RT = 21,
    RR_PX = 26,
    RR_AAAA = 28,
    RR_SRV = 33,
    RR_KX = 36,
    RR_DNAME = 39,
    RR_OPT = 41,
    RR_NSEC = 47,
    RR_TKEY = 249,
    RR_TSIG = 250,
    RR_ANY = 255,
};

enum rr_class {
    RR_IN = 1,
    RR_CLASS_ANY = 255,
    RR_CLASS_TOP = 0x8000, /* QU in a question, cache-flush in a record */
};

enum {
    RR_SRV_FIXED = 6,     /* bytes before the target name in SRV rdata */
    RR_RDATA_MAX = 8972,  /* flat rdata that we keep or send */
    RR_FLAT_MAX = 9484,   /* RDATA_MAX plus two names grown by expansion */
    TTL_HOST_S = 120,     /* RFC 6762 section 10 */
    TTL_OTHER_S = 4500,
    TTL_LEGACY_MAX_S = 10, /* RFC 6762 section 6.7 */
};

struct message_header {
    uint16_t id;
    uint16_t flags;
    uint16_t count[4]; /* questions, answers, authority, additional */
};

enum message_flags {
    MSG_QR = 0x8000,
    MSG_OPCODE = 0x7800,
    MSG_AA = 0x0400,
    MSG_TC = 0x0200,
    MSG_RCODE = 0x000f,
};

struct question_view {
    struct name name;
    uint16_t type;
    uint16_t class; /* without the top bit */
    bool qu;        /* top bit (RFC 6762 section 5.4) */
};

struct rr_view {
    struct name name;
    uint16_t type;
    uint16_t class;    /* without the top bit, except in pseudo-records:
                          OPT, TKEY, TSIG and SIG(0) */
    bool flush;        /* top bit (RFC 6762 section 10.2); false in those */
    uint32_t ttl_s;    /* 0 if the top bit was set (RFC 2181 section 8);
                          as it stands in pseudo-records */
    size_t rdata_at;   /* offset of rdata in the message */
    uint16_t rdata_len; /* as in the message, within its bounds */
};

/* Read the 12-byte header; false and WIRE_TRUNCATED if there is none. */
bool message_header_read(struct wire_reader *rd, struct message_header *out);
/* Write it to msg[0..11]. */
void message_header_put(uint8_t *msg, const struct message_header *h);

/* Read one question / one record; rd->pos ends behind it (behind RDLENGTH). */
bool question_read(struct wire_reader *rd, struct question_view *out);
bool rr_read(struct wire_reader *rd, struct rr_view *out);

/*
 * Whether the rdata of type holds names (RFC 6762 section 18.14 and the
 * older types of RFC 1035), or is otherwise checked by rdata_flatten().
 */
bool rr_has_names(uint16_t type);

/*
 * The flat form of a record's rdata: names expanded, everything else as it
 * is. buf needs RR_FLAT_MAX bytes. A, AAAA, TXT, HINFO, SRV, NSEC and the
 * name-bearing types are checked for the form of their type; any other type
 * is copied as it is. An empty TXT becomes one zero byte (RFC 6763
 * section 6.1). NSEC: only the restricted form and well-formed windows pass
 * (RFC 6762 section 6.1).
 *
 * Returns the length, or -1 if the rdata is malformed: the message is still
 * good (RDLENGTH holds), only this record is to be skipped.
 */
int rdata_flatten(const struct wire_reader *msg, const struct rr_view *rr,
                  uint8_t *buf);

/*
 * The last name in flat rdata of the types whose names are compressed when
 * sent (RFC 6762 section 18.14): PTR, SRV (target), NSEC (next), CNAME,
 * DNAME, NS, SOA, MX, AFSDB, RT, KX, RP, PX. Its offset; -1 for any other
 * type, or if the names are not whole. Only NSEC and SOA have bytes after it.
 */
int rdata_name_at(uint16_t type, const uint8_t *rdata, size_t len);

/*
 * Order of RFC 6762 section 8.2 on class, type and flat rdata as unsigned
 * bytes; the longer wins a common prefix. <0, 0, >0.
 */
int rr_compare(uint16_t class_a, uint16_t type_a, const uint8_t *a,
               size_t alen, uint16_t class_b, uint16_t type_b,
               const uint8_t *b, size_t blen);

/*
 * Same record data for the purpose of identity: as memcmp, but names in
 * rdata compare without ASCII case (RFC 6762 section 16).
 */
bool rdata_equal(uint16_t type, const uint8_t *a, size_t alen,
                 const uint8_t *b, size_t blen);

/*
 * NSEC bitmap in flat rdata: whether the bit of `type` is set. Bits of
 * pseudo-types (0, OPT, 128..255) are ignored: always false (RFC 4034
 * section 4.1.2).
 */
bool rdata_nsec_has(const uint8_t *rdata, size_t len, uint16_t type);

/*
 * Check flat rdata that a local client wants to publish: the form of its
 * type, non-empty, at most RR_RDATA_MAX. OPT and the meta types are refused.
 */
bool rdata_valid(uint16_t type, const uint8_t *rdata, size_t len);

#endif
