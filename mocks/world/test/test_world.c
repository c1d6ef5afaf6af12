/* The world: what it takes from a case, what faults do to answers, what the journal keeps. */
#include "mocks/world/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char why[160];

/* The value of field `f` in a document given as extended JSON, as an iterator. */
static bson_iter_t value_of(bson_t **doc, const char *json)
{
   bson_iter_t it = {0};
   *doc = bson_new_from_json((const uint8_t *)json, -1, NULL);
   assert_non_null(*doc);
   assert_true(bson_iter_init_find(&it, *doc, "f"));
   return it;
}

static bool parse_fault(const char *json, flp_fault_t *fault, bson_t **doc)
{
   char whole[512];
   snprintf(whole, sizeof whole, "{\"f\": %s}", json);
   const bson_iter_t it = value_of(doc, whole);
   return flp_fault_parse(&it, fault, why, sizeof why);
}

static void three_replies(flp_answer_t *answer)
{
   *answer = (flp_answer_t){0};
   assert_true(flp_answer_add(answer, flp_view_text("one")));
   assert_true(flp_answer_add(answer, flp_view_text("second")));
   assert_true(flp_answer_add(answer, flp_view_text("third")));
}

static void faults_change_the_list_of_replies(void **unused)
{
   (void)unused;
   static const struct {
      const char *fault, *seen; /* replies as often as they come, each ended by a bar; ! for a reset */
   } rows[] = {
      {"{\"action\": \"drop\"}", ""},
      {"{\"action\": \"drop\", \"nth\": 2}", "one|third|"},
      {"{\"action\": \"repeat\", \"nth\": 1}", "one|one|second|third|"},
      {"{\"action\": \"repeat\", \"nth\": 3, \"times\": 2}", "one|second|third|third|third|"},
      {"{\"action\": \"cut\", \"after_bytes\": 4}", "one|seco|thir|"},
      {"{\"action\": \"cut\", \"nth\": 2, \"after_bytes\": 0}", "one||third|"},
      {"{\"action\": \"replace\", \"nth\": 1, \"with\": \"new\"}", "new|second|third|"},
      {"{\"action\": \"reorder\"}", "third|second|one|"},
      {"{\"action\": \"reset\", \"nth\": 2}", "one|!|third|"},
      {"{\"action\": \"reset\", \"nth\": 5}", "one|second|third|!|"},
      {"{\"action\": \"delay\", \"ms\": 9}", "one|second|third|"},
      {"{\"action\": \"no_done\"}", "one|second|third|"},
      {"{\"action\": \"drop\", \"nth\": 9}", "one|second|third|"},
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      flp_answer_t answer;
      flp_fault_t fault;
      bson_t *doc;
      char seen[128] = "";
      three_replies(&answer);
      assert_true(parse_fault(rows[i].fault, &fault, &doc));
      assert_true(flp_fault_apply(&fault, &answer));
      for (size_t r = 0; r < answer.len; r++) {
         const flp_reply_t *reply = &answer.replies[r];
         for (uint32_t k = 0; !reply->reset && k < reply->times; k++) {
            strncat(seen, (const char *)reply->bytes.data, reply->bytes.len);
            strcat(seen, "|");
         }
         strcat(seen, reply->reset ? "!|" : "");
      }
      assert_string_equal(seen, rows[i].seen);
      flp_answer_cleanup(&answer);
      bson_destroy(doc);
   }
}

static void an_empty_answer_can_be_reset(void **unused)
{
   (void)unused;
   flp_answer_t answer = {0};
   assert_true(flp_fault_apply(&(flp_fault_t){.action = FLP_FAULT_RESET}, &answer));
   assert_int_equal(answer.len, 1);
   assert_true(answer.replies[0].reset);
   flp_answer_cleanup(&answer);
}

static void a_fault_that_means_nothing_is_refused(void **unused)
{
   (void)unused;
   static const char *const rows[] = {
      "7",
      "{}",
      "{\"nth\": 1}",
      "{\"action\": \"explode\"}",
      "{\"action\": 1}",
      "{\"action\": \"drop\", \"nth\": 0}",
      "{\"action\": \"drop\", \"nth\": \"one\"}",
      "{\"action\": \"drop\", \"colour\": 1}",
      "{\"action\": \"cut\", \"after_bytes\": -1}",
      "{\"action\": \"repeat\", \"times\": 100000}",
      "{\"action\": \"delay\", \"ms\": 9223372036854775807}",
      "{\"action\": \"replace\", \"with\": 1}",
   };
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      flp_fault_t fault;
      bson_t *doc;
      why[0] = '\0';
      assert_false(parse_fault(rows[i], &fault, &doc));
      assert_string_not_equal(why, "");
      bson_destroy(doc);
   }
}

static void echo(const flp_world_t *world, const flp_question_t *question, flp_answer_t *answer)
{
   (void)world;
   if (question->op.len == 0) {
      flp_answer_refuse(answer, "empty question number %d", 1);
   } else {
      flp_answer_add(answer, question->op);
   }
}

static void questions_go_to_roles_and_into_the_journal(void **unused)
{
   (void)unused;
   flp_world_t world;
   flp_answer_t answer = {0};
   assert_true(flp_world_init(&world, NULL, 1, 2, why, sizeof why));
   world.roles[FLP_ASK_KEYS] = echo;

   flp_world_ask(&world, &(flp_question_t){.kind = FLP_ASK_KEYS, .op = flp_view_text("which")}, &answer);
   assert_int_equal(answer.kind, FLP_ANSWERED);
   assert_int_equal(answer.len, 1);
   flp_world_note_fault(&world, "drop");
   flp_answer_cleanup(&answer);

   flp_world_ask(&world, &(flp_question_t){.kind = FLP_ASK_KEYS}, &answer);
   assert_int_equal(answer.kind, FLP_REFUSED);
   flp_answer_cleanup(&answer);

   flp_world_ask(&world, &(flp_question_t){.kind = FLP_ASK_KMS, .op = flp_view_text("x")}, &answer);
   assert_int_equal(answer.kind, FLP_NO_ROLE);
   assert_non_null(strstr(answer.why, "kms"));
   flp_answer_cleanup(&answer);

   flp_world_note(&world, &(flp_question_t){.kind = FLP_ASK_MARKINGS, .op = flp_view_text("cmd")}, NULL, NULL);
   assert_int_equal(world.n_journal, 4);
   assert_string_equal(world.journal[0].fault, "drop");
   assert_null(world.journal[0].refused);
   assert_string_equal(world.journal[1].refused, "empty question number 1");
   assert_int_equal(world.journal[3].kind, FLP_ASK_MARKINGS);
   assert_true(flp_view_equal_text(flp_view_of(&world.journal[3].op), "cmd"));
   flp_world_cleanup(&world);
}

static void the_case_says_seed_and_time(void **unused)
{
   (void)unused;
   flp_world_t world;
   bson_t *doc;
   bson_iter_t it =
      value_of(&doc, "{\"f\": {\"seed\": 9, \"now\": {\"$date\": {\"$numberLong\": \"77\"}}, \"key_vault\": [{}], \"kms\": {}, "
                     "\"collections\": {\"db.c\": {}}, \"mongocryptd\": {\"maxWireVersion\": 25}}}");
   assert_true(flp_world_init(&world, &it, 1, 2, why, sizeof why));
   assert_int_equal(world.seed, 9);
   assert_int_equal(world.now_ms, 77);
   assert_true(world.key_vault.len > 5);
   assert_true(world.collections.len > 5);
   assert_true(world.has_mongocryptd);
   assert_int_equal(world.wire_version, 25);
   flp_world_cleanup(&world);
   bson_destroy(doc);
   static const char *const wrong[] = {"{\"f\": 1}",
                                       "{\"f\": {\"seed\": \"x\"}}",
                                       "{\"f\": {\"now\": 1}}",
                                       "{\"f\": {\"key_vault\": {}}}",
                                       "{\"f\": {\"collections\": []}}",
                                       "{\"f\": {\"mongocryptd\": {}}}",
                                       "{\"f\": {\"mongocryptd\": {\"maxWireVersion\": \"26\"}}}",
                                       "{\"f\": {\"mongocryptd\": {\"maxWireVersion\": {\"$numberLong\": \"4294967296\"}}}}"};
   for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
      it = value_of(&doc, wrong[i]);
      assert_false(flp_world_init(&world, &it, 1, 2, why, sizeof why));
      flp_world_cleanup(&world);
      bson_destroy(doc);
   }
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(faults_change_the_list_of_replies),     cmocka_unit_test(an_empty_answer_can_be_reset),
      cmocka_unit_test(a_fault_that_means_nothing_is_refused), cmocka_unit_test(questions_go_to_roles_and_into_the_journal),
      cmocka_unit_test(the_case_says_seed_and_time),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
