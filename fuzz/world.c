// fuzz: host
/* A question to the roles of the world: byte 0 says of which kind, then comes {world: {...}, op: {...} or bytes, db: text, fault: {...}}, or
 * bytes that are no document and are taken for the op. The subject asks; what it asks with is anybody's. What is refused has a reason and no
 * reply; a collection that comes lies in the world and was named; the same question gets the same answer. Rules: docs/grammar.md. */
#include "fuzz/support/bson_mutate.h"
#include "mocks/mongod/collections.h"
#include "mocks/mongod/key_vault.h"
#include "mocks/mongod/mongocryptd.h"
#include "ref/base/bson_walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

FLP_FUZZ_BSON_INPUT(1)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
   if (!holds) {
      abort();
   }
}

typedef struct {
   bool has_world, has_fault;
   bson_iter_t world, fault;
   flp_question_t question;
} input_t;

static input_t read_input(const uint8_t *data, size_t size)
{
   input_t input = {.question = {.kind = (flp_ask_kind_t)(data[0] % FLP_ASK_KINDS), .op = flp_view(data + 1, size - 1)}};
   bson_t doc;
   bson_iter_t it;
   /* A plan is walked before anything of it is used; so is this one. */
   if (!flp_bson_valid(input.question.op, NULL, NULL, NULL) || !bson_init_static(&doc, data + 1, size - 1) || !bson_iter_init(&it, &doc)) {
      return input;
   }
   while (bson_iter_next(&it)) {
      const char *key = bson_iter_key(&it);
      if (strcmp(key, "world") == 0) {
         input.has_world = true;
         input.world = it;
      } else if (strcmp(key, "fault") == 0) {
         input.has_fault = true;
         input.fault = it;
      } else if (strcmp(key, "op") == 0) {
         flp_bytes_of_value(&it, &input.question.op);
      } else if (strcmp(key, "db") == 0 && BSON_ITER_HOLDS_UTF8(&it)) {
         uint32_t len = 0;
         const char *text = bson_iter_utf8(&it, &len);
         input.question.db = flp_view(text, len);
         input.question.has_db = true;
      }
   }
   return input;
}

static bool within(flp_view_t part, flp_view_t whole)
{
   return part.len == 0 || (part.data >= whole.data && part.data + part.len <= whole.data + whole.len);
}

/* What the role made: a document that names a collection of that database. */
static void check_collection(const flp_world_t *world, const flp_question_t *question, flp_view_t reply)
{
   bson_t doc, all;
   bson_iter_t it;
   bool there = false;
   check(bson_init_static(&doc, reply.data, reply.len) && bson_iter_init_find(&it, &doc, "name") && BSON_ITER_HOLDS_UTF8(&it));
   const char *name = bson_iter_utf8(&it, NULL);
   check(bson_init_static(&all, world->collections.data, world->collections.len) && bson_iter_init(&it, &all));
   while (!there && bson_iter_next(&it)) {
      const char *key = bson_iter_key(&it);
      there = strlen(key) > question->db.len && memcmp(key, question->db.data, question->db.len) == 0 && key[question->db.len] == '.' &&
              strcmp(key + question->db.len + 1, name) == 0;
   }
   check(there);
}

static void check_answer(const flp_world_t *world, const flp_question_t *question, const flp_answer_t *answer)
{
   const bool collinfo = question->kind == FLP_ASK_COLLINFO || question->kind == FLP_ASK_COLLINFO_WITH_DB;
   if (answer->kind != FLP_ANSWERED) {
      check(answer->len == 0 && answer->why[0] != '\0');
      return;
   }
   check(world->roles[question->kind] != NULL && answer->why[0] == '\0');
   for (size_t i = 0; i < answer->len; i++) {
      const flp_reply_t *reply = &answer->replies[i];
      check(reply->times == 1 && !reply->reset);
      if (collinfo && !within(reply->bytes, world->collections)) {
         check_collection(world, question, reply->bytes);
      } else if (question->kind == FLP_ASK_KEYS) {
         check(within(reply->bytes, world->key_vault));
      }
   }
}

static void check_same(const flp_answer_t *a, const flp_answer_t *b)
{
   check(a->kind == b->kind && a->len == b->len && strcmp(a->why, b->why) == 0);
   for (size_t i = 0; i < a->len; i++) {
      check(flp_view_equal(a->replies[i].bytes, b->replies[i].bytes));
   }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   if (size == 0) {
      return 0;
   }
   char why[160] = "";
   flp_world_t world;
   flp_fault_t fault;
   flp_answer_t answer = {0}, again = {0};
   const input_t input = read_input(data, size);
   if (flp_world_init(&world, input.has_world ? &input.world : NULL, 1, 2, why, sizeof why)) {
      world.roles[FLP_ASK_KEYS] = flp_key_vault_answer;
      world.roles[FLP_ASK_COLLINFO] = world.roles[FLP_ASK_COLLINFO_WITH_DB] = flp_collections_answer;
      world.roles[FLP_ASK_MARKINGS] = flp_mongocryptd_answer;
      flp_world_ask(&world, &input.question, &answer);
      check_answer(&world, &input.question, &answer);
      flp_world_ask(&world, &input.question, &again);
      check_same(&answer, &again);
      check(world.n_journal == 2);
      if (input.has_fault && flp_fault_parse(&input.fault, &fault, why, sizeof why)) {
         check(flp_fault_apply(&fault, &answer));
      }
   } else {
      check(why[0] != '\0');
   }
   flp_answer_cleanup(&answer);
   flp_answer_cleanup(&again);
   flp_world_cleanup(&world);
   return 0;
}
