/* What a case plants: keys and plaintexts that must not be seen in what a subject sends out. */
#ifndef FLP_RUNNER_JUDGE_PLANTED_H
#define FLP_RUNNER_JUDGE_PLANTED_H

#include "runner/judge/judging.h"

enum {
   FLP_PLANTED_MAX = 96,      /* of one case: what is beyond is not looked for */
   FLP_PLANTED_NEEDLE = 32,   /* bytes that are looked for: who sends the beginning has leaked */
   FLP_PLANTED_MIN = 8,       /* fewer bytes stand anywhere by chance */
   FLP_PLANTED_NO_CALL = -1,  /* belongs to no call, or to steps */
};

typedef enum {
   FLP_PLANTED_LOCAL_KEY,
   FLP_PLANTED_KEY_MATERIAL,
   FLP_PLANTED_DATA_KEY,
   FLP_PLANTED_VALUE,  /* of an explicit encryption */
   FLP_PLANTED_MARKED, /* `v` of a marking that query analysis answered */
   FLP_PLANTED_OPENED, /* what a ciphertext of the case holds */
} flp_planted_kind_t;

typedef struct {
   flp_planted_kind_t kind;
   json_int_t call; /* whose plaintext it is, or FLP_PLANTED_NO_CALL */
   bool encoded;    /* short content: the needle holds its BSON length too, so it is looked for in BSON only */
   size_t len;
   uint8_t needle[FLP_PLANTED_NEEDLE];
} flp_planted_t;

typedef struct {
   flp_planted_t items[FLP_PLANTED_MAX];
   size_t n;
} flp_planted_list_t;

static inline bool flp_planted_is_key(const flp_planted_t *planted)
{
   return planted->kind <= FLP_PLANTED_DATA_KEY;
}

/* Everything that is planted and that neither the plan nor an answer gives in clear elsewhere: what is public cannot leak.
 * Looked for are thirds of keys, and of plaintexts: strings, code and binaries by their first bytes; numbers, dates and object ids of many
 * different bytes. */
void flp_planted_find(const flp_judging_t *j, flp_planted_list_t *list);

#endif
