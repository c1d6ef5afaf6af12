/* Finds places in one walk and keeps the documents around them in step. What a place is, and what comes there, is said by the kinds of
 * contexts. */
#include "ref/mongocrypt/ctx/sites.h"

#include "ref/mongocrypt/bson_check.h"

#include <stdlib.h>

#define NO_CONTAINER UINT32_MAX

/* The documents that are open during the walk. One becomes a container once a place is found inside. */
typedef struct {
   uint32_t at;
   uint32_t container;
} open_t;

typedef struct {
   flp_sites_t *sites;
   flp_view_t document;
   flp_status_t *status;
   open_t open[FLP_MAX_DOCUMENT_DEPTH + 2];
} collect_t;

/* Makes room for one more. False when memory is short. */
static bool grow(void **items, size_t *cap, size_t n, size_t size)
{
   if (n < *cap) {
      return true;
   }
   size_t bigger = *cap == 0 ? 16 : *cap * 2;
   void *moved = realloc(*items, bigger * size);
   if (!moved) {
      return false;
   }
   *items = moved;
   *cap = bigger;
   return true;
}

static bool add_container(collect_t *work, open_t *open, uint32_t parent)
{
   flp_sites_t *sites = work->sites;
   void *items = sites->containers;
   if (!grow(&items, &sites->cap_containers, sites->n_containers, sizeof(flp_container_t))) {
      return flp_error_memory(work->status, "places", sizeof(flp_container_t));
   }
   sites->containers = items;
   open->container = (uint32_t)sites->n_containers;
   sites->containers[open->container] = (flp_container_t){.at = open->at, .parent = parent, .first_site = (uint32_t)sites->n};
   sites->n_containers++;
   return true;
}

/* Every open document down to `depth` becomes a container. */
static bool add_containers(collect_t *work, uint32_t depth)
{
   open_t *open = work->open;
   uint32_t known = depth;
   while (known > 0 && open[known].container == NO_CONTAINER) {
      known--;
   }
   for (uint32_t at = known + 1; at <= depth; at++) {
      if (!add_container(work, &open[at], at == 1 ? 0 : open[at - 1].container)) {
         return false;
      }
   }
   return true;
}

static bool add_site(collect_t *work, const flp_bson_element_t *element, flp_key_request_t *request)
{
   flp_sites_t *sites = work->sites;
   void *items = sites->items;
   if (!grow(&items, &sites->cap, sites->n, sizeof(flp_site_t))) {
      return flp_error_memory(work->status, "places", sizeof(flp_site_t));
   }
   sites->items = items;
   if (!add_containers(work, element->depth)) {
      return false;
   }
   sites->items[sites->n] = (flp_site_t){
      .at = element->offset,
      .value_at = (uint32_t)(element->value.data - work->document.data),
      .value_len = (uint32_t)element->value.len,
      .container = work->open[element->depth].container,
      .request = request,
   };
   sites->n++;
   return true;
}

/* The contents of a binary that may be a place; empty for everything else. */
static flp_view_t candidate(const flp_bson_element_t *element)
{
   uint8_t subtype = 0;
   if (element->type != FLP_BSON_BINARY || element->in_scope) {
      return (flp_view_t){0};
   }
   flp_view_t blob = flp_bson_binary_view(element->value, &subtype);
   return subtype == FLP_BINARY_ENCRYPTED ? blob : (flp_view_t){0};
}

static bool look_at(collect_t *work, const flp_bson_element_t *element, const flp_sites_rule_t *rule)
{
   if (element->type == FLP_BSON_DOCUMENT || element->type == FLP_BSON_ARRAY) {
      uint32_t at = (uint32_t)(element->value.data - work->document.data);
      work->open[element->depth + 1] = (open_t){.at = at, .container = NO_CONTAINER};
      return true;
   }
   flp_view_t blob = candidate(element);
   flp_key_request_t *request = NULL;
   if (blob.len > 0 && !rule->judge(rule->user, blob, &request, work->status)) {
      return false;
   }
   return !request || add_site(work, element, request);
}

bool flp_sites_collect(flp_sites_t *sites, flp_view_t document, const flp_sites_rule_t *rule, flp_status_t *status)
{
   collect_t work;
   flp_bson_walk_t walk;
   flp_bson_element_t element;
   work.sites = sites;
   work.document = document;
   work.status = status;
   work.open[0] = (open_t){.container = 0}; /* ends the search for a known one */
   work.open[1] = (open_t){.at = 0, .container = NO_CONTAINER};
   bool more = flp_bson_walk_init(&walk, document);
   while (more) {
      more = flp_bson_walk_next(&walk, &element);
      if (more && element.type != FLP_BSON_END && !look_at(&work, &element, rule)) {
         return false;
      }
   }
   return walk.reason ? flp_bson_refuse(&walk, rule->malformed, rule->what, status) : true;
}

size_t flp_sites_note_moves(flp_sites_t *sites, size_t next, size_t site, int64_t moves)
{
   while (next < sites->n_containers && sites->containers[next].first_site == site) {
      sites->containers[next].moves = moves;
      next++;
   }
   return next;
}

/* A container grows with its own places and with the containers in it; the outermost includes all. */
void flp_sites_set_lengths(flp_sites_t *sites, uint8_t *output)
{
   flp_container_t *containers = sites->containers;
   for (size_t i = sites->n_containers; i > 1; i--) {
      containers[containers[i - 1].parent].grows += containers[i - 1].grows;
   }
   for (size_t i = 0; i < sites->n_containers; i++) {
      uint8_t *field = output + ((int64_t)containers[i].at + containers[i].moves);
      flp_write_u32_le(field, (uint32_t)((int64_t)flp_read_u32_le(field) + containers[i].grows));
   }
}

void flp_sites_cleanup(flp_sites_t *sites)
{
   free(sites->items);
   free(sites->containers);
   *sites = (flp_sites_t){0};
}
