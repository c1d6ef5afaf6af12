/* Documents of cases as JSON: large bytes stand as their length and hash wherever they are, all else as canonical extended JSON. */
#include "runner/supervise/extended.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 65536 };

/* SHA-256 of 65,537 zero bytes, by another program. */
static const char hash[] = "3266304f31be278d06c3bd3eb9aa3e00c59bedec0a890de466568b0b90b0e01f";

static const json_t *at(const json_t *value, const char *path)
{
   char copy[64];
   snprintf(copy, sizeof copy, "%s", path);
   for (char *word = strtok(copy, "."); word; word = strtok(NULL, ".")) {
      value = json_is_array(value) ? json_array_get(value, (size_t)atoi(word)) : json_object_get(value, word);
   }
   return value;
}

static void large_bytes_are_summed_up_wherever_they_are(void **unused)
{
   (void)unused;
   uint8_t *zeros = calloc(1, LIMIT + 1);
   bson_t doc = BSON_INITIALIZER, list, inner;
   assert_non_null(zeros);
   bson_append_binary(&doc, "top", -1, BSON_SUBTYPE_BINARY, zeros, LIMIT + 1);
   bson_append_int32(&doc, "n", -1, 7);
   bson_append_array_begin(&doc, "list", -1, &list);
   bson_append_utf8(&list, "0", -1, "x", -1);
   bson_append_document_begin(&list, "1", -1, &inner);
   bson_append_binary(&inner, "deep", -1, BSON_SUBTYPE_BINARY, zeros, LIMIT + 1);
   bson_append_binary(&inner, "whole", -1, BSON_SUBTYPE_BINARY, zeros, LIMIT);
   bson_append_document_end(&list, &inner);
   bson_append_array_end(&doc, &list);

   json_t *json = flp_extended_json(&doc);
   static const char *const places[] = {"top.$$large", "list.1.deep.$$large"};
   for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
      const json_t *summary = at(json, places[i]);
      assert_int_equal(json_object_size(summary), 2);
      assert_int_equal(json_integer_value(json_object_get(summary, "len")), LIMIT + 1);
      assert_string_equal(json_string_value(json_object_get(summary, "sha256")), hash);
   }
   assert_string_equal(json_string_value(at(json, "n.$numberInt")), "7");
   assert_string_equal(json_string_value(at(json, "list.0")), "x");
   assert_int_equal(json_string_length(at(json, "list.1.whole.$binary.base64")), (LIMIT + 2) / 3 * 4);
   json_decref(json);
   bson_destroy(&doc);
   free(zeros);
}

static void a_small_document_stays_as_it_is(void **unused)
{
   (void)unused;
   bson_t *doc = bson_new_from_json(
      (const uint8_t *)"{\"a\": [1, {\"b\": \"x\\u0000y\"}], \"$$large\": {\"len\": {\"$numberLong\": \"5\"}}}", -1, NULL);
   assert_non_null(doc);
   json_t *json = flp_extended_json(doc);
   assert_int_equal(json_string_length(at(json, "a.1.b")), 3);
   assert_string_equal(json_string_value(at(json, "$$large.len.$numberLong")), "5");
   json_decref(json);
   bson_destroy(doc);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(large_bytes_are_summed_up_wherever_they_are),
      cmocka_unit_test(a_small_document_stays_as_it_is),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
