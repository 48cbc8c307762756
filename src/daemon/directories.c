/*
 * directories.c - the service files of the configured directories
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "crier/conf.h"
#include "crier/os.h"
#include "crier/sort.h"

/* Names end to end, each with its 0, in pages that the system gets back:
 * there may be thousands, and they are needed just once. */
struct names {
    char *text;
    size_t len, room;
    size_t count;
};

enum { FIRST_ROOM = 16384 };

static bool names_add(struct names *n, const char *name)
{
    size_t len = strlen(name) + 1;

    if (n->room - n->len < len) {
        size_t room = n->room > 0 ? 2 * n->room : FIRST_ROOM;
        char *more = os_pages(room);

        if (more == NULL)
            return false;
        if (n->len > 0)
            memcpy(more, n->text, n->len);
        os_pages_free(n->text, n->room);
        n->text = more;
        n->room = room;
    }
    memcpy(n->text + n->len, name, len);
    n->len += len;
    n->count++;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In order; NULL if memory is out. */
static char **names_sort(const struct names *n)
{
    char **sorted = os_pages(n->count * sizeof *sorted);
    char *at = n->text;

    if (sorted == NULL)
        return NULL;
    for (size_t i = 0; i < n->count; i++, at += strlen(at) + 1)
        sorted[i] = at;
    sort(sorted, n->count, sizeof *sorted, by_name);
    return sorted;
}

static const char suffix[] = ".service";
enum { SUFFIX_LEN = sizeof suffix - 1 };

/* NULL at the end, with 0 or a negative errno in *err: to take half of a
 * directory for all of it would withdraw the rest. */
static const struct dirent *next_entry(DIR *dir, int *err)
{
    const struct dirent *e;

    errno = 0;
    e = readdir(dir);
    *err = e == NULL ? -errno : 0;
    return e;
}

/* 0, or a negative errno. */
static int names_read(struct names *n, const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *e;
    int err;

    os_readable(path);
    if (dir == NULL)
        return -errno;
    while ((e = next_entry(dir, &err)) != NULL) {
        size_t len = strlen(e->d_name);

        if (e->d_name[0] != '.' && len > SUFFIX_LEN &&
            strcmp(e->d_name + len - SUFFIX_LEN, suffix) == 0 &&
            !names_add(n, e->d_name)) {
            err = -ENOMEM;
            break;
        }
    }
    closedir(dir);
    return err;
}

/* Who gets the services, and what they are read with. */
struct visit {
    const struct conf *c;
    service_fn *fn;
    void *ctx;
    struct service *s;
    struct report *r;
    unsigned count;
};

static bool read_file(struct visit *v, const char *dir, const char *name)
{
    struct report *r = v->r;
    char path[512], id[sizeof v->s->id + SUFFIX_LEN];
    struct text t = text_memory(path, sizeof path);
    struct text i = text_memory(id, sizeof id);
    size_t len;
    int err = 0;
    char *data;
    bool ok;

    text_str(&t, dir);
    text_str(&t, "/");
    text_str(&t, name);
    r->file = text_end(&t);
    r->line = 0;
    data = t.failed ? NULL : conf_slurp(path, &len, &err);
    if (data == NULL) {
        report_at(r, 0, "E010", "cannot read the service: %e; mend or remove "
                                "the file", t.failed ? -ENAMETOOLONG : err);
        return false;
    }
    text_bytes(&i, name, strlen(name) - SUFFIX_LEN);
    ok = service_parse(v->s, text_end(&i), data, len, v->c, r) &&
         v->fn(v->ctx, v->s, r);
    free(data);
    return ok;
}

/* 0, or a negative errno: then nothing of it was read. */
static int read_directory(struct visit *v, const char *dir)
{
    struct names n = {NULL, 0, 0, 0};
    int err = names_read(&n, dir);
    char **sorted = NULL;

    if (err == 0 && n.count > 0) {
        sorted = names_sort(&n);
        err = sorted == NULL ? -ENOMEM : 0;
    }
    for (size_t i = 0; sorted != NULL && i < n.count; i++)
        v->count += read_file(v, dir, sorted[i]);
    os_pages_free(sorted, n.count * sizeof *sorted);
    os_pages_free(n.text, n.room);
    return err;
}

bool services_each(const struct conf *c, service_fn *fn, void *ctx,
                   struct report *r, unsigned *count)
{
    /* 35 KB, which the system is to have back */
    struct service *s = os_pages(sizeof *s);
    struct visit v = {c, fn, ctx, s, r, 0};
    unsigned errors = r->errors;

    *count = 0;
    if (s == NULL) {
        report_at(r, 0, "E041", "cannot read services: no memory; free some");
        return false;
    }
    for (unsigned i = 0; i < c->dir_count; i++) {
        const char *dir = c->dirs[i];
        int err = read_directory(&v, dir);

        if (err < 0 && !(c->dirs_default && err == -ENOENT)) {
            r->file = dir;
            r->line = 0;
            report_at(r, 0, "E010", "cannot read the directory: %e; make it, "
                                    "or correct \"services\" in crier.conf",
                      err);
        }
    }
    *count = v.count;
    os_pages_free(s, sizeof *s);
    return r->errors == errors;
}
