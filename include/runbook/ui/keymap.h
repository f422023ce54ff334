/* keymap.h - keys to commands, from the table of commands and a file of the user's, keys.yaml:
 *
 *   # command: a key, a list of keys, or none
 *   pane.next: [Tab, Ctrl-N]
 *   app.mouse: none
 *
 * (An older keys.conf says "pane.next = Tab, Ctrl-N" and is read too.) Keys: a character, or Tab
 * Enter Esc Space Backspace Delete Insert Home End PgUp PgDn Up Down Left Right F1 ... F12, each
 * with Ctrl-, Alt-, Shift- before it. The table's own keys go through the same parser. A key of the
 * file that a default has in the same place takes it over; two commands of the file with the same
 * key in the same place are an error. Arrows and function keys stay unless they are given away. */
#ifndef RUNBOOK_UI_KEYMAP_H
#define RUNBOOK_UI_KEYMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/ui/commands.h"

typedef uint32_t key_code; /* a character or KEY_NAME_*, with modifiers; 0 is none */
enum {
    KEY_NAME_FIRST = 0x110000, /* above Unicode */
    KEY_NAME_TAB = KEY_NAME_FIRST,
    KEY_NAME_ENTER,
    KEY_NAME_ESC,
    KEY_NAME_SPACE,
    KEY_NAME_BACKSPACE,
    KEY_NAME_DELETE,
    KEY_NAME_INSERT,
    KEY_NAME_HOME,
    KEY_NAME_END,
    KEY_NAME_PGUP,
    KEY_NAME_PGDN,
    KEY_NAME_UP,
    KEY_NAME_DOWN,
    KEY_NAME_LEFT,
    KEY_NAME_RIGHT,
    KEY_NAME_F1,
    KEY_NAME_F12 = KEY_NAME_F1 + 11,
    KEY_CTRL = 1 << 24,
    KEY_ALT = 1 << 25,
    KEY_SHIFT = 1 << 26,
};

struct keymap; /* opaque */

struct keymap *keymap_new(void); /* the default keys */
void keymap_free(struct keymap *k);
/* Put a file's text over it. `path` names it in messages: "keys.yaml: line 3: no such command
 * ..."; its ending says which of both ways of writing it is in. */
enum err_code keymap_parse(struct keymap *k, const char *path, struct str text, struct err *err);
/* Read the file; an absent one is fine. */
enum err_code keymap_load(struct keymap *k, const char *path, struct err *err);
enum command keymap_lookup(const struct keymap *k, enum context context, key_code key);
/* "j, Down": the keys of a command, for help; "" when it has none. Appends. */
void keymap_keys(const struct keymap *k, enum command command, const char *between,
                 struct buf *out);

bool key_parse(struct str name, key_code *ret);
void key_format(key_code key, struct buf *out);

#endif
