/* See support.h. Anything that goes wrong here is a defect of the harness or of the library: it aborts. */
#include "fuzz/support/check.h"
#include "fuzz/support/support.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const uint8_t flp_fuzz_key[FLP_FUZZ_KEY_LEN] = {
   1,   8,   15,  22,  29,  36,  43,  50,  57,  64,  71,  78,  85,  92,  99,  106, 113, 120, 127, 134, 141, 148, 155, 162,
   169, 176, 183, 190, 197, 204, 211, 218, 225, 232, 239, 246, 253, 4,   11,  18,  25,  32,  39,  46,  53,  60,  67,  74,
   81,  88,  95,  102, 109, 116, 123, 130, 137, 144, 151, 158, 165, 172, 179, 186, 193, 200, 207, 214, 221, 228, 235, 242,
   249, 0,   7,   14,  21,  28,  35,  42,  49,  56,  63,  70,  77,  84,  91,  98,  105, 112, 119, 126, 133, 140, 147, 154};
uint8_t flp_fuzz_key_id[FLP_FUZZ_ID_LEN];

static mongocrypt_t *handle;
static uint8_t *key_document;
static size_t key_document_len;

static void make_key_document(void)
{
   enum { HEAD = 4 + 1 + sizeof "keyMaterial" + 4 + 1, LEN = HEAD + FLP_FUZZ_KEY_LEN + 1 };
   static uint8_t name[] = "\x17\0\0\0\x02keyAltName\0\x02\0\0\0n\0"; /* the literal's own NUL closes the document */
   uint8_t option[LEN] = {LEN, 0, 0, 0, 5};
   memcpy(option + 5, "keyMaterial", sizeof "keyMaterial");
   option[HEAD - 5] = FLP_FUZZ_KEY_LEN;
   memcpy(option + HEAD, flp_fuzz_key, FLP_FUZZ_KEY_LEN);
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(handle);
   mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(option, LEN);
   mongocrypt_binary_t *out = mongocrypt_binary_new();
   CHECK(ctx && binary && out);
   CHECK(mongocrypt_ctx_setopt_masterkey_local(ctx) && mongocrypt_ctx_setopt_key_material(ctx, binary));
   CHECK(flp_fuzz_init(ctx, mongocrypt_ctx_setopt_key_alt_name, name, sizeof name));
   CHECK(mongocrypt_ctx_datakey_init(ctx) && mongocrypt_ctx_finalize(ctx, out));
   key_document_len = mongocrypt_binary_len(out);
   key_document = malloc(key_document_len);
   CHECK(key_document && key_document_len > 64);
   memcpy(key_document, mongocrypt_binary_data(out), key_document_len);
   memcpy(flp_fuzz_key_id, key_document + 14, sizeof flp_fuzz_key_id); /* `_id` comes first */
   mongocrypt_binary_destroy(binary);
   mongocrypt_binary_destroy(out);
   mongocrypt_ctx_destroy(ctx);
}

mongocrypt_t *flp_fuzz_handle_new(void)
{
   return flp_fuzz_handle_with(NULL);
}

mongocrypt_t *flp_fuzz_handle(void)
{
   if (!handle) {
      handle = flp_fuzz_handle_new();
      make_key_document();
   }
   return handle;
}

const uint8_t *flp_fuzz_key_document(size_t *len)
{
   flp_fuzz_handle();
   *len = key_document_len;
   return key_document;
}

static uint8_t *copy(const uint8_t *data, size_t len)
{
   uint8_t *bytes = malloc(len ? len : 1);
   CHECK(bytes);
   if (len > 0) {
      memcpy(bytes, data, len);
   }
   return bytes;
}

bool flp_fuzz_init(mongocrypt_ctx_t *ctx, bool (*init)(mongocrypt_ctx_t *, mongocrypt_binary_t *), const uint8_t *data, size_t len)
{
   uint8_t *bytes = copy(data, len);
   mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(bytes, (uint32_t)len);
   bool ok = init(ctx, binary);
   memset(bytes, 0xDD, len);
   free(bytes);
   mongocrypt_binary_destroy(binary);
   return ok;
}

void flp_fuzz_try_handle_option(bool (*setter)(mongocrypt_t *, mongocrypt_binary_t *), const uint8_t *data, size_t len)
{
   uint8_t *bytes = copy(data, len);
   mongocrypt_t *fresh = mongocrypt_new();
   mongocrypt_status_t *status = mongocrypt_status_new();
   mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(bytes, (uint32_t)len);
   CHECK(fresh && status && binary);
   setter(fresh, binary);
   memset(bytes, 0xDD, len);
   free(bytes);
   mongocrypt_binary_destroy(binary);
   bool ok = mongocrypt_init(fresh);
   CHECK(mongocrypt_status(fresh, status) == ok);
   mongocrypt_status_destroy(status);
   mongocrypt_destroy(fresh);
}

/* The sum is not needed: reading is. */
static void read_all(const mongocrypt_binary_t *binary)
{
   const volatile uint8_t *data = mongocrypt_binary_data(binary);
   uint32_t sum = 0;
   for (uint32_t i = 0; i < mongocrypt_binary_len(binary); i++) {
      sum += data[i];
   }
   (void)sum;
}

static void check_error(mongocrypt_ctx_t *ctx)
{
   mongocrypt_status_t *status = mongocrypt_status_new();
   CHECK(!mongocrypt_ctx_status(ctx, status));
   uint32_t len = 0;
   const char *message = mongocrypt_status_message(status, &len);
   CHECK(message && strlen(message) == len && len > 0 && message[len - 1] == ']'); /* every error ends in its tag */
   mongocrypt_status_destroy(status);
}

/* The first question to query analysis may be about itself. */
static bool asks_wire_version(const mongocrypt_binary_t *op)
{
   static const uint8_t is_master[] = "\x13\0\0\0\x10isMaster\0\1\0\0\0"; /* the literal's own NUL closes the document */
   return mongocrypt_binary_len(op) == sizeof is_master && memcmp(mongocrypt_binary_data(op), is_master, sizeof is_master) == 0;
}

/* What the surroundings answer; a reply with NULL data is not given. */
static flp_fuzz_reply_t reply_to(mongocrypt_ctx_state_t state, const mongocrypt_binary_t *op, const flp_fuzz_world_t *world)
{
   static const uint8_t wire_version[] = "\x19\0\0\0\x10maxWireVersion\0\x1b\0\0\0"; /* 27 */
   switch (state) {
   case MONGOCRYPT_CTX_NEED_MONGO_COLLINFO:
   case MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB:
      return world->collinfo;
   case MONGOCRYPT_CTX_NEED_MONGO_MARKINGS:
      return asks_wire_version(op) ? (flp_fuzz_reply_t){wire_version, sizeof wire_version} : world->markings;
   default:
      return world->key;
   }
}

/* One question and its answer. */
static void answer(mongocrypt_ctx_t *ctx, mongocrypt_ctx_state_t state, const flp_fuzz_world_t *world)
{
   mongocrypt_binary_t *op = mongocrypt_binary_new();
   CHECK(mongocrypt_ctx_mongo_op(ctx, op) || mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_ERROR);
   if (mongocrypt_binary_data(op)) {
      read_all(op);
      if (state == MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB) {
         CHECK(mongocrypt_ctx_mongo_db(ctx));
      }
      const flp_fuzz_reply_t reply = reply_to(state, op, world);
      if (!reply.data || flp_fuzz_init(ctx, mongocrypt_ctx_mongo_feed, reply.data, reply.len)) {
         mongocrypt_ctx_mongo_done(ctx);
      }
   }
   mongocrypt_binary_destroy(op);
}

bool flp_fuzz_drive_in(mongocrypt_ctx_t *ctx, const flp_fuzz_world_t *world)
{
   enum { MAX_QUESTIONS = 8 }; /* more than any context has */
   bool finalized = false;
   mongocrypt_ctx_state_t state = mongocrypt_ctx_state(ctx);
   for (int n = 0; state != MONGOCRYPT_CTX_ERROR && state != MONGOCRYPT_CTX_READY; n++) {
      CHECK(n < MAX_QUESTIONS);
      answer(ctx, state, world);
      state = mongocrypt_ctx_state(ctx);
   }
   mongocrypt_binary_t *out = mongocrypt_binary_new();
   if (state == MONGOCRYPT_CTX_READY) {
      finalized = mongocrypt_ctx_finalize(ctx, out);
   }
   if (finalized) {
      read_all(out);
   } else {
      check_error(ctx);
   }
   mongocrypt_binary_destroy(out);
   mongocrypt_ctx_destroy(ctx);
   return finalized;
}

bool flp_fuzz_drive(mongocrypt_ctx_t *ctx, const uint8_t *reply, size_t reply_len)
{
   flp_fuzz_world_t world = {.key = {reply, reply_len}};
   if (!reply) {
      world.key.data = flp_fuzz_key_document(&world.key.len);
   }
   return flp_fuzz_drive_in(ctx, &world);
}

bool flp_fuzz_encrypt_init(mongocrypt_ctx_t *ctx, const uint8_t *command, size_t len)
{
   uint8_t *bytes = copy(command, len);
   mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(bytes, (uint32_t)len);
   bool ok = mongocrypt_ctx_encrypt_init(ctx, "db", -1, binary);
   memset(bytes, 0xDD, len);
   free(bytes);
   mongocrypt_binary_destroy(binary);
   return ok;
}

mongocrypt_t *flp_fuzz_handle_with(void (*more)(mongocrypt_t *))
{
   uint8_t kek[FLP_FUZZ_KEY_LEN] = {0};
   mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(kek, sizeof kek);
   mongocrypt_t *fresh = mongocrypt_new();
   CHECK(fresh && binary);
   CHECK(mongocrypt_setopt_kms_provider_local(fresh, binary));
   if (more) {
      more(fresh);
   }
   CHECK(mongocrypt_init(fresh));
   mongocrypt_binary_destroy(binary);
   return fresh;
}

void flp_fuzz_seal_again(uint8_t *blob, size_t len)
{
   enum { HEAD = 18 };
   static const uint8_t bits[8] = {0, 0, 0, 0, 0, 0, 0, 8 * HEAD};
   if (len < HEAD + FLP_FUZZ_TAG_LEN) {
      return;
   }
   uint8_t tag[64];
   size_t body = len - FLP_FUZZ_TAG_LEN;
   uint8_t *input = malloc(body + sizeof bits);
   CHECK(input);
   memcpy(input, blob, body);
   memcpy(input + body, bits, sizeof bits);
   CHECK(HMAC(EVP_sha512(), flp_fuzz_key, 32, input, body + sizeof bits, tag, NULL));
   memcpy(blob + body, tag, FLP_FUZZ_TAG_LEN);
   free(input);
}

void flp_fuzz_seal_ciphertext(uint8_t *document, size_t len, size_t id_at)
{
   enum { BEFORE_ID = 4 + 1 + 1 }; /* length of the binary, its subtype, the first byte of the ciphertext */
   if (id_at < BEFORE_ID) {
      return;
   }
   const uint8_t *field = document + id_at - BEFORE_ID;
   size_t blob_len = (size_t)field[0] | (size_t)field[1] << 8 | (size_t)field[2] << 16 | (size_t)field[3] << 24;
   if (blob_len <= len - (id_at - 1)) {
      flp_fuzz_seal_again(document + id_at - 1, blob_len);
   }
}

uint8_t *flp_fuzz_message(const uint8_t *blob, size_t blob_len, size_t *len)
{
   enum { HEAD = 4 + 1 + 2 + 4 + 1 };
   *len = HEAD + blob_len + 1;
   uint8_t *message = malloc(*len);
   CHECK(message);
   for (size_t i = 0; i < 4; i++) {
      message[i] = (uint8_t)(*len >> (8 * i));
      message[7 + i] = (uint8_t)(blob_len >> (8 * i));
   }
   message[4] = 5;
   message[5] = 'v';
   message[6] = 0;
   message[11] = 6;
   if (blob_len > 0) {
      memcpy(message + HEAD, blob, blob_len);
   }
   message[HEAD + blob_len] = 0;
   return message;
}
