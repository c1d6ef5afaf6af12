/* The key vault role: which documents a filter finds, and which filters it refuses, each with the sentence that names the flaw. */
#include "mocks/mongod/key_vault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ID_A "{\"$binary\": {\"base64\": \"YWFhYWFhYWFhYWFhYWFhYQ==\", \"subType\": \"04\"}}"
#define ID_B "{\"$binary\": {\"base64\": \"YmJiYmJiYmJiYmJiYmJiYg==\", \"subType\": \"04\"}}"
#define ID_A_AS_00 "{\"$binary\": {\"base64\": \"YWFhYWFhYWFhYWFhYWFhYQ==\", \"subType\": \"00\"}}"
#define FILTER(ids, names) "{\"$or\": [{\"_id\": {\"$in\": [" ids "]}}, {\"keyAltNames\": {\"$in\": [" names "]}}]}"

static const char vault_json[] =
   "{\"0\": {\"_id\": " ID_A ", \"n\": 0}, \"1\": {\"_id\": " ID_B ", \"keyAltNames\": [\"x\", \"y\"], \"n\": 1}, "
   "\"2\": {\"_id\": " ID_A_AS_00 ", \"n\": 2}, \"3\": {\"keyAltNames\": \"x\", \"n\": 3}, "
   "\"4\": {\"n\": 4, \"keyAltNames\": [1, \"X\"], \"_id\": 7}}";

/* Asks with a filter; the `n` of the documents that came, in order, as text. */
static flp_answer_t ask(const char *filter_json, char found[32])
{
   bson_t *vault = bson_new_from_json((const uint8_t *)vault_json, -1, NULL);
   bson_t *filter = bson_new_from_json((const uint8_t *)filter_json, -1, NULL);
   assert_non_null(vault);
   assert_non_null(filter);
   const flp_world_t world = {.key_vault = flp_view(bson_get_data(vault), vault->len)};
   const flp_question_t question = {.kind = FLP_ASK_KEYS, .op = flp_view(bson_get_data(filter), filter->len)};
   flp_answer_t answer = {0};
   flp_key_vault_answer(&world, &question, &answer);
   found[0] = '\0';
   for (size_t i = 0; i < answer.len; i++) {
      bson_t doc;
      bson_iter_t n;
      char digit[2] = "";
      assert_true(bson_init_static(&doc, answer.replies[i].bytes.data, answer.replies[i].bytes.len));
      assert_true(bson_iter_init_find(&n, &doc, "n"));
      digit[0] = (char)('0' + bson_iter_int32(&n));
      strcat(found, digit);
   }
   bson_destroy(vault);
   bson_destroy(filter);
   return answer;
}

static void documents_match_by_id_or_name_in_vault_order(void **unused)
{
   (void)unused;
   static const struct {
      const char *filter, *found;
   } rows[] = {
      {FILTER(ID_A, ""), "0"},            /* subtype counts: document 2 is another id */
      {FILTER(ID_B ", " ID_A, ""), "01"}, /* in the order of the vault */
      {FILTER("", "\"x\""), "13"},
      {FILTER("", "\"X\", \"y\""), "14"}, /* case counts */
      {FILTER(ID_A, "\"y\""), "01"},
      {FILTER(ID_B, "\"x\""), "13"}, /* both ways: once */
      {FILTER("", ""), ""},
      {FILTER("", "\"\", \"xy\""), ""},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      char found[32];
      flp_answer_t answer = ask(rows[i].filter, found);
      assert_int_equal(answer.kind, FLP_ANSWERED);
      assert_string_equal(found, rows[i].found);
      flp_answer_cleanup(&answer);
   }
}

static void another_filter_is_refused_with_its_flaw(void **unused)
{
   (void)unused;
   static const struct {
      const char *filter, *flaw;
   } rows[] = {
      {"{}", "begins with `$or"},
      {"{\"_id\": " ID_A "}", "begins with `$or"},
      {"{\"$or\": {}}", "begins with `$or"},
      {"{\"$or\": [{\"_id\": {\"$in\": []}}, {\"keyAltNames\": {\"$in\": []}}], \"x\": 1}", "not `x`"},
      {"{\"$or\": []}", "first branch"},
      {"{\"$or\": [{\"keyAltNames\": {\"$in\": []}}, {\"_id\": {\"$in\": []}}]}", "first branch"},
      {"{\"$or\": [{\"_id\": " ID_A "}, {\"keyAltNames\": {\"$in\": []}}]}", "first branch"},
      {"{\"$or\": [{\"_id\": {\"$in\": [], \"$nin\": []}}, {\"keyAltNames\": {\"$in\": []}}]}", "first branch"},
      {"{\"$or\": [{\"_id\": {\"$in\": []}}]}", "second branch"},
      {"{\"$or\": [{\"_id\": {\"$in\": []}}, {\"keyAltName\": {\"$in\": []}}]}", "second branch"},
      {"{\"$or\": [{\"_id\": {\"$in\": []}}, {\"keyAltNames\": {\"$in\": []}}, {}]}", "two branches"},
      {FILTER(ID_A_AS_00, ""), "not a UUID"},
      {FILTER("1", ""), "not a UUID"},
      {FILTER("", "1"), "not text"},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      char found[32];
      flp_answer_t answer = ask(rows[i].filter, found);
      assert_int_equal(answer.kind, FLP_REFUSED);
      assert_int_equal(answer.len, 0);
      if (strstr(answer.why, rows[i].flaw) == NULL) {
         print_message("%s: %s\n", rows[i].filter, answer.why);
      }
      assert_non_null(strstr(answer.why, rows[i].flaw));
      flp_answer_cleanup(&answer);
   }
}

static void bytes_that_are_no_document_are_refused(void **unused)
{
   (void)unused;
   const flp_world_t world = {0};
   flp_answer_t answer = {0};
   flp_key_vault_answer(&world, &(flp_question_t){.kind = FLP_ASK_KEYS, .op = flp_view_text("rubbish")}, &answer);
   assert_int_equal(answer.kind, FLP_REFUSED);
   flp_answer_cleanup(&answer);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(documents_match_by_id_or_name_in_vault_order),
      cmocka_unit_test(another_filter_is_refused_with_its_flaw),
      cmocka_unit_test(bytes_that_are_no_document_are_refused),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
