/*
 * msg.h - DNS messages as lines of words, for the net tests
 *
 * Written without any of crier's code, so that the two witness each other.
 * An item is one line of words:
 *
 *     id N | flags HEX | raw HEX
 *     qd NAME TYPE [qu] [any]
 *     an|ns|ar NAME TYPE TTL [flush|classN] RDATA...
 *
 * Names are text with \. \\ and \DDD escapes, never with blanks in them.
 * RDATA: A, AAAA an address; PTR, CNAME, NS a name; SRV priority weight port
 * name; TXT strings with the same escapes; NSEC name and type names; any
 * other type one word of hex. A type is a mnemonic or TYPE123.
 */
#ifndef CRIER_TESTS_NET_MSG_H
#define CRIER_TESTS_NET_MSG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { MSG_MAX = 9000 };

struct msg {
    size_t len; /* at least the 12 bytes of the header */
    uint8_t data[MSG_MAX];
};

void msg_init(struct msg *m);
/* Add one item; every %d in it becomes n. Ends the program on nonsense. */
void msg_item(struct msg *m, const char *item, unsigned n);

/*
 * Print a message, each line with the given prefix: first "hdr", then one
 * line an item. tail is appended to the hdr line.
 */
void msg_print(FILE *out, const char *prefix, const char *tail,
               const uint8_t *data, size_t len);

#endif
