/*
 * judge.c - what the witness says of a packet that a scenario makes up
 *
 * A witness that never complains proves nothing: each of its rules is shown
 * a packet that breaks it, and one beside it that does not.
 */
#include <stdlib.h>
#include <string.h>

#include "script.h"

static bool how_word(struct sent *how, const char *word)
{
    if (strcmp(word, "legacy") == 0) {
        how->multicast = false;
        how->port = 40000;
    } else if (strcmp(word, "uc") == 0) {
        how->multicast = false;
    } else if (strcmp(word, "v6") == 0) {
        how->v6 = true;
    } else if (strncmp(word, "mtu=", 4) == 0) {
        how->mtu = (uint16_t)strtoul(word + 4, NULL, 10);
    } else {
        return false;
    }
    return true;
}

/* witness [legacy] [uc] [v6] [mtu=N] fine|"WORDS" PACKET: as the witness
 * finds a packet, which is not sent. WORDS are part of its complaint. */
bool witness_run(struct run *r, char **words, unsigned n)
{
    struct sent how = {.multicast = true, .port = MDNS_PORT, .mtu = 1500};
    struct packet_spec *s = calloc(1, sizeof *s);
    char buf[1400];
    const char *wanted, *found;
    struct msg m = {0};
    unsigned i = 0;
    bool ok;

    while (i < n && how_word(&how, words[i]))
        i++;
    wanted = i < n ? words[i++] : "fine";
    if (!packet_build(words + i, n - i, s)) {
        ok = run_fail(r, "witness: %s", s->error);
        free(s);
        return ok;
    }
    found = msg_parse(s->data, s->len, &m);
    if (found == NULL)
        found = witness_check(&how, &m, buf, sizeof buf);
    ok = strcmp(wanted, "fine") == 0
             ? found == NULL
             : found != NULL && strstr(found, wanted) != NULL;
    if (!ok)
        run_fail(r, "the witness says: %s", found != NULL ? found : "fine");
    msg_free(&m);
    free(s);
    return ok;
}
