// fuzz: ref
/* What a hostile server says of a collection, while a command of one collection (byte 0 even) or of two is made ready for query analysis.
 * A fresh handle each time: what is fed is remembered for a minute. Rules R-COLL-*, R-AGG-*, R-QE-*. */
#include "fuzz/support/bson_mutate.h"
#include "fuzz/support/support.h"

FLP_FUZZ_BSON_INPUT(1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* {find: "c"} and {aggregate: "c", pipeline: [{$lookup: {from: "d"}}]} */
static const uint8_t find[] = "\x11\0\0\0\x02"
                              "find\0\x02\0\0\0c\0"; /* the literal's own NUL closes the document */
static const uint8_t aggregate[] = "G\0\0\0\x02"
                                   "aggregate\0\x02\0\0\0c\0\x04pipeline\0'\0\0\0\x03"
                                   "0\0\x1f\0\0\0\x03$lookup\0\x11\0\0\0\x02"
                                   "from\0\x02\0\0\0d\0\0\0\0";
static const uint8_t nothing_to_do[] = " \0\0\0\x08schemaRequiresEncryption\0\0";

static void options(mongocrypt_t *handle)
{
   mongocrypt_setopt_enable_multiple_collinfo(handle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   if (size == 0) {
      return 0;
   }
   mongocrypt_t *handle = flp_fuzz_handle_with(options);
   const flp_fuzz_world_t world = {.collinfo = {data + 1, size - 1}, .markings = {nothing_to_do, sizeof nothing_to_do}};
   /* Twice: the second context meets what the first has put into the cache. */
   for (int n = 0; n < 2; n++) {
      mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(handle);
      const bool two = data[0] % 2 == 1;
      flp_fuzz_encrypt_init(ctx, two ? aggregate : find, two ? sizeof aggregate : sizeof find);
      flp_fuzz_drive_in(ctx, &world);
   }
   mongocrypt_destroy(handle);
   return 0;
}
