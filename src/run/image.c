/*
 * image.c - crier check --image: state of one machine in a template of many
 *
 * Each machine made from it would have the same name or id, and they would
 * fight about the one or be taken for each other by the other.
 */
#include "image.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crier/cli.h"
#include "crier/identity.h"

enum { PATH_MOST = 512 };

struct image {
    const char *root;
    bool quiet;
    unsigned count;
    char path[PATH_MOST];
};

static void tell(struct image *im, const char *path, const char *why)
{
    im->count++;
    if (!im->quiet)
        text_fmt(&text_out, "%s: %s\n", path, why);
}

/* The path below root. */
static const char *below(struct image *im, const char *path)
{
    struct text t = text_memory(im->path, sizeof im->path - 1);

    text_str(&t, im->root);
    if (path[0] != '/')
        text_str(&t, "/");
    text_str(&t, path);
    return text_end(&t);
}

/* Whether it is there; a link is, wherever it leads. */
static bool there(struct image *im, const char *path, struct stat *st)
{
    return lstat(below(im, path), st) == 0;
}

/* Whether the file has a first line other than the words, "|"-separated. */
static bool says_more(struct image *im, const char *path, const char *words)
{
    size_t len, n = 0;
    int err;
    char *data = conf_slurp(below(im, path), &len, &err);
    bool more;

    while (data != NULL && n < len && data[n] > ' ')
        n++;
    more = n > 0;
    for (const char *w = words; more && *w != '\0';) {
        size_t word_len = strcspn(w, "|");

        more = word_len != n || memcmp(w, data, n) != 0;
        w += word_len + (w[word_len] == '|');
    }
    free(data);
    return more;
}

static void known_files(struct image *im)
{
    static const char fresh[] = "/etc/machine-id";
    static const char bus[] = "/var/lib/dbus/machine-id";
    struct stat st;

    if (says_more(im, fresh, "uninitialized"))
        tell(im, fresh, "all would have this machine's id; empty the file");
    if (there(im, bus, &st) && S_ISREG(st.st_mode) && st.st_size > 0)
        tell(im, bus, "all would have this machine's id; make it a link to "
                      "/etc/machine-id");
    if (says_more(im, "/etc/hostname", "localhost|localhost.localdomain"))
        tell(im, "/etc/hostname", "all would have this name; remove the file, "
                                  "or let DHCP or cloud-init name them");
    if (there(im, "/run/crier", &st))
        tell(im, "/run/crier", "what a daemon left when it ran here; remove "
                               "the directory");
}

/* A line of the configuration that names a file or a name. */
static void line(struct image *im, const struct tokens *t)
{
    const char *key = t->word[0].text, *value = t->word[1].text;
    struct stat st;

    if (strcmp(key, "hostname") == 0 && strcmp(value, "auto") != 0)
        tell(im, CONF_FILE, "all would have the name of the key \"hostname\"; "
                            "take the line out");
    else if (strcmp(value, "none") != 0 && strcmp(key, "state-file") == 0 &&
             there(im, value, &st))
        tell(im, value, "the state-file: all would ask for the name that one "
                        "of them got; remove it");
    else if (strcmp(value, "none") != 0 && strcmp(key, "identity-file") == 0 &&
             says_more(im, value, ""))
        tell(im, value, "the identity-file: all would be the same node; "
                        "remove it");
}

static void configuration(struct image *im)
{
    static struct tokens t;
    size_t len;
    int err;
    char *data = conf_slurp(below(im, CONF_FILE), &len, &err);

    for (size_t at = 0; data != NULL && at < len;) {
        const char *end = memchr(data + at, '\n', len - at);
        size_t n = end != NULL ? (size_t)(end - data) - at : len - at;

        if (tokens_split(&t, data + at, n) == TOKENS_OK && t.count >= 2)
            line(im, &t);
        at += n + 1;
    }
    free(data);
}

int image_check(const char *root, bool quiet)
{
    static struct image im;
    struct stat st;

    im.root = root;
    im.quiet = quiet;
    if (stat(root, &st) != 0 || !S_ISDIR(st.st_mode)) {
        cli_say("E010: cannot read %s: it is no directory; give the root of "
                "an image", root);
        return CLI_USAGE;
    }
    known_files(&im);
    configuration(&im);
    if (im.count == 0 && !quiet)
        text_str(&text_out, "nothing of one machine in it\n");
    text_flush(&text_out);
    return im.count == 0 ? CLI_OK : CLI_NONE;
}
