/* The key vault role: a collection of key documents that is asked by id and by alternate name. */
#ifndef FLP_MOCKS_KEY_VAULT_H
#define FLP_MOCKS_KEY_VAULT_H

#include "mocks/world/world.h"

/* Takes exactly `{$or: [{_id: {$in: [UUID...]}}, {keyAltNames: {$in: [text...]}}]}` and answers with the documents of
 * `world.key_vault` that match, in their order. Every other filter is refused with what is wrong in it. */
void flp_key_vault_answer(const flp_world_t *world, const flp_question_t *question, flp_answer_t *answer);

#endif
