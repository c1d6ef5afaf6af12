/* The rules on options as two tables, read from top to bottom; the first that is broken is the error.
 * A row holds when its condition is false. */
#include "ref/mongocrypt/ctx/checks.h"

#include "ref/mongocrypt/errors.h"
#include "ref/mongocrypt/handle.h"

/* --- kinds ------------------------------------------------------------------------------------------------------- */

static const char *const init_names[FLP_INIT_KINDS] = {
   [FLP_INIT_ENCRYPT] = "encrypt",
   [FLP_INIT_DECRYPT] = "decrypt",
   [FLP_INIT_EXPLICIT_DECRYPT] = "explicit_decrypt",
   [FLP_INIT_EXPLICIT_ENCRYPT] = "explicit_encrypt",
   [FLP_INIT_EXPLICIT_EXPRESSION] = "explicit_encrypt_expression",
   [FLP_INIT_DATAKEY] = "datakey",
   [FLP_INIT_REWRAP] = "rewrap_many_datakey",
};

const char *flp_init_name(flp_init_kind_t kind)
{
   return init_names[kind];
}

#define KIND(kind) (1u << (kind))
#define ENCRYPT KIND(FLP_INIT_ENCRYPT)
#define DECRYPT (KIND(FLP_INIT_DECRYPT) | KIND(FLP_INIT_EXPLICIT_DECRYPT))
#define EXPLICIT (KIND(FLP_INIT_EXPLICIT_ENCRYPT) | KIND(FLP_INIT_EXPLICIT_EXPRESSION))
#define DATAKEY KIND(FLP_INIT_DATAKEY)
#define REWRAP KIND(FLP_INIT_REWRAP)

/* --- conditions: what an option set looks like --------------------------------------------------------------------- */

typedef bool (*condition_t)(const flp_ctx_opts_t *opts);

// clang-format off
static bool kek(const flp_ctx_opts_t *o) { return o->has_kek || o->aws_endpoint_first; }
static bool no_kek(const flp_ctx_opts_t *o) { return !o->has_kek; } /* an endpoint alone is none (HZ-2) */
static bool key_id(const flp_ctx_opts_t *o) { return o->has_key_id; }
static bool names(const flp_ctx_opts_t *o) { return o->n_key_alt_names > 0; }
static bool neither_id_nor_name(const flp_ctx_opts_t *o) { return !key_id(o) && !names(o); }
static bool id_and_name(const flp_ctx_opts_t *o) { return key_id(o) && names(o); }
static bool two_names(const flp_ctx_opts_t *o) { return o->n_key_alt_names > 1; }
static bool material(const flp_ctx_opts_t *o) { return o->key_material.len > 0; }
static bool algorithm(const flp_ctx_opts_t *o) { return o->algorithm != FLP_ALGORITHM_NONE; }
static bool range_opts(const flp_ctx_opts_t *o) { return o->range.set; }
static bool is_index(const flp_ctx_opts_t *o, flp_index_type_t type) { return o->index_type == type; }
static bool no_algorithm(const flp_ctx_opts_t *o) { return !algorithm(o) && is_index(o, FLP_INDEX_UNSET); }
static bool query(const flp_ctx_opts_t *o) { return o->query_type != FLP_QUERY_UNSET; }
static bool text_query(const flp_ctx_opts_t *o) { return o->query_type >= FLP_QUERY_PREFIX; }

static bool name_and_index(const flp_ctx_opts_t *o) { return names(o) && !is_index(o, FLP_INDEX_UNSET); }
static bool name_and_index_id(const flp_ctx_opts_t *o) { return names(o) && o->has_index_key_id; }
static bool name_and_contention(const flp_ctx_opts_t *o) { return names(o) && o->has_contention_factor; }
static bool name_and_query(const flp_ctx_opts_t *o) { return names(o) && query(o); }
static bool name_and_range(const flp_ctx_opts_t *o) { return names(o) && range_opts(o); }
static bool algorithm_and_index_id(const flp_ctx_opts_t *o) { return algorithm(o) && o->has_index_key_id; }
static bool algorithm_and_contention(const flp_ctx_opts_t *o) { return algorithm(o) && o->has_contention_factor; }
static bool algorithm_and_query(const flp_ctx_opts_t *o) { return algorithm(o) && query(o); }
static bool algorithm_and_range(const flp_ctx_opts_t *o) { return algorithm(o) && range_opts(o); }

static bool none_and_contention(const flp_ctx_opts_t *o) { return is_index(o, FLP_INDEX_NONE) && o->has_contention_factor; }
static bool none_and_query(const flp_ctx_opts_t *o) { return is_index(o, FLP_INDEX_NONE) && query(o); }
static bool text_query_without_string(const flp_ctx_opts_t *o) { return text_query(o) && !is_index(o, FLP_INDEX_STRING); }
static bool range_opts_misplaced(const flp_ctx_opts_t *o)
{
   return range_opts(o) && !is_index(o, FLP_INDEX_RANGE) && !is_index(o, FLP_INDEX_UNSET);
}
/* Beside an algorithm without index they are ignored, as the interface has it. */
static bool text_opts_misplaced(const flp_ctx_opts_t *o)
{
   return o->text.set && !is_index(o, FLP_INDEX_STRING) && !is_index(o, FLP_INDEX_UNSET);
}
static bool contention_negative(const flp_ctx_opts_t *o) { return o->has_contention_factor && o->contention_factor < 0; }
static bool contention_too_large(const flp_ctx_opts_t *o)
{
   return o->has_contention_factor && o->contention_factor == INT64_MAX;
}
static bool lacks_contention(const flp_ctx_opts_t *o, flp_index_type_t type)
{
   return is_index(o, type) && !o->has_contention_factor;
}
static bool equality_lacks_contention(const flp_ctx_opts_t *o) { return lacks_contention(o, FLP_INDEX_EQUALITY); }
static bool range_lacks_contention(const flp_ctx_opts_t *o) { return lacks_contention(o, FLP_INDEX_RANGE); }
static bool range_lacks_opts(const flp_ctx_opts_t *o) { return is_index(o, FLP_INDEX_RANGE) && !range_opts(o); }
static bool string_lacks_contention(const flp_ctx_opts_t *o) { return lacks_contention(o, FLP_INDEX_STRING); }
static bool string_lacks_opts(const flp_ctx_opts_t *o) { return is_index(o, FLP_INDEX_STRING) && !o->text.set; }
static bool query_mismatch(const flp_ctx_opts_t *o)
{
   if (!query(o)) {
      return false;
   }
   switch (o->index_type) {
   case FLP_INDEX_EQUALITY:
      return o->query_type != FLP_QUERY_EQUALITY;
   case FLP_INDEX_RANGE:
      return o->query_type != FLP_QUERY_RANGE;
   case FLP_INDEX_STRING:
      return !text_query(o);
   case FLP_INDEX_UNSET:
   case FLP_INDEX_NONE:
      break;
   }
   return false;
}
// clang-format on

/* --- rules ------------------------------------------------------------------------------------------------------------ */

typedef struct {
   condition_t broken_if;
   uint32_t kinds;
   flp_error_t row;
   const char *option;
   const char *with; /* "": no fact; NULL: the name of the index type */
} rule_t;

static const rule_t master_key_rules[] = {
   {no_kek, DATAKEY, FLP_E102, "key_encryption_key", ""},
   {kek, ENCRYPT | DECRYPT | EXPLICIT, FLP_E105, "key_encryption_key", ""},
};

static const rule_t common_rules[] = {
   {key_id, ENCRYPT | DECRYPT | REWRAP | DATAKEY, FLP_E106, "key_id", ""},
   {names, ENCRYPT | DECRYPT | REWRAP, FLP_E106, "key_alt_name", ""},
   {neither_id_nor_name, EXPLICIT, FLP_E110, "key_id", ""},
   {id_and_name, EXPLICIT, FLP_E111, "key_id", "key_alt_name"},
   {two_names, EXPLICIT, FLP_E112, "key_alt_name", "key_alt_name"},
   {material, ENCRYPT | DECRYPT | EXPLICIT | REWRAP, FLP_E107, "key_material", ""},
   {algorithm, ENCRYPT | DECRYPT | DATAKEY | REWRAP, FLP_E108, "algorithm", ""},
   {range_opts, ENCRYPT | DECRYPT | DATAKEY | REWRAP, FLP_E109, "algorithm_range", ""},
};

static const rule_t explicit_rules[] = {
   {name_and_index, EXPLICIT, FLP_E114, "key_alt_name", "algorithm"},
   {name_and_index_id, EXPLICIT, FLP_E114, "key_alt_name", "index_key_id"},
   {name_and_contention, EXPLICIT, FLP_E114, "key_alt_name", "contention_factor"},
   {name_and_query, EXPLICIT, FLP_E114, "key_alt_name", "query_type"},
   {name_and_range, EXPLICIT, FLP_E114, "key_alt_name", "algorithm_range"},
   {algorithm_and_index_id, EXPLICIT, FLP_E115, "algorithm", "index_key_id"},
   {algorithm_and_contention, EXPLICIT, FLP_E115, "algorithm", "contention_factor"},
   {algorithm_and_query, EXPLICIT, FLP_E115, "algorithm", "query_type"},
   {algorithm_and_range, EXPLICIT, FLP_E115, "algorithm", "algorithm_range"},
   {no_algorithm, EXPLICIT, FLP_E113, "algorithm", ""},
   {none_and_contention, EXPLICIT, FLP_E116, "contention_factor", NULL},
   {none_and_query, EXPLICIT, FLP_E117, "query_type", NULL},
   {text_query_without_string, EXPLICIT, FLP_E125, "query_type", NULL},
   {range_opts_misplaced, EXPLICIT, FLP_E121, "algorithm_range", NULL},
   {text_opts_misplaced, EXPLICIT, FLP_E124, "algorithm_text", NULL},
   {contention_negative, EXPLICIT, FLP_E126, "contention_factor", ""},
   {contention_too_large, EXPLICIT, FLP_E127, "contention_factor", ""},
   {equality_lacks_contention, EXPLICIT, FLP_E118, "contention_factor", ""},
   {range_lacks_contention, EXPLICIT, FLP_E119, "contention_factor", ""},
   {range_lacks_opts, EXPLICIT, FLP_E120, "algorithm_range", ""},
   {string_lacks_contention, EXPLICIT, FLP_E122, "contention_factor", ""},
   {string_lacks_opts, EXPLICIT, FLP_E123, "algorithm_text", ""},
   {query_mismatch, EXPLICIT, FLP_E128, "query_type", NULL},
};

static bool refuse(const rule_t *rule, const flp_ctx_opts_t *opts, flp_init_kind_t kind, flp_status_t *status)
{
   const char *with = rule->with ? rule->with : flp_index_type_name(opts->index_type);
   if (rule->row == FLP_E126 || rule->row == FLP_E127) {
      return flp_error(status, rule->row,
                       FLP_FACTS(flp_fact_text("option", rule->option), flp_fact_int("value", opts->contention_factor),
                                 flp_fact_int("min", 0), flp_fact_int("max", INT64_MAX - 1)));
   }
   return flp_error(status, rule->row,
                    FLP_FACTS(flp_fact_text("option", rule->option), flp_fact_text("with", with[0] ? with : NULL),
                              flp_fact_text("init", init_names[kind])));
}

static bool obeys(const rule_t *rules, size_t n, const flp_ctx_opts_t *opts, flp_init_kind_t kind, flp_status_t *status)
{
   for (size_t i = 0; i < n; i++) {
      if ((rules[i].kinds & KIND(kind)) != 0 && rules[i].broken_if(opts)) {
         return refuse(&rules[i], opts, kind, status);
      }
   }
   return true;
}

/* The provider that will wrap must be there: with credentials, or with the promise of some. */
static bool provider_known(const flp_ctx_opts_t *opts, flp_init_kind_t kind, const flp_handle_t *handle, flp_status_t *status)
{
   if (!opts->has_kek) {
      return true;
   }
   flp_view_t id = flp_view_of(&opts->kek.provider);
   const flp_kms_provider_t *provider = flp_kms_providers_find(&handle->providers, id);
   if (provider && (provider->configured || (provider->on_demand && handle->need_kms_credentials))) {
      return true;
   }
   bool early = kind == FLP_INIT_DATAKEY && !handle->need_kms_credentials;
   return flp_error(status, early ? FLP_E103 : FLP_E104, FLP_FACTS(flp_fact_view("provider", id)));
}

#define OBEYS(rules) obeys(rules, sizeof(rules) / sizeof((rules)[0]), opts, kind, status)

/* Nothing that the explicit rules speak of: they all hold, and the usual call need not walk through them. */
static bool is_plain(const flp_ctx_opts_t *o)
{
   return algorithm(o) && is_index(o, FLP_INDEX_UNSET) && !o->has_index_key_id && !o->has_contention_factor && !query(o) && !range_opts(o);
}

bool flp_ctx_opts_check(const flp_ctx_opts_t *opts, flp_init_kind_t kind, const flp_handle_t *handle, flp_status_t *status)
{
   return OBEYS(master_key_rules) && provider_known(opts, kind, handle, status) && OBEYS(common_rules) &&
          (is_plain(opts) || OBEYS(explicit_rules));
}

bool flp_ctx_query_check(const flp_ctx_opts_t *opts, flp_init_kind_t kind, flp_status_t *status)
{
   bool range = opts->query_type == FLP_QUERY_RANGE;
   if (kind == FLP_INIT_EXPLICIT_ENCRYPT && range) {
      return refuse(&(rule_t){.row = FLP_E129, .option = "query_type", .with = ""}, opts, kind, status);
   }
   if (kind == FLP_INIT_EXPLICIT_EXPRESSION && !range) {
      return refuse(&(rule_t){.row = FLP_E130, .option = "query_type", .with = ""}, opts, kind, status);
   }
   return true;
}
