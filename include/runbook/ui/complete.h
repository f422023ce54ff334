/* complete.h - what a word that is being written could become.
 * Pure: a text, a cursor, and what is known (model, themes, sessions, names of files) to a short
 * list. It never reads anything: complete_wants_folder() says which folder would help, and the
 * frontend has it read elsewhere. */
#ifndef RUNBOOK_UI_COMPLETE_H
#define RUNBOOK_UI_COMPLETE_H

#include "runbook/base/vec.h"
#include "runbook/model/model.h"
#include "runbook/ui/slash.h"

#define COMPLETE_MAX 40       /* candidates that are kept */
#define COMPLETE_NAME_MAX 256 /* bytes of one */

struct completion_item {
    char *text, *note; /* note may be NULL */
};

struct completion {
    size_t from, to; /* the bytes that a candidate takes the place of */
    VEC(struct completion_item) items;
    size_t more;    /* that there would be beyond COMPLETE_MAX */
    bool add_blank; /* behind a chosen one */
};

struct complete_session {
    const char *id, *title;
};

struct complete_sources {
    const struct model *model; /* NULL: none */
    const char *const *themes;
    size_t theme_count;
    const struct complete_session *sessions;
    size_t session_count;
    const struct complete_session *models; /* name and note */
    size_t model_count;
    const char *const *files; /* of the folder that was wanted; a folder's name ends in "/" */
    size_t file_count;
    bool asked; /* Tab: also for a single letter */
};

void completion_clear(struct completion *c);
void completion_release(struct completion *c);
/* Fill `c` anew; without candidates nothing fits. */
void complete_find(struct completion *c, const struct complete_sources *s, struct str text,
                   size_t cursor);
/* The folder of a path-like word at the cursor, as it is written ("./logs/", "~/"); false: the word
 * is no path. */
bool complete_wants_folder(struct str text, size_t cursor, struct str *ret);

#endif
