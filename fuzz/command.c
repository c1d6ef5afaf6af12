// fuzz: ref
/* A command for automatic encryption, hostile in itself. Byte 0 says what its collections `c` and `d` are: bit 0 a JSON Schema for `db.c`,
 * bit 1 encrypted fields for `db.d`, bit 2 encrypted fields by the name of a key, bit 3 no query analysis. Others are asked for and do not
 * exist. Rules R-CMD-*, R-AGG-*, R-QE-*. */
#include "fuzz/support/bson_mutate.h"
#include "fuzz/support/support.h"

FLP_FUZZ_BSON_INPUT(1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* {"db.c": {}}, {"db.d": {fields: [{path: "p", keyId: UUID}]}} and the same with keyAltName: "n" */
static uint8_t schema_map[] = "\x10\0\0\0\x03"
                              "db.c\0\x05\0\0\0\0";
static uint8_t by_id[] = "M\0\0\0\x03"
                         "db.d\0B\0\0\0\x04"
                         "fields\0"
                         "5\0\0\0\x03"
                         "0\0-\0\0\0\x02path\0\x02\0\0\0p\0\x05keyId\0\x10\0\0\0\x04"
                         "aaaaaaaaaaaaaaaa\0\0\0";
static uint8_t by_name[] = "C\0\0\0\x03"
                           "db.d\0"
                           "8\0\0\0\x04"
                           "fields\0+\0\0\0\x03"
                           "0\0#\0\0\0\x02path\0\x02\0\0\0p\0\x02keyAltName\0\x02\0\0\0n\0\0\0\0";
static const uint8_t nothing_to_do[] = " \0\0\0\x08schemaRequiresEncryption\0\0";

static uint8_t choice;

static void set(mongocrypt_t *handle, bool (*setter)(mongocrypt_t *, mongocrypt_binary_t *), uint8_t *bytes, uint32_t len)
{
   mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(bytes, len);
   setter(handle, binary);
   mongocrypt_binary_destroy(binary);
}

static void options(mongocrypt_t *handle)
{
   mongocrypt_setopt_enable_multiple_collinfo(handle);
   mongocrypt_setopt_use_need_mongo_collinfo_with_db_state(handle);
   if (choice & 1) {
      set(handle, mongocrypt_setopt_schema_map, schema_map, sizeof schema_map);
   }
   if (choice & 2) {
      set(handle, mongocrypt_setopt_encrypted_field_config_map, choice & 4 ? by_name : by_id, choice & 4 ? sizeof by_name : sizeof by_id);
   }
   if (choice & 8) {
      mongocrypt_setopt_bypass_query_analysis(handle);
   }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   static mongocrypt_t *handles[16]; /* what they remember is only that a collection does not exist */
   if (size == 0) {
      return 0;
   }
   choice = data[0] % 16;
   if (!handles[choice]) {
      handles[choice] = flp_fuzz_handle_with(options);
   }
   flp_fuzz_world_t world = {.markings = {nothing_to_do, sizeof nothing_to_do}};
   world.key.data = flp_fuzz_key_document(&world.key.len);
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(handles[choice]);
   flp_fuzz_encrypt_init(ctx, data + 1, size - 1);
   flp_fuzz_drive_in(ctx, &world);
   return 0;
}
