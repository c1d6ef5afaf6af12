/* The world: what a subject's surroundings are asked, what they answer, and what they remember of it.
 * One question type, one answer type, one fault type, for every door (library, binding, driver). No sockets, no cryptography, and nothing
 * of ref/mongocrypt: what a role thinks is right is a second opinion. */
#ifndef FLP_MOCKS_WORLD_H
#define FLP_MOCKS_WORLD_H

#include "ref/base/bytes.h"

#include <bson/bson.h>

typedef enum {
   FLP_ASK_COLLINFO,
   FLP_ASK_COLLINFO_WITH_DB,
   FLP_ASK_MARKINGS,
   FLP_ASK_KEYS,
   FLP_ASK_KMS,
   FLP_ASK_CREDENTIALS,
   FLP_ASK_KINDS,
} flp_ask_kind_t;

/* `collinfo`, `collinfo_with_db`, `markings`, `keys`, `kms`, `credentials`. */
const char *flp_ask_kind_name(flp_ask_kind_t kind);

/* Borrowed during the call that takes it. Fields that a kind does not have are empty. */
typedef struct {
   flp_ask_kind_t kind;
   flp_view_t db;       /* only where has_db: the database of listCollections */
   bool has_db;
   flp_view_t op;       /* filter, command, or the message of a KMS request */
   flp_view_t endpoint; /* KMS: host:port */
   flp_view_t provider; /* KMS: provider id */
} flp_question_t;

typedef enum {
   FLP_ANSWERED,
   FLP_NO_ROLE, /* nobody in this world answers such questions yet */
   FLP_REFUSED, /* the role does not take this question; `why` says what is wrong with it */
} flp_answer_kind_t;

/* One reply in an answer. */
typedef struct {
   flp_view_t bytes; /* borrowed from the world, the script, or `made` */
   uint32_t times;   /* 0: it does not arrive; 1: as usual; more: repeated */
   bool reset;       /* the connection breaks instead */
} flp_reply_t;

/* A list of replies. Zeroed memory is a valid empty answer. */
typedef struct {
   flp_answer_kind_t kind;
   flp_reply_t *replies;
   size_t len, cap;
   flp_buf_t *made; /* bytes that had to be made for this answer */
   size_t n_made, cap_made;
   char why[160];
} flp_answer_t;

void flp_answer_cleanup(flp_answer_t *answer);
/* Borrows `bytes`. False when memory is short. */
bool flp_answer_add(flp_answer_t *answer, flp_view_t bytes);
/* Takes the buffer: it lives as long as the answer. */
bool flp_answer_add_take(flp_answer_t *answer, flp_buf_t *bytes);
void flp_answer_refuse(flp_answer_t *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* --- faults: one struct for all doors; a door ignores what it cannot do only by saying so ---------------------------------------- */

typedef enum {
   FLP_FAULT_NONE,
   FLP_FAULT_DROP,
   FLP_FAULT_REPEAT,
   FLP_FAULT_CUT,
   FLP_FAULT_REPLACE,
   FLP_FAULT_REORDER,
   FLP_FAULT_DELAY,
   FLP_FAULT_RESET,
   FLP_FAULT_NO_DONE,
} flp_fault_action_t;

typedef struct {
   flp_fault_action_t action;
   uint32_t nth;         /* which reply, from 1; 0: all */
   uint32_t times;       /* repeat: how often it comes again; 0 counts as 1 */
   uint64_t after_bytes; /* cut: bytes that still arrive */
   flp_view_t with;      /* replace */
   int64_t ms;           /* delay */
} flp_fault_t;

/* Reads `{action, nth, times, after_bytes, with, ms}`. Views point into `doc`. False with a sentence in `why` (at least 160 bytes). */
bool flp_fault_parse(const bson_iter_t *doc, flp_fault_t *fault, char *why, size_t why_len);
const char *flp_fault_name(flp_fault_action_t action); /* NULL for none */
/* Changes the list of replies. `delay` and `no_done` change nothing here: they are for the door. False when memory is short. */
bool flp_fault_apply(const flp_fault_t *fault, flp_answer_t *answer);

/* --- journal ----------------------------------------------------------------------------------------------------------------- */

typedef struct {
   flp_ask_kind_t kind;
   flp_buf_t op;
   const char *fault; /* name or NULL */
   char *refused;     /* sentence or NULL */
} flp_journal_entry_t;

/* --- the world itself ---------------------------------------------------------------------------------------------------------- */

typedef struct flp_world flp_world_t;

/* A role: question -> answer, pure but for the world's data. */
typedef void (*flp_role_t)(const flp_world_t *world, const flp_question_t *question, flp_answer_t *answer);

struct flp_world {
   flp_role_t roles[FLP_ASK_KINDS]; /* NULL: no role */
   flp_view_t key_vault;            /* BSON array of key documents, as the case gives it; or empty */
   flp_view_t collections;          /* BSON document: `db.coll` -> `{type, options}`, or a binary given raw; or empty */
   bool has_mongocryptd;
   int32_t wire_version; /* of that mongocryptd */
   flp_journal_entry_t *journal;
   size_t n_journal, cap_journal;
   uint64_t seed;
   flp_view_t random; /* what the random source gives first; or empty */
   int64_t now_ms;    /* of the start of the case */
};

/* Borrows `doc` (the `world` of a plan; may be NULL) until cleanup. Roles are put in by whoever composes the world. False: `why`. */
bool flp_world_init(flp_world_t *world, const bson_iter_t *doc, uint64_t seed, int64_t now_ms, char *why, size_t why_len);
void flp_world_cleanup(flp_world_t *world);

/* Asks a role. What was asked and what became of it is in the journal afterwards. */
void flp_world_ask(flp_world_t *world, const flp_question_t *question, flp_answer_t *answer);

/* What a script answers is remembered too. */
void flp_world_note(flp_world_t *world, const flp_question_t *question, const char *fault, const char *refused);
/* Names the fault of the last entry. */
void flp_world_note_fault(flp_world_t *world, const char *fault);

/* The bytes of a value that stands for a document: document, array, or binary. */
bool flp_bytes_of_value(const bson_iter_t *value, flp_view_t *bytes);

#endif
