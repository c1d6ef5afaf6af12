/* The driving calls of a context by their names, with one signature for all. */
#ifndef FLP_CTX_TEST_SUPPORT_CALLS_H
#define FLP_CTX_TEST_SUPPORT_CALLS_H

#include "ref/mongocrypt/ctx/test/support_drive.h"

/* What those calls are given that take something. */
typedef struct {
   flp_view_t reply;
   flp_view_t credentials;
} drive_inputs_t;

typedef struct {
   const char *name;
   bool (*make)(mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs); /* false where the call gives false or NULL */
} drive_call_t;

enum { DRIVE_CALLS = 8 };
extern const drive_call_t drive_calls[DRIVE_CALLS];

/* Makes the call of this name. */
bool drive_call(const char *name, mongocrypt_ctx_t *ctx, const drive_inputs_t *inputs);

#endif
