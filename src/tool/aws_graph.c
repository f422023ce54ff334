/* aws_graph.c - who leans on whom in AWS, around some resources, as the last scan found it. Nobody
 * is asked: it is read from the inventory, and only what is near is read. Nothing scanned yet is an
 * empty answer that says so. */
#include <stdio.h>
#include <stdlib.h>

#include "aws_common.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/tool/kept.h"
#include "tool_priv.h"

#define BODY_MAX ((size_t)4 << 20)
#define NAMES_MAX 64

static const struct tool_param params[] = {
    {"names", PARAM_STRING, true,
     .help = "The resources to begin with: ids, ARNs or names, with commas between them."},
    {"region", PARAM_STRING, .help = "One region; every one when not given."},
    {"account", PARAM_STRING, .help = "The account's name or number; every one when not given."},
    {"max", PARAM_INT, false, "300", 1, 2000,
     .help = "At most so many resources are read; what is near comes first."},
    {.name = NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_addf(out, "aws graph around %.300s", value_cstr_or(args, "names", ""));
    if (*value_cstr_or(args, "region", ""))
        buf_addf(out, " in %s", value_cstr_or(args, "region", ""));
    if (*value_cstr_or(args, "account", ""))
        buf_addf(out, " of %s", value_cstr_or(args, "account", ""));
}

struct work {
    struct tool_call *call;
    struct arena *arena;
    const struct kept_source *kept;
    struct kept_near ask;
    struct kept_around around;
    struct buf graph;
    struct err err;
    loop_id job;
};

static void work_free(struct work *w)
{
    buf_release(&w->graph);
    arena_free(w->arena);
    free(w);
}

static void put_time(struct json_writer *j, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (!ms)
        return;
    time_format_rfc3339(ms, text);
    json_put_cstr(j, key, text);
}

static void put_body(const struct work *w, struct buf *out)
{
    const struct kept_around *a = &w->around;
    struct json_writer j;

    json_writer_init(&j, out);
    json_object_begin(&j);
    json_put_cstr(&j, "schema", "runbook.aws_graph/1");
    json_put_cstr(&j, "from", "inventory");
    json_put_bool(&j, "scanned", !w->err.code);
    if (w->err.code)
        json_put_cstr(&j, "why", w->err.msg);
    put_time(&j, "seen", a->newest_ms);
    put_time(&j, "oldest", a->oldest_ms);
    json_put_int(&j, "named", (int64_t)a->named);
    json_put_int(&j, "read", (int64_t)a->read);
    json_put_bool(&j, "more", a->cut);
    json_key(&j, "graph");
    json_raw(&j,
             w->graph.len ? str_trim(buf_str(&w->graph)) : STR_LIT("{\"nodes\":[],\"edges\":[]}"));
    json_object_end(&j);
}

static void answer(struct work *w, bool canceled)
{
    struct tool_call *c = w->call;
    struct tool_result r = {.content_type = "application/json"};

    if (canceled)
        err_set(&w->err, ERR_CANCELED, "canceled");
    if (!w->err.code)
        buf_check(&w->graph, "the graph", &w->err);
    if (w->err.code && w->err.code != ERR_NOT_FOUND) {
        tool_result_fail(&r, &w->err);
    } else {
        r.rows = (int64_t)w->around.nodes;
        r.status = r.rows ? TOOL_OK : TOOL_EMPTY;
        (void)snprintf(r.summary, sizeof(r.summary), "%zu nodes and %zu edges%s%s%.100s",
                       w->around.nodes, w->around.edges, w->around.cut ? ", there is more" : "",
                       w->err.code ? ": " : "", w->err.code ? w->err.msg : "");
        buf_init(&r.body, BODY_MAX + (1 << 16));
        put_body(w, &r.body);
    }
    tool_call_set_data(c, NULL);
    work_free(w);
    tool_call_finish(c, &r);
}

static void read_kept(void *ctx)
{
    struct work *w = ctx;

    if (w->kept && w->kept->near)
        (void)w->kept->near(w->kept->ctx, &w->ask, &w->graph, &w->around, &w->err);
    else
        err_set(&w->err, ERR_NOT_FOUND, "nothing is kept here");
}

static void kept_read(void *ctx, bool canceled)
{
    answer(ctx, canceled);
}

/* An account is kept by its number, or by its name when that was not known. */
static void choose_account(struct work *w, const char *name)
{
    const struct aws_estate *e = tool_call_env(w->call)->aws;

    w->ask.account = w->ask.number = arena_strdup(w->arena, name);
    if (!e || !*name)
        return;
    VEC_EACH (a, &e->accounts) {
        if (strcmp(a->name, name) != 0 && strcmp(a->number, name) != 0)
            continue;
        w->ask.account = arena_strdup(w->arena, a->name);
        w->ask.number = arena_strdup(w->arena, a->number);
        /* Whose keys they are is not known before the first scan asks: then any account. */
        if (!*a->number)
            w->ask.account = w->ask.number = "";
    }
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct work *w = xcalloc(1, sizeof(*w));
    struct str rest = str_from(value_cstr_or(args, "names", "")), one;
    const char **names;

    w->call = c;
    w->arena = arena_new(0);
    w->kept = tool_call_env(c)->kept;
    buf_init(&w->graph, BODY_MAX);
    names = arena_array(w->arena, NAMES_MAX, sizeof(*names));
    while (w->ask.count < NAMES_MAX && str_split(&rest, ',', &one))
        if (str_trim(one).len)
            names[w->ask.count++] = arena_str(w->arena, str_trim(one));
    w->ask.names = names;
    w->ask.region = arena_strdup(w->arena, value_cstr_or(args, "region", ""));
    w->ask.most = (size_t)value_i64_or(args, "max", 300);
    choose_account(w, value_cstr_or(args, "account", ""));
    tool_call_set_data(c, w);
    w->job = loop_job(tool_call_loop(c), read_kept, kept_read, w);
}

static void cancel(struct tool_call *c)
{
    const struct work *w = tool_call_data(c);

    if (w)
        loop_job_cancel(tool_call_loop(c), w->job);
}

const struct tool_def tool_aws_graph = {
    .name = "aws_graph",
    .help = "Read who leans on whom in AWS around some resources, as the last scan found it.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 20000,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = cancel,
};
