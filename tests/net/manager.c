/*
 * manager.c - the ear of a service manager; see manager.h
 */
#include "manager.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

static int listen_at(const char *path)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

    if (len >= sizeof un.sun_path)
        exit(2);
    memcpy(un.sun_path, path, len);
    if (path[0] == '@')
        un.sun_path[0] = '\0';
    len += offsetof(struct sockaddr_un, sun_path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&un, (socklen_t)len) != 0) {
        perror("peer: manager");
        exit(2);
    }
    return fd;
}

int manager(const char *path, const volatile sig_atomic_t *stop)
{
    int fd = listen_at(path);
    char text[4096];

    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    while (!*stop) {
        ssize_t n = recv(fd, text, sizeof text - 1, 0);
        struct timespec now;

        if (n < 0)
            continue;
        text[n] = '\0';
        clock_gettime(CLOCK_MONOTONIC, &now);
        for (char *l = strtok(text, "\n"); l != NULL; l = strtok(NULL, "\n"))
            printf("%lld.%03ld %s\n", (long long)now.tv_sec,
                   now.tv_nsec / 1000000, l);
    }
    return 0;
}
