/* desk_accounts.c - the pages of the accounts of AWS: all of them, one, and taking one away. */
#include <stdio.h>
#include <string.h>

#include "runbook/app/config.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "src/app/desk_priv.h"

static bool is_written(const struct value *a)
{
    return str_eq_c(value_str_or(a, "from", ""), "services.yaml");
}

static void join(const struct value *list, const char *none, struct buf *out)
{
    VALUE_EACH (v, list)
        if (v->type == VALUE_STRING)
            buf_addf(out, "%s%.*s", out->len ? ", " : "", STR_FMT(v->u.string));
    if (!out->len)
        buf_adds(out, none);
}

static const char *joined(struct desk *d, const struct value *list, const char *none)
{
    struct buf out = BUF_INIT(1 << 14);
    const char *text;

    join(list, none, &out);
    text = arena_strdup(d->frame, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static const char *number_of(const struct value *a)
{
    const char *number = value_cstr_or(a, "account_id", "");

    return *number ? number : value_cstr_or(value_get(a, "verified"), "account_id", "");
}

/* ---- all of them ---- */

static const char *state_words(struct desk *d, const struct value *a)
{
    const struct value *v = value_get(a, "verified");
    size_t missing = value_count(value_get(v, "missing"));
    const char *ago;

    if (!value_bool_or(a, "has_keys", true))
        return "no keys";
    if (!v || v->type != VALUE_OBJECT)
        return "never verified";
    ago = desk_ago(d, value_i64_or(v, "at_ms", 0));
    if (*value_cstr_or(v, "error", ""))
        return arena_printf(d->frame, "refused %s", ago);
    return missing ? arena_printf(d->frame, "verified %s, %zu missing", ago, missing)
                   : arena_printf(d->frame, "verified %s", ago);
}

static const char *note_of(struct desk *d, const struct value *a)
{
    long long n = (long long)value_i64_or(a, "resources", 0);
    const char *number = number_of(a);

    return arena_printf(d->frame, "%s  %s  %s%s", *number ? number : "number not known",
                        joined(d, value_get(a, "regions"), "no region"), state_words(d, a),
                        n ? arena_printf(d->frame, "  %lld resource%s", n, n == 1 ? "" : "s") : "");
}

static bool nothing_there(const struct desk *d)
{
    const struct value *all = value_get(d->list.v, "accounts"), *only = value_at(all, 0);

    return !value_count(all) ||
           (value_count(all) == 1 && !is_written(only) && !value_bool_or(only, "has_keys", true));
}

static void lay_rows(struct desk *d)
{
    VALUE_EACH (a, value_get(d->list.v, "accounts")) {
        const char *name = value_cstr_or(a, "name", "?");
        const struct value *v = value_get(a, "verified");
        bool bad = !value_bool_or(a, "has_keys", true) || *value_cstr_or(v, "error", "");
        struct sheet_row *row =
            desk_go(d, arena_printf(d->frame, "account:%s", name), name, note_of(d, a));

        if (bad)
            row->style = STYLE_DANGER;
        else if (value_count(value_get(v, "missing")))
            row->style = STYLE_WARNING;
    }
}

static void lay_list(struct desk *d)
{
    if (!d->list.v) {
        if (*d->list.problem)
            desk_text(d, STYLE_DANGER, "The accounts cannot be read: %s", d->list.problem);
        else
            desk_text(d, STYLE_DIM, "The accounts are being read.");
        return;
    }
    if (nothing_there(d)) {
        desk_text(d, STYLE_TEXT,
                  "No account of AWS is configured, and the environment has no keys.");
        desk_text(d, STYLE_DIM, "AWS is optional: everything else works without it.");
    } else {
        desk_heading(d, "Accounts of AWS");
        lay_rows(d);
    }
    if (*d->list.problem)
        desk_text(d, STYLE_DANGER, "They could not be read again: %s", d->list.problem);
}

static void lay_accounts(struct desk *d, const char *arg)
{
    (void)arg;
    lay_list(d);
    if (!d->list.v && !*d->list.problem) /* a moment; what is chosen then is a row of all of them */
        return;
    desk_blank(d);
    desk_go(d, "add", "Add an account", "a role or a profile");
    if (d->list.v && !nothing_there(d)) {
        desk_go(d, "watch", "What is watched",
                desk_in_short(d, joined(d, value_get(d->list.v, "services"), "every service")));
        desk_go(d, "verify", "Verify all", "who they are, and which permissions are missing");
        desk_go(d, "scan", "Scan all", "look at everything that is watched, and keep it");
    }
    desk_go(d, "read", "Read the list again", NULL);
    if (d->changed && d->o.reopen)
        desk_go(d, "reopen", "Open the screen again",
                "the session that is open does not know what was changed here");
    desk_blank(d);
    if (d->list.v)
        desk_fact(d, "written in", STYLE_CODE, "%s", value_cstr_or(d->list.v, "file", "?"));
    desk_text(d, STYLE_DIM,
              "Only who they are is asked and what there is; nothing in AWS is changed "
              "here, and no key is written anywhere.");
}

/* ---- what is started from here ---- */

static const char *const verify_stages[] = {"role", "permissions", NULL};

/* `args` with room for six more: the account's own, and what a device shows. */
static void start_look(struct desk *d, struct desk_start *s, const char *verb, const char *name,
                       const char **args, size_t n)
{
    char title[160];

    args[n++] = "--events";
    if (*d->digits) {
        args[n++] = "--mfa-code";
        args[n++] = d->digits;
    }
    args[n] = NULL;
    (void)snprintf(title, sizeof(title), "%s %s", verb, *name ? name : "all accounts");
    s->title = title;
    s->args = args;
    s->then = desk_read;
    if (desk_start(d, s))
        desk_open(d, &page_run, "");
    d->digits[0] = '\0';
}

static void start_verify(struct desk *d, const char *name)
{
    const char *args[12] = {"accounts", "verify"};
    struct desk_start s = {.stopped = "What was known before stays.", .stages = verify_stages};
    size_t n = 2;

    if (*name)
        args[n++] = name;
    start_look(d, &s, "Verify", name, args, n);
}

static void start_scan(struct desk *d, const char *name)
{
    const char *args[12] = {"scan", "--all"};
    struct desk_start s = {.stopped = "Nothing of this scan is kept."};
    size_t n = 2;

    if (*name) {
        args[n++] = "--account";
        args[n++] = name;
    }
    start_look(d, &s, "Scan", name, args, n);
}

static bool choose_accounts(struct desk *d, const char *arg, const char *id, const char *text)
{
    (void)arg;
    (void)text;
    d->regions_problem[0] = d->digits[0] = '\0';
    if (strncmp(id, "account:", 8) == 0) {
        desk_open(d, &page_account, id + 8);
    } else if (strcmp(id, "add") == 0) {
        form_clear(d);
        desk_open(d, &page_add, "");
    } else if (strcmp(id, "watch") == 0) {
        desk_watch_begin(d);
        desk_open(d, &page_watch, "");
    } else if (strcmp(id, "verify") == 0) {
        start_verify(d, "");
    } else if (strcmp(id, "scan") == 0) {
        start_scan(d, "");
    } else if (strcmp(id, "read") == 0) {
        desk_read(d);
    } else if (strcmp(id, "reopen") == 0) {
        d->o.reopen(d->o.ctx);
    }
    return true;
}

const struct desk_page page_accounts = {
    .name = "accounts", .title = "Accounts", .lay = lay_accounts, .choose = choose_accounts};

/* ---- one ---- */

static void lay_verified(struct desk *d, const struct value *a)
{
    const struct value *v = value_get(a, "verified"), *missing = value_get(v, "missing");
    char at[TIME_TEXT_MAX];

    if (!v || v->type != VALUE_OBJECT) {
        desk_fact(d, "verified", STYLE_WARNING, "never");
        return;
    }
    time_format_utc(value_i64_or(v, "at_ms", 0) / 1000 * 1000, at);
    desk_fact(d, "verified", STYLE_TEXT, "%s, %s", at, desk_ago(d, value_i64_or(v, "at_ms", 0)));
    if (*value_cstr_or(v, "arn", ""))
        desk_fact(d, "identity", STYLE_TEXT, "%s", value_cstr_or(v, "arn", ""));
    if (*value_cstr_or(v, "error", ""))
        desk_fact(d, "refused", STYLE_DANGER, "%s", value_cstr_or(v, "error", ""));
    desk_fact(d, "permissions", value_count(missing) ? STYLE_WARNING : STYLE_OK,
              "%lld lists can be read, %zu permission%s missing",
              (long long)value_i64_or(v, "lists_read", 0), value_count(missing),
              value_count(missing) == 1 ? " is" : "s are");
    VALUE_EACH (m, missing)
        if (m->type == VALUE_STRING)
            desk_fact(d, m == value_items(missing) ? "missing" : "", STYLE_WARNING, "%.*s",
                      STR_FMT(m->u.string));
}

static void lay_kept(struct desk *d, const struct value *a)
{
    int64_t n = value_i64_or(a, "resources", 0), seen = value_i64_or(a, "seen_ms", 0);
    char at[TIME_TEXT_MAX];

    if (!n) {
        desk_fact(d, "inventory", STYLE_DIM, "nothing: it was never scanned, or nothing was found");
        return;
    }
    time_format_utc(seen / 1000 * 1000, at);
    desk_fact(d, "inventory", STYLE_TEXT, "%lld resources", (long long)n);
    desk_fact(d, "last scan", STYLE_TEXT, "%s, %s", at, desk_ago(d, seen));
}

static void lay_who(struct desk *d, const struct value *a)
{
    static const struct {
        const char *key, *label;
    } fields[] = {{"role_arn", "role"}, {"profile", "profile"}, {"mfa_serial", "device"}};
    const char *number = number_of(a);

    desk_fact(d, "account", *number ? STYLE_STRONG : STYLE_DIM, "%s%s",
              *number ? number : "not known before it is verified",
              value_bool_or(a, "is_default", false) ? ", the default one" : "");
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (*value_cstr_or(a, fields[i].key, ""))
            desk_fact(d, fields[i].label, STYLE_TEXT, "%s", value_cstr_or(a, fields[i].key, ""));
    desk_fact(d, "keys", value_bool_or(a, "has_keys", true) ? STYLE_TEXT : STYLE_DANGER, "%s",
              value_cstr_or(a, "keys", "?"));
    if (!is_written(a))
        desk_fact(d, "regions", STYLE_TEXT, "%s",
                  joined(d, value_get(a, "regions"), "none is set"));
}

static void lay_account(struct desk *d, const char *name)
{
    const struct value *a = desk_account(d, name);

    if (!a && d->list.proc) { /* it was just written */
        desk_text(d, STYLE_DIM, "%s is being read.", name);
        return;
    }
    if (!a) {
        desk_text(d, STYLE_WARNING, "%s is not there any more.", name);
        desk_go(d, "back", "Back", NULL);
        return;
    }
    desk_heading(d, name);
    lay_who(d, a);
    if (is_written(a))
        desk_field(d, "regions", "regions", joined(d, value_get(a, "regions"), ""),
                   "that of its keys", d->regions_problem);
    lay_verified(d, a);
    lay_kept(d, a);
    desk_blank(d);
    if (*value_cstr_or(a, "mfa_serial", ""))
        desk_field(d, "digits", "its 6 digits", d->digits,
                   "what the device shows, before it is verified or scanned", NULL);
    desk_go(d, "verify", "Verify", "who it is, and each permission that is missing");
    desk_go(d, "scan", "Scan", "look at everything that is watched, and keep it");
    if (is_written(a))
        desk_go(d, "remove", "Remove", "asks once");
    else
        desk_text(d, STYLE_DIM,
                  "Its keys are the environment's; it is in no file, and goes when an account is "
                  "added.");
}

/* "eu-west-1, us-east-1" */
static size_t words_of(struct desk *d, const char *text, const char **out, size_t max)
{
    struct str rest = str_from(arena_strdup(d->frame, text)), word;
    char *copy = arena_strdup(d->frame, text);
    size_t n = 0;

    for (char *c = copy; *c; c++)
        if (*c == ',' || *c == '\t')
            *c = ' ';
    rest = str_from(copy);
    while (n < max && str_split(&rest, ' ', &word))
        if (word.len)
            out[n++] = arena_strndup(d->frame, word.ptr, word.len);
    return n;
}

static void after_change(struct desk *d)
{
    if (desk_job_well(d))
        d->changed = true;
    desk_read(d);
}

/* They are checked by the command; until then the field says nothing. */
static void after_regions(struct desk *d)
{
    d->regions_problem[0] = '\0';
    if (!desk_job_well(d))
        (void)snprintf(d->regions_problem, sizeof(d->regions_problem), "%s",
                       desk_problem(d->job.arena, buf_str(&d->job.problem)));
    after_change(d);
}

static void change_regions(struct desk *d, const char *name, const char *text)
{
    const char *args[DESK_ARGS_MAX - 20] = {"accounts", "regions", name};
    size_t n = 3;

    n += words_of(d, text, args + n, 60);
    args[n] = NULL;
    (void)desk_start(d,
                     &(struct desk_start){
                         .title = "Regions", .stopped = "", .args = args, .then = after_regions});
}

static bool choose_account(struct desk *d, const char *name, const char *id, const char *text)
{
    if (strcmp(id, "verify") == 0) {
        start_verify(d, name);
    } else if (strcmp(id, "scan") == 0) {
        start_scan(d, name);
    } else if (strcmp(id, "remove") == 0) {
        desk_open(d, &page_remove, name);
    } else if (strcmp(id, "back") == 0) {
        desk_close(d);
    } else if (strcmp(id, "digits") == 0 && text) {
        (void)snprintf(d->digits, sizeof(d->digits), "%.6s", text);
    } else if (strcmp(id, "regions") == 0 && text) {
        change_regions(d, name, text);
    }
    return true;
}

const struct desk_page page_account = {
    .name = "account", .title = "Account", .lay = lay_account, .choose = choose_account};

/* ---- taking one away ---- */

static void lay_remove(struct desk *d, const char *name)
{
    desk_heading(d, arena_printf(d->frame, "Remove %s?", name));
    desk_text(d, STYLE_TEXT, "It is taken out of %s; comments and all else of the file stay.",
              value_cstr_or(d->list.v, "file", "services.yaml"));
    desk_text(d, STYLE_TEXT,
              "What stays: what scans found of it, sessions, and everything in AWS.");
    desk_text(d, STYLE_TEXT, "What goes: the account here, and when it was verified.");
    desk_blank(d);
    desk_go(d, "no", "Leave it as it is", NULL);
    desk_go(d, "yes", "Remove it", NULL);
}

static void after_remove(struct desk *d)
{
    after_change(d);
    if (!desk_job_well(d)) /* its page says why */
        return;
    while (d->depth > 1)
        d->depth--;
}

static bool choose_remove(struct desk *d, const char *name, const char *id, const char *text)
{
    const char *args[] = {"accounts", "remove", name, NULL};
    char title[160];

    (void)text;
    desk_close(d);
    if (strcmp(id, "yes") != 0)
        return true;
    (void)snprintf(title, sizeof(title), "Remove %s", name);
    if (desk_start(d, &(struct desk_start){
                          .title = title, .stopped = "", .args = args, .then = after_remove}))
        desk_open(d, &page_run, "");
    return true;
}

const struct desk_page page_remove = {
    .name = "remove", .title = "Account", .lay = lay_remove, .choose = choose_remove};
