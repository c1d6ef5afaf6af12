/* Every refusal that the loader can make, as one table: its id, the layer of the defect and what it means.
 * `yaml`: the text is no YAML that we take; `shape`: the JSON Schema refuses it too; `meaning`: only the loader knows.
 * spec-tests/meta/invalid holds a file for each, spec-tests/meta/catalogue a folder for each of layer `catalogue`; a test counts. */
#ifndef FLP_GRAMMAR_REFUSAL_H
#define FLP_GRAMMAR_REFUSAL_H

#include "runner/grammar/case.h"
#include "runner/grammar/node.h"

#define FLP_REFUSAL_TABLE(X)                                                                     \
   X(FILE_UNREADABLE, "yaml", "a path that cannot be read")                                      \
   X(FILE_TOO_LARGE, "yaml", "a file over 1 MiB")                                                \
   X(YAML_SYNTAX, "yaml", "text that libyaml cannot parse")                                      \
   X(ENCODING, "yaml", "bytes that are not UTF-8, control characters, or a byte order mark")     \
   X(EMPTY_FILE, "yaml", "no document")                                                          \
   X(SECOND_DOCUMENT, "yaml", "a second document in the file")                                   \
   X(TOO_DEEP, "yaml", "more than 200 levels of nesting")                                        \
   X(UNKNOWN_ALIAS, "yaml", "an alias whose anchor is not complete before it")                   \
   X(TOO_MANY_ALIASES, "yaml", "more than 64 alias expansions")                                  \
   X(DUPLICATE_KEY, "yaml", "the same key twice in a mapping")                                   \
   X(MERGE_KEY, "yaml", "a merge key")                                                           \
   X(KEY_NOT_TEXT, "yaml", "a key that is no text: a list, a mapping, a tag, an embedded NUL")   \
   X(AMBIGUOUS_SCALAR, "yaml", "a plain scalar that YAML schemas read differently")              \
   X(NUMBER_TOO_LARGE, "yaml", "a number outside the range of its type")                         \
   X(UNKNOWN_TAG, "yaml", "a tag that the grammar does not name")                                \
   X(FORMAT, "shape", "`format` is not 1")                                                       \
   X(UNKNOWN_FIELD, "shape", "a field that the grammar does not name")                           \
   X(FIELD_MISSING, "shape", "a required field is absent")                                       \
   X(FIELD_TYPE, "shape", "a value of another kind than the field takes")                        \
   X(FIELD_PATTERN, "shape", "a text that does not have the form of its field")                  \
   X(NOT_IN_LIST, "shape", "a word that is not one of those the field takes")                    \
   X(EXACTLY_ONE, "shape", "none or several fields where exactly one must stand")                \
   X(AT_MOST_ONE, "shape", "fields that exclude each other")                                     \
   X(NEEDS_FIELD, "shape", "a field that means nothing without another")                         \
   X(EMPTY, "shape", "an empty list or mapping where something must stand")                      \
   X(NUMBER_RANGE, "shape", "a number outside the range of the field")                           \
   X(UNKNOWN_FUNCTION, "shape", "a step that calls nothing of the ABI")                          \
   X(WRAPPER, "meaning", "a wrapper of extended JSON with the wrong content")                    \
   X(TAG_VALUE, "meaning", "a tag with the wrong content, or in a place that does not take it")  \
   X(DATE, "meaning", "a date that cannot be read")                                              \
   X(UNKNOWN_MATCHER, "meaning", "a `$$` word that is no matcher")                               \
   X(MATCHER_CONTENT, "meaning", "a matcher with the wrong content")                             \
   X(MATCHER_MISPLACED, "meaning", "a matcher in a place that is not compared")                  \
   X(SAME_AS_PATH, "meaning", "a `$$sameAs` that leads nowhere, or to itself")                   \
   X(ID_TWICE, "meaning", "an id that another case has")                                         \
   X(AREA_FOLDER, "meaning", "an id whose area is not the folder of the file")                   \
   X(PLACEHOLDER, "meaning", "a `${...}` that is not closed, or has no name")                    \
   X(UNKNOWN_AXIS, "meaning", "a placeholder for an axis that the matrix lacks")                 \
   X(UNUSED_AXIS, "meaning", "an axis that no placeholder uses")                                 \
   X(AXIS_FIELD, "meaning", "a placeholder for a field that the value of the axis lacks")        \
   X(AXIS_VALUE, "meaning", "a value of an axis that cannot stand in an id, or too long there")  \
   X(AXIS_VALUE_TWICE, "meaning", "two values of an axis with the same text")                    \
   X(MATRIX_TOO_LARGE, "meaning", "a matrix of more than 10,000 combinations")                   \
   X(CASES_TOO_LARGE, "meaning", "cases of a file that hold more than 128 MiB together")         \
   X(VECTOR_FILE, "meaning", "a vector file that cannot be used")                                \
   X(EXPECT_MISPLACED, "meaning", "an outcome of a call in a case without `call`")               \
   X(FAULT_FIELDS, "meaning", "a fault without what its action needs, or with what it ignores")  \
   X(SPLIT_NEEDS_BYTES, "meaning", "`split` on replies that are not given as bytes")             \
   X(UNKNOWN_HANDLE, "meaning", "a step that names a handle which no earlier step made")         \
   X(HANDLE_KIND, "meaning", "a step that names a handle of another kind")                       \
   X(TEXT_LENGTH, "meaning", "a length that goes beyond its text")                              \
   X(AS_WITHOUT_HANDLE, "meaning", "`as` on a function that returns no handle")                  \
   X(STEP_ALONE, "shape", "something beside `clock` in a step")                                \
   X(RULE_TWICE, "catalogue", "an id of a rule or topic that another has")                       \
   X(RULE_UNKNOWN, "catalogue", "a case that names a rule which the catalogue lacks")            \
   X(RULE_WITHOUT_CASE, "catalogue", "a rule with neither a case nor an exception")              \
   X(EXCEPTION_STALE, "catalogue", "a rule with an exception that a case proves after all")      \
   X(TOPIC_WITHOUT_CASE, "catalogue", "a pattern of a topic that fits no case")

typedef enum {
#define FLP_X(id, layer, text) FLP_REFUSE_##id,
   FLP_REFUSAL_TABLE(FLP_X)
#undef FLP_X
      FLP_N_REFUSALS
} flp_refusal_id_t;

typedef struct {
   const char *id, *layer, *text;
} flp_refusal_row_t;
extern const flp_refusal_row_t flp_refusal_rows[FLP_N_REFUSALS];

/* Where in the document: a chain on the stack of the walk, root last. */
typedef struct flp_path flp_path_t;
struct flp_path {
   const flp_path_t *up;
   const char *name; /* NULL: an index */
   size_t index;
};

/* `cases[0].expect.error`. Owned by the caller. */
char *flp_path_text(const flp_path_t *path);

/* One per file. */
typedef struct {
   flp_refusals_t *list;
   const char *file;
   size_t first; /* index in `list` of the first refusal of this file */
} flp_report_t;

void flp_report_begin(flp_report_t *report, flp_refusals_t *list, const char *file);
bool flp_report_clean(const flp_report_t *report);

/* Adds a refusal, unless this very place was refused for this reason already or the file has too many. Always returns false, so
 * that a check can end in `return flp_refuse(...)`. The message says what is wrong and what to do; ` [ID]` is put behind it. */
bool flp_refuse_at(flp_report_t *report,
                   flp_refusal_id_t id,
                   unsigned line,
                   unsigned column,
                   const flp_path_t *path,
                   const char *format,
                   ...) __attribute__((format(printf, 6, 7)));

#define flp_refuse(report, id, node, path, ...) \
   flp_refuse_at((report), FLP_REFUSE_##id, (node)->line, (node)->column, (path), __VA_ARGS__)

/* The nearest of `names` to `word`, or NULL if none is near. For "did you mean". */
typedef struct {
   const char *best;
   size_t distance;
} flp_nearest_t;
void flp_nearest_try(flp_nearest_t *nearest, const char *word, const char *name);

#endif
