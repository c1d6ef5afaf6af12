/* `$$decryptsTo`. Subtype 6: a value sealed with the data key of NAME, its key id being `!uuid NAME`. Subtype 0: a wrapped data key, sealed
 * with `!key NAME`; it opens to a binary of subtype 0. */
#include "runner/judge/match_decrypts.h"

#include "runner/material/aead.h"
#include "runner/material/material.h"

#include <stdlib.h>
#include <string.h>

static bool open_value(const char *key_name, const uint8_t *data, uint32_t len, flp_value_t *opened, char **reason)
{
   uint8_t key[FLP_AEAD_KEY], id[FLP_MATERIAL_UUID];
   flp_opened_t blob;
   const char *why = NULL;
   flp_material_data_key(key_name, key);
   flp_material_uuid(key_name, id);
   if (!flp_blob_open(key, data, len, &blob, &why)) {
      *reason = flp_text_format("the value cannot be opened with the data key of %s: %s", key_name, why ? why : "unknown");
      return false;
   }
   bool ok = memcmp(blob.key_id, id, sizeof id) == 0;
   if (ok) {
      flp_value_cleanup(opened);
      bson_copy_to(&blob.value, &opened->doc);
      opened->set = true;
   } else {
      *reason = flp_text_format("the value opens with the data key of %s, but it names another key id", key_name);
   }
   flp_opened_cleanup(&blob);
   return ok;
}

static bool open_data_key(const char *key_name, const uint8_t *data, uint32_t len, flp_value_t *opened, char **reason)
{
   bool ok = false;
   const char *why = NULL;
   size_t plain_len = 0;
   uint8_t kek[FLP_AEAD_KEY];
   uint8_t *plain = malloc(len ? len : 1);
   flp_material_key(key_name, kek);
   if (!plain || !flp_aead_open(kek, NULL, 0, data, len, plain, &plain_len, &why)) {
      *reason = flp_text_format("the wrapped key cannot be opened with the key %s: %s", key_name, why ? why : "unknown");
      goto done;
   }
   flp_value_from_binary(opened, BSON_SUBTYPE_BINARY, plain, plain_len);
   ok = true;
done:
   free(plain);
   return ok;
}

bool flp_open_with_named_key(const flp_case_t *the_case, const char *key_name, const bson_iter_t *ciphertext, flp_value_t *opened,
                             char **reason)
{
   (void)the_case;
   bson_subtype_t subtype;
   uint32_t len = 0;
   const uint8_t *data = NULL;
   if (!BSON_ITER_HOLDS_BINARY(ciphertext)) {
      *reason = flp_text_format("the value is not a binary: it was not encrypted");
      return false;
   }
   bson_iter_binary(ciphertext, &subtype, &len, &data);
   switch ((int)subtype) {
   case 6:
      return open_value(key_name, data, len, opened, reason);
   case 0:
      return open_data_key(key_name, data, len, opened, reason);
   default:
      *reason = flp_text_format("the value is a binary of subtype %d: not a ciphertext", (int)subtype);
      return false;
   }
}
