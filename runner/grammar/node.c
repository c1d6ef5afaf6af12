/* Arena and node helpers. */
#include "runner/grammar/node.h"

#include <bson/bson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK = 64 * 1024, ALIGN = sizeof(void *) };

struct flp_arena_block {
   flp_arena_block_t *next;
   size_t used, size;
};

void *flp_arena_take(flp_arena_t *arena, size_t len)
{
   len = (len + ALIGN - 1) & ~(size_t)(ALIGN - 1);
   flp_arena_block_t *block = arena->blocks;
   if (!block || block->size - block->used < len) {
      size_t size = len > BLOCK ? len : BLOCK;
      block = bson_malloc0(sizeof *block + size);
      block->size = size;
      block->next = arena->blocks;
      arena->blocks = block;
   }
   void *out = (char *)(block + 1) + block->used;
   block->used += len;
   return out;
}

char *flp_arena_text(flp_arena_t *arena, const char *text, size_t len)
{
   char *copy = flp_arena_take(arena, len + 1);
   if (len > 0) {
      memcpy(copy, text, len);
   }
   return copy;
}

char *flp_arena_format(flp_arena_t *arena, const char *format, ...)
{
   va_list args, again;
   va_start(args, format);
   va_copy(again, args);
   int len = vsnprintf(NULL, 0, format, args);
   va_end(args);
   char *out = flp_arena_take(arena, (size_t)(len < 0 ? 0 : len) + 1);
   if (len > 0) {
      vsnprintf(out, (size_t)len + 1, format, again);
   }
   va_end(again);
   return out;
}

void flp_arena_cleanup(flp_arena_t *arena)
{
   while (arena->blocks) {
      flp_arena_block_t *next = arena->blocks->next;
      bson_free(arena->blocks);
      arena->blocks = next;
   }
}

const flp_node_t *flp_node_get(const flp_node_t *map, const char *key)
{
   if (!map || map->kind != FLP_NODE_MAP) {
      return NULL;
   }
   for (size_t i = 0; i < map->n; i++) {
      if (strcmp(map->keys[i]->text, key) == 0 && map->keys[i]->len == strlen(key)) {
         return map->items[i];
      }
   }
   return NULL;
}

bool flp_node_is(const flp_node_t *node, const char *text)
{
   return node && node->kind == FLP_NODE_SCALAR && !node->tag && node->len == strlen(text) && memcmp(node->text, text, node->len) == 0;
}

flp_node_t *flp_node_scalar(flp_arena_t *arena, const flp_node_t *at, const char *text, size_t len, bool plain)
{
   flp_node_t *node = flp_arena_take(arena, sizeof *node);
   node->kind = FLP_NODE_SCALAR;
   node->plain = plain;
   node->text = flp_arena_text(arena, text, len);
   node->len = len;
   node->line = at ? at->line : 1;
   node->column = at ? at->column : 1;
   return node;
}

flp_node_t *flp_node_many(flp_arena_t *arena, const flp_node_t *at, flp_node_kind_t kind, size_t n)
{
   flp_node_t *node = flp_arena_take(arena, sizeof *node);
   node->kind = kind;
   node->n = n;
   node->items = flp_arena_take(arena, (n + 1) * sizeof *node->items);
   if (kind == FLP_NODE_MAP) {
      node->keys = flp_arena_take(arena, (n + 1) * sizeof *node->keys);
   }
   node->line = at ? at->line : 1;
   node->column = at ? at->column : 1;
   return node;
}
