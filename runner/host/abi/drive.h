/* The driver's own contract: one call in progress, and what its parts do for each other. drive.c has the loop, drive_kms.c the rounds
 * with a KMS, drive_events.c what is written. */
#ifndef FLP_HOST_ABI_DRIVE_H
#define FLP_HOST_ABI_DRIVE_H

#include "runner/host/abi/run.h"

/* mongocrypt_ctx_state_t, as far as the driver names them. */
enum {
   FLP_STATE_ERROR = 0,
   FLP_STATE_NEED_KMS = 4,
   FLP_STATE_READY = 5,
   FLP_STATE_DONE = 6,
   FLP_STATE_NEED_KMS_CREDENTIALS = 7,
   FLP_STATE_COLLINFO_WITH_DB = 8,
};

bool flp_state_known(uint64_t state);
/* The kind of question (flp_ask_kind_t) that a known state is, or -1. */
int flp_state_asks(uint64_t state);

/* What was handed to the subject in one answer, and what it said. */
typedef struct {
   flp_view_t bytes;
   bool ok;
} flp_given_t;

/* A KMS request: what it asks is the subject's until kms_done. */
typedef struct {
   void *kms;
   flp_view_t message, provider;
   const char *endpoint;
} flp_kms_request_t;

typedef struct {
   flp_run_t *run;
   flp_gate_t *gate;
   int64_t index; /* of the call */
   int64_t round;
   flp_view_t db; /* of the command; empty if the call has none */
   void *ctx;
   uint64_t state;
   flp_exchange_t exchange;
   bool over;   /* `outcome`, `stopped` or `problem` is written */
   size_t ask_from; /* where the fields of the question under way begin */
   flp_kms_request_t kms[FLP_MAX_KMS];
   size_t n_kms;
   flp_given_t *given;
   size_t n_given, cap_given;
} flp_drive_t;

/* What mongo_done or kms_done said. */
typedef enum { FLP_DONE_NOT_CALLED, FLP_DONE_TRUE, FLP_DONE_FALSE } flp_done_t;

/* --- events; the first three end the call ------------------------------------------------------------------------------------- */

/* result and error may be NULL; failed names the function that returned false, or is NULL. */
void flp_drive_outcome(flp_drive_t *d, const char *state, const flp_view_t *result, const flp_error_t *error, const char *failed);
/* The call of `fn` returned false (or does not exist): its object says why. */
void flp_drive_failed(flp_drive_t *d, flp_abi_kind_t kind, void *object, flp_fn_t fn);
void flp_drive_stopped(flp_drive_t *d, const char *reason, const char *why);

/* Begins and ends an `ask`; between them the caller adds what is asked. */
void flp_drive_begin_ask(flp_drive_t *d);
void flp_drive_end_ask(flp_drive_t *d);
/* For the `answer` of this round. Borrows `bytes` until it is written. */
void flp_drive_remember(flp_drive_t *d, flp_view_t bytes, bool ok);
void flp_drive_write_answer(flp_drive_t *d, const flp_turn_t *turn, flp_ask_kind_t kind, flp_done_t done);

/* --- rounds with a KMS -------------------------------------------------------------------------------------------------------- */

/* Gathers the requests that the subject hands out now. False: reading one failed, the call is over. */
bool flp_drive_gather_kms(flp_drive_t *d);
/* Writes the `ask`. The first request stands for the round in the world's eyes. */
void flp_drive_ask_kms(flp_drive_t *d, flp_question_t *question);
void flp_drive_answer_kms(flp_drive_t *d, const flp_turn_t *turn);

#endif
