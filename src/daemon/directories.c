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

struct list {
    char **name;
    size_t count, cap;
};

static void list_free(struct list *l)
{
    for (size_t i = 0; i < l->count; i++)
        free(l->name[i]);
    free(l->name);
}

static bool list_add(struct list *l, const char *name)
{
    if (l->count == l->cap) {
        size_t cap = l->cap > 0 ? 2 * l->cap : 64;
        char **more = realloc(l->name, cap * sizeof *more);

        if (more == NULL)
            return false;
        l->name = more;
        l->cap = cap;
    }
    l->name[l->count] = strdup(name);
    if (l->name[l->count] == NULL)
        return false;
    l->count++;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char suffix[] = ".service";
enum { SUFFIX_LEN = sizeof suffix - 1 };

/* 0, or a negative errno. */
static int list_read(struct list *l, const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *e;
    int err = 0;

    if (dir == NULL)
        return -errno;
    while (err == 0 && (e = readdir(dir)) != NULL) {
        size_t len = strlen(e->d_name);

        if (e->d_name[0] != '.' && len > SUFFIX_LEN &&
            strcmp(e->d_name + len - SUFFIX_LEN, suffix) == 0 &&
            !list_add(l, e->d_name))
            err = -ENOMEM;
    }
    closedir(dir);
    if (l->count > 0)
        sort(l->name, l->count, sizeof *l->name, by_name);
    return err;
}

static bool read_file(struct pub *p, const struct conf *c, struct service *s,
                      const char *dir, const char *name, struct report *r)
{
    char path[512], id[sizeof s->id + SUFFIX_LEN];
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
    ok = service_parse(s, text_end(&i), data, len, c, r) &&
         pub_service(p, s, r);
    free(data);
    return ok;
}

bool pub_directories(struct pub *p, const struct conf *c, struct report *r,
                     unsigned *count)
{
    /* 35 KB, which the system is to have back */
    struct service *s = os_pages(sizeof *s);
    unsigned errors = r->errors;

    *count = 0;
    for (unsigned i = 0; s != NULL && i < c->dir_count; i++) {
        const char *dir = c->dirs[i];
        struct list l = {NULL, 0, 0};
        int err = list_read(&l, dir);

        if (err < 0 && !(c->dirs_default && err == -ENOENT)) {
            r->file = dir;
            r->line = 0;
            report_at(r, 0, "E010", "cannot read the directory: %e; make it, "
                                    "or correct \"services\" in crier.conf",
                      err);
        }
        for (size_t k = 0; k < l.count; k++)
            *count += read_file(p, c, s, dir, l.name[k], r);
        list_free(&l);
    }
    if (s != NULL)
        os_pages_free(s, sizeof *s);
    return r->errors == errors;
}
