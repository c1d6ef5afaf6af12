/* Drives contexts through the public functions, for the tests of this folder. One local key encryption key, one data key; the key
 * document and what the official library made of it are public test values. */
#ifndef FLP_CTX_TEST_SUPPORT_DRIVE_H
#define FLP_CTX_TEST_SUPPORT_DRIVE_H

#include "ref/base/bytes.h"

#include <mongocrypt/mongocrypt.h>

#define DETERMINISTIC MONGOCRYPT_ALGORITHM_DETERMINISTIC_STR
#define RANDOM MONGOCRYPT_ALGORITHM_RANDOM_STR

/* 16 times the letter a. */
extern const uint8_t drive_key_id[16];

/* The payload that deterministic encryption of the string "x" gives with that key. */
flp_view_t drive_sealed_x(void);

/* A payload with any plaintext of any type under that key: valid tag, IV of zeros. */
flp_buf_t drive_seal(uint8_t type, flp_view_t plain);

/* A handle with provider local (96 zero bytes), made and initialised; NULL when that fails. */
mongocrypt_t *drive_handle(void);

/* Those providers; valid for ever. Built at the first call. */
flp_view_t drive_providers(void);

/* The same with other providers and the state NEED_KMS_CREDENTIALS allowed. */
mongocrypt_t *drive_handle_with(flp_view_t providers);

/* Fixtures of a group: its handle. A test may destroy it and make a fresh one. */
extern mongocrypt_t *drive_crypt;
int drive_set_up(void **unused);
int drive_tear_down(void **unused);

/* The key document; valid for ever. It is built at the first call. */
flp_view_t drive_key_doc(void);

/* {create: "c", encryptedFields: ...} with one field that names its key "n"; built at the first call. */
flp_view_t drive_create(void);

/* The same key document with the alternate name "n". */
flp_view_t drive_named_key_doc(void);

/* {v: value} with value bytes as they are. In storage that the next call overwrites. */
flp_view_t drive_doc(const char *key, uint8_t type, flp_view_t value);
flp_view_t drive_binary_doc(const char *key, uint8_t subtype, flp_view_t bytes);
flp_view_t drive_text_doc(const char *key, const char *text);

/* A reply of query analysis: {result: {f0: marking, f1: marking, ...}}, each of the string "x", deterministic, under the key above. At most
 * DRIVE_MARKINGS; valid until the next call. */
#define DRIVE_MARKINGS 2000u
flp_view_t drive_markings(size_t n);

/* A view for a call; the bytes must outlive it. */
mongocrypt_binary_t drive_in(flp_view_t bytes);

/* From the first state to the last: feeds the key document where keys are asked for. False where a call failed. */
bool drive_to_end(mongocrypt_ctx_t *ctx, flp_view_t *result);

/* The text of the context's error, "" for none; in storage that the next call overwrites. */
const char *drive_error(mongocrypt_ctx_t *ctx);

/* Fails the test when the context's error does not hold the fragment. */
void drive_assert_error(mongocrypt_ctx_t *ctx, const char *fragment);

/* A context on which explicit encryption of `msg` was begun with the key above. */
mongocrypt_ctx_t *drive_explicit(mongocrypt_t *crypt, const char *algorithm, flp_view_t msg);

#endif
