/* Places in the input of a decrypt context where a value is to be opened, and the documents around them, whose lengths will change.
 * Both in the order of the document. Internal to this folder. */
#ifndef FLP_CTX_SITES_H
#define FLP_CTX_SITES_H

#include "ref/mongocrypt/ctx/ctx.h"

/* A ciphertext blob: subtype, key id, BSON type of the value, sealed value. */
#define FLP_BLOB_ID_AT 1u
#define FLP_BLOB_TYPE_AT 17u
#define FLP_BLOB_HEAD_LEN 18u
#define FLP_BLOB_MIN 19u

/* The bytes of a binary before its blob: length and subtype. */
#define FLP_BINARY_HEAD_LEN 5u

/* All offsets count from the start of the input, which the limit on documents keeps below 32 bits. */
struct flp_site_t {
   uint32_t at; /* of the type byte of the element */
   uint32_t value_at;
   uint32_t value_len;
   uint32_t container; /* the innermost */
   flp_key_request_t *request;
};

struct flp_container_t {
   uint32_t at;         /* of its length field */
   uint32_t parent;     /* has a smaller index; the outermost is its own */
   uint32_t first_site; /* the first inside, so all before it lie before the container */
   int64_t moves;       /* how far it stands from its place in the input, when that is output */
   int64_t grows;       /* by how much its length changes */
};

#endif
