/* The grammar as data: shapes, their fields, the words and patterns they take. The loader checks by it, the plan is cut by it, and
 * `fleproof schema` prints it: a field that is not here does not exist. */
#ifndef FLP_GRAMMAR_FIELDS_H
#define FLP_GRAMMAR_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum {
   FLP_KIND_FORMAT,       /* the number 1 */
   FLP_KIND_TEXT,         /* a text without NUL */
   FLP_KIND_PATTERN,      /* a text of the form `of` */
   FLP_KIND_PATTERNS,     /* a list of such, not empty */
   FLP_KIND_WORD,         /* one of the words `of` */
   FLP_KIND_TEXTS,        /* a list of texts */
   FLP_KIND_BOOL,
   FLP_KIND_INT,          /* a decimal integer of 64 bits */
   FLP_KIND_COUNT,        /* from 0 */
   FLP_KIND_POSITIVE,     /* from 1 */
   FLP_KIND_COUNT_OR_EVERY, /* from 1, or `every` */
   FLP_KIND_DURATION,     /* +N, +Nms, +Ns, +Nmin: int64 milliseconds in the case */
   FLP_KIND_DATE,         /* a date of extended JSON or its text: a BSON date in the case */
   FLP_KIND_ALGORITHM,    /* a text; two short names stand for the long ones */
   FLP_KIND_BINARY,       /* bytes by a tag, $binary or $uuid */
   FLP_KIND_DOCUMENT,     /* a mapping, or bytes given raw */
   FLP_KIND_DOCUMENTS,    /* a list of those */
   FLP_KIND_DOCUMENT_OR_LIST,
   FLP_KIND_DOCUMENT_OR_LIVE,
   FLP_KIND_DOCUMENTS_OR_LIVE,
   FLP_KIND_REPLIES,      /* `live`, or a list of KMS replies: text, bytes, or shape `of` */
   FLP_KIND_VALUE,        /* any value */
   FLP_KIND_COMPARED,     /* any value, matchers read */
   FLP_KIND_COMPARED_MAP, /* name -> value, matchers read */
   FLP_KIND_FACTS,        /* name -> scalar, or bytes of a key id */
   FLP_KIND_NAMESPACES,   /* db.coll -> shape `of`, or bytes given raw */
   FLP_KIND_SHAPE,        /* a mapping of shape `of` */
   FLP_KIND_SHAPES,       /* a list of them */
   FLP_KIND_SOME_SHAPES,  /* a list of them, not empty */
   FLP_KIND_STEPS,        /* a list of shape `step`, each with one function of the ABI */
   FLP_KIND_MATRIX,       /* axis -> list of scalars, mapping, or !vectors */
   FLP_KIND_DEFAULTS,     /* a mapping of fields of a case */
   FLP_N_KINDS
} flp_kind_t;

enum {
   FLP_FIELD_REQUIRED = 1,
   FLP_FIELD_IN_PLAN = 2,  /* of a case: the host gets it */
   FLP_FIELD_EXPECTED = 4, /* of another shape: the host does not get it */
   FLP_FIELD_OWN = 8,      /* of a case: may not stand in `defaults` */
};

typedef struct {
   const char *shape;
   const char *name;
   flp_kind_t kind;
   const char *of;    /* shape, pattern or words; or NULL */
   unsigned flags;
   char group;        /* fields of a shape with one capital letter: exactly one; with one small letter: at most one; or 0 */
   const char *needs; /* another field that must stand beside it, or NULL */
   const char *doc;   /* one sentence */
} flp_field_t;
extern const flp_field_t flp_fields[];
extern const size_t flp_n_fields;

typedef struct {
   const char *name;
   const char *base; /* fields of this shape belong to it too, or NULL */
   size_t at_least;  /* fields that must stand in it */
   const char *doc;
} flp_shape_t;
extern const flp_shape_t flp_shapes[];
extern const size_t flp_n_shapes;

typedef struct {
   const char *name;
   const char *regex; /* the common part of POSIX extended and ECMA expressions */
   const char *words; /* what a person is told */
   size_t max;        /* bytes of the text, or 0 */
} flp_pattern_t;
extern const flp_pattern_t flp_patterns[];
extern const size_t flp_n_patterns;

typedef struct {
   const char *name;
   const char *words[80]; /* ended by NULL */
} flp_words_t;
extern const flp_words_t flp_words[];
extern const size_t flp_n_words;

/* All of these end the process when the table names something that it does not have: a unit test walks every row. */
const flp_shape_t *flp_shape_find(const char *name);
const flp_pattern_t *flp_pattern_find(const char *name);
const flp_words_t *flp_words_find(const char *name);
/* NULL if the shape has no such field. */
const flp_field_t *flp_field_find(const char *shape, const char *name);
/* The fields of a shape in turn, those of its base last: the first after NULL, NULL after the last. Rows of a shape stand together. */
const flp_field_t *flp_field_next(const flp_shape_t *shape, const flp_field_t *last);

const char *flp_kind_wanted(flp_kind_t kind); /* "a text", "a list of documents or `live`" */

/* Compiled once. */
bool flp_pattern_fits(const flp_pattern_t *pattern, const char *text);

#endif
