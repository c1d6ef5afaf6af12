/* One function for shapes, one for kinds, one for steps. A placeholder may stand for any value, so every kind but text allows it, and for
 * a key: where one does, what must stand in the mapping cannot be said before the matrix is multiplied. */
#include "runner/grammar/jsonschema.h"

#include "runner/abi_table.h"
#include "runner/grammar/fields.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static json_t *type(const char *name)
{
   return json_pack("{s:s}", "type", name);
}

static json_t *reference(const char *name)
{
   return json_pack("{s:s+}", "$ref", "#/$defs/", name);
}

/* Steals the alternatives; the placeholder is one more. */
static json_t *or_placeholder(json_t *a, json_t *b, json_t *c)
{
   json_t *any = json_array();
   json_t *all[] = {a, b, c, reference("placeholder")};
   for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
      if (all[i]) {
         json_array_append_new(any, all[i]);
      }
   }
   return json_pack("{s:o}", "anyOf", any);
}

static json_t *list_of(json_t *items, int min)
{
   return json_pack("{s:s, s:o, s:i}", "type", "array", "items", items, "minItems", min);
}

static json_t *words(const flp_words_t *list)
{
   json_t *all = json_array();
   for (size_t i = 0; list->words[i]; i++) {
      json_array_append_new(all, json_string(list->words[i]));
   }
   return json_pack("{s:o}", "enum", all);
}

static json_t *pattern(const char *regex)
{
   return json_pack("{s:s, s:s}", "type", "string", "pattern", regex);
}

static json_t *pattern_of(const flp_field_t *f)
{
   const flp_pattern_t *row = flp_pattern_find(f->of);
   json_t *made = pattern(row->regex);
   if (row->max > 0) {
      json_object_set_new(made, "maxLength", json_integer((json_int_t)row->max));
   }
   return made;
}

static json_t *integer(json_int_t min)
{
   return min == INT64_MIN ? type("integer") : json_pack("{s:s, s:I}", "type", "integer", "minimum", min);
}

static json_t *kind_schema(const flp_field_t *f)
{
   switch (f->kind) {
   case FLP_KIND_FORMAT:
      return json_pack("{s:i}", "const", 1);
   case FLP_KIND_TEXT:
   case FLP_KIND_ALGORITHM:
      return type("string");
   case FLP_KIND_PATTERN:
      return or_placeholder(pattern_of(f), NULL, NULL);
   case FLP_KIND_PATTERNS:
      return or_placeholder(list_of(or_placeholder(pattern_of(f), NULL, NULL), 1), NULL, NULL);
   case FLP_KIND_TEXTS:
      return or_placeholder(list_of(type("string"), 1), NULL, NULL);
   case FLP_KIND_WORD:
      return or_placeholder(words(flp_words_find(f->of)), NULL, NULL);
   case FLP_KIND_BOOL:
      return or_placeholder(type("boolean"), NULL, NULL);
   case FLP_KIND_INT:
      return or_placeholder(integer(INT64_MIN), reference("long"), NULL);
   case FLP_KIND_COUNT:
      return or_placeholder(integer(0), reference("long"), NULL);
   case FLP_KIND_POSITIVE:
      return or_placeholder(integer(1), reference("long"), NULL);
   case FLP_KIND_COUNT_OR_EVERY:
      return or_placeholder(integer(1), reference("long"), json_pack("{s:s}", "const", "every"));
   case FLP_KIND_DURATION:
      return or_placeholder(pattern("^[+][0-9]+(ms|s|min)?$"), NULL, NULL);
   case FLP_KIND_DATE:
      return or_placeholder(type("string"), type("object"), NULL);
   case FLP_KIND_BINARY:
      return or_placeholder(reference("bytes"), NULL, NULL);
   case FLP_KIND_DOCUMENT:
      return or_placeholder(type("object"), NULL, NULL);
   case FLP_KIND_DOCUMENTS:
      return or_placeholder(list_of(or_placeholder(type("object"), NULL, NULL), 0), NULL, NULL);
   case FLP_KIND_DOCUMENT_OR_LIST:
      return or_placeholder(type("object"), list_of(or_placeholder(type("object"), NULL, NULL), 0), NULL);
   case FLP_KIND_DOCUMENT_OR_LIVE:
      return or_placeholder(type("object"), json_pack("{s:s}", "const", "live"), NULL);
   case FLP_KIND_DOCUMENTS_OR_LIVE:
      return or_placeholder(list_of(or_placeholder(type("object"), NULL, NULL), 0), json_pack("{s:s}", "const", "live"), NULL);
   case FLP_KIND_REPLIES:
      return or_placeholder(list_of(json_pack("{s:[o,o,o]}", "anyOf", type("string"), reference("bytes"), reference(f->of)), 0),
                            json_pack("{s:s}", "const", "live"), NULL);
   case FLP_KIND_VALUE:
   case FLP_KIND_COMPARED:
      return json_object();
   case FLP_KIND_COMPARED_MAP:
      return or_placeholder(type("object"), NULL, NULL);
   case FLP_KIND_FACTS:
      return or_placeholder(json_pack("{s:s, s:{s:[{s:[s,s,s,s]},o]}}", "type", "object", "additionalProperties", "anyOf", "type", "string",
                                      "number", "boolean", "null", reference("bytes")),
                            NULL, NULL);
   case FLP_KIND_NAMESPACES:
      return or_placeholder(json_pack("{s:s, s:o, s:{s:[o,o,o]}}", "type", "object", "propertyNames",
                                      or_placeholder(pattern(flp_pattern_find("namespace")->regex), NULL, NULL), "additionalProperties",
                                      "anyOf", reference("bytes"), reference(f->of), reference("placeholder")),
                            NULL, NULL);
   case FLP_KIND_SHAPE:
      return or_placeholder(reference(f->of), NULL, NULL);
   case FLP_KIND_SHAPES:
      return or_placeholder(list_of(or_placeholder(reference(f->of), NULL, NULL), 0), NULL, NULL);
   case FLP_KIND_SOME_SHAPES:
      return or_placeholder(list_of(or_placeholder(reference(f->of), NULL, NULL), 1), NULL, NULL);
   case FLP_KIND_STEPS:
      return or_placeholder(list_of(or_placeholder(reference("step"), NULL, NULL), 1), NULL, NULL);
   case FLP_KIND_MATRIX:
      return reference("matrix");
   case FLP_KIND_DEFAULTS:
      return reference("defaults");
   case FLP_N_KINDS:
      break;
   }
   return json_object();
}

static json_t *required(const char *a, const char *b)
{
   return b ? json_pack("{s:[s,s]}", "required", a, b) : json_pack("{s:[s]}", "required", a);
}

/* Pairs of a group may not stand together. */
static void add_exclusions(const flp_shape_t *shape, char group, json_t *all)
{
   for (const flp_field_t *a = flp_field_next(shape, NULL); a; a = flp_field_next(shape, a)) {
      for (const flp_field_t *b = flp_field_next(shape, a); b && a->group == group; b = flp_field_next(shape, b)) {
         if (b->group == group) {
            json_array_append_new(all, json_pack("{s:o}", "not", required(a->name, b->name)));
         }
      }
   }
}

static json_t *one_of_group(const flp_shape_t *shape, char group)
{
   json_t *any = json_array();
   for (const flp_field_t *f = flp_field_next(shape, NULL); f; f = flp_field_next(shape, f)) {
      if (f->group == group) {
         json_array_append_new(any, required(f->name, NULL));
      }
   }
   return json_pack("{s:o}", "anyOf", any);
}

/* Steals the condition. */
static json_t *unless_placeholder_key(json_t *condition)
{
   return json_pack("{s:[o,o]}", "anyOf", reference("placeholder_key"), condition);
}

/* The frame of a mapping with these fields, all optional. Steals. */
static json_t *mapping(const char *doc, json_t *properties)
{
   return json_pack("{s:s, s:s, s:o, s:{s:{}}, s:b}", "description", doc, "type", "object", "properties", properties, "patternProperties",
                    "[$][{]", "additionalProperties", 0);
}

/* What a case lacks its file's defaults may give: "must stand" is said at the file, by this. */
static json_t *here_or_in_defaults(json_t *condition)
{
   condition = unless_placeholder_key(condition);
   json_t *in_defaults = json_pack("{s:[s], s:{s:O}}", "required", "defaults", "properties", "defaults", condition);
   json_t *in_cases = json_pack("{s:{s:{s:o}}}", "properties", "cases", "items", condition);
   return json_pack("{s:[o,o]}", "anyOf", in_defaults, in_cases);
}

/* `file_rules`: of the shape `case`, conditions that belong to the file. */
static json_t *shape_schema(const flp_shape_t *shape, json_t *file_rules)
{
   json_t *properties = json_object(), *must = json_array(), *all = json_array(), *dependent = json_object();
   char seen[16] = {0};
   size_t n_seen = 0;
   for (const flp_field_t *f = flp_field_next(shape, NULL); f; f = flp_field_next(shape, f)) {
      json_t *schema = kind_schema(f);
      json_object_set_new(schema, "description", json_string(f->doc));
      json_object_set_new(properties, f->name, schema);
      bool elsewhere = file_rules && !(f->flags & FLP_FIELD_OWN);
      if (f->flags & FLP_FIELD_REQUIRED) {
         elsewhere ? json_array_append_new(file_rules, here_or_in_defaults(required(f->name, NULL)))
                   : json_array_append_new(must, json_string(f->name));
      }
      if (f->needs && !file_rules) {
         json_object_set_new(dependent, f->name, json_pack("[s]", f->needs));
      }
      if (f->group && !strchr(seen, f->group) && n_seen + 1 < sizeof seen) {
         seen[n_seen++] = f->group;
         add_exclusions(shape, f->group, all);
         if (f->group >= 'A' && f->group <= 'Z') {
            json_array_append_new(file_rules ? file_rules : all,
                                  file_rules ? here_or_in_defaults(one_of_group(shape, f->group)) : one_of_group(shape, f->group));
         }
      }
   }
   json_t *out = mapping(shape->doc, properties);
   if (shape->at_least > 0) {
      json_object_set_new(out, "minProperties", json_integer((json_int_t)shape->at_least));
   }
   json_array_append_new(all, json_pack("{s:o, s:o}", "required", must, "dependentRequired", dependent));
   json_object_update_new(out, unless_placeholder_key(json_pack("{s:o}", "allOf", all)));
   return out;
}

static json_t *argument_schema(flp_abi_kind_t kind)
{
   switch (kind) {
   case FLP_ABI_CRYPT:
   case FLP_ABI_CTX:
   case FLP_ABI_KMS:
   case FLP_ABI_STATUS:
   case FLP_ABI_BINARY:
   case FLP_ABI_BYTES_OUT:
      return json_pack("{s:[s,s]}", "type", "string", "null");
   case FLP_ABI_BYTES:
   case FLP_ABI_TEXT_LEN:
   case FLP_ABI_TEXT:
      return json_pack("{s:[s,s,s]}", "type", "string", "object", "null");
   case FLP_ABI_DATA_LEN:
      return or_placeholder(type("object"), type("null"), NULL);
   case FLP_ABI_BOOL:
      return or_placeholder(type("boolean"), NULL, NULL);
   case FLP_ABI_INT64:
      return or_placeholder(integer(INT64_MIN), reference("long"), NULL);
   case FLP_ABI_UINT64:
      return or_placeholder(integer(0), reference("long"), pattern("^[0-9]{1,20}$"));
   case FLP_ABI_UINT32:
      return or_placeholder(json_pack("{s:s, s:i, s:I}", "type", "integer", "minimum", 0, "maximum", (json_int_t)UINT32_MAX),
                            reference("long"), NULL);
   case FLP_ABI_STATUS_TYPE:
      return or_placeholder(integer(INT64_MIN), json_pack("{s:[s,s,s,s]}", "enum", "OK", "CLIENT", "KMS", "CRYPT_SHARED"), NULL);
   case FLP_ABI_LOG_FN:
   case FLP_ABI_CRYPTO_FN:
   case FLP_ABI_HMAC_FN:
   case FLP_ABI_HASH_FN:
   case FLP_ABI_RANDOM_FN:
      return or_placeholder(json_pack("{s:[s,s,n]}", "enum", "default", "failing"), NULL, NULL);
   case FLP_ABI_USER:
   case FLP_ABI_LEN_OUT:
   case FLP_ABI_TEXT_OUT:
   case FLP_ABI_BOOL_OUT:
   case FLP_ABI_VOID:
   case FLP_ABI_STATE:
      return or_placeholder(type("null"), NULL, NULL);
   }
   return json_object();
}

static json_t *function_schema(const flp_abi_function_t *function)
{
   json_t *properties = json_object(), *must = json_array();
   for (size_t i = 0; i < function->n_params; i++) {
      const flp_abi_param_t *param = &function->params[i];
      json_t *schema = argument_schema(param->kind);
      json_object_set_new(schema, "description", json_string(flp_abi_kind_words(param->kind)));
      json_object_set_new(properties, param->name, schema);
      if (!flp_abi_is_output(param->kind) && param->kind != FLP_ABI_USER) {
         json_array_append_new(must, json_string(param->name));
      }
   }
   json_t *out = mapping(function->name, properties);
   json_object_update_new(out, unless_placeholder_key(json_pack("{s:o}", "required", must)));
   return or_placeholder(out, NULL, NULL);
}

/* A step is its side fields and exactly one function of the ABI, or `clock`. */
static json_t *step_schema(void)
{
   json_t *out = shape_schema(flp_shape_find("step"), NULL), *properties = json_object_get(out, "properties"), *one = json_array();
   for (size_t i = 0; i < FLP_ABI_N_FUNCTIONS; i++) {
      json_object_set_new(properties, flp_abi_functions[i].name, function_schema(&flp_abi_functions[i]));
      json_array_append_new(one, required(flp_abi_functions[i].name, NULL));
   }
   json_array_append_new(one, required("clock", NULL));
   json_object_set_new(out, "allOf", json_pack("[o]", unless_placeholder_key(json_pack("{s:o}", "oneOf", one))));
   json_object_set_new(out, "dependentSchemas", json_pack("{s:{s:i}}", "clock", "maxProperties", 1));
   return out;
}

static json_t *matrix_schema(void)
{
   json_t *scalars = list_of(json_pack("{s:[s,s,s,s]}", "type", "string", "number", "boolean", "null"), 1);
   json_t *named = json_pack("{s:s, s:i}", "type", "object", "minProperties", 1);
   return json_pack("{s:s, s:i, s:o, s:{s:[o,o]}}", "type", "object", "minProperties", 1, "propertyNames",
                    pattern(flp_pattern_find("axis")->regex), "additionalProperties", "anyOf", scalars, named);
}

/* Fields of a case, none of them required, without those that every case has for itself. */
static json_t *defaults_schema(void)
{
   json_t *out = shape_schema(flp_shape_find("case"), NULL), *properties = json_object_get(out, "properties");
   json_object_set_new(out, "description", json_string("Fields that a case gets whole when it does not have them itself."));
   json_object_del(out, "anyOf");
   for (size_t i = 0; i < flp_n_fields; i++) {
      if (strcmp(flp_fields[i].shape, "case") == 0 && (flp_fields[i].flags & FLP_FIELD_OWN)) {
         json_object_del(properties, flp_fields[i].name);
      }
   }
   return out;
}

static void add_values(json_t *defs)
{
   json_object_set_new(defs, "placeholder", pattern("[$][{]"));
   json_object_set_new(defs, "placeholder_key", json_pack("{s:{s:{s:o}}}", "not", "propertyNames", "not", pattern("[$][{]")));
   json_object_set_new(defs, "long", json_pack("{s:s, s:[s]}", "type", "object", "required", "$numberLong"));
   json_object_set_new(defs, "bytes",
                       json_pack("{s:s, s:i, s:i, s:o}", "type", "object", "minProperties", 1, "maxProperties", 1, "propertyNames",
                                 pattern("^(!key|!uuid|!hex|!fill|[$]binary|[$]uuid)$")));
}

json_t *flp_json_schema(void)
{
   json_t *defs = json_object(), *file_rules = json_array();
   json_t *root = shape_schema(flp_shape_find("file"), NULL);
   add_values(defs);
   json_object_set_new(defs, "matrix", matrix_schema());
   json_object_set_new(defs, "defaults", defaults_schema());
   json_object_set_new(defs, "step", step_schema());
   for (size_t i = 0; i < flp_n_shapes; i++) {
      const char *name = flp_shapes[i].name;
      if (!json_object_get(defs, name) && strcmp(name, "file") != 0) {
         json_object_set_new(defs, name, shape_schema(&flp_shapes[i], strcmp(name, "case") == 0 ? file_rules : NULL));
      }
   }
   json_object_set_new(root, "allOf", file_rules);
   json_object_set_new(root, "$defs", defs);
   json_object_set_new(root, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
   json_object_set_new(root, "title", json_string("fleproof scenario file, format 1"));
   json_object_set_new(root, "$comment",
                       json_string("Printed by `fleproof schema`; a tagged value is an object with the tag as its one key."));
   return root;
}
