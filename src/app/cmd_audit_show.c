/* cmd_audit_show.c - "runbook audit show|export|key": what people answered to mutations, as a list,
 * as records for others, and the key that vouches for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/store/audit.h"
#include "src/app/cmd_audit.h"

#define OUT_MAX ((size_t)256 << 20)

struct showing {
    struct app *app;
    const struct cmd_args *args;
    int64_t since_ms;
    const char *user, *risk;
    bool calls; /* what was done or blocked, not what was answered */
    enum { AS_TEXT, AS_JSON, AS_RECORDS, AS_CSV } as;
    struct json_writer w;
    struct buf out;
    size_t count;
};

static const char *field(const struct journal_record *r, const char *key)
{
    return value_cstr_or(r->data, key, "");
}

static bool wanted(const struct showing *s, const struct journal_record *r)
{
    bool answer = str_starts(r->type, "approval.") || str_starts(r->type, "rule.");
    bool call = str_eq_c(r->type, "mutation.ended");

    if (r->ts_ms < s->since_ms || !(s->calls ? call : answer))
        return false;
    if (s->user && strcmp(s->user, field(r, "user.name")) != 0 && strcmp(s->user, field(r, "by")))
        return false;
    return !s->risk || strcmp(s->risk, field(r, "risk")) == 0;
}

static const char *status_of(const struct journal_record *r)
{
    return str_eq_c(r->type, "mutation.ended") ? field(r, "status")
           : str_ends(r->type, ".remembered")
               ? value_bool_or(r->data, "deny", false) ? "never" : "kept"
           : str_ends(r->type, ".revoked")   ? "forgotten"
           : str_ends(r->type, ".granted")   ? "approved"
           : str_ends(r->type, ".rejected")  ? "rejected"
           : str_ends(r->type, ".confirmed") ? "confirmed"
           : str_ends(r->type, ".refused")   ? "no answer"
                                             : "expired";
}

static void clean(struct showing *s, const char *text, int width)
{
    struct buf b = BUF_INIT(BUF_NO_MAX);
    int cells;

    text_sanitize(&b, str_from(text), false, s->app->ascii);
    cells = text_width(buf_str(&b));
    buf_add_str(&s->out, buf_str(&b));
    for (; cells < width; cells++)
        buf_addc(&s->out, ' ');
    buf_release(&b);
}

static void as_text(struct showing *s, const struct journal_record *r)
{
    char ts[TIME_TEXT_MAX];

    time_format_rfc3339(r->ts_ms, ts);
    buf_addf(&s->out, "%.19sZ  %-9s  %-8s  ", ts, status_of(r), field(r, "risk"));
    clean(s, field(r, "user.name"), 12);
    buf_addc(&s->out, ' ');
    clean(s, field(r, "operation"), 28);
    buf_addc(&s->out, ' ');
    clean(s, field(r, "resource"), 24);
    buf_addc(&s->out, ' ');
    clean(s, field(r, "reason"), 0);
    buf_addc(&s->out, '\n');
}

static void as_json(struct showing *s, const struct journal_record *r)
{
    char ts[TIME_TEXT_MAX];

    time_format_rfc3339(r->ts_ms, ts);
    json_object_begin(&s->w);
    json_put_cstr(&s->w, "timestamp", ts);
    json_put_cstr(&s->w, "status", status_of(r));
    VALUE_EACH (m, r->data) {
        json_key_str(&s->w, m->key);
        json_value(&s->w, m);
    }
    json_object_end(&s->w);
}

static void audit_id(const struct journal_record *r, struct buf *out)
{
    buf_addf(out, "%s/%s", field(r, "session"), field(r, "id"));
}

/* C-10: audit_id, timestamp, user{id, role}, action{intent, plan_id}, result{status, cost_usd}. */
static void as_record(struct showing *s, const struct journal_record *r)
{
    struct buf id = BUF_INIT(BUF_NO_MAX);
    struct json_writer *w = &s->w;
    char ts[TIME_TEXT_MAX];

    audit_id(r, &id);
    time_format_rfc3339(r->ts_ms, ts);
    json_object_begin(w);
    json_put_str(w, "audit_id", buf_str(&id));
    json_put_cstr(w, "timestamp", ts);
    json_key(w, "user");
    json_object_begin(w);
    json_put_cstr(w, "id", field(r, "user.name"));
    json_put_cstr(w, "role", *field(r, "user.sudo_user") ? "sudo" : "user");
    json_object_end(w);
    json_key(w, "action");
    json_object_begin(w);
    json_put_cstr(w, "intent", field(r, "operation"));
    json_put_cstr(w, "plan_id", field(r, "fingerprint"));
    json_put_cstr(w, "resource", field(r, "resource"));
    json_put_cstr(w, "risk_level", field(r, "risk"));
    json_object_end(w);
    json_key(w, "result");
    json_object_begin(w);
    json_put_cstr(w, "status", status_of(r));
    json_put_num(w, "cost_usd", 0);
    json_object_end(w);
    json_object_end(w);
    buf_release(&id);
}

/* Quoted always. A cell that a spreadsheet would compute gets an apostrophe (CWE-1236). */
static void cell(struct buf *out, const char *text)
{
    buf_addc(out, '"');
    if (*text && strchr("=+-@\t\r", *text))
        buf_addc(out, '\'');
    for (; *text; text++) {
        if (*text == '"')
            buf_addc(out, '"');
        buf_addc(out, *text);
    }
    buf_addc(out, '"');
}

static void as_csv(struct showing *s, const struct journal_record *r)
{
    struct buf id = BUF_INIT(BUF_NO_MAX);
    char ts[TIME_TEXT_MAX];

    audit_id(r, &id);
    time_format_rfc3339(r->ts_ms, ts);
    const char *const cells[] = {
        buf_cstr(&id),         ts,
        field(r, "user.name"), *field(r, "user.sudo_user") ? "sudo" : "user",
        field(r, "operation"), field(r, "resource"),
        field(r, "risk"),      status_of(r),
        field(r, "reason")};
    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
        buf_adds(&s->out, i ? "," : "");
        cell(&s->out, cells[i]);
    }
    buf_adds(&s->out, "\r\n"); /* RFC 4180 */
    buf_release(&id);
}

static bool on_record(void *ctx, const struct journal_record *r)
{
    struct showing *s = ctx;

    if (!wanted(s, r))
        return true;
    s->count++;
    switch (s->as) {
    case AS_TEXT:
        as_text(s, r);
        break;
    case AS_JSON:
        as_json(s, r);
        break;
    case AS_RECORDS:
        as_record(s, r);
        break;
    case AS_CSV:
        as_csv(s, r);
        break;
    }
    return true;
}

static enum err_code read_all(struct showing *s, struct err *err)
{
    struct audit_files f;
    struct journal_report report;
    const char *dir;
    enum err_code rc;

    if (app_state_dir(s->app, &dir, err) || audit_files_list(dir, &f, err))
        return err->code;
    rc = ERR_OK;
    for (size_t i = 0; !rc && i < f.count; i++)
        rc = journal_read(f.paths[i], false, on_record, s, &report, err);
    audit_files_release(&f);
    return rc;
}

static int show_all(struct showing *s, const char *list)
{
    bool json = s->as == AS_JSON || s->as == AS_RECORDS;
    struct err err;
    int rc;

    buf_init(&s->out, OUT_MAX);
    if (json) {
        json_writer_init(&s->w, &s->out);
        json_object_begin(&s->w);
        json_put_cstr(&s->w, "schema", "runbook.audit.approvals/1");
        json_key(&s->w, list);
        json_array_begin(&s->w);
    } else if (s->as == AS_CSV) {
        buf_adds(&s->out, "audit_id,timestamp,user_id,user_role,intent,resource,risk_level,status,"
                          "reason\r\n");
    }
    if (read_all(s, &err)) {
        buf_release(&s->out);
        return app_fail(&err);
    }
    if (json) {
        json_array_end(&s->w);
        json_object_end(&s->w);
        buf_addc(&s->out, '\n');
    } else if (s->as == AS_TEXT && !s->count) {
        buf_adds(&s->out, "Nothing was approved or rejected.\n");
    }
    rc = app_print(buf_str(&s->out));
    buf_release(&s->out);
    return rc;
}

static struct showing showing_of(struct app *app, const struct cmd_args *args)
{
    int64_t now = app->clock->wall_ms(app->clock);

    return (struct showing){
        .app = app,
        .args = args,
        .since_ms = args_get(args, "last") ? now - args_duration_ms(args, "last", 0) : INT64_MIN,
        .user = args_get(args, "user"),
        .risk = args_get(args, "risk"),
        .calls = args_has(args, "calls")};
}

static int run_show(struct app *app, const struct cmd_args *args)
{
    struct showing s = showing_of(app, args);

    s.as = app->json ? AS_JSON : AS_TEXT;
    return show_all(&s, "approvals");
}

static int run_export(struct app *app, const struct cmd_args *args)
{
    struct showing s = showing_of(app, args);
    const char *format = args_get(args, "format");

    s.as = format && strcmp(format, "csv") == 0 ? AS_CSV : AS_RECORDS;
    return show_all(&s, "records");
}

static int run_key(struct app *app, const struct cmd_args *args)
{
    struct buf out = BUF_INIT(OUT_MAX), pem = BUF_INIT((size_t)16 << 10);
    char print[SIGN_FINGERPRINT];
    struct sign_key *key = NULL;
    struct json_writer w;
    const char *dir;
    struct err err;
    int rc;

    (void)args;
    if (app_state_dir(app, &dir, &err) || audit_key(dir, true, &key, &err) ||
        sign_key_write_public(key, &pem, &err)) {
        sign_key_free(key);
        return app_fail(&err);
    }
    sign_key_fingerprint(key, print);
    if (app->json) {
        json_writer_init(&w, &out);
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.audit.key/1");
        json_put_cstr(&w, "algorithm", "Ed25519");
        json_put_cstr(&w, "fingerprint", print);
        json_put_str(&w, "public_key", buf_str(&pem));
        json_object_end(&w);
        buf_addc(&out, '\n');
    } else {
        buf_addf(&out, "Ed25519 %s\n%s", print, buf_cstr(&pem));
    }
    rc = app_print(buf_str(&out));
    sign_key_free(key);
    buf_release(&out);
    buf_release(&pem);
    return rc;
}

static const char *const risks[] = {"low", "medium", "high", "critical", NULL};
static const char *const formats[] = {"json", "csv", NULL};

#define FILTERS                                                                                    \
    {"last", 0, ARG_DURATION, .value = "DURATION", .help = "Only of the last so long."},           \
        {"user", 'u', ARG_TEXT, .value = "NAME", .help = "Only what this user answered."},         \
        {"calls", 0, ARG_NONE, .help = "What was to be changed: SUCCESS, FAILED or BLOCKED."},     \
    {                                                                                              \
        "risk", 'r', ARG_CHOICE, .value = "RISK", .choices = risks, .help = "Only of this risk."   \
    }

const struct cmd_def audit_show_def = {
    .name = "show",
    .help = "List what was approved, rejected and expired.",
    .opts = (const struct opt_def[]){FILTERS, {NULL}},
    .run = run_show,
    .examples = "runbook audit show --last 24h\nrunbook audit show --risk critical --user ann\n"
                "runbook audit show --calls --last 7d",
};

const struct cmd_def audit_export_def = {
    .name = "export",
    .help = "Write the answers as records for another system.",
    .details = "A record has audit_id, timestamp, user (id, role), action (intent, plan_id, "
               "resource, risk_level) and result (status, cost_usd).",
    .opts =
        (const struct opt_def[]){{"format", 'f', ARG_CHOICE, .value = "FORMAT", .choices = formats,
                                  .help = "Write json, which it is without this option, or csv."},
                                 FILTERS,
                                 {NULL}},
    .run = run_export,
    .examples = "runbook audit export --format csv > answers.csv",
};

const struct cmd_def audit_key_def = {
    .name = "key",
    .help = "Print the public key that signs the heads of chains; made at first use.",
    .details = "The private half is audit/key of the state folder and never leaves it. Keep the "
               "public half elsewhere, to see later that it is still the same.",
    .run = run_key,
    .examples = "runbook audit key > audit-key.txt",
};
