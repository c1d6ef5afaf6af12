/* See the header. */
#include "ref/mongocrypt/ctx/test/support_drive.h"

#include "ref/base/base64.h"
#include "ref/base/doc_writer.h"
#include "ref/mongocrypt/crypto/aead.h"

#include <openssl/evp.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const uint8_t drive_key_id[16] = {'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a', 'a'};

static const char wrapped_base64[] =
   "gisEIpT5H6sKkvaGgWyqBGzwvsrTQEuy/zxaS8XLjO89ept5mV2JwtlajMKWR8GTx9WpNJRimN6fhHuUKECtLF8srBUhdWvkQszBv+moPJCpr/kXspFZPv8l7H71U7zFZwfM"
   "qJCLYHXOhY5ug2x4VEV3ogmhxVsui4LIhhStJSU5lp0UAkkeb/25lJ3NJLI/iFQiri8RzCWoh9tgeshE+Q==";

static const char sealed_x_base64[] =
   "AWFhYWFhYWFhYWFhYWFhYWECIYC38EV0ekONNrUQyOtwTxT7f9NckS1N/bcS6GDbmbICGcubgOe6aqUkIz7dmglJf7ywfPwAqW2BSywrZhwvtA==";

static flp_view_t decode(const char *text, uint8_t *storage, size_t size)
{
   flp_buf_t bytes = {0};
   bool out_of_memory = false;
   if (!flp_base64_decode(flp_view_text(text), &bytes, &out_of_memory) || bytes.len > size) {
      abort();
   }
   memcpy(storage, bytes.data, bytes.len);
   flp_view_t view = flp_view(storage, bytes.len);
   flp_buf_cleanup(&bytes);
   return view;
}

flp_view_t drive_sealed_x(void)
{
   static uint8_t storage[256];
   return decode(sealed_x_base64, storage, sizeof storage);
}

/* The data key: blocks SHA-256 of "fleproof/api/appendix-b/dek/<n>", joined. */
static void make_secret(uint8_t secret[FLP_SECRET_LEN])
{
   for (unsigned n = 0; n < 3; n++) {
      char text[64];
      snprintf(text, sizeof text, "fleproof/api/appendix-b/dek/%u", n);
      if (EVP_Digest(text, strlen(text), secret + 32 * n, NULL, EVP_sha256(), NULL) != 1) {
         abort();
      }
   }
}

flp_buf_t drive_seal(uint8_t type, flp_view_t plain)
{
   static const uint8_t iv[FLP_BLOCK_LEN];
   uint8_t secret[FLP_SECRET_LEN];
   flp_crypto_t crypto = {0};
   flp_status_t status = {0};
   flp_buf_t blob = {0};
   make_secret(secret);
   bool ok = flp_crypto_init(&crypto, &status) && flp_buf_reserve(&blob, 18 + flp_aead_sealed_len(plain.len));
   flp_crypto_state_t *state = ok ? flp_crypto_take(&crypto, &status) : NULL;
   if (!state) {
      abort();
   }
   blob.len = blob.cap;
   blob.data[0] = 2;
   memcpy(blob.data + 1, drive_key_id, 16);
   blob.data[17] = type;
   if (!flp_aead_seal(state, secret, flp_view(blob.data, 18), iv, plain, blob.data + 18, &status)) {
      abort();
   }
   flp_crypto_give(&crypto, state);
   flp_crypto_cleanup(&crypto);
   return blob;
}

mongocrypt_binary_t drive_in(flp_view_t bytes)
{
   union {
      const uint8_t *read;
      uint8_t *write;
   } pointer = {.read = bytes.data};
   return (mongocrypt_binary_t){.data = pointer.write, .len = (uint32_t)bytes.len};
}

/* Copies a written document into storage that stays. */
static flp_view_t store(flp_doc_writer_t *writer, uint8_t *storage, size_t size)
{
   flp_buf_t document = {0};
   if (!flp_doc_finish(writer, &document) || document.len > size) {
      abort();
   }
   memcpy(storage, document.data, document.len);
   flp_view_t view = flp_view(storage, document.len);
   flp_buf_cleanup(&document);
   return view;
}

static mongocrypt_t *make_handle(flp_view_t providers, bool on_demand)
{
   mongocrypt_t *crypt = mongocrypt_new();
   mongocrypt_binary_t in = drive_in(providers);
   if (crypt && on_demand) {
      mongocrypt_setopt_use_need_kms_credentials_state(crypt);
   }
   if (!crypt || !mongocrypt_setopt_kms_providers(crypt, &in) || !mongocrypt_init(crypt)) {
      mongocrypt_destroy(crypt);
      return NULL;
   }
   return crypt;
}

flp_view_t drive_providers(void)
{
   static const uint8_t zeros[96];
   static uint8_t storage[256];
   static flp_view_t providers;
   if (!providers.data) { /* a sweep over allocations must count the library's own only */
      flp_doc_writer_t writer = {0};
      flp_doc_begin(&writer, 0);
      flp_doc_open(&writer, "local", false);
      flp_doc_binary(&writer, "key", 0, flp_view(zeros, sizeof zeros));
      flp_doc_close(&writer);
      providers = store(&writer, storage, sizeof storage);
   }
   return providers;
}

mongocrypt_t *drive_handle(void)
{
   return make_handle(drive_providers(), false);
}

mongocrypt_t *drive_handle_with(flp_view_t providers)
{
   return make_handle(providers, true);
}

mongocrypt_t *drive_crypt;

int drive_set_up(void **unused)
{
   (void)unused;
   drive_crypt = drive_handle();
   return drive_crypt ? 0 : 1;
}

int drive_tear_down(void **unused)
{
   (void)unused;
   mongocrypt_destroy(drive_crypt);
   return 0;
}

flp_view_t drive_key_doc(void)
{
   static uint8_t storage[512], wrapped[256];
   static flp_view_t document;
   if (document.data) {
      return document;
   }
   flp_doc_writer_t writer = {0};
   flp_doc_begin(&writer, 0);
   flp_doc_binary(&writer, "_id", 4, flp_view(drive_key_id, sizeof drive_key_id));
   flp_doc_binary(&writer, "keyMaterial", 0, decode(wrapped_base64, wrapped, sizeof wrapped));
   flp_doc_date(&writer, "creationDate", 1);
   flp_doc_date(&writer, "updateDate", 1);
   flp_doc_int32(&writer, "status", 0);
   flp_doc_open(&writer, "masterKey", false);
   flp_doc_text(&writer, "provider", flp_view_text("local"));
   flp_doc_close(&writer);
   document = store(&writer, storage, sizeof storage);
   return document;
}

flp_view_t drive_create(void)
{
   static uint8_t storage[256];
   static flp_view_t command;
   if (command.data) {
      return command;
   }
   flp_doc_writer_t writer = {0};
   flp_doc_begin(&writer, 0);
   flp_doc_text(&writer, "create", flp_view_text("c"));
   flp_doc_open(&writer, "encryptedFields", false);
   flp_doc_open(&writer, "fields", true);
   flp_doc_open(&writer, "0", false);
   flp_doc_text(&writer, "path", flp_view_text("p"));
   flp_doc_text(&writer, "keyAltName", flp_view_text("n"));
   for (unsigned i = 0; i < 3; i++) {
      flp_doc_close(&writer);
   }
   command = store(&writer, storage, sizeof storage);
   return command;
}

flp_view_t drive_named_key_doc(void)
{
   static uint8_t storage[600];
   static const char names[] = "\4keyAltNames\0\x0e\0\0\0\2\x30\0\2\0\0\0n\0\0"; /* and the NUL of the document */
   flp_view_t plain = drive_key_doc();
   memcpy(storage, plain.data, plain.len - 1);
   memcpy(storage + plain.len - 1, names, sizeof names);
   flp_write_u32_le(storage, (uint32_t)(plain.len - 1 + sizeof names));
   return flp_view(storage, plain.len - 1 + sizeof names);
}

flp_view_t drive_doc(const char *key, uint8_t type, flp_view_t value)
{
   static uint8_t storage[4096];
   flp_doc_writer_t writer = {0};
   flp_doc_begin(&writer, 0);
   flp_doc_raw(&writer, type, flp_view_text(key), value);
   return store(&writer, storage, sizeof storage);
}

flp_view_t drive_binary_doc(const char *key, uint8_t subtype, flp_view_t bytes)
{
   static uint8_t storage[4096];
   flp_doc_writer_t writer = {0};
   flp_doc_begin(&writer, 0);
   flp_doc_binary(&writer, key, subtype, bytes);
   return store(&writer, storage, sizeof storage);
}

flp_view_t drive_text_doc(const char *key, const char *text)
{
   static uint8_t storage[4096];
   flp_doc_writer_t writer = {0};
   flp_doc_begin(&writer, 0);
   flp_doc_text(&writer, key, flp_view_text(text));
   return store(&writer, storage, sizeof storage);
}

flp_view_t drive_markings(size_t n)
{
   static const char head[] = "\0\0\0\0\3result\0\0\0\0"; /* and a NUL: the four bytes of the inner length */
   static const uint8_t marking[] = "\x2f\0\0\0\6\0\x2e\0\0\0\2v\0\2\0\0\0x\0\x10"
                                    "a\0\1\0\0\0\5ki\0\x10\0\0\0\4aaaaaaaaaaaaaaaa";
   static uint8_t storage[DRIVE_MARKINGS * 64];
   uint8_t *at = storage + sizeof head;
   if (n > DRIVE_MARKINGS) {
      abort();
   }
   memcpy(storage, head, sizeof head);
   for (size_t i = 0; i < n; i++) {
      at += snprintf((char *)at, 12, "\5f%zu", i) + 1;
      memcpy(at, marking, sizeof marking); /* its NUL closes the document */
      at += sizeof marking;
   }
   memset(at, 0, 2);
   const size_t len = (size_t)(at + 2 - storage);
   flp_write_u32_le(storage, (uint32_t)len);
   flp_write_u32_le(storage + sizeof head - 4, (uint32_t)(len - sizeof head + 4 - 1));
   return flp_view(storage, len);
}

bool drive_to_end(mongocrypt_ctx_t *ctx, flp_view_t *result)
{
   mongocrypt_binary_t out = {0};
   if (mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_NEED_MONGO_KEYS) {
      mongocrypt_binary_t reply = drive_in(drive_key_doc());
      if (!mongocrypt_ctx_mongo_op(ctx, &out) || !mongocrypt_ctx_mongo_feed(ctx, &reply) || !mongocrypt_ctx_mongo_done(ctx)) {
         return false;
      }
   }
   if (!mongocrypt_ctx_finalize(ctx, &out)) {
      return false;
   }
   *result = flp_view(out.data, out.len);
   return true;
}

const char *drive_error(mongocrypt_ctx_t *ctx)
{
   static char text[1400];
   mongocrypt_status_t *status = mongocrypt_status_new();
   mongocrypt_ctx_status(ctx, status);
   const char *message = mongocrypt_status_message(status, NULL);
   snprintf(text, sizeof text, "%s", message ? message : "");
   mongocrypt_status_destroy(status);
   return text;
}

void drive_assert_error(mongocrypt_ctx_t *ctx, const char *fragment)
{
   const char *error = drive_error(ctx);
   if (!strstr(error, fragment)) {
      fail_msg("`%s` is not in `%s`", fragment, error);
   }
}

mongocrypt_ctx_t *drive_explicit(mongocrypt_t *crypt, const char *algorithm, flp_view_t msg)
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   mongocrypt_binary_t id = drive_in(flp_view(drive_key_id, sizeof drive_key_id));
   mongocrypt_binary_t in = drive_in(msg);
   if (ctx && mongocrypt_ctx_setopt_key_id(ctx, &id) && mongocrypt_ctx_setopt_algorithm(ctx, algorithm, -1)) {
      mongocrypt_ctx_explicit_encrypt_init(ctx, &in);
   }
   return ctx;
}
