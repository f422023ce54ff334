/* text.h - the one place that knows UTF-8, grapheme clusters, cell widths and wrapping.
 * Clusters follow UAX #29 (utf8proc); a cluster's width is that of its base character by East Asian
 * Width, 2 for emoji presentation, 0 never (a lone combining mark is drawn on a dotted circle as
 * 1). Everything here takes any bytes: malformed UTF-8 counts as U+FFFD, one per maximal bad
 * sequence. */
#ifndef RUNBOOK_BASE_TEXT_H
#define RUNBOOK_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runbook/base/str.h"

/* The first character of `s`: its length in bytes (0 when `s` is empty) and its code point, or
 * TEXT_BAD and the length of the maximal bad sequence. Source: Unicode 15, 3.9, table 3-7 and D93b.
 */
#define TEXT_BAD UINT32_MAX
size_t text_decode(struct str s, uint32_t *ret_cp);

/* Is it valid UTF-8 (no surrogates, no overlong forms)? On false *ret_bad_at is the first bad byte.
 */
bool text_valid(struct str s, size_t *ret_bad_at);

/* Cut the next grapheme cluster off *rest. False at the end. *ret_width is in cells: 1 or 2, 0 only
 * for a control character, which sanitized text does not hold. */
bool text_cluster(struct str *rest, struct str *ret_cluster, int *ret_width);

/* Terminals of East Asian users draw characters of ambiguous width (Greek and Cyrillic letters,
 * many symbols) two cells wide. For the whole process, as it has one terminal; off at the start. */
void text_set_wide_ambiguous(bool on);

int text_width(struct str s); /* cells of the whole string on one line */
/* The longest prefix that fits in `max_cells`, never splitting a cluster. */
struct str text_fit(struct str s, int max_cells, int *ret_width);
/* Append `s` cut to `max_cells` with an ellipsis ("…", or "~" with `ascii`) when it did not fit. */
void text_ellipsis(struct buf *out, struct str s, int max_cells, bool ascii);

/* Make text from a model, a tool or a log safe for a terminal: C0/C1 controls and DEL become
 * visible ("␛", or "^[" with `ascii`), bidi and invisible format characters become "<U+202E>", bad
 * UTF-8 becomes U+FFFD ("?" with `ascii`). Joiners and variation selectors stay inside emoji and
 * words that need them; a mark without a base gets a dotted circle, more than 8 on one base are
 * shown as codes. LF stays when `keep_newlines`, else it becomes a space; the CR of CR LF goes; TAB
 * becomes spaces to the next multiple of 8 (counted from the line's start). Appends to `out`;
 * returns how many characters were replaced (blanks are not counted). Idempotent. */
size_t text_sanitize(struct buf *out, struct str s, bool keep_newlines, bool ascii);

/* Word wrapping for `width` cells (>= 1): calls `line` for each visual line, in order, with the
 * slice of `s` (trailing blanks trimmed) and its width. A word longer than a line is broken at a
 * cluster; between wide characters (CJK, emoji) there is a break too. LF ends a line, so "a\n" is
 * one line and an empty text gives one empty line. A wide cluster in a width of 1 stands alone
 * and is wider than asked. Returns the number of lines. */
typedef void text_line_fn(void *ctx, struct str line, int width_cells);
size_t text_wrap(struct str s, int width_cells, text_line_fn *line, void *ctx);

/* ASCII stand-in for the symbols that the screen uses, for a locale that is not UTF-8; letters
 * lose their accents, every other non-ASCII character becomes "?". The width stays the same. */
void text_to_ascii(struct buf *out, struct str s);

/* Edit distance (Damerau-Levenshtein, restricted), for "did you mean"; stops counting at `limit`,
 * which is also the answer for different texts of more than 64 characters. */
unsigned text_distance(struct str a, struct str b, unsigned limit);

#endif
