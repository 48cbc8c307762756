/*
 * user.c - a user of /etc/passwd, a group of /etc/group
 *
 * getpwnam() would bring modules that a static program loads at run time;
 * and where there is no such file a number does.
 */
#include <stdlib.h>
#include <string.h>

#include "crier/conf.h"

enum { NAME, PASSWORD, UID, GID, FIELDS };

struct field {
    const char *text;
    size_t len;
};

static bool number(const struct field *f, uint32_t *out)
{
    uint32_t v = 0;

    if (f->len == 0)
        return false;
    for (size_t i = 0; i < f->len; i++) {
        unsigned digit = (unsigned char)f->text[i] - (unsigned)'0';

        /* The highest number means "none" to the kernel. */
        if (digit > 9 || v > (UINT32_MAX - 1 - digit) / 10)
            return false;
        v = v * 10 + digit;
    }
    *out = v;
    return true;
}

/* The fields of a line; missing ones are empty. */
static void split(const char *line, size_t len, struct field *f)
{
    for (int i = 0; i < FIELDS; i++) {
        const char *colon = memchr(line, ':', len);
        size_t n = colon != NULL ? (size_t)(colon - line) : len;

        f[i] = (struct field){line, n};
        line += n + (colon != NULL);
        len -= n + (colon != NULL);
    }
}

bool conf_user_in(const char *passwd, size_t len, const char *user,
                  uint32_t *uid, uint32_t *gid)
{
    const struct field want = {user, strlen(user)};
    bool numeric = number(&want, uid);

    for (size_t at = 0; at < len;) {
        const char *end = memchr(passwd + at, '\n', len - at);
        size_t n = end != NULL ? (size_t)(end - passwd) - at : len - at;
        struct field f[FIELDS];
        uint32_t its_uid;

        split(passwd + at, n, f);
        at += n + 1;
        if (!number(&f[UID], &its_uid))
            continue;
        if (numeric ? its_uid != *uid
                    : f[NAME].len != want.len ||
                          memcmp(f[NAME].text, user, want.len) != 0)
            continue;
        *uid = its_uid;
        return number(&f[GID], gid);
    }
    *gid = *uid;
    return numeric;
}

bool conf_user(const char *user, uint32_t *uid, uint32_t *gid)
{
    size_t len;
    int err;
    char *passwd = conf_slurp("/etc/passwd", &len, &err);
    bool found = conf_user_in(passwd, passwd != NULL ? len : 0, user, uid,
                              gid);

    free(passwd);
    return found;
}

bool conf_group(const char *group, uint32_t *gid)
{
    enum { ITS_GID = UID }; /* name, password, number, members */
    const struct field want = {group, strlen(group)};
    bool found = number(&want, gid);
    size_t len = 0;
    int err;
    char *data = found ? NULL : conf_slurp("/etc/group", &len, &err);

    for (size_t at = 0; data != NULL && at < len && !found;) {
        const char *end = memchr(data + at, '\n', len - at);
        size_t n = end != NULL ? (size_t)(end - data) - at : len - at;
        struct field f[FIELDS];

        split(data + at, n, f);
        found = f[NAME].len == want.len &&
                memcmp(f[NAME].text, group, want.len) == 0 &&
                number(&f[ITS_GID], gid);
        at += n + 1;
    }
    free(data);
    return found;
}
