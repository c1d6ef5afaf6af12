/* What holds for contexts of every kind: before an init, after an error, NULLs of the caller, outputs that stay. */
#include "ref/mongocrypt/ctx/test/support_calls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const drive_inputs_t inputs = {.reply = {(const uint8_t *)"\5\0\0\0\0", 5}, .credentials = {(const uint8_t *)"\5\0\0\0\0", 5}};

static mongocrypt_ctx_t *begin_decrypt(void)
{
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   mongocrypt_binary_t in = drive_in(drive_binary_doc("v", 6, drive_sealed_x()));
   assert_true(mongocrypt_ctx_decrypt_init(ctx, &in));
   return ctx;
}

static void before_an_init_every_call_spoils_the_context(void **unused)
{
   (void)unused;
   for (size_t i = 0; i < DRIVE_CALLS; i++) {
      mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
      char tag[128];
      snprintf(tag, sizeof tag, "uninitialized: %s [NOT_INITIALIZED object=ctx call=%s]", drive_calls[i].name, drive_calls[i].name);
      assert_false(drive_calls[i].make(ctx, &inputs));
      drive_assert_error(ctx, tag);
      assert_false(mongocrypt_ctx_datakey_init(ctx));
      mongocrypt_ctx_destroy(ctx);
   }
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_ERROR);
   drive_assert_error(ctx, "[NOT_INITIALIZED object=ctx call=state]");
   mongocrypt_ctx_destroy(ctx);
}

static void after_an_error_the_first_message_stays(void **unused)
{
   (void)unused;
   for (size_t i = 0; i < DRIVE_CALLS; i++) {
      mongocrypt_ctx_t *ctx = begin_decrypt();
      assert_false(drive_call("finalize", ctx, &inputs));
      assert_false(drive_calls[i].make(ctx, &inputs));
      /* one call speaks in every state but its own */
      drive_assert_error(ctx, strcmp(drive_calls[i].name, "provide_kms_providers") == 0 ? "call=provide_kms_providers state=ERROR"
                                                                                        : "call=finalize");
      mongocrypt_ctx_destroy(ctx);
   }
}

static void a_null_of_the_caller_is_told(void **unused)
{
   (void)unused;
   mongocrypt_ctx_t *ctx = begin_decrypt();
   assert_false(mongocrypt_ctx_mongo_op(ctx, NULL));
   drive_assert_error(ctx, "[ARGUMENT_NULL call=mongo_op argument=op_bson]");
   assert_false(mongocrypt_ctx_mongo_feed(ctx, NULL));
   drive_assert_error(ctx, "[ARGUMENT_NULL call=mongo_feed argument=reply]");
   assert_false(mongocrypt_ctx_finalize(ctx, NULL));
   drive_assert_error(ctx, "[ARGUMENT_NULL call=finalize argument=out]");
   mongocrypt_ctx_destroy(ctx);
}

static void the_filter_is_the_same_at_every_call(void **unused)
{
   (void)unused;
   mongocrypt_binary_t first = {0}, second = {0};
   mongocrypt_ctx_t *ctx = begin_decrypt();
   assert_true(mongocrypt_ctx_mongo_op(ctx, &first));
   mongocrypt_binary_t reply = drive_in(drive_key_doc());
   assert_true(mongocrypt_ctx_mongo_feed(ctx, &reply));
   assert_true(mongocrypt_ctx_mongo_op(ctx, &second));
   assert_ptr_equal(first.data, second.data);
   assert_int_equal(first.len, second.len);
   mongocrypt_ctx_destroy(ctx);
}

static void what_finalize_gave_stays_readable_after_a_second_one_failed(void **unused)
{
   (void)unused;
   flp_view_t result;
   mongocrypt_ctx_t *ctx = begin_decrypt();
   assert_true(drive_to_end(ctx, &result));
   assert_false(drive_call("finalize", ctx, &inputs));
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_ERROR);
   assert_true(flp_view_equal(result, drive_text_doc("v", "x")));
   mongocrypt_ctx_destroy(ctx);
}

static void a_second_init_is_an_error(void **unused)
{
   (void)unused;
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   assert_true(mongocrypt_ctx_setopt_masterkey_local(ctx));
   assert_true(mongocrypt_ctx_datakey_init(ctx));
   assert_false(mongocrypt_ctx_datakey_init(ctx));
   drive_assert_error(ctx, "cannot double initialize [ALREADY_INITIALIZED object=ctx]");
   mongocrypt_ctx_destroy(ctx);
}

static void arguments_of_inits_are_checked(void **unused)
{
   (void)unused;
   mongocrypt_binary_t empty = drive_in(flp_view("\5\0\0\0\0", 5));
   mongocrypt_ctx_t *ctx = mongocrypt_ctx_new(drive_crypt);
   assert_false(mongocrypt_ctx_encrypt_init(ctx, NULL, -1, &empty));
   drive_assert_error(ctx, "[OPTION_INVALID option=db");
   mongocrypt_ctx_destroy(ctx);
   ctx = mongocrypt_ctx_new(drive_crypt);
   assert_false(mongocrypt_ctx_encrypt_init(ctx, "db", -1, &empty));
   drive_assert_error(ctx, "[COMMAND_INVALID reason=empty]");
   mongocrypt_ctx_destroy(ctx);
   ctx = mongocrypt_ctx_new(drive_crypt);
   mongocrypt_binary_t find = drive_in(drive_text_doc("find", "c"));
   assert_false(mongocrypt_ctx_encrypt_init(ctx, "", -1, &find));
   drive_assert_error(ctx, "[OPTION_INVALID option=db reason=empty]");
   mongocrypt_ctx_destroy(ctx);
   ctx = mongocrypt_ctx_new(drive_crypt);
   assert_false(mongocrypt_ctx_rewrap_many_datakey_init(ctx, NULL));
   drive_assert_error(ctx, "[ARGUMENT_NULL call=rewrap_many_datakey_init argument=filter]");
   mongocrypt_ctx_destroy(ctx);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, drive_set_up, drive_tear_down)
   const struct CMUnitTest tests[] = {
      TEST(before_an_init_every_call_spoils_the_context),
      TEST(after_an_error_the_first_message_stays),
      TEST(a_null_of_the_caller_is_told),
      TEST(the_filter_is_the_same_at_every_call),
      TEST(what_finalize_gave_stays_readable_after_a_second_one_failed),
      TEST(a_second_init_is_an_error),
      TEST(arguments_of_inits_are_checked),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
