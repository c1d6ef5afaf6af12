/* What is known of a subject: its file, what its host proved, what its YAML file declares. */
#ifndef FLP_RUNNER_SUBJECT_H
#define FLP_RUNNER_SUBJECT_H

#include "runner/grammar/case.h"

/* An error class and one substring of the subject's own text. */
typedef struct {
   char *class_name;
   char *text;
   char *call;   /* only when the failing call has this name (`mongo_feed`, `init` ...), or NULL */
} flp_error_text_t;

typedef struct {
   char *id;       /* case id or bounded wildcard */
   char *reason;
   char *message;  /* substring of the first difference or of the cause */
   char *since, *until; /* versions of the subject that the entry speaks of, or NULL */
   unsigned line;
} flp_expected_failure_t;

typedef struct {
   char *name;          /* reference, debian, wheel or the name given to --sut */
   char *file;          /* the library; NULL if absent */
   char *absent_reason; /* why there is no file, or NULL */
   char *like;          /* whose subjects/<name>.yml this is; NULL: only the error texts of the nearest version are borrowed */
   bool foreign;        /* false only for the reference */

   /* declared in subjects/<like>.yml */
   char *texts_version; /* the version whose error texts stand there, or NULL */
   flp_strings_t find;  /* patterns of files, in order */
   flp_strings_t lacks; /* features */
   flp_error_text_t *error_texts;
   size_t n_error_texts;
   flp_expected_failure_t *expected_failures;
   size_t n_expected_failures;

   /* proven by the host's header line */
   bool proven;
   char *version;       /* as mongocrypt_version gives it */
   char *proof;         /* `ok`, or how the proof ended */
   bool clock_virtual, random_seeded, alloc_counted, native_crypto, hooks;
   flp_strings_t missing_symbols;
} flp_subject_t;

/* Where subject files and installed libraries lie. Borrowed. */
typedef struct {
   const char *subjects_dir;
   const char *lib_dir;      /* what `${lib}/` stands for: ends in a slash */
} flp_subject_places_t;

/* Reads subjects/<like>.yml, or the file itself if `like` is a path (NULL: none, and the subject is foreign); unknown fields are
 * refused. With `file` NULL the file's `find` looks for the library; if there is none, `absent_reason` is set.
 * `subject` must be zeroed; clean it up in any case. */
bool flp_subject_load(const flp_subject_places_t *places, const char *name, const char *file, const char *like, flp_subject_t *subject,
                      flp_refusals_t *refusals);
void flp_subject_cleanup(flp_subject_t *subject);

/* A path, by its slash, and no name of a known subject? */
bool flp_subject_is_file(const char *like);
/* Is there a subjects/<name>.yml? */
bool flp_subject_known(const flp_subject_places_t *places, const char *name);
/* Names of all subject files: the reference first, the others sorted. */
bool flp_subject_names(const flp_subject_places_t *places, flp_strings_t *names);

/* For a proven subject without `like`: the error texts of the known official library whose version is nearest. */
bool flp_subject_borrow_texts(const flp_subject_places_t *places, flp_subject_t *subject, flp_refusals_t *refusals);

void flp_strings_cleanup(flp_strings_t *strings);
bool flp_strings_add(flp_strings_t *strings, const char *text);

/* Compares dotted versions by their leading numbers: <0, 0, >0. Text after the first character outside [0-9.] is ignored. */
int flp_version_compare(const char *a, const char *b);
/* Does it begin with two numbers, so that a comparison means something? */
bool flp_version_readable(const char *text);

#endif
