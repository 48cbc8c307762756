/*
 * test_sandbox.c - a call that the sandbox forbids is the last one
 *
 * Each case is a child of its own, which goes into the sandbox, makes one
 * call and ends. The numbers go straight to the kernel, so that no library
 * or sanitizer stands between.
 */
#include "crier/os.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__) || \
                           defined(__arm__) || defined(__riscv))

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct try {
    const char *what;
    long call, arg[4];
};

#define PATH(p) (long)(intptr_t)(p)

static const struct try forbidden[] = {
    {"a program", SYS_execveat, {AT_FDCWD, PATH("/bin/true"), 0, 0}},
    {"a process", SYS_clone, {SIGCHLD, 0, 0, 0}},
    {"signals to others", SYS_kill, {0x7fffffff, SIGTERM, 0, 0}},
    {"tracing", SYS_ptrace, {0, 0, 0, 0}},
    {"a mount", SYS_mount, {0, 0, 0, 0}},
    {"settings of a process", SYS_prctl, {PR_GET_NAME, 0, 0, 0}},
    {"another user", SYS_setuid, {0, 0, 0, 0}},
    {"TCP", SYS_socket, {AF_INET, SOCK_STREAM, 0, 0}},
    {"TCP on IPv6", SYS_socket, {AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0, 0}},
    {"raw packets", SYS_socket, {AF_INET, SOCK_RAW, 1 /* ICMP */, 0}},
    {"frames", SYS_socket, {17 /* AF_PACKET */, SOCK_RAW, 0, 0}},
    {"a stream in the host", SYS_socket, {AF_UNIX, SOCK_STREAM, 0, 0}},
    {"netlink with packets", SYS_socket, {AF_NETLINK, SOCK_DGRAM, 0, 0}},
    {"a new listener", SYS_listen, {0, 0, 0, 0}},
    {"control data", SYS_recvmsg, {0, 0, 0, 0}},
    {"a file to write",
     SYS_openat, {AT_FDCWD, PATH("/dev/null"), O_WRONLY, 0}},
    {"a file to read and write",
     SYS_openat, {AT_FDCWD, PATH("/dev/null"), O_RDWR | O_CLOEXEC, 0}},
    {"a new file",
     SYS_openat, {AT_FDCWD, PATH("/nowhere/at/all"), O_CREAT, 0600}},
    {"a file cut off",
     SYS_openat, {AT_FDCWD, PATH("/nowhere/at/all"), O_TRUNC, 0}},
    {"a file away", SYS_unlinkat, {AT_FDCWD, PATH("/nowhere/at/all"), 0, 0}},
    {"other rights",
     SYS_fchmodat, {AT_FDCWD, PATH("/nowhere/at/all"), 0777, 0}},
    {"memory to run", SYS_mprotect, {0, 4096, PROT_EXEC, 0}},
    {"an interface changed", SYS_ioctl, {0, SIOCSIFFLAGS, 0, 0}},
    {"a terminal", SYS_ioctl, {0, 0x5412 /* TIOCSTI */, 0, 0}},
#ifdef SYS_open
    {"a file to write", SYS_open, {PATH("/dev/null"), O_WRONLY, 0, 0}},
#endif
#ifdef SYS_fork
    {"a process", SYS_fork, {0, 0, 0, 0}},
#endif
#ifdef SYS_mmap
    {"memory to run", SYS_mmap, {0, 4096, PROT_READ | PROT_EXEC,
                                 MAP_PRIVATE | MAP_ANONYMOUS}},
#endif
#ifdef __x86_64__ /* the numbers of x32 are others of the same machine */
    {"another ABI", 0x40000000 | SYS_getpid, {0, 0, 0, 0}},
#endif
    {"a call that is not there yet", 1000, {0, 0, 0, 0}},
};

static const struct try allowed[] = {
    {"IPv4", SYS_socket, {AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0, 0}},
    {"IPv6", SYS_socket, {AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0, 0}},
    {"netlink", SYS_socket, {AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0, 0}},
    {"datagrams in the host", SYS_socket, {AF_UNIX, SOCK_DGRAM, 0, 0}},
    {"a file to read",
     SYS_openat, {AT_FDCWD, PATH("/"), O_RDONLY | O_CLOEXEC, 0}},
    {"an interface's index", SYS_ioctl, {0, SIOCGIFINDEX, 0, 0}},
    {"memory", SYS_munmap, {0, 4096, 0, 0}},
    {"itself", SYS_getpid, {0, 0, 0, 0}},
    {"whether a process lives", SYS_kill, {0x7fffffff, 0, 0, 0}},
};

/* Only with what it takes. */
static const struct try connecting[] = {
    {"TCP", SYS_socket, {AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0, 0}},
    {"TCP on IPv6", SYS_socket, {AF_INET6, SOCK_STREAM, 0, 0}},
};

enum { LACKS = 100 };

static void make_call(const struct try *t)
{
    syscall(t->call, t->arg[0], t->arg[1], t->arg[2], t->arg[3]);
}

static int child(const struct try *t, unsigned more)
{
    if ((os_sandbox(more, 0) & OS_BOX_CALLS) != 0)
        return LACKS;
    make_call(t);
    return 0;
}

static int in_child(const struct try *t, unsigned more)
{
    pid_t pid = fork();
    int status = 0;

    assert_true(pid >= 0);
    if (pid == 0)
        syscall(SYS_exit_group, (long)child(t, more));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFEXITED(status) && WEXITSTATUS(status) == LACKS)
        skip(); /* a kernel without filters */
    return status;
}

static void forbidden_calls_kill(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        int status = in_child(&forbidden[i], 0);

        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
            fail_msg("%s: status %x, not killed", forbidden[i].what,
                     (unsigned)status);
    }
}

static void wanted_calls_return(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof connecting / sizeof connecting[0]; i++) {
        assert_int_equal(in_child(&connecting[i], OS_MAY_CONNECT), 0);
        assert_true(WIFSIGNALED(in_child(&connecting[i], 0)));
    }
}

static void replaces_files(void **state)
{
    static const struct try writing[] = {
        {"a new file", SYS_openat, {AT_FDCWD, PATH("/nowhere/at/all"),
                                    O_WRONLY | O_CREAT | O_EXCL, 0600}},
        {"a file away", SYS_unlinkat, {AT_FDCWD, PATH("/nowhere/at/all"), 0,
                                       0}},
    };
    static const struct try still[] = {
        {"an old file", SYS_openat, {AT_FDCWD, PATH("/nowhere/at/all"),
                                     O_WRONLY, 0}},
        {"TCP", SYS_socket, {AF_INET, SOCK_STREAM, 0, 0}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof writing / sizeof writing[0]; i++) {
        assert_int_equal(in_child(&writing[i], OS_MAY_WRITE), 0);
        assert_true(WIFSIGNALED(in_child(&writing[i], OS_MAY_CONNECT)));
        assert_true(WIFSIGNALED(in_child(&still[i], OS_MAY_WRITE)));
    }
}

static void allowed_calls_return(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++) {
        int status = in_child(&allowed[i], 0);

        if (status != 0)
            fail_msg("%s: status %x", allowed[i].what, (unsigned)status);
    }
}

/* A child may read beside one file and below one directory; what it gets of
 * another file is its exit status: 0 or the error. */
static int read_in_child(const char *beside, const char *below,
                         const char *path)
{
    pid_t pid = fork();
    int status = 0;

    assert_true(pid >= 0);
    if (pid == 0) {
        long result = LACKS;

        os_readable(beside);
        os_readable(below);
        if (os_sandbox(0, 0) == 0) {
            result = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0) < 0
                         ? errno : 0;
            os_readable("/"); /* too late */
            if (syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY, 0) >= 0)
                result = LACKS + 1;
        }
        syscall(SYS_exit_group, result);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == LACKS)
        skip(); /* a kernel without Landlock */
    return WEXITSTATUS(status);
}

static void reads_what_it_was_told(void **state)
{
    char top[] = "/tmp/crier-sandbox.XXXXXX";
    char file[2][64], dir[2][64], gone[64];
    int got[6];

    (void)state;
    assert_non_null(mkdtemp(top));
    for (int i = 0; i < 2; i++) {
        snprintf(dir[i], sizeof dir[i], "%s/%d", top, i);
        snprintf(file[i], sizeof file[i], "%s/%d/file", top, i);
        assert_int_equal(mkdir(dir[i], 0700), 0);
        close(open(file[i], O_CREAT | O_WRONLY, 0600));
    }
    snprintf(gone, sizeof gone, "%s/1/not/there", top);
    got[0] = read_in_child(file[0], file[0], file[0]);
    got[1] = read_in_child(file[0], file[0], dir[0]);
    got[2] = read_in_child(file[0], file[0], file[1]);
    got[3] = read_in_child(file[0], dir[1], file[1]);
    got[4] = read_in_child(file[0], gone, file[1]);
    got[5] = read_in_child(file[0], gone, top);
    for (int i = 0; i < 2; i++) {
        unlink(file[i]);
        rmdir(dir[i]);
    }
    rmdir(top);
    assert_int_equal(got[0], 0);
    assert_int_equal(got[1], 0);
    assert_int_equal(got[2], EACCES);
    assert_int_equal(got[3], 0);
    assert_int_equal(got[4], 0);
    assert_int_equal(got[5], EACCES);
}

/* A child that may connect to one port; what it gets of another. */
static int connect_in_child(uint16_t may, uint16_t port)
{
    const uint64_t handled[2] = {0, 2 /* CONNECT_TCP */};
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    pid_t pid = fork();
    int status = 0;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(pid >= 0);
    if (pid == 0) {
        long fd, result = LACKS;

        os_reachable(may);
        if (syscall(444 /* landlock_create_ruleset */, handled,
                    sizeof handled, 0L) >= 0 &&
            os_sandbox(OS_MAY_CONNECT, 0) == 0) {
            fd = syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
            result = syscall(SYS_connect, fd, &to, sizeof to) < 0 ? errno : 0;
        }
        syscall(SYS_exit_group, result);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == LACKS)
        skip(); /* a kernel whose Landlock knows no TCP */
    return WEXITSTATUS(status);
}

static void connects_where_it_was_told(void **state)
{
    (void)state;
    assert_int_equal(connect_in_child(9, 9), ECONNREFUSED);
    assert_int_equal(connect_in_child(9, 10), EACCES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forbidden_calls_kill),
        cmocka_unit_test(allowed_calls_return),
        cmocka_unit_test(wanted_calls_return),
        cmocka_unit_test(replaces_files),
        cmocka_unit_test(reads_what_it_was_told),
        cmocka_unit_test(connects_where_it_was_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    puts("1..1\nok 1 # SKIP forbidden_calls_kill");
    return 0;
}

#endif
