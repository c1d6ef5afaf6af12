/* Run under valgrind by tools/constant_time.sh: the computed tag is marked undefined where it leaves the hook, so every branch and every
 * index that depends on it is reported. The one bit that may be known, whether the tags are equal, is declared defined by
 * FLP_DECLASSIFY in base (built with -DFLP_CONSTANT_TIME). Both outcomes are run: a tag that fits and one that does not. */
#include <mongocrypt/mongocrypt.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <valgrind/memcheck.h>

enum { KEY = 96, TAG = 32 };

static bool secret_tags; /* only while opening: a tag that is sealed into an output is public */

static bool cbc(mongocrypt_binary_t *key, mongocrypt_binary_t *iv, mongocrypt_binary_t *in, mongocrypt_binary_t *out, uint32_t *written,
                int encrypt)
{
   EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
   int n = 0;
   bool ok = ctx && EVP_CipherInit_ex(ctx, EVP_aes_256_cbc(), NULL, key->data, iv->data, encrypt) && EVP_CIPHER_CTX_set_padding(ctx, 0) &&
             EVP_CipherUpdate(ctx, out->data, &n, in->data, (int)in->len);
   *written = (uint32_t)n;
   EVP_CIPHER_CTX_free(ctx);
   return ok;
}

static bool cbc_encrypt(void *context, mongocrypt_binary_t *key, mongocrypt_binary_t *iv, mongocrypt_binary_t *in, mongocrypt_binary_t *out,
                        uint32_t *written, mongocrypt_status_t *status)
{
   (void)context;
   (void)status;
   return cbc(key, iv, in, out, written, 1);
}

static bool cbc_decrypt(void *context, mongocrypt_binary_t *key, mongocrypt_binary_t *iv, mongocrypt_binary_t *in, mongocrypt_binary_t *out,
                        uint32_t *written, mongocrypt_status_t *status)
{
   (void)context;
   (void)status;
   return cbc(key, iv, in, out, written, 0);
}

static bool random_bytes(void *context, mongocrypt_binary_t *out, uint32_t count, mongocrypt_status_t *status)
{
   (void)context;
   (void)status;
   return RAND_bytes(out->data, (int)count) == 1;
}

static bool hmac_512(void *context, mongocrypt_binary_t *key, mongocrypt_binary_t *in, mongocrypt_binary_t *out,
                     mongocrypt_status_t *status)
{
   (void)context;
   (void)status;
   bool ok = HMAC(EVP_sha512(), key->data, (int)key->len, in->data, in->len, out->data, NULL) != NULL;
   if (secret_tags) {
      VALGRIND_MAKE_MEM_UNDEFINED(out->data, out->len);
   }
   return ok;
}

static bool hmac_256(void *context, mongocrypt_binary_t *key, mongocrypt_binary_t *in, mongocrypt_binary_t *out,
                     mongocrypt_status_t *status)
{
   (void)context;
   (void)status;
   return HMAC(EVP_sha256(), key->data, (int)key->len, in->data, in->len, out->data, NULL) != NULL;
}

static bool sha_256(void *context, mongocrypt_binary_t *in, mongocrypt_binary_t *out, mongocrypt_status_t *status)
{
   (void)context;
   (void)status;
   return EVP_Digest(in->data, in->len, out->data, NULL, EVP_sha256(), NULL) == 1;
}

static void need(bool ok, const char *what)
{
   if (!ok) {
      fprintf(stderr, "constant_time: %s\n", what);
      exit(2);
   }
}

static uint32_t finish(mongocrypt_ctx_t *ctx, mongocrypt_binary_t *reply, uint8_t out[1024])
{
   mongocrypt_binary_t result = {0};
   uint32_t len = 0;
   if (mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_NEED_MONGO_KEYS && mongocrypt_ctx_mongo_feed(ctx, reply)) {
      mongocrypt_ctx_mongo_done(ctx);
   }
   if (mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_READY && mongocrypt_ctx_finalize(ctx, &result)) {
      len = result.len;
      memcpy(out, result.data, len);
   }
   mongocrypt_ctx_destroy(ctx);
   return len;
}

int main(void)
{
   uint8_t kek[KEY] = {0}, key_document[1024], sealed[1024], opened[1024];
   uint8_t message[] = "\x12\0\0\0\x02v\0\x06\0\0\0hello\0"; /* {v: "hello"} */
   mongocrypt_binary_t key = {.data = kek, .len = KEY};
   mongocrypt_t *crypt = mongocrypt_new();
   need(mongocrypt_setopt_crypto_hooks(crypt, cbc_encrypt, cbc_decrypt, random_bytes, hmac_512, hmac_256, sha_256, NULL), "hooks");
   need(mongocrypt_setopt_kms_provider_local(crypt, &key) && mongocrypt_init(crypt), "init");

   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   need(mongocrypt_ctx_setopt_masterkey_local(ctx) && mongocrypt_ctx_datakey_init(ctx), "data key");
   mongocrypt_binary_t document = {.data = key_document, .len = finish(ctx, NULL, key_document)};
   need(document.len > 0, "data key document");

   ctx = mongocrypt_ctx_new(crypt);
   mongocrypt_binary_t id = {.data = key_document + 14, .len = 16}, plain = {.data = message, .len = sizeof message};
   need(mongocrypt_ctx_setopt_key_id(ctx, &id) && mongocrypt_ctx_setopt_algorithm(ctx, MONGOCRYPT_ALGORITHM_RANDOM_STR, -1) &&
           mongocrypt_ctx_explicit_encrypt_init(ctx, &plain),
        "encrypt");
   secret_tags = true; /* the key document is opened here as well: its tag is as secret */
   ctx = (mongocrypt_ctx_state(ctx), ctx);
   need(mongocrypt_ctx_mongo_feed(ctx, &document) && mongocrypt_ctx_mongo_done(ctx), "key document");
   secret_tags = false;
   mongocrypt_binary_t blob = {.data = sealed, .len = finish(ctx, &document, sealed)};
   need(blob.len > 0, "sealed");

   for (int fits = 1; fits >= 0; fits--) {
      sealed[blob.len - 2] ^= (uint8_t)(1 - fits); /* the last byte of the tag */
      ctx = mongocrypt_ctx_new(crypt);
      need(mongocrypt_ctx_explicit_decrypt_init(ctx, &blob), "decrypt");
      secret_tags = true;
      need((finish(ctx, &document, opened) > 0) == (fits == 1), "outcome");
      secret_tags = false;
   }
   mongocrypt_destroy(crypt);
   puts(RUNNING_ON_VALGRIND ? "constant_time: ran under valgrind" : "constant_time: ran");
   return 0;
}
