/*
 * image.h - what must not be baked into the image of a machine
 */
#ifndef CRIER_RUN_IMAGE_H
#define CRIER_RUN_IMAGE_H

#include <stdbool.h>

/* Look below root and say what is there, unless quiet; the exit code. */
int image_check(const char *root, bool quiet);

#endif
