/* See the header. */
#include "ref/mongocrypt/key/test/support_key_doc.h"

#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/crypto/wrap.h"

#include <stdlib.h>
#include <string.h>

static bool is(const char *chosen, const char *field)
{
   return chosen && strcmp(chosen, field) == 0;
}

/* True when the field was dealt with: left out, or of the wrong type. */
static bool spoiled(const key_doc_spec_t *spec, flp_doc_writer_t *writer, const char *field)
{
   if (is(spec->as_bool, field)) {
      flp_doc_bool(writer, field, true);
      return true;
   }
   return is(spec->leave_out, field);
}

static void write_names(const key_doc_spec_t *spec, flp_doc_writer_t *writer)
{
   char key[24];
   flp_doc_open(writer, "keyAltNames", true);
   for (size_t i = 0; i < 3 && spec->names[i]; i++) {
      flp_doc_text(writer, flp_doc_index(i, key), flp_view_text(spec->names[i]));
   }
   flp_doc_close(writer);
}

flp_buf_t make_key_doc(flp_crypto_state_t *state, const key_doc_spec_t *spec)
{
   uint8_t id[16], secret[FLP_SECRET_LEN], wrapped[FLP_WRAPPED_LEN];
   flp_status_t status = {0};
   flp_doc_writer_t writer = {0};
   flp_buf_t out = {0};
   memset(id, spec->id, sizeof id);
   memset(secret, spec->secret, sizeof secret);
   if (!flp_wrap_data_key(state, spec->kek, secret, wrapped, &status)) {
      abort();
   }
   flp_doc_begin(&writer, 512);
   if (!spoiled(spec, &writer, "_id")) {
      flp_doc_binary(&writer, "_id", 4, flp_view(id, sizeof id));
   }
   if (!spoiled(spec, &writer, "keyAltNames") && spec->names[0]) {
      write_names(spec, &writer);
   }
   if (!spoiled(spec, &writer, "keyMaterial")) {
      flp_doc_binary(&writer, "keyMaterial", 0, flp_view(wrapped, spec->material_len > 0 ? spec->material_len : sizeof wrapped));
   }
   if (!spoiled(spec, &writer, "creationDate")) {
      flp_doc_date(&writer, "creationDate", 1);
   }
   if (!spoiled(spec, &writer, "updateDate")) {
      flp_doc_date(&writer, "updateDate", 1);
   }
   if (!spoiled(spec, &writer, "status")) {
      flp_doc_int32(&writer, "status", 0);
   }
   if (!spoiled(spec, &writer, "masterKey")) {
      flp_doc_open(&writer, "masterKey", false);
      flp_doc_text(&writer, "provider", flp_view_text(spec->provider ? spec->provider : "local"));
      flp_doc_close(&writer);
   }
   spoiled(spec, &writer, "version");
   if (spec->add) {
      flp_doc_int32(&writer, spec->add, 1);
   }
   if (!flp_doc_finish(&writer, &out)) {
      abort();
   }
   return out;
}
