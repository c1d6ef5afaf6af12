/* The proof that time, chance and memory of a subject are the host's: before the first case, in a child of its own, so that a subject
 * that dies or hangs there still gets its cases. */
#ifndef FLP_HOST_ABI_PROOF_H
#define FLP_HOST_ABI_PROOF_H

#include "runner/host/abi/run.h"

typedef enum { FLP_HOOKS_AUTO, FLP_HOOKS_ON, FLP_HOOKS_OFF } flp_hooks_mode_t;

typedef struct {
   bool clock_virtual, random_seeded, alloc_counted, native_crypto, use_hooks;
   char how[64]; /* `ok`, `crash(SIGSEGV)`, `hang`, `exit(N)`, `none`, or the ABI function that failed */
} flp_proof_t;

/* The subject has `timeout_ms` of real time. */
void flp_prove(flp_host_t *host, flp_hooks_mode_t mode, int timeout_ms, flp_proof_t *proof);

/* For a subject that an earlier host has proven: only how it gets its cryptography is settled. */
void flp_prove_nothing(flp_host_t *host, flp_hooks_mode_t mode, flp_proof_t *proof);

/* `SIGSEGV`; or `SIG34` where it has no name. */
void flp_signal_name(int number, char *out, size_t len);

#endif
