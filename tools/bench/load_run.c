/*
 * load_run.c - start a program in another namespace and stop the time
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "load.h"
#include "msg.h"
#include "proc.h"

enum { PATIENCE_MS = 60000 };
#define QUIET_LIMIT_NS UINT64_C(120000000000)

struct tally {
    unsigned long probes;    /* packets with authority records */
    unsigned long responses;
    unsigned announced;      /* distinct instances */
    unsigned services;
    uint8_t *seen;
};

static void tally_seen(void *ctx, unsigned n)
{
    struct tally *t = ctx;

    if (n < t->services && !t->seen[n]) {
        t->seen[n] = 1;
        t->announced++;
    }
}

int load_announced(const struct options *o)
{
    struct tally t = {.services = o->services,
                      .seen = calloc(o->services, 1)};
    uint8_t buf[9000];
    int fd = load_socket(o, BENCH_PORT);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint64_t start = clock_ns();
    uint64_t first = 0;
    uint64_t last = 0;
    pid_t pid = proc_spawn(o->ns, o->argv, NULL);

    while (t.announced < t.services && poll(&p, 1, PATIENCE_MS) > 0) {
        ssize_t n = recv(fd, buf, sizeof buf, 0);

        if (n < MSG_HEADER)
            continue;
        last = clock_ns();
        if (first == 0)
            first = last;
        if ((buf[2] & 0x80) == 0) {
            t.probes += msg_get16(buf + 8) > 0;
            continue;
        }
        t.responses++;
        msg_instances(buf, (size_t)n, false, tally_seen, &t);
    }
    printf("seconds=%.3f first_ms=%.1f announced=%u probes=%lu "
           "responses=%lu packets=%lu\n",
           (double)(last - start) / 1e9, (double)(first - start) / 1e6,
           t.announced, t.probes, t.responses, t.probes + t.responses);
    proc_stop(pid);
    return t.announced < t.services;
}

/* Until nobody has sent to the group for that long. */
int load_quiet(const struct options *o)
{
    uint8_t buf[9000];
    int fd = load_socket(o, BENCH_PORT);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint64_t start = clock_ns();

    while (poll(&p, 1, (int)o->seconds * 1000) > 0 &&
           clock_ns() - start < QUIET_LIMIT_NS)
        (void)!recv(fd, buf, sizeof buf, 0);
    return 0;
}

static pid_t found_pid;

static void found_late(int signo)
{
    (void)signo;
    kill(found_pid, SIGTERM); /* ends its output, and our wait */
}

/* Lines that begin with "+" and name a bench instance, each counted once. */
int load_found(const struct options *o)
{
    struct tally t = {.services = o->services,
                      .seen = calloc(o->services, 1)};
    char *line = NULL;
    size_t cap = 0;
    int out;
    uint64_t start = clock_ns();
    uint64_t last = start;
    pid_t pid = proc_spawn(o->ns, o->argv, &out);
    FILE *f = fdopen(out, "r");

    found_pid = pid;
    signal(SIGALRM, found_late);
    alarm(o->seconds);

    while (t.announced < t.services && getline(&line, &cap, f) >= 0) {
        const char *at = line[0] == '+' ? strstr(line, "bench-") : NULL;

        if (at != NULL) {
            tally_seen(&t, (unsigned)strtoul(at + 6, NULL, 10));
            last = clock_ns();
        }
    }
    printf("seconds=%.3f found=%u\n", (double)(last - start) / 1e9,
           t.announced);
    alarm(0);
    proc_stop(pid);
    fclose(f);
    free(line);
    return t.announced < t.services;
}

/*
 * From exec to the first sleep: everything is set up and only the protocol's
 * random delay is left. What the process used until then is told too: it
 * does not depend on what else the machine does.
 */
int load_start(const struct options *o)
{
    uint8_t buf[9000];
    int fd = load_socket(o, BENCH_PORT);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    uint64_t start = clock_ns();
    pid_t pid = proc_spawn(o->ns, o->argv, NULL);
    struct usage used = {0, 0};
    uint64_t waiting = 0;
    uint64_t probe = 0;

    while (probe == 0 &&
           clock_ns() - start < o->seconds * UINT64_C(1000000000)) {
        if (waiting == 0 && proc_waiting(pid)) {
            waiting = clock_ns();
            used = proc_usage(pid);
        }
        clock_sleep_until(clock_ns() + 50000);
        while (poll(&p, 1, 0) > 0) {
            ssize_t n = recv(fd, buf, sizeof buf, 0);

            if (n >= MSG_HEADER && msg_get16(buf + 8) > 0 && probe == 0)
                probe = clock_ns();
        }
    }
    printf("cpu_ms=%.2f waiting_ms=%.2f probe_ms=%.2f\n",
           (double)used.cpu_ns / 1e6,
           waiting != 0 ? (double)(waiting - start) / 1e6 : -1.0,
           probe != 0 ? (double)(probe - start) / 1e6 : -1.0);
    proc_stop(pid);
    return waiting == 0;
}

int load_files(const struct options *o)
{
    bool avahi = strcmp(o->kind, "avahi") == 0;
    char path[4096];

    for (unsigned n = 0; n < o->services; n++) {
        snprintf(path, sizeof path, "%s/" BENCH_INSTANCE ".service",
                 o->argv[0], n);
        FILE *f = fopen(path, "we");
        if (f == NULL) {
            perror(path);
            return 4;
        }
        if (avahi)
            fprintf(f,
                    "<?xml version=\"1.0\" standalone='no'?>\n"
                    "<!DOCTYPE service-group SYSTEM \"avahi-service.dtd\">\n"
                    "<service-group>\n<name>" BENCH_INSTANCE "</name>\n"
                    "<service><type>_bench._tcp</type><port>8080</port>"
                    "<txt-record>path=/a</txt-record></service>\n"
                    "</service-group>\n",
                    n);
        else
            fprintf(f,
                    "name \"" BENCH_INSTANCE "\"\ntype _bench._tcp\n"
                    "port 8080\ntxt path=/a\n",
                    n);
        fclose(f);
    }
    return 0;
}
