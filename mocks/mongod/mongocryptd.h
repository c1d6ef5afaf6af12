/* The mongocryptd role, as far as it goes: it says which wire version it speaks. */
#ifndef FLP_MOCKS_MONGOCRYPTD_H
#define FLP_MOCKS_MONGOCRYPTD_H

#include "mocks/world/world.h"

/* Answers `{isMaster: 1}` (`hello`, `ismaster`) with the `maxWireVersion` of `world.mongocryptd`. Another form of that command is refused.
 * A world without `mongocryptd` and every command to analyse end in FLP_NO_ROLE. */
void flp_mongocryptd_answer(const flp_world_t *world, const flp_question_t *question, flp_answer_t *answer);

#endif
