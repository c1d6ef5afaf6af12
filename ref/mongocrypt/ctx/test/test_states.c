/* The table of states as it is, then as it works: what rows may not be, which of them contexts take, and what every call does in every
 * state for every kind. */
#include "ref/mongocrypt/ctx/states.h"
#include "ref/mongocrypt/ctx/test/support_scenario.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- the table as it is ------------------------------------------------------------------------------------------------ */

static bool same_group(const flp_state_row_t *a, const flp_state_row_t *b, unsigned kind)
{
   return (a->kinds & kind) != 0 && (b->kinds & kind) != 0 && a->place == b->place && a->event == b->event;
}

/* Calls `look` for every row and each kind that has it. */
static void for_each_row_and_kind(void (*look)(size_t row, unsigned kind))
{
   for (size_t i = 0; i < flp_n_state_rows; i++) {
      for (unsigned kind = 1; kind != 0; kind <<= 1) {
         if ((flp_state_rows[i].kinds & kind) != 0) {
            look(i, kind);
         }
      }
   }
}

static void look_for_shadow(size_t row, unsigned kind)
{
   for (size_t i = 0; i < row; i++) {
      const flp_state_row_t *before = &flp_state_rows[i];
      if (same_group(before, &flp_state_rows[row], kind) && (!before->guard || before->guard == flp_state_rows[row].guard)) {
         fail_msg("`%s` never counts, `%s` comes first", flp_state_rows[row].text, before->text);
      }
   }
}

static void no_row_stands_in_the_shadow_of_another(void **unused)
{
   (void)unused;
   for_each_row_and_kind(look_for_shadow);
}

/* A call that leads on is never left to chance. Where rows only say another error than "wrong state", falling through is that one. */
static void look_for_last(size_t row, unsigned kind)
{
   bool leads_on = false, decided = false;
   for (size_t i = 0; i < flp_n_state_rows; i++) {
      if (same_group(&flp_state_rows[i], &flp_state_rows[row], kind)) {
         leads_on = leads_on || flp_state_rows[i].next != FLP_PLACE_ERROR;
         decided = !flp_state_rows[i].guard;
      }
   }
   if (leads_on && !decided) {
      fail_msg("the group of `%s` does not end with `always`", flp_state_rows[row].text);
   }
}

static void the_last_row_of_a_group_always_holds(void **unused)
{
   (void)unused;
   for_each_row_and_kind(look_for_last);
}

/* Places to which rows lead contexts of this kind, as bits. */
static unsigned reached(unsigned kind)
{
   unsigned places = 0, before;
   do {
      before = places;
      for (size_t i = 0; i < flp_n_state_rows; i++) {
         const flp_state_row_t *row = &flp_state_rows[i];
         if ((row->kinds & kind) != 0 && (row->event == FLP_ON_START || (places & 1u << row->place) != 0)) {
            places |= 1u << row->next;
         }
      }
   } while (places != before);
   return places;
}

static void look_for_way_in(size_t row, unsigned kind)
{
   if (flp_state_rows[row].event != FLP_ON_START && (reached(kind) & 1u << flp_state_rows[row].place) == 0) {
      fail_msg("`%s`: contexts of kind %u never get there", flp_state_rows[row].text, kind);
   }
}

static void look_for_way_out(size_t row, unsigned kind)
{
   const flp_place_t next = flp_state_rows[row].next;
   for (size_t i = 0; i < flp_n_state_rows; i++) {
      const flp_state_row_t *other = &flp_state_rows[i];
      if ((other->kinds & kind) != 0 && other->place == next && (next < FLP_STATES || (other->event == FLP_ON_PASS && !other->guard))) {
         return;
      }
   }
   if (next != FLP_PLACE_DONE && next != FLP_PLACE_ERROR) {
      fail_msg("`%s`: contexts of kind %u do not get out of there", flp_state_rows[row].text, kind);
   }
}

static void every_place_has_a_way_in_and_a_way_out(void **unused)
{
   (void)unused;
   for_each_row_and_kind(look_for_way_in);
   for_each_row_and_kind(look_for_way_out);
}

static void crossroads_are_passed_and_states_are_not(void **unused)
{
   (void)unused;
   for (size_t i = 0; i < flp_n_state_rows; i++) {
      assert_int_equal(flp_state_rows[i].place >= FLP_STATES, flp_state_rows[i].event == FLP_ON_PASS);
   }
}

/* --- contexts of every kind ---------------------------------------------------------------------------------------------- */

#define AWS_PROMISED "{'aws':{},'local':{'key':'" KEY_64 KEY_64 "'}}"
#define KEY_64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define LOCAL_PROMISED "{'local':{}}"
#define BULK_WRITE "{'bulkWrite':1,'ops':[],'nsInfo':[{'ns':'other.c'}]}"
#define LOOKUP "{'aggregate':'c','pipeline':[{'$lookup':{'from':'d','as':'x','pipeline':[]}}],'cursor':{}}"
#define NAMED_FIELDS "{'db.c':{'fields':[{'path':'p','bsonType':'string','keyAltName':'n'}]}}"

static const scenario_t scenarios[] = {
   {.name = "data key", .kind = FOR_DATAKEY, .input = "{'provider':'local'}"},
   {.name = "data key, on demand", .kind = FOR_DATAKEY, .input = "{'provider':'local'}", .on_demand = true, .providers = LOCAL_PROMISED},
   {.name = "value", .kind = FOR_EXPLICIT},
   {.name = "value, key is cached", .kind = FOR_EXPLICIT, .warm = true},
   {.name = "value, on demand", .kind = FOR_EXPLICIT, .on_demand = true, .providers = AWS_PROMISED},
   {.name = "value, no key", .kind = FOR_EXPLICIT, .no_keys = true},
   {.name = "document", .kind = FOR_DECRYPT},
   {.name = "document, key is cached", .kind = FOR_DECRYPT, .warm = true},
   {.name = "document, nothing to open", .kind = FOR_DECRYPT, .input = "{'v':1}"},
   {.name = "document, on demand", .kind = FOR_DECRYPT, .on_demand = true, .providers = LOCAL_PROMISED},
   {.name = "re-wrap", .kind = FOR_REWRAP},
   {.name = "re-wrap, other key encryption key", .kind = FOR_REWRAP, .input = "{'provider':'local'}"},
   {.name = "re-wrap, on demand", .kind = FOR_REWRAP, .on_demand = true, .providers = LOCAL_PROMISED},
   {.name = "re-wrap, no key", .kind = FOR_REWRAP, .no_keys = true},
   {.name = "re-wrap, no key, on demand", .kind = FOR_REWRAP, .no_keys = true, .on_demand = true, .providers = LOCAL_PROMISED},
   {.name = "command, bypassed", .kind = FOR_ENCRYPT, .input = "{'ping':1}"},
   {.name = "command, schema of the server", .kind = FOR_ENCRYPT, .input = "{'find':'c'}", .collinfo = "{'name':'c'}", .marked = true},
   {.name = "command, no collection", .kind = FOR_ENCRYPT, .input = "{'find':'c'}", .marked = true},
   {.name = "command, local schema", .kind = FOR_ENCRYPT, .input = "{'find':'c'}", .schema_map = "{'db.c':{}}"},
   {.name = "command, key is cached", .kind = FOR_ENCRYPT, .input = "{'find':'c'}", .marked = true, .warm = true},
   {.name = "command, on demand",
    .kind = FOR_ENCRYPT,
    .input = "{'find':'c'}",
    .marked = true,
    .on_demand = true,
    .providers = LOCAL_PROMISED},
   {.name = "command, bypass", .kind = FOR_ENCRYPT, .input = "{'find':'c'}", .bypass_analysis = true},
   {.name = "command, another database", .kind = FOR_ENCRYPT, .input = BULK_WRITE, .collinfo = "{'name':'c'}", .collinfo_with_db = true},
   {.name = "command, several collections", .kind = FOR_ENCRYPT, .input = LOOKUP, .multiple_collinfo = true, .collinfo = "{'name':'d'}"},
   {.name = "create", .kind = FOR_ENCRYPT, .input = "{'create':'c'}"},
   {.name = "create, old mongocryptd", .kind = FOR_ENCRYPT, .input = "{'create':'c'}", .wire_version = 16},
   {.name = "tokens, not built",
    .kind = FOR_ENCRYPT,
    .input = "{'compactStructuredEncryptionData':'c'}",
    .collinfo = "{'name':'c','options':{'encryptedFields':{'fields':[]}}}"},
   {.name = "fields that name keys", .kind = FOR_ENCRYPT, .input = "{'find':'c'}", .efc_map = NAMED_FIELDS},
};
enum { N_SCENARIOS = sizeof scenarios / sizeof scenarios[0] };

/* Far more than any context has. */
#define MAX_STEPS 16

/* A context that has made so many steps; NULL where there are not so many. A handle of its own: it goes with the context. */
static mongocrypt_ctx_t *bring(const scenario_t *scenario, size_t n_steps, mongocrypt_t **crypt)
{
   *crypt = scenario_handle(scenario);
   mongocrypt_ctx_t *ctx = scenario_begin(scenario, *crypt);
   if (scenario->warm) {
      while (scenario_step(scenario, ctx)) {
      }
      mongocrypt_ctx_destroy(ctx);
      ctx = scenario_begin(scenario, *crypt);
   }
   for (size_t i = 0; i < n_steps; i++) {
      if (!scenario_step(scenario, ctx)) {
         mongocrypt_ctx_destroy(ctx);
         mongocrypt_destroy(*crypt);
         *crypt = NULL;
         return NULL;
      }
   }
   return ctx;
}

/* --- which rows they take -------------------------------------------------------------------------------------------------- */

static unsigned taken[256]; /* by row: the kinds that took it, as bits */

/* Stands for the library's own, and writes down what it found. */
const flp_state_row_t *flp_state_find(const mongocrypt_ctx_t *ctx, flp_place_t place, flp_event_t event)
{
   for (size_t i = 0; i < flp_n_state_rows; i++) {
      const flp_state_row_t *row = &flp_state_rows[i];
      if (row->place == place && row->event == event && (row->kinds & ctx->kind) != 0 && (!row->guard || row->guard(ctx))) {
         taken[i] |= ctx->kind;
         return row;
      }
   }
   return NULL;
}

/* --- what every call does in every state ------------------------------------------------------------------------------------- */

#define ALL (1u << FOR_DATAKEY | 1u << FOR_EXPLICIT | 1u << FOR_DECRYPT | 1u << FOR_ENCRYPT | 1u << FOR_REWRAP)
#define REWRAP (1u << FOR_REWRAP)
#define ENCRYPT (1u << FOR_ENCRYPT)

/* Measured on the official libraries (1.7.2 and 1.20.5 agree), and not derived from the table under test. What is not named is a wrong
 * state. */
static const struct {
   unsigned kinds;
   mongocrypt_ctx_state_t state;
   const char *takes;
   const char *not_applicable; /* NULL: nothing */
   bool without_keys;          /* only where there were none */
} cells[] = {
   {REWRAP, MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS, "provide_kms_providers", "finalize", false},
   {ALL, MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS, "provide_kms_providers", NULL, false},
   {REWRAP, MONGOCRYPT_CTX_NEED_MONGO_KEYS, "mongo_op mongo_feed mongo_done", "finalize", false},
   {ALL, MONGOCRYPT_CTX_NEED_MONGO_KEYS, "mongo_op mongo_feed mongo_done", NULL, false},
   {ENCRYPT, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO, "mongo_op mongo_feed mongo_done", NULL, false},
   {ENCRYPT, MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB, "mongo_op mongo_db mongo_feed mongo_done", NULL, false},
   {ENCRYPT, MONGOCRYPT_CTX_NEED_MONGO_MARKINGS, "mongo_op mongo_feed mongo_done", NULL, false},
   {ALL, MONGOCRYPT_CTX_READY, "finalize", NULL, false},
   {REWRAP, MONGOCRYPT_CTX_DONE, "", "finalize", true},
   {ALL, MONGOCRYPT_CTX_DONE, "", NULL, false},
};

static bool names(const char *list, const char *call)
{
   const char *at = list ? strstr(list, call) : NULL;
   size_t len = strlen(call);
   return at && (at == list || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0');
}

static void assert_cell(const scenario_t *scenario, mongocrypt_ctx_state_t state, const char *call, bool ok, mongocrypt_ctx_t *ctx)
{
   size_t i = 0;
   while (i < sizeof cells / sizeof cells[0] &&
          ((cells[i].kinds & 1u << scenario->kind) == 0 || cells[i].state != state || (cells[i].without_keys && !scenario->no_keys))) {
      i++;
   }
   if (i == sizeof cells / sizeof cells[0]) {
      fail_msg("%s: nobody expects state %s", scenario->name, flp_ctx_state_name(state));
   }
   char wrong[128], not_applicable[128];
   snprintf(wrong, sizeof wrong, "[STATE_WRONG call=%s state=%s want=", call, flp_ctx_state_name(state));
   snprintf(not_applicable, sizeof not_applicable, "[CALL_NOT_APPLICABLE call=%s ctx=rewrap_many_datakey]", call);
   const char *error = drive_error(ctx);
   if (names(cells[i].takes, call)) {
      if (strstr(error, "[STATE_WRONG") || strstr(error, "[CALL_NOT_APPLICABLE") || ok != (error[0] == '\0')) {
         fail_msg("%s: %s in %s is taken, but: %s", scenario->name, call, flp_ctx_state_name(state), error);
      }
      return;
   }
   assert_false(ok);
   drive_assert_error(ctx, names(cells[i].not_applicable, call) ? not_applicable : wrong);
   assert_int_equal(mongocrypt_ctx_state(ctx), MONGOCRYPT_CTX_ERROR);
}

static void every_call_in_every_state_is_decided(void **unused)
{
   (void)unused;
   size_t n_cells = 0;
   for (size_t i = 0; i < N_SCENARIOS; i++) {
      for (size_t n_steps = 0; n_steps < MAX_STEPS; n_steps++) {
         for (size_t call = 0; call < DRIVE_CALLS; call++) {
            mongocrypt_t *crypt = NULL;
            mongocrypt_ctx_t *ctx = bring(&scenarios[i], n_steps, &crypt);
            if (!ctx) {
               break;
            }
            mongocrypt_ctx_state_t state = mongocrypt_ctx_state(ctx);
            drive_inputs_t inputs = scenario_inputs(&scenarios[i], ctx);
            bool ok = drive_calls[call].make(ctx, &inputs);
            if (state == MONGOCRYPT_CTX_ERROR) {
               fail_msg("%s: %s", scenarios[i].name, drive_error(ctx));
            }
            assert_cell(&scenarios[i], state, drive_calls[call].name, ok, ctx);
            n_cells++;
            mongocrypt_ctx_destroy(ctx);
            mongocrypt_destroy(crypt);
         }
      }
   }
   print_message("%zu calls in %d contexts, each as it was measured\n", n_cells, N_SCENARIOS);
   assert_true(n_cells > N_SCENARIOS * DRIVE_CALLS);
}

static size_t n_pairs;

static void look_for_use(size_t row, unsigned kind)
{
   n_pairs++;
   if ((taken[row] & kind) == 0) {
      print_message("`%s` was not taken by kind %u\n", flp_state_rows[row].text, kind);
      n_pairs += 1000;
   }
}

/* Runs after the tests above have driven. */
static void every_row_was_taken_by_each_of_its_kinds(void **unused)
{
   (void)unused;
   assert_true(flp_n_state_rows <= sizeof taken / sizeof taken[0]);
   n_pairs = 0;
   for_each_row_and_kind(look_for_use);
   print_message("%zu rows, %zu with their kinds\n", flp_n_state_rows, n_pairs);
   assert_true(n_pairs < 1000);
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_row_stands_in_the_shadow_of_another), cmocka_unit_test(the_last_row_of_a_group_always_holds),
      cmocka_unit_test(every_place_has_a_way_in_and_a_way_out), cmocka_unit_test(crossroads_are_passed_and_states_are_not),
      cmocka_unit_test(every_call_in_every_state_is_decided),   cmocka_unit_test(every_row_was_taken_by_each_of_its_kinds),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
