// fuzz: ref
/* The whole state machine: a byte program of options, inits, feeds, dones, finalizes and destroys in any order, on four contexts of one
 * handle. Byte 0 has the options of the handle, then every two bytes are an instruction: what is done (low six bits) to which context
 * (high two), and with which material. Must hold: an error stays, its message too, and has its class; no call succeeds in a state that it
 * is not made for; what was given out stays readable until the context goes. Rules R-CTX-*, R-CRED-*, R-RW-*, R-OWN-*.
 * With FLP_FUZZ_STEPS set, the replay program prints the steps of a scenario. */
#include "fuzz/support/check.h"
#include "fuzz/support/states_material.h"
#include "fuzz/support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLOTS = 4, OUTPUTS = 8, MAX_INSTRUCTIONS = 80 };

/* --- contexts as they should be ------------------------------------------------------------------------------------------------ */

typedef struct {
   const uint8_t *data;
   size_t len;
   uint64_t hash;
} output_t;

typedef struct {
   mongocrypt_ctx_t *ctx;
   bool started;     /* an init succeeded: its state may be asked for without harm */
   bool failed;      /* a call failed */
   uint64_t message; /* of the last call; 0: no error */
   output_t outputs[OUTPUTS];
   size_t n_outputs;
} slot_t;

static mongocrypt_t *crypt_handle;
static slot_t slots[SLOTS];
static bool printing;

static uint64_t hash_of(const uint8_t *data, size_t len)
{
   uint64_t hash = UINT64_C(0xcbf29ce484222325);
   for (size_t i = 0; i < len; i++) {
      hash = (hash ^ data[i]) * UINT64_C(0x100000001b3);
   }
   return hash;
}

static void note_output(slot_t *slot, const mongocrypt_binary_t *out)
{
   if (slot->n_outputs < OUTPUTS) {
      output_t *output = &slot->outputs[slot->n_outputs++];
      output->data = mongocrypt_binary_data(out);
      output->len = mongocrypt_binary_len(out);
      output->hash = hash_of(output->data, output->len);
   }
}

static void destroy(slot_t *slot)
{
   if (printing && slot->ctx) {
      printf("  - {ctx_destroy: {ctx: c%d}}\n", (int)(slot - slots));
   }
   for (size_t i = 0; i < slot->n_outputs; i++) {
      CHECK(hash_of(slot->outputs[i].data, slot->outputs[i].len) == slot->outputs[i].hash);
   }
   mongocrypt_ctx_destroy(slot->ctx);
   memset(slot, 0, sizeof *slot);
}

/* Hash of the message; it ends in its class. 0: no error. */
static uint64_t message_of(mongocrypt_ctx_t *ctx)
{
   mongocrypt_status_t *status = mongocrypt_status_new();
   uint32_t len = 0;
   bool ok = mongocrypt_ctx_status(ctx, status);
   const char *message = mongocrypt_status_message(status, &len);
   CHECK(ok == (message == NULL));
   uint64_t hash = 0;
   if (message) {
      const char *tag = strrchr(message, '[');
      CHECK(tag && tag[1] >= 'A' && tag[1] <= 'Z' && message[len - 1] == ']' && strlen(message) == len);
      CHECK(mongocrypt_status_type(status) == MONGOCRYPT_STATUS_ERROR_CLIENT && mongocrypt_status_code(status) != 0);
      hash = hash_of((const uint8_t *)message, len);
   }
   mongocrypt_status_destroy(status);
   return hash;
}

/* --- instructions ------------------------------------------------------------------------------------------------------------------ */

enum {
   COLLINFO = 1u << MONGOCRYPT_CTX_NEED_MONGO_COLLINFO,
   COLLINFO_WITH_DB = 1u << MONGOCRYPT_CTX_NEED_MONGO_COLLINFO_WITH_DB,
   MARKINGS = 1u << MONGOCRYPT_CTX_NEED_MONGO_MARKINGS,
   KEYS = 1u << MONGOCRYPT_CTX_NEED_MONGO_KEYS,
   CREDENTIALS = 1u << MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS,
   READY = 1u << MONGOCRYPT_CTX_READY,
   KMS = 1u << MONGOCRYPT_CTX_NEED_KMS,
   ASKS = COLLINFO | COLLINFO_WITH_DB | MARKINGS | KEYS,
};

typedef bool call_t(slot_t *slot, mongocrypt_binary_t *bytes, uint8_t argument);

/* Calls that take a context and one binary. */
#define PLAIN(name)                                                                                                                        \
   static bool name(slot_t *slot, mongocrypt_binary_t *bytes, uint8_t argument)                                                            \
   {                                                                                                                                       \
      (void)argument;                                                                                                                      \
      return mongocrypt_##name(slot->ctx, bytes);                                                                                          \
   }
/* Calls that take a context only. */
#define BARE(name)                                                                                                                         \
   static bool name(slot_t *slot, mongocrypt_binary_t *bytes, uint8_t argument)                                                            \
   {                                                                                                                                       \
      (void)bytes;                                                                                                                         \
      (void)argument;                                                                                                                      \
      return mongocrypt_##name(slot->ctx);                                                                                                 \
   }
/* Calls that give bytes out. */
#define TELLING(name)                                                                                                                      \
   static bool name(slot_t *slot, mongocrypt_binary_t *bytes, uint8_t argument)                                                            \
   {                                                                                                                                       \
      (void)bytes;                                                                                                                         \
      mongocrypt_binary_t *out = argument == 255 ? NULL : mongocrypt_binary_new();                                                         \
      bool ok = mongocrypt_##name(slot->ctx, out);                                                                                         \
      if (ok) {                                                                                                                            \
         note_output(slot, out);                                                                                                           \
      }                                                                                                                                    \
      mongocrypt_binary_destroy(out);                                                                                                      \
      return ok;                                                                                                                           \
   }

PLAIN(ctx_setopt_key_id)
PLAIN(ctx_setopt_key_alt_name)
PLAIN(ctx_setopt_key_material)
PLAIN(ctx_setopt_key_encryption_key)
PLAIN(ctx_setopt_index_key_id)
PLAIN(ctx_setopt_algorithm_range)
PLAIN(ctx_setopt_algorithm_text)
PLAIN(ctx_explicit_encrypt_init)
PLAIN(ctx_explicit_encrypt_expression_init)
PLAIN(ctx_explicit_decrypt_init)
PLAIN(ctx_decrypt_init)
PLAIN(ctx_rewrap_many_datakey_init)
PLAIN(ctx_mongo_feed)
PLAIN(ctx_provide_kms_providers)
BARE(ctx_setopt_masterkey_local)
BARE(ctx_datakey_init)
BARE(ctx_mongo_done)
BARE(ctx_next_kms_ctx)
BARE(ctx_kms_done)
BARE(ctx_mongo_db)
BARE(ctx_state)
TELLING(ctx_mongo_op)
TELLING(ctx_finalize)

static const char *algorithm_of(uint8_t argument)
{
   return flp_fuzz_algorithms[argument % FLP_FUZZ_ALGORITHMS];
}

static bool ctx_setopt_algorithm(slot_t *slot, mongocrypt_binary_t *bytes, uint8_t argument)
{
   (void)bytes;
   return mongocrypt_ctx_setopt_algorithm(slot->ctx, algorithm_of(argument), -1);
}

static const char *query_type_of(uint8_t argument)
{
   return argument % 2 ? "equality" : "range";
}

static bool ctx_setopt_query_type(slot_t *slot, mongocrypt_binary_t *bytes, uint8_t argument)
{
   (void)bytes;
   return mongocrypt_ctx_setopt_query_type(slot->ctx, query_type_of(argument), -1);
}

static bool ctx_setopt_contention_factor(slot_t *slot, mongocrypt_binary_t *bytes, uint8_t argument)
{
   (void)bytes;
   return mongocrypt_ctx_setopt_contention_factor(slot->ctx, argument - 1);
}

static bool ctx_setopt_masterkey_aws(slot_t *slot, mongocrypt_binary_t *bytes, uint8_t argument)
{
   (void)bytes;
   return mongocrypt_ctx_setopt_masterkey_aws(slot->ctx, "region", -1, argument ? "key" : "", -1);
}

static bool ctx_encrypt_init(slot_t *slot, mongocrypt_binary_t *bytes, uint8_t argument)
{
   (void)argument;
   return mongocrypt_ctx_encrypt_init(slot->ctx, "db", -1, bytes);
}

typedef struct {
   const char *fn;        /* fuzz/seeds.py and fuzz/dictionaries.py read this table */
   const char *parameter; /* of its bytes; NULL: takes none */
   call_t *call;          /* NULL: see `run` */
   unsigned states;       /* in which it can succeed; 0: any */
   bool inits;
} op_t;

static const op_t ops[] = {
   {"ctx_new", NULL, NULL, 0, false},
   {"ctx_destroy", NULL, NULL, 0, false},
   {"step", NULL, NULL, 0, false},  /* what the state asks for */
   {"spoil", NULL, NULL, 0, false}, /* one byte of the next material */
   {"ctx_setopt_key_id", "key_id", ctx_setopt_key_id, 0, false},
   {"ctx_setopt_key_alt_name", "key_alt_name", ctx_setopt_key_alt_name, 0, false},
   {"ctx_setopt_key_material", "key_material", ctx_setopt_key_material, 0, false},
   {"ctx_setopt_key_encryption_key", "bin", ctx_setopt_key_encryption_key, 0, false},
   {"ctx_setopt_masterkey_local", NULL, ctx_setopt_masterkey_local, 0, false},
   {"ctx_setopt_masterkey_aws", NULL, ctx_setopt_masterkey_aws, 0, false},
   {"ctx_setopt_algorithm", NULL, ctx_setopt_algorithm, 0, false},
   {"ctx_setopt_query_type", NULL, ctx_setopt_query_type, 0, false},
   {"ctx_setopt_contention_factor", NULL, ctx_setopt_contention_factor, 0, false},
   {"ctx_setopt_index_key_id", "key_id", ctx_setopt_index_key_id, 0, false},
   {"ctx_setopt_algorithm_range", "opts", ctx_setopt_algorithm_range, 0, false},
   {"ctx_setopt_algorithm_text", "opts", ctx_setopt_algorithm_text, 0, false},
   {"ctx_datakey_init", NULL, ctx_datakey_init, 0, true},
   {"ctx_explicit_encrypt_init", "msg", ctx_explicit_encrypt_init, 0, true},
   {"ctx_explicit_encrypt_expression_init", "msg", ctx_explicit_encrypt_expression_init, 0, true},
   {"ctx_explicit_decrypt_init", "msg", ctx_explicit_decrypt_init, 0, true},
   {"ctx_decrypt_init", "doc", ctx_decrypt_init, 0, true},
   {"ctx_encrypt_init", "cmd", ctx_encrypt_init, 0, true},
   {"ctx_rewrap_many_datakey_init", "filter", ctx_rewrap_many_datakey_init, 0, true},
   {"ctx_state", NULL, ctx_state, 0, false},
   {"ctx_mongo_op", NULL, ctx_mongo_op, ASKS, false},
   {"ctx_mongo_db", NULL, ctx_mongo_db, COLLINFO_WITH_DB, false},
   {"ctx_mongo_feed", "reply", ctx_mongo_feed, ASKS, false},
   {"ctx_mongo_done", NULL, ctx_mongo_done, ASKS, false},
   {"ctx_next_kms_ctx", NULL, ctx_next_kms_ctx, KMS, false},
   {"ctx_kms_done", NULL, ctx_kms_done, KMS, false},
   {"ctx_provide_kms_providers", "kms_providers_definition", ctx_provide_kms_providers, CREDENTIALS, false},
   {"ctx_finalize", NULL, ctx_finalize, READY, false},
};
enum { N_OPS = sizeof ops / sizeof ops[0] };

static const op_t *op_named(const char *fn)
{
   for (size_t i = 0; i < N_OPS; i++) {
      if (strcmp(ops[i].fn, fn) == 0) {
         return &ops[i];
      }
   }
   abort();
}

/* What a call takes beside its context and its bytes. */
static void print_rest(const op_t *op, uint8_t argument)
{
   if (op->call == ctx_setopt_algorithm) {
      printf(", algorithm: %s", algorithm_of(argument));
   } else if (op->call == ctx_setopt_query_type) {
      printf(", query_type: %s", query_type_of(argument));
   } else if (op->call == ctx_setopt_contention_factor) {
      printf(", contention_factor: %d", argument - 1);
   } else if (op->call == ctx_setopt_masterkey_aws) {
      printf(", region: region, cmk: %s", argument ? "key" : "\"\"");
   } else if (op->call == ctx_encrypt_init) {
      printf(", db: db");
   } else if (argument == 255 && (op->call == ctx_mongo_op || op->call == ctx_finalize)) {
      printf(", %s: null", op->call == ctx_finalize ? "out" : "op_bson");
   }
}

/* The line is ended when the call has come back. */
static void print_step(const op_t *op, const slot_t *slot, const uint8_t *bytes, size_t len, uint8_t argument)
{
   printf("  - {%s: {ctx: c%d", op->fn, (int)(slot - slots));
   if (op->parameter && !bytes) {
      printf(", %s: null", op->parameter);
   } else if (op->parameter) {
      printf(", %s: !hex \"", op->parameter);
      for (size_t i = 0; i < len; i++) {
         printf("%02x", bytes[i]);
      }
      printf("\"");
   }
   print_rest(op, argument);
   printf("}");
   fflush(stdout);
}

static void print_outcome(const op_t *op, bool ok)
{
   bool pointer = op->call == ctx_next_kms_ctx || op->call == ctx_mongo_db;
   printf("%s}\n", ok || op->call == ctx_state ? "" : pointer ? ", returns: null" : ", returns: false");
}

/* After an error nothing succeeds, and the error stays. Only some calls may say a later one. */
static void check_after(slot_t *slot, const op_t *op, bool ok, mongocrypt_ctx_state_t before, bool null)
{
   const uint64_t message = message_of(slot->ctx);
   CHECK(ok == (message == 0));
   CHECK(!ok || !slot->failed);
   if (slot->started) {
      mongocrypt_ctx_state_t state = mongocrypt_ctx_state(slot->ctx);
      CHECK(ok == (state != MONGOCRYPT_CTX_ERROR));
      CHECK(!ok || op->states == 0 || (op->states & 1u << before) != 0);
      bool may_tell = op->states == 0 || op->states == CREDENTIALS || null; /* late setters, second inits, a NULL of the caller */
      CHECK(slot->message == 0 || may_tell || message == slot->message);
   }
   slot->message = message;
}

/* Makes a call with a copy of the bytes that is overwritten and freed right after; `bytes` NULL: with NULL. */
static void make_call(slot_t *slot, const op_t *op, const uint8_t *bytes, size_t len, uint8_t argument)
{
   if (!slot->ctx) {
      return;
   }
   if (printing) {
      print_step(op, slot, bytes, len, argument);
   }
   const mongocrypt_ctx_state_t before = slot->started ? mongocrypt_ctx_state(slot->ctx) : MONGOCRYPT_CTX_DONE;
   uint8_t *given = bytes ? malloc(len ? len : 1) : NULL;
   if (given) {
      memcpy(given, bytes, len);
   }
   mongocrypt_binary_t *binary = given ? mongocrypt_binary_new_from_data(given, (uint32_t)len) : NULL;
   bool ok = op->call(slot, binary, argument);
   if (printing) {
      print_outcome(op, ok);
   }
   mongocrypt_binary_destroy(binary);
   if (given) {
      memset(given, 0xDD, len);
      free(given);
   }
   slot->started = slot->started || (op->inits && ok);
   check_after(slot, op, ok, before, op->parameter ? !bytes : argument == 255);
   slot->failed = slot->failed || !ok;
}

static void call_with(slot_t *slot, const char *fn, const char *name)
{
   const flp_material_t *with = name ? flp_fuzz_material(name) : NULL;
   make_call(slot, op_named(fn), with ? with->bytes : NULL, with ? with->len : 0, 0);
}

/* The first question to query analysis may be about itself. */
static bool asks_for_hello(slot_t *slot)
{
   static const uint8_t is_master[] = "\x13\0\0\0\x10isMaster\0\1\0\0\0"; /* the literal's own NUL closes the document */
   const output_t *last = &slot->outputs[slot->n_outputs > 0 ? slot->n_outputs - 1 : 0];
   return last->len == sizeof is_master && memcmp(last->data, is_master, sizeof is_master) == 0;
}

/* What the state asks for, as a caller with a good world would do it. */
static void step(slot_t *slot)
{
   if (!slot->ctx || !slot->started) {
      return;
   }
   const mongocrypt_ctx_state_t state = mongocrypt_ctx_state(slot->ctx);
   if ((1u << state & ASKS) != 0) {
      slot->n_outputs -= slot->n_outputs == OUTPUTS; /* the last is needed */
      call_with(slot, "ctx_mongo_op", NULL);
      const char *keys = "key_doc", *markings = asks_for_hello(slot) ? "hello" : "marked";
      call_with(slot, "ctx_mongo_feed",
                state == MONGOCRYPT_CTX_NEED_MONGO_KEYS       ? keys
                : state == MONGOCRYPT_CTX_NEED_MONGO_MARKINGS ? markings
                                                              : "collinfo");
      call_with(slot, "ctx_mongo_done", NULL);
   } else if (state == MONGOCRYPT_CTX_NEED_KMS_CREDENTIALS) {
      call_with(slot, "ctx_provide_kms_providers", "credentials");
   } else if (state == MONGOCRYPT_CTX_READY) {
      call_with(slot, "ctx_finalize", NULL);
   }
}

static void new_context(slot_t *slot)
{
   destroy(slot);
   slot->ctx = mongocrypt_ctx_new(crypt_handle);
   CHECK(slot->ctx);
   if (printing) {
      printf("  - {ctx_new: {crypt: handle}, as: c%d}\n", (int)(slot - slots));
   }
}

/* --- the program -------------------------------------------------------------------------------------------------------------------- */

typedef struct {
   bool (*set)(mongocrypt_t *, mongocrypt_binary_t *);
   uint8_t mask, bits; /* of byte 0 */
   flp_material_t document;
} option_t;

static option_t options[] = {
   {mongocrypt_setopt_kms_providers,
    3,
    0,
    {"kms_providers", "{'local':{'key':'" FLP_FUZZ_ZEROS FLP_FUZZ_ZEROS "'},'local:n':{'key':'" FLP_FUZZ_ZEROS FLP_FUZZ_ZEROS "'}}", NULL,
     0}},
   {mongocrypt_setopt_kms_providers, 3, 1, {"kms_providers", "{'aws':{},'local':{'key':'" FLP_FUZZ_ZEROS FLP_FUZZ_ZEROS "'}}", NULL, 0}},
   {mongocrypt_setopt_kms_providers,
    3,
    2,
    {"kms_providers", "{'local':{},'local:n':{'key':'" FLP_FUZZ_ZEROS FLP_FUZZ_ZEROS "'}}", NULL, 0}},
   {mongocrypt_setopt_kms_providers, 3, 3, {"kms_providers", "{'aws':{'accessKeyId':'a','secretAccessKey':'b'},'gcp':{}}", NULL, 0}},
   {mongocrypt_setopt_schema_map, 4, 4, {"schema_map", "{'db.c':" FLP_FUZZ_SCHEMA "}", NULL, 0}},
   {mongocrypt_setopt_encrypted_field_config_map,
    8,
    8,
    {"encrypted_field_config_map", "{'db.e':{'fields':[{'path':'p','keyAltName':'n'}]}}", NULL, 0}},
};

static void enable_multiple_collinfo(mongocrypt_t *crypt)
{
   CHECK(mongocrypt_setopt_enable_multiple_collinfo(crypt));
}

static const struct {
   const char *name;
   void (*set)(mongocrypt_t *);
   uint8_t bit; /* 0: always */
} switches[] = {
   {"use_need_kms_credentials_state", mongocrypt_setopt_use_need_kms_credentials_state, 0},
   {"enable_multiple_collinfo", enable_multiple_collinfo, 16},
   {"use_need_mongo_collinfo_with_db_state", mongocrypt_setopt_use_need_mongo_collinfo_with_db_state, 32},
   {"bypass_query_analysis", mongocrypt_setopt_bypass_query_analysis, 64},
};

static void set_document(option_t *option)
{
   flp_material_t *document = &option->document;
   if (!document->bytes) {
      flp_fuzz_keep_json(document);
   }
   mongocrypt_binary_t *binary = mongocrypt_binary_new_from_data(document->bytes, (uint32_t)document->len);
   CHECK(option->set(crypt_handle, binary));
   mongocrypt_binary_destroy(binary);
   if (printing) {
      printf("%s: %s, ", document->name, document->json);
   }
}

static void make_handle(uint8_t chosen)
{
   crypt_handle = mongocrypt_new();
   CHECK(crypt_handle);
   if (printing) {
      printf("handle: {");
   }
   for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
      if ((chosen & options[i].mask) == options[i].bits) {
         set_document(&options[i]);
      }
   }
   for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
      if ((chosen & switches[i].bit) == switches[i].bit) {
         switches[i].set(crypt_handle);
         if (printing) {
            printf("%s: true, ", switches[i].name);
         }
      }
   }
   if (printing) {
      printf("}\nsteps:\n");
   }
   CHECK(mongocrypt_init(crypt_handle));
}

static void run(const uint8_t *program, size_t n_instructions)
{
   const uint8_t *spoil = NULL; /* where and how, from the instruction that said so */
   for (size_t i = 0; i < n_instructions; i++) {
      const op_t *op = &ops[(program[2 * i] & 63) % N_OPS];
      slot_t *slot = &slots[program[2 * i] >> 6];
      const uint8_t argument = program[2 * i + 1];
      if (op == &ops[0]) {
         new_context(slot);
      } else if (op == &ops[1]) {
         destroy(slot);
      } else if (op == &ops[2]) {
         step(slot);
      } else if (op == &ops[3]) {
         spoil = &program[2 * i + 1];
      } else if (!op->parameter || argument == 255) {
         make_call(slot, op, NULL, 0, argument);
      } else {
         const flp_material_t *with = &flp_fuzz_materials[argument % FLP_FUZZ_MATERIALS];
         uint8_t bytes[1024];
         size_t len = with->len < sizeof bytes ? with->len : sizeof bytes;
         memcpy(bytes, with->bytes, len);
         if (spoil) {
            bytes[*spoil * len / 256] ^= (uint8_t)(*spoil | 1);
            spoil = NULL;
         }
         make_call(slot, op, bytes, len, argument);
      }
   }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
   if (size == 0) {
      return 0;
   }
   if (!flp_fuzz_materials[0].bytes) {
      flp_fuzz_make_materials();
      printing = getenv("FLP_FUZZ_STEPS") != NULL;
   }
   make_handle(data[0]);
   run(data + 1, (size - 1) / 2 < MAX_INSTRUCTIONS ? (size - 1) / 2 : MAX_INSTRUCTIONS);
   for (size_t i = 0; i < SLOTS; i++) {
      destroy(&slots[i]);
   }
   mongocrypt_destroy(crypt_handle);
   return 0;
}
