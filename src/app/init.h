/* init.h - first configuration: templates, questions, and a merge that only ever adds.
 * What a file already says is kept, byte for byte: only keys that it does not have are added. The
 * plan is made in memory and shown before anything is written. */
#ifndef RUNBOOK_SRC_APP_INIT_H
#define RUNBOOK_SRC_APP_INIT_H

#include "runbook/app/config.h"
#include "runbook/base/err.h"
#include "runbook/base/str.h"

struct init_question {
    const char *key;      /* of config.yaml */
    const char *text;     /* "Address of the Prometheus server" */
    const char *fallback; /* answer of an empty line; "": the key is left out */
    const char *env;      /* variable whose value is the better default; NULL: none */
};

struct init_template {
    const char *name;
    const char *help;                      /* a sentence */
    const char *config;                    /* config.yaml as it is written when there is none */
    const char *services;                  /* services.yaml; NULL: none */
    const char *note;                      /* said at the end; NULL: nothing */
    const struct init_question *questions; /* ends with a NULL key */
};

const struct init_template *init_template_table(void); /* ends with a NULL name */
const struct init_template *init_template_find(const char *name);

/* Append what config.yaml becomes: `old` (empty when there is no file) with the template's keys
 * that it lacks. */
enum err_code init_merge(const struct init_template *t, const char *file, struct str old,
                         struct buf *out, struct err *err);
/* The same for one answer, which loses against a key that `old` sets. `text` is changed in place.
 */
enum err_code init_answer(const char *file, struct str old, const char *key, const char *value,
                          struct buf *text, struct err *err);

/* Append a line diff ("-", "+", " " in front, three lines around a change); nothing when equal. */
void text_diff(struct str before, struct str after, struct buf *out);

#endif
