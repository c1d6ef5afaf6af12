/* One YAML file to one tree of nodes, by libyaml's events. Everything of layer `yaml` is refused here, but for scalars whose
 * text is ambiguous: whether that matters only the field knows. */
#ifndef FLP_GRAMMAR_YAML_H
#define FLP_GRAMMAR_YAML_H

#include "runner/grammar/node.h"
#include "runner/grammar/refusal.h"

enum {
   FLP_YAML_MAX_FILE = 1024 * 1024,
   FLP_YAML_MAX_DEPTH = 200, /* walks recurse, and libbson's own readers stop near this depth */
   FLP_YAML_MAX_ALIASES = 64,
};

/* NULL after a refusal. The tree lives in the arena. Duplicate keys and the like are all collected; a syntax error ends the walk. */
const flp_node_t *flp_yaml_parse(const char *bytes, size_t len, flp_arena_t *arena, flp_report_t *report);

/* Reads the file first. `path` is opened, `report->file` is shown. */
const flp_node_t *flp_yaml_load(const char *path, flp_arena_t *arena, flp_report_t *report);

/* Refuses keys that occur twice. Also used after placeholders in keys have their values. */
bool flp_yaml_unique_keys(const flp_node_t *map, const flp_path_t *path, flp_report_t *report);

#endif
