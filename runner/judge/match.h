/* Compares a value that a case expects with a value that a subject produced.
 * Exactly, types and order included, but for the matchers of the grammar: `$$any $$type $$len $$match $$unordered $$sameAs $$decryptsTo`;
 * a key `$$$x` stands for the literal key `$$x`. */
#ifndef FLP_RUNNER_JUDGE_MATCH_H
#define FLP_RUNNER_JUDGE_MATCH_H

#include "runner/judge/differences.h"

/* What `$$sameAs` looks up. */
typedef struct {
   const flp_case_t *the_case;
} flp_matching_t;

/* A value on its own: an owned document with the one field "v", so that any value can be held, shown and compared. */
typedef struct {
   bson_t doc;
   bool set;
} flp_value_t;

void flp_value_cleanup(flp_value_t *value);
bool flp_value_iter(const flp_value_t *value, bson_iter_t *iter); /* borrows */

/* Bytes of a subject: a document where they are one (structure checked, all depths), else a binary. `value` must be zeroed. */
void flp_value_from_bytes(flp_value_t *value, const uint8_t *data, size_t len);
void flp_value_from_binary(flp_value_t *value, bson_subtype_t subtype, const uint8_t *data, size_t len);
void flp_value_from_text(flp_value_t *value, const char *text, size_t len);
void flp_value_from_int(flp_value_t *value, int64_t number);
void flp_value_from_bool(flp_value_t *value, bool flag);
void flp_value_from_null(flp_value_t *value);

/* Extended JSON of one value (malloc'ed). Values that JSON cannot show (text that is no UTF-8, deep nesting) are shown as a binary. */
char *flp_show_iter(const bson_iter_t *iter);
char *flp_show_value(const flp_value_t *value);

/* A place in a document, small and free to lie anywhere: libbson wants its iterators aligned to 128 bytes, which no array can give. */
typedef struct {
   const uint8_t *data;
   uint32_t len, offset, key_len;
} flp_spot_t;

flp_spot_t flp_spot_of(const bson_iter_t *iter);
bool flp_spot_iter(const flp_spot_t *spot, bson_iter_t *iter);

/* True if they agree; else one difference is added (differences may be NULL). */
bool flp_match(const flp_matching_t *matching, const bson_iter_t *expected, const bson_iter_t *actual, flp_differences_t *differences);
bool flp_match_value(const flp_matching_t *matching, const bson_iter_t *expected, const flp_value_t *actual, flp_differences_t *differences);

/* The name of the matcher if the value is one (`$$any`), else NULL. `argument` may be NULL. */
const char *flp_matcher_name(const bson_iter_t *expected, bson_iter_t *argument);

#endif
