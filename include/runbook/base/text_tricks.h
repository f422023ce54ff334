/* text_tricks.h - characters that make text look like other text, for places where a person decides
 * by what is read. What is invisible or turns the direction is always a trick. In an identifier
 * every character beyond ASCII is one. In prose, letters of other alphabets are fine by themselves;
 * they are tricks in a word that mixes them with Latin ones, and in a word that could be read as a
 * Latin one letter by letter. Forms that exist only to look like a letter (full-width, mathematical
 * ...) always are. Source of the idea: Unicode TS 39 (mixed scripts, whole-script confusables); the
 * table is the subset that looks like ASCII in common fonts. */
#ifndef RUNBOOK_BASE_TEXT_TRICKS_H
#define RUNBOOK_BASE_TEXT_TRICKS_H

#include <stdbool.h>

#include "runbook/base/str.h"

/* A slice of the text, or, with `trick`, "<U+0430>" in the place of a character. */
typedef void text_trick_fn(void *ctx, struct str part, bool trick);
/* Calls `fn` for all of `s`, in order; returns how many characters were replaced. */
size_t text_tricks(struct str s, bool identifier, text_trick_fn *fn, void *ctx);
/* The parts in one string. */
size_t text_show_tricks(struct buf *out, struct str s, bool identifier);

#endif
