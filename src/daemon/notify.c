/*
 * notify.c - sd_notify(3) in what it needs
 */
#include "crier/notify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crier/os.h"
#include "crier/text.h"

/* Decimal digits alone; 0 if it is something else. */
static uint64_t number(const char *text)
{
    uint64_t v = 0;

    if (text == NULL)
        return 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || v > UINT64_MAX / 10 - 1)
            return 0;
        v = v * 10 + (uint64_t)(*text - '0');
    }
    return v;
}

void notify_open(struct notify *n)
{
    const char *path = getenv("NOTIFY_SOCKET");
    uint64_t pid = number(getenv("WATCHDOG_PID"));
    uint64_t us = number(getenv("WATCHDOG_USEC"));

    *n = (struct notify){.fd = path != NULL ? os_notify_open(path) : -1};
    if (n->fd >= 0 && us > 0 && (pid == 0 || pid == (uint64_t)getpid()))
        n->every_ms = us < 2000 ? 1 : us / 2000; /* half of the time */
}

bool notify_send(const struct notify *n, const char *lines)
{
    return n->fd >= 0 && os.write(n->fd, lines, strlen(lines)) >= 0;
}

void notify_reloading(struct notify *n, uint64_t now_ms)
{
    char buf[64];
    struct text t = text_memory(buf, sizeof buf);

    /* It must not be before the signal, to the microsecond. */
    text_fmt(&t, "RELOADING=1\nMONOTONIC_USEC=%U", now_ms * 1000 + 999);
    notify_send(n, text_end(&t));
    n->ready = false;
}

uint64_t notify_tick(struct notify *n, uint64_t now_ms)
{
    enum { AGAIN_MS = 100 };

    if (n->fd < 0)
        return 0;
    if (!n->ready) {
        n->ready = notify_send(n, "READY=1");
        if (!n->ready)
            return now_ms + AGAIN_MS;
    }
    if (n->every_ms != 0 && now_ms >= n->due_ms) {
        notify_send(n, "WATCHDOG=1");
        n->due_ms = now_ms + n->every_ms;
    }
    return n->due_ms;
}
