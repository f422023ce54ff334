/* input.h - how text that is being written is laid into rows: by words, never inside a cluster.
 * Shared by the drawing and by the keys that go up and down, so that both mean the same rows. */
#ifndef RUNBOOK_VIEW_INPUT_H
#define RUNBOOK_VIEW_INPUT_H

#include "runbook/view/screen.h"

#define INPUT_ROWS_MAX 8 /* on the screen; a longer text scrolls */

struct input_rows {
    VEC(struct span) rows; /* without the line feed that ended them; at least one */
};

/* Fill `r` anew. A row that was broken for its width goes on at the offset where the next begins.
 */
void input_wrap(struct input_rows *r, struct str text, int width_cells);
void input_rows_release(struct input_rows *r);
size_t input_row_at(const struct input_rows *r, size_t offset); /* the row that holds it */
/* Cells from the row's beginning, and back; a column beyond the row is its end. */
int input_column(const struct input_rows *r, struct str text, size_t row, size_t offset);
size_t input_offset(const struct input_rows *r, struct str text, size_t row, int column);

int input_room(int cols);                                     /* cells of a row of the input area */
int input_height(const struct screen *s, int cols, int rows); /* rows of the area, from 1 */

#endif
