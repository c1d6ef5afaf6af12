// fuzz: ref
/* The reply of a hostile query analysis: every marking in it names a key and a value. The command gets its schema from the handle, so the
 * reply is the only thing that comes from outside. Rules R-ENC-*, R-MARK-*. */
#include "fuzz/support/bson_mutate.h"
#include "fuzz/support/support.h"

#include <string.h>

FLP_FUZZ_BSON_INPUT(0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* {find: "c", $db: "db"} and {"db.c": {}} */
static const uint8_t command[] = "\x1d\0\0\0\x02"
                                 "find\0\x02\0\0\0c\0\x02$db\0\x03\0\0\0db\0"; /* the literal's own NUL closes the document */
static uint8_t schema_map[] = "\x10\0\0\0\x03"
                              "db.c\0\x05\0\0\0\0";

static void options(mongocrypt_t *handle)
{
   mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(schema_map, sizeof schema_map);
   mongocrypt_setopt_schema_map(handle, binary);
   mongocrypt_binary_destroy(binary);
}

/* The key document with an id that an input can know: sixteen `a`. The MAC of the key does not cover it. */
static uint8_t key[1024];
static size_t key_len;

static void take_key(void)
{
   const uint8_t *document = flp_fuzz_key_document(&key_len);
   memcpy(key, document, key_len);
   memset(key + 14, 'a', FLP_FUZZ_ID_LEN); /* `_id` comes first */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   static mongocrypt_t *handle; /* what an input says leaves nothing in it */
   if (!handle) {
      handle = flp_fuzz_handle_with(options);
      take_key();
   }
   const flp_fuzz_world_t world = {.markings = {data, size}, .key = {key, key_len}};
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(handle);
   flp_fuzz_encrypt_init(ctx, command, sizeof command);
   flp_fuzz_drive_in(ctx, &world);
   return 0;
}
