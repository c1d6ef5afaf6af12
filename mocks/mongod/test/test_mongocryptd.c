/* The mongocryptd role: it greets with the wire version of the world, and says no more than it knows. */
#include "mocks/mongod/mongocryptd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static flp_answer_t ask(const flp_world_t *world, const char *json)
{
   bson_t *command = bson_new_from_json((const uint8_t *)json, -1, NULL);
   assert_non_null(command);
   flp_answer_t answer = {0};
   flp_mongocryptd_answer(world, &(flp_question_t){.kind = FLP_ASK_MARKINGS, .op = flp_view(bson_get_data(command), command->len)},
                          &answer);
   bson_destroy(command);
   return answer;
}

static void it_greets_with_the_wire_version_of_the_world(void **unused)
{
   (void)unused;
   static const struct {
      const char *command, *primary;
   } rows[] = {{"{\"isMaster\": 1}", "ismaster"}, {"{\"ismaster\": 1}", "ismaster"}, {"{\"hello\": 1}", "isWritablePrimary"}};
   const flp_world_t world = {.has_mongocryptd = true, .wire_version = 26, .now_ms = 5};
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      bson_t doc;
      bson_iter_t it;
      flp_answer_t answer = ask(&world, rows[i].command);
      assert_int_equal(answer.kind, FLP_ANSWERED);
      assert_int_equal(answer.len, 1);
      assert_true(bson_init_static(&doc, answer.replies[0].bytes.data, answer.replies[0].bytes.len));
      assert_true(bson_validate(&doc, BSON_VALIDATE_NONE, NULL));
      assert_true(bson_iter_init_find(&it, &doc, rows[i].primary) && bson_iter_bool(&it));
      assert_true(bson_iter_init_find(&it, &doc, "maxWireVersion") && BSON_ITER_HOLDS_INT32(&it));
      assert_int_equal(bson_iter_int32(&it), 26);
      assert_true(bson_iter_init_find(&it, &doc, "ok") && BSON_ITER_HOLDS_DOUBLE(&it));
      assert_true(bson_iter_double(&it) > 0.9 && bson_iter_double(&it) < 1.1);
      flp_answer_cleanup(&answer);
   }
}

static void what_it_does_not_know_it_does_not_answer(void **unused)
{
   (void)unused;
   static const struct {
      bool there;
      const char *command;
      flp_answer_kind_t kind;
      const char *why;
   } rows[] = {
      {false, "{\"isMaster\": 1}", FLP_NO_ROLE, "no `mongocryptd`"}, {true, "{\"find\": \"c\"}", FLP_NO_ROLE, "analyses"},
      {true, "{\"isMaster\": 2}", FLP_REFUSED, "int32 1"},           {true, "{\"isMaster\": true}", FLP_REFUSED, "int32 1"},
      {true, "{\"isMaster\": 1, \"x\": 1}", FLP_REFUSED, "not `x`"}, {true, "{}", FLP_REFUSED, "empty"},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      const flp_world_t world = {.has_mongocryptd = rows[i].there, .wire_version = 26};
      flp_answer_t answer = ask(&world, rows[i].command);
      assert_int_equal(answer.kind, rows[i].kind);
      assert_int_equal(answer.len, 0);
      assert_non_null(strstr(answer.why, rows[i].why));
      flp_answer_cleanup(&answer);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_greets_with_the_wire_version_of_the_world),
      cmocka_unit_test(what_it_does_not_know_it_does_not_answer),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
