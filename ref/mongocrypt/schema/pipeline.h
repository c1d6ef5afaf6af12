/* The collections that an aggregation pipeline names: stages inside stages, found without recursion. Rules AGG-1, AGG-2. */
#ifndef FLP_SCHEMA_PIPELINE_H
#define FLP_SCHEMA_PIPELINE_H

#include "ref/base/bson_walk.h"
#include "ref/mongocrypt/errors.h"

/* Gets each collection in order of appearance, some more than once. False ends the reading. */
typedef bool (*flp_pipeline_each_t)(flp_view_t coll, void *user, flp_status_t *status);

/* `pipeline` is the field of an aggregate command that is valid BSON. Errors E161 to E165. */
bool flp_pipeline_read(const flp_bson_element_t *pipeline, flp_pipeline_each_t each, void *user, flp_status_t *status);

#endif
