/* `$$decryptsTo`: opens a ciphertext with a named key, by the runner's own AEAD and not by anything of the subject. */
#ifndef FLP_RUNNER_JUDGE_MATCH_DECRYPTS_H
#define FLP_RUNNER_JUDGE_MATCH_DECRYPTS_H

#include "runner/judge/match.h"

/* False: `reason` (malloc'ed, or NULL) says why. `opened` must be zeroed. */
bool flp_open_with_named_key(const flp_case_t *the_case, const char *key_name, const bson_iter_t *ciphertext, flp_value_t *opened,
                             char **reason);

#endif
