/*
 * sandbox.c - what a daemon that has started gives up for good (Linux)
 *
 * The system calls that it may still make are the two tables here, and the
 * manual has the same list (tests/net/syscalls.sh holds them together). Any
 * other call kills the process. Constants of the kernel are written down
 * here, so that it compiles where its headers are old or missing; the calls
 * below are made by number for the same reason, and since the functions of C
 * libraries take all threads along, which costs 2 KB.
 */
#include "private.h"

#include <errno.h>
#include <unistd.h>

#ifdef __linux__

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* AUDIT_ARCH_*: the ELF machine, with flags for 64 bits and little endian.
 * A number means another call on each. */
#if defined(__x86_64__) && !defined(__ILP32__)
#define FILTER_ARCH 0xc000003e
#elif defined(__aarch64__) && defined(__AARCH64EL__) && !defined(__ILP32__)
#define FILTER_ARCH 0xc00000b7
#elif defined(__arm__) && defined(__ARMEL__) && defined(__ARM_EABI__)
#define FILTER_ARCH 0x40000028
#elif defined(__riscv) && __riscv_xlen == 64
#define FILTER_ARCH 0xc00000f3
#endif

#ifdef FILTER_ARCH

/* Allowed whatever the arguments; the frequent ones first. Behind #ifdef is
 * what only some machines have. */
static const uint16_t calls[] = {
    SYS_recvfrom, SYS_sendto, SYS_pselect6,
#ifdef SYS_select
    SYS_select,
#endif
#ifdef SYS__newselect
    SYS__newselect,
#endif
#ifdef SYS_clock_gettime
    SYS_clock_gettime, SYS_clock_nanosleep,
#endif
    SYS_read, SYS_write, SYS_writev, SYS_close, SYS_lseek, SYS_fcntl,
    SYS_getdents64, SYS_fstat,
#ifdef SYS_newfstatat
    SYS_newfstatat,
#endif
#ifdef SYS_stat
    SYS_stat,
#endif
    SYS_brk, SYS_munmap, SYS_mremap,
    SYS_accept,
#ifdef SYS_accept4
    SYS_accept4,
#endif
    SYS_bind, SYS_connect, SYS_getsockname, SYS_setsockopt,
    SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn,
    SYS_getrandom, SYS_getpid, SYS_uname,
    SYS_nanosleep, SYS_restart_syscall,
    SYS_exit_group,
#ifdef __arm__ /* with 32 bits some calls have other names */
    SYS_fcntl64, SYS_fstat64, SYS_stat64, SYS_fstatat64, SYS_statx,
    SYS__llseek, SYS_sigreturn,
    263 /* clock_gettime */, 265 /* clock_nanosleep; not so in musl */,
    403 /* clock_gettime64 */, 407 /* clock_nanosleep_time64 */,
    413 /* pselect6_time64 */,
#endif
};

/* Allowed if argument `arg` under the mask is the value, and, where a type is
 * given, the second argument is that type of socket; in sandboxes that may do
 * `more` alone, unless that is 0. */
struct checked {
    uint16_t call;
    uint8_t arg;
    uint8_t type;
    uint32_t mask, value, more;
};

enum {
    TO_WRITE = O_ACCMODE | O_CREAT | O_TRUNC,
    NEW_FILE = O_WRONLY | O_CREAT | O_EXCL, /* as in os_file_replace() */
};
#define ALL 0xffffffff

static const struct checked checked[] = {
    {SYS_socket, 0, SOCK_DGRAM, ALL, AF_INET, 0},
    {SYS_socket, 0, SOCK_DGRAM, ALL, AF_INET6, 0},
    {SYS_socket, 0, SOCK_RAW, ALL, AF_NETLINK, 0},
    {SYS_socket, 0, SOCK_DGRAM, ALL, AF_UNIX, 0},
    {SYS_socket, 0, SOCK_STREAM, ALL, AF_INET, OS_MAY_CONNECT},
    {SYS_socket, 0, SOCK_STREAM, ALL, AF_INET6, OS_MAY_CONNECT},
#ifdef SYS_mmap
    {SYS_mmap, 2, 0, PROT_EXEC, 0, 0},
#endif
#ifdef SYS_mmap2
    {SYS_mmap2, 2, 0, PROT_EXEC, 0, 0},
#endif
    {SYS_openat, 2, 0, TO_WRITE, O_RDONLY, 0},
#ifdef SYS_open
    {SYS_open, 1, 0, TO_WRITE, O_RDONLY, 0},
#endif
    {SYS_ioctl, 1, 0, ALL, SIOCGIFNAME, 0},
    {SYS_ioctl, 1, 0, ALL, SIOCGIFCONF, 0},
    {SYS_ioctl, 1, 0, ALL, SIOCGIFFLAGS, 0},
    {SYS_ioctl, 1, 0, ALL, SIOCGIFNETMASK, 0},
    {SYS_ioctl, 1, 0, ALL, SIOCGIFMTU, 0},
    {SYS_ioctl, 1, 0, ALL, SIOCGIFHWADDR, 0},
    {SYS_ioctl, 1, 0, ALL, SIOCGIFINDEX, 0},
    {SYS_openat, 2, 0, TO_WRITE | O_EXCL, NEW_FILE, OS_MAY_WRITE},
#ifdef SYS_open
    {SYS_open, 1, 0, TO_WRITE | O_EXCL, NEW_FILE, OS_MAY_WRITE},
#endif
    {SYS_unlinkat, 0, 0, 0, 0, OS_MAY_WRITE},
#ifdef SYS_unlink
    {SYS_unlink, 0, 0, 0, 0, OS_MAY_WRITE},
#endif
#ifdef SYS_rename
    {SYS_rename, 0, 0, 0, 0, OS_MAY_WRITE},
#endif
#ifdef SYS_renameat
    {SYS_renameat, 0, 0, 0, 0, OS_MAY_WRITE},
#endif
#ifdef SYS_renameat2
    {SYS_renameat2, 0, 0, 0, 0, OS_MAY_WRITE},
#endif
    {SYS_kill, 1, 0, ALL, 0, 0}, /* is it alive? */
};

enum {
    CALLS = sizeof calls / sizeof calls[0],
    CHECKED = sizeof checked / sizeof checked[0],

    /* struct seccomp_data */
    AT_CALL = 0,
    AT_ARCH = 4,
    AT_ARGS = 16, /* 64 bits each, of which the low ones count here */

    /* classic BPF */
    LOAD = 0x20,
    AND = 0x54,
    JUMP_EQUAL = 0x15,
    RETURN = 0x06,
};
#define ALLOW 0x7fff0000
#define KILL_PROCESS 0x80000000 /* before Linux 4.14 the thread: the same */

struct step { /* struct sock_filter */
    uint16_t code;
    uint8_t yes, no; /* how many steps a jump leaves out */
    uint32_t k;
};

/* With the call in the accumulator, here and behind it. */
static const struct step if_checked[] = {
    {JUMP_EQUAL, 0, 7, 0 /* call */},
    {LOAD, 0, 0, 0 /* argument */},
    {AND, 0, 0, 0 /* mask */},
    {JUMP_EQUAL, 0, 4, 0 /* value */},
    {LOAD, 0, 0, AT_ARGS + 8},
    {AND, 0, 0, 0 /* type */},
    {JUMP_EQUAL, 0, 1, 0 /* type */},
    {RETURN, 0, 0, ALLOW},
    {LOAD, 0, 0, AT_CALL},
};
enum { CHECK_STEPS = sizeof if_checked / sizeof if_checked[0] };

static void add_check(struct step *s, const struct checked *c)
{
    enum { TYPE_MASK = 0xf }; /* beside it are SOCK_NONBLOCK and _CLOEXEC */

    memcpy(s, if_checked, sizeof if_checked);
    s[0].k = c->call;
    s[1].k = AT_ARGS + 8u * c->arg;
    s[2].k = c->mask;
    s[3].k = c->value;
    s[5].k = c->type != 0 ? TYPE_MASK : 0;
    s[6].k = c->type;
}

static bool set_filter(unsigned more)
{
    enum { PR_SET_SECCOMP = 22, SECCOMP_MODE_FILTER = 2 };
    struct step steps[4 + 2 * CALLS + CHECKED * CHECK_STEPS + 1] = {
        {LOAD, 0, 0, AT_ARCH},
        {JUMP_EQUAL, 1, 0, FILTER_ARCH},
        {RETURN, 0, 0, KILL_PROCESS},
        {LOAD, 0, 0, AT_CALL},
    };
    struct { /* struct sock_fprog */
        uint16_t len;
        const struct step *steps;
    } program = {0, steps};
    struct step *s = steps + 4;

    for (unsigned i = 0; i < CALLS; i++) {
        *s++ = (struct step){JUMP_EQUAL, 0, 1, calls[i]};
        *s++ = (struct step){RETURN, 0, 0, ALLOW};
    }
    for (unsigned i = 0; i < CHECKED; i++) {
        if ((checked[i].more & ~more) != 0)
            continue;
        add_check(s, &checked[i]);
        s += CHECK_STEPS;
    }
    *s++ = (struct step){RETURN, 0, 0, KILL_PROCESS};
    program.len = (uint16_t)(s - steps);
    return syscall(SYS_prctl, PR_SET_SECCOMP, (long)SECCOMP_MODE_FILTER,
                   &program) == 0;
}

#else

static bool set_filter(unsigned more)
{
    (void)more;
    return false; /* a machine whose calls nobody has looked at */
}

#endif

enum { FILE_MOST = 1 << 20 }; /* what files.c writes at most */

/* A log that is a file may grow. */
static bool is_file(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* At most so much of one resource, or less if that is so already. */
static bool limit(long what, uint64_t most)
{
    struct {
        uint64_t now, most;
    } l = {0, 0};

    if (syscall(SYS_prlimit64, 0L, what, NULL, &l) != 0)
        return false;
    if (l.most > most)
        l.most = most;
    if (l.now > l.most)
        l.now = l.most;
    return syscall(SYS_prlimit64, 0L, what, &l, NULL) == 0;
}

/* No core file of what was heard, no further processes, no more descriptors
 * than select() can watch, and no more memory and no larger files than
 * there is use for. */
static bool set_limits(uint64_t file, uint64_t memory)
{
    enum { FSIZE = 1, DATA = 2, CORE = 4, NPROC = 6, NOFILE = 7 };

    signal(SIGXFSZ, SIG_IGN); /* a write tells */
    return limit(CORE, 0) && limit(NPROC, 0) && limit(NOFILE, FD_SETSIZE) &&
           (is_file(1) || is_file(2) || limit(FSIZE, file)) &&
           (memory == 0 || limit(DATA, os_pages_held() + memory));
}

/* All capabilities go, also those of root. */
static bool drop_privileges(void)
{
    enum { PR_SET_NO_NEW_PRIVS = 38 };
    const struct {
        uint32_t version;
        int32_t pid;
    } head = {0x20080522, 0};
    const uint32_t none[2][3] = {{0}};

    return syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0 &&
           syscall(SYS_capset, &head, none) == 0;
}

/* With 16 bits for users where the calls are old. */
#ifdef SYS_setresuid32
enum { SETGROUPS = SYS_setgroups32, SETGID = SYS_setresgid32,
       SETUID = SYS_setresuid32 };
#else
enum { SETGROUPS = SYS_setgroups, SETGID = SYS_setresgid,
       SETUID = SYS_setresuid };
#endif

int os_become(uint32_t uid, uint32_t gid)
{
    long u = (long)uid, g = (long)gid;

    if (syscall(SETGROUPS, 0L, NULL) != 0 || syscall(SETGID, g, g, g) != 0 ||
        syscall(SETUID, u, u, u) != 0)
        return -errno;
    return 0;
}

unsigned os_sandbox(unsigned more, uint64_t memory)
{
    unsigned lacks = 0;

    if (!set_limits((more & OS_MAY_WRITE) != 0 ? FILE_MOST : 0, memory))
        lacks |= OS_BOX_LIMITS;
    if (!drop_privileges())
        lacks |= OS_BOX_PRIVILEGES;
    if (!landlock_restrict())
        lacks |= OS_BOX_FILES;
    if (!set_filter(more)) /* the last: it forbids what the others do */
        lacks |= OS_BOX_CALLS;
    return lacks;
}

#else

int os_become(uint32_t uid, uint32_t gid)
{
    if (setgroups(0, NULL) != 0 || setgid(gid) != 0 || setuid(uid) != 0)
        return -errno;
    return 0;
}

unsigned os_sandbox(unsigned more, uint64_t memory)
{
    (void)more;
    (void)memory;
    return (1u << OS_BOX_STEPS) - 1;
}

#endif
