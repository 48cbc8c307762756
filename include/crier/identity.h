/*
 * identity.h - which machine this is, for those who look for it
 *
 * A handful of fields, each from the first source that has it. Only what the
 * configuration lists is published: serial number and UUID are nobody's
 * business unless the operator says so. What is taken from the system to tell
 * machines apart (machine-id, instance id, MAC) is hashed and never sent.
 */
#ifndef CRIER_IDENTITY_H
#define CRIER_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crier/conf.h"

#define IDENTITY_TYPE "_crier-node._tcp"
#define IDENTITY_FILE "/run/crier/identity"

enum identity_field {
    ID_ID, ID_APP, ID_POS, ID_STATE, ID_ROLE, ID_MODEL, ID_VER, ID_SERIAL,
    ID_UUID, ID_MGMT, ID_FP, ID_CL,
    ID_COUNT
};

enum {
    IDENTITY_VALUE_MAX = 64, /* bytes; what is longer is no value */
    IDENTITY_TXT_MAX = 400,  /* bytes of all together */
    IDENTITY_CODE_LEN = 15,  /* characters of base32 */
    IDENTITY_PRIVATE = 1 << ID_SERIAL | 1 << ID_UUID,
    IDENTITY_USUAL = 1 << ID_ID | 1 << ID_APP | 1 << ID_POS | 1 << ID_STATE |
                     1 << ID_ROLE | 1 << ID_MODEL | 1 << ID_VER,
};

/* In the order in which they are asked. */
enum identity_source {
    ID_NONE, ID_ENVIRONMENT, ID_FILE, ID_SMBIOS, ID_FW_CFG, ID_CREDENTIAL,
    ID_DMI, ID_CLOUD_INIT, ID_MACHINE_ID, ID_MAC, ID_DEFAULT
};

struct identity {
    struct {
        uint8_t source; /* ID_NONE: there is no value */
        uint8_t len;
        char text[IDENTITY_VALUE_MAX + 1];
    } value[ID_COUNT];
};

const char *identity_field_name(unsigned field);
/* The field of that name, or -1. */
int identity_field(const char *name, size_t len);
const char *identity_source_name(unsigned source);

/*
 * What the system says of itself: all sources from SMBIOS strings to MAC, in
 * files below root ("": the real ones). May need root's rights for some.
 */
void identity_system(struct identity *id, const char *root);
/* The whole: environment, the file (NULL: none), system, what is usual. */
void identity_whole(struct identity *id, const char *file,
                    const struct identity *system);

/* The parts, for tests: lines of key=value; one table of SMBIOS type 11; the
 * instance id in cloud-init's JSON. What is there already stays. */
void identity_lines(struct identity *id, unsigned source, const char *data,
                    size_t len);
void identity_smbios(struct identity *id, const uint8_t *raw, size_t len);
void identity_cloud(struct identity *id, const char *json, size_t len);

/* Base32 of a hash over both: the same for the same, telling nothing else. */
void identity_code(char out[IDENTITY_CODE_LEN + 1], const char *label,
                   const void *data, size_t len);

/* FIPS 180-4 */
void sha256(uint8_t out[32], const void *data, size_t len);

/* "txtvers=1" and the fields of the mask as TXT rdata. False: some did not
 * fit and are left out. */
bool identity_txt(const struct identity *id, uint32_t fields, uint8_t *txt,
                  size_t *len);

/* --- the service that tells it ------------------------------------------- */

struct identity_node {
    struct identity system;
    void *handle; /* of pub_put() */
};

/*
 * To be called at the start, before the sandbox; then again after each reading
 * of the configuration: registers the service, or changes it in place. False
 * after a report; *whole false: some fields had no room.
 */
void identity_start(struct identity_node *n, const struct conf *c);
bool identity_publish(struct identity_node *n, struct pub *p,
                      const struct conf *c, struct report *r, bool *whole);

#endif
