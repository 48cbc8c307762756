/*
 * floor_echo.c - the least that any responder on one socket can cost
 *
 * Waits in select(), drains the socket, and sends each datagram back to
 * where it came from with the response bit set. What comes from port 5353 is
 * traffic between other hosts to a responder: read and dropped.
 *
 *     floor_echo IFACE
 */
#include <stdio.h>

#include "floor.h"

int main(int argc, char **argv)
{
    uint8_t buf[9000];
    int fd;

    if (argc != 2 || (fd = floor_open(argv[1])) < 0) {
        fprintf(stderr, "usage: floor_echo IFACE\n");
        return 2;
    }
    while (floor_wait(fd)) {
        struct sockaddr_in from;
        ssize_t n;

        while ((n = floor_receive(fd, buf, sizeof buf, &from)) >= 0) {
            if (n < 12 || from.sin_port == htons(5353))
                continue;
            buf[2] |= 0x84; /* QR, AA */
            buf[7] = 1;     /* the load generator counts answers */
            floor_send(fd, buf, (size_t)n, &from);
        }
    }
    return 0;
}
