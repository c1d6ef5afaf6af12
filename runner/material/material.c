/* Streams of SHA-256 and the key documents made of them. */
#include "runner/material/material.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

void flp_material_stream(const char *label, uint8_t *out, size_t len)
{
   uint8_t block[EVP_MAX_MD_SIZE];
   for (size_t done = 0, n = 0; done < len; n++) {
      unsigned block_len = 0;
      char *text = bson_strdup_printf("fleproof/%s/%zu", label, n);
      if (EVP_Digest(text, strlen(text), block, &block_len, EVP_sha256(), NULL) != 1) {
         /* SHA-256 of a short text fails only when OpenSSL cannot work at all: nothing that follows would mean anything. */
         fprintf(stderr, "fleproof: OpenSSL cannot compute SHA-256\n");
         abort();
      }
      bson_free(text);
      size_t take = len - done < block_len ? len - done : block_len;
      memcpy(out + done, block, take);
      done += take;
   }
}

static void stream_of_part(const char *name, const char *part, uint8_t *out, size_t len)
{
   char *label = bson_strdup_printf("%s/%s", name, part);
   flp_material_stream(label, out, len);
   bson_free(label);
}

void flp_material_key(const char *name, uint8_t out[FLP_AEAD_KEY])
{
   flp_material_stream(name, out, FLP_AEAD_KEY);
}

void flp_material_uuid(const char *name, uint8_t out[FLP_MATERIAL_UUID])
{
   stream_of_part(name, "id", out, FLP_MATERIAL_UUID);
   out[6] = (uint8_t)(0x40 | (out[6] & 0x0f));
   out[8] = (uint8_t)(0x80 | (out[8] & 0x3f));
}

void flp_material_data_key(const char *name, uint8_t out[FLP_AEAD_KEY])
{
   stream_of_part(name, "dek", out, FLP_AEAD_KEY);
}

static bool names_field(const bson_t *names, const char *field)
{
   bson_iter_t iter;
   if (!names || !bson_iter_init(&iter, names)) {
      return false;
   }
   while (bson_iter_next(&iter)) {
      if (BSON_ITER_HOLDS_UTF8(&iter) && strcmp(bson_iter_utf8(&iter, NULL), field) == 0) {
         return true;
      }
   }
   return false;
}

/* The document as libraries create it, before `set` and `unset`. */
static void plain_keydoc(const flp_keydoc_t *spec, const uint8_t *sealed, size_t sealed_len, bson_t *doc)
{
   uint8_t id[FLP_MATERIAL_UUID];
   bson_t master;

   flp_material_uuid(spec->name, id);
   BSON_APPEND_BINARY(doc, "_id", BSON_SUBTYPE_UUID, id, sizeof id);
   if (spec->alt_names) {
      BSON_APPEND_ARRAY(doc, "keyAltNames", spec->alt_names);
   }
   BSON_APPEND_BINARY(doc, "keyMaterial", BSON_SUBTYPE_BINARY, sealed, (uint32_t)sealed_len);
   BSON_APPEND_DATE_TIME(doc, "creationDate", FLP_MATERIAL_NOW_MS);
   BSON_APPEND_DATE_TIME(doc, "updateDate", FLP_MATERIAL_NOW_MS);
   BSON_APPEND_INT32(doc, "status", 0);
   BSON_APPEND_DOCUMENT_BEGIN(doc, "masterKey", &master);
   BSON_APPEND_UTF8(&master, "provider", spec->provider ? spec->provider : "local");
   bson_append_document_end(doc, &master);
}

static void append_changed(const bson_t *doc, const flp_keydoc_t *spec, bson_t *out)
{
   bson_iter_t iter, other;

   for (bool more = bson_iter_init(&iter, doc) && bson_iter_next(&iter); more; more = bson_iter_next(&iter)) {
      const char *field = bson_iter_key(&iter);
      if (names_field(spec->unset, field)) {
         continue;
      }
      bool exchanged = spec->set && bson_iter_init_find(&other, spec->set, field);
      bson_append_iter(out, field, -1, exchanged ? &other : &iter);
   }
   if (!spec->set || !bson_iter_init(&iter, spec->set)) {
      return;
   }
   while (bson_iter_next(&iter)) {
      if (!bson_has_field(doc, bson_iter_key(&iter))) {
         bson_append_iter(out, bson_iter_key(&iter), -1, &iter);
      }
   }
}

bool flp_material_keydoc(const flp_keydoc_t *spec, bson_t *out)
{
   uint8_t data_key[FLP_AEAD_KEY], iv[FLP_AEAD_IV];
   uint8_t sealed[FLP_AEAD_IV + FLP_AEAD_KEY + 16 + FLP_AEAD_TAG];

   flp_material_data_key(spec->name, data_key);
   stream_of_part(spec->name, "iv", iv, sizeof iv);
   if (!flp_aead_seal(spec->kek, iv, NULL, 0, data_key, sizeof data_key, sealed)) {
      return false;
   }
   bson_t doc = BSON_INITIALIZER;
   plain_keydoc(spec, sealed, sizeof sealed, &doc);
   append_changed(&doc, spec, out);
   bson_destroy(&doc);
   return true;
}
