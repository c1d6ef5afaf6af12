/* primitives.json, aead_fle1.json and local_kek_wrap.json on the functions of this folder, one test a case. What this folder cannot be
 * asked is left out, and a line says why. */
#include "ref/mongocrypt/crypto/aead.h"
#include "ref/mongocrypt/crypto/wrap.h"

#include "ref/base/test/vectors.h"

static flp_crypto_t crypto;
static flp_crypto_state_t *crypto_state;

static int set_up(void **unused)
{
   (void)unused;
   flp_status_t status = {0};
   if (!flp_crypto_init(&crypto, &status)) {
      return 1;
   }
   crypto_state = flp_crypto_take(&crypto, &status);
   return crypto_state ? 0 : 1;
}

static int tear_down(void **unused)
{
   (void)unused;
   flp_crypto_give(&crypto, crypto_state);
   flp_crypto_cleanup(&crypto);
   return 0;
}

/* --- primitives ------------------------------------------------------------------------------------------------------------ */

static void run_cbc(const json_t *row)
{
   flp_status_t status = {0};
   flp_buf_t key = vector_bytes(row, "key"), iv = vector_bytes(row, "iv"), plain = vector_bytes(row, "plaintext"), out = {0};
   assert_int_equal(key.len, 32);
   assert_int_equal(iv.len, FLP_BLOCK_LEN);
   assert_true(flp_buf_reserve(&out, plain.len));
   assert_true(flp_crypto_cbc_encrypt(crypto_state, key.data, iv.data, flp_view_of(&plain), out.data, &status));
   assert_vector(row, "ciphertext", out.data, plain.len);
   assert_true(flp_crypto_cbc_decrypt(crypto_state, key.data, iv.data, flp_view(out.data, plain.len), out.data, &status));
   assert_memory_equal(out.data, plain.data, plain.len);
   flp_buf_cleanup(&key);
   flp_buf_cleanup(&iv);
   flp_buf_cleanup(&plain);
   flp_buf_cleanup(&out);
}

static void run_hmac_512(const json_t *row)
{
   flp_status_t status = {0};
   flp_buf_t given = vector_bytes(row, "key"), message = vector_bytes(row, "message");
   uint8_t key[32] = {0}, mac[FLP_MAC_LEN];
   assert_in_range(given.len, 1, sizeof key);
   memcpy(key, given.data, given.len); /* a shorter key counts as one with zeros behind it */
   /* in parts of every kind: empty ones, one byte, the rest */
   const flp_view_t all = flp_view_of(&message);
   const flp_view_t parts[] = {flp_view(all.data, all.len > 0), flp_view(NULL, 0),
                               flp_view(all.data + (all.len > 0), all.len - (all.len > 0))};
   assert_true(flp_crypto_hmac_sha_512(crypto_state, key, parts, 3, mac, &status));
   assert_vector(row, "mac", mac, sizeof mac);
   flp_buf_cleanup(&given);
   flp_buf_cleanup(&message);
}

static const char *no_primitive(const json_t *row)
{
   const char *op = vector_text(row, "op");
   if (strcmp(op, "hmac-sha-512") == 0) {
      return strlen(vector_text(row, "key")) > 64 ? "keys of HMAC-SHA-512 have 32 bytes here" : NULL;
   }
   return strcmp(op, "aes-256-cbc-nopad") == 0 ? NULL : "no function of its own here; the tests of the host's hooks run them";
}

static void primitive(void **test_state)
{
   const json_t *row = *test_state;
   if (strcmp(vector_text(row, "op"), "aes-256-cbc-nopad") == 0) {
      run_cbc(row);
   } else {
      run_hmac_512(row);
   }
}

/* --- sealing and opening --------------------------------------------------------------------------------------------------- */

/* What the message of an error holds, by the check that refuses. */
static void assert_refused(const json_t *row, const flp_status_t *status)
{
   static const struct {
      const char *check, *text;
   } texts[] = {
      {"too_short", "too small"},       {"hmac", "HMAC validation failure"},        {"block_size", "not a multiple of block size"},
      {"padding", "malformed padding"}, {"empty_plaintext", "plaintext too small"}, {"dek_length", "incorrect length"},
   };
   char class_name[80];
   const char *check = vector_text(row, "check");
   snprintf(class_name, sizeof class_name, " [%s", vector_text(row, "error"));
   assert_non_null(strstr(status->message, class_name));
   for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
      if (strcmp(check, texts[i].check) == 0) {
         assert_non_null(strstr(status->message, texts[i].text));
         return;
      }
   }
   fail_msg("no text is known for check %s", check);
}

static void run_seal(const json_t *row, bool derive)
{
   flp_status_t status = {0};
   flp_buf_t key = vector_bytes(row, "key"), iv = vector_bytes(row, "iv"), plain = vector_bytes(row, "plaintext");
   flp_buf_t associated = vector_bytes(row, "aad"), out = {0};
   size_t len = flp_aead_sealed_len(plain.len);
   uint8_t derived[FLP_BLOCK_LEN];
   assert_true(flp_buf_reserve(&out, len));
   if (derive) {
      assert_true(flp_aead_derive_iv(crypto_state, key.data, flp_view_of(&associated), flp_view_of(&plain), derived, &status));
      assert_vector(row, "iv", derived, sizeof derived);
   }
   bool ok = flp_aead_seal(crypto_state, key.data, flp_view_of(&associated), iv.data, flp_view_of(&plain), out.data, &status);
   assert_int_equal(ok, vector_valid(row));
   if (ok) {
      assert_vector(row, "ciphertext", out.data, len);
   } else {
      assert_refused(row, &status);
   }
   flp_buf_cleanup(&key);
   flp_buf_cleanup(&iv);
   flp_buf_cleanup(&plain);
   flp_buf_cleanup(&associated);
   flp_buf_cleanup(&out);
}

/* Alone, and as the second of three, where the first and the third are good: how many there are must not matter. */
static void run_open(const json_t *row, size_t n_items, const flp_open_item_t *good)
{
   flp_status_t status = {0};
   flp_buf_t key = vector_bytes(row, "key"), associated = vector_bytes(row, "aad"), sealed = vector_bytes(row, "ciphertext"), arena = {0};
   flp_open_item_t items[3] = {*good, *good, *good};
   flp_open_item_t *item = &items[n_items / 2];
   *item = (flp_open_item_t){
      .key = key.data, .label = {.what = "value"}, .associated = flp_view_of(&associated), .sealed = flp_view_of(&sealed)};
   bool ok = flp_aead_open(crypto_state, items, n_items, &arena, &status);
   assert_int_equal(ok, vector_valid(row));
   if (ok) {
      assert_vector(row, "plaintext", item->plain, item->plain_len);
   } else {
      assert_refused(row, &status);
      assert_null(arena.data);
   }
   flp_buf_cleanup(&key);
   flp_buf_cleanup(&associated);
   flp_buf_cleanup(&sealed);
   flp_buf_cleanup(&arena);
}

static void run_both_opens(const json_t *row)
{
   flp_status_t status = {0};
   static const uint8_t key[FLP_SECRET_LEN] = {1}, iv[FLP_BLOCK_LEN] = {2};
   uint8_t sealed[FLP_SEALED_MIN];
   assert_true(flp_aead_seal(crypto_state, key, flp_view("head", 4), iv, flp_view("value", 5), sealed, &status));
   const flp_open_item_t good = {
      .key = key, .label = {.what = "value"}, .associated = flp_view("head", 4), .sealed = flp_view(sealed, sizeof sealed)};
   run_open(row, 1, &good);
   run_open(row, 3, &good);
}

static const char *no_aead(const json_t *row)
{
   bool fits = strlen(vector_text(row, "key")) == (size_t)2 * FLP_SECRET_LEN;
   return fits ? NULL : "keys of another length are refused before these functions are reached";
}

static void aead(void **test_state)
{
   const json_t *row = *test_state;
   const char *op = vector_text(row, "op");
   if (strcmp(op, "decrypt") == 0) {
      run_both_opens(row);
   } else {
      run_seal(row, strcmp(op, "deterministic_iv") == 0);
   }
}

/* --- wrapping ---------------------------------------------------------------------------------------------------------------- */

/* The vector of a wrapping is drawn inside, so what the file says is sealed by hand and then opened by the function. */
static void run_wrap(const json_t *row)
{
   flp_status_t status = {0};
   flp_buf_t kek = vector_bytes(row, "kek"), iv = vector_bytes(row, "iv"), dek = vector_bytes(row, "dek");
   uint8_t wrapped[FLP_WRAPPED_LEN], opened[FLP_SECRET_LEN];
   assert_true(flp_aead_seal(crypto_state, kek.data, flp_view(NULL, 0), iv.data, flp_view_of(&dek), wrapped, &status));
   assert_vector(row, "key_material", wrapped, sizeof wrapped);
   assert_true(flp_wrap_data_key(crypto_state, kek.data, dek.data, wrapped, &status));
   assert_true(flp_unwrap_data_key(crypto_state, kek.data, flp_view(wrapped, sizeof wrapped), NULL, flp_view("local", 5), opened, &status));
   assert_vector(row, "dek", opened, sizeof opened);
   flp_buf_cleanup(&kek);
   flp_buf_cleanup(&iv);
   flp_buf_cleanup(&dek);
}

static void run_unwrap(const json_t *row)
{
   flp_status_t status = {0};
   flp_buf_t kek = vector_bytes(row, "kek"), wrapped = vector_bytes(row, "key_material");
   uint8_t opened[FLP_SECRET_LEN];
   bool ok = flp_unwrap_data_key(crypto_state, kek.data, flp_view_of(&wrapped), NULL, flp_view("local", 5), opened, &status);
   assert_int_equal(ok, vector_valid(row));
   if (ok) {
      assert_vector(row, "dek", opened, sizeof opened);
   } else {
      assert_refused(row, &status);
   }
   flp_buf_cleanup(&kek);
   flp_buf_cleanup(&wrapped);
}

static const char *no_wrapping(const json_t *row)
{
   bool configures = strcmp(vector_text(row, "op"), "configure") == 0;
   return configures ? "the length of a local key is checked where providers are read" : NULL;
}

static void wrapping(void **test_state)
{
   const json_t *row = *test_state;
   if (strcmp(vector_text(row, "op"), "wrap") == 0) {
      run_wrap(row);
   } else {
      run_unwrap(row);
   }
}

int main(void)
{
   vectors_t vectors = {0};
   vectors_add(&vectors, "primitives.json", primitive, no_primitive);
   vectors_add(&vectors, "aead_fle1.json", aead, no_aead);
   vectors_add(&vectors, "local_kek_wrap.json", wrapping, no_wrapping);
   return vectors_run(&vectors, "vectors", set_up, tear_down);
}
