/* vi.h - vi's modes over a line editor: keys to motions, operators, counts and repeats.
 * Insert mode leaves every key but Esc to the key table, so that both ways of editing share it.
 * Known: h j k l w b e W B E 0 ^ $ % gg G f F t T ; , and arrows; d c y with a motion, doubled, or
 * with iw aw iW aW and quotes and brackets; D C Y x X s S r ~ J p P u Ctrl-R . i a I A o O, all
 * with counts; v and V with motions and text objects, o, and d c y x s ~ u U r J p; registers "a to
 * "z ("A appends), "_ and "+, which is the clipboard and can only be written. "." after a visual
 * change plays its keys again. What vi has beside these is VI_UNSUPPORTED. Keys that mean nothing
 * drop what was begun. */
#ifndef RUNBOOK_UI_VI_H
#define RUNBOOK_UI_VI_H

#include "runbook/ui/keymap.h"
#include "runbook/ui/lineedit.h"

enum vi_result {
    VI_DONE,         /* the key was vi's */
    VI_PASS,         /* not vi's: the key table says what it does */
    VI_HISTORY_PREV, /* k on the first line */
    VI_HISTORY_NEXT,
    VI_SEARCH,      /* "/": the history */
    VI_UNSUPPORTED, /* of vi, and not known here */
    VI_CLIP_EMPTY,  /* "+ was to be put: a terminal does not tell what it holds */
};

#define VI_KEYS_MAX 4096 /* of one change that "." can repeat */

#define VI_REGISTERS 26

struct vi_register {
    struct buf text;
    bool lines;
};

struct vi {
    bool insert;
    int count, op_count; /* 0: none given */
    key_code op;         /* d c y: waits for a motion */
    key_code wait;       /* f F t T r g, i a after an operator: waits for a character */
    key_code find, find_char;
    VEC(key_code) now, change; /* keys since the last rest; of the last change */
    bool inserting_change;     /* insert mode was entered by a change that is being recorded */
    bool replaying;
    struct vi_register reg; /* what was deleted or yanked last */
    struct vi_register named[VI_REGISTERS];
    struct vi_register clip; /* what went to the clipboard last */
    bool to_clip;            /* it did with this key: the caller sends it on, and clears this */
    bool clip_empty;
    key_code reg_name; /* a to z, A to Z, + or _, for the next command; 0: none */
    key_code visual;   /* v or V; 0: nothing is selected */
    size_t anchor;     /* where the selection began */
};

void vi_init(struct vi *v); /* in insert mode */
void vi_release(struct vi *v);
enum vi_result vi_key(struct vi *v, struct lineedit *e, key_code key);
/* A new text is begun: insert mode, nothing pending; the register and "." stay. */
void vi_restart(struct vi *v, struct lineedit *e);
/* What visual mode covers; false: nothing. */
bool vi_selection(const struct vi *v, const struct lineedit *e, size_t *ret_from, size_t *ret_to);
const char *vi_mode_name(const struct vi *v); /* "normal", "insert", "visual", "visual line" */
bool vi_pending(const struct vi *v);          /* a count or an operator was begun */

#endif
