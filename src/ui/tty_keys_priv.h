/* tty_keys_priv.h - what a complete sequence of a terminal means. */
#ifndef RUNBOOK_UI_TTY_KEYS_PRIV_H
#define RUNBOOK_UI_TTY_KEYS_PRIV_H

#include "src/ui/tty_decode_priv.h"

key_code tty_plain_key(unsigned char c); /* a byte below 0x80 */
key_code tty_ss3_key(unsigned char c);   /* behind ESC O; 0: none */
/* Parameters, intermediates and the final byte behind ESC [. False: nothing that we know. With
 * `asked` a cursor position report is expected, which looks like F3 with a modifier. */
bool tty_csi_event(struct str text, bool asked, struct tty_event *ret);
bool tty_osc_event(struct str text, struct tty_event *ret);
/* `up`: of the SGR protocol, whose release is told by its final letter. */
bool tty_mouse_event(int code, int x, int y, bool up, struct tty_event *ret);
/* Line ends become LF, other controls go, bad UTF-8 becomes U+FFFD. */
void tty_clean_paste(struct buf *paste);

#endif
