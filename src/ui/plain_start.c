/* plain_start.c - a first run in plain mode: what was found, and numbered choices. */
#include "src/ui/plain_priv.h"

static void say_row(struct plain *p, const struct start_row *row)
{
    text_add_label(&p->opts.text, &p->out, row->what, TONE_PLAIN, row->text);
}

void plain_welcome(struct plain *p)
{
    const struct start *st = p->opts.start;

    plain_linef(p, 0, TONE_BOLD, "Nothing is configured, and nothing has to be. Found here:");
    for (size_t i = 0; i < st->count; i++)
        say_row(p, &st->rows[i]);
    plain_linef(p, 0, TONE_PLAIN, "Type a number, or ask and what is wrong in your own words:");
    plain_list_start(p);
}

void plain_found(struct plain *p)
{
    const struct start *st = p->opts.start;

    if (!st || !st->count || p->model->items.count)
        return;
    say_row(p, &st->rows[st->count - 1]);
    plain_write(p);
    p->prompted = false;
    plain_prompt(p);
}
