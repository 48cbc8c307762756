/*
 * assert.h - assert() for the program that is shipped
 *
 * Stands in front of the C library's for the release build alone: that one
 * keeps the text of every condition and the name of every function, 5 KB
 * for a line that nobody should see. File and line say as much. Tests keep
 * the library's.
 */
#ifndef CRIER_ASSERT_H
#define CRIER_ASSERT_H

#ifndef __FILE_NAME__ /* the last part of the path; older compilers lack it */
#define __FILE_NAME__ __FILE__
#endif

_Noreturn void assert_failed(const char *file, int line); /* main.c */

#define assert(condition) \
    ((condition) ? (void)0 : assert_failed(__FILE_NAME__, __LINE__))

#endif
