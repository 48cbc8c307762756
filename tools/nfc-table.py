#!/usr/bin/env python3
"""Print src/dnssd/nfc_table.h from Python's Unicode Character Database.

    tools/nfc-table.py >src/dnssd/nfc_table.h

What is composed never changes in later versions of Unicode (its stability
policy), so an old table stays right for the characters it knows.
"""
import unicodedata as u

CODES = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def runs(key):
    """Ranges of code points with the same true key."""
    out = []
    for c in CODES:
        k = key(c)
        if not k:
            continue
        if out and out[-1][1] == c - 1 and out[-1][2] == k:
            out[-1][1] = c
        else:
            out.append([c, c, k])
    return out


def canonical(c):
    d = u.decomposition(chr(c))
    return [int(x, 16) for x in d.split()] if d and d[0] != '<' else None


def show(kind, name, items, width):
    print(f'static const {kind} {name}[] = {{')
    for i in range(0, len(items), width):
        print('    ' + ' '.join(x + ',' for x in items[i:i + width]))
    print('};\n')


stays = {c: u.normalize('NFC', chr(c)) == chr(c) for c in CODES}
classes = runs(lambda c: u.combining(chr(c)))
never = runs(lambda c: canonical(c) is not None and not stays[c])
pairs = sorted((canonical(c)[1], canonical(c)[0], c) for c in CODES
               if canonical(c) and stays[c])
seconds = sorted({p[0] for p in pairs})

assert all(b - a < 64 and a < 1 << 17 for a, b, _ in classes)
assert all(s >> 17 == 0 and f >> 16 == s >> 16 == c >> 16
           for s, f, c in pairs)

print(f'''/*
 * nfc_table.h - what nfc.c needs of Unicode {u.unidata_version}
 *
 * Made by tools/nfc-table.py; not to be edited.
 */
#ifndef CRIER_DNSSD_NFC_TABLE_H
#define CRIER_DNSSD_NFC_TABLE_H

#include <stdint.h>

/* Canonical combining classes: first code point << 14 | length - 1 << 8 |
 * class. Where there is none the class is 0. */''')
show('uint32_t', 'nfc_classes',
     [f'0x{a << 14 | b - a << 8 | k:08x}' for a, b, k in classes], 6)
print('/* Code points that never occur in NFC: first, last. */')
show('uint32_t', 'nfc_never',
     [f'0x{a:05x}, 0x{b:05x}' for a, b, _ in never], 4)
print('''/* Characters that compose with one before them: code point << 11 | where
 * its partners begin in nfc_firsts. */''')
show('uint32_t', 'nfc_seconds',
     [f'0x{s << 11 | [p[0] for p in pairs].index(s):08x}' for s in seconds],
     6)
print('''/* Their partners, and what comes of the two; both without the plane,
 * which is that of the second. */''')
show('uint16_t', 'nfc_firsts', [f'0x{p[1] & 0xffff:04x}' for p in pairs], 9)
show('uint16_t', 'nfc_composed', [f'0x{p[2] & 0xffff:04x}' for p in pairs],
     9)
print('#endif')
