/* Short memory while options are set: every allocation fails once, each time alone. The call must end in a clean error (or, for objects,
 * NULL), the handle must be destroyed without a leak, and nothing may crash. Also: no block is given back with a planted secret in it. */
#include "ref/mongocrypt/test/allocator.h"
#include "ref/mongocrypt/test/json.h"

#include "mongocrypt/mongocrypt.h"

#if OWNS_ALLOCATOR

#include <malloc.h>

static volatile bool armed;       /* volatile: a compiler thinks that malloc and free read nothing of ours */
static volatile size_t countdown; /* the allocation that fails; 0: none */
static volatile size_t n_failed;
static volatile long n_live;
static volatile size_t n_secrets;

/* 24 bytes of the local key that the document of this test holds. */
static const uint8_t secret[24] = "aaaaaaaaaaaaaaaaaaaaaaaa";

static bool fails(void)
{
   if (!armed || countdown == 0) {
      return false;
   }
   countdown--;
   n_failed += countdown == 0 ? 1 : 0;
   return countdown == 0;
}

void *malloc(size_t size)
{
   void *block = fails() ? NULL : __libc_malloc(size);
   n_live += armed && block ? 1 : 0;
   return block;
}

void *calloc(size_t n, size_t size)
{
   void *block = fails() ? NULL : __libc_calloc(n, size);
   n_live += armed && block ? 1 : 0;
   return block;
}

void *realloc(void *old, size_t size)
{
   void *block = fails() ? NULL : __libc_realloc(old, size);
   n_live += armed && block && !old ? 1 : 0;
   return block;
}

void free(void *block)
{
   if (armed && block) {
      n_live--;
      size_t size = malloc_usable_size(block);
      n_secrets += memmem(block, size, secret, sizeof secret) ? 1 : 0;
   }
   __libc_free(block);
}

/* --- the run -------------------------------------------------------------------------------------------------------- */

static flp_buf_t providers, schema_map, efc_map, kek, name, material, range, text;

static void prepare(void)
{
   providers = from_json("{'aws':{'accessKeyId':'id','secretAccessKey':'secret','sessionToken':'token'},"
                         "'azure':{'tenantId':'t','clientId':'c','clientSecret':'s','identityPlatformEndpoint':'a.b'},"
                         "'gcp':{'email':'e','privateKey':'Zm9v'},'gcp:b':{'accessToken':'bearer'},'kmip':{'endpoint':'x'},"
                         "'local':{'key':'" JSON_24_BYTES JSON_24_BYTES JSON_24_BYTES JSON_24_BYTES "'},'local:b':{'key':" JSON_KEY "}}");
   schema_map = from_json("{'a.b':{}}");
   efc_map = from_json("{'a.c':{}}");
   kek = from_json("{'provider':'gcp','projectId':'p','location':'l','keyRing':'r','keyName':'n','endpoint':'a.b'}");
   name = from_json("{'keyAltName':'alternate'}");
   material = from_json("{'keyMaterial':" JSON_KEY "}");
   range = from_json("{'min':1,'max':2}");
   text = from_json("{'caseSensitive':true,'diacriticSensitive':true,'prefix':{}}");
}

static void cleanup(void)
{
   flp_buf_t *const all[] = {&providers, &schema_map, &efc_map, &kek, &name, &material, &range, &text};
   for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
      flp_buf_cleanup(all[i]);
   }
}

#define BINARY(buf) (&(mongocrypt_binary_t){(buf).data, (uint32_t)(buf).len})

static bool set_context(mongocrypt_ctx_t *ctx)
{
   return mongocrypt_ctx_setopt_key_alt_name(ctx, BINARY(name)) && mongocrypt_ctx_setopt_key_material(ctx, BINARY(material)) &&
          mongocrypt_ctx_setopt_algorithm_range(ctx, BINARY(range)) && mongocrypt_ctx_setopt_algorithm_text(ctx, BINARY(text)) &&
          mongocrypt_ctx_setopt_key_encryption_key(ctx, BINARY(kek));
}

/* One life of a handle and a context. False with the message of the error, or with an empty one where an object could not be made. */
static bool live(char message[1300])
{
   mongocrypt_status_t *status = mongocrypt_status_new();
   mongocrypt_t *crypt = mongocrypt_new();
   mongocrypt_ctx_t *ctx = NULL;
   bool ok = false;
   message[0] = '\0';
   if (!crypt || !status) {
      goto done;
   }
   mongocrypt_setopt_set_crypt_shared_lib_path_override(crypt, "unused.so");
   mongocrypt_setopt_bypass_query_analysis(crypt);
   ok = mongocrypt_setopt_kms_providers(crypt, BINARY(providers)) && mongocrypt_setopt_schema_map(crypt, BINARY(schema_map)) &&
        mongocrypt_setopt_encrypted_field_config_map(crypt, BINARY(efc_map)) && mongocrypt_init(crypt);
   if (!mongocrypt_status(crypt, status)) {
      snprintf(message, 1300, "%s", mongocrypt_status_message(status, NULL));
      ok = false;
      goto done;
   }
   ctx = mongocrypt_ctx_new(crypt);
   ok = ctx && set_context(ctx);
   if (ctx && !mongocrypt_ctx_status(ctx, status)) {
      snprintf(message, 1300, "%s", mongocrypt_status_message(status, NULL));
   }
done:
   mongocrypt_ctx_destroy(ctx);
   mongocrypt_destroy(crypt);
   mongocrypt_status_destroy(status);
   return ok;
}

static void each_allocation_may_fail_alone(void **state)
{
   char message[1300];
   size_t points = 0;
   (void)state;
   prepare();
   assert_true(live(message)); /* what OpenSSL sets up once is not ours to count */
   for (size_t n = 1;; n++) {
      countdown = n;
      n_failed = 0;
      n_live = 0;
      armed = true;
      bool ok = live(message);
      armed = false;
      if (n_live != 0) {
         fail_msg("allocation %zu: %ld blocks left over (%s)", n, n_live, message);
      }
      if (n_failed == 0) {
         assert_true(ok);
         break;
      }
      points++;
      /* OpenSSL may do without a block (a cache of its own): then the run succeeds, and that is fine */
      if (!ok && message[0] && !strstr(message, "[OUT_OF_MEMORY ")) {
         fail_msg("allocation %zu: %s", n, message);
      }
   }
   assert_true(points > 30);
   assert_int_equal(n_secrets, 0);
   cleanup();
}

static void the_scan_for_secrets_sees_one(void **state)
{
   (void)state;
   n_secrets = 0;
   volatile uint8_t *block = malloc(100); /* volatile: a compiler leaves out what is written before free */
   for (size_t i = 0; i < sizeof secret; i++) {
      block[30 + i] = secret[i];
   }
   armed = true;
   free((void *)block);
   armed = false;
   assert_int_equal(n_secrets, 1);
   n_secrets = 0;
}

static void a_long_message_without_memory_is_empty_but_an_error(void **state)
{
   static char text_4k[4096];
   mongocrypt_status_t *status = mongocrypt_status_new();
   (void)state;
   memset(text_4k, 'x', sizeof text_4k - 1);
   countdown = 1;
   armed = true;
   mongocrypt_status_set(status, MONGOCRYPT_STATUS_ERROR_KMS, 5, text_4k, -1);
   armed = false;
   assert_int_equal(mongocrypt_status_type(status), MONGOCRYPT_STATUS_ERROR_KMS);
   assert_int_equal(mongocrypt_status_code(status), 5);
   assert_string_equal(mongocrypt_status_message(status, NULL), "");
   mongocrypt_status_destroy(status);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_allocation_may_fail_alone),
      cmocka_unit_test(the_scan_for_secrets_sees_one),
      cmocka_unit_test(a_long_message_without_memory_is_empty_but_an_error),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void memory_belongs_to_the_sanitizer(void **state)
{
   (void)state;
   SKIP_WITHOUT_ALLOCATOR();
}

int main(void)
{
   const struct CMUnitTest tests[] = {cmocka_unit_test(memory_belongs_to_the_sanitizer)};
   return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
