/*
 * door.c - a TCP port that is open; see door.h
 */
#include "door.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int door(unsigned port, const volatile sig_atomic_t *stop)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof in) != 0 ||
        listen(fd, 16) != 0) {
        perror("peer: door");
        exit(2);
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    puts("ready");
    while (!*stop) {
        int got = accept(fd, NULL, NULL);

        if (got < 0)
            continue;
        close(got);
        puts("somebody");
    }
    return 0;
}
