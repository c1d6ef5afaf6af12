/* Drives contexts of automatic encryption, for the tests of this folder. Texts are extended JSON with single quotes; what is not as expected
 * fails the test. */
#ifndef FLP_CTX_TEST_SUPPORT_ENCRYPT_H
#define FLP_CTX_TEST_SUPPORT_ENCRYPT_H

#include "ref/mongocrypt/ctx/test/support_drive.h"

#define KEY_ID "{'$binary':{'base64':'YWFhYWFhYWFhYWFhYWFhYQ==','subType':'04'}}"
/* {v: "x", a: 1, ki: <the key>} behind a zero byte */
#define MARKED_X "{'$binary':{'base64':'AC4AAAACdgACAAAAeAAQYQABAAAABWtpABAAAAAEYWFhYWFhYWFhYWFhYWFhYQA=','subType':'06'}}"
/* The same with v: null */
#define MARKED_NULL "{'$binary':{'base64':'ACgAAAAKdgAQYQABAAAABWtpABAAAAAEYWFhYWFhYWFhYWFhYWFhYQA=','subType':'06'}}"
#define SEALED_X                                                                                                                           \
   "{'$binary':{'base64':'AWFhYWFhYWFhYWFhYWFhYWECIYC38EV0ekONNrUQyOtwTxT7f9NckS1N/bcS6GDbmbICGcubgOe6aqUkIz7dmglJf7ywfPwAqW2BSywrZhwvtA=" \
   "=','subType':'06'}}"

typedef struct {
   const char *schema_map;
   const char *efc_map;
   bool multiple, with_db, bypass;
} auto_options_t;

/* Makes a fresh handle, so that nothing is cached; `auto_local`: with an empty schema for db.c. */
void auto_handle(auto_options_t options);
void auto_local(void);
int auto_tear_down(void **unused);

/* A context with a command on database `db`. */
mongocrypt_ctx_t *auto_encrypt(const char *command);

/* One question, one reply, the end of replies (which leads to `state`). */
mongocrypt_binary_t auto_op(mongocrypt_ctx_t *ctx);
bool auto_feed(mongocrypt_ctx_t *ctx, const char *reply);
void auto_done(mongocrypt_ctx_t *ctx, mongocrypt_ctx_state_t state);

void auto_in_state(mongocrypt_ctx_t *ctx, mongocrypt_ctx_state_t state);
void auto_same(mongocrypt_binary_t got, const char *want);

/* From NEED_MONGO_KEYS on, with the one key. */
void auto_give_key(mongocrypt_ctx_t *ctx);

/* Ends the context: READY with this result; or ERROR with this tag; or from NEED_MONGO_MARKINGS on, with this reply and the key. */
void auto_result(mongocrypt_ctx_t *ctx, const char *want);
void auto_refused(mongocrypt_ctx_t *ctx, const char *tag);
void auto_analysed(mongocrypt_ctx_t *ctx, const char *reply, const char *want);

#endif
