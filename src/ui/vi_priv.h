/* vi_priv.h - what vi.c and vi_motion.c share. */
#ifndef RUNBOOK_UI_VI_PRIV_H
#define RUNBOOK_UI_VI_PRIV_H

#include "runbook/ui/vi.h"

#define VI_COUNT_MAX 9999

/* What a motion or a text object covers. */
struct reach {
    size_t from, to; /* `to`: where the cursor goes; the range is between both, in any order */
    bool inclusive;  /* the character at the far end too */
    bool lines;
};

int vi_times(const struct vi *v);               /* both counts together, at least 1 */
bool vi_character(key_code key, char out[8]);   /* what a key types; false: nothing */
char vi_at(const struct lineedit *e, size_t i); /* LF at the end */
/* 0 blank, 1 word, 2 the rest; with `big` everything that is not blank is a word. */
int vi_class(const struct lineedit *e, size_t i, bool big);
size_t vi_first_letter(const struct lineedit *e, size_t i); /* of its line */
size_t vi_nth_line(const struct lineedit *e, int n);
size_t vi_sideways(const struct lineedit *e, int n); /* inside the line */
size_t vi_word_forward(const struct lineedit *e, size_t i, bool big);
size_t vi_repeated(const struct lineedit *e, int n, bool big,
                   size_t step(const struct lineedit *, size_t, bool));
/* These say false when they lead nowhere. */
bool vi_line_motion(const struct lineedit *e, int by, struct reach *r);
bool vi_find(struct vi *v, const struct lineedit *e, key_code how, key_code key, struct reach *r);
bool vi_motion(struct vi *v, const struct lineedit *e, key_code key, struct reach *r);
bool vi_object(const struct lineedit *e, bool around, key_code key, struct reach *r);

/* vi.c */
void vi_operate(struct vi *v, struct lineedit *e, key_code op, struct reach r);
void vi_changed(struct vi *v); /* the keys so far are what "." plays */
void vi_join(struct vi *v, struct lineedit *e, int lines);
/* vi_register.c */
void vi_keep(struct vi *v, const struct lineedit *e, size_t from, size_t to, bool lines);
bool vi_is_register(key_code key);
const struct vi_register *vi_source(struct vi *v); /* what p puts; NULL: nothing */
void vi_registers_init(struct vi *v);
void vi_registers_release(struct vi *v);
/* vi_visual.c: false: the key is not visual mode's */
bool vi_visual_key(struct vi *v, struct lineedit *e, key_code key);
void vi_visual_replace(struct vi *v, struct lineedit *e, key_code key); /* r and a character */
void vi_visual_object(struct vi *v, struct lineedit *e, bool around, key_code key);
void vi_visual_end(struct vi *v);

#endif
