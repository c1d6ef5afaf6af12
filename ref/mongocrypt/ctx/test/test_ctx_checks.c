/* Which options go together: a row sets some of them and names the rule that an init then breaks, or none.
 * The order of rules shows where a row breaks two. */
#include "ref/mongocrypt/ctx/checks.h"
#include "ref/mongocrypt/handle.h"
#include "ref/mongocrypt/test/json.h"

/* Options by letter. i: key id, n: one name, m: two names, k: key material, x: index key id; d: Deterministic, q: Indexed,
 * u: Unindexed, r: Range, s: string; c: contention, C: negative, M: INT64_MAX; o: range options, t: text options; =: equality,
 * <: range, p: prefix; L: local master key, A: aws master key, E: its endpoint alone. */
static void set(flp_ctx_opts_t *o, char letter)
{
   flp_status_t status = {0};
   assert_non_null(strchr("inmkxdqurscCMot=<pLAE", letter));
   o->has_key_id |= letter == 'i';
   o->n_key_alt_names += letter == 'n' ? 1 : letter == 'm' ? 2 : 0;
   o->has_index_key_id |= letter == 'x';
   o->algorithm = letter == 'd' ? FLP_ALGORITHM_DETERMINISTIC : o->algorithm;
   o->index_type = letter == 'q'   ? FLP_INDEX_EQUALITY
                   : letter == 'u' ? FLP_INDEX_NONE
                   : letter == 'r' ? FLP_INDEX_RANGE
                   : letter == 's' ? FLP_INDEX_STRING
                                   : o->index_type;
   o->has_contention_factor |= strchr("cCM", letter) != NULL;
   o->contention_factor = letter == 'C' ? -1 : letter == 'M' ? INT64_MAX : o->contention_factor;
   o->range.set |= letter == 'o';
   o->text.set |= letter == 't';
   o->query_type = letter == '=' ? FLP_QUERY_EQUALITY : letter == '<' ? FLP_QUERY_RANGE : letter == 'p' ? FLP_QUERY_PREFIX : o->query_type;
   o->aws_endpoint_first |= letter == 'E';
   if (letter == 'k') {
      assert_true(flp_buf_copy(&o->key_material, flp_view("material", 8)));
   }
   if (letter == 'L') {
      assert_true(flp_opts_set_kek_local(o, &status));
   }
   if (letter == 'A') {
      assert_true(flp_opts_set_kek_aws(o, flp_view_text("r"), true, flp_view_text("k"), true, &status));
   }
}

// clang-format off
enum { ENC = FLP_INIT_ENCRYPT, DEC = FLP_INIT_DECRYPT, XDEC = FLP_INIT_EXPLICIT_DECRYPT, XENC = FLP_INIT_EXPLICIT_ENCRYPT,
       XEXP = FLP_INIT_EXPLICIT_EXPRESSION, KEY = FLP_INIT_DATAKEY, WRAP = FLP_INIT_REWRAP };
// clang-format on

static const struct {
   int kind;
   const char *options;
   const char *part; /* of the message; NULL: allowed */
} rules[] = {
   /* every init */
   {ENC, "", NULL},
   {DEC, "qux=tc", NULL}, /* Queryable Encryption's options are ignored where they make no sense */
   {KEY, "L", NULL},
   {KEY, "Lmk", NULL},
   {KEY, "", "master key required"},
   {KEY, "E", "master key required"},                           /* an endpoint alone is none */
   {KEY, "Ai", "requested kms provider not configured: `aws`"}, /* before the key id */
   {KEY, "Li", "key id and alt name prohibited [OPTION_CONFLICT option=key_id init=datakey]"},
   {KEY, "Ld", "algorithm prohibited"},
   {KEY, "Lo", "range opts are prohibited"},
   {WRAP, "", NULL},
   {WRAP, "L", NULL},
   {WRAP, "A", "KMS provider `aws` required by datakey is not configured"},
   {WRAP, "n", "option=key_alt_name init=rewrap_many_datakey"},
   {DEC, "L", "master key prohibited"},
   {DEC, "Li", "master key prohibited"},
   {DEC, "ik", "key id and alt name prohibited"},
   {ENC, "kd", "key material prohibited"},
   {XDEC, "do", "algorithm prohibited"},
   {XDEC, "o", "range opts are prohibited [OPTION_CONFLICT option=algorithm_range init=explicit_decrypt]"},
   /* explicit encryption */
   {XENC, "id", NULL},
   {XENC, "nd", NULL},
   {XENC, "dL", "master key prohibited"},
   {XENC, "d", "either key id or key alt name required"},
   {XENC, "ind", "cannot have both key id and key alt name"},
   {XENC, "md", "must not specify multiple key alt names"},
   {XENC, "ik", "key material prohibited"},
   {XENC, "i", "algorithm or index type required [OPTION_REQUIRED option=algorithm init=explicit_encrypt]"},
   {XENC, "nc", "cannot set both key alt name and contention_factor"}, /* before the missing algorithm */
   {XENC, "nq", "with=algorithm"},
   {XENC, "ndx", "cannot set both key alt name and index_key_id"},
   {XENC, "nd=", "with=query_type"},
   {XENC, "ndo", "with=algorithm_range"},
   {XENC, "idx", "cannot set both algorithm and index_key_id"},
   {XENC, "idc", "cannot set both algorithm and contention_factor"},
   {XENC, "id=", "cannot set both algorithm and query_type"},
   {XENC, "ido", "cannot set both algorithm and algorithm_range"},
   {XENC, "idt", NULL}, /* text options beside it are ignored */
   {XENC, "iuc", "cannot set contention factor with no index type"},
   {XENC, "iu=", "cannot set query type with no index type"},
   {XENC, "iqcp", "query type requires string index type"},
   {XENC, "iqco", "cannot set range opts with Indexed"},
   {XENC, "iuo", "cannot set range opts with Unindexed"},
   {XENC, "isct", NULL},
   {XENC, "iscto", "cannot set range opts with string"},
   {XENC, "iqct", "cannot set string opts without string algorithm"},
   {XENC, "iqC", "contention must be non-negative, got -1"},
   {XENC, "iqM", "contention must be < INT64_MAX"},
   {XENC, "iq", "contention factor is required for indexed"},
   {XENC, "iqcx=", NULL},
   {XENC, "ir", "contention factor is required for range"},
   {XENC, "irc", "range opts are required"},
   {XENC, "is", "contention factor is required for string"},
   {XENC, "isc", "string opts are required"},
   {XENC, "iqc<", "query_type must match index_type Indexed"},
   {XENC, "irco=", "query_type must match index_type Range"},
   {XENC, "isct=", "query_type must match index_type string"},
   {XENC, "isctp", NULL},
   {XEXP, "irco<", NULL},
   {XEXP, "ir", "init=explicit_encrypt_expression"},
};

static flp_handle_t *new_handle(void)
{
   flp_handle_t *handle = flp_handle_new();
   uint8_t key[FLP_LOCAL_KEY_LEN] = {0};
   assert_non_null(handle);
   assert_true(flp_kms_providers_add_local(&handle->providers, flp_view(key, sizeof key), &handle->status));
   return handle;
}

static void each_init_has_its_rules_in_order(void **state)
{
   flp_handle_t *handle = new_handle();
   (void)state;
   for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
      flp_ctx_opts_t opts = {0};
      flp_status_t status = {0};
      for (const char *letter = rules[i].options; *letter; letter++) {
         set(&opts, *letter);
      }
      bool ok = flp_ctx_opts_check(&opts, (flp_init_kind_t)rules[i].kind, handle, &status);
      if (ok != (rules[i].part == NULL) || (!ok && !strstr(status.message, rules[i].part))) {
         fail_msg("%s with `%s`: %s", flp_init_name((flp_init_kind_t)rules[i].kind), rules[i].options, ok ? "allowed" : status.message);
      }
      opts.n_key_alt_names = 0; /* counted here, never stored */
      flp_opts_cleanup(&opts);
   }
   flp_handle_destroy(handle);
}

static void only_an_expression_has_a_range_query(void **state)
{
   flp_ctx_opts_t range = {.query_type = FLP_QUERY_RANGE};
   flp_ctx_opts_t none = {0};
   flp_status_t status = {0};
   (void)state;
   assert_true(flp_ctx_query_check(&none, FLP_INIT_EXPLICIT_ENCRYPT, &status));
   assert_true(flp_ctx_query_check(&range, FLP_INIT_EXPLICIT_EXPRESSION, &status));
   assert_false(flp_ctx_query_check(&range, FLP_INIT_EXPLICIT_ENCRYPT, &status));
   assert_error(&status, "OPTION_CONFLICT", "Use EncryptExpression");
   flp_status_reset(&status);
   assert_false(flp_ctx_query_check(&none, FLP_INIT_EXPLICIT_EXPRESSION, &status));
   assert_error(&status, "OPTION_CONFLICT", "may only be used for range queries");
}

static void a_promise_of_credentials_counts_only_with_the_opt_in(void **state)
{
   flp_handle_t *handle = new_handle();
   flp_ctx_opts_t opts = {0};
   flp_status_t status = {0};
   flp_buf_t promise = from_json("{'aws':{}}");
   (void)state;
   assert_true(flp_kms_providers_add(&handle->providers, flp_view_of(&promise), &status));
   flp_buf_cleanup(&promise);
   set(&opts, 'A');
   assert_false(flp_ctx_opts_check(&opts, FLP_INIT_DATAKEY, handle, &status));
   assert_error(&status, "PROVIDER_NOT_CONFIGURED", "requested kms provider not configured");
   flp_status_reset(&status);
   handle->need_kms_credentials = true;
   assert_true(flp_ctx_opts_check(&opts, FLP_INIT_DATAKEY, handle, &status));
   flp_opts_cleanup(&opts);
   flp_handle_destroy(handle);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_init_has_its_rules_in_order),
      cmocka_unit_test(only_an_expression_has_a_range_query),
      cmocka_unit_test(a_promise_of_credentials_counts_only_with_the_opt_in),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
