/*
 * nodes.h - machines out of instances: who is who, and who is there twice
 */
#ifndef CRIER_NODES_NODES_H
#define CRIER_NODES_NODES_H

#include "crier/identity.h"
#include "crier/out.h"

struct node {
    const struct found *f;
    bool dup;     /* another machine has the same id */
    uint32_t pos; /* 0: none */
    struct {
        const uint8_t *p; /* NULL: not told */
        uint8_t len;
    } value[ID_COUNT];
};

struct node_wanted {
    bool fresh;      /* state=new alone */
    const char *app; /* of that appliance alone; NULL: any */
    bool apart;      /* the hosts do not hear each other, so two may have the
                        same name: then their addresses tell */
};

struct nodes {
    struct node *list; /* malloced; by appliance, position, id and name */
    size_t count;
    uint32_t distinct; /* different ids */
    uint32_t apps;     /* different appliances */
};

/*
 * The wanted ones. What has no id counts by its name; the same instance on
 * several links is one. False: no memory.
 */
bool nodes_make(struct nodes *n, struct found *const *list, size_t count,
                const struct node_wanted *wanted);
/* A single one, with the mark if another among all has its id. */
void nodes_one(struct node *n, const struct found *f,
               const struct found_set *all);
bool node_is_wanted(const struct node *n, const struct node_wanted *w);
/* How many different ids there are among those found. */
uint32_t nodes_distinct(const struct found_set *found);

/* nodes_print.c: "+ ID APPLIANCE ..."; all of them in columns; key=value
 * words, with event=EVENT in front unless it is NULL; an object. */
void node_line(const struct out *o, char sign, const struct node *n);
void nodes_table(const struct out *o, const struct nodes *n);
void node_words(struct text *to, const char *event, const struct node *n);
void node_json(struct text *t, const char *event, const struct node *n);

#endif
