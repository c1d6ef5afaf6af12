/* What the targets share: one handle, one data key, and a MAC key to seal changed bytes again.
 * The targets reach the library through its public functions only; input bytes are copied, and freed right after each call. */
#ifndef FLP_FUZZ_SUPPORT_H
#define FLP_FUZZ_SUPPORT_H

#include <mongocrypt/mongocrypt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FLP_FUZZ_KEY_LEN = 96, FLP_FUZZ_ID_LEN = 16, FLP_FUZZ_TAG_LEN = 32 };

extern const uint8_t flp_fuzz_key[FLP_FUZZ_KEY_LEN]; /* the data key of every target */
extern uint8_t flp_fuzz_key_id[FLP_FUZZ_ID_LEN];     /* its id, set by flp_fuzz_handle */

/* A handle with a local provider of 96 zero bytes; the caller destroys it. `more` sets further options before init. */
mongocrypt_t *flp_fuzz_handle_new(void);
mongocrypt_t *flp_fuzz_handle_with(void (*more)(mongocrypt_t *));

/* The process's own such handle, made at the first call. */
mongocrypt_t *flp_fuzz_handle(void);

/* The key document of the data key, whose alternate name is `n`; borrowed. */
const uint8_t *flp_fuzz_key_document(size_t *len);

/* Drives a context to its end; feeds `reply` (or the key document, if NULL) when keys are asked for. True if it finalized. The result is
 * read byte by byte, so a length that lies is found. Destroys the context. */
bool flp_fuzz_drive(mongocrypt_ctx_t *ctx, const uint8_t *reply, size_t reply_len);

/* The same with an answer for every question; `data` NULL: nothing is fed. A question for the wire version is answered with 27. */
typedef struct {
   const uint8_t *data;
   size_t len;
} flp_fuzz_reply_t;
typedef struct {
   flp_fuzz_reply_t collinfo, markings, key;
} flp_fuzz_world_t;
bool flp_fuzz_drive_in(mongocrypt_ctx_t *ctx, const flp_fuzz_world_t *world);

/* Automatic encryption of a command for the database `db`; the bytes are copied, overwritten and freed. */
bool flp_fuzz_encrypt_init(mongocrypt_ctx_t *ctx, const uint8_t *command, size_t len);

/* Calls `init` with a copy of the bytes that is overwritten and freed right after. */
bool flp_fuzz_init(mongocrypt_ctx_t *ctx, bool (*init)(mongocrypt_ctx_t *, mongocrypt_binary_t *), const uint8_t *data, size_t len);

/* A fresh handle gets this option (a copy, freed right after), then init; the handle's status must say the same as init did. */
void flp_fuzz_try_handle_option(bool (*setter)(mongocrypt_t *, mongocrypt_binary_t *), const uint8_t *data, size_t len);

/* Puts the right tag at the end of a ciphertext (head of 18 bytes, IV, S, tag), so that changes get behind the check of the tag. */
void flp_fuzz_seal_again(uint8_t *blob, size_t len);

/* The same for a ciphertext inside a document: `id_at` is where its key id stands. Nothing is done where no binary fits around it. */
void flp_fuzz_seal_ciphertext(uint8_t *document, size_t len, size_t id_at);

/* {v: binary of subtype 6}; malloc'ed. */
uint8_t *flp_fuzz_message(const uint8_t *blob, size_t blob_len, size_t *len);

#endif
