/*
 * nfc.h - whether text is in Unicode Normalization Form C
 */
#ifndef CRIER_DNSSD_NFC_H
#define CRIER_DNSSD_NFC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The code point at s[*pos..len), which *pos then passes. False if the bytes
 * there are no well-formed UTF-8: cut, overlong, a surrogate, or beyond
 * U+10FFFF (RFC 3629).
 */
bool utf8_next(const uint8_t *s, size_t len, size_t *pos, uint32_t *out);

/* Whether well-formed UTF-8 is precomposed (Unicode, UAX #15). */
bool nfc_check(const uint8_t *s, size_t len);

#endif
