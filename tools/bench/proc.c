/* proc.c - see proc.h */
#define _GNU_SOURCE
#include "proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t clock_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

void clock_sleep_until(uint64_t at_ns)
{
    struct timespec t = {.tv_sec = (time_t)(at_ns / 1000000000u),
                         .tv_nsec = (long)(at_ns % 1000000000u)};

    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        ;
}

static void gone(pid_t pid)
{
    fprintf(stderr, "load: process %d is gone\n", (int)pid);
    exit(4);
}

/* Sum the numbers after each line's `key`, or the first number if NULL. */
static uint64_t sum_file(const char *path, const char *key)
{
    char line[512];
    uint64_t sum = 0;
    FILE *f = fopen(path, "re");

    if (f == NULL)
        return 0;
    while (fgets(line, sizeof line, f) != NULL) {
        const char *at = key != NULL ? strstr(line, key) : line;

        if (at != NULL)
            sum += strtoull(at + (key != NULL ? strlen(key) : 0), NULL, 10);
        if (key == NULL)
            break;
    }
    fclose(f);
    return sum;
}

struct usage proc_usage(pid_t pid)
{
    struct usage u = {0, 0};
    char path[300];
    struct dirent *d;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *dir = opendir(path);
    if (dir == NULL)
        gone(pid);
    while ((d = readdir(dir)) != NULL) {
        if (d->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/schedstat", (int)pid,
                 d->d_name);
        u.cpu_ns += sum_file(path, NULL);
        snprintf(path, sizeof path, "/proc/%d/task/%s/status", (int)pid,
                 d->d_name);
        u.switches += sum_file(path, "voluntary_ctxt_switches:");
    }
    closedir(dir);
    return u;
}

unsigned long proc_private_kib(pid_t pid)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    return (unsigned long)sum_file(path, "Private_Dirty:");
}

uint64_t proc_udp_drops(pid_t pid)
{
    char path[64];
    char line[512];
    uint64_t drops = 0;

    for (int v6 = 0; v6 < 2; v6++) {
        snprintf(path, sizeof path, "/proc/%d/net/udp%s", (int)pid,
                 v6 ? "6" : "");
        FILE *f = fopen(path, "re");
        if (f == NULL)
            continue;
        while (fgets(line, sizeof line, f) != NULL) {
            line[strcspn(line, "\n")] = '\0';
            size_t end = strlen(line);
            while (end > 0 && line[end - 1] == ' ')
                line[--end] = '\0';
            const char *last = strrchr(line, ' ');
            if (last != NULL)
                drops += strtoull(last, NULL, 10);
        }
        fclose(f);
    }
    return drops;
}

int proc_waiting(pid_t pid)
{
    char path[64];
    char text[64] = "";

    snprintf(path, sizeof path, "/proc/%d/syscall", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    (void)!read(fd, text, sizeof text - 1);
    close(fd);
    long number = strtol(text, NULL, 10);
    /* x86-64: poll, select, epoll_wait, pselect6, ppoll, epoll_pwait */
    return text[0] >= '0' && text[0] <= '9' &&
           (number == 7 || number == 23 || number == 232 || number == 270 ||
            number == 271 || number == 281);
}

static void enter_namespace(pid_t ns)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)ns);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) {
        perror(path);
        _exit(127);
    }
    close(fd);
}

pid_t proc_spawn(pid_t ns, char **argv, int *out)
{
    int pipe_fd[2] = {-1, -1};

    if (out != NULL && pipe2(pipe_fd, O_CLOEXEC) < 0) {
        perror("pipe");
        exit(4);
    }
    pid_t pid = fork();
    if (pid == 0) {
        int sink = open("/dev/null", O_RDWR | O_CLOEXEC);

        if (ns != 0)
            enter_namespace(ns);
        dup2(sink, 0);
        dup2(out != NULL ? pipe_fd[1] : sink, 1);
        dup2(sink, 2);
        execvp(argv[0], argv);
        _exit(127);
    }
    if (out != NULL) {
        close(pipe_fd[1]);
        *out = pipe_fd[0];
    }
    return pid;
}

void proc_stop(pid_t pid)
{
    kill(pid, SIGTERM);
    for (int i = 0; i < 100; i++) {
        if (waitpid(pid, NULL, WNOHANG) != 0)
            return;
        clock_sleep_until(clock_ns() + 10000000u);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
