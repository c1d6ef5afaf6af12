/* The mongocryptd role: the greeting only. Which values of a command are to be encrypted is not guessed here: that takes query analysis,
 * which this world does not have yet. */
#include "mocks/mongod/mongocryptd.h"

#include "ref/base/doc_writer.h"

#include <stdio.h>
#include <string.h>

static void no_role(flp_answer_t *answer, const char *why)
{
   answer->kind = FLP_NO_ROLE;
   snprintf(answer->why, sizeof answer->why, "%s", why);
}

static bool is_greeting(const char *command)
{
   return strcmp(command, "isMaster") == 0 || strcmp(command, "ismaster") == 0 || strcmp(command, "hello") == 0;
}

static bool greet(const flp_world_t *world, bool hello, flp_buf_t *out)
{
   enum { MAX_DOCUMENT = 16 * 1024 * 1024, MAX_MESSAGE = 48000000 };
   static const uint8_t one[] = {0, 0, 0, 0, 0, 0, 0xF0, 0x3F}; /* 1.0 */
   flp_doc_writer_t w = {0};
   flp_doc_begin(&w, 200);
   flp_doc_bool(&w, hello ? "isWritablePrimary" : "ismaster", true);
   flp_doc_bool(&w, "iscryptd", true);
   flp_doc_int32(&w, "maxBsonObjectSize", MAX_DOCUMENT);
   flp_doc_int32(&w, "maxMessageSizeBytes", MAX_MESSAGE);
   flp_doc_date(&w, "localTime", world->now_ms);
   flp_doc_int32(&w, "maxWireVersion", world->wire_version);
   flp_doc_int32(&w, "minWireVersion", 0);
   flp_doc_raw(&w, FLP_BSON_DOUBLE, flp_view_text("ok"), flp_view(one, sizeof one));
   return flp_doc_finish(&w, out);
}

void flp_mongocryptd_answer(const flp_world_t *world, const flp_question_t *question, flp_answer_t *answer)
{
   bson_t doc;
   bson_iter_t it;
   flp_buf_t made = {0};
   if (!world->has_mongocryptd) {
      no_role(answer, "this world has no `mongocryptd`");
      return;
   }
   if (!flp_bson_valid(question->op, NULL, NULL, NULL) || !bson_init_static(&doc, question->op.data, question->op.len) ||
       !bson_iter_init(&it, &doc) || !bson_iter_next(&it)) {
      flp_answer_refuse(answer, "the command is not a BSON document, or an empty one");
      return;
   }
   const char *command = bson_iter_key(&it);
   if (!is_greeting(command)) {
      no_role(answer, "no role of this world analyses commands yet");
      return;
   }
   if (!BSON_ITER_HOLDS_INT32(&it) || bson_iter_int32(&it) != 1) {
      flp_answer_refuse(answer, "the value of `%.40s` is the int32 1", command);
      return;
   }
   const bool hello = strcmp(command, "hello") == 0;
   if (bson_iter_next(&it)) {
      flp_answer_refuse(answer, "the greeting has one field only, not `%.40s`", bson_iter_key(&it));
      return;
   }
   if (!greet(world, hello, &made) || !flp_answer_add_take(answer, &made)) {
      flp_answer_refuse(answer, "no memory for the answer");
   }
   flp_buf_cleanup(&made);
}
