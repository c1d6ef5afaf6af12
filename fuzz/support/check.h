/* What must hold in a fuzz target, or the run ends with a finding: also in builds without assertions. */
#ifndef FLP_FUZZ_CHECK_H
#define FLP_FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                                                                   \
   do {                                                                                                                                    \
      if (!(condition)) {                                                                                                                  \
         fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                                                                   \
         abort();                                                                                                                          \
      }                                                                                                                                    \
   } while (0)

#endif
