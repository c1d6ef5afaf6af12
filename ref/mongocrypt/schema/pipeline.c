/* One walk over the pipeline; a frame for each open container says what its elements are. */
#include "ref/mongocrypt/schema/pipeline.h"

#include <string.h>

#define EMPTY_DOCUMENT_LEN 5u
#define PATH_LEN 200u

/* A stage that names collections. */
typedef struct {
   const char *name;
   const char *field; /* that names a collection; NULL: each field is a pipeline ($facet) */
   flp_error_t row;   /* if that is no string */
} stage_rule_t;

static const stage_rule_t stage_rules[] = {
   {"$lookup", "from", FLP_E163},
   {"$unionWith", "coll", FLP_E165},
   {"$facet", NULL, FLP_E161},
};

/* What the elements of an open container are. */
typedef enum { STAGES, STAGE, SPEC } place_t;

typedef struct {
   const stage_rule_t *rule; /* of the stage around, or of this one; NULL: outermost */
   uint32_t n;               /* elements met so far */
   uint16_t path_len;        /* where the path of this container ends */
   uint8_t place;            /* a place_t */
} frame_t;

typedef struct {
   flp_bson_walk_t walk;
   frame_t frames[FLP_MAX_DOCUMENT_DEPTH + 1]; /* by the depth of the elements inside */
   char path[PATH_LEN + 1];
   flp_pipeline_each_t each;
   void *user;
   flp_status_t *status;
} reader_t;

/* Writes the path of an element behind that of its container; what has no room is left out. Names are of the caller's making. */
static uint16_t write_path(reader_t *reader, uint16_t at, flp_view_t key)
{
   if (at < PATH_LEN) {
      reader->path[at] = '.';
      at++;
   }
   for (size_t i = 0; i < key.len && at < PATH_LEN; i++, at++) {
      bool plain = key.data[i] > ' ' && key.data[i] < 0x7F;
      reader->path[at] = plain ? (char)key.data[i] : '?';
   }
   reader->path[at] = '\0';
   return at;
}

/* The nearest list of stages that holds `depth` has met the stage last that is read now. */
static const frame_t *list_of(const reader_t *reader, uint32_t depth)
{
   while (reader->frames[depth].place != STAGES) {
      depth--;
   }
   return &reader->frames[depth];
}

static bool refuse(reader_t *reader, flp_error_t row, const flp_bson_element_t *element)
{
   const frame_t *frame = &reader->frames[element->depth];
   flp_fact_t facts[3];
   size_t n = 0;
   if (frame->place != STAGES || element->depth == 0) { /* the key of a stage is its number */
      facts[n++] = flp_fact_text("stage", frame->rule ? frame->rule->name : NULL);
      facts[n++] = flp_fact_view("field", element->key);
   }
   if (element->depth > 0) {
      facts[n++] = flp_fact_int("index", (int64_t)list_of(reader, element->depth)->n - 1);
   }
   flp_error(reader->status, row, facts, n);
   write_path(reader, frame->path_len, element->key);
   flp_error_prefix(reader->status, ": ");
   return flp_error_prefix(reader->status, reader->path);
}

/* The walk stands inside the container `element` now. */
static bool enter(reader_t *reader, const flp_bson_element_t *element, place_t place, const stage_rule_t *rule)
{
   uint16_t path_len = write_path(reader, reader->frames[element->depth].path_len, element->key);
   reader->frames[element->depth + 1] = (frame_t){.place = (uint8_t)place, .rule = rule, .path_len = path_len};
   return true;
}

static bool pass_over(reader_t *reader, const flp_bson_element_t *element)
{
   if (reader->walk.depth > element->depth) {
      flp_bson_walk_skip(&reader->walk);
   }
   return true;
}

static bool read_pipeline(reader_t *reader, const flp_bson_element_t *element, const stage_rule_t *rule)
{
   return element->type == FLP_BSON_ARRAY ? enter(reader, element, STAGES, rule) : refuse(reader, FLP_E161, element);
}

/* The first field of a stage says which it is. */
static bool read_stage(reader_t *reader, const flp_bson_element_t *element, frame_t *frame)
{
   for (size_t i = 0; frame->n == 1 && i < sizeof stage_rules / sizeof stage_rules[0]; i++) {
      if (flp_view_equal_text(element->key, stage_rules[i].name)) {
         frame->rule = &stage_rules[i];
         return element->type == FLP_BSON_DOCUMENT ? enter(reader, element, SPEC, frame->rule) : refuse(reader, FLP_E164, element);
      }
   }
   return pass_over(reader, element);
}

static bool read_spec(reader_t *reader, const flp_bson_element_t *element, const stage_rule_t *rule)
{
   if (!rule->field || flp_view_equal_text(element->key, "pipeline")) {
      return read_pipeline(reader, element, rule);
   }
   if (!flp_view_equal_text(element->key, rule->field)) {
      return pass_over(reader, element);
   }
   if (element->type != FLP_BSON_STRING) {
      return refuse(reader, rule->row, element);
   }
   flp_view_t coll = flp_bson_text_view(element->value);
   if (coll.len > 0 && memchr(coll.data, 0, coll.len)) {
      return refuse(reader, FLP_PIPELINE_NUL, element);
   }
   return reader->each(coll, reader->user, reader->status);
}

static bool read_element(reader_t *reader, const flp_bson_element_t *element)
{
   frame_t *frame = &reader->frames[element->depth];
   frame->n++;
   switch ((place_t)frame->place) {
   case STAGES:
      if (element->type != FLP_BSON_DOCUMENT || element->value.len == EMPTY_DOCUMENT_LEN) {
         return refuse(reader, FLP_E162, element);
      }
      return enter(reader, element, STAGE, NULL);
   case STAGE:
      return read_stage(reader, element, frame);
   case SPEC:
      break;
   }
   return read_spec(reader, element, frame->rule);
}

bool flp_pipeline_read(const flp_bson_element_t *pipeline, flp_pipeline_each_t each, void *user, flp_status_t *status)
{
   static const char root[] = "aggregate";
   reader_t reader;
   flp_bson_element_t element;
   reader.each = each;
   reader.user = user;
   reader.status = status;
   memcpy(reader.path, root, sizeof root);
   reader.frames[0] = (frame_t){.place = STAGES, .path_len = sizeof root - 1};
   flp_bson_element_t outermost = {.type = pipeline->type, .depth = 0, .key = pipeline->key, .value = pipeline->value};
   if (!read_pipeline(&reader, &outermost, NULL) || !flp_bson_walk_init(&reader.walk, pipeline->value)) {
      return false;
   }
   while (flp_bson_walk_next(&reader.walk, &element)) {
      if (element.type != FLP_BSON_END && !read_element(&reader, &element)) {
         return false;
      }
   }
   return true;
}
