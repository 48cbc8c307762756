/*
 * msg.h - just enough of DNS messages for the bench programs
 *
 * On purpose not crier's own reader and writer: what measures must not share
 * faults with what is measured. Names are made of the bench's own text, so
 * the writer trusts its caller; the reader trusts nobody.
 */
#ifndef BENCH_MSG_H
#define BENCH_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MSG_MAX = 9000,
    MSG_HEADER = 12,
    MSG_RESPONSE = 0x8400, /* QR and AA */
    TYPE_A = 1,
    TYPE_PTR = 12,
    TYPE_TXT = 16,
    TYPE_SRV = 33,
    CLASS_IN = 1,
    CLASS_FLUSH = 0x8001,
    BENCH_PORT = 5353,
};

#define BENCH_TYPE "_bench._tcp.local"
#define BENCH_INSTANCE "bench-%05u"

struct msg {
    size_t len;
    uint8_t buf[MSG_MAX];
};

void msg_start(struct msg *m, uint16_t id, uint16_t flags, unsigned questions,
               unsigned answers);
void msg_u16(struct msg *m, unsigned v);
void msg_u32(struct msg *m, uint32_t v);
void msg_bytes(struct msg *m, const void *p, size_t len);

/* Dotted text without escapes, written in full. Returns its offset. */
size_t msg_name(struct msg *m, const char *text);

/* One label and a pointer to `at`. Returns the label's offset. */
size_t msg_label(struct msg *m, const char *label, size_t at);
void msg_pointer(struct msg *m, size_t at);

/* Type, class, TTL and a length to be filled in by msg_record_end(). */
size_t msg_record(struct msg *m, unsigned type, unsigned class, uint32_t ttl_s);
void msg_record_end(struct msg *m, size_t mark);

/* One question for the SRV of instance n, as every bench query asks. */
void msg_query(struct msg *m, uint16_t id, unsigned n);

/*
 * Call seen() with the instance number of each SRV of a bench instance in the
 * answer section (authority, if probes is set). False if the message is not
 * well-formed up to there.
 */
bool msg_instances(const uint8_t *p, size_t len, bool probes,
                   void (*seen)(void *ctx, unsigned n), void *ctx);

uint16_t msg_get16(const uint8_t *p);

#endif
