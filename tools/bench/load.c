/*
 * load.c - the load generator and stop-watch of the bench
 *
 * Each command makes one kind of load, or starts one program, and prints one
 * line of key=value pairs on stdout. What a process used is read from /proc
 * before and after, while it sleeps.
 */
#include "load.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "msg.h"
#include "proc.h"

int load_socket(const struct options *o, uint16_t port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons(BENCH_PORT)};
    struct ip_mreqn group = {.imr_ifindex = 0};
    int on = 1;
    int size = 4 << 20;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (o->iface != NULL)
        group.imr_ifindex = (int)if_nametoindex(o->iface);
    group.imr_multiaddr.s_addr = htonl(0xe00000fb);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (o->iface != NULL)
        setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, o->iface,
                   (socklen_t)strlen(o->iface));
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &group, sizeof group);
    size = 255;
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &size, sizeof size);
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof any) < 0 ||
        (port != 0 && setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group,
                                 sizeof group) < 0)) {
        perror("load: socket");
        exit(4);
    }
    to.sin_addr = group.imr_multiaddr;
    if (o->address != NULL)
        inet_pton(AF_INET, o->address, &to.sin_addr);
    /* Not for the group: answers come from the responder's own address. */
    if (o->address != NULL && connect(fd, (struct sockaddr *)&to, sizeof to) < 0) {
        perror("load: connect");
        exit(4);
    }
    return fd;
}

static int load_idle(const struct options *o)
{
    struct usage a = proc_usage(o->pid);

    clock_sleep_until(clock_ns() + o->seconds * UINT64_C(1000000000));
    struct usage b = proc_usage(o->pid);
    printf("cpu_us=%.1f switches=%llu\n", (double)(b.cpu_ns - a.cpu_ns) / 1e3,
           (unsigned long long)(b.switches - a.switches));
    return 0;
}

static int load_memory(const struct options *o)
{
    printf("private_kib=%lu\n", proc_private_kib(o->pid));
    return 0;
}

static const struct {
    const char *name;
    int (*run)(const struct options *);
    const char *use;
} commands[] = {
    {"query", load_query, "-a ADDR|-i IF -s SERVICES -n COUNT [-w WINDOW]"},
    {"ready", load_ready, "-a ADDR -s SERVICES [-t SECONDS]"},
    {"foreign", load_foreign, "-i IF -k query|response|records -n N -r RATE"},
    {"idle", load_idle, "-p PID -t SECONDS"},
    {"memory", load_memory, "-p PID"},
    {"announced", load_announced, "-i IF -N PID -s SERVICES COMMAND..."},
    {"quiet", load_quiet, "-i IF -t SECONDS"},
    {"found", load_found, "-s SERVICES [-t SECONDS] COMMAND..."},
    {"start", load_start, "-i IF -N PID [-t SECONDS] COMMAND..."},
    {"files", load_files, "-k crier|avahi -s SERVICES DIR"},
};

static int usage(void)
{
    fprintf(stderr, "usage:\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        fprintf(stderr, "  load %-9s %s\n", commands[i].name,
                commands[i].use);
    fprintf(stderr, "-p PID measures the CPU of that process\n");
    return 2;
}

int main(int argc, char **argv)
{
    struct options o = {.window = 32, .seconds = 30, .count = 100000,
                        .rate = 1000, .services = 1};
    int c;

    if (argc < 2)
        return usage();
    optind = 2;
    while ((c = getopt(argc, argv, "+i:a:k:p:N:s:n:r:w:t:")) != -1) {
        unsigned long n = optarg != NULL ? strtoul(optarg, NULL, 10) : 0;

        switch (c) {
        case 'i': o.iface = optarg; break;
        case 'a': o.address = optarg; break;
        case 'k': o.kind = optarg; break;
        case 'p': o.pid = (pid_t)n; break;
        case 'N': o.ns = (pid_t)n; break;
        case 's': o.services = (unsigned)n; break;
        case 'n': o.count = n; break;
        case 'r': o.rate = n; break;
        case 'w': o.window = (unsigned)n; break;
        case 't': o.seconds = (unsigned)n; break;
        default: return usage();
        }
    }
    o.argv = argv + optind;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(&o);
    return usage();
}
