/* The version: text, length, and what a binding reads of it. */
#include <mongocrypt/mongocrypt.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void the_length_is_that_of_the_text_and_may_be_left_out(void **unused)
{
   (void)unused;
   uint32_t len = 0;
   const char *version = mongocrypt_version(&len);
   assert_int_equal(len, strlen(version));
   assert_ptr_equal(mongocrypt_version(NULL), version);
}

static void it_names_the_interface_first_and_then_us(void **unused)
{
   (void)unused;
   assert_int_equal(strncmp(mongocrypt_version(NULL), "1.20.1+fleproof.", 16), 0);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_length_is_that_of_the_text_and_may_be_left_out),
      cmocka_unit_test(it_names_the_interface_first_and_then_us),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
