/* sheet.h - a page that the program around the screen writes: facts, choices, fields of a form,
 * stages of what is under way. The screen draws it, lets a person go from row to row, and says
 * which one was chosen; what that means is not known here. The same rows are printed line by line
 * in plain mode. Text is made safe where it is drawn. */
#ifndef RUNBOOK_VIEW_SHEET_H
#define RUNBOOK_VIEW_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/view/style.h"

enum sheet_kind {
    SHEET_TEXT,    /* a paragraph; "" is a blank line */
    SHEET_HEADING, /* of what follows */
    SHEET_FACT,    /* label and text */
    SHEET_STAGE,   /* a fact with how it stands */
    SHEET_GO,      /* can be chosen; text, note */
    SHEET_FIELD,   /* can be written: label, text, note while it is empty, problem */
    SHEET_CHECK,   /* can be switched: on, text, note */
};
enum sheet_state { SHEET_PENDING, SHEET_RUNNING, SHEET_OK, SHEET_WARNING, SHEET_FAILED };

struct sheet_row {
    enum sheet_kind kind;
    enum sheet_state state;                    /* SHEET_STAGE */
    enum style style;                          /* of `text` */
    const char *id;                            /* of what can be chosen; NULL */
    const char *label, *text, *note, *problem; /* NULL or "": none */
    bool on;                                   /* SHEET_CHECK */
};

#define SHEET_NAME_MAX 160
struct sheet {
    const char *name;  /* which one: what was selected is remembered while it stays the same */
    const char *title; /* stands in the frame */
    const struct sheet_row *rows;
    size_t count;
    const char *start;  /* id of the row that is selected at first; NULL: the first one */
    const char *select; /* id of a row to go to now, once in each version; NULL: none */
    const char *leave;  /* what Esc does here: "back", "stop"; NULL: back */
    uint64_t version;   /* another one when anything is another */
};

/* Who writes them. One sheet is shown at a time; what is behind it is his. */
struct sheet_source {
    void *ctx;
    /* "accounts", "setup". False: *err says why not. */
    bool (*open)(void *ctx, const char *which, struct err *err);
    const struct sheet *(*get)(void *ctx); /* borrowed until the next call; NULL: it is closed */
    /* That row was chosen; of a field `text` is what was written, else NULL. False: the field has a
     * problem now. */
    bool (*choose)(void *ctx, const char *id, const char *text);
    void (*back)(void *ctx); /* Esc: one step back, stop, or close */
};

/* The row with that id, or the `nth` (from 0) of those that can be chosen; NULL: there is none. */
const struct sheet_row *sheet_row_of(const struct sheet *s, const char *id);
const struct sheet_row *sheet_choice(const struct sheet *s, size_t nth);
size_t sheet_choices(const struct sheet *s);
size_t sheet_index(const struct sheet *s, const char *id); /* among the choices; SIZE_MAX: none */

#endif
