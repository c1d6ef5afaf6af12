/* The two clocks. Both go through clock_gettime as a dynamic symbol, so a host can own time. */
#ifndef FLP_BASE_CLOCK_H
#define FLP_BASE_CLOCK_H

#include <stdint.h>

int64_t flp_clock_monotonic_ms(void); /* for ages; never goes back */
int64_t flp_clock_epoch_ms(void);     /* for dates in documents */

#endif
