/* config_priv.h - between config.c (reading), config_path.c (spelling), config_get.c (answers). */
#ifndef RUNBOOK_SRC_APP_CONFIG_PRIV_H
#define RUNBOOK_SRC_APP_CONFIG_PRIV_H

#include "runbook/app/config.h"
#include "runbook/base/arena.h"
#include "runbook/base/map.h"
#include "runbook/base/vec.h"

struct config_item {
    const char *name; /* of a map's entry; NULL in a list */
    const char *text;
    struct secret *secret;
};

/* One value that is set, or the length of a list of mappings (key NULL). */
struct config_entry {
    const char *path; /* concrete, canonical */
    const struct config_key *key;
    const char *text; /* "" for secrets, lists and maps */
    struct secret *secret;
    double number; /* of INT, NUMBER and BOOL */
    uint32_t line, col;
    const char *env; /* the variable that set it; NULL: the file */
    bool literal;    /* written out in the file, not ${VAR} */
    VEC(struct config_item) items;
    size_t count; /* of a list of mappings */
};

struct config {
    const struct config_schema *schema;
    struct arena *arena;
    char *file; /* NULL: none */
    VEC(struct config_entry) entries;
    struct map *by_path; /* index + 1 */
    VEC(struct config_problem) problems;
};

/* What stands at a path of the table ("knowledge.sources[]" without the last part). */
enum config_shape { SHAPE_NONE, SHAPE_VALUE, SHAPE_MAPPING, SHAPE_LIST };
enum config_shape config_shape(const struct config_schema *s, const char *table_path);
/* "apiKey" to "api_key". Appends. */
void config_snake(struct str name, struct buf *out);
/* "RUNBOOK_" and "llm.model" to "RUNBOOK_LLM_MODEL". Appends. */
void config_env_name(const char *prefix, const char *path, struct buf *out);
/* The row of a canonical concrete path. */
const struct config_key *config_row(const struct config_schema *s, const char *path);
const struct config_entry *config_entry(const struct config *c, const char *path);

#endif
