/*
 * log.c - where the daemon's messages go, and how many; see log.h
 */
#include "crier/log.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crier/os.h"

enum {
    LINE = 1000000,     /* millionths */
    BURST_S = 10,
    PEER_RATE = 100,    /* thousandths of a line a second, and each peer */
    PEER_BURST = 10,
    TOLD_EVERY_MS = 10000,
};

static const char device[] = "/dev/log";

static struct {
    const struct conf *conf;
    bool syslog;
    int fd;              /* of syslog; -1: it is away */
    bool behind;         /* the line goes on, as it began: */
    bool dropping;
    struct log_bucket bucket;
    struct log_peers peers;
    uint64_t left_out;   /* and not told yet */
    uint64_t tell_ms;    /* not before */
} it;

bool log_take(struct log_bucket *b, uint32_t rate_millis, uint32_t burst,
              uint64_t now_ms)
{
    uint64_t most = (uint64_t)burst * LINE;
    uint64_t ms = now_ms - b->filled_ms;

    /* Never used, or long ago: full. */
    if (b->filled_ms == 0 || ms >= most / rate_millis)
        b->micros = most;
    else
        b->micros += ms * rate_millis;
    if (b->micros > most)
        b->micros = most;
    b->filled_ms = now_ms;
    if (b->micros < LINE)
        return false;
    b->micros -= LINE;
    return true;
}

bool log_peer_may(struct log_peers *p, const struct addr *a, uint64_t now_ms)
{
    unsigned oldest = 0;
    unsigned i;

    for (i = 0; i < LOG_PEERS; i++) {
        if (addr_equal(&p->peer[i].addr, a))
            break;
        if (p->peer[i].bucket.filled_ms < p->peer[oldest].bucket.filled_ms)
            oldest = i;
    }
    if (i == LOG_PEERS) {
        i = oldest;
        p->peer[i].addr = *a;
        p->peer[i].bucket.filled_ms = 0;
    }
    return log_take(&p->peer[i].bucket, PEER_RATE, PEER_BURST, now_ms);
}

/* --- out ------------------------------------------------------------------- */

enum { ERROR = 3, WARNING = 4, INFORMATION = 6 };

/* Of these, by the number that stands in the line. */
static unsigned severity(const char *line, size_t len)
{
    for (size_t i = 0; i + 4 < len; i++) {
        const char *p = line + i;

        if ((p[0] != 'E' && p[0] != 'W') || p[4] != ':' ||
            (i > 0 && p[-1] != ' '))
            continue;
        if (p[1] >= '0' && p[1] <= '9' && p[2] >= '0' && p[2] <= '9' &&
            p[3] >= '0' && p[3] <= '9')
            return p[0] == 'E' ? ERROR : WARNING;
    }
    return INFORMATION;
}

/* A datagram of syslog, without time: who takes it has one. The kernel keeps
 * it or refuses it, but does not wait. */
static bool to_syslog(const char *line, size_t len)
{
    enum { DAEMON = 3 << 3 };
    static const char tag[] = "crier: ";
    char buf[1100];
    struct text t = text_memory(buf, sizeof buf);

    if (len > 0 && line[len - 1] == '\n')
        len--;
    if (len >= sizeof tag - 1 && memcmp(line, tag, sizeof tag - 1) == 0) {
        line += sizeof tag - 1;
        len -= sizeof tag - 1;
    }
    text_fmt(&t, "<%u>crier[%u]: ", DAEMON | severity(line, len),
             (unsigned)getpid());
    text_bytes(&t, line, len);
    for (unsigned tries = 0; tries < 2; tries++) {
        if (it.fd < 0)
            it.fd = os_notify_open(device);
        if (it.fd < 0)
            return false;
        if (os.write(it.fd, buf, t.len) >= 0)
            return true;
        if (errno == EAGAIN || errno == ENOBUFS)
            return false;
        os.close(it.fd); /* it was restarted */
        it.fd = -1;
    }
    return false;
}

static bool to_stderr(const char *line, size_t len)
{
    struct timeval none = {0, 0};
    fd_set set;

    FD_ZERO(&set);
    os_fd_set(STDERR_FILENO, &set);
    /* A pipe that nobody reads must not stop us. */
    if (os.select(STDERR_FILENO + 1, NULL, &set, NULL, &none) == 0)
        return false;
    return os.write(STDERR_FILENO, line, len) >= 0 || errno != EAGAIN;
}

static bool put(const char *line, size_t len)
{
    return it.syslog ? to_syslog(line, len) : to_stderr(line, len);
}

static void put_left_out(uint64_t now_ms)
{
    char buf[64];
    struct text t = text_memory(buf, sizeof buf);

    if (it.left_out == 0 || now_ms < it.tell_ms)
        return;
    it.tell_ms = now_ms + TOLD_EVERY_MS;
    text_fmt(&t, "crier: W222: %U lines left out\n", it.left_out);
    if (put(buf, t.len))
        it.left_out = 0;
}

/* What text_err is flushed to: a line, or a piece of one. */
static void take_line(const char *line, size_t len)
{
    uint64_t now_ms = os_now_ms();
    uint32_t rate = it.conf->log_rate;

    if (!it.behind)
        it.dropping = rate > 0 && severity(line, len) != ERROR &&
                      !log_take(&it.bucket, rate * 1000, rate * BURST_S,
                                now_ms);
    if (!it.dropping && !it.behind)
        put_left_out(now_ms);
    if (!it.behind && (it.dropping || !put(line, len))) {
        it.dropping = true;
        it.left_out++;
    } else if (!it.dropping && it.behind) {
        (void)put(line, len);
    }
    it.behind = len > 0 && line[len - 1] != '\n';
}

/* --- all of it ------------------------------------------------------------- */

/* Nobody reads what goes to a standard error that is closed, or no file. */
static bool detached(void)
{
    struct stat err, null;

    if (fstat(STDERR_FILENO, &err) < 0)
        return true;
    return S_ISCHR(err.st_mode) && stat("/dev/null", &null) == 0 &&
           err.st_rdev == null.st_rdev;
}

void log_open(const struct conf *c, bool detaches)
{
    if (it.conf != NULL && it.fd >= 0)
        os.close(it.fd);
    it.conf = c;
    it.fd = -1;
    it.syslog = c->log == CONF_LOG_SYSLOG ||
                (c->log == CONF_LOG_AUTO && detached());
    if (it.syslog || (detaches && c->log == CONF_LOG_AUTO))
        it.fd = os_notify_open(device);
    text_err.take = take_line;
}

void log_detached(void)
{
    it.syslog = it.conf->log != CONF_LOG_STDERR;
}

bool log_peer(const struct addr *a, uint64_t now_ms)
{
    if (a->family == ADDR_NONE || log_peer_may(&it.peers, a, now_ms))
        return true;
    it.left_out++;
    return false;
}

uint64_t log_tick(uint64_t now_ms)
{
    put_left_out(now_ms);
    return it.left_out > 0 ? it.tell_ms : 0;
}
