/* From text to cases: values, tags, defaults, matrices, plans. The refusals are test_refusals. */
#include "runner/grammar/test/support_loaded.h"

#include "runner/material/material.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HEAD "format: 1\ntopic: t\n"
#define CASE HEAD "cases:\n  - id: a/b/c\n    rules: [R-A-001]\n"

/* The document of `call: {decrypt: {doc: ...}}` with this text in flow style as its value `v`. */
static void assert_value(const char *written, const char *expected)
{
   char *text = bson_strdup_printf(CASE "    call: {decrypt: {doc: {v: %s}}}\n", written);
   loaded_t l = load_good(text);
   assert_json(&l.cases.items[0].doc, "call.decrypt.doc.v", expected);
   loaded_cleanup(&l);
   bson_free(text);
}

static void values_have_the_types_that_the_grammar_says(void **state)
{
   (void)state;
   assert_value("1", "{ \"$numberInt\" : \"1\" }");
   assert_value("\"1\"", "\"1\"");
   assert_value("'yes'", "\"yes\"");
   assert_value("2147483647", "{ \"$numberInt\" : \"2147483647\" }");
   assert_value("2147483648", "{ \"$numberLong\" : \"2147483648\" }");
   assert_value("-2147483649", "{ \"$numberLong\" : \"-2147483649\" }");
   assert_value("1.0", "{ \"$numberDouble\" : \"1.0\" }");
   assert_value("null", "null");
   assert_value("true", "true");
   assert_value("2026-01-01", "\"2026-01-01\"");
   assert_value("''", "\"\"");
   assert_value("[]", "[  ]");
   assert_value("{}", "{  }");
}

static void only_an_exact_key_set_is_a_wrapper(void **state)
{
   (void)state;
   assert_value("{$numberLong: \"5\"}", "{ \"$numberLong\" : \"5\" }");
   assert_value("{$date: \"1969-12-31T23:59:59.5Z\"}", "{ \"$date\" : { \"$numberLong\" : \"-500\" } }");
   assert_value("{$date: \"2024-02-29T12:00:00+02:00\"}", "{ \"$date\" : { \"$numberLong\" : \"1709200800000\" } }");
   assert_value("{$binary: {base64: \"AP8=\", subType: \"6\"}}", "{ \"$binary\" : { \"base64\" : \"AP8=\", \"subType\" : \"06\" } }");
   assert_value("{$regularExpression: {pattern: a, options: xi}}",
                "{ \"$regularExpression\" : { \"pattern\" : \"a\", \"options\" : \"ix\" } }");
   assert_value("{$regex: a, $options: i}", "{ \"$regex\" : \"a\", \"$options\" : \"i\" }");
   assert_value("{$oid: 0123456789abcdef01234567, x: 1}",
                "{ \"$oid\" : \"0123456789abcdef01234567\", \"x\" : { \"$numberInt\" : \"1\" } }");
   assert_value("{$minKey: 1}", "{ \"$minKey\" : 1 }");
   assert_value("{$numberDouble: -Infinity}", "{ \"$numberDouble\" : \"-Infinity\" }");
}

static void regex_options_and_code_are_written_as_given(void **state)
{
   (void)state;
   loaded_t l = load_good(CASE "    call: {decrypt: {doc: {r: {$regularExpression: {pattern: a, options: xi}}, c: {$code: \"a\\0b\"}, "
                               "s: {$code: \"a\\0b\", $scope: {x: 1}}}}}\n");
   bson_iter_t iter, found;
   const char *options = NULL;
   uint32_t len = 0, scope_len = 0;
   const uint8_t *scope = NULL;
   assert_true(bson_iter_init(&iter, &l.cases.items[0].doc) && bson_iter_find_descendant(&iter, "call.decrypt.doc.r", &found));
   bson_iter_regex(&found, &options);
   assert_string_equal(options, "xi");
   assert_true(bson_iter_init(&iter, &l.cases.items[0].doc) && bson_iter_find_descendant(&iter, "call.decrypt.doc.c", &found));
   bson_iter_code(&found, &len);
   assert_int_equal(len, 3);
   assert_true(bson_iter_init(&iter, &l.cases.items[0].doc) && bson_iter_find_descendant(&iter, "call.decrypt.doc.s", &found));
   assert_memory_equal(bson_iter_codewscope(&found, &len, &scope_len, &scope), "a\0b", 3);
   assert_int_equal(len, 3);
   loaded_cleanup(&l);
}

static void tags_give_bytes(void **state)
{
   (void)state;
   assert_value("!hex 00 ff", "{ \"$binary\" : { \"base64\" : \"AP8=\", \"subType\" : \"00\" } }");
   assert_value("!hex ''", "{ \"$binary\" : { \"base64\" : \"\", \"subType\" : \"00\" } }");
   assert_value("!hex {bytes: ff, subtype: 6}", "{ \"$binary\" : { \"base64\" : \"/w==\", \"subType\" : \"06\" } }");
   assert_value("!fill 3", "{ \"$binary\" : { \"base64\" : \"YWFh\", \"subType\" : \"00\" } }");
   assert_value("!fill {len: 2, byte: 255}", "{ \"$binary\" : { \"base64\" : \"//8=\", \"subType\" : \"00\" } }");
   assert_value("!uuid local-1", "{ \"$binary\" : { \"base64\" : \"GjHZPOeoSSuExlcSb0vAhQ==\", \"subType\" : \"04\" } }");
}

/* The data key that a key document of the case wraps, opened with the named key. */
static bool opens_with(const flp_case_t *c, const char *path, const char *key_name)
{
   bson_iter_t iter, found;
   bson_subtype_t subtype;
   uint32_t len = 0;
   const uint8_t *bytes = NULL;
   uint8_t key[FLP_AEAD_KEY], out[256], data_key[FLP_AEAD_KEY];
   size_t out_len = 0;
   const char *why = NULL;
   assert_true(bson_iter_init(&iter, &c->doc) && bson_iter_find_descendant(&iter, path, &found));
   bson_iter_binary(&found, &subtype, &len, &bytes);
   flp_material_key(key_name, key);
   flp_material_data_key("n", data_key);
   return len == 160 && flp_aead_open(key, NULL, 0, bytes, len, out, &out_len, &why) && out_len == FLP_AEAD_KEY &&
          memcmp(out, data_key, FLP_AEAD_KEY) == 0;
}

static void a_key_document_is_wrapped_by_the_key_of_its_own_case(void **state)
{
   (void)state;
   loaded_t l = load_good(
      HEAD "cases:\n"
           "  - {id: a/b/one, rules: [R-A-001], handle: {kms_providers: {local: {key: !key k-1}}}, world: {key_vault: [!keydoc n]}, "
           "call: {datakey: {}}}\n"
           "  - {id: a/b/list, rules: [R-A-001], handle: {kms_providers: [{aws: {}}, {local: {key: !key k-2}}]}, "
           "world: {key_vault: [!keydoc n]}, call: {datakey: {}}}\n"
           "  - {id: a/b/setter, rules: [R-A-001], handle: {kms_provider_local: !key k-3}, world: {key_vault: [!keydoc n]}, "
           "call: {datakey: {}}}\n"
           "  - {id: a/b/named, rules: [R-A-001], handle: {kms_providers: {local: {key: !key k-1}, \"local:x\": {key: !key k-4}}}, "
           "world: {key_vault: [!keydoc {name: n, provider: \"local:x\"}]}, call: {datakey: {}}}\n"
           "  - {id: a/b/none, rules: [R-A-001], world: {key_vault: [!keydoc n]}, call: {datakey: {}}}\n"
           "  - {id: a/b/own, rules: [R-A-001], world: {key_vault: [!keydoc {name: n, kek: k-5}]}, call: {datakey: {}}}\n"
           "  - {id: a/b/matrix, rules: [R-A-001], matrix: {k: [k-6, k-7]}, "
           "handle: {kms_providers: {local: {key: !key \"${k}\"}}}, world: {key_vault: [!keydoc n]}, call: {datakey: {}}}\n");
   static const char *const keys[] = {"k-1", "k-2", "k-3", "k-4", "local-1", "k-5", "k-6", "k-7"};
   assert_int_equal(l.cases.len, 8);
   for (size_t i = 0; i < 8; i++) {
      assert_true(opens_with(&l.cases.items[i], "world.key_vault.0.keyMaterial", keys[i]));
      assert_false(opens_with(&l.cases.items[i], "world.key_vault.0.keyMaterial", "other"));
   }
   assert_json(&l.cases.items[3].doc, "world.key_vault.0.masterKey.provider", "\"local:x\"");
   loaded_cleanup(&l);
}

static void dollars_are_literal_with_one_more(void **state)
{
   (void)state;
   assert_value("$$$ROOT", "\"$$ROOT\"");
   assert_value("{$$$x: 1}", "{ \"$$x\" : { \"$numberInt\" : \"1\" } }");
   loaded_t l = load_good(CASE "    call: {decrypt: {doc: {}}}\n"
                               "    expect: {result: {a: $$any, b: {$$any: 1}, c: $$$any, $$$d: 1, e: {$$type: int}}}\n");
   const bson_t *doc = &l.cases.items[0].doc;
   assert_json(doc, "expect.result.a", "{ \"$$any\" : { \"$numberInt\" : \"1\" } }");
   assert_json(doc, "expect.result.c", "\"$$any\"");
   assert_true(has(doc, "expect.result.$$$d")); /* the judge takes the dollar off */
   loaded_cleanup(&l);
}

static void times_and_dates_are_numbers_in_the_case(void **state)
{
   (void)state;
   loaded_t l = load_good(CASE "    world: {now: 2026-01-01T00:00:00Z, seed: 7}\n"
                               "    calls: [{clock: +5}, {clock: +5ms}, {clock: +5s}, {clock: +5min}]\n");
   const bson_t *doc = &l.cases.items[0].doc;
   assert_json(doc, "world.now", "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }");
   assert_json(doc, "world.seed", "{ \"$numberLong\" : \"7\" }");
   assert_json(doc, "calls.0.clock", "{ \"$numberLong\" : \"5\" }");
   assert_json(doc, "calls.1.clock", "{ \"$numberLong\" : \"5\" }");
   assert_json(doc, "calls.2.clock", "{ \"$numberLong\" : \"5000\" }");
   assert_json(doc, "calls.3.clock", "{ \"$numberLong\" : \"300000\" }");
   loaded_cleanup(&l);
}

static void defaults_give_whole_fields_and_only_where_they_mean_something(void **state)
{
   (void)state;
   loaded_t l = load_good(HEAD "defaults: {level: may, handle: {retry_kms: true, crypto_hooks: true}, call: {datakey: {}}, exchange: []}\n"
                               "cases:\n"
                               "  - {id: a/b/all, rules: [R-A-001]}\n"
                               "  - {id: a/b/own-handle, rules: [R-A-001], level: must, handle: {retry_kms: false}}\n"
                               "  - {id: a/b/steps, rules: [R-A-001], steps: [{version: {}}]}\n");
   assert_int_equal(l.cases.items[0].level, FLP_LEVEL_MAY);
   assert_true(has(&l.cases.items[0].plan, "call.datakey"));
   assert_true(has(&l.cases.items[0].plan, "exchange"));
   assert_int_equal(l.cases.items[1].level, FLP_LEVEL_MUST);
   assert_json(&l.cases.items[1].doc, "handle", "{ \"retry_kms\" : false }");
   assert_false(has(&l.cases.items[2].doc, "call"));
   assert_false(has(&l.cases.items[2].doc, "exchange"));
   assert_true(has(&l.cases.items[2].doc, "handle"));
   loaded_cleanup(&l);
}

static void a_refusal_in_defaults_is_told_of_defaults(void **state)
{
   (void)state;
   loaded_t l = load_text(HEAD "defaults:\n  handle: {retry: true}\ncases:\n  - {id: a/b/c, rules: [R-A-001], call: {datakey: {}}}\n"
                               "  - {id: a/b/d, rules: [R-A-001], call: {datakey: {}}}\n");
   assert_false(l.ok);
   assert_int_equal(l.refusals.len, 1); /* not once for each case */
   assert_string_equal(l.refusals.items[0].field, "defaults.handle.retry");
   assert_int_equal(l.refusals.items[0].line, 4);
   loaded_cleanup(&l);
}

static void a_matrix_multiplies_in_file_order_with_types(void **state)
{
   (void)state;
   loaded_t l = load_good(CASE "    matrix: {n: [1, 2.5, true], m: {x: {f: {g: [7, 8]}, k: p}, y: {f: {g: [9]}, k: q}}}\n"
                               "    call: {decrypt: {doc: {n: \"${n}\", text: \"n is ${n}, $${n}\", g: \"${m.f.g}\", i: \"${m.f.g.0}\", "
                               "\"db.${m.k}\": 1, h: !hex \"${m.f.g.0}0\"}}}\n");
   static const char *const ids[] = {"a/b/c[n=1,m=x]",   "a/b/c[n=1,m=y]",    "a/b/c[n=2.5,m=x]",
                                     "a/b/c[n=2.5,m=y]", "a/b/c[n=true,m=x]", "a/b/c[n=true,m=y]"};
   assert_int_equal(l.cases.len, 6);
   for (size_t i = 0; i < 6; i++) {
      assert_string_equal(l.cases.items[i].id, ids[i]);
      assert_string_equal(l.cases.items[i].area, "a");
      assert_int_equal(l.cases.items[i].line, 4);
   }
   const bson_t *doc = &l.cases.items[3].doc;
   assert_json(doc, "call.decrypt.doc.n", "{ \"$numberDouble\" : \"2.5\" }");
   assert_json(doc, "call.decrypt.doc.text", "\"n is 2.5, ${n}\"");
   assert_json(doc, "call.decrypt.doc.g", "[ { \"$numberInt\" : \"9\" } ]");
   assert_json(doc, "call.decrypt.doc.i", "{ \"$numberInt\" : \"9\" }");
   assert_json(doc, "call.decrypt.doc.h", "{ \"$binary\" : { \"base64\" : \"kA==\", \"subType\" : \"00\" } }");
   assert_json(&l.cases.items[4].doc, "call.decrypt.doc.n", "true");
   bson_iter_t iter, found;
   assert_true(bson_iter_init(&iter, doc) && bson_iter_find_descendant(&iter, "call.decrypt.doc", &found));
   assert_true(bson_iter_recurse(&found, &iter) && bson_iter_find(&iter, "db.q"));
   assert_false(has(doc, "matrix"));
   loaded_cleanup(&l);
}

static void keys_that_become_the_same_are_refused(void **state)
{
   (void)state;
   loaded_t l = load_text(CASE "    matrix: {k: [p, q]}\n    call: {decrypt: {doc: {p: 1, \"${k}\": 2}}}\n");
   assert_false(l.ok);
   assert_string_equal(l.refusals.items[0].id, "DUPLICATE_KEY");
   loaded_cleanup(&l);
}

static void an_axis_comes_from_a_vector_file(void **state)
{
   (void)state;
   const char *path = "spec-tests/meta/vectors/axis.yml";
   flp_cases_t cases = {0};
   flp_refusals_t refusals = {0};
   assert_true(flp_cases_load(&path, 1, "spec-tests/meta/vectors", &cases, &refusals));
   assert_int_equal(cases.len, 5);
   assert_string_equal(cases.items[0].id, "meta/vectors/selected[v=one]");
   assert_string_equal(cases.items[1].id, "meta/vectors/selected[v=two]");
   assert_string_equal(cases.items[4].id, "meta/vectors/all[v=three]");
   /* Texts of a vector file are data: no matcher, no placeholder. */
   assert_json(&cases.items[1].doc, "call.decrypt.doc.text", "\"$$any\"");
   assert_json(&cases.items[1].doc, "expect.result.$$match.text", "\"$$any\"");
   assert_json(&cases.items[4].doc, "call.decrypt.doc.text", "\"${x}\"");
   assert_json(&cases.items[0].doc, "call.decrypt.doc.bytes", "{ \"$binary\" : { \"base64\" : \"AP8=\", \"subType\" : \"00\" } }");
   assert_json(&cases.items[1].doc, "call.decrypt.doc.number", "{ \"$numberDouble\" : \"2.5\" }");
   assert_json(&cases.items[0].doc, "call.decrypt.doc.all.valid", "true");
   flp_cases_cleanup(&cases);
   flp_refusals_cleanup(&refusals);
}

static void a_plan_holds_nothing_that_is_expected(void **state)
{
   (void)state;
   loaded_t l = load_good(
      HEAD
      "cases:\n"
      "  - id: a/b/call\n"
      "    rules: [R-A-001]\n"
      "    explain: secret\n"
      "    needs: [clock, \"symbol:mongocrypt_ctx_mongo_db\"]\n"
      "    call: {encrypt: {db: d, cmd: {find: c}}}\n"
      "    fail_alloc: every\n"
      "    exchange:\n"
      "      - ask: {state: NEED_MONGO_KEYS, op: {secret: 1}, db: secret, kms: [{endpoint: secret}]}\n"
      "      - answer: {keys: live, fault: {action: cut, nth: 1, after_bytes: 3}}\n"
      "      - answer: {kms: [text, !hex 00, {status: 200, body: {a: 1}}], fault: {action: reset}}\n"
      "    expect: {state: DONE, result: {secret: 1}, journal: [secret]}\n"
      "  - id: a/b/calls\n"
      "    rules: [R-A-001]\n"
      "    calls: [{call: {datakey: {}}, expect: {error: {class: HOOK_FAILED, facts: {secret: 1}}}}]\n"
      "  - id: a/b/steps\n"
      "    rules: [R-A-001]\n"
      "    handle: {}\n"
      "    steps:\n"
      "      - {ctx_new: {crypt: handle}, as: c, returns: {$$any: secret}}\n"
      "      - {ctx_mongo_op: {ctx: c, op_bson: null}, returns: false, out: {op_bson: secret}, error: {class: HOOK_FAILED}, state: ERROR}\n");
   for (size_t i = 0; i < l.cases.len; i++) {
      char *plan = bson_as_canonical_extended_json(&l.cases.items[i].plan, NULL);
      assert_null(strcasestr(plan, "secret"));
      assert_null(strstr(plan, "expect"));
      assert_null(strstr(plan, "HOOK_FAILED"));
      assert_null(strstr(plan, "R-A-001"));
      assert_null(strstr(plan, "a/b/"));
      bson_free(plan);
   }
   const bson_t *plan = &l.cases.items[0].plan;
   assert_json(plan, "exchange.0.ask", "{ \"state\" : \"NEED_MONGO_KEYS\" }");
   assert_json(plan, "exchange.1.answer.fault.after_bytes", "{ \"$numberLong\" : \"3\" }");
   assert_json(plan, "fail_alloc", "\"every\"");
   assert_json(plan, "exchange.2.answer.kms.0", "\"text\"");
   assert_json(plan, "exchange.2.answer.kms.2.body", "{ \"a\" : { \"$numberInt\" : \"1\" } }");
   assert_json(&l.cases.items[2].plan, "steps.0", "{ \"ctx_new\" : { \"crypt\" : \"handle\" }, \"as\" : \"c\" }");
   assert_json(&l.cases.items[2].plan, "steps.1", "{ \"ctx_mongo_op\" : { \"ctx\" : \"c\", \"op_bson\" : null }, \"read_state\" : true }");
   assert_int_equal(l.cases.items[0].needs.len, 2);
   assert_string_equal(l.cases.items[0].explain, "secret");
   loaded_cleanup(&l);
}

static void short_names_of_algorithms_become_the_long_ones(void **state)
{
   (void)state;
   loaded_t l = load_good(CASE "    calls:\n"
                               "      - {call: {explicit_encrypt: {algorithm: random, value: {v: 1}}}}\n"
                               "      - {call: {explicit_encrypt: {algorithm: Indexed, value: !hex 00}}}\n");
   assert_json(&l.cases.items[0].plan, "calls.0.call.explicit_encrypt.algorithm", "\"AEAD_AES_256_CBC_HMAC_SHA_512-Random\"");
   assert_json(&l.cases.items[0].plan, "calls.1.call.explicit_encrypt.algorithm", "\"Indexed\"");
   loaded_cleanup(&l);
}

static void a_path_named_twice_is_read_once_and_ids_are_unique_over_files(void **state)
{
   (void)state;
   const char *twice[] = {"spec-tests/meta/valid-pass/", "spec-tests/meta/valid-pass/values.yml"};
   const char *same_ids[] = {"spec-tests/meta/invalid/id-twice.yml", "spec-tests/meta/invalid/id-twice.yml",
                             "spec-tests/meta/valid-pass/values.yml"};
   flp_cases_t cases = {0};
   flp_refusals_t refusals = {0};
   assert_true(flp_cases_load(twice, 2, NULL, &cases, &refusals));
   assert_int_equal(cases.len, 3);
   flp_cases_cleanup(&cases);
   assert_false(flp_cases_load(same_ids, 3, NULL, &cases, &refusals));
   assert_int_equal(refusals.len, 1);
   assert_string_equal(refusals.items[0].id, "ID_TWICE");
   assert_int_equal(cases.len, 2);
   flp_cases_cleanup(&cases);
   flp_refusals_cleanup(&refusals);
}

static void what_is_in_memory_may_be_anything(void **state)
{
   (void)state;
   static const char *const texts[] = {
      "",
      "\xff\xfe",
      "[",
      "- a",
      "a: b",
      "{[a]: 1, [b]: 2}",
      "{{a: 1}: 1, {a: 1}: 2}",
      "cases: 1",
      "format: 1\ntopic: t\ncases: [&a [*a]]",
      "format: 1\ntopic: t\ncases: [{id: a/b, rules: [R-A-001], steps: [{}]}]",
      "%YAML 9.9\n---\na",
      "--- \n--- ",
      "*a",
      "!key x",
   };
   for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
      flp_cases_t cases = {0};
      flp_refusals_t refusals = {0};
      assert_false(flp_cases_parse(texts[i], strlen(texts[i]), "in memory", &cases, &refusals));
      assert_int_equal(cases.len, 0);
      assert_true(refusals.len > 0);
      assert_string_equal(refusals.items[0].file, "in memory");
      flp_cases_cleanup(&cases);
      flp_refusals_cleanup(&refusals);
   }
}

static void globs_know_star_and_question_mark_only(void **state)
{
   (void)state;
   assert_true(flp_glob_match("a/*", "a/b/c[n=1]"));
   assert_true(flp_glob_match("*[n=1]", "a/b/c[n=1]"));
   assert_false(flp_glob_match("*[n]", "a/b/n"));
   assert_true(flp_glob_match("a/?/c*", "a/b/c[n=1]"));
   assert_true(flp_glob_match("*b*c*", "abbbc"));
   assert_false(flp_glob_match("*b*d", "abbbc"));
   assert_true(flp_glob_match("", ""));
   assert_false(flp_glob_match("", "a"));
   assert_true(flp_glob_match("**", ""));
   assert_false(flp_glob_match("?", ""));
}

int main(void)
{
   const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_have_the_types_that_the_grammar_says),
      cmocka_unit_test(only_an_exact_key_set_is_a_wrapper),
      cmocka_unit_test(regex_options_and_code_are_written_as_given),
      cmocka_unit_test(tags_give_bytes),
      cmocka_unit_test(a_key_document_is_wrapped_by_the_key_of_its_own_case),
      cmocka_unit_test(dollars_are_literal_with_one_more),
      cmocka_unit_test(times_and_dates_are_numbers_in_the_case),
      cmocka_unit_test(defaults_give_whole_fields_and_only_where_they_mean_something),
      cmocka_unit_test(a_refusal_in_defaults_is_told_of_defaults),
      cmocka_unit_test(a_matrix_multiplies_in_file_order_with_types),
      cmocka_unit_test(keys_that_become_the_same_are_refused),
      cmocka_unit_test(an_axis_comes_from_a_vector_file),
      cmocka_unit_test(a_plan_holds_nothing_that_is_expected),
      cmocka_unit_test(short_names_of_algorithms_become_the_long_ones),
      cmocka_unit_test(a_path_named_twice_is_read_once_and_ids_are_unique_over_files),
      cmocka_unit_test(what_is_in_memory_may_be_anything),
      cmocka_unit_test(globs_know_star_and_question_mark_only),
   };
   return cmocka_run_group_tests(tests, NULL, NULL);
}
