/* Requests, the filter, and fed key documents. */
#include "ref/mongocrypt/key/broker.h"

#include "ref/base/doc_writer.h"
#include "ref/base/limits.h"
#include "ref/mongocrypt/crypto/wrap.h"
#include "ref/mongocrypt/errors.h"
#include "ref/mongocrypt/key/key_doc.h"

#include <stdlib.h>
#include <string.h>

static bool too_many_keys(flp_status_t *status)
{
   return flp_error(status, FLP_LIMIT_EXCEEDED,
                    FLP_FACTS(flp_fact_text("limit", "keys_per_context"), flp_fact_int("value", FLP_MAX_KEYS_PER_CONTEXT + 1),
                              flp_fact_int("max", FLP_MAX_KEYS_PER_CONTEXT)));
}

bool flp_broker_request(flp_key_broker_t *broker, flp_index_kind_t kind, flp_view_t wanted, flp_key_request_t **out, flp_status_t *status)
{
   flp_key_request_t *newest = broker->newest; /* most documents use one key for field after field */
   if (newest && newest->node.kind == kind && flp_view_equal(newest->node.bytes, wanted)) {
      *out = newest;
      return true;
   }
   *out = flp_index_find(&broker->requests, kind, wanted);
   if (*out) {
      return true;
   }
   if (broker->n_requests == FLP_MAX_KEYS_PER_CONTEXT) {
      return too_many_keys(status);
   }
   flp_key_request_t *request = malloc(sizeof *request + wanted.len);
   if (!request) {
      return flp_error_memory(status, "key request", sizeof *request + wanted.len);
   }
   if (wanted.len > 0) {
      memcpy(request->wanted, wanted.data, wanted.len);
   }
   flp_index_add(&broker->requests, &request->node, kind, flp_view(request->wanted, wanted.len), request);
   request->older = newest;
   request->key = NULL;
   broker->newest = request;
   broker->n_requests++;
   broker->n_missing++;
   *out = request;
   return true;
}

bool flp_broker_take_any(flp_key_broker_t *broker, flp_view_t filter, flp_status_t *status)
{
   broker->takes_any = true;
   return flp_buf_copy(&broker->filter, filter) ? true : flp_error_memory(status, "key filter", filter.len);
}

static void satisfy(flp_key_broker_t *broker, flp_key_request_t *request, flp_data_key_t *held)
{
   request->key = held;
   broker->n_missing--;
}

bool flp_broker_ask_cache(flp_key_broker_t *broker, flp_key_cache_t *cache, flp_status_t *status)
{
   flp_key_question_t few[8];
   size_t n = broker->n_missing;
   if (n == 0) {
      return true;
   }
   flp_key_question_t *questions = n <= 8 ? few : calloc(n, sizeof *questions);
   if (!questions) {
      return flp_error_memory(status, "questions to the key cache", n * sizeof *questions);
   }
   size_t i = 0;
   for (const flp_key_request_t *request = broker->newest; request; request = request->older) {
      if (!request->key) {
         questions[i] = (flp_key_question_t){.kind = request->node.kind, .wanted = request->node.bytes};
         i++;
      }
   }
   flp_key_cache_ask(cache, questions, n);
   i = 0;
   for (flp_key_request_t *request = broker->newest; request; request = request->older) {
      if (!request->key) {
         if (questions[i].key) {
            satisfy(broker, request, questions[i].key);
         }
         i++;
      }
   }
   if (questions != few) {
      free(questions);
   }
   return true;
}

/* More than one element of the filter takes, apart from the bytes that are asked for: type, key, length, subtype or NUL. */
#define FILTER_ELEMENT_LEN 32u
#define FILTER_FRAME_LEN 128u

static void write_missing(const flp_key_broker_t *broker, flp_doc_writer_t *writer, flp_index_kind_t kind)
{
   char key[24];
   size_t n = 0;
   for (const flp_key_request_t *request = broker->newest; request; request = request->older) {
      if (request->key || request->node.kind != kind) {
         continue;
      }
      flp_doc_index(n, key);
      n++;
      if (kind == FLP_INDEX_ID) {
         flp_doc_binary(writer, key, 4, request->node.bytes);
      } else {
         flp_doc_text(writer, key, request->node.bytes);
      }
   }
}

/* One branch of the `$or`: `{field: {$in: [...]}}`. */
static void write_branch(const flp_key_broker_t *broker, flp_doc_writer_t *writer, const char *key, const char *field,
                         flp_index_kind_t kind)
{
   flp_doc_open(writer, key, false);
   flp_doc_open(writer, field, false);
   flp_doc_open(writer, "$in", true);
   write_missing(broker, writer, kind);
   flp_doc_close(writer);
   flp_doc_close(writer);
   flp_doc_close(writer);
}

static bool make_filter(flp_key_broker_t *broker, flp_status_t *status)
{
   size_t len = FILTER_FRAME_LEN;
   for (const flp_key_request_t *request = broker->newest; request; request = request->older) {
      len += FILTER_ELEMENT_LEN + request->node.bytes.len;
   }
   if (len > FLP_MAX_DOCUMENT_LEN) {
      return flp_error(
         status, FLP_LIMIT_EXCEEDED,
         FLP_FACTS(flp_fact_text("limit", "document_len"), flp_fact_int("value", (int64_t)len), flp_fact_int("max", FLP_MAX_DOCUMENT_LEN)));
   }
   flp_doc_writer_t writer = {0};
   flp_doc_begin(&writer, len);
   flp_doc_open(&writer, "$or", true);
   write_branch(broker, &writer, "0", "_id", FLP_INDEX_ID);
   write_branch(broker, &writer, "1", "keyAltNames", FLP_INDEX_NAME);
   flp_doc_close(&writer);
   return flp_doc_finish(&writer, &broker->filter) ? true : flp_error_memory(status, "key filter", len);
}

bool flp_broker_filter(flp_key_broker_t *broker, flp_view_t *filter, flp_status_t *status)
{
   if (!broker->filter.data && !broker->takes_any && !make_filter(broker, status)) {
      return false;
   }
   *filter = flp_view_of(&broker->filter);
   return true;
}

static bool unexpected(flp_error_t row, const flp_key_doc_t *doc, const char *reason, flp_status_t *status)
{
   flp_fact_t name = {.name = "key_alt_name", .kind = FLP_FACT_VIEW};
   if (doc->n_names > 0) {
      name = flp_fact_view("key_alt_name", flp_view_of(&doc->names[0]));
   }
   return flp_error(status, row, FLP_FACTS(flp_fact_uuid("key_id", doc->id), name, flp_fact_text("reason", reason)));
}

/* Does the id or a name of the document stand in the index? */
static bool stands_in(const flp_index_t *index, const flp_key_doc_t *doc)
{
   bool found = flp_index_find(index, FLP_INDEX_ID, flp_view(doc->id, FLP_KEY_ID_LEN)) != NULL;
   for (size_t i = 0; i < doc->n_names && !found; i++) {
      found = flp_index_find(index, FLP_INDEX_NAME, flp_view_of(&doc->names[i])) != NULL;
   }
   return found;
}

static bool check_provider(const flp_kms_provider_t *provider, const flp_key_doc_t *doc, flp_status_t *status)
{
   if (!provider) {
      return flp_error(status, FLP_E211,
                       FLP_FACTS(flp_fact_view("provider", flp_view_of(&doc->kek.provider)), flp_fact_uuid("key_id", doc->id)));
   }
   if (doc->kek.type == FLP_KMS_KMIP && !flp_fields_has(&doc->kek.fields, FLP_KEK_KMIP_KEY_ID)) {
      return flp_error(status, FLP_E212,
                       FLP_FACTS(flp_fact_text("what", "key document"), flp_fact_text("field", "keyId"), flp_fact_text("got", "absent")));
   }
   if (doc->kek.type != FLP_KMS_LOCAL) {
      return flp_error(status, FLP_UNSUPPORTED, FLP_FACTS(flp_fact_text("feature", "remote_kms")));
   }
   return true;
}

/* Opens the key that the document holds. Names and key encryption key move from the document to the key. NULL on failure. */
static flp_data_key_t *open_key(flp_key_doc_t *doc, const flp_kms_provider_t *provider, flp_crypto_t *crypto, flp_status_t *status)
{
   uint8_t secret[FLP_SECRET_LEN];
   flp_data_key_t *key = NULL;
   flp_crypto_state_t *state = flp_crypto_take(crypto, status);
   if (state && flp_unwrap_data_key(state, flp_kms_provider_local_key(provider).data, doc->material, doc->id,
                                    flp_view_of(&doc->kek.provider), secret, status)) {
      key = flp_data_key_new(doc->id, &doc->names, &doc->n_names, &doc->kek, secret);
      if (!key) {
         flp_error_memory(status, "data key", sizeof *key);
      }
   }
   flp_crypto_give(crypto, state);
   flp_wipe(secret, sizeof secret);
   return key;
}

static void answer(flp_key_broker_t *broker, flp_index_kind_t kind, flp_view_t bytes, flp_data_key_t *key)
{
   flp_key_request_t *request = flp_index_find(&broker->requests, kind, bytes);
   if (request && !request->key) {
      satisfy(broker, request, flp_data_key_hold(key));
   }
}

static void put_behind(flp_key_broker_t *broker, flp_fed_key_t *before, flp_fed_key_t *fed)
{
   flp_fed_key_t **place = before ? &before->next : &broker->fed;
   fed->next = *place;
   *place = fed;
   broker->last = fed->next ? broker->last : fed;
   broker->n_fed++;
}

static void index_fed(flp_index_t *index, flp_fed_key_t *fed, const flp_buf_t *names, size_t n_names)
{
   flp_index_add(index, &fed->nodes[0], FLP_INDEX_ID, flp_view(fed->id, FLP_KEY_ID_LEN), fed);
   for (size_t i = 0; i < n_names; i++) {
      flp_index_add(index, &fed->nodes[i + 1], FLP_INDEX_NAME, flp_view_of(&names[i]), fed);
   }
}

/* Keeps an opened key with this context: a later document may share neither its id nor a name, and its requests are satisfied (KV-7). */
static void keep_opened(flp_key_broker_t *broker, flp_fed_key_t *fed)
{
   flp_data_key_t *key = fed->key;
   put_behind(broker, broker->last_opened, fed);
   broker->last_opened = fed;
   index_fed(&broker->opened, fed, key->names, key->n_names);
   answer(broker, FLP_INDEX_ID, flp_view(key->id, FLP_KEY_ID_LEN), key);
   for (size_t i = 0; i < key->n_names; i++) {
      answer(broker, FLP_INDEX_NAME, flp_view_of(&key->names[i]), key);
   }
}

static void keep_known(flp_key_broker_t *broker, flp_fed_key_t *fed, flp_key_doc_t *doc)
{
   fed->names = doc->names;
   fed->n_names = doc->n_names;
   doc->names = NULL;
   doc->n_names = 0;
   put_behind(broker, broker->last, fed);
   index_fed(&broker->known, fed, fed->names, fed->n_names);
}

/* The key that the cache has under the id or a name of the document; of several the one that was added last. */
static bool ask_cache_for(const flp_key_doc_t *doc, flp_key_cache_t *cache, flp_data_key_t **key, flp_status_t *status)
{
   const size_t n = doc->n_names + 1;
   flp_key_question_t *questions = calloc(n, sizeof *questions);
   if (!questions) {
      return flp_error_memory(status, "questions to the key cache", n * sizeof *questions);
   }
   questions[0] = (flp_key_question_t){.kind = FLP_INDEX_ID, .wanted = flp_view(doc->id, FLP_KEY_ID_LEN)};
   for (size_t i = 1; i < n; i++) {
      questions[i] = (flp_key_question_t){.kind = FLP_INDEX_NAME, .wanted = flp_view_of(&doc->names[i - 1])};
   }
   flp_key_cache_ask(cache, questions, n);
   uint64_t newest = 0;
   for (size_t i = 0; i < n; i++) {
      flp_data_key_t *other = questions[i].key;
      if (questions[i].age_rank > newest) {
         newest = questions[i].age_rank;
         other = *key;
         *key = questions[i].key;
      }
      flp_data_key_drop(other);
   }
   free(questions);
   return true;
}

static bool may_take(const flp_key_broker_t *broker, const flp_key_doc_t *doc, flp_status_t *status)
{
   if (!broker->takes_any && !stands_in(&broker->requests, doc)) {
      return unexpected(FLP_E209, doc, "not_requested", status);
   }
   if (stands_in(&broker->opened, doc)) {
      return unexpected(FLP_E210, doc, "duplicate", status);
   }
   return broker->n_fed < FLP_MAX_KEYS_PER_CONTEXT ? true : too_many_keys(status);
}

/* Moves the key out of the document and into `fed` and the cache. */
static bool open_fed(flp_fed_key_t *fed, flp_key_doc_t *doc, const flp_key_env_t *env, flp_status_t *status)
{
   const flp_kms_provider_t *provider = flp_kms_providers_choose(&env->providers, flp_view_of(&doc->kek.provider));
   if (!check_provider(provider, doc, status)) {
      return false;
   }
   fed->key = open_key(doc, provider, env->crypto, status);
   return fed->key && flp_key_cache_add(env->cache, fed->key, status);
}

static void fed_destroy(flp_fed_key_t *fed)
{
   if (fed) {
      flp_data_key_drop(fed->key);
      flp_names_destroy(fed->names, fed->n_names);
      free(fed);
   }
}

bool flp_broker_feed(flp_key_broker_t *broker, flp_view_t document, const flp_key_env_t *env, flp_status_t *status)
{
   bool ok = false;
   flp_key_doc_t doc = {0};
   flp_fed_key_t *fed = NULL;
   if (!flp_key_doc_parse(&doc, document, status) || !may_take(broker, &doc, status)) {
      goto done;
   }
   size_t fed_size = sizeof *fed + (doc.n_names + 1) * sizeof(flp_index_node_t);
   fed = calloc(1, fed_size);
   if (!fed) {
      flp_error_memory(status, "fed key", fed_size);
      goto done;
   }
   memcpy(fed->id, doc.id, FLP_KEY_ID_LEN);
   if (broker->takes_any && !stands_in(&broker->known, &doc) && !ask_cache_for(&doc, env->cache, &fed->key, status)) {
      goto done;
   }
   if (fed->key) {
      keep_known(broker, fed, &doc);
   } else if (open_fed(fed, &doc, env, status)) {
      keep_opened(broker, fed);
   } else {
      goto done;
   }
   fed = NULL;
   ok = true;
done:
   fed_destroy(fed);
   flp_key_doc_cleanup(&doc);
   return ok;
}

bool flp_broker_done(const flp_key_broker_t *broker, flp_status_t *status)
{
   if (broker->n_missing == 0) {
      return true;
   }
   const flp_key_request_t *first = NULL;
   for (const flp_key_request_t *request = broker->newest; request; request = request->older) {
      first = request->key ? first : request;
   }
   const flp_fact_t missing = flp_fact_int("missing", (int64_t)broker->n_missing);
   if (first->node.kind == FLP_INDEX_ID) {
      return flp_error(status, FLP_E214, FLP_FACTS(flp_fact_uuid("key_id", first->wanted), missing));
   }
   return flp_error(status, FLP_E214, FLP_FACTS(flp_fact_view("key_alt_name", first->node.bytes), missing));
}

void flp_broker_cleanup(flp_key_broker_t *broker)
{
   while (broker->newest) {
      flp_key_request_t *request = broker->newest;
      broker->newest = request->older;
      flp_data_key_drop(request->key);
      free(request);
   }
   while (broker->fed) {
      flp_fed_key_t *fed = broker->fed;
      broker->fed = fed->next;
      fed_destroy(fed);
   }
   broker->last_opened = NULL;
   broker->last = NULL;
   flp_index_cleanup(&broker->requests);
   flp_index_cleanup(&broker->opened);
   flp_index_cleanup(&broker->known);
   flp_buf_cleanup(&broker->filter);
   broker->n_requests = 0;
   broker->n_missing = 0;
   broker->n_fed = 0;
}
