/* Documents of cases as canonical extended JSON. */
#ifndef FLP_SUPERVISE_EXTENDED_H
#define FLP_SUPERVISE_EXTENDED_H

#include <bson/bson.h>
#include <jansson.h>

/* A binary of more than 64 KiB is `{"$$large": {len, sha256}}`. JSON null for a document that libbson cannot write as JSON. */
json_t *flp_extended_json(const bson_t *doc);

#endif
