/* Finds what a case plants: keys and values of calls in its plan, markings in the answers that the host gave. A value that stands in clear
 * in a place where it is meant to be public is left out again. */
#include "runner/judge/planted.h"

#include "ref/base/bson_walk.h"
#include "runner/material/secrets.h"

#include <stdlib.h>
#include <string.h>

enum {
   RANGES_MAX = 512,
   LEAVES_MAX = 512,        /* plaintexts of one case that are looked at: each is searched in the whole plan */
   TEXT_DISTINCT_MIN = 4,   /* different bytes of a text or binary: padding is no secret */
   NUMBER_DISTINCT_MIN = 6, /* of a number: small ones are mostly zeros */
   PLAN_LEN_MAX = 64 << 20,
};

typedef struct {
   const flp_judging_t *j;
   flp_planted_list_t *list;
   flp_view_t plan;
   flp_view_t private_ranges[RANGES_MAX]; /* of the plan: what stands there is not public by that */
   size_t n_ranges;
   size_t n_leaves;
   bool crowded; /* more ranges than there is room for: then nothing is known to be private */
   flp_secrets_t secrets;
} finding_t;

/* ---- ranges of the plan ---- */

static void add_range(finding_t *f, flp_view_t range)
{
   if (f->n_ranges == RANGES_MAX) {
      f->crowded = true;
   } else if (range.data) {
      f->private_ranges[f->n_ranges++] = range;
   }
}

/* Does `content` stand in `where` with its beginning outside of all ranges? A hit inside of one leads behind it. */
static bool occurs_outside(flp_view_t where, flp_view_t content, const flp_view_t *ranges, size_t n_ranges)
{
   const uint8_t *at = where.data, *end = at ? at + where.len : at;
   while (at < end) {
      const uint8_t *hit = memmem(at, (size_t)(end - at), content.data, content.len);
      if (!hit) {
         return false;
      }
      at = hit;
      for (size_t i = 0; i < n_ranges && at == hit; i++) {
         if (hit >= ranges[i].data && hit < ranges[i].data + ranges[i].len) {
            at = ranges[i].data + ranges[i].len;
         }
      }
      if (at == hit) {
         return true;
      }
   }
   return false;
}

static bool public_in_plan(const finding_t *f, flp_view_t content)
{
   return occurs_outside(f->plan, content, f->private_ranges, f->n_ranges);
}

static flp_view_t view_of_value(const bson_iter_t *iter)
{
   const uint8_t *data = NULL;
   uint32_t len = 0;
   if (BSON_ITER_HOLDS_DOCUMENT(iter)) {
      bson_iter_document(iter, &len, &data);
   } else if (BSON_ITER_HOLDS_ARRAY(iter)) {
      bson_iter_array(iter, &len, &data);
   } else if (BSON_ITER_HOLDS_BINARY(iter)) {
      bson_iter_binary(iter, NULL, &len, &data);
   }
   return flp_view(data, len);
}

/* ---- adding ---- */

static size_t distinct_bytes(flp_view_t bytes)
{
   bool seen[256] = {false};
   size_t n = 0;
   for (size_t i = 0; i < bytes.len; i++) {
      n += !seen[bytes.data[i]];
      seen[bytes.data[i]] = true;
   }
   return n;
}

static flp_view_t cut(flp_view_t bytes)
{
   return flp_view(bytes.data, bytes.len < FLP_PLANTED_NEEDLE ? bytes.len : FLP_PLANTED_NEEDLE);
}

static void add(finding_t *f, flp_planted_kind_t kind, json_int_t call, flp_view_t needle, bool encoded)
{
   flp_planted_list_t *list = f->list;
   for (size_t i = 0; i < list->n; i++) {
      flp_planted_t *known = &list->items[i];
      if (known->kind == kind && known->call == call && flp_view_equal(flp_view(known->needle, known->len), needle)) {
         return;
      }
   }
   if (list->n < FLP_PLANTED_MAX) {
      flp_planted_t *planted = &list->items[list->n++];
      *planted = (flp_planted_t){.kind = kind, .call = call, .encoded = encoded, .len = needle.len};
      memcpy(planted->needle, needle.data, needle.len);
   }
}

/* Where a plaintext stands in clear beside what is to be hidden: documents that query analysis returned. NULL data: nowhere. */
typedef struct {
   flp_planted_kind_t kind;
   json_int_t call;
   bool expression; /* text that begins with `$` names a field there */
   flp_view_t beside;
   const flp_view_t *hidden; /* parts of `beside` that are not in clear: the markings */
   size_t n_hidden;
} origin_t;

static void add_content(finding_t *f, const origin_t *origin, const flp_bson_element_t *element)
{
   flp_view_t content = element->value;
   size_t distinct = TEXT_DISTINCT_MIN;
   uint8_t subtype = 0;
   switch (element->type) {
   case FLP_BSON_STRING:
   case FLP_BSON_CODE:
   case FLP_BSON_SYMBOL:
      content = flp_bson_text_view(element->value);
      if (origin->expression && content.len > 0 && content.data[0] == '$') {
         return;
      }
      break;
   case FLP_BSON_BINARY:
      content = flp_bson_binary_view(element->value, &subtype);
      break;
   case FLP_BSON_OBJECT_ID:
   case FLP_BSON_DECIMAL128:
   case FLP_BSON_DOUBLE:
   case FLP_BSON_INT64:
   case FLP_BSON_DATE:
   case FLP_BSON_TIMESTAMP:
      distinct = NUMBER_DISTINCT_MIN;
      break;
   default:
      return;
   }
   bool encoded = content.len < FLP_PLANTED_MIN;
   flp_view_t needle = cut(encoded ? element->value : content), known_as = cut(content);
   if (needle.len < FLP_PLANTED_MIN || content.len == 0 || f->n_leaves == LEAVES_MAX) {
      return;
   }
   f->n_leaves++;
   if (distinct_bytes(needle) < distinct || public_in_plan(f, known_as) ||
       occurs_outside(origin->beside, known_as, origin->hidden, origin->n_hidden)) {
      return;
   }
   add(f, origin->kind, origin->call, needle, encoded);
}

/* Every leaf of a document; of bytes that are none, what can be read of them. */
static void add_leaves(finding_t *f, const origin_t *origin, flp_view_t doc)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool more = flp_bson_walk_init_within(&walk, doc, PLAN_LEN_MAX);
   while (more && flp_bson_walk_next(&walk, &element)) {
      add_content(f, origin, &element);
   }
}

/* ---- calls and steps ---- */

typedef void (*visit_t)(finding_t *f, const char *name, const bson_iter_t *value, json_int_t call);

static bool is_explicit_encryption(const char *name)
{
   return strncmp(name, "explicit_encrypt", 16) == 0;
}

/* `value` of an explicit encryption, `cmd` of an automatic one. */
static void visit_call(finding_t *f, const bson_iter_t *call, json_int_t index, visit_t visit)
{
   bson_iter_t kind, field;
   if (!BSON_ITER_HOLDS_DOCUMENT(call) || !bson_iter_recurse(call, &kind) || !bson_iter_next(&kind)) {
      return;
   }
   if (flp_field(&kind, is_explicit_encryption(bson_iter_key(&kind)) ? "value" : "cmd", &field)) {
      visit(f, bson_iter_key(&kind), &field, index);
   }
}

static void visit_steps(finding_t *f, const bson_iter_t *steps, visit_t visit)
{
   bson_iter_t item, field, given;
   if (!bson_iter_recurse(steps, &item)) {
      return;
   }
   while (bson_iter_next(&item)) {
      static const char *const inits[] = {"ctx_explicit_encrypt_init", "ctx_explicit_encrypt_expression_init"};
      for (size_t i = 0; i < sizeof inits / sizeof inits[0]; i++) {
         if (flp_field(&item, inits[i], &field) && flp_field(&field, "msg", &given)) {
            visit(f, inits[i] + 4, &given, FLP_PLANTED_NO_CALL); /* without `ctx_` */
         }
      }
      if (flp_field(&item, "ctx_encrypt_init", &field) && flp_field(&field, "cmd", &given)) {
         visit(f, "encrypt", &given, FLP_PLANTED_NO_CALL);
      }
   }
}

static void visit_inputs(finding_t *f, visit_t visit)
{
   const bson_t *plan = &f->j->the_case->plan;
   bson_iter_t found, item, call;
   if (bson_iter_init_find(&found, plan, "call")) {
      visit_call(f, &found, 0, visit);
   }
   if (bson_iter_init_find(&found, plan, "calls") && bson_iter_recurse(&found, &item)) {
      for (json_int_t index = 0; bson_iter_next(&item); index++) {
         if (flp_field(&item, "call", &call)) {
            visit_call(f, &call, index, visit);
         }
      }
   }
   if (bson_iter_init_find(&found, plan, "steps") && BSON_ITER_HOLDS_ARRAY(&found)) {
      visit_steps(f, &found, visit);
   }
}

static void hide(finding_t *f, const char *name, const bson_iter_t *value, json_int_t call)
{
   (void)name;
   (void)call;
   add_range(f, view_of_value(value));
}

static void plant(finding_t *f, const char *name, const bson_iter_t *value, json_int_t call)
{
   origin_t origin = {.kind = FLP_PLANTED_VALUE, .call = call, .expression = strstr(name, "expression") != NULL};
   if (is_explicit_encryption(name)) {
      add_leaves(f, &origin, view_of_value(value));
   }
}

/* ---- the plan as a whole: where keys and answers of query analysis stand, and its ciphertexts ---- */

static void hide_in_plan(finding_t *f)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   uint8_t subtype = 0;
   bool more = flp_bson_walk_init_within(&walk, f->plan, PLAN_LEN_MAX);
   while (more && flp_bson_walk_next(&walk, &element)) {
      if (element.type == FLP_BSON_BINARY) {
         flp_view_t bytes = flp_bson_binary_view(element.value, &subtype);
         for (size_t i = 0; bytes.len == FLP_AEAD_KEY && i < f->secrets.n; i++) {
            if (memcmp(bytes.data, f->secrets.items[i].key, FLP_AEAD_KEY) == 0) {
               add_range(f, bytes);
            }
         }
      }
      bool container = element.type == FLP_BSON_DOCUMENT || element.type == FLP_BSON_ARRAY;
      if (container && flp_view_equal_text(element.key, "markings")) {
         add_range(f, element.value); /* what is in clear there is asked of the answer as it was given */
      }
   }
}

static void add_opened(finding_t *f)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   uint8_t subtype = 0;
   origin_t origin = {.kind = FLP_PLANTED_OPENED, .call = FLP_PLANTED_NO_CALL};
   bool more = f->secrets.n > 0 && flp_bson_walk_init_within(&walk, f->plan, PLAN_LEN_MAX);
   while (more && flp_bson_walk_next(&walk, &element)) {
      flp_view_t blob = element.type == FLP_BSON_BINARY ? flp_bson_binary_view(element.value, &subtype) : flp_view(NULL, 0);
      for (size_t i = 0; blob.data && subtype == 6 && i < f->secrets.n; i++) {
         flp_opened_t opened;
         const char *why = NULL;
         if (f->secrets.items[i].kind == FLP_SECRET_DATA_KEY &&
             flp_blob_open(f->secrets.items[i].key, blob.data, blob.len, &opened, &why)) {
            add_leaves(f, &origin, flp_view(bson_get_data(&opened.value), opened.value.len));
            flp_opened_cleanup(&opened);
         }
      }
   }
}

static void add_keys(finding_t *f)
{
   static const flp_planted_kind_t kinds[] = {
      [FLP_SECRET_LOCAL_KEY] = FLP_PLANTED_LOCAL_KEY,
      [FLP_SECRET_KEY_MATERIAL] = FLP_PLANTED_KEY_MATERIAL,
      [FLP_SECRET_DATA_KEY] = FLP_PLANTED_DATA_KEY,
   };
   for (size_t i = 0; i < f->secrets.n; i++) {
      const flp_secret_t *secret = &f->secrets.items[i];
      for (size_t at = 0; at < FLP_AEAD_KEY; at += FLP_SECRET_THIRD) {
         flp_view_t third = flp_view(secret->key + at, FLP_SECRET_THIRD);
         if (flp_secret_striking(third.data) && !public_in_plan(f, third)) {
            add(f, kinds[secret->kind], FLP_PLANTED_NO_CALL, third, false);
         }
      }
   }
}

/* ---- markings ---- */

static bool is_marking(const flp_bson_element_t *element, flp_view_t *inner)
{
   uint8_t subtype = 0;
   flp_view_t bytes = element->type == FLP_BSON_BINARY ? flp_bson_binary_view(element->value, &subtype) : flp_view(NULL, 0);
   if (subtype != 6 || bytes.len < 6 || (bytes.data[0] != 0 && bytes.data[0] != 3)) {
      return false;
   }
   *inner = flp_view(bytes.data + 1, bytes.len - 1);
   return true;
}

static void add_marked(finding_t *f, const origin_t *origin, flp_view_t marking)
{
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool in_value = false;
   bool more = flp_bson_walk_init(&walk, marking);
   while (more && flp_bson_walk_next(&walk, &element)) {
      if (element.depth == 1 && element.type != FLP_BSON_END) {
         in_value = flp_view_equal_text(element.key, "v");
      }
      if (in_value) {
         add_content(f, origin, &element);
      }
   }
}

static void add_markings(finding_t *f, json_int_t call, flp_view_t reply)
{
   enum { MARKINGS_MAX = 64 };
   flp_view_t markings[MARKINGS_MAX];
   origin_t origin = {.kind = FLP_PLANTED_MARKED, .call = call, .beside = reply, .hidden = markings};
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   bool more = flp_bson_walk_init_within(&walk, reply, PLAN_LEN_MAX);
   while (more && flp_bson_walk_next(&walk, &element)) {
      if (origin.n_hidden < MARKINGS_MAX && is_marking(&element, &markings[origin.n_hidden])) {
         origin.n_hidden++;
      }
   }
   for (size_t i = 0; i < origin.n_hidden; i++) {
      add_marked(f, &origin, markings[i]);
   }
}

static void add_answers(finding_t *f)
{
   for (size_t i = 0; i < f->j->events.len; i++) {
      const flp_event_t *event = &f->j->events.items[i];
      const char *kind = event->kind == FLP_EV_ANSWER ? flp_event_text(event->json, "kind") : NULL;
      const json_t *given = json_object_get(event->json, "given");
      if (!kind || strcmp(kind, "markings") != 0) {
         continue;
      }
      for (size_t n = 0; n < json_array_size(given); n++) {
         flp_buf_t bytes = {0};
         char *defect = NULL; /* told where the answer is judged */
         if (flp_event_bytes(json_array_get(given, n), f->j->files_dir, &bytes, &defect)) {
            add_markings(f, json_integer_value(json_object_get(event->json, "call")), flp_view_of(&bytes));
         }
         flp_buf_cleanup(&bytes);
         free(defect);
      }
   }
}

void flp_planted_find(const flp_judging_t *j, flp_planted_list_t *list)
{
   const bson_t *plan = &j->the_case->plan;
   finding_t *f = calloc(1, sizeof *f);
   list->n = 0;
   if (!f) {
      return;
   }
   f->j = j;
   f->list = list;
   f->plan = flp_view(bson_get_data(plan), plan->len);
   flp_secrets_find(plan, &f->secrets);
   hide_in_plan(f);
   visit_inputs(f, hide);
   if (!f->crowded) {
      add_keys(f);
      visit_inputs(f, plant);
      add_opened(f);
      add_answers(f);
   }
   free(f);
}
