/* phrase_german.h - German words as the English ones that the tables of phrases know, so that a
 * sentence in German is read like one in English. Pure. */
#ifndef RUNBOOK_ENGINE_PHRASE_GERMAN_H
#define RUNBOOK_ENGINE_PHRASE_GERMAN_H

#include <stdbool.h>
#include <stddef.h>

#include "runbook/base/str.h"

/* In place, among `count` words: what is German becomes English (static text). A word that is
 * also an English one is taken for German only beside another that is not. `known` NULL: nothing
 * has a name here; else what it knows stays. */
void phrase_from_german(struct str *words, size_t count, bool (*known)(void *ctx, struct str word),
                        void *ctx);

#endif
