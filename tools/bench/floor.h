/*
 * floor.h - the one socket of the two floor programs
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t floor_stopped;

static void floor_stop(int signo)
{
    (void)signo;
    floor_stopped = 1;
}

/* Port 5353 of every address, and the group on iface. Negative: refused. */
static int floor_open(const char *iface)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(5353)};
    struct ip_mreqn group = {.imr_ifindex = (int)if_nametoindex(iface)};
    struct sigaction stop = {.sa_handler = floor_stop};
    int on = 1;
    int size = 1 << 20;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    sigaction(SIGTERM, &stop, NULL);
    group.imr_multiaddr.s_addr = htonl(0xe00000fb);
    if (fd < 0 ||
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
        bind(fd, (struct sockaddr *)&any, sizeof any) < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    return fd;
}

/* Sleep until the socket has something. False: told to stop. */
static bool floor_wait(int fd)
{
    fd_set set;

    FD_ZERO(&set);
    FD_SET(fd, &set);
    while (!floor_stopped && select(fd + 1, &set, NULL, NULL, NULL) < 0)
        FD_SET(fd, &set);
    return !floor_stopped;
}

static ssize_t floor_receive(int fd, void *buf, size_t len,
                             struct sockaddr_in *from)
{
    socklen_t from_len = sizeof *from;

    return recvfrom(fd, buf, len, 0, (struct sockaddr *)from, &from_len);
}

static void floor_send(int fd, const void *buf, size_t len,
                       const struct sockaddr_in *to)
{
    /* A full buffer loses the answer, as UDP may. */
    (void)!sendto(fd, buf, len, 0, (const struct sockaddr *)to, sizeof *to);
}

#endif
