/*
 * deny.c - a kernel that lacks pieces; see deny.h
 *
 * The filter sees the numbers of system calls and their plain arguments,
 * which is enough: what is denied is told by family, level and option.
 */
#include "deny.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { STEPS_MAX = 128, ARGS_MAX = 2 };

/* One denied call: its number, and arguments that must have these values. */
struct rule {
    const char *word;
    long call;
    int at[ARGS_MAX], value[ARGS_MAX]; /* at -1: no such condition */
    int err;
};

static const struct rule rules[] = {
    {"netlink", SYS_socket, {0, -1}, {AF_NETLINK, 0}, EAFNOSUPPORT},
    {"ipv6", SYS_socket, {0, -1}, {AF_INET6, 0}, EAFNOSUPPORT},
    {"packet", SYS_socket, {0, -1}, {AF_PACKET, 0}, EPERM},
    {"multicast_all", SYS_setsockopt, {1, 2}, {IPPROTO_IP, 49}, ENOPROTOOPT},
    {"multicast_all", SYS_setsockopt, {1, 2}, {IPPROTO_IPV6, 29},
     ENOPROTOOPT},
    {"bindtodevice", SYS_setsockopt, {1, 2}, {SOL_SOCKET, SO_BINDTODEVICE},
     ENOPROTOOPT},
    {"getrandom", SYS_getrandom, {-1, -1}, {0, 0}, ENOSYS},
    {"seccomp", SYS_prctl, {0, -1}, {PR_SET_SECCOMP, 0}, EINVAL},
    {"landlock", 444 /* landlock_create_ruleset */, {-1, -1}, {0, 0}, ENOSYS},
    {"landlock_net", 444, {1, -1}, {16, 0}, E2BIG},
    {"limits", SYS_prlimit64, {-1, -1}, {0, 0}, ENOSYS},
    {"pktinfo", SYS_setsockopt, {1, 2}, {IPPROTO_IP, IP_PKTINFO},
     ENOPROTOOPT},
    {"pktinfo", SYS_setsockopt, {1, 2}, {IPPROTO_IPV6, 49 /* RECVPKTINFO */},
     ENOPROTOOPT},
    {"recvmsg", SYS_recvmsg, {-1, -1}, {0, 0}, ENOSYS},
    {"recvmsg", SYS_sendmsg, {-1, -1}, {0, 0}, ENOSYS},
    {"recvmsg", SYS_recvmmsg, {-1, -1}, {0, 0}, ENOSYS},
    {"recvmsg", SYS_sendmmsg, {-1, -1}, {0, 0}, ENOSYS},
    {"accept4", SYS_accept4, {-1, -1}, {0, 0}, ENOSYS},
#ifdef SYS_poll
    {"poll", SYS_poll, {-1, -1}, {0, 0}, ENOSYS},
#endif
    {"poll", SYS_ppoll, {-1, -1}, {0, 0}, ENOSYS},
    {"poll", SYS_epoll_create1, {-1, -1}, {0, 0}, ENOSYS},
#ifdef SYS_epoll_create
    {"poll", SYS_epoll_create, {-1, -1}, {0, 0}, ENOSYS},
#endif
    {"eventfd", SYS_eventfd2, {-1, -1}, {0, 0}, ENOSYS},
    {"eventfd", SYS_timerfd_create, {-1, -1}, {0, 0}, ENOSYS},
    {"eventfd", SYS_signalfd4, {-1, -1}, {0, 0}, ENOSYS},
};

struct program {
    struct sock_filter step[STEPS_MAX];
    unsigned short count;
};

static void add(struct program *p, unsigned code, unsigned k, unsigned yes,
                unsigned no)
{
    struct sock_filter step = {(unsigned short)code, (unsigned char)yes,
                               (unsigned char)no, k};

    if (p->count == STEPS_MAX)
        exit(2);
    p->step[p->count++] = step;
}

/* Load the 32 bits at offset; go on if they are value, else skip steps. */
static void require(struct program *p, size_t offset, unsigned value,
                    unsigned skip)
{
    add(p, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip);
}

static void add_rule(struct program *p, const struct rule *r)
{
    unsigned conditions = 0;

    for (int i = 0; i < ARGS_MAX; i++)
        conditions += r->at[i] >= 0;
    require(p, offsetof(struct seccomp_data, nr), (unsigned)r->call,
            2 * conditions + 1);
    for (int i = 0; i < ARGS_MAX; i++)
        if (r->at[i] >= 0) {
            conditions--;
            require(p,
                    offsetof(struct seccomp_data, args)
                        + 8 * (unsigned)r->at[i],
                    (unsigned)r->value[i], 2 * conditions + 1);
        }
    add(p, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)r->err, 0, 0);
}

void deny(const char *words)
{
    struct program p = {.count = 0};
    struct sock_fprog prog;
    char list[512];

    snprintf(list, sizeof list, "%s", words);
    for (char *w = strtok(list, ","); w != NULL; w = strtok(NULL, ",")) {
        unsigned found = 0;

        for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
            if (strcmp(rules[i].word, w) == 0) {
                add_rule(&p, &rules[i]);
                found++;
            }
        if (found == 0) {
            fprintf(stderr, "peer: cannot deny %s\n", w);
            exit(2);
        }
    }
    add(&p, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    prog.len = p.count;
    prog.filter = p.step;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
        || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog) != 0) {
        perror("peer: seccomp");
        exit(2);
    }
}
