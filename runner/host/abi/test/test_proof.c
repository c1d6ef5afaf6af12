/* The proof before the first case: what it finds of a subject that obeys, of one that does not, and of one that dies in it. */
#include "runner/host/abi/proof.h"

#include "runner/host/abi/test/support_fake.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { TIMEOUT_MS = 3000 };

static void a_subject_that_obeys_is_proven(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   flp_proof_t proof;
   fake.makes_keys = true;
   flp_prove(host, FLP_HOOKS_AUTO, TIMEOUT_MS, &proof);
   assert_string_equal(proof.how, "ok");
   assert_true(proof.clock_virtual);
   assert_true(proof.random_seeded);
   assert_true(proof.native_crypto);
   assert_false(proof.use_hooks);
   assert_true(proof.alloc_counted == FLP_HOST_COUNTS_ALLOCATIONS);
   flp_outside.count_allocations = false;
   flp_prove(host, FLP_HOOKS_AUTO, TIMEOUT_MS, &proof);
   assert_false(proof.alloc_counted);
   assert_int_equal(fake.handles, 0); /* it happened in a child */
}

static void without_a_proof_nothing_is_claimed(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   flp_proof_t proof;
   fake.makes_keys = true;
   flp_prove_nothing(host, FLP_HOOKS_ON, &proof);
   assert_string_equal(proof.how, "none");
   assert_true(proof.use_hooks);
   assert_false(proof.clock_virtual || proof.random_seeded || proof.alloc_counted);
   flp_prove_nothing(host, FLP_HOOKS_OFF, &proof);
   assert_false(proof.use_hooks);
}

static void what_is_not_ours_is_not_claimed(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   flp_proof_t proof;
   fake.makes_keys = fake.own_clock = true;
   flp_prove(host, FLP_HOOKS_AUTO, TIMEOUT_MS, &proof);
   assert_false(proof.clock_virtual);
   assert_true(proof.random_seeded);
   host = fake_host();
   fake.makes_keys = fake.own_random = true;
   flp_prove(host, FLP_HOOKS_AUTO, TIMEOUT_MS, &proof);
   assert_true(proof.clock_virtual);
   assert_false(proof.random_seeded); /* always the same is not seeded */
}

static void the_call_that_fails_is_named(void **unused)
{
   (void)unused;
   flp_host_t *host = fake_host();
   flp_proof_t proof;
   flp_prove(host, FLP_HOOKS_AUTO, TIMEOUT_MS, &proof);
   assert_false(proof.use_hooks);
   assert_string_equal(proof.how, "ctx_setopt_key_encryption_key");
   assert_false(proof.clock_virtual || proof.random_seeded || proof.alloc_counted);
}

static void crash(void)
{
   signal(SIGSEGV, SIG_DFL);
   raise(SIGSEGV);
}

static void leave(void)
{
   _exit(0);
}

static void hang(void)
{
   for (;;) {
      pause();
   }
}

static void a_subject_that_dies_in_the_proof_leaves_the_host_alive(void **unused)
{
   (void)unused;
   static const struct {
      void (*at_new)(void);
      const char *how;
   } rows[] = {{crash, "crash(SIGSEGV)"}, {leave, "exit(0)"}, {hang, "hang"}};
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      flp_host_t *host = fake_host();
      flp_proof_t proof;
      fake.at_new = rows[i].at_new;
      flp_prove(host, FLP_HOOKS_AUTO, rows[i].at_new == hang ? 200 : TIMEOUT_MS, &proof);
      assert_string_equal(proof.how, rows[i].how);
      assert_false(proof.clock_virtual || proof.random_seeded || proof.alloc_counted || proof.use_hooks);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_subject_that_obeys_is_proven),
      cmocka_unit_test(without_a_proof_nothing_is_claimed),
      cmocka_unit_test(what_is_not_ours_is_not_claimed),
      cmocka_unit_test(the_call_that_fails_is_named),
      cmocka_unit_test(a_subject_that_dies_in_the_proof_leaves_the_host_alive),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
