/*
 * text.h - bytes for people: a small buffered writer
 *
 * Stands in for stdio where crier talks to people and scripts: names from
 * the network pass through text_safe() on their way to a terminal, and
 * text_fmt() has no other way to print a string. So an escape sequence in a
 * service name cannot drive a terminal, whoever writes the next message.
 */
#ifndef CRIER_TEXT_H
#define CRIER_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/name.h"

struct text {
    int fd;      /* where text_flush() writes; -1: stays in buf */
    char *buf;   /* the caller's */
    size_t cap;  /* bytes in buf */
    size_t len;  /* bytes not yet written */
    bool failed; /* a write failed, or a memory buffer was too small */
    void (*take)(const char *p, size_t len); /* instead of fd; NULL: fd */
};

/* Standard output and standard error, each with a buffer of its own. */
extern struct text text_out, text_err;

/* A writer into memory: what does not fit is left out, `failed` is set. */
struct text text_memory(char *buf, size_t cap);

/* Add a NUL behind what was written and return buf (memory writers). */
char *text_end(struct text *t);

/* Bytes, a string, a decimal number: as they are. */
void text_bytes(struct text *t, const void *p, size_t len);
void text_str(struct text *t, const char *s);
void text_num(struct text *t, uint64_t v);

/* A negative errno in words. */
void text_errno(struct text *t, int err);

/* n blanks, for columns. */
void text_pad(struct text *t, size_t n);

/*
 * Bytes from outside: well-formed UTF-8 as it is; every byte of anything
 * else, and of control characters (C0, DEL, C1), bidirectional controls and
 * invisible separators, as \xNN.
 */
void text_safe(struct text *t, const void *p, size_t len);

/* A name for people: labels as text_safe() shows them, dots and backslashes
 * inside a label behind a backslash, no final dot; "." for the root. */
void text_name(struct text *t, const struct name *n);

/*
 * A format with few words: %s a string and %b a pointer and a size_t, both
 * as text_safe(); %u unsigned, %d int, %U uint64_t; %n a const struct name *
 * as text_name(); %e an int, negative errno, as text_errno(); %% a percent
 * sign.
 */
void text_fmt(struct text *t, const char *fmt, ...);
void text_vfmt(struct text *t, const char *fmt, va_list ap);

/* Write out what is buffered. */
void text_flush(struct text *t);

/*
 * Decode the UTF-8 character at p: its length, 1 to 4, and *cp; or 0 if
 * p[0..len) does not begin with a well-formed one (RFC 3629).
 */
unsigned text_utf8(const uint8_t *p, size_t len, uint32_t *cp);

/* Whether a character must not reach a terminal as it is (text_safe). */
bool text_hidden(uint32_t cp);

/* Columns that already safe text takes on a terminal: wide characters are
 * two, combining ones none. */
size_t text_width(const char *s, size_t len);

/* How many bytes of s fit into `columns`. */
size_t text_fit(const char *s, size_t len, size_t columns);

#endif
