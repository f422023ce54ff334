/* golden.h - drawn screens compared with tests/golden/<name>.screen: the text, then each cell's
 * role. What is 80 (or 72) columns wide has two files more, <name>-dark.looks and
 * <name>-mono.looks: a letter for the colours and attributes of each cell, with 256 colours and
 * with none, and what the letters mean. That a terminal is sent just these is
 * tests/unit/ui/test_tty_paint.c. `make update-golden` (RUNBOOK_UPDATE_GOLDEN in the environment)
 * writes them anew; look at the difference before it is committed. */
#ifndef RUNBOOK_TESTS_GOLDEN_H
#define RUNBOOK_TESTS_GOLDEN_H

#include "runbook/view/screen.h"
#include "runbook/view/theme.h"
#include "tests/lib/demo_model.h"

/* The wall clock of the scripted investigation when its screens are drawn. */
#define GOLDEN_NOW_MS INT64_C(1770213803000)

/* Compare with the file, or write it. Prints the whole drawing when it differs. */
bool golden_check(const char *name, const struct canvas *c);
struct look golden_look(const struct theme *t, enum color_level level, const struct cell *at);
bool golden_check_text(const char *file, struct str text); /* tests/golden/<file>, as it is */

/* screen_init() with fixed help rows, hints and clock. */
void golden_screen(struct screen *s);

/* What the keys did before the picture is taken; called after a first drawing. */
typedef void golden_setup_fn(struct screen *s, const struct model *m);

/* Draw at 200x50, 120x40, 80x24 and 60x20, with all symbols and with ASCII only:
 * "<name>-120x40", "<name>-120x40-ascii" ... `events` of the demo model are folded (SIZE_MAX:
 * all). `setup` may be NULL. False: some differ. */
bool golden_shoot(const char *name, size_t events, golden_setup_fn *setup);
/* The same for one size. */
bool golden_shoot_at(const char *name, size_t events, golden_setup_fn *setup, int w, int h);

#endif
