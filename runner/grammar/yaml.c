/* The walk over libyaml's events. An anchor is known once its node is complete, so a node can never contain itself. */
#include "runner/grammar/yaml.h"

#include "runner/grammar/plain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

typedef struct {
   const char *name;
   const flp_node_t *node;
} anchor_t;

typedef struct {
   yaml_parser_t parser;
   flp_arena_t *arena;
   flp_report_t *report;
   const char *bytes;
   size_t len;
   anchor_t *anchors;
   size_t n_anchors, room_anchors;
   unsigned expansions;
   bool broken; /* nothing more can be read */
} reader_t;

/* Children of a list or map while it grows; moved into the arena at its end. */
typedef struct {
   const flp_node_t **items;
   size_t n, room;
} pile_t;

static void pile_push(pile_t *pile, const flp_node_t *node)
{
   if (pile->n == pile->room) {
      pile->room = pile->room ? 2 * pile->room : 8;
      pile->items = bson_realloc(pile->items, pile->room * sizeof *pile->items);
   }
   pile->items[pile->n++] = node;
}

static unsigned line_of(yaml_mark_t mark)
{
   return (unsigned)mark.line + 1;
}

static unsigned column_of(yaml_mark_t mark)
{
   return (unsigned)mark.column + 1;
}

/* Encoding errors have no mark, only an offset of bytes. */
static void refuse_encoding(reader_t *r)
{
   unsigned line = 1, column = 1;
   for (size_t i = 0; i < r->parser.problem_offset && i < r->len; i++) {
      column = r->bytes[i] == '\n' ? 1 : column + 1;
      line += r->bytes[i] == '\n' ? 1 : 0;
   }
   flp_refuse_at(r->report, FLP_REFUSE_ENCODING, line, column, NULL, "%s; save the file as UTF-8 without control characters",
                 r->parser.problem ? r->parser.problem : "bytes that are not text");
}

static bool next(reader_t *r, yaml_event_t *event)
{
   if (r->broken) {
      return false;
   }
   if (yaml_parser_parse(&r->parser, event)) {
      return true;
   }
   r->broken = true;
   if (r->parser.error == YAML_READER_ERROR) {
      refuse_encoding(r);
   } else {
      flp_refuse_at(r->report, FLP_REFUSE_YAML_SYNTAX, line_of(r->parser.problem_mark), column_of(r->parser.problem_mark), NULL,
                    "%s%s%s; correct the YAML here", r->parser.problem ? r->parser.problem : "not YAML", r->parser.context ? " " : "",
                    r->parser.context ? r->parser.context : "");
   }
   return false;
}

static void remember(reader_t *r, const char *anchor, const flp_node_t *node)
{
   if (!anchor || !node) {
      return;
   }
   if (r->n_anchors == r->room_anchors) {
      r->room_anchors = r->room_anchors ? 2 * r->room_anchors : 8;
      r->anchors = bson_realloc(r->anchors, r->room_anchors * sizeof *r->anchors);
   }
   r->anchors[r->n_anchors++] = (anchor_t){flp_arena_text(r->arena, anchor, strlen(anchor)), node};
}

static const flp_node_t *expand(reader_t *r, const yaml_event_t *event, const flp_path_t *path)
{
   const char *name = (const char *)event->data.alias.anchor;
   unsigned line = line_of(event->start_mark), column = column_of(event->start_mark);
   const flp_node_t *node = NULL;
   for (size_t i = r->n_anchors; i > 0 && !node; i--) {
      if (strcmp(r->anchors[i - 1].name, name) == 0) {
         node = r->anchors[i - 1].node;
      }
   }
   if (!node) {
      flp_refuse_at(r->report, FLP_REFUSE_UNKNOWN_ALIAS, line, column, path,
                    "no anchor `&%s` is complete before this alias; put the anchor first", name);
      return NULL;
   }
   /* An alias of something that holds aliases counts for all of them: that bounds what a file can grow to. */
   r->expansions += 1 + node->expansions;
   if (r->expansions > FLP_YAML_MAX_ALIASES) {
      r->broken = true;
      flp_refuse_at(r->report, FLP_REFUSE_TOO_MANY_ALIASES, line, column, path,
                    "more than %d alias expansions in this file, those inside of others counted; use `defaults` or a matrix",
                    FLP_YAML_MAX_ALIASES);
      return NULL;
   }
   return node;
}

static const char *tag_of(reader_t *r, const yaml_char_t *tag, const flp_node_t *at, const flp_path_t *path)
{
   static const char *const tags[] = {"!key", "!keydoc", "!uuid", "!hex", "!fill", "!vectors"};
   if (!tag) {
      return NULL;
   }
   flp_nearest_t nearest = {0};
   for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
      if (strcmp((const char *)tag, tags[i]) == 0) {
         return tags[i];
      }
      flp_nearest_try(&nearest, (const char *)tag, tags[i]);
   }
   flp_refuse(r->report, UNKNOWN_TAG, at, path, "unknown tag `%s`; %s%s", (const char *)tag,
              nearest.best ? "did you mean " : "the tags are !key !keydoc !uuid !hex !fill !vectors", nearest.best ? nearest.best : "");
   return NULL;
}

static const flp_node_t *parse_node(reader_t *r, yaml_event_t *event, const flp_path_t *path, unsigned depth);

static flp_node_t *parse_scalar(reader_t *r, const yaml_event_t *event, const flp_path_t *path)
{
   flp_node_t at = {.line = line_of(event->start_mark), .column = column_of(event->start_mark)};
   const char *tag = tag_of(r, event->data.scalar.tag, &at, path);
   bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !tag;
   flp_node_t *node = flp_node_scalar(r->arena, &at, (const char *)event->data.scalar.value, event->data.scalar.length, plain);
   node->tag = tag;
   node->placeholder = strstr(node->text, "${") != NULL;
   return node;
}

static bool key_usable(reader_t *r, const flp_node_t *key, const flp_path_t *path)
{
   if (key->kind != FLP_NODE_SCALAR || key->tag || strlen(key->text) != key->len) {
      return flp_refuse(r->report, KEY_NOT_TEXT, key, path, "a key must be a text without a tag and without NUL; write it as one");
   }
   if (key->plain && key->len == 2 && memcmp(key->text, "<<", 2) == 0) {
      return flp_refuse(r->report, MERGE_KEY, key, path, "merge keys are not taken; write the fields out, or use `defaults`");
   }
   /* `n` and `y` are common names of fields, and as keys no parser in use takes them for anything else. */
   bool letter = key->len == 1 && strchr("nNyY", key->text[0]);
   if (key->plain && !letter && flp_plain_read(key->text, key->len).kind != FLP_PLAIN_STRING) {
      return flp_refuse(r->report, AMBIGUOUS_SCALAR, key, path, "the key `%s` is read differently by different YAML schemas; quote it",
                        key->text);
   }
   return true;
}

/* A map's keys and values arrive one after the other; a list's items alone. */
static void parse_children(reader_t *r, flp_node_t *node, yaml_event_type_t end, pile_t *pile, const flp_path_t *path, unsigned depth)
{
   bool map = node->kind == FLP_NODE_MAP;
   for (;;) {
      yaml_event_t event;
      const flp_node_t *key = NULL;
      if (!next(r, &event)) {
         return;
      }
      if (event.type == end) {
         yaml_event_delete(&event);
         return;
      }
      flp_path_t here = {.up = path, .index = pile->n};
      if (map) {
         key = parse_node(r, &event, path, depth + 1);
         /* A refused key names nothing: its value is read, but goes nowhere. */
         key = key && key_usable(r, key, path) ? key : NULL;
         here.name = key ? key->text : "?";
         if (r->broken || !next(r, &event)) {
            return;
         }
      }
      const flp_node_t *value = parse_node(r, &event, &here, depth + 1);
      if (r->broken) {
         return;
      }
      if (value && (key || !map)) {
         if (map) {
            pile_push(pile, key);
         }
         pile_push(pile, value);
         node->placeholder = node->placeholder || value->placeholder || (key && key->placeholder);
         node->expansions += value->expansions;
      }
   }
}

static const flp_node_t *parse_many(reader_t *r, const yaml_event_t *event, const flp_path_t *path, unsigned depth)
{
   bool map = event->type == YAML_MAPPING_START_EVENT;
   flp_node_t at = {.line = line_of(event->start_mark), .column = column_of(event->start_mark)};
   flp_node_t *node = NULL;
   pile_t pile = {0};

   if (depth > FLP_YAML_MAX_DEPTH) {
      r->broken = true;
      flp_refuse(r->report, TOO_DEEP, &at, NULL, "more than %d levels of nesting; feed deeper documents as bytes with !hex",
                 FLP_YAML_MAX_DEPTH);
      return NULL;
   }
   flp_node_t head = at;
   head.kind = map ? FLP_NODE_MAP : FLP_NODE_LIST;
   head.tag = tag_of(r, map ? event->data.mapping_start.tag : event->data.sequence_start.tag, &at, path);
   parse_children(r, &head, map ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT, &pile, path, depth);
   if (!r->broken) {
      node = flp_node_many(r->arena, &at, head.kind, map ? pile.n / 2 : pile.n);
      node->tag = head.tag;
      node->placeholder = head.placeholder;
      node->expansions = head.expansions;
      for (size_t i = 0; i < node->n; i++) {
         if (map) {
            node->keys[i] = pile.items[2 * i];
         }
         node->items[i] = pile.items[map ? 2 * i + 1 : i];
      }
      if (map) {
         flp_yaml_unique_keys(node, path, r->report);
      }
   }
   bson_free(pile.items);
   return node;
}

/* Consumes the event. */
static const flp_node_t *parse_node(reader_t *r, yaml_event_t *event, const flp_path_t *path, unsigned depth)
{
   const flp_node_t *node = NULL;
   const char *anchor = NULL;
   switch (event->type) {
   case YAML_ALIAS_EVENT: {
      const flp_node_t *target = expand(r, event, path);
      if (target) {
         flp_node_t *copy = flp_arena_take(r->arena, sizeof *copy);
         *copy = *target;
         copy->expansions = 1 + target->expansions;
         node = copy;
      }
      break;
   }
   case YAML_SCALAR_EVENT:
      anchor = (const char *)event->data.scalar.anchor;
      node = parse_scalar(r, event, path);
      break;
   case YAML_SEQUENCE_START_EVENT:
      anchor = (const char *)event->data.sequence_start.anchor;
      node = parse_many(r, event, path, depth);
      break;
   case YAML_MAPPING_START_EVENT:
      anchor = (const char *)event->data.mapping_start.anchor;
      node = parse_many(r, event, path, depth);
      break;
   default:
      r->broken = true;
      break;
   }
   remember(r, anchor, node);
   yaml_event_delete(event);
   return node;
}

static const flp_node_t *parse_stream(reader_t *r)
{
   const flp_node_t *root = NULL;
   unsigned documents = 0;
   for (bool more = true; more;) {
      yaml_event_t event;
      if (!next(r, &event)) {
         return NULL;
      }
      switch (event.type) {
      case YAML_STREAM_END_EVENT:
         more = false;
         yaml_event_delete(&event);
         break;
      case YAML_STREAM_START_EVENT:
      case YAML_DOCUMENT_END_EVENT:
         yaml_event_delete(&event);
         break;
      case YAML_DOCUMENT_START_EVENT:
         documents++;
         if (documents > 1) {
            flp_refuse_at(r->report, FLP_REFUSE_SECOND_DOCUMENT, line_of(event.start_mark), column_of(event.start_mark), NULL,
                          "a second document begins here; put it into a file of its own");
            yaml_event_delete(&event);
            return NULL;
         }
         yaml_event_delete(&event);
         break;
      default:
         root = parse_node(r, &event, NULL, 1);
         if (!root) {
            return NULL;
         }
      }
   }
   if (documents == 0) {
      flp_refuse_at(r->report, FLP_REFUSE_EMPTY_FILE, 1, 1, NULL, "the file holds no document; begin with `format: 1`");
   }
   return root;
}

const flp_node_t *flp_yaml_parse(const char *bytes, size_t len, flp_arena_t *arena, flp_report_t *report)
{
   if (len > FLP_YAML_MAX_FILE) {
      flp_refuse_at(report, FLP_REFUSE_FILE_TOO_LARGE, 1, 1, NULL, "the file has %zu bytes, over the limit of %d; split it", len,
                    FLP_YAML_MAX_FILE);
      return NULL;
   }
   if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
      flp_refuse_at(report, FLP_REFUSE_ENCODING, 1, 1, NULL, "the file begins with a byte order mark; save it as UTF-8 without one");
      return NULL;
   }
   reader_t r = {.arena = arena, .report = report, .bytes = bytes, .len = len};
   if (!yaml_parser_initialize(&r.parser)) {
      flp_refuse_at(report, FLP_REFUSE_FILE_UNREADABLE, 1, 1, NULL, "libyaml cannot start: no memory");
      return NULL;
   }
   yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
   yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes, len);
   const flp_node_t *root = parse_stream(&r);
   yaml_parser_delete(&r.parser);
   bson_free(r.anchors);
   return flp_report_clean(report) ? root : NULL;
}

const flp_node_t *flp_yaml_load(const char *path, flp_arena_t *arena, flp_report_t *report)
{
   const flp_node_t *root = NULL;
   char *bytes = NULL;
   size_t len = 0;
   FILE *file = fopen(path, "rb");
   if (!file) {
      flp_refuse_at(report, FLP_REFUSE_FILE_UNREADABLE, 1, 1, NULL, "cannot be opened: %s", strerror(errno));
      return NULL;
   }
   /* One byte over the limit is enough to know that it is over. */
   bytes = bson_malloc(FLP_YAML_MAX_FILE + 1);
   len = fread(bytes, 1, FLP_YAML_MAX_FILE + 1, file);
   if (ferror(file)) {
      flp_refuse_at(report, FLP_REFUSE_FILE_UNREADABLE, 1, 1, NULL, "cannot be read: %s", strerror(errno));
   } else {
      root = flp_yaml_parse(bytes, len, arena, report);
   }
   fclose(file);
   bson_free(bytes);
   return root;
}

static int by_text_then_place(const void *a, const void *b)
{
   const flp_node_t *x = *(const flp_node_t *const *)a, *y = *(const flp_node_t *const *)b;
   int order = strcmp(x->text, y->text);
   if (order == 0 && x->line != y->line) {
      order = x->line < y->line ? -1 : 1;
   }
   if (order == 0) {
      order = x->column < y->column ? -1 : x->column > y->column;
   }
   return order;
}

static void refuse_twice(const flp_node_t *first, const flp_node_t *second, const flp_path_t *path, flp_report_t *report)
{
   flp_path_t here = {.up = path, .name = second->text};
   flp_refuse(report, DUPLICATE_KEY, second, &here, "the key `%s` stands already in line %u; keep one", second->text, first->line);
}

bool flp_yaml_unique_keys(const flp_node_t *map, const flp_path_t *path, flp_report_t *report)
{
   bool ok = true;
   if (map->n < 24) {
      for (size_t i = 1; i < map->n; i++) {
         for (size_t j = 0; j < i; j++) {
            if (strcmp(map->keys[i]->text, map->keys[j]->text) == 0) {
               refuse_twice(map->keys[j], map->keys[i], path, report);
               ok = false;
               break;
            }
         }
      }
      return ok;
   }
   const flp_node_t **sorted = bson_malloc(map->n * sizeof *sorted);
   memcpy(sorted, map->keys, map->n * sizeof *sorted);
   qsort(sorted, map->n, sizeof *sorted, by_text_then_place);
   for (size_t i = 1; i < map->n; i++) {
      if (strcmp(sorted[i - 1]->text, sorted[i]->text) == 0) {
         refuse_twice(sorted[i - 1], sorted[i], path, report);
         ok = false;
      }
   }
   bson_free(sorted);
   return ok;
}
