/*
 * load.h - the parts of the load generator
 */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdint.h>
#include <sys/types.h>

/* What the command line says; see usage() in load.c. */
struct options {
    const char *iface;   /* -i */
    const char *address; /* -a: unicast; else the group on iface */
    const char *kind;    /* -k */
    pid_t pid;           /* -p: whose CPU is measured; 0: nobody's */
    pid_t ns;            /* -N: start the command beside this process */
    unsigned services;   /* -s */
    unsigned long count; /* -n */
    unsigned long rate;  /* -r, packets per second */
    unsigned window;     /* -w, queries under way */
    unsigned seconds;    /* -t */
    char **argv;         /* the command after the options */
};

int load_socket(const struct options *o, uint16_t port);
int load_query(const struct options *o);     /* ask, count answers */
int load_ready(const struct options *o);     /* until all are answered */
int load_foreign(const struct options *o);   /* talk that concerns nobody */
int load_announced(const struct options *o); /* start, hear it announce */
int load_quiet(const struct options *o);     /* until the group is silent */
int load_found(const struct options *o);     /* start, count what it finds */
int load_start(const struct options *o);     /* start, time to first wait */
int load_files(const struct options *o);     /* write service files */

#endif
