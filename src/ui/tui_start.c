/* tui_start.c - a first run: what was found, and a configuration one key away. */
#include "src/ui/tui_priv.h"

#include <stdio.h>

/* The first of the command's keys. */
void tui_start_init(struct tui *t)
{
    struct buf keys = BUF_INIT(256);

    keymap_keys(t->keymap, CMD_INIT, "\n", &keys);
    snprintf(t->init_key, sizeof(t->init_key), "%.*s", (int)strcspn(buf_cstr(&keys), "\n"),
             buf_cstr(&keys));
    buf_release(&keys);
    t->screen.start = t->opts.start;
    t->screen.start_init_key = t->init_key;
}
