/*
 * proc.h - what the kernel knows of a process, and running one elsewhere
 */
#ifndef BENCH_PROC_H
#define BENCH_PROC_H

#include <stdint.h>
#include <sys/types.h>

struct usage {
    uint64_t cpu_ns;   /* user and system, all threads */
    uint64_t switches; /* times it was put on or off a CPU */
};

/* CPU so far, exact while the process sleeps. Exits if it is gone. */
struct usage proc_usage(pid_t pid);

/* Private_Dirty in KiB: memory that exists only for this process. */
unsigned long proc_private_kib(pid_t pid);

/* Datagrams lost for want of receive buffer in the process's namespace. */
uint64_t proc_udp_drops(pid_t pid);

/* Whether it is blocked in select() or poll() at this moment. */
int proc_waiting(pid_t pid);

/*
 * Start argv in the network namespace of process ns (0: this one). Its
 * output goes to *out if that is not NULL, else to /dev/null.
 */
pid_t proc_spawn(pid_t ns, char **argv, int *out);

/* SIGTERM, then wait; SIGKILL after a second. */
void proc_stop(pid_t pid);

uint64_t clock_ns(void); /* CLOCK_MONOTONIC */
void clock_sleep_until(uint64_t at_ns);

#endif
