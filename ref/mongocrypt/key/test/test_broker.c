/* Requests, filter and fed documents: the manual of the broker, then what it refuses and in which order. */
#include "ref/mongocrypt/key/broker.h"

#include "ref/base/bson_walk.h"
#include "ref/mongocrypt/key/test/support_key_doc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static flp_crypto_t crypto;
static flp_key_cache_t cache;
static flp_kms_providers_t providers, given;
static flp_crypto_state_t *state;
static flp_key_broker_t broker;
static flp_status_t status;
static const uint8_t kek[FLP_SECRET_LEN] = {1, 2, 3}, other_kek[FLP_SECRET_LEN] = {9};

static int set_up(void **unused)
{
   (void)unused;
   memset(&crypto, 0, sizeof crypto);
   memset(&cache, 0, sizeof cache);
   memset(&providers, 0, sizeof providers);
   memset(&broker, 0, sizeof broker);
   flp_status_reset(&status);
   bool ok = flp_crypto_init(&crypto, &status) && flp_key_cache_init(&cache) &&
             flp_kms_providers_add_local(&providers, flp_view(kek, sizeof kek), &status) &&
             flp_kms_providers_add_aws(&providers, flp_view_text("a"), flp_view_text("b"), &status);
   state = ok ? flp_crypto_take(&crypto, &status) : NULL;
   return state ? 0 : 1;
}

static int tear_down(void **unused)
{
   (void)unused;
   flp_broker_cleanup(&broker);
   flp_crypto_give(&crypto, state);
   flp_kms_providers_cleanup(&providers);
   flp_key_cache_cleanup(&cache);
   flp_crypto_cleanup(&crypto);
   return 0;
}

static flp_key_request_t *want_id(uint8_t id)
{
   uint8_t bytes[FLP_KEY_ID_LEN];
   flp_key_request_t *request = NULL;
   memset(bytes, id, sizeof bytes);
   assert_true(flp_broker_request(&broker, FLP_INDEX_ID, flp_view(bytes, sizeof bytes), &request, &status));
   return request;
}

static flp_key_request_t *want_name(const char *name)
{
   flp_key_request_t *request = NULL;
   assert_true(flp_broker_request(&broker, FLP_INDEX_NAME, flp_view_text(name), &request, &status));
   return request;
}

static bool feed_bytes(flp_view_t document)
{
   const flp_key_env_t env = {.providers = {.given = &given, .own = &providers}, .cache = &cache, .crypto = &crypto};
   flp_status_reset(&status);
   return flp_broker_feed(&broker, document, &env, &status);
}

static bool feed(key_doc_spec_t spec)
{
   spec.kek = spec.kek ? spec.kek : kek;
   flp_buf_t document = make_key_doc(state, &spec);
   bool ok = feed_bytes(flp_view_of(&document));
   flp_buf_cleanup(&document);
   return ok;
}

static void assert_error(const char *fragment)
{
   if (!strstr(status.message, fragment)) {
      fail_msg("`%s` is not in `%s`", fragment, status.message);
   }
}

static void a_key_that_was_asked_for_is_opened_and_satisfies_id_and_names(void **unused)
{
   (void)unused;
   flp_key_request_t *by_name = want_name("b");
   flp_key_request_t *by_id = want_id(7);
   assert_false(flp_broker_done(&broker, &status));
   assert_true(feed((key_doc_spec_t){.id = 7, .secret = 42, .names = {"a", "b"}}));
   assert_int_equal(broker.n_missing, 0);
   assert_ptr_equal(by_name->key, by_id->key);
   assert_int_equal(by_id->key->secret[95], 42);
   flp_status_reset(&status);
   assert_true(flp_broker_done(&broker, &status));
}

static void the_same_wish_is_one_request(void **unused)
{
   (void)unused;
   flp_key_request_t *first = want_id(1);
   flp_key_request_t *name = want_name("n");
   assert_ptr_equal(want_id(1), first);
   assert_ptr_equal(want_name("n"), name);
   for (unsigned i = 0; i < 1000; i++) {
      want_id((uint8_t)(i % 200 + 1));
   }
   assert_int_equal(broker.n_requests, 201);
}

static void the_filter_has_both_branches_newest_first_and_stays_the_same(void **unused)
{
   (void)unused;
   flp_view_t filter, again;
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   uint8_t seen[3];
   size_t n_seen = 0;
   want_id(1);
   want_id(2);
   want_name("n");
   want_id(3);
   assert_true(flp_broker_filter(&broker, &filter, &status));
   assert_true(flp_bson_walk_init(&walk, filter));
   while (flp_bson_walk_next(&walk, &element)) {
      uint8_t subtype = 0;
      if (element.type == FLP_BSON_BINARY) {
         flp_view_t id = flp_bson_binary_view(element.value, &subtype);
         assert_int_equal(subtype, 4);
         assert_int_equal(id.len, FLP_KEY_ID_LEN);
         assert_true(n_seen < sizeof seen);
         seen[n_seen] = id.data[0];
         n_seen++;
      }
   }
   assert_int_equal(n_seen, 3);
   assert_int_equal(seen[0], 3);
   assert_int_equal(seen[2], 1);
   assert_true(feed((key_doc_spec_t){.id = 1, .secret = 1}));
   assert_true(flp_broker_filter(&broker, &again, &status));
   assert_ptr_equal(again.data, filter.data);
}

static void an_empty_branch_is_written_too(void **unused)
{
   (void)unused;
   static const uint8_t want[] = {
      /* {$or: [{_id: {$in: []}}, {keyAltNames: {$in: ["n"]}}]} */
      0x58, 0,   0,   0,    4,    '$', 'o', 'r', 0,   0x4E, 0,   0,   0,   3,   '0', 0,   0x19, 0,    0, 0, 3,   '_',
      'i',  'd', 0,   0x0F, 0,    0,   0,   4,   '$', 'i',  'n', 0,   5,   0,   0,   0,   0,    0,    0, 3, '1', 0,
      0x2A, 0,   0,   0,    3,    'k', 'e', 'y', 'A', 'l',  't', 'N', 'a', 'm', 'e', 's', 0,    0x18, 0, 0, 0,   4,
      '$',  'i', 'n', 0,    0x0E, 0,   0,   0,   2,   '0',  0,   2,   0,   0,   0,   'n', 0,    0,    0, 0, 0,   0,
   };
   flp_view_t filter;
   want_name("n");
   assert_true(flp_broker_filter(&broker, &filter, &status));
   assert_int_equal(filter.len, sizeof want);
   assert_memory_equal(filter.data, want, sizeof want);
}

static void what_the_cache_knows_is_not_asked_for(void **unused)
{
   (void)unused;
   want_id(7);
   assert_true(feed((key_doc_spec_t){.id = 7, .secret = 1, .names = {"n"}}));
   flp_broker_cleanup(&broker);
   flp_key_request_t *known = want_name("n");
   want_id(8);
   assert_true(flp_broker_ask_cache(&broker, &cache, &status));
   assert_int_equal(known->key->secret[0], 1);
   assert_int_equal(broker.n_missing, 1);
}

static void the_first_missing_key_is_named(void **unused)
{
   (void)unused;
   want_name("first name");
   want_id(2);
   assert_false(flp_broker_done(&broker, &status));
   assert_error("[KEY_NOT_FOUND key_alt_name=first%20name missing=2]");
   assert_true(feed((key_doc_spec_t){.id = 9, .names = {"first name"}}));
   assert_false(flp_broker_done(&broker, &status));
   assert_error("[KEY_NOT_FOUND key_id=02020202-0202-0202-0202-020202020202 missing=1]");
}

static void refusals_come_in_their_order(void **unused)
{
   (void)unused;
   want_id(1);
   want_id(2);
   want_name("n");
   assert_false(feed((key_doc_spec_t){.id = 5, .provider = "local:nobody"})); /* not asked for comes before not configured */
   assert_error("[KEY_DOC_UNEXPECTED");
   assert_error("does not match any requests");
   assert_true(feed((key_doc_spec_t){.id = 1, .secret = 1, .names = {"n"}}));
   assert_false(feed((key_doc_spec_t){.id = 1, .provider = "local:nobody"})); /* twice comes before not configured */
   assert_error("duplicate keyAltNames or _id");
   assert_false(feed((key_doc_spec_t){.id = 2, .names = {"n"}}));
   assert_error("duplicate keyAltNames or _id");
   assert_false(feed((key_doc_spec_t){.id = 2, .provider = "local:nobody", .kek = other_kek}));
   assert_error("[PROVIDER_NOT_CONFIGURED provider=local:nobody key_id=02020202-");
   assert_false(feed((key_doc_spec_t){.id = 2, .kek = other_kek}));
   assert_error("HMAC validation failure [AUTHENTICATION_FAILED what=data_key key_id=02020202-");
}

static void a_short_key_material_is_an_error_of_the_caller(void **unused)
{
   (void)unused;
   want_id(1);
   for (size_t len = 1; len < FLP_SECRET_LEN; len++) {
      assert_false(feed((key_doc_spec_t){.id = 1, .material_len = len}));
      assert_error(len < 64 ? "[KEY_MATERIAL_LENGTH" : "[AUTHENTICATION_FAILED");
   }
}

static void fields_are_checked_one_by_one(void **unused)
{
   (void)unused;
   static const struct {
      key_doc_spec_t spec;
      const char *error;
   } rows[] = {
      {{.leave_out = "_id"}, "no '_id'"},
      {{.leave_out = "masterKey"}, "no 'masterKey'"},
      {{.leave_out = "keyMaterial"}, "no 'keyMaterial'"},
      {{.leave_out = "status"}, "no 'status'"},
      {{.leave_out = "creationDate"}, "no 'creationDate'"},
      {{.leave_out = "updateDate"}, "no 'updateDate'"},
      {{.as_bool = "_id"}, "'_id' is not a UUID"},
      {{.as_bool = "keyMaterial"}, "'keyMaterial', expected"},
      {{.as_bool = "masterKey"}, "'masterKey', expected document"},
      {{.as_bool = "creationDate"}, "expect datetime for 'creationDate'"},
      {{.as_bool = "updateDate"}, "expect datetime for 'updateDate'"},
      {{.as_bool = "keyAltNames"}, "keyAltName"},
      {{.as_bool = "version"}, "unsupported key document version"},
      {{.names = {"x", "x"}}, "duplicate keyAltName"},
      {{.add = "surprise"}, "unrecognized field 'surprise'"},
      {{.provider = "aws"}, "expected UTF-8 key"},
      {{.provider = "nowhere"}, "unrecognized KMS provider"},
   };
   want_id(1);
   for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
      key_doc_spec_t spec = rows[i].spec;
      spec.id = 1;
      assert_false(feed(spec));
      assert_error(rows[i].error);
   }
   assert_true(feed((key_doc_spec_t){.id = 1, .as_bool = "status"})); /* any value */
}

static void a_document_cut_at_any_byte_is_malformed(void **unused)
{
   (void)unused;
   key_doc_spec_t spec = {.id = 1, .secret = 1, .kek = kek, .names = {"a", "b"}};
   flp_buf_t document = make_key_doc(state, &spec);
   want_id(1);
   for (size_t len = 0; len < document.len; len++) {
      assert_false(feed_bytes(flp_view(document.data, len)));
      assert_error("malformed BSON for key document [BSON_INVALID what=key%20document offset=");
   }
   assert_true(feed_bytes(flp_view_of(&document)));
   flp_buf_cleanup(&document);
}

/* The keys that a broker which takes any holds: the first bytes of id and secret, in its order. */
static void assert_fed(const char *want)
{
   char got[64] = "";
   size_t len = 0;
   for (const flp_fed_key_t *fed = broker.fed; fed; fed = fed->next) {
      got[len] = (char)fed->key->id[0];
      got[len + 1] = (char)fed->key->secret[0];
      len += 2;
   }
   assert_string_equal(got, want);
   assert_int_equal(broker.n_fed, len / 2);
}

static void take_any(void)
{
   flp_broker_cleanup(&broker);
   memset(&broker, 0, sizeof broker);
   assert_true(flp_broker_take_any(&broker, flp_view_text("a filter of the caller"), &status));
}

static void one_that_takes_any_tells_the_callers_filter_and_takes_what_opens(void **unused)
{
   (void)unused;
   flp_view_t filter;
   take_any();
   assert_true(flp_broker_filter(&broker, &filter, &status));
   assert_true(flp_view_equal_text(filter, "a filter of the caller"));
   assert_true(feed((key_doc_spec_t){.id = 'a', .secret = '1', .names = {"n"}}));
   assert_true(feed((key_doc_spec_t){.id = 'b', .secret = '2'}));
   assert_fed("a1b2");
   assert_false(feed((key_doc_spec_t){.id = 'a', .secret = '1'}));
   assert_error("[KEY_DOC_UNEXPECTED key_id=61616161-6161-6161-6161-616161616161 reason=duplicate]");
   assert_false(feed((key_doc_spec_t){.id = 'c', .secret = '3', .names = {"m", "n"}}));
   assert_error("reason=duplicate");
   assert_false(feed((key_doc_spec_t){.id = 'c', .secret = '3', .provider = "local:x"}));
   assert_error("[PROVIDER_NOT_CONFIGURED provider=local:x");
   assert_fed("a1b2");
   flp_broker_cleanup(&broker);
   memset(&broker, 0, sizeof broker);
   assert_true(flp_broker_take_any(&broker, flp_view(NULL, 0), &status));
   assert_true(flp_broker_filter(&broker, &filter, &status));
   assert_int_equal(filter.len, 0);
}

static void what_the_cache_knows_is_not_opened_and_comes_last(void **unused)
{
   (void)unused;
   take_any();
   assert_true(feed((key_doc_spec_t){.id = 'a', .secret = '1', .names = {"n"}}));
   assert_true(feed((key_doc_spec_t){.id = 'b', .secret = '2', .names = {"m"}}));
   take_any();
   assert_true(feed((key_doc_spec_t){.id = 'b', .secret = '?', .material_len = 3, .provider = "local:x"})); /* not even looked at */
   assert_true(feed((key_doc_spec_t){.id = 'c', .secret = '3'}));
   assert_true(feed((key_doc_spec_t){.id = 'a', .secret = '?'}));
   assert_fed("c3b2a1");
   take_any();
   assert_true(feed((key_doc_spec_t){.id = 'd', .secret = '4', .names = {"n", "m"}}));
   assert_fed("b2"); /* of two that fit, the one that was added last */
   take_any();
   assert_true(feed((key_doc_spec_t){.id = 'a', .secret = '?', .names = {"n"}}));
   assert_true(feed((key_doc_spec_t){.id = 'e', .secret = '5', .names = {"n"}}));
   assert_fed("e5a1"); /* what shares a name with a known one is opened itself */
   assert_false(feed((key_doc_spec_t){.id = 'f', .secret = '6', .names = {"n"}}));
   assert_error("reason=duplicate");
}

static void too_many_documents_are_refused(void **unused)
{
   (void)unused;
   take_any();
   broker.n_fed = FLP_MAX_KEYS_PER_CONTEXT - 1;
   assert_true(feed((key_doc_spec_t){.id = 'a', .secret = '1'}));
   assert_false(feed((key_doc_spec_t){.id = 'b', .secret = '2'}));
   assert_error("[LIMIT_EXCEEDED limit=keys_per_context value=65537 max=65536]");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
   const struct CMUnitTest tests[] = {
      TEST(a_key_that_was_asked_for_is_opened_and_satisfies_id_and_names),
      TEST(one_that_takes_any_tells_the_callers_filter_and_takes_what_opens),
      TEST(what_the_cache_knows_is_not_opened_and_comes_last),
      TEST(too_many_documents_are_refused),
      TEST(the_same_wish_is_one_request),
      TEST(the_filter_has_both_branches_newest_first_and_stays_the_same),
      TEST(an_empty_branch_is_written_too),
      TEST(what_the_cache_knows_is_not_asked_for),
      TEST(the_first_missing_key_is_named),
      TEST(refusals_come_in_their_order),
      TEST(a_short_key_material_is_an_error_of_the_caller),
      TEST(fields_are_checked_one_by_one),
      TEST(a_document_cut_at_any_byte_is_malformed),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
