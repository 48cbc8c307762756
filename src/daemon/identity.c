/*
 * identity.c - who this machine is, from whoever knows it
 *
 * Sources are asked in a fixed order and the first that has a field wins, so
 * what an operator or a hypervisor says outweighs what the machine found out
 * by itself. A source that is not there, or may not be read, has nothing.
 */
#include "crier/identity.h"

#include <stdlib.h>
#include <string.h>

#include "crier/os.h"

enum { PATH_MOST = 512, TABLES_MOST = 16 };

static const char names[ID_COUNT][8] = {
    "id",  "app",    "pos",  "state", "role", "model",
    "ver", "serial", "uuid", "mgmt",  "fp",   "cl"};

static const char sources[][12] = {
    "-",   "environment", "file",       "smbios", "fw_cfg", "credential",
    "dmi", "cloud-init",  "machine-id", "mac",    "default"};

const char *identity_field_name(unsigned field)
{
    return names[field];
}

const char *identity_source_name(unsigned source)
{
    return sources[source];
}

int identity_field(const char *name, size_t len)
{
    for (int i = 0; i < ID_COUNT; i++)
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0)
            return i;
    return -1;
}

/* --- taking in ------------------------------------------------------------ */

static bool blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The value without blanks around it, unless there is one already. */
static void put(struct identity *id, unsigned source, unsigned field,
                const char *p, size_t len)
{
    while (len > 0 && blank(p[len - 1]))
        len--;
    while (len > 0 && blank(*p)) {
        p++;
        len--;
    }
    if (id->value[field].source != ID_NONE || len == 0 ||
        len > IDENTITY_VALUE_MAX)
        return;
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)p[i] < ' ' || p[i] == 0x7f)
            return;
    id->value[field].source = (uint8_t)source;
    id->value[field].len = (uint8_t)len;
    memcpy(id->value[field].text, p, len);
    id->value[field].text[len] = '\0';
}

static void put_pair(struct identity *id, unsigned source, const char *p,
                     size_t len)
{
    const char *eq = len > 0 ? memchr(p, '=', len) : NULL;
    int field = eq != NULL ? identity_field(p, (size_t)(eq - p)) : -1;

    if (field >= 0)
        put(id, source, (unsigned)field, eq + 1,
            len - (size_t)(eq + 1 - p));
}

void identity_lines(struct identity *id, unsigned source, const char *data,
                    size_t len)
{
    size_t start = 0;

    for (size_t i = 0; i <= len; i++) {
        if (i < len && data[i] != '\n' && data[i] != '\r' && data[i] != '\0')
            continue;
        put_pair(id, source, data + start, i - start);
        start = i + 1;
    }
}

/*
 * SMBIOS 3.x section 6.1.3: the formatted area, whose length is its second
 * byte, then strings that end with a zero byte, then an empty one. A string
 * that is cut off is none.
 */
void identity_smbios(struct identity *id, const uint8_t *raw, size_t len)
{
    enum { OEM_STRINGS = 11, HEADER = 4 };
    static const char mark[] = "crier:";
    size_t mark_len = sizeof mark - 1;
    size_t at = len > HEADER ? raw[1] : len;

    if (len <= HEADER || raw[0] != OEM_STRINGS || at < HEADER)
        return;
    while (at < len) {
        const uint8_t *end = memchr(raw + at, 0, len - at);
        size_t n = end != NULL ? (size_t)(end - raw) - at : 0;

        if (n == 0)
            return;
        if (n > mark_len && memcmp(raw + at, mark, mark_len) == 0)
            put_pair(id, ID_SMBIOS, (const char *)raw + at + mark_len,
                     n - mark_len);
        at += n + 1;
    }
}

/* --- codes ---------------------------------------------------------------- */

void identity_code(char out[IDENTITY_CODE_LEN + 1], const char *label,
                   const void *data, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char buf[32 + IDENTITY_VALUE_MAX];
    struct text t = text_memory(buf, sizeof buf);
    uint8_t hash[32];

    text_str(&t, "crier node ");
    text_str(&t, label);
    text_bytes(&t, "", 1);
    text_bytes(&t, data, len);
    sha256(hash, buf, t.len);
    for (unsigned i = 0; i < IDENTITY_CODE_LEN; i++) {
        unsigned bit = 5 * i;
        unsigned two = (unsigned)hash[bit / 8] << 8 | hash[bit / 8 + 1];

        out[i] = digits[two >> (11 - bit % 8) & 31];
    }
    out[IDENTITY_CODE_LEN] = '\0';
}

static void put_code(struct identity *id, unsigned source, const void *data,
                     size_t len)
{
    char code[IDENTITY_CODE_LEN + 1];

    identity_code(code, sources[source], data, len);
    put(id, source, ID_ID, code, IDENTITY_CODE_LEN);
}

/*
 * Not a JSON parser: the key, a colon, and the string behind. In a value the
 * key's quotes would stand behind backslashes, so it is not found there.
 */
void identity_cloud(struct identity *id, const char *json, size_t len)
{
    static const char keys[2][14] = {"\"instance_id\"", "\"instance-id\""};
    static const char none[] = "iid-datasource-none"; /* the same everywhere */
    enum { KEY = 13, NONE = sizeof none - 1 };

    for (size_t i = 0; i + KEY < len; i++) {
        size_t at = i + KEY, n = 0;

        if (memcmp(json + i, keys[0], KEY) != 0 &&
            memcmp(json + i, keys[1], KEY) != 0)
            continue;
        while (at < len && (blank(json[at]) || json[at] == ':'))
            at++;
        if (at == len || json[at++] != '"')
            continue;
        while (at + n < len && json[at + n] != '"' && json[at + n] != '\\')
            n++;
        if (n == 0 || n > IDENTITY_VALUE_MAX || at + n == len ||
            json[at + n] != '"')
            continue;
        if (n != NONE || memcmp(json + at, none, NONE) != 0)
            put_code(id, ID_CLOUD_INIT, json + at, n);
        return;
    }
}

/* --- sources -------------------------------------------------------------- */

/* A file below root; NULL if there is none, else malloced. */
static char *slurp(const char *root, const char *path, size_t *len)
{
    char full[PATH_MOST];
    struct text t = text_memory(full, sizeof full - 1);
    int err;

    text_str(&t, root);
    text_str(&t, path);
    text_end(&t);
    *len = 0;
    return t.failed ? NULL : conf_slurp(full, len, &err);
}

static void from_environment(struct identity *id)
{
    for (unsigned i = 0; i < ID_COUNT; i++) {
        char name[24] = "CRIER_ID_";
        size_t at = strlen(name);
        const char *value;

        for (const char *c = names[i]; *c != '\0'; c++)
            name[at++] = (char)(*c - 32);
        value = getenv(name);
        if (value != NULL)
            put(id, ID_ENVIRONMENT, i, value, strlen(value));
    }
}

static void from_smbios(struct identity *id, const char *root)
{
    for (unsigned i = 0; i < TABLES_MOST; i++) {
        char path[64];
        struct text t = text_memory(path, sizeof path - 1);
        size_t len;
        char *raw;

        text_fmt(&t, "/sys/firmware/dmi/entries/11-%u/raw", i);
        raw = slurp(root, text_end(&t), &len);
        if (raw == NULL)
            return;
        identity_smbios(id, (const uint8_t *)raw, len);
        free(raw);
    }
}

/* 32 hex digits; a template has an empty file, or "uninitialized". */
static void put_machine_id(struct identity *id, const char *data, size_t len)
{
    enum { DIGITS = 32 };

    if (len < DIGITS)
        return;
    for (unsigned i = 0; i < DIGITS; i++)
        if (memchr("0123456789abcdef", data[i], 16) == NULL)
            return;
    put_code(id, ID_MACHINE_ID, data, DIGITS);
}

/* What a file says, by who it is; of DMI also which field. */
static void from_file(struct identity *id, const char *root, const char *path,
                      unsigned source, unsigned field)
{
    size_t len;
    char *data = slurp(root, path, &len);

    if (data == NULL)
        return;
    if (source == ID_MACHINE_ID)
        put_machine_id(id, data, len);
    else if (source == ID_CLOUD_INIT)
        identity_cloud(id, data, len);
    else if (source != ID_DMI)
        identity_lines(id, source, data, len);
    else if (len > 3 && memcmp(data, "ds=", 3) != 0) /* of cloud-init's */
        put(id, source, field, data, len - (data[len - 1] == '\n'));
    free(data);
}

static void from_credential(struct identity *id, const char *root)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    char path[PATH_MOST];
    struct text t = text_memory(path, sizeof path - 1);

    text_str(&t, dir != NULL ? dir : "");
    text_str(&t, "/crier.identity");
    from_file(id, root, text_end(&t), ID_CREDENTIAL, 0);
}

/* addr_assign_type 0 is an address that the hardware has; where the file is
 * missing nobody knows better. */
static bool permanent(const char *root, const char *iface)
{
    char path[PATH_MOST];
    struct text t = text_memory(path, sizeof path - 1);

    text_str(&t, root);
    text_str(&t, "/sys/class/net/");
    text_str(&t, iface);
    text_str(&t, "/addr_assign_type");
    return os_number_read(text_end(&t)) <= 0;
}

/* The first MAC that is the hardware's, or else the first. */
static void from_mac(struct identity *id, const char *root)
{
    size_t len = OS_IFACES_MAX * sizeof(struct os_iface);
    struct os_iface *ifaces = os_pages(len); /* few are touched */
    struct os_ifwatch *w = os_ifwatch_open(false);
    const struct os_iface *best = NULL;
    bool found = false;
    int count = 0;

    if (ifaces != NULL && w != NULL)
        count = os_ifwatch_list(w, ifaces, OS_IFACES_MAX);
    for (int i = 0; i < count && !found; i++) {
        const uint8_t *mac = ifaces[i].mac;

        if (!ifaces[i].has_mac || (ifaces[i].flags & IFF_LOOPBACK) != 0 ||
            (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) == 0)
            continue;
        found = permanent(root, ifaces[i].name);
        if (found || best == NULL)
            best = &ifaces[i];
    }
    if (best != NULL)
        put_code(id, ID_MAC, best->mac, sizeof best->mac);
    if (w != NULL)
        os_ifwatch_close(w);
    os_pages_free(ifaces, len);
}

void identity_system(struct identity *id, const char *root)
{
    memset(id, 0, sizeof *id);
    from_smbios(id, root);
    from_file(id, root,
              "/sys/firmware/qemu_fw_cfg/by_name/opt/org.crier/identity/raw",
              ID_FW_CFG, 0);
    from_credential(id, root);
    from_file(id, root, "/sys/class/dmi/id/product_name", ID_DMI, ID_MODEL);
    from_file(id, root, "/sys/class/dmi/id/product_serial", ID_DMI, ID_SERIAL);
    from_file(id, root, "/sys/class/dmi/id/product_uuid", ID_DMI, ID_UUID);
    from_file(id, root, "/run/cloud-init/instance-data.json", ID_CLOUD_INIT, 0);
    from_file(id, root, "/etc/machine-id", ID_MACHINE_ID, 0);
    if (id->value[ID_ID].source == ID_NONE)
        from_mac(id, root);
}

void identity_whole(struct identity *id, const char *file,
                    const struct identity *system)
{
    static const char states[2][8] = {"new", "member"};
    const char *state;

    memset(id, 0, sizeof *id);
    from_environment(id);
    if (file != NULL)
        from_file(id, "", file, ID_FILE, 0);
    for (unsigned i = 0; i < ID_COUNT; i++)
        if (id->value[i].source == ID_NONE)
            id->value[i] = system->value[i];
    /* Of whom nobody says that it belongs somewhere is for the taking. */
    state = states[id->value[ID_CL].source != ID_NONE];
    put(id, ID_DEFAULT, ID_STATE, state, strlen(state));
}
