/* Base64 as deployed credentials have it: RFC 4648 section 10 for the values, then what is and what is not let through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ref/base/base64.h"

#include <string.h>

// clang-format off
static const struct {
   const char *text;
   const char *bytes; /* NULL: refused */
} cases[] = {
   {"", ""},
   {"Zg==", "f"},
   {"Zm8=", "fo"},
   {"Zm9v", "foo"},
   {"Zm9vYg==", "foob"},
   {"Zm9vYmE=", "fooba"},
   {"Zm9vYmFy", "foobar"},
   {"Z g = =", "f"},      /* white space anywhere */
   {"Zm9v\r\n", "foo"},
   {"Zg", NULL},          /* padding is required */
   {"Zm8", NULL},
   {"Z", NULL},
   {"Zg=", NULL},
   {"Zg===", NULL},       /* and exact */
   {"Zm9v=", NULL},
   {"=Zg=", NULL},
   {"Z===", NULL},
   {"Zh==", NULL},        /* unused bits are zero */
   {"Zm9=", NULL},
   {"Zg==x", NULL},       /* nothing follows */
   {"_-8=", NULL},        /* the other alphabet */
   {"Zm9v!", NULL},
   {"Zm9v\xC3\xA9", NULL},
};
// clang-format on

static void texts_decode_or_are_refused(void **state)
{
   (void)state;
   for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
      flp_buf_t out = {0};
      bool out_of_memory = true;
      bool ok = flp_base64_decode(flp_view_text(cases[i].text), &out, &out_of_memory);
      assert_false(out_of_memory);
      assert_int_equal(ok, cases[i].bytes != NULL);
      if (ok) {
         assert_true(flp_view_equal_text(flp_view_of(&out), cases[i].bytes));
      } else {
         assert_null(out.data);
      }
      flp_buf_cleanup(&out);
   }
}

static void a_nul_ends_the_text(void **state)
{
   flp_buf_t out = {0};
   bool out_of_memory = false;
   (void)state;
   assert_true(flp_base64_decode(flp_view("Zm9v\0xx", 7), &out, &out_of_memory));
   assert_true(flp_view_equal_text(flp_view_of(&out), "foo"));
   flp_buf_cleanup(&out);
   assert_false(flp_base64_decode(flp_view("Zm9\0v", 5), &out, &out_of_memory));
}

static void every_byte_comes_back(void **state)
{
   uint8_t bytes[256];
   (void)state;
   for (size_t i = 0; i < sizeof bytes; i++) {
      bytes[i] = (uint8_t)(255 - i);
   }
   for (size_t len = 0; len <= sizeof bytes; len++) {
      flp_buf_t text = {0};
      flp_buf_t back = {0};
      bool out_of_memory = false;
      assert_true(flp_base64_encode(flp_view(bytes, len), &text));
      assert_int_equal(text.len % 4, 0);
      assert_true(flp_base64_decode(flp_view_of(&text), &back, &out_of_memory));
      assert_true(flp_view_equal(flp_view_of(&back), flp_view(bytes, len)));
      flp_buf_cleanup(&text);
      flp_buf_cleanup(&back);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_decode_or_are_refused),
      cmocka_unit_test(a_nul_ends_the_text),
      cmocka_unit_test(every_byte_comes_back),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
