/* cmd_approvals.c - "runbook approvals": what waits for an answer, of all sessions and of others
 * who want a second person, and what is never done. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/store/pending.h"
#include "src/app/commands.h"
#include "src/app/policy_open.h"
#include "src/app/second.h"

#define OUT_MAX ((size_t)16 << 20)

struct listing {
    struct app *app;
    int64_t now_ms;
    struct json_writer w;
    struct buf out;
    size_t count;
};

static void clean(struct listing *l, const char *text)
{
    text_sanitize(&l->out, str_from(text), false, l->app->ascii);
}

static void put_json(struct listing *l, const struct second_request *r)
{
    const struct ev_approval_requested *a = &r->ev.u.approval_requested;
    char until[TIME_TEXT_MAX];

    time_format_rfc3339(a->expires_ms, until);
    json_object_begin(&l->w);
    json_put_cstr(&l->w, "id", r->id);
    json_put_cstr(&l->w, "session", r->session);
    json_put_cstr(&l->w, "operation", a->operation);
    json_put_cstr(&l->w, "resource", a->resource);
    json_key(&l->w, "args");
    json_raw(&l->w, a->args);
    json_put_cstr(&l->w, "risk", approval_risk_name((enum approval_risk)a->risk));
    json_put_int(&l->w, "persons", a->persons > 1 ? a->persons : 1);
    json_put_cstr(&l->w, "proposer", a->proposer);
    json_put_cstr(&l->w, "fingerprint", r->fingerprint);
    json_put_cstr(&l->w, "expires", until);
    json_object_end(&l->w);
}

static void put_text(struct listing *l, const struct second_request *r)
{
    const struct ev_approval_requested *a = &r->ev.u.approval_requested;
    char left[TIME_TEXT_MAX];

    duration_format(a->expires_ms - l->now_ms, left);
    buf_addf(&l->out, "%-9s %-8s ", r->id, approval_risk_name((enum approval_risk)a->risk));
    clean(l, a->operation);
    buf_adds(&l->out, "  ");
    clean(l, a->resource);
    buf_addf(&l->out, "  %s left, asked by ", left);
    clean(l, a->proposer);
    buf_adds(&l->out, a->persons > 1 ? ", takes two persons\n" : "\n");
}

/* One of a box; what is over, or is no request, is left out. */
static void one(struct listing *l, const char *box, const char *id, const char *not_in)
{
    struct buf json = BUF_INIT(PENDING_MAX);
    struct second_request r = {0};
    struct err err;
    int64_t uid = -1;

    if (not_in) { /* the shared box repeats one's own */
        struct buf own = BUF_INIT(PENDING_MAX);
        bool there = !pending_read(not_in, id, &own, &uid, &err);

        buf_release(&own);
        if (there)
            return;
    }
    if (!pending_read(box, id, &json, &uid, &err) && !second_read(buf_str(&json), id, &r, &err) &&
        r.who.uid == uid && r.ev.u.approval_requested.expires_ms > l->now_ms) {
        l->count++;
        if (l->app->json)
            put_json(l, &r);
        else
            put_text(l, &r);
    }
    second_release(&r);
    buf_release(&json);
}

static void list_box(struct listing *l, const char *box, const char *not_in)
{
    size_t n = 0;
    char **ids = pending_asked(box, &n);

    for (size_t i = 0; i < n; i++) {
        one(l, box, ids[i], not_in);
        free(ids[i]);
    }
    free(ids);
}

static void list_never(struct listing *l, const struct never *n)
{
    VEC_EACH (r, &n->rules) {
        if (l->app->json) {
            json_object_begin(&l->w);
            json_put_cstr(&l->w, "id", r->id);
            json_put_cstr(&l->w, "operation", r->operation);
            json_put_cstr(&l->w, "resource", r->resource);
            json_put_cstr(&l->w, "by", r->by);
            json_object_end(&l->w);
            continue;
        }
        buf_addf(&l->out, "%-9s never    ", r->id);
        clean(l, r->operation);
        buf_adds(&l->out, "  ");
        clean(l, r->resource);
        buf_adds(&l->out, "  said by ");
        clean(l, r->by);
        buf_addc(&l->out, '\n');
    }
}

static int run_list(struct app *app, const struct cmd_args *args)
{
    struct listing l = {
        .app = app, .now_ms = app->clock->wall_ms(app->clock), .out = BUF_INIT(OUT_MAX)};
    struct policy *p = NULL;
    struct never never = {0};
    const char *state, *shared;
    struct err err;
    char *own;
    int rc;

    (void)args;
    if (app_state_dir(app, &state, &err) || policy_open(app, NULL, &p, NULL, &err) ||
        never_load(state, &never, &err)) {
        policy_free(p);
        never_release(&never);
        return app_fail(&err);
    }
    json_writer_init(&l.w, &l.out);
    if (app->json) {
        json_object_begin(&l.w);
        json_put_cstr(&l.w, "schema", "runbook.approvals/1");
        json_key(&l.w, "waiting");
        json_array_begin(&l.w);
    }
    own = pending_own(state);
    list_box(&l, own, NULL);
    shared = policy_people(p).folder;
    if (shared && !pending_open(shared, true, &err))
        list_box(&l, shared, own);
    if (app->json) {
        json_array_end(&l.w);
        json_key(&l.w, "never");
        json_array_begin(&l.w);
    } else if (!l.count) {
        buf_adds(&l.out, "Nothing waits for an answer.\n");
    }
    list_never(&l, &never);
    if (app->json) {
        json_array_end(&l.w);
        json_object_end(&l.w);
        buf_addc(&l.out, '\n');
    }
    rc = app_print(buf_str(&l.out));
    buf_release(&l.out);
    free(own);
    policy_free(p);
    never_release(&never);
    return rc;
}

/* Change the list of what is never done. */
static int change(struct app *app, const struct cmd_args *args, bool add)
{
    struct buf by = BUF_INIT(512), pattern = BUF_INIT(4096);
    const char *state, *what = args_pos(args, 0);
    struct never never = {0};
    struct identity me;
    struct err err;
    int rc = EXIT_DONE;

    identity_read(&me);
    identity_words(&me, &by);
    args_pos_text(args, 1, &pattern);
    if (app_state_dir(app, &state, &err) || never_load(state, &never, &err))
        rc = app_fail(&err);
    else if (add)
        printf("%s\n", never_add(&never, true, what, pattern.len ? buf_cstr(&pattern) : "*", "",
                                 buf_cstr(&by), app->clock->wall_ms(app->clock))
                           ->id);
    else if (!never_drop(&never, what))
        rc = (err_set(&err, ERR_NOT_FOUND, "nothing named '%.40s' is remembered", what),
              app_fail(&err));
    if (!rc && never_save(state, &never, &err))
        rc = app_fail(&err);
    never_release(&never);
    buf_release(&by);
    buf_release(&pattern);
    return rc;
}

static int run_never(struct app *app, const struct cmd_args *args)
{
    return change(app, args, true);
}

static int run_forget(struct app *app, const struct cmd_args *args)
{
    return change(app, args, false);
}

static const struct cmd_def never_def = {
    .name = "never",
    .help = "Refuse an operation on resources of a name from here on; prints its name.",
    .pos = (const struct pos_def[]){{"OPERATION", ARG_TEXT, .required = true,
                                     .help = "Such as host.unit.restart; * and ? stand for any."},
                                    {"RESOURCE", ARG_TEXT, .repeat = true,
                                     .help = "A name or a pattern; any without it."},
                                    {NULL}},
    .run = run_never,
    .examples = "runbook approvals never 'host.unit.*' 'postgresql*'",
};

static const struct cmd_def forget_def = {
    .name = "forget",
    .help = "Take back what is never done.",
    .pos = (const struct pos_def[]){{"NAME", ARG_TEXT, .required = true, .help = "Such as N1."},
                                    {NULL}},
    .run = run_forget,
    .examples = "runbook approvals forget N1",
};

const struct cmd_def cmd_approvals_def = {
    .name = "approvals",
    .help = "List what waits for an answer, and what is never done.",
    .details =
        "Of all sessions of this state folder, and of others who want a second person, where "
        "the policy names a folder for that. What is not asked again in a session is shown "
        "there (the page of approvals).",
    .subs = (const struct cmd_def *const[]){&never_def, &forget_def, NULL},
    .run = run_list,
    .examples = "runbook approvals\nrunbook approvals --json",
};
