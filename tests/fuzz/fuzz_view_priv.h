/* fuzz_view_priv.h - the state of one run of the view's fuzz target, shared by its two files. */
#ifndef RUNBOOK_TESTS_FUZZ_VIEW_PRIV_H
#define RUNBOOK_TESTS_FUZZ_VIEW_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/ui/keymap.h"
#include "runbook/view/approval.h"
#include "runbook/view/list.h"
#include "runbook/view/screen.h"

#ifdef RB_FUZZ_VTERM
#include <vterm.h>
#endif

struct fuzz {
    struct str in;
    struct screen screen;
    struct model model;
    struct canvas canvas, again;
    struct keymap *keymap;
    VEC(char *) kept; /* texts of the input, as C strings */
    VEC(struct help_row) help;
    struct hint hints[3];
    struct approval_view dialog;
    uint64_t seq;
    size_t drawn;
#ifdef RB_FUZZ_VTERM
    VTerm *vt;
#endif
};

/* The input, a piece at a time; 0 and "" when it is at its end. */
unsigned fuzz_byte(struct fuzz *f);
unsigned fuzz_below(struct fuzz *f, unsigned limit);
const char *fuzz_text_of(struct fuzz *f); /* without NUL, kept until the end */
/* Fold one event, made from the input. */
void fuzz_add_event(struct fuzz *f);

#endif
