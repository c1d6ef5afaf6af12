/* Cuts a plan by the field table: it walks shapes, and copies everything else as it is. */
#include "runner/grammar/plan.h"

#include "runner/grammar/fields.h"

#include <string.h>

static void cut_shape(const char *shape, const bson_iter_t *parent, bson_t *out);

static void cut_list(const char *shape, const bson_iter_t *list, bson_t *out)
{
   bson_iter_t item;
   bson_t child, sub;
   bson_append_array_begin(out, bson_iter_key(list), -1, &child);
   if (bson_iter_recurse(list, &item)) {
      while (bson_iter_next(&item)) {
         bson_append_document_begin(&child, bson_iter_key(&item), -1, &sub);
         cut_shape(shape, &item, &sub);
         bson_append_document_end(&child, &sub);
      }
   }
   bson_append_array_end(out, &child);
}

static void cut_field(const flp_field_t *field, const bson_iter_t *value, bson_t *out)
{
   bson_t child;
   switch (field->kind) {
   case FLP_KIND_SHAPE:
      bson_append_document_begin(out, field->name, -1, &child);
      cut_shape(field->of, value, &child);
      bson_append_document_end(out, &child);
      break;
   case FLP_KIND_SHAPES:
   case FLP_KIND_SOME_SHAPES:
      cut_list(field->of, value, out);
      break;
   case FLP_KIND_STEPS:
      cut_list("step", value, out);
      break;
   default:
      bson_append_iter(out, field->name, -1, value);
   }
}

/* A function of the ABI in a step is no field of the table: it goes through whole. */
static void cut_shape(const char *shape, const bson_iter_t *parent, bson_t *out)
{
   bson_iter_t iter;
   if (!bson_iter_recurse(parent, &iter)) {
      return;
   }
   while (bson_iter_next(&iter)) {
      const flp_field_t *field = flp_field_find(shape, bson_iter_key(&iter));
      if (!field) {
         bson_append_iter(out, bson_iter_key(&iter), -1, &iter);
      } else if (!(field->flags & FLP_FIELD_EXPECTED)) {
         cut_field(field, &iter, out);
      } else if (strcmp(shape, "step") == 0 && strcmp(field->name, "state") == 0) {
         /* Which state must come the host need not know, but that it is to be read. */
         bson_append_bool(out, "read_state", -1, true);
      }
   }
}

void flp_plan_cut(const bson_t *doc, bson_t *plan)
{
   bson_iter_t iter;
   if (!bson_iter_init(&iter, doc)) {
      return;
   }
   while (bson_iter_next(&iter)) {
      const flp_field_t *field = flp_field_find("case", bson_iter_key(&iter));
      if (field && (field->flags & FLP_FIELD_IN_PLAN)) {
         cut_field(field, &iter, plan);
      }
   }
}
