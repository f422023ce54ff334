/* cmd_investigate.c - `runbook investigate`: one question, answered headless. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/ui/json.h"
#include "runbook/ui/text.h"
#include "src/app/commands.h"
#include "src/app/faces.h"
#include "src/app/investigate.h"

const struct opt_def session_opts[] = {
    {"session", 0, ARG_SESSION, .value = "ID",
     .help = "Go on with this session: an id, its beginning, or last."},
    {"host", 'H', ARG_HOST, .repeat = true, .value = "HOST", .env = "RUNBOOK_HOST",
     .help = "Look at this machine: local, or a name that ssh knows."},
    {"prometheus", 'p', ARG_URL, .value = "URL", .env = "RUNBOOK_PROMETHEUS_URL",
     .help = "Read metrics from this Prometheus server."},
    {"alertmanager", 0, ARG_URL, .value = "URL", .env = "RUNBOOK_ALERTMANAGER_URL",
     .help = "Read alerts from this Alertmanager."},
    {"aws", 0, ARG_TEXT, .repeat = true, .value = "ACCOUNT", .env = "RUNBOOK_AWS",
     .help = "Look at this account of AWS, or at one region of it: default, prod, "
             "prod/eu-west-1."},
    {"incident", 'i', ARG_FILE, .value = "FILE",
     .help = "Read the alert and its times from this JSON file."},
    {"topology", 0, ARG_FILE, .value = "FILE",
     .help = "Read which service calls which from this JSON file."},
    {"service", 's', ARG_TEXT, .value = "NAME",
     .help = "The service that it is about: where the symptom was seen."},
    {"metric", 'm', ARG_TEXT, .value = "NAME", .help = "The metric that it is about."},
    {"at", 0, ARG_WHEN, .value = "TIME",
     .help = "When it happened: a time, or how long ago such as 30m."},
    {"since", 0, ARG_WHEN, .value = "TIME",
     .help = "Since when it is bad: a time, or how long ago such as 2h."},
    {"ssh-config", 0, ARG_FILE, .value = "FILE", .env = "RUNBOOK_SSH_CONFIG",
     .help = "Give this configuration file to ssh instead of the user's."},
    {"model", 0, ARG_TEXT, .value = "NAME", .env = "RUNBOOK_MODEL",
     .help = "Ask this one of the configured language models first; none: ask no model."},
    {"environment", 0, ARG_TEXT, .value = "NAME", .env = "RUNBOOK_ENVIRONMENT",
     .help = "What the policy calls this place: prod, staging, dev, or a word of policy.scopes."},
    {"read-only", 0, ARG_NONE, .env = "RUNBOOK_READ_ONLY",
     .help = "Change nothing in this session, whatever is asked for; there is no way back."},
    {"hypothesis", 0, ARG_TEXT, .repeat = true, .value = "TEXT",
     .help = "Test this as well, whatever else is found: \"the disk is full\"."},
    {"events", 0, ARG_NONE, .help = "With --json, write every event as a line before the result."},
    {"quiet", 'q', ARG_NONE,
     .help = "Headless: print the conclusion only, not what was asked on the way."},
    {NULL},
};

const struct pos_def investigate_pos[] = {
    {"TEXT", ARG_TEXT, .repeat = true, .help = "The alert or a sentence about what is wrong."},
    {NULL},
};

static const char **read_all(const struct cmd_args *args, const char *option)
{
    size_t n = args_count(args, option);
    const char **all = xcalloc(n + 1, sizeof(*all));

    for (size_t i = 0; i < n; i++)
        all[i] = args_at(args, option, i);
    return all;
}

bool investigate_request(struct app *app, const struct cmd_args *args, struct session_request *req,
                         struct buf *text)
{
    int64_t now_ms = app->clock->wall_ms(app->clock);

    args_pos_text(args, 0, text);
    if (text->full) {
        app_usage(args,
                  "the text is longer than %zu bytes; put the alert into a file and use --incident",
                  text->max);
        return false;
    }
    req->text = text->len ? buf_cstr(text) : NULL;
    req->hosts = read_all(args, "host");
    req->aws = read_all(args, "aws");
    req->hypotheses = read_all(args, "hypothesis");
    req->prometheus = args_get(args, "prometheus");
    req->alertmanager = args_get(args, "alertmanager");
    req->incident = args_get(args, "incident");
    req->topology = args_get(args, "topology");
    req->service = args_get(args, "service");
    req->metric = args_get(args, "metric");
    req->ssh_config = args_get(args, "ssh-config");
    req->model = args_get(args, "model");
    req->read_only = args_has(args, "read-only");
    req->environment = args_get(args, "environment");
    req->at_ms = args_time_ms(args, "at", now_ms, 0);
    req->since_ms = args_time_ms(args, "since", now_ms, 0);
    return true;
}

void investigate_request_release(struct session_request *req)
{
    union {
        const char *const *borrowed;
        void *owned;
    } hosts = {.borrowed = req->hosts}, hypotheses = {.borrowed = req->hypotheses},
      aws = {.borrowed = req->aws};

    free(hosts.owned);
    free(aws.owned);
    free(hypotheses.owned);
    req->hosts = req->hypotheses = req->aws = NULL;
}

/* The end: what was found, also after Ctrl-C. A failed write does not hide the verdict's exit code.
 */
static int print_conclusion(struct app *app, struct session *s, const struct faces *f, int code)
{
    const struct model *m = engine_model(session_engine(s));
    const char *journal = engine_journal_path(session_engine(s));
    struct buf out = BUF_INIT((size_t)32 << 20);
    int rc;

    if (app->json) {
        conclusion_json(m, journal, &out);
        buf_addc(&out, '\n');
    } else if (f->quiet) {
        text_conclusion(&f->text, m, journal, &out);
    } else {
        buf_addc(&out, '\n');
        text_tree(&f->text, m, &out);
        if (m->hypotheses.count)
            buf_addc(&out, '\n');
        text_conclusion(&f->text, m, journal, &out);
    }
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return code ? code : rc;
}

int investigate_headless(struct app *app, const struct cmd_args *args,
                         const struct session_request *req)
{
    struct faces f = {.quiet = args_has(args, "quiet")};
    struct session *s;
    struct err err;
    int code;

    if (session_new(app, req, &s, &err))
        return app_fail(&err);
    faces_add(&f, app, args, s);
    session_ask(s);
    code = session_run(s, false);
    code = print_conclusion(app, s, &f, code);
    session_free(s);
    faces_release(&f);
    return code;
}

static int run_investigate(struct app *app, const struct cmd_args *args)
{
    struct session_request req = {0};
    struct buf text = BUF_INIT(INVESTIGATE_TEXT_MAX);
    int code = EXIT_USAGE;

    if (investigate_request(app, args, &req, &text))
        code = investigate_headless(app, args, &req);
    investigate_request_release(&req);
    buf_release(&text);
    return code;
}

const struct cmd_def cmd_investigate_def = {
    .name = "investigate",
    .help = "Investigate an alert or a sentence and print the root cause with its evidence.",
    .details = "Sources are the hosts and servers named by options, else those of the "
               "configuration, else this "
               "machine. The end of the output is the conclusion; with --json it is one object on "
               "the last line "
               "(schema runbook.conclusion/1).\n"
               "Exit codes: 0 a root cause was found, or nothing is wrong; 3 no root cause above "
               "the threshold; "
               "1 failed, or nothing could be kept; 130 interrupted.",
    .opts = INVESTIGATE_OPTS,
    .pos = investigate_pos,
    .run = run_investigate,
    .examples = "runbook investigate \"checkout is slow\"\n"
                "runbook investigate --host web-3 --host db-1 \"the disk alert fired\"\n"
                "runbook investigate --prometheus http://127.0.0.1:9090 --service checkout --at "
                "10m --json\n"
                "runbook investigate --quiet --host web-3 | mail -s \"web-3\" oncall\n"
                "runbook investigate --incident incident.json --prometheus http://127.0.0.1:9090",
};
