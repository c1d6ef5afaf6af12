/* The world's data and its journal: what a case puts in, what was asked. Which role answers is said by whoever composes it. */
#include "mocks/world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[FLP_ASK_KINDS] = {
   [FLP_ASK_COLLINFO] = "collinfo", [FLP_ASK_COLLINFO_WITH_DB] = "collinfo_with_db",
   [FLP_ASK_MARKINGS] = "markings", [FLP_ASK_KEYS] = "keys",
   [FLP_ASK_KMS] = "kms",           [FLP_ASK_CREDENTIALS] = "credentials",
};

const char *flp_ask_kind_name(flp_ask_kind_t kind)
{
   return (unsigned)kind < FLP_ASK_KINDS ? kind_names[kind] : "unknown";
}

static bool read_mongocryptd(flp_world_t *world, const bson_iter_t *doc)
{
   bson_iter_t it;
   if (!BSON_ITER_HOLDS_DOCUMENT(doc) || !bson_iter_recurse(doc, &it) || !bson_iter_find(&it, "maxWireVersion")) {
      return false;
   }
   const int64_t version = BSON_ITER_HOLDS_INT(&it) ? bson_iter_as_int64(&it) : -1;
   world->has_mongocryptd = true;
   world->wire_version = (int32_t)version;
   return version >= 0 && version <= INT32_MAX;
}

bool flp_world_init(flp_world_t *world, const bson_iter_t *doc, uint64_t seed, int64_t now_ms, char *why, size_t why_len)
{
   *world = (flp_world_t){.seed = seed, .now_ms = now_ms};
   bson_iter_t it;
   if (doc == NULL) {
      return true;
   }
   if (!BSON_ITER_HOLDS_DOCUMENT(doc) || !bson_iter_recurse(doc, &it)) {
      snprintf(why, why_len, "`world` is a mapping");
      return false;
   }
   while (bson_iter_next(&it)) {
      const char *key = bson_iter_key(&it);
      bool ok = true;
      if (strcmp(key, "key_vault") == 0) {
         ok = BSON_ITER_HOLDS_ARRAY(&it) && flp_bytes_of_value(&it, &world->key_vault);
      } else if (strcmp(key, "collections") == 0) {
         ok = BSON_ITER_HOLDS_DOCUMENT(&it) && flp_bytes_of_value(&it, &world->collections);
      } else if (strcmp(key, "mongocryptd") == 0) {
         ok = read_mongocryptd(world, &it);
      } else if (strcmp(key, "seed") == 0) {
         ok = BSON_ITER_HOLDS_INT32(&it) || BSON_ITER_HOLDS_INT64(&it);
         world->seed = (uint64_t)bson_iter_as_int64(&it);
      } else if (strcmp(key, "random") == 0) {
         ok = BSON_ITER_HOLDS_BINARY(&it) && flp_bytes_of_value(&it, &world->random);
      } else if (strcmp(key, "now") == 0) {
         ok = BSON_ITER_HOLDS_DATE_TIME(&it);
         world->now_ms = ok ? bson_iter_date_time(&it) : 0;
      }
      /* `kms` belongs to roles that are not there yet: a question to them ends in FLP_NO_ROLE. */
      if (!ok) {
         snprintf(why, why_len, "`world.%.60s` has a value of the wrong type", key);
         return false;
      }
   }
   return true;
}

void flp_world_cleanup(flp_world_t *world)
{
   for (size_t i = 0; i < world->n_journal; i++) {
      flp_buf_cleanup(&world->journal[i].op);
      free(world->journal[i].refused);
   }
   free(world->journal);
   world->journal = NULL;
   world->n_journal = world->cap_journal = 0;
}

void flp_world_note(flp_world_t *world, const flp_question_t *question, const char *fault, const char *refused)
{
   if (world->n_journal == world->cap_journal) {
      const size_t cap = world->cap_journal == 0 ? 8 : world->cap_journal * 2;
      flp_journal_entry_t *journal = realloc(world->journal, cap * sizeof *journal);
      if (journal == NULL) {
         return;
      }
      world->journal = journal;
      world->cap_journal = cap;
   }
   flp_journal_entry_t *entry = &world->journal[world->n_journal];
   *entry = (flp_journal_entry_t){.kind = question->kind, .fault = fault};
   if (!flp_buf_copy(&entry->op, question->op)) {
      return;
   }
   if (refused != NULL) {
      entry->refused = strdup(refused);
   }
   world->n_journal++;
}

void flp_world_note_fault(flp_world_t *world, const char *fault)
{
   if (world->n_journal > 0) {
      world->journal[world->n_journal - 1].fault = fault;
   }
}

void flp_world_ask(flp_world_t *world, const flp_question_t *question, flp_answer_t *answer)
{
   const flp_role_t role = (unsigned)question->kind < FLP_ASK_KINDS ? world->roles[question->kind] : NULL;
   if (role == NULL) {
      answer->kind = FLP_NO_ROLE;
      snprintf(answer->why, sizeof answer->why, "no role of this world answers `%s` yet", flp_ask_kind_name(question->kind));
   } else {
      answer->kind = FLP_ANSWERED;
      role(world, question, answer);
   }
   flp_world_note(world, question, NULL, answer->kind == FLP_ANSWERED ? NULL : answer->why);
}
