/* What is sent for a case: its nonce and its frame. Both depend on seed, subject and case only, never on jobs or order. */
#ifndef FLP_RUNNER_SUPERVISE_FRAME_H
#define FLP_RUNNER_SUPERVISE_FRAME_H

#include "ref/base/bytes.h"
#include "runner/grammar/case.h"

#define FLP_NONCE_SIZE 33 /* 32 hexadecimal digits and a NUL */

void flp_nonce(int64_t seed, const char *subject, const char *case_id, char nonce[FLP_NONCE_SIZE]);

typedef struct {
   const char *nonce;
   int64_t seed;
   bool watch_secrets;  /* the host looks for the case's keys in what the subject frees */
   uint64_t fail_alloc; /* at most so many allocations of the case fail in turn; UINT64_MAX: all; 0: none */
   bool forks;          /* each of them in a child */
} flp_frame_options_t;

/* Length and document, ready for the pipe. `frame` must be zeroed. False: no memory. */
bool flp_frame(const flp_case_t *the_case, const flp_frame_options_t *options, flp_buf_t *frame);

#endif
