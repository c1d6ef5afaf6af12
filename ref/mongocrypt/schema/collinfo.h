/* One result of listCollections: what automatic encryption reads in it. API sheet 3.6, state COLLINFO. */
#ifndef FLP_SCHEMA_COLLINFO_H
#define FLP_SCHEMA_COLLINFO_H

#include "ref/mongocrypt/schema/encrypted_fields.h"

/* Views point into the document; empty: absent. */
typedef struct {
   flp_view_t json_schema;
   flp_view_t encrypted_fields;   /* checked: */
   flp_encrypted_fields_t fields; /* this is known of them */
} flp_collinfo_t;

/* The name only: the first thing that is judged. Errors E177, E178, and a zero byte in it. */
bool flp_collinfo_name(flp_view_t document, flp_view_t *name, flp_status_t *status);

/* All of it; the document has passed flp_collinfo_name. Errors E181 (with the namespace), E182, E168 to E172, E183. */
bool flp_collinfo_read(flp_collinfo_t *info, flp_view_t document, flp_view_t ns, flp_status_t *status);

#endif
