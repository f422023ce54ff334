/* cmd_act.c - `runbook act`: propose one mutation by hand. Headless it ends with 4 and the id of
 * the request that waits; at a terminal it asks there. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "src/app/act.h"
#include "src/app/commands.h"

/* ---- the list ---- */

static void list_params(const struct act_def *d, struct buf *out)
{
    for (const struct tool_param *p = act_params(d); p->name; p++) {
        buf_addf(out, "    %s", p->name);
        if (p->required)
            buf_adds(out, " (needed)");
        else if (p->fallback)
            buf_addf(out, " [%s]", p->fallback);
        buf_addf(out, ": %s", p->help);
        for (size_t i = 0; p->options && p->options[i]; i++)
            buf_addf(out, "%s%s", i ? ", " : " One of ", p->options[i]);
        buf_adds(out, "\n");
    }
}

static void list_json(struct json_writer *w, const struct act_def *d)
{
    struct tool_def as_tool = {.name = act_name(d), .params = act_params(d)};
    struct buf schema = BUF_INIT(65536);

    json_object_begin(w);
    json_put_cstr(w, "operation", act_name(d));
    json_put_cstr(w, "help", act_help(d));
    json_put_cstr(w, "undo", act_undo_help(d));
    json_put_cstr(w, "risk_floor", risk_name(act_floor(d)));
    tool_schema(&as_tool, &schema);
    json_key(w, "parameters");
    json_raw(w, buf_str(&schema));
    json_object_end(w);
    buf_release(&schema);
}

static int list(struct app *app, const struct cmd_args *args)
{
    const char *only = args_pos(args, 0);
    struct buf out = BUF_INIT((size_t)1 << 20);
    struct json_writer w;
    int rc, found = 0;

    json_writer_init(&w, &out);
    if (app->json) {
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.operations/1");
        json_key(&w, "operations");
        json_array_begin(&w);
    }
    for (const struct act_def *const *d = act_table(); *d; d++) {
        if (only && strcmp(act_name(*d), only) != 0)
            continue;
        found++;
        if (app->json) {
            list_json(&w, *d);
            continue;
        }
        buf_addf(&out, "%s  (at least %s)\n  %s\n", act_name(*d), risk_name(act_floor(*d)),
                 act_help(*d));
        if (only)
            list_params(*d, &out);
        buf_addf(&out, "  Undo: %s.\n", act_undo_help(*d));
    }
    if (app->json) {
        json_array_end(&w);
        json_object_end(&w);
        buf_addc(&out, '\n');
    }
    if (!found) {
        buf_release(&out);
        return app_usage(args, "there is no operation '%s'", only);
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

/* ---- act ---- */

void act_request(const struct cmd_args *args, struct session_request *req)
{
    req->wait = true;
    req->model = "none";
    req->loose = true;
    req->keep_requests = true;
    req->ssh_config = args_get(args, "ssh-config");
    req->alertmanager = args_get(args, "alertmanager");
    req->read_only = args_has(args, "read-only");
    req->environment = args_get(args, "environment");
}

static enum err_code propose(struct session *s, const struct cmd_args *args, const char **ret_id,
                             struct err *err)
{
    const char *words[64];
    size_t n = args_pos_count(args);
    struct buf json = BUF_INIT(65536);
    struct mutate_request r = {.why = args_get(args, "why"), .dry_run = args_has(args, "dry-run")};
    const struct act_def *d;
    enum err_code rc;

    for (size_t i = 0; i < n && i < 64; i++)
        words[i] = args_pos(args, i);
    rc = act_parse_words(words, n < 64 ? n : 64, &d, &json, err);
    if (!rc) {
        r.operation = act_name(d);
        r.args = buf_str(&json);
        rc = engine_propose(session_engine(s), &r, ret_id, err);
    }
    buf_release(&json);
    return rc;
}

static int run_act(struct app *app, const struct cmd_args *args)
{
    struct session_request req = {0};
    struct session *s;
    const char *id;
    struct err err;

    if (args_has(args, "list"))
        return list(app, args);
    act_request(args, &req);
    if (session_new(app, &req, &s, &err))
        return app_fail(&err);
    if (propose(s, args, &id, &err)) {
        session_free(s);
        return err.code == ERR_DENIED      ? (app_fail(&err), EXIT_REFUSED)
               : err.code == ERR_NOT_FOUND ? (app_fail(&err), EXIT_USAGE)
                                           : app_fail(&err);
    }
    return act_run(app, s, id, args);
}

const struct opt_def act_opts[] = {
    ACT_REACH_OPTS,
    {"dry-run", 0, ARG_NONE,
     .help = "Read the state and print the exact calls; make none of them."},
    {"list", 0, ARG_NONE, .help = "List the operations, or the parameters of one."},
    {"why", 0, ARG_TEXT, .value = "TEXT", .help = "What it is for; kept with the record."},
    {"no-ask", 0, ARG_NONE,
     .help = "Do not ask here: end with 4 and the id, for `runbook approve`."},
    {NULL},
};

const struct cmd_def cmd_act_def = {
    .name = "act",
    .help = "Change something: propose an operation, see what it does, approve it, have it "
            "verified.",
    .details =
        "The resource is read first; what would be done, its way back and what it costs are shown "
        "before anything starts. The policy decides who has to say yes: nobody, a key, a typed "
        "word, or the resource's name. At a terminal it is asked for there, else the command ends "
        "with 4 and `runbook approve ID` at a terminal goes on. What is started is on the disk "
        "before, is done once, and is read back afterwards; what was cut off by a crash is found "
        "out by reading.\n"
        "Exit codes: 0 done and verified, or a dry run; 1 failed, or not reached; 2 usage; 4 it "
        "waits for an approval, or was rejected; 5 refused by policy.",
    .opts = act_opts,
    .pos = (const struct pos_def[]){{"OPERATION", ARG_TEXT, .help = "Such as host.unit.restart."},
                                    {"NAME=VALUE", ARG_TEXT, .repeat = true,
                                     .help = "Its parameters."},
                                    {NULL}},
    .run = run_act,
    .examples = "runbook act --list\n"
                "runbook act --list host.process.signal\n"
                "runbook act host.process.renice pid=4711 nice=10 --dry-run\n"
                "runbook act host.unit.restart host=web-3 unit=nginx.service",
};
