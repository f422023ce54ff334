/* config.h - config.yaml and services.yaml against a const table of keys.
 * A file is read into flat entries ("llm.model", "knowledge.sources.0.path") whose keys are
 * canonical snake_case whatever the file spells; camelCase is accepted for every key. Nothing is
 * silently dropped: an unknown key is a warning with its line and the nearest known key, a wrong
 * type an error with line and column. A value that is wholly ${VAR} takes the environment's; a
 * missing variable gives an empty value and a warning. RUNBOOK_LLM_MODEL overrides llm.model, and
 * so on for every scalar key. Secrets are held as struct secret and have no text here. */
#ifndef RUNBOOK_APP_CONFIG_H
#define RUNBOOK_APP_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/secret.h"
#include "runbook/base/str.h"

enum config_type {
    CONFIG_STRING,
    CONFIG_SECRET,
    CONFIG_BOOL,
    CONFIG_INT,
    CONFIG_NUMBER,
    CONFIG_ENUM,
    CONFIG_PATH, /* "~" is the home folder; a relative one starts at the file's folder, or beside
                  * the project's .runbook when the file is in there */
    CONFIG_URL,
    CONFIG_STRINGS, /* a list of strings; with choices, of these; one string reads as a list of one
                     */
    CONFIG_MAP,     /* free names with string values */
    CONFIG_SECRET_MAP, /* the same, and the values are secrets */
};

struct config_key {
    const char *path; /* "knowledge.sources[].type": [] stands for each element of a list */
    enum config_type type;
    const char *fallback; /* as text; NULL: none ("", 0, false, empty) */
    double min, max;      /* INT and NUMBER, when max > min */
    const char *const *choices;
    const char *help;  /* a sentence */
    const char *since; /* version that first had it */
};

struct config_schema {
    const char *name;              /* "config.yaml" */
    const struct config_key *keys; /* ends with a NULL path */
    const char *env_prefix;        /* "RUNBOOK_"; NULL: no overrides */
};
extern const struct config_schema config_schema;   /* config.yaml */
extern const struct config_schema services_schema; /* services.yaml */

/* The row of a concrete or table path in either spelling ("llm.apiKey"), or NULL. */
const struct config_key *config_key_find(const struct config_schema *s, const char *path);
/* Append the nearest known path or section to a wrong one; false when none is near. */
bool config_key_nearest(const struct config_schema *s, const char *path, struct buf *out);
/* "llm.apiKey", "knowledge.sources[0].path" in the spelling that is used here. Appends. */
void config_canonical(const char *path, struct buf *out);
/* Is it the name of a variable that overrides a key? */
bool config_env_known(const struct config_schema *s, struct str name);
const char *config_type_name(enum config_type t); /* "string", "list of strings" ... */

struct config; /* opaque; does not change after reading */

struct config_problem {
    bool fatal;         /* the value cannot be used; else a warning */
    uint32_t line, col; /* 0: not in the file */
    const char *text;   /* one line, says what to do */
};

/* Read `text`. ERR_INPUT ("config.yaml line 4 column 7: ...") only when it is no YAML mapping; all
 * else is a problem that is listed. `file` names it in messages and is where relative paths start.
 * `env` is getenv() or a test's; NULL: neither expansion nor overrides. */
typedef char *config_env_fn(const char *name);
enum err_code config_parse(const struct config_schema *s, const char *file, struct str text,
                           config_env_fn *env, struct config **ret, struct err *err);
/* Find and read: `explicit_path` when not NULL (then it must exist), else
 * <start>/.runbook/config.yaml or .yml upward, else the XDG folder. Without a file the defaults and
 * the environment. ERR_INPUT when a problem is fatal: the first one. */
enum err_code config_load(const char *explicit_path, const char *start_dir, config_env_fn *env,
                          struct config **ret, struct err *err);
/* Read one file whatever is wrong with it: the problems are listed and none makes this fail;
 * ERR_INPUT only when it is no YAML mapping. */
enum err_code config_check_file(const struct config_schema *s, const char *file, config_env_fn *env,
                                struct config **ret, struct err *err);
/* The file that would be read, or NULL; the caller frees. */
char *config_find(const char *explicit_path, const char *start_dir);
/* Where a new file would go: the project's .runbook, else the XDG folder; NULL without a home. */
char *config_new_path(const char *start_dir);
/* "services.yaml" beside a configuration file; the caller frees. */
char *config_services_path(const char *config_file);
void config_free(struct config *c);

const char *config_file(const struct config *c); /* NULL: no file */
/* Does the file hold a secret that is written out, not ${VAR}? */
bool config_holds_secret(const struct config *c);
/* Set one key in a file's text, keeping comments and the spelling the file uses. `path` is
 * canonical and has a row; `value` as on the command line (lists separated by commas). ERR_INPUT
 * when the value does not fit the row or the text cannot be edited; nothing is appended then. */
enum err_code config_set_text(const struct config_schema *s, const char *file, struct str text,
                              const char *path, const char *value, struct buf *out,
                              struct err *err);
/* The same in the file at `path_of_file`, which is made when missing: atomic, 0600 when new or when
 * it holds a secret. A symbolic link is followed. */
enum err_code config_set_file(const struct config_schema *s, const char *file, const char *path,
                              const char *value, struct err *err);
/* Write all of it at once; closed to others when a secret is in it. */
enum err_code config_write_file(const struct config_schema *s, const char *file, struct str text,
                                struct err *err);
size_t config_problem_count(const struct config *c);
const struct config_problem *config_problem(const struct config *c, size_t index);

/* Values by canonical path; asking for a path that no row describes is a bug. Unset values give the
 * row's default. Strings are never NULL and live as long as the config. */
bool config_has(const struct config *c, const char *path); /* set in the file or the environment */
const char *config_str(const struct config *c, const char *path);
bool config_bool(const struct config *c, const char *path);
int64_t config_int(const struct config *c, const char *path);
double config_num(const struct config *c, const char *path);
const struct secret *config_secret(const struct config *c, const char *path); /* NULL: unset */
/* Elements of a list ("hosts", "knowledge.sources"); of a map its entries. */
size_t config_count(const struct config *c, const char *path);
const char *config_item(const struct config *c, const char *path, size_t index);
const char *config_item_name(const struct config *c, const char *path, size_t index); /* of a map */
const struct secret *config_item_secret(const struct config *c, const char *path, size_t index);
/* "default", "line 12", "RUNBOOK_LLM_MODEL": where the value comes from. Appends. */
void config_origin(const struct config *c, const char *path, struct buf *out);
/* What may be shown of a value: secrets masked, lists joined by ", ". Appends. */
void config_show(const struct config *c, const char *path, struct buf *out);
/* Every concrete path that has a row and is set, or with `all` also the unset scalar ones, in the
 * order of the table. */
typedef void config_each_fn(void *ctx, const char *path, const struct config_key *key);
void config_each(const struct config *c, bool all, config_each_fn *fn, void *ctx);

#endif
