/* screen_same.c - for test_agent.sh: runs one investigation as `runbook investigate` does, and
 * draws its model after every few events as the screen of the live run would; then draws the same
 * places from the journal, as `runbook replay` folds it, and compares cell by cell: text, role,
 * width. Arguments: those of `runbook investigate`. Prints "same N screens" and exits 0, or prints
 * the first pair that differs and exits 1. Asks for nothing of the terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/view/screen.h"
#include "src/app/commands.h"
#include "src/app/investigate.h"
#include "src/app/session_ref.h"

#define EVERY 7 /* events from one drawing to the next */

static const struct {
    int w, h;
} sizes[] = {{120, 40}, {80, 24}, {60, 20}};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

struct shot {
    uint64_t seq;
    char *cells; /* what all sizes show */
};

/* One person's screen in each size, from the first event to the last. */
struct watcher {
    struct screen screens[SIZES];
    VEC(struct shot) shots;
    const struct watcher *like; /* draw where this one drew; NULL: every few events */
    size_t next;
};

static void put_cells(const struct canvas *c, struct buf *out)
{
    for (int y = 0; y < c->height; y++) {
        for (int x = 0; x < c->width; x++) {
            const struct cell *at = canvas_at(c, x, y);

            buf_addf(out, "%s", at->width ? at->text : "");
        }
        buf_addc(out, '\n');
    }
    for (int y = 0; y < c->height; y++) { /* roles, for people a line each */
        for (int x = 0; x < c->width; x++)
            buf_addf(out, "%c", 'A' + canvas_at(c, x, y)->style % 58);
        buf_addc(out, '\n');
    }
}

static void shoot(struct watcher *w, const struct model *m)
{
    struct shot *s = VEC_PUSH(&w->shots);
    struct buf all = BUF_INIT(BUF_NO_MAX);

    s->seq = m->seq;
    for (size_t i = 0; i < SIZES; i++) {
        struct canvas c;

        canvas_init(&c, GLYPHS_FULL);
        canvas_resize(&c, sizes[i].w, sizes[i].h);
        w->screens[i].now_ms = m->last_ms;
        w->screens[i].tick_ms = m->last_ms;
        view_draw(&w->screens[i], m, &c);
        put_cells(&c, &all);
        canvas_release(&c);
    }
    s->cells = xstrdup(buf_cstr(&all));
    buf_release(&all);
}

static void watch(void *self, const struct model *m, const struct event *ev)
{
    struct watcher *w = self;
    bool due = m->seq % EVERY == 0 || ev->type == EV_CONCLUSION_REACHED ||
               ev->type == EV_TURN_ENDED || ev->type == EV_SESSION_CLOSED;

    if (w->like)
        due = w->next < w->like->shots.count && w->like->shots.items[w->next].seq == m->seq;
    if (!due)
        return;
    w->next++;
    shoot(w, m);
}

static const struct sink_ops sink = {.name = "watcher", .event = watch};

static bool fold(void *ctx, const struct model *m, const struct event *ev)
{
    watch(ctx, m, ev);
    return true;
}

static void init(struct watcher *w, const struct watcher *like)
{
    *w = (struct watcher){.like = like};
    for (size_t i = 0; i < SIZES; i++)
        screen_init(&w->screens[i]);
}

static void release(struct watcher *w)
{
    for (size_t i = 0; i < SIZES; i++)
        screen_release(&w->screens[i]);
    VEC_EACH (s, &w->shots)
        free(s->cells);
    VEC_RELEASE(&w->shots);
}

static int compare(const struct watcher *live, const struct watcher *replayed)
{
    if (live->shots.count != replayed->shots.count || live->shots.count < 3) {
        printf("%zu screens live, %zu replayed\n", live->shots.count, replayed->shots.count);
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < live->shots.count; i++) {
        const struct shot *a = &live->shots.items[i], *b = &replayed->shots.items[i];

        if (a->seq == b->seq && strcmp(a->cells, b->cells) == 0)
            continue;
        printf("after event %llu:\n%s\nreplayed (%llu):\n%s\n", (unsigned long long)a->seq,
               a->cells, (unsigned long long)b->seq, b->cells);
        return EXIT_FAILED;
    }
    printf("same %zu screens\n", live->shots.count * SIZES);
    return EXIT_DONE;
}

static int replay(const char *journal, const struct watcher *live)
{
    struct watcher w;
    struct model m;
    struct journal_report report;
    struct err err;
    int rc;

    init(&w, live);
    model_init(&m);
    if (journal_fold(journal, true, &m, fold, &w, &report, &err))
        rc = app_fail(&err);
    else
        rc = compare(live, &w);
    model_release(&m);
    release(&w);
    return rc;
}

static int run(struct app *app, const struct cmd_args *args)
{
    struct session_request req = {0};
    struct buf text = BUF_INIT(INVESTIGATE_TEXT_MAX);
    struct session *s;
    struct watcher live;
    struct err err;
    char *journal;
    int rc;

    if (!investigate_request(app, args, &req, &text))
        return EXIT_USAGE;
    if (session_new(app, &req, &s, &err))
        return app_fail(&err);
    init(&live, NULL);
    engine_add_sink(session_engine(s), &sink, &live);
    session_ask(s);
    session_run(s, false);
    journal = xstrdup(engine_journal_path(session_engine(s)));
    rc = replay(journal, &live);
    release(&live);
    session_free(s);
    investigate_request_release(&req);
    buf_release(&text);
    free(journal);
    return rc;
}

int main(int argc, char **argv)
{
    struct cmd_args *args = cmd_args_new(&cmd_root, global_opts);
    struct app app;
    struct err err;
    int rc;

    if (cmd_args_parse(args, argc, argv, &err))
        return app_usage(args, "%s", err.msg);
    app_init(&app, args);
    rc = run(&app, args);
    app_release(&app);
    cmd_args_free(args);
    return rc;
}
