/* A field takes no allocation of its own, nor does a marking: a document of a thousand more costs a doubling of the lists more. This program counts
 * what the library allocates. OpenSSL 3.0 copies two digest states for every MAC and allocates each time; it gets an allocator of its own
 * here, so that its share, which the bound of the benchmark has too, is not counted. Void under a sanitizer. */
#include "ref/mongocrypt/ctx/test/support_drive.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include <cmocka.h>

#include "ref/mongocrypt/test/allocator.h"

static unsigned long taken; /* allocations of the library */

#if OWNS_ALLOCATOR

SEEN void *malloc(size_t size)
{
   taken++;
   return __libc_malloc(size);
}

SEEN void *calloc(size_t n, size_t size)
{
   taken++;
   return __libc_calloc(n, size);
}

SEEN void *realloc(void *block, size_t size)
{
   taken++;
   return __libc_realloc(block, size);
}

static void *openssl_malloc(size_t size, const char *file, int line)
{
   (void)file;
   (void)line;
   return __libc_malloc(size);
}

static void *openssl_realloc(void *block, size_t size, const char *file, int line)
{
   (void)file;
   (void)line;
   return __libc_realloc(block, size);
}

static void openssl_free(void *block, const char *file, int line)
{
   (void)file;
   (void)line;
   __libc_free(block);
}
#endif

static int set_openssl_apart(void **state)
{
   (void)state;
#if OWNS_ALLOCATOR
   return CRYPTO_set_mem_functions(openssl_malloc, openssl_realloc, openssl_free) == 1 ? 0 : -1;
#else
   return 0;
#endif
}

/* A document of `n` sealed values. */
static flp_view_t document_of(size_t n)
{
   static uint8_t doc[400000];
   flp_view_t sealed = drive_sealed_x();
   size_t at = 4;
   for (size_t i = 0; i < n; i++) {
      at += (size_t)snprintf((char *)doc + at, 16, "\5f%zu", i) + 1;
      flp_write_u32_le(doc + at, (uint32_t)sealed.len);
      doc[at + 4] = 6;
      memcpy(doc + at + 5, sealed.data, sealed.len);
      at += 5 + sealed.len;
   }
   doc[at] = 0;
   flp_write_u32_le(doc, (uint32_t)at + 1);
   return flp_view(doc, at + 1);
}

static unsigned long allocations_for(mongocrypt_t *crypt, size_t n)
{
   flp_view_t result = {0};
   mongocrypt_binary_t in = drive_in(document_of(n));
   taken = 0;
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   assert_true(mongocrypt_ctx_decrypt_init(ctx, &in) && drive_to_end(ctx, &result));
   mongocrypt_ctx_destroy(ctx);
   return taken;
}

static bool encrypt(mongocrypt_ctx_t *ctx, flp_view_t markings)
{
   flp_view_t result = {0};
   mongocrypt_binary_t command = drive_in(drive_text_doc("find", "c")), in = drive_in(markings);
   return mongocrypt_ctx_encrypt_init(ctx, "db", -1, &command) &&
          (mongocrypt_ctx_state(ctx) == MONGOCRYPT_CTX_NEED_MONGO_MARKINGS || mongocrypt_ctx_mongo_done(ctx)) && /* no such collection */
          mongocrypt_ctx_mongo_feed(ctx, &in) && mongocrypt_ctx_mongo_done(ctx) && drive_to_end(ctx, &result);
}

static unsigned long allocations_for_markings(mongocrypt_t *crypt, size_t n)
{
   flp_view_t markings = drive_markings(n);
   taken = 0;
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(crypt);
   if (!encrypt(ctx, markings)) {
      fail_msg("%s", drive_error(ctx));
   }
   mongocrypt_ctx_destroy(ctx);
   return taken;
}

static void a_marking_takes_no_allocation_of_its_own(void **unused)
{
   (void)unused;
   SKIP_WITHOUT_ALLOCATOR();
   mongocrypt_t *crypt = drive_handle();
   (void)allocations_for_markings(crypt, 10);
   const unsigned long few = allocations_for_markings(crypt, 1000), many = allocations_for_markings(crypt, 2000);
   print_message("1,000 markings: %lu allocations; 2,000 markings: %lu\n", few, many);
   assert_true(few > 0 && few < 30);
   assert_true(many - few <= 2);
   mongocrypt_destroy(crypt);
}

static void a_field_takes_no_allocation_of_its_own(void **unused)
{
   (void)unused;
   SKIP_WITHOUT_ALLOCATOR();
   mongocrypt_t *crypt = drive_handle();
   (void)allocations_for(crypt, 10); /* the key is cached, the crypto state is made */
   const unsigned long few = allocations_for(crypt, 1000), many = allocations_for(crypt, 2000);
   print_message("1,000 fields: %lu allocations; 2,000 fields: %lu\n", few, many);
   assert_true(few > 0 && few < 30);
   assert_true(many - few <= 2);
   mongocrypt_destroy(crypt);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_field_takes_no_allocation_of_its_own),
      cmocka_unit_test(a_marking_takes_no_allocation_of_its_own),
   };
   return cmocka_run_group_tests(tests, set_openssl_apart, NULL);
}
