/* faces.c - see faces.h. */
#include "src/app/faces.h"

#include <unistd.h>

void faces_add(struct faces *f, struct app *app, const struct cmd_args *args, struct session *s)
{
    f->text = (struct text_options){app_width(), app->ascii, app_text_color(app)};
    if (app->json && args_has(args, "events")) {
        f->json_sink = json_sink_new(STDOUT_FILENO);
        engine_add_sink(session_engine(s), &json_sink_ops, f->json_sink);
    } else if (!app->json && !f->quiet) {
        f->text_sink = text_sink_new(STDOUT_FILENO, &f->text);
        engine_add_sink(session_engine(s), &text_sink_ops, f->text_sink);
    }
}

void faces_release(struct faces *f)
{
    text_sink_free(f->text_sink);
    json_sink_free(f->json_sink);
}
