/* Classes and facts of errors: tags, and maps of texts. */
#include "runner/judge/test/made.h"

#include "runner/judge/errors.h"

static flp_error_view_t classify(const flp_subject_t *subject, const char *message, const char *failed)
{
   flp_error_view_t view;
   flp_error_classify(subject, message, failed, &view);
   return view;
}

static void a_tag_gives_class_and_facts(void **state)
{
   (void)state;
   const flp_subject_t reference = {.foreign = false};
   flp_error_view_t view =
      classify(&reference, "not all keys [KEY_NOT_FOUND key_id=61616161-6161 missing=2 what=a%20b%3Dc%5B%25%5D]", NULL);
   assert_true(view.tagged);
   assert_string_equal(view.class_name, "KEY_NOT_FOUND");
   assert_string_equal(flp_error_fact(&view, "missing"), "2");
   assert_string_equal(flp_error_fact(&view, "what"), "a b=c[%]");
   assert_null(flp_error_fact(&view, "provider"));
   view = classify(&reference, "base64 [BASE64_INVALID]", NULL);
   assert_true(view.tagged);
   assert_string_equal(view.class_name, "BASE64_INVALID");
}

static void what_only_looks_like_a_tag_is_none(void **state)
{
   (void)state;
   const flp_subject_t reference = {.foreign = false};
   static const char *const texts[] = {
      "",
      "text",
      "text [",
      "text []",
      "text [lower]",
      "text [CLASS",
      "text [CLASS] more",
      "text[CLASS]",
      "text [CLASS a=1",
      "text [CLASS  a=1]",
      "text [CLASS a]",
      "text [CLASS a=%4]",
      "text [CLASS a=%ZZ]",
      "text [CLASS A=1]",
      "text [CLASS a=b=c]",
      "text [CLASS a=1 ]",
   };
   for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
      flp_error_view_t view = classify(&reference, texts[i], NULL);
      if (view.tagged || strcmp(view.class_name, FLP_UNMAPPED) != 0) {
         fail_msg("`%s` was read as %s", texts[i], view.class_name);
      }
   }
   assert_string_equal(classify(&reference, NULL, NULL).class_name, FLP_UNMAPPED);
}

static void the_longest_text_decides_and_the_call_parts_equals(void **state)
{
   (void)state;
   static char short_text[] = "not set", long_text[] = "hook not set", any[] = "ANY", hook[] = "HOOK", feed[] = "FEED", init[] = "INIT";
   static char same[] = "malformed", mongo_feed[] = "mongo_feed", init_call[] = "init";
   static flp_error_text_t rows[] = {
      {.class_name = any, .text = short_text},
      {.class_name = hook, .text = long_text},
      {.class_name = feed, .text = same, .call = mongo_feed},
      {.class_name = init, .text = same, .call = init_call},
   };
   const flp_subject_t foreign = {.foreign = true, .error_texts = rows, .n_error_texts = 4};
   assert_string_equal(classify(&foreign, "key not set", NULL).class_name, "ANY");
   assert_string_equal(classify(&foreign, "the hook not set", NULL).class_name, "HOOK");
   assert_string_equal(classify(&foreign, "malformed", "ctx_mongo_feed").class_name, "FEED");
   assert_string_equal(classify(&foreign, "malformed", "ctx_decrypt_init").class_name, "INIT");
   assert_string_equal(classify(&foreign, "malformed", "init").class_name, "INIT");
   assert_string_equal(classify(&foreign, "malformed", "ctx_finalize").class_name, FLP_UNMAPPED);
   assert_string_equal(classify(&foreign, "something else", NULL).class_name, FLP_UNMAPPED);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_tag_gives_class_and_facts),
      cmocka_unit_test(what_only_looks_like_a_tag_is_none),
      cmocka_unit_test(the_longest_text_decides_and_the_call_parts_equals),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
