/*
 * files.h - the files that crier run writes for others: metrics, hosts, and
 * its own memory of the name it came to
 */
#ifndef CRIER_RUN_FILES_H
#define CRIER_RUN_FILES_H

#include "crier/conf.h"
#include "crier/loop.h"
#include "serve.h"

struct files {
    struct loop *loop;
    struct pub *pub;
    const struct serve *serve; /* NULL: no control socket */
    const struct conf *conf;
    bool reload_failed;        /* the last one */

    /* its own */
    struct name remembered;    /* as the state file has it */
    bool settled;              /* what the host is called now is announced */
    bool state_failed, hosts_failed, metrics_failed; /* which was said */
    bool stopping;
    uint64_t hosts_hash;       /* of what was written last */
    uint64_t hosts_ms, state_ms, metrics_ms; /* not before */
};

/* The name that the host came to when it last had the configured one is the
 * first to be tried. All but "its own" is filled in; before the loop runs. */
void files_start(struct files *f);
void files_event(struct files *f, const struct dnssd_event *ev);
/* In each turn; when it wants the next one, 0: no time of its own. */
uint64_t files_tick(struct files *f, uint64_t now_ms);
/* The metrics once more, which say that it is down. */
void files_stop(struct files *f);

/* metrics.c: in the text format of Prometheus. */
void metrics_put(const struct files *f, struct text *t);

#endif
