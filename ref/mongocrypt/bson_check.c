/* From a defect that the walker found to an error. */
#include "ref/mongocrypt/bson_check.h"

bool flp_bson_refuse(const flp_bson_walk_t *walk, flp_error_t row, const char *what, flp_status_t *status)
{
   if (!walk->limit) {
      return flp_error(status, row, FLP_FACTS(flp_fact_text("what", what), flp_fact_int("offset", walk->at)));
   }
   bool depth = walk->depth >= FLP_MAX_DOCUMENT_DEPTH;
   int64_t max = depth ? (int64_t)FLP_MAX_DOCUMENT_DEPTH : (int64_t)FLP_MAX_DOCUMENT_LEN;
   int64_t value = depth ? max + 1 : (int64_t)walk->doc.len;
   return flp_error(status, FLP_LIMIT_EXCEEDED,
                    FLP_FACTS(flp_fact_text("limit", walk->limit), flp_fact_int("value", value), flp_fact_int("max", max)));
}

bool flp_bson_check(flp_view_t document, flp_error_t row, const char *what, flp_status_t *status)
{
   flp_bson_element_t unused;
   return flp_bson_check_find(document, NULL, &unused, row, what, status);
}

bool flp_bson_check_find(flp_view_t document, const char *key, flp_bson_element_t *found, flp_error_t row, const char *what,
                         flp_status_t *status)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   found->type = FLP_BSON_END;
   bool more = flp_bson_walk_init(&walk, document);
   while (more) {
      more = flp_bson_walk_next(&walk, &element);
      if (more && key && element.depth == 1 && element.type != FLP_BSON_END && found->type == FLP_BSON_END &&
          flp_view_equal_text(element.key, key)) {
         *found = element;
      }
   }
   return walk.reason ? flp_bson_refuse(&walk, row, what, status) : true;
}

bool flp_bson_finish(flp_doc_writer_t *writer, flp_buf_t *out, const char *what, flp_status_t *status)
{
   if (flp_doc_finish(writer, out)) {
      return true;
   }
   if (writer->too_long) {
      return flp_error(status, FLP_LIMIT_EXCEEDED,
                       FLP_FACTS(flp_fact_text("limit", "document_len"), flp_fact_int("max", FLP_MAX_DOCUMENT_LEN)));
   }
   return flp_error_memory(status, what, 0);
}
