/* cmd_sessions.c - "runbook sessions": list, show, delete and export what was investigated. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/store/index.h"
#include "runbook/ui/text.h"
#include "src/app/commands.h"
#include "src/app/export.h"
#include "src/app/session_ref.h"
#include "src/app/session_rename.h"

#define OUT_MAX ((size_t)512 << 20)
#define DEFAULT_LIMIT 50

static void warn(const char *text)
{
    struct buf clean = BUF_INIT(4096);

    text_sanitize(&clean, str_from(text), false, false);
    fprintf(stderr, "runbook: %s\n", buf_cstr(&clean));
    buf_release(&clean);
}

/* ---- list ---- */

/* A journal without session.closed is being written, or its program died. */
static const char *state_of(const struct session_info *s)
{
    if (s->closed_ms)
        return "closed";
    return journal_in_use(s->path) ? "running" : "interrupted";
}

static void put_session(struct json_writer *w, const struct session_info *s)
{
    char text[TIME_TEXT_MAX];

    json_object_begin(w);
    json_put_cstr(w, "id", s->id);
    json_put_cstr(w, "title", *s->title ? s->title : NULL);
    json_put_cstr(w, "query", *s->query ? s->query : NULL);
    json_put_cstr(w, "host", *s->host ? s->host : NULL);
    time_format_rfc3339(s->opened_ms, text);
    json_put_cstr(w, "opened", s->opened_ms ? text : NULL);
    time_format_rfc3339(s->closed_ms, text);
    json_put_cstr(w, "closed", s->closed_ms ? text : NULL);
    json_put_cstr(w, "state", state_of(s));
    json_put_cstr(w, "verdict", *s->verdict ? s->verdict : NULL);
    json_put_cstr(w, "root_cause", *s->root_cause ? s->root_cause : NULL);
    json_put_cstr(w, "category", *s->category ? s->category : NULL);
    json_put_num(w, "confidence", s->confidence);
    json_put_int(w, "events", s->events);
    json_put_int(w, "size_bytes", s->size_bytes);
    json_put_cstr(w, "problem", *s->problem ? s->problem : NULL);
    json_put_cstr(w, "journal", s->path);
    json_object_end(w);
}

static void list_json(const struct session_list *l, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.sessions/1");
    json_put_int(&w, "total", (int64_t)l->total);
    json_key(&w, "sessions");
    json_array_begin(&w);
    VEC_EACH (s, &l->items)
        put_session(&w, s);
    json_array_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static void cell(const struct app *app, struct buf *out, const char *s, int width)
{
    struct buf clean = BUF_INIT(BUF_NO_MAX), fit = BUF_INIT(BUF_NO_MAX);
    int pad;

    text_sanitize(&clean, str_from(s), false, app->ascii);
    text_ellipsis(&fit, buf_str(&clean), width, app->ascii);
    pad = width - text_width(buf_str(&fit));
    buf_add_str(out, buf_str(&fit));
    buf_addf(out, "%*s  ", pad > 0 ? pad : 0, "");
    buf_release(&clean);
    buf_release(&fit);
}

static void end_line(struct buf *out)
{
    while (out->len && out->ptr[out->len - 1] == ' ')
        buf_truncate(out, out->len - 1);
    buf_addc(out, '\n');
}

static void list_row(const struct app *app, const struct session_info *s, int id_width, int width,
                     struct buf *out)
{
    char opened[TIME_TEXT_MAX] = "", confidence[8] = "";
    const char *what = *s->root_cause ? s->root_cause : s->title;

    if (s->opened_ms) {
        time_format_rfc3339(s->opened_ms, opened);
        opened[16] = '\0'; /* to the minute */
        opened[10] = ' ';
    }
    if (!isnan(s->confidence))
        snprintf(confidence, sizeof(confidence), "%.2f", s->confidence);
    cell(app, out, s->id, id_width);
    cell(app, out, opened, 16);
    cell(app, out, *s->verdict ? s->verdict : state_of(s), 12);
    cell(app, out, confidence, 4);
    cell(app, out, *s->problem ? s->problem : what, width);
    end_line(out);
}

static void list_text(const struct app *app, const struct session_list *l, struct buf *out)
{
    int id_width = 2, width;

    VEC_EACH (s, &l->items)
        if ((int)strlen(s->id) > id_width)
            id_width = (int)strlen(s->id);
    if (id_width > 32)
        id_width = 32;
    width = app_width() - id_width - 40;
    if (width < 20 || !isatty(STDOUT_FILENO))
        width = width < 20 ? 20 : 200;
    if (l->items.count) {
        cell(app, out, "ID", id_width);
        cell(app, out, "OPENED (UTC)", 16);
        cell(app, out, "VERDICT", 12);
        cell(app, out, "CONF", 4);
        cell(app, out, "CAUSE OR TITLE", width);
        end_line(out);
    }
    VEC_EACH (s, &l->items)
        list_row(app, s, id_width, width, out);
    if (!l->total)
        buf_adds(out, "No sessions. 'runbook investigate TEXT' makes one.\n");
    else if (l->total > l->items.count)
        buf_addf(out, "%zu more; see --limit.\n", l->total - l->items.count);
}

static const char *const verdicts[] = {"root_cause", "inconclusive", "no_action", "failed", NULL};

static int list_sessions(struct app *app, const struct session_query *q)
{
    struct buf out = BUF_INIT(OUT_MAX);
    struct session_list l;
    const char *dir;
    struct err err;
    int rc;

    if (app_state_dir(app, &dir, &err) || session_list_load(dir, q, &l, &err))
        return app_fail(&err);
    if (*l.notice.text)
        warn(l.notice.text);
    if (app->json)
        list_json(&l, &out);
    else
        list_text(app, &l, &out);
    rc = app_print(buf_str(&out));
    session_list_release(&l);
    buf_release(&out);
    return rc;
}

static int run_list(struct app *app, const struct cmd_args *args)
{
    struct buf words = BUF_INIT(4096);
    struct session_query q;
    int rc;

    args_pos_text(args, 0, &words);
    q = (struct session_query){.words = buf_cstr(&words),
                               .verdict = args_get(args, "verdict"),
                               .limit = (size_t)args_int(args, "limit", DEFAULT_LIMIT)};
    rc = list_sessions(app, &q);
    buf_release(&words);
    return rc;
}

static int run_plain_list(struct app *app, const struct cmd_args *args)
{
    (void)args;
    return list_sessions(app, &(struct session_query){.limit = DEFAULT_LIMIT});
}

/* ---- show and export ---- */

struct loaded {
    struct session_ref ref;
    struct model model;
    struct blob_source blobs;
    struct journal_report report;
    char integrity[512];
};

static void loaded_release(struct loaded *s)
{
    model_release(&s->model);
    session_ref_release(&s->ref);
}

/* A journal that does not verify is still shown, with what is wrong with it. */
static enum err_code load(struct app *app, const char *name, struct loaded *s, struct err *err)
{
    struct journal_report chain;

    memset(s, 0, sizeof(*s));
    if (session_ref_find(app, name, &s->ref, err))
        return err->code;
    model_init(&s->model);
    if (journal_read(s->ref.path, true, NULL, NULL, &chain, err) ||
        journal_fold(s->ref.path, false, &s->model, NULL, NULL, &s->report, err)) {
        loaded_release(s);
        return err->code;
    }
    session_ref_blobs(&s->ref, &s->blobs);
    if (chain.bad_line)
        snprintf(s->integrity, sizeof(s->integrity), "DOES NOT VERIFY: %s", chain.why);
    else
        snprintf(s->integrity, sizeof(s->integrity), "chain verified: %llu lines, last hash %s",
                 (unsigned long long)chain.lines, chain.last_hash);
    if (chain.bad_line)
        warn(s->integrity);
    return ERR_OK;
}

static int run_show(struct app *app, const struct cmd_args *args)
{
    struct text_options t = {
        .width = app_width(), .ascii = app->ascii, .color = app->color && isatty(STDOUT_FILENO)};
    struct buf out = BUF_INIT(OUT_MAX);
    struct loaded s;
    struct err err;
    int rc;

    if (load(app, args_pos(args, 0), &s, &err))
        return app_fail(&err);
    if (app->json) {
        export_json(&s.model,
                    &(struct export_options){.journal = s.ref.path, .integrity = s.integrity},
                    &out);
        buf_addc(&out, '\n');
    } else {
        text_sanitize(&out, str_from(export_title(&s.model)), false, app->ascii);
        buf_adds(&out, "\n\n");
        text_tree(&t, &s.model, &out);
        buf_addc(&out, '\n');
        text_conclusion(&t, &s.model, s.ref.path, &out);
        buf_addf(&out, "%-14s", "journal");
        text_sanitize(&out, str_from(s.ref.path), false, app->ascii);
        buf_addf(&out, "\n%-14s%s\n", "integrity", s.integrity);
    }
    rc = app_print(buf_str(&out));
    loaded_release(&s);
    buf_release(&out);
    return rc;
}

static const char *const formats[] = {"md", "json", "html", "mermaid", "diagrams", NULL};

/* --format, else by the ending of --output, else Markdown. */
static const char *format_of(const struct app *app, const struct cmd_args *args)
{
    struct str file = str_from(args_get(args, "output"));
    const char *given = args_get(args, "format");

    if (given)
        return given;
    if (app->json || str_ends(file, ".json"))
        return "json";
    return str_ends(file, ".html") || str_ends(file, ".htm") ? "html" : "md";
}

static void write_document(const char *format, const struct loaded *s, size_t raw_max, bool ascii,
                           struct buf *out)
{
    struct export_options o = {
        .journal = s->ref.path, .integrity = s->integrity, .blobs = &s->blobs, .raw_max = raw_max};

    if (strcmp(format, "json") == 0) {
        export_json(&s->model, &o, out);
        buf_addc(out, '\n');
    } else if (strcmp(format, "html") == 0) {
        export_html(&s->model, &o, out);
    } else if (strcmp(format, "mermaid") == 0) {
        export_mermaid(&s->model, out);
    } else if (strcmp(format, "diagrams") == 0) {
        export_diagrams(&s->model, ascii ? GLYPHS_ASCII : GLYPHS_FULL, out);
    } else {
        export_markdown(&s->model, &o, out);
    }
}

static int save(const char *path, struct str text, bool force)
{
    struct err err;

    if (!force && file_exists(path)) {
        err_set(&err, ERR_INPUT, "%s exists already; --force replaces it", path);
        return app_fail(&err);
    }
    if (file_write_atomic(path, text, 0600, &err))
        return app_fail(&err);
    fprintf(stderr, "runbook: wrote %s\n", path);
    return EXIT_DONE;
}

static int run_export(struct app *app, const struct cmd_args *args)
{
    const char *path = args_get(args, "output");
    struct buf out = BUF_INIT(OUT_MAX);
    struct loaded s;
    struct err err;
    int rc;

    if (load(app, args_pos(args, 0), &s, &err))
        return app_fail(&err);
    write_document(format_of(app, args), &s, (size_t)args_int(args, "raw-max", 0), app->ascii,
                   &out);
    if (buf_check(&out, "the document", &err))
        rc = app_fail(&err);
    else if (path && strcmp(path, "-") != 0)
        rc = save(path, buf_str(&out), args_has(args, "force"));
    else
        rc = app_print(buf_str(&out));
    loaded_release(&s);
    buf_release(&out);
    return rc;
}

/* ---- delete ---- */

/* The id must be typed: a stray Enter or "y" deletes nothing. */
static bool confirmed(const char *id)
{
    char line[256];
    struct str typed;

    printf("Type the id to delete session %s and its results: ", id);
    fflush(stdout);
    if (!fgets(line, sizeof(line), stdin))
        return false;
    typed = str_trim(str_from(line));
    return str_eq_c(typed, id);
}

static int delete_one(struct app *app, const char *dir, const char *name, bool yes)
{
    struct session_removed gone;
    struct err err;
    char *id;
    int rc = EXIT_DONE;

    if (session_find(dir, name, &id, &err))
        return app_fail(&err);
    if (!yes && !confirmed(id)) {
        warn("not deleted");
        rc = EXIT_APPROVAL;
    } else if (session_remove(dir, id, app->clock->wall_ms(app->clock), &gone, &err)) {
        rc = app_fail(&err);
    } else if (!app->json) {
        printf("Deleted %s and %zu results%s.\n", id, gone.blobs,
               gone.kept ? " (the newest are kept while another session runs)" : "");
    } else {
        printf("{\"schema\":\"runbook.deleted/1\",\"id\":\"%s\",\"results\":%zu,\"kept\":%zu}\n",
               id, gone.blobs, gone.kept);
    }
    free(id);
    return rc;
}

static int run_delete(struct app *app, const struct cmd_args *args)
{
    bool yes = args_has(args, "yes");
    const char *dir;
    struct err err;
    int rc = EXIT_DONE;

    if (!yes && !app_interactive(app))
        return app_usage(args, "without a terminal nobody can confirm: give --yes");
    if (app_state_dir(app, &dir, &err))
        return app_fail(&err);
    for (size_t i = 0; i < args_pos_count(args); i++) {
        int one = delete_one(app, dir, args_pos(args, i), yes);

        if (one)
            rc = one;
    }
    return rc;
}

/* ---- the rows ---- */

static const struct pos_def one_session[] = {
    {"ID", ARG_SESSION, .required = true,
     .help = "An id, a unique beginning of one, 'last', or the path of a journal."},
    {NULL},
};

static const struct cmd_def list_def = {
    .name = "list",
    .help =
        "List sessions, newest first; with words, those whose title, question or statements hold "
        "them all.",
    .opts =
        (const struct opt_def[]){{"verdict", 0, ARG_CHOICE, .value = "VERDICT", .choices = verdicts,
                                  .help = "Only sessions that ended with this verdict."},
                                 {"limit", 'n', ARG_INT, .value = "N", .min = 0, .max = 1000000,
                                  .help = "At most so many; 0 lists all, the default is 50."},
                                 {NULL}},
    .pos = (const struct pos_def[]){{"WORDS", ARG_TEXT, .repeat = true,
                                     .help = "Words, or beginnings of words, to look for."},
                                    {NULL}},
    .run = run_list,
    .examples = "runbook sessions list checkout\nrunbook sessions list --verdict root_cause -n 5",
};

static const struct cmd_def show_def = {
    .name = "show",
    .help = "Show the tree of hypotheses and the conclusion of a session.",
    .pos = one_session,
    .run = run_show,
    .examples = "runbook sessions show last",
};

static const struct cmd_def export_def = {
    .name = "export",
    .help = "Write a session as one document: Markdown, JSON or self-contained HTML.",
    .opts =
        (const struct opt_def[]){
            {"format", 'f', ARG_CHOICE, .value = "FORMAT", .choices = formats,
             .help = "Write md, json, html, mermaid (diagrams as Mermaid source in "
                     "Markdown) or diagrams (drawn with lines); without it the ending of "
                     "--output says, else md."},
            {"output", 'o', ARG_FILE, .value = "FILE",
             .help = "Write to this file instead of the standard output."},
            {"force", 0, ARG_NONE, .help = "Replace a file that exists."},
            {"raw-max", 0, ARG_INT, .value = "BYTES", .min = 1, .max = 64 << 20,
             .help = "Bytes of one raw result that are put in; 65536 "
                     "without it."},
            {NULL}},
    .pos = one_session,
    .run = run_export,
    .examples = "runbook sessions export last -o incident.html",
};

static const struct cmd_def rename_def = {
    .name = "rename",
    .help = "Give a session another title.",
    .pos = (const struct pos_def[]){{"ID", ARG_SESSION, .required = true,
                                     .help = "An id, a unique beginning of one, or 'last'."},
                                    {"TITLE", ARG_TEXT, .required = true, .repeat = true,
                                     .help = "Its new title; it needs no quotes."},
                                    {NULL}},
    .run = session_rename,
    .examples = "runbook sessions rename last the night the queue stood still",
};

static const struct cmd_def delete_def = {
    .name = "delete",
    .help = "Delete sessions with their journals and the results that no other session cites.",
    .opts =
        (const struct opt_def[]){
            {"yes", 'y', ARG_NONE, .help = "Do not ask; needed without a terminal."}, {NULL}},
    .pos = (const struct pos_def[]){{"ID", ARG_SESSION, .required = true, .repeat = true,
                                     .help = "An id, a unique beginning of one, or 'last'."},
                                    {NULL}},
    .run = run_delete,
    .examples = "runbook sessions delete 20260204-100000-ab12cd",
};

const struct cmd_def cmd_sessions_def = {
    .name = "sessions",
    .help = "List, show, export, rename and delete what was investigated.",
    .details =
        "Without a sub-command the newest sessions are listed. The list comes from an index "
        "beside the journals that is kept up to date by itself and may be deleted at any time.",
    .subs = (const struct cmd_def *const[]){&list_def, &show_def, &export_def, &rename_def,
                                            &delete_def, NULL},
    .run = run_plain_list,
    .examples = "runbook sessions\nrunbook sessions show last",
};
