/* Contexts of every kind as data: what the handle has, what is asked of it, what the world answers. One loop drives them all. For the
 * test of the table of states. */
#ifndef FLP_CTX_TEST_SUPPORT_SCENARIO_H
#define FLP_CTX_TEST_SUPPORT_SCENARIO_H

#include "ref/mongocrypt/ctx/test/support_calls.h"

/* What a context is for, in the eyes of its caller. */
typedef enum { FOR_DATAKEY, FOR_EXPLICIT, FOR_DECRYPT, FOR_ENCRYPT, FOR_REWRAP } scenario_kind_t;

/* Texts are extended JSON with single quotes. */
typedef struct {
   const char *name;
   scenario_kind_t kind;
   const char *providers;   /* of the handle; NULL: local */
   bool on_demand;          /* use_need_kms_credentials_state */
   const char *given;       /* credentials; NULL: local */
   const char *schema_map, *efc_map;
   bool multiple_collinfo, collinfo_with_db, bypass_analysis;
   const char *input;       /* key encryption key, document or command; NULL: none, or the usual one */
   int wire_version;        /* of mongocryptd; 0: 26 */
   const char *collinfo;    /* one result; NULL: none */
   bool marked;             /* query analysis marks a field */
   bool warm;               /* the same was done before on this handle, so keys are cached */
   bool no_keys;            /* the key vault has none */
} scenario_t;

/* A handle with its options, and a context after its init. */
mongocrypt_t *scenario_handle(const scenario_t *scenario);
mongocrypt_ctx_t *scenario_begin(const scenario_t *scenario, mongocrypt_t *crypt);

/* What the calls of this state take. Views are valid until the next call. */
drive_inputs_t scenario_inputs(const scenario_t *scenario, mongocrypt_ctx_t *ctx);

/* One round: answers what the state asks for, or finalizes. False in DONE and ERROR, and where a call failed. */
bool scenario_step(const scenario_t *scenario, mongocrypt_ctx_t *ctx);

#endif
