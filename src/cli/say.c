/*
 * say.c - what people are told on standard error
 */
#include <errno.h>
#include <stdarg.h>

#include "crier/cli.h"

void cli_say(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    text_str(&text_err, "crier: ");
    text_vfmt(&text_err, fmt, ap);
    text_str(&text_err, "\n");
    text_flush(&text_err);
    va_end(ap);
}

const char *cli_remedy(int err)
{
    switch (err) {
    case -ENOMEM:
        return "free some memory";
    case -EADDRINUSE:
        return "another program holds UDP port 5353 for itself; stop it";
    case -EPERM:
    case -EACCES:
        return "the system forbids it; look at its firewall or sandbox";
    case -ENOBUFS:
        return "raise the sysctl net.ipv4.igmp_max_memberships";
    case -EMFILE:
    case -ENFILE:
        return "raise the limit of open files (ulimit -n)";
    default:
        return "it is tried again when the interface changes";
    }
}

void cli_say_link(const char *iface, enum loop_link_event what, int err,
                  enum conf_level level)
{
    if (iface[0] == '?') {
        if (level >= CONF_WARN)
            cli_say("E042: more than %u interfaces; choose with -i or the "
                    "key \"interface\"", (unsigned)ENGINE_LINKS_MAX);
        return;
    }
    switch (what) {
    case LOOP_LINK_UP:
        if (level >= CONF_INFO)
            cli_say("%s is up", iface);
        break;
    case LOOP_LINK_DOWN:
        if (level >= CONF_INFO)
            cli_say("W203: %s is down", iface);
        break;
    case LOOP_LINK_POLITE:
        if (level >= CONF_INFO)
            cli_say("another responder runs on this host; sharing UDP port "
                    "5353 with it on %s", iface);
        break;
    case LOOP_LINK_ERROR:
        if (level >= CONF_WARN)
            cli_say("E042: cannot use %s: %e; %s", iface, err, cli_remedy(err));
        break;
    }
}
