/*
 * tree.h - names as chains of labels, for tests of the writer
 *
 * Keeps each name once, as the engine does, so a suffix is the same object
 * in all names that end with it. Letter case matters here.
 */
#ifndef CRIER_TESTS_TREE_H
#define CRIER_TESTS_TREE_H

#include "crier/name.h"
#include "crier/wire.h"

enum { TREE_MAX = 512 };

struct tree {
    struct label labels[TREE_MAX];
    uint8_t texts[TREE_MAX][NAME_LABEL_MAX];
    size_t count;
};

/* The chain of a name, in the tree from now on; aborts if it is full. */
struct label *tree_name(struct tree *tree, const struct name *name);

/* The same of a name written as text. */
struct label *tree_text(struct tree *tree, const char *text);

#endif
