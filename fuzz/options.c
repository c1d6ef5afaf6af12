// fuzz: ref
/* Documents and texts that are options of a handle or of a context. Byte 0 chooses which; the rest is its value. Then init, and to the end
 * as far as it goes: an option that was taken must not hurt later. Rules R-CTX-*, R-DK-*, R-MAP-*. */
#include "fuzz/support/bson_mutate.h"
#include "fuzz/support/support.h"

#include <stdlib.h>
#include <string.h>

FLP_FUZZ_BSON_INPUT(1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* {v: "x"} */
static const uint8_t message[] = "\x0e\0\0\0\x02v\0\x02\0\0\0x\0"; /* the literal's own NUL closes the document */

typedef bool (*setter_t)(mongocrypt_ctx_t *, mongocrypt_binary_t *);
static const setter_t setters[] = {
   mongocrypt_ctx_setopt_key_encryption_key, mongocrypt_ctx_setopt_key_alt_name,
   mongocrypt_ctx_setopt_key_material,       mongocrypt_ctx_setopt_key_id,
   mongocrypt_ctx_setopt_index_key_id,       mongocrypt_ctx_setopt_algorithm_range,
   mongocrypt_ctx_setopt_algorithm_text,
};
enum { N_SETTERS = sizeof setters / sizeof setters[0], DATAKEY_SETTERS = 3 };

static void make_data_key(mongocrypt_ctx_t *ctx, setter_t setter, const uint8_t *data, size_t size)
{
   bool ok = flp_fuzz_init(ctx, setter, data, size);
   if (ok && setter != mongocrypt_ctx_setopt_key_encryption_key) {
      ok = mongocrypt_ctx_setopt_masterkey_local(ctx);
   }
   if (ok) {
      mongocrypt_ctx_datakey_init(ctx);
   }
   flp_fuzz_drive(ctx, NULL, 0);
}

/* Options of Queryable Encryption go with their own algorithm and a contention factor; a key id goes with the random one. */
static const struct {
   setter_t setter;
   const char *algorithm;
} indexed[] = {
   {mongocrypt_ctx_setopt_algorithm_range, MONGOCRYPT_ALGORITHM_RANGE_STR},
   {mongocrypt_ctx_setopt_algorithm_text, MONGOCRYPT_ALGORITHM_STRING_STR},
   {mongocrypt_ctx_setopt_index_key_id, MONGOCRYPT_ALGORITHM_INDEXED_STR},
};

static bool set_algorithm(mongocrypt_ctx_t *ctx, setter_t setter)
{
   for (size_t i = 0; i < sizeof indexed / sizeof indexed[0]; i++) {
      if (indexed[i].setter == setter) {
         return mongocrypt_ctx_setopt_algorithm(ctx, indexed[i].algorithm, -1) && mongocrypt_ctx_setopt_contention_factor(ctx, 1);
      }
   }
   return mongocrypt_ctx_setopt_algorithm(ctx, MONGOCRYPT_ALGORITHM_RANDOM_STR, -1);
}

static void encrypt_value(mongocrypt_ctx_t *ctx, setter_t setter, const uint8_t *data, size_t size)
{
   bool ok = flp_fuzz_init(ctx, setter, data, size) && set_algorithm(ctx, setter);
   if (ok && setter != mongocrypt_ctx_setopt_key_id) {
      ok = flp_fuzz_init(ctx, mongocrypt_ctx_setopt_key_id, flp_fuzz_key_id, FLP_FUZZ_ID_LEN);
   }
   if (ok) {
      flp_fuzz_init(ctx, mongocrypt_ctx_explicit_encrypt_init, message, sizeof message);
   }
   flp_fuzz_drive(ctx, NULL, 0);
}

static void set_aws_endpoint(mongocrypt_ctx_t *ctx, const char *text, int len)
{
   mongocrypt_ctx_setopt_masterkey_aws_endpoint(ctx, text, len);
}

static void set_aws_key_and_endpoint(mongocrypt_ctx_t *ctx, const char *text, int len)
{
   if (mongocrypt_ctx_setopt_masterkey_aws(ctx, text, len, "k", 1) && mongocrypt_ctx_setopt_masterkey_aws_endpoint(ctx, text, len)) {
      mongocrypt_ctx_datakey_init(ctx);
   }
}

static void set_algorithm_and_query_type(mongocrypt_ctx_t *ctx, const char *text, int len)
{
   if (mongocrypt_ctx_setopt_algorithm(ctx, text, len)) {
      mongocrypt_ctx_setopt_query_type(ctx, text, len);
   }
}

static void set_query_type(mongocrypt_ctx_t *ctx, const char *text, int len)
{
   mongocrypt_ctx_setopt_query_type(ctx, text, len);
}

static void (*const texts[])(mongocrypt_ctx_t *, const char *, int) = {set_aws_endpoint, set_aws_key_and_endpoint,
                                                                       set_algorithm_and_query_type, set_query_type};

/* Whether it was taken or not: destroying must free what it left. */
static void try_text(void (*set)(mongocrypt_ctx_t *, const char *, int), const uint8_t *data, size_t size)
{
   char *text = malloc(size + 1);
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(flp_fuzz_handle());
   if (text && ctx) {
      memcpy(text, data, size);
      text[size] = 0;
      set(ctx, text, (int)size);
   }
   free(text);
   mongocrypt_ctx_destroy(ctx);
}

static bool (*const maps[])(mongocrypt_t *, mongocrypt_binary_t *) = {mongocrypt_setopt_schema_map,
                                                                      mongocrypt_setopt_encrypted_field_config_map};
enum { N_MAPS = sizeof maps / sizeof maps[0] };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   if (size < 1) {
      return 0;
   }
   size_t choice = data[0] % (N_SETTERS + N_MAPS + sizeof texts / sizeof texts[0]);
   if (choice >= N_SETTERS + N_MAPS) {
      try_text(texts[choice - N_SETTERS - N_MAPS], data + 1, size - 1);
      return 0;
   }
   if (choice >= N_SETTERS) {
      flp_fuzz_try_handle_option(maps[choice - N_SETTERS], data + 1, size - 1);
      return 0;
   }
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(flp_fuzz_handle());
   if (choice < DATAKEY_SETTERS) {
      make_data_key(ctx, setters[choice], data + 1, size - 1);
   } else {
      encrypt_value(ctx, setters[choice], data + 1, size - 1);
   }
   return 0;
}
