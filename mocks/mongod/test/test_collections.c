/* The collections role: what a filter finds in which database, how a collection is told, and which filters are refused with their flaw. */
#include "mocks/mongod/collections.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char collections_json[] =
   "{\"db.a\": {\"options\": {\"validator\": {\"x\": 1}}}, \"other.a\": {}, \"db.v\": {\"type\": \"view\", \"options\": {\"viewOn\": \"a\"}}, "
   "\"db.b\": {}, \"db.b.c\": {}, \"db.raw\": {\"$binary\": {\"base64\": \"AQID\", \"subType\": \"00\"}}, \"dbx.a\": {}}";

static flp_answer_t ask(const char *db, const char *filter_json)
{
   static bson_t *world_doc; /* answers borrow from it */
   if (world_doc == NULL) {
      world_doc = bson_new_from_json((const uint8_t *)collections_json, -1, NULL);
      assert_non_null(world_doc);
   }
   bson_t *filter = bson_new_from_json((const uint8_t *)filter_json, -1, NULL);
   assert_non_null(filter);
   const flp_world_t world = {.collections = flp_view(bson_get_data(world_doc), world_doc->len)};
   const flp_question_t question = {
      .kind = FLP_ASK_COLLINFO, .op = flp_view(bson_get_data(filter), filter->len), .db = flp_view_text(db), .has_db = db != NULL};
   flp_answer_t answer = {0};
   flp_collections_answer(&world, &question, &answer);
   bson_destroy(filter);
   return answer;
}

/* The names that came, each ended by a bar. */
static void names_of(const flp_answer_t *answer, char found[64])
{
   found[0] = '\0';
   for (size_t i = 0; i < answer->len; i++) {
      bson_t doc;
      bson_iter_t name;
      if (bson_init_static(&doc, answer->replies[i].bytes.data, answer->replies[i].bytes.len)) {
         assert_true(bson_iter_init_find(&name, &doc, "name"));
         strcat(found, bson_iter_utf8(&name, NULL));
      } else {
         strcat(found, "?");
      }
      strcat(found, "|");
   }
}

static void a_filter_finds_in_its_database_in_the_order_of_the_world(void **unused)
{
   (void)unused;
   static const struct {
      const char *db, *filter, *found;
   } rows[] = {
      {"db", "{\"name\": \"a\"}", "a|"},
      {"db", "{\"name\": \"b\"}", "b|"},
      {"db", "{\"name\": \"b.c\"}", "b.c|"}, /* the first dot parts */
      {"other", "{\"name\": \"a\"}", "a|"},
      {"other", "{\"name\": \"b\"}", ""},
      {"d", "{\"name\": \"a\"}", ""},
      {"db", "{\"name\": \"A\"}", ""},
      {"db", "{\"name\": {\"$in\": [\"b\", \"a\"]}}", "a|b|"},
      {"db", "{\"name\": {\"$in\": [\"b\", \"none\", \"b\"]}}", "b|"},
      {"db", "{\"name\": {\"$in\": [\"v\"]}}", "v|"},
      {"db", "{\"name\": \"raw\"}", "?|"},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      char found[64];
      flp_answer_t answer = ask(rows[i].db, rows[i].filter);
      assert_int_equal(answer.kind, FLP_ANSWERED);
      names_of(&answer, found);
      assert_string_equal(found, rows[i].found);
      flp_answer_cleanup(&answer);
   }
}

static void expect_document(const char *filter, const char *json)
{
   flp_answer_t answer = ask("db", filter);
   bson_t doc, *want = bson_new_from_json((const uint8_t *)json, -1, NULL);
   assert_non_null(want);
   assert_int_equal(answer.len, 1);
   assert_true(bson_init_static(&doc, answer.replies[0].bytes.data, answer.replies[0].bytes.len));
   assert_true(bson_equal(&doc, want));
   bson_destroy(want);
   flp_answer_cleanup(&answer);
}

static void a_collection_is_told_as_a_server_tells_it(void **unused)
{
   (void)unused;
   expect_document("{\"name\": \"a\"}",
                   "{\"name\": \"a\", \"type\": \"collection\", \"options\": {\"validator\": {\"x\": 1}}, \"info\": {\"readOnly\": false}, "
                   "\"idIndex\": {\"v\": 2, \"key\": {\"_id\": 1}, \"name\": \"_id_\"}}");
   expect_document("{\"name\": \"b\"}", "{\"name\": \"b\", \"type\": \"collection\", \"options\": {}, \"info\": {\"readOnly\": false}, "
                                        "\"idIndex\": {\"v\": 2, \"key\": {\"_id\": 1}, \"name\": \"_id_\"}}");
   expect_document("{\"name\": \"v\"}",
                   "{\"name\": \"v\", \"type\": \"view\", \"options\": {\"viewOn\": \"a\"}, \"info\": {\"readOnly\": true}}");
}

static void another_filter_is_refused_with_its_flaw(void **unused)
{
   (void)unused;
   static const struct {
      const char *db, *filter, *flaw;
   } rows[] = {
      {NULL, "{\"name\": \"a\"}", "needs a database"},
      {"", "{\"name\": \"a\"}", "needs a database"},
      {"db", "{}", "begins with `name`"},
      {"db", "{\"type\": \"collection\"}", "begins with `name`"},
      {"db", "{\"name\": \"a\", \"type\": \"collection\"}", "not `type`"},
      {"db", "{\"name\": 1}", "not text"},
      {"db", "{\"name\": \"\"}", "is empty"},
      {"db", "{\"name\": {}}", "or `{$in: [...]}`"},
      {"db", "{\"name\": {\"$eq\": \"a\"}}", "or `{$in: [...]}`"},
      {"db", "{\"name\": {\"$in\": \"a\"}}", "or `{$in: [...]}`"},
      {"db", "{\"name\": {\"$in\": [\"a\"], \"$nin\": []}}", "beside `$in`"},
      {"db", "{\"name\": {\"$in\": []}}", "nothing is asked for"},
      {"db", "{\"name\": {\"$in\": [\"a\", 1]}}", "not text"},
      {"db", "{\"name\": {\"$in\": [\"\"]}}", "is empty"},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      flp_answer_t answer = ask(rows[i].db, rows[i].filter);
      assert_int_equal(answer.kind, FLP_REFUSED);
      assert_int_equal(answer.len, 0);
      if (strstr(answer.why, rows[i].flaw) == NULL) {
         fail_msg("%s: %s", rows[i].filter, answer.why);
      }
      flp_answer_cleanup(&answer);
   }
}

static void bytes_that_are_no_document_are_refused(void **unused)
{
   (void)unused;
   const flp_world_t world = {0};
   const flp_question_t question = {.kind = FLP_ASK_COLLINFO, .op = flp_view_text("rubbish"), .db = flp_view_text("db"), .has_db = true};
   flp_answer_t answer = {0};
   flp_collections_answer(&world, &question, &answer);
   assert_int_equal(answer.kind, FLP_REFUSED);
   flp_answer_cleanup(&answer);
}

static void many_collections_come_in_one_answer(void **unused)
{
   (void)unused;
   enum { N = 40 };
   bson_t all = BSON_INITIALIZER, filter = BSON_INITIALIZER, name, names, empty = BSON_INITIALIZER;
   bson_append_document_begin(&filter, "name", -1, &name);
   bson_append_array_begin(&name, "$in", -1, &names);
   for (int i = 0; i < N; i++) {
      char text[16], index[16];
      snprintf(text, sizeof text, "db.c%d", i);
      snprintf(index, sizeof index, "%d", i);
      bson_append_document(&all, text, -1, &empty);
      bson_append_utf8(&names, index, -1, text + 3, -1);
   }
   bson_append_array_end(&name, &names);
   bson_append_document_end(&filter, &name);
   const flp_world_t world = {.collections = flp_view(bson_get_data(&all), all.len)};
   const flp_question_t question = {
      .kind = FLP_ASK_COLLINFO_WITH_DB, .op = flp_view(bson_get_data(&filter), filter.len), .db = flp_view_text("db"), .has_db = true};
   flp_answer_t answer = {0};
   flp_collections_answer(&world, &question, &answer);
   assert_int_equal(answer.kind, FLP_ANSWERED);
   assert_int_equal(answer.len, N);
   flp_answer_cleanup(&answer);
   bson_destroy(&all);
   bson_destroy(&filter);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_filter_finds_in_its_database_in_the_order_of_the_world),
      cmocka_unit_test(a_collection_is_told_as_a_server_tells_it),
      cmocka_unit_test(another_filter_is_refused_with_its_flaw),
      cmocka_unit_test(bytes_that_are_no_document_are_refused),
      cmocka_unit_test(many_collections_come_in_one_answer),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
