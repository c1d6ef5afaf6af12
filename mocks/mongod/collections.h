/* The collections role: what listCollections of a database says of its collections. */
#ifndef FLP_MOCKS_COLLECTIONS_H
#define FLP_MOCKS_COLLECTIONS_H

#include "mocks/world/world.h"

/* Takes exactly the filters `{name: "c"}` and `{name: {$in: ["c1", ...]}}` and answers with a document for each collection of
 * `world.collections` that lies in the question's database and is named, in their order. Every other filter is refused with what is wrong
 * in it, and so is a question without a database. */
void flp_collections_answer(const flp_world_t *world, const flp_question_t *question, flp_answer_t *answer);

#endif
