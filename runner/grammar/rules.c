/* Reads the catalogue by the field table and compares it with the cases. */
#include "runner/grammar/rules.h"

#include "runner/grammar/build.h"
#include "runner/grammar/files.h"
#include "runner/grammar/yaml.h"

#include <string.h>
#include <unistd.h>

static char *text_of(const flp_node_t *node, const char *field)
{
   const flp_node_t *value = flp_node_get(node, field);
   return value ? bson_strndup(value->text, value->len) : NULL;
}

static void take_rule(flp_catalogue_t *c, const flp_node_t *node, const char *file)
{
   c->rules = bson_realloc(c->rules, (c->n_rules + 1) * sizeof *c->rules);
   c->rules[c->n_rules++] = (flp_rule_t){
      .id = text_of(node, "id"),
      .level = text_of(node, "level"),
      .rule = text_of(node, "rule"),
      .source = text_of(node, "source"),
      .exception = text_of(node, "exception"),
      .file = bson_strdup(file),
      .line = node->line,
   };
}

static void take_topic(flp_catalogue_t *c, const flp_node_t *node, const char *file)
{
   const flp_node_t *cases = flp_node_get(node, "cases");
   flp_topic_t topic = {
      .id = text_of(node, "id"),
      .topic = text_of(node, "topic"),
      .reason = text_of(node, "reason"),
      .file = bson_strdup(file),
      .line = node->line,
   };
   topic.cases.len = cases ? cases->n : 0;
   topic.cases.items = bson_malloc0((topic.cases.len + 1) * sizeof *topic.cases.items);
   for (size_t i = 0; i < topic.cases.len; i++) {
      topic.cases.items[i] = bson_strndup(cases->items[i]->text, cases->items[i]->len);
   }
   c->topics = bson_realloc(c->topics, (c->n_topics + 1) * sizeof *c->topics);
   c->topics[c->n_topics++] = topic;
}

static const char *id_at(const flp_catalogue_t *c, bool topics, size_t i)
{
   return topics ? c->topics[i].id : c->rules[i].id;
}

static void take_items(flp_catalogue_t *c, const flp_node_t *list, bool topics, flp_report_t *report)
{
   for (size_t i = 0; i < list->n; i++) {
      const flp_node_t *id = flp_node_get(list->items[i], "id");
      bool twice = false;
      for (size_t j = 0; j < (topics ? c->n_topics : c->n_rules); j++) {
         twice = twice || strcmp(id_at(c, topics, j), id->text) == 0;
      }
      if (twice) {
         flp_path_t up = {.name = topics ? "topics" : "rules"}, here = {.up = &up, .index = i};
         flp_refuse(report, RULE_TWICE, id, &here, "`%s` is the id of an earlier entry; ids are never used again", id->text);
      } else if (topics) {
         take_topic(c, list->items[i], report->file);
      } else {
         take_rule(c, list->items[i], report->file);
      }
   }
}

static void load_file(flp_catalogue_t *c, const char *path, const char *root, flp_refusals_t *refusals)
{
   flp_arena_t arena = {0};
   flp_report_t report;
   bson_t ignored = BSON_INITIALIZER;
   flp_report_begin(&report, refusals, flp_files_shown(path, root));
   const flp_node_t *node = flp_yaml_load(path, &arena, &report);
   flp_values_t v = {.arena = &arena, .report = &report};
   bool topics = flp_node_get(node, "topics") != NULL;
   if (node && flp_build_shape(&v, topics ? "topics_file" : "rules_file", &ignored, node, NULL)) {
      take_items(c, flp_node_get(node, topics ? "topics" : "rules"), topics, &report);
   }
   bson_destroy(&ignored);
   flp_arena_cleanup(&arena);
}

bool flp_catalogue_load(const char *root, flp_catalogue_t *catalogue, flp_refusals_t *refusals)
{
   flp_files_t files = {0};
   size_t before = refusals->len;
   char *folder = bson_strdup_printf("%s/rules", root);
   *catalogue = (flp_catalogue_t){0};
   if (access(folder, F_OK) == 0) {
      flp_files_find(&files, folder, refusals);
   }
   for (size_t i = 0; i < files.len; i++) {
      load_file(catalogue, files.items[i], root, refusals);
   }
   flp_files_cleanup(&files);
   bson_free(folder);
   return refusals->len == before;
}

void flp_catalogue_cleanup(flp_catalogue_t *c)
{
   for (size_t i = 0; i < c->n_rules; i++) {
      flp_rule_t *r = &c->rules[i];
      char *texts[] = {r->id, r->level, r->rule, r->source, r->exception, r->file};
      for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) {
         bson_free(texts[j]);
      }
   }
   for (size_t i = 0; i < c->n_topics; i++) {
      flp_topic_t *t = &c->topics[i];
      char *texts[] = {t->id, t->topic, t->reason, t->file};
      for (size_t j = 0; j < sizeof texts / sizeof *texts; j++) {
         bson_free(texts[j]);
      }
      for (size_t j = 0; j < t->cases.len; j++) {
         bson_free(t->cases.items[j]);
      }
      bson_free(t->cases.items);
   }
   bson_free(c->rules);
   bson_free(c->topics);
   *c = (flp_catalogue_t){0};
}

const flp_rule_t *flp_catalogue_find(const flp_catalogue_t *catalogue, const char *id)
{
   for (size_t i = 0; i < catalogue->n_rules; i++) {
      if (strcmp(catalogue->rules[i].id, id) == 0) {
         return &catalogue->rules[i];
      }
   }
   return NULL;
}

/* Refusals here belong to many files in turn, and one line may be refused for several rules: each has a report of its own. */
static void refuse(flp_refusals_t *refusals, flp_refusal_id_t id, const char *file, unsigned line, const char *field, const char *name,
                   const char *what)
{
   flp_report_t report;
   flp_path_t path = {.name = field};
   flp_report_begin(&report, refusals, file);
   flp_refuse_at(&report, id, line, 1, &path, "`%s` %s", name, what);
}

static void check_case(const flp_catalogue_t *catalogue, const flp_case_t *c, bool *used, flp_refusals_t *refusals)
{
   for (size_t i = 0; i < c->rules.len; i++) {
      const flp_rule_t *rule = flp_catalogue_find(catalogue, c->rules.items[i]);
      if (rule) {
         used[rule - catalogue->rules] = true;
      } else {
         refuse(refusals, FLP_REFUSE_RULE_UNKNOWN, c->file, c->line, "rules", c->rules.items[i],
                "is not in the catalogue; write it there, or correct the id");
      }
   }
   if (c->breaks && !flp_catalogue_find(catalogue, c->breaks)) {
      refuse(refusals, FLP_REFUSE_RULE_UNKNOWN, c->file, c->line, "breaks", c->breaks,
             "is not in the catalogue; write it there, or correct the id");
   }
}

static void check_topic(const flp_topic_t *topic, const flp_cases_t *cases, flp_refusals_t *refusals)
{
   for (size_t i = 0; i < topic->cases.len; i++) {
      bool fits = false;
      for (size_t j = 0; j < cases->len && !fits; j++) {
         fits = flp_glob_match(topic->cases.items[i], cases->items[j].id);
      }
      if (!fits) {
         refuse(refusals, FLP_REFUSE_TOPIC_WITHOUT_CASE, topic->file, topic->line, topic->id, topic->cases.items[i],
                "fits no case; write the case, or give the topic a reason");
      }
   }
}

/* All cases of one matrix stand in one place with the same rules: saying it once is enough. */
static bool same_place(const flp_case_t *a, const flp_case_t *b)
{
   return a->line == b->line && strcmp(a->file, b->file) == 0 && a->rules.len == b->rules.len;
}

bool flp_catalogue_check(const flp_catalogue_t *catalogue, const flp_cases_t *cases, bool whole, flp_refusals_t *refusals)
{
   size_t before = refusals->len;
   bool *used = bson_malloc0(catalogue->n_rules + 1);
   for (size_t i = 0; i < cases->len; i++) {
      size_t refused = refusals->len;
      check_case(catalogue, &cases->items[i], used, refusals);
      while (refusals->len > refused && i + 1 < cases->len && same_place(&cases->items[i], &cases->items[i + 1])) {
         i++;
      }
   }
   for (size_t i = 0; whole && i < catalogue->n_rules; i++) {
      const flp_rule_t *rule = &catalogue->rules[i];
      if (!used[i] && !rule->exception) {
         refuse(refusals, FLP_REFUSE_RULE_WITHOUT_CASE, rule->file, rule->line, "rules", rule->id,
                "has no case; write one, or say in `exception` why there is none");
      }
      if (used[i] && rule->exception) {
         refuse(refusals, FLP_REFUSE_EXCEPTION_STALE, rule->file, rule->line, "exception", rule->id,
                "has a case by now; remove the exception");
      }
   }
   for (size_t i = 0; whole && i < catalogue->n_topics; i++) {
      check_topic(&catalogue->topics[i], cases, refusals);
   }
   bson_free(used);
   return refusals->len == before;
}
