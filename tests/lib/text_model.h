/* text_model.h - a scripted conversation for tests of the investigation pane: two turns, a query
 * with arguments and a result, an answer in Markdown, a long question, a thought, and text that
 * still streams. */
#ifndef RUNBOOK_TESTS_TEXT_MODEL_H
#define RUNBOOK_TESTS_TEXT_MODEL_H

#include "runbook/model/model.h"

#define TEXT_BLOB "3d2e1f0c5d41402abc4b2a76b9719d911017c592a1b2c3d4e5f60718293a4b5c"

/* Fold all of it, or only what comes before the second turn. */
void text_model(struct model *m, bool second_turn);
/* One event more of the same conversation. `ms` is since its beginning. */
void text_apply(struct model *m, int64_t ms, struct event ev);
/* A piece of a message. */
void text_say(struct model *m, int64_t ms, const char *message, const char *text, bool last);
void text_ask(struct model *m, int64_t ms, const char *text);
/* A query that has ended. */
void text_query(struct model *m, int64_t ms, const char *call, const char *title,
                const char *summary);
const char *text_blob(const char *hash); /* NULL: not kept */

#endif
