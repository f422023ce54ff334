/* cmd_demo.c - `runbook demo`: a recorded investigation, played on the screen or line by line. No
 * key, no network, nothing is kept. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "src/app/commands.h"
#include "src/app/demo.h"
#include "src/app/screen.h"

static int list_demos(struct app *app)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    int rc;

    json_writer_init(&w, &out);
    if (app->json) {
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.demos/1");
        json_key(&w, "demos");
        json_array_begin(&w);
    }
    for (const struct demo *d = demo_table(); d->name; d++) {
        if (!app->json) {
            buf_addf(&out, "%-17s %s\n%-17s %s\n", d->name, d->title, "", d->source);
            continue;
        }
        json_object_begin(&w);
        json_put_cstr(&w, "name", d->name);
        json_put_cstr(&w, "title", d->title);
        json_put_cstr(&w, "source", d->source);
        json_object_end(&w);
    }
    if (app->json) {
        json_array_end(&w);
        json_object_end(&w);
        buf_addc(&out, '\n');
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

/* The day of the first line: when it was recorded. */
static bool first_day(void *ctx, const struct journal_record *r)
{
    char when[TIME_TEXT_MAX];

    time_format_rfc3339(r->ts_ms, when);
    snprintf(ctx, 11, "%s", when);
    return false;
}

static int play(struct app *app, const struct demo *d, const struct cmd_args *args)
{
    struct replay_request req = {.speed = args_has(args, "fast") ? 3 : 1,
                                 .reading_pace = true,
                                 .no_branch = true,
                                 .quiet = true};
    struct session_ref ref = {0};
    struct journal_report rep;
    struct blob_source blobs;
    struct demo_blobs *store;
    char day[11] = "";
    char *label;
    struct err err;
    int code;

    if (demo_path(d, &ref.path, &err))
        return app_fail(&err);
    store = demo_blobs_new(ref.path);
    blobs = demo_blobs_source(store);
    req.blobs = &blobs;
    ref.state_dir = xstrdup("");
    if (journal_read(ref.path, false, first_day, day, &rep, &err)) {
        code = app_fail(&err);
    } else {
        label = xasprintf("recording of %s, nothing is touched", day);
        req.label = label;
        code = replay_any(app, &ref, &req);
        free(label);
    }
    demo_blobs_free(store);
    session_ref_release(&ref);
    return code;
}

static int run_demo(struct app *app, const struct cmd_args *args)
{
    const char *names[16], *near, *name = args_pos(args, 0);
    const struct demo *d;
    size_t n = 0;

    if (args_has(args, "list"))
        return list_demos(app);
    d = name ? demo_find(name) : demo_table();
    if (d)
        return play(app, d, args);
    for (const struct demo *t = demo_table(); t->name; t++)
        names[n++] = t->name;
    near = nearest_name(name, names, n);
    return app_usage(args, "there is no recording '%s'%s%s; 'runbook demo --list' lists them", name,
                     near ? ": did you mean " : "", near ? near : "");
}

const struct cmd_def cmd_demo_def = {
    .name = "demo",
    .help = "Play a recorded investigation, without keys, network or servers.",
    .details =
        "The recordings are journals of real investigations that ship with the program; they "
        "say so all the time. They are played slowly enough to be read, in less than a "
        "minute; the keys are those of a replay. With --plain on a terminal the same comes "
        "line by line; with --json, or where there is no terminal, at once.",
    .opts = (const struct opt_def[]){{"fast", 0, ARG_NONE, .help = "Play three times as fast."},
                                     {"list", 0, ARG_NONE, .help = "List the recordings."},
                                     {NULL}},
    .pos =
        (const struct pos_def[]){
            {"NAME", ARG_TEXT, .help = "A recording of the list; without one, the first."}, {NULL}},
    .run = run_demo,
    .examples = "runbook demo\nrunbook demo --list\nrunbook demo disk-full --fast --plain",
};
