/* skill.h - skills: procedures that people write down, from three kinds of file.
 *
 *   NAME.yaml          a skill: parameters and steps (doc/SKILLS.md)
 *   NAME.yaml          an SOP, when it says apiVersion: sop/v1
 *   NAME.md, SKILL.md  frontmatter and a text; the text is one question to a model, or, when the
 *                      frontmatter has steps, what documents them
 *
 * All become one struct procedure (procedure.h), which the runner executes. Nothing is guessed: a
 * key that is not known, a tool that does not exist, a template that refers to nothing, a condition
 * that does not parse are problems with a line and a column, all of them are listed, and a skill
 * with an error is broken: it cannot be run. A file with problems hides no other one. */
#ifndef RUNBOOK_ENGINE_SKILL_H
#define RUNBOOK_ENGINE_SKILL_H

#include "runbook/codec/json.h"
#include "runbook/engine/procedure.h"

#define SKILL_FILE_MAX ((size_t)256 << 10)
#define SKILL_FILES_MAX 500 /* of one folder */
#define SKILL_PROBLEMS_MAX 100
#define SKILL_ID_MAX 64

enum skill_format { SKILL_YAML, SKILL_MARKDOWN, SKILL_SOP };
#define SKILL_FORMATS (SKILL_SOP + 1)
const char *skill_format_name(enum skill_format f); /* "skill", "markdown", "sop" */

struct skill_problem {
    bool warning;       /* it can be run all the same */
    uint32_t line, col; /* 0: of the whole file */
    const char *text;
};

/* A list of texts. */
struct skill_texts {
    const char *const *items;
    size_t count;
};

struct skill {
    enum skill_format format;
    const char *id, *name, *description, *version, *author; /* "": not said */
    const char *source;                                     /* the file, or "built in" */
    bool builtin;
    struct skill_texts tags, services; /* what it is for */
    struct skill_texts triggers;       /* when, in words: "cpu > 90 for 5m" */
    struct skill_texts depends;        /* ids of other skills */
    const char *body;                  /* of a markdown file; "" */
    const char *text;                  /* the whole file */
    enum risk said;                    /* what the file says */
    enum risk risk;                    /* at least that of its riskiest step */
    bool mutates;
    bool broken;                 /* it has errors: `procedure` is as far as it was understood */
    struct procedure *procedure; /* owns the skill */
    const struct skill_problem *problems;
    size_t problem_count, error_count;
    /* Set by the registry: */
    const char *hides; /* the source of the skill of the same id that this one replaces; NULL */
    const char *lacks; /* one that it depends on and that is not there; NULL */
    const char *clash; /* another file of the same folder has its id, so that this one is not run */
};

/* Read one text. `file` names it, and its end says what it is ("x.md"). Never fails: what is wrong
 * is in the problems. `env` is for the tools of MCP servers and what is configured; may be NULL.
 * Free with skill_free(). */
struct skill *skill_load(const char *file, struct str text, const struct tool_env *env);
/* The same from a file. ERR_NOT_FOUND, ERR_IO, ERR_LIMIT: it cannot be read. */
enum err_code skill_load_file(const char *path, const struct tool_env *env, struct skill **ret,
                              struct err *err);
void skill_free(struct skill *s); /* NULL is fine */
/* "FILE:LINE:COL: error: ..." one a line. */
void skill_problems_text(const struct skill *s, struct buf *out);
/* How far one has to be trusted to start it, 0 to 3: reads; low; medium and high; critical. */
int skill_tier(const struct skill *s);
bool skill_id_ok(struct str id); /* letters, digits, _ and -; begins with a letter or digit */
/* Does it have this tag, or is it for this service (without regard to case)? */
bool skill_has_tag(const struct skill *s, const char *tag);
bool skill_for_service(const struct skill *s, const char *service);

/* ---- the registry ---- */

struct skills; /* opaque */

/* The built-in ones, then those of each folder; a later one hides an earlier one of its id.
 * `folders` are in order of rising weight and NULL-terminated; one that does not exist is fine. */
struct skills *skills_open(const char *const *folders, const struct tool_env *env);
void skills_free(struct skills *r);
/* Look whether files came, went or changed, and read what did. True: something is different, and
 * pointers to skills are no longer valid. */
bool skills_refresh(struct skills *r);
/* Every file, sorted by id; those with errors are among them, those that are hidden are not. */
size_t skills_count(const struct skills *r);
const struct skill *skills_at(const struct skills *r, size_t index);
const struct skill *skills_find(const struct skills *r, const char *id); /* NULL: there is none */
/* ERR_NOT_FOUND with the nearest id; ERR_INPUT: it has errors, the first one is named. */
enum err_code skills_need(const struct skills *r, const char *id, const struct skill **ret,
                          struct err *err);
/* How well words fit a skill: 0 not at all. Every word has to be found, in part, in id, name, tags,
 * services, triggers or description. */
int skill_match(const struct skill *s, const char *words);
/* The skills that fit best what somebody says of an incident: any word may be missing. Fills up to
 * `max` of `ret`; returns how many. */
size_t skills_suggest(const struct skills *r, const char *said, const struct skill **ret,
                      size_t max);
/* Of a session: read at first use, looked at again at each. Pointers to skills are good until then.
 */
const struct skills *engine_skills(struct engine *e);
/* A folder could not be read: one line each, or "". */
const char *skills_trouble(const struct skills *r);

/* A commented file that validates, for `runbook skill new`: NAME.yaml, or what is inside SKILL.md.
 * Appends. */
void skill_template(enum skill_format format, const char *id, struct buf *out);

/* For people and programs: one skill with all it says; `body` adds parameters and steps. */
void skill_json(const struct skill *s, bool body, struct json_writer *w);
void skill_text(const struct skill *s, struct buf *out);

#endif
