/*
 * replay.c - run a fuzz target on saved inputs, with any compiler
 *
 *     fz_name FILE-OR-DIRECTORY...
 *
 * A finding ends the program as it would end the fuzzer. Directories are not
 * searched for directories.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned input_count;

static void give_up(const char *path)
{
    perror(path);
    exit(1);
}

/* The input is a heap block of its size, so that ASan sees its end. */
static void run_file(const char *path, size_t size)
{
    uint8_t *data = malloc(size > 0 ? size : 1);
    FILE *file = fopen(path, "rb");

    if (data == NULL || file == NULL)
        give_up(path);
    if (fread(data, 1, size, file) != size)
        give_up(path);
    fclose(file);
    fprintf(stderr, "%s\n", path); /* the last line names a finding */
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    input_count++;
}

static void run_path(const char *path, const char *entry)
{
    char full[4096];
    struct stat st;
    int len = snprintf(full, sizeof full, "%s%s%s", path,
                       entry != NULL ? "/" : "", entry != NULL ? entry : "");

    if (len < 0 || (size_t)len >= sizeof full || stat(full, &st) != 0)
        give_up(path);
    if (S_ISREG(st.st_mode))
        run_file(full, (size_t)st.st_size);
}

static void run_directory(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);

    if (count < 0)
        give_up(path);
    for (int i = 0; i < count; i++) {
        run_path(path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct stat st;

        if (stat(argv[i], &st) != 0)
            give_up(argv[i]);
        if (S_ISDIR(st.st_mode))
            run_directory(argv[i]);
        else
            run_path(argv[i], NULL);
    }
    fprintf(stderr, "%u inputs\n", input_count);
    if (input_count == 0) {
        fprintf(stderr, "nothing to replay\n");
        return 1;
    }
    return 0;
}
