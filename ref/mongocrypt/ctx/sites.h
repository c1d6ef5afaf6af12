/* Places in a document where a value is to be replaced (a ciphertext to be opened, a marking to be sealed), and the documents around
 * them, whose lengths will change. Both in the order of the document. Internal to this folder. */
#ifndef FLP_CTX_SITES_H
#define FLP_CTX_SITES_H

#include "ref/mongocrypt/errors.h"
#include "ref/mongocrypt/key/broker.h"

/* The bytes of a binary before its contents: length and subtype. */
#define FLP_BINARY_HEAD_LEN 5u
#define FLP_BINARY_ENCRYPTED 6u /* the subtype of ciphertexts and markings */

/* All offsets count from the start of the document, which the limit on documents keeps below 32 bits. */
typedef struct {
   uint32_t at; /* of the type byte of the element */
   uint32_t value_at;
   uint32_t value_len;
   uint32_t container; /* the innermost */
   flp_key_request_t *request;
} flp_site_t;

typedef struct {
   uint32_t at;         /* of its length field */
   uint32_t parent;     /* has a smaller index; the outermost is its own */
   uint32_t first_site; /* the first inside, so all before it lie before the container */
   int64_t moves;       /* how far it stands from its place in the document, when that is output */
   int64_t grows;       /* by how much its length changes */
} flp_container_t;

/* Zeroed memory is an empty valid list. */
typedef struct {
   flp_site_t *items;
   size_t n, cap;
   flp_container_t *containers;
   size_t n_containers, cap_containers;
} flp_sites_t;

/* Who looks for places, and how. */
typedef struct {
   flp_error_t malformed; /* the error if the document is not BSON */
   const char *what;      /* its name in that error */
   /* Judges a binary of subtype 6 that is not empty: `request` is left NULL where it is none. False: an error. */
   bool (*judge)(void *user, flp_view_t blob, flp_key_request_t **request, flp_status_t *status);
   void *user;
} flp_sites_rule_t;

/* Walks the document: valid BSON, and every place noted. Scopes of code are not entered. `sites` must be empty. */
bool flp_sites_collect(flp_sites_t *sites, flp_view_t document, const flp_sites_rule_t *rule, flp_status_t *status);
void flp_sites_cleanup(flp_sites_t *sites);

/* For whoever writes the output, place by place. Notes where the containers whose first place is `site` stand now; `next` is the first
 * that was not noted. Returns the one after. */
size_t flp_sites_note_moves(flp_sites_t *sites, size_t next, size_t site, int64_t moves);

/* Ends it: sets the lengths in the output from what the places have grown by. */
void flp_sites_set_lengths(flp_sites_t *sites, uint8_t *output);

#endif
