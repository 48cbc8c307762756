/*
 * facility.c - what this kernel turned out to have
 *
 * Nothing is probed for its own sake: whoever wants a facility tries it and
 * notes here how that went, for people who ask why crier is slow to notice.
 */
#include "private.h"

#include <assert.h>

static enum os_tried tried[OS_FACILITY_COUNT];

void facility_note(enum os_facility f, bool has)
{
    assert(f < OS_FACILITY_COUNT);
    tried[f] = has ? OS_HAS : OS_LACKS;
}

enum os_tried os_facility(enum os_facility f)
{
    assert(f < OS_FACILITY_COUNT);
    return tried[f];
}
