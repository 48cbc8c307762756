/*
 * tree.c - names as chains of labels, for tests of the writer
 */
#include "tree.h"

#include <stdlib.h>
#include <string.h>

static struct label *tree_label(struct tree *tree, struct label *parent,
                                const uint8_t *text, uint8_t len)
{
    struct label *l;

    for (size_t i = 0; i < tree->count; i++) {
        l = &tree->labels[i];
        if (l->parent == parent && l->len == len &&
            memcmp(l->text, text, len) == 0)
            return l;
    }
    if (tree->count == TREE_MAX)
        abort();
    l = &tree->labels[tree->count];
    memcpy(tree->texts[tree->count], text, len);
    *l = (struct label){
        .parent = parent, .text = tree->texts[tree->count], .len = len};
    tree->count++;
    return l;
}

struct label *tree_name(struct tree *tree, const struct name *name)
{
    struct label *l = NULL;

    for (unsigned i = name_labels(name); i-- > 0;) {
        const uint8_t *label = name_label(name, i);

        l = tree_label(tree, l, label + 1, label[0]);
    }
    return l;
}

struct label *tree_text(struct tree *tree, const char *text)
{
    struct name name;

    if (name_from_text(text, &name, NULL) != NAME_TEXT_OK)
        abort();
    return tree_name(tree, &name);
}
