/* transcript_scene.c - see transcript_scene.h. */
#include "tests/unit/view/transcript_scene.h"
#include "tests/lib/golden.h"
#include "tests/lib/text_model.h"

void pane_open(struct fixture *f, bool second_turn, int w, int h)
{
    canvas_init(&f->c, GLYPHS_FULL);
    canvas_resize(&f->c, w, h);
    golden_screen(&f->s);
    screen_focus(&f->s, PANE_INVESTIGATION);
    text_model(&f->m, second_turn);
    view_draw(&f->s, &f->m, &f->c);
}

void pane_close(struct fixture *f)
{
    model_release(&f->m);
    screen_release(&f->s);
    canvas_release(&f->c);
}

void pane_draw(struct fixture *f)
{
    const char *hash;

    view_draw(&f->s, &f->m, &f->c);
    while ((hash = screen_wants_excerpt(&f->s)) != NULL)
        screen_set_excerpt(&f->s, hash, str_from(text_blob(hash)), NULL);
}
