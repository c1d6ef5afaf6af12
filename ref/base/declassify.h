/* For the check of constant time (tools/constant_time.sh) alone; in every other build it is nothing: FLP_DECLASSIFY tells valgrind that a
 * value that was made from secrets is public. */
#ifndef FLP_BASE_DECLASSIFY_H
#define FLP_BASE_DECLASSIFY_H

#ifdef FLP_CONSTANT_TIME
#include <valgrind/memcheck.h>
#define FLP_DECLASSIFY(address, len) VALGRIND_MAKE_MEM_DEFINED(address, len)
#else
#define FLP_DECLASSIFY(address, len) ((void)(address), (void)(len))
#endif

#endif
