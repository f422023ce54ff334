/* cmd_accounts.c - "runbook accounts": the AWS accounts of services.yaml, who they really are, and
 * which permissions are missing. */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/action.h"
#include "src/app/accounts.h"
#include "src/app/accounts_record.h"
#include "src/app/commands.h"
#include "src/app/resources.h"

#define OUT_MAX ((size_t)16 << 20)

struct listing {
    struct aws_run run;
    struct buf out;
    struct json_writer w;
    struct accounts_kept kept; /* of a list */
    bool failed;
};

static void begin(struct listing *l, const char *schema)
{
    buf_init(&l->out, OUT_MAX);
    json_writer_init(&l->w, &l->out);
    if (!l->run.app->json)
        return;
    json_object_begin(&l->w);
    json_put_cstr(&l->w, "schema", schema);
    json_key(&l->w, "accounts");
    json_array_begin(&l->w);
}

static int end(struct listing *l)
{
    int rc;

    if (l->run.app->json) {
        json_array_end(&l->w);
        json_object_end(&l->w);
        buf_addc(&l->out, '\n');
    }
    rc = app_print(buf_str(&l->out));
    buf_release(&l->out);
    return rc == EXIT_DONE && l->failed ? EXIT_FAILED : rc;
}

/* Where its keys are, without asking anybody. */
static const char *keys_from(const struct aws_account *a, char out[ERR_MSG_MAX], bool *ret_there)
{
    struct aws_keys keys;
    struct err err = ERR_INIT;
    bool missing = aws_credentials_peek(a->credentials, &keys, &err) == AWS_MISSING;

    *ret_there = !missing;
    (void)snprintf(out, ERR_MSG_MAX, "%s", missing ? err.msg : keys.from);
    return out;
}

static void put_regions(struct listing *l, const struct aws_account *a)
{
    const char *own = aws_client_region(a->client);

    json_key(&l->w, "regions");
    json_array_begin(&l->w);
    for (size_t i = 0; a->regions[i]; i++)
        json_cstring(&l->w, a->regions[i]);
    if (!a->regions[0] && own)
        json_cstring(&l->w, own);
    json_array_end(&l->w);
}

/* Which of services.yaml it is; SIZE_MAX: none, its keys are the environment's. */
static size_t row_of(const struct listing *l, const struct aws_account *a)
{
    size_t n = l->run.services ? config_count(l->run.services, "aws.accounts") : 0;

    for (size_t i = 0; i < n; i++)
        if (strcmp(
                config_str(l->run.services, arena_printf(l->run.arena, "aws.accounts.%zu.name", i)),
                a->name) == 0)
            return i;
    return SIZE_MAX;
}

static void put_row(struct listing *l, size_t row)
{
    static const char *const fields[] = {"role_arn", "profile", "mfa_serial"};

    json_put_cstr(&l->w, "from", row == SIZE_MAX ? "environment" : "services.yaml");
    for (size_t i = 0; row != SIZE_MAX && i < sizeof(fields) / sizeof(*fields); i++) {
        const char *text = config_str(
            l->run.services, arena_printf(l->run.arena, "aws.accounts.%zu.%s", row, fields[i]));

        json_put_cstr(&l->w, fields[i], *text ? text : NULL);
    }
}

/* Scans keep it under its number, or, when that was never told, under its name. */
static const struct account_kept *kept_of(const struct listing *l, const struct aws_account *a,
                                          const struct value *record)
{
    const char *number = *a->number ? a->number : value_cstr_or(record, "account_id", "");
    const struct account_kept *k = *number ? map_get_c(l->kept.by_account, number) : NULL;

    return k ? k : map_get_c(l->kept.by_account, a->name);
}

static void json_one(struct listing *l, const struct aws_account *a, const struct value *record,
                     const struct account_kept *kept)
{
    char from[ERR_MSG_MAX];
    bool there;

    json_object_begin(&l->w);
    json_put_cstr(&l->w, "name", a->name);
    json_put_cstr(&l->w, "account_id", *a->number ? a->number : NULL);
    json_put_cstr(&l->w, "keys", keys_from(a, from, &there));
    json_put_bool(&l->w, "has_keys", there);
    put_regions(l, a);
    json_put_bool(&l->w, "is_default", a->is_default);
    put_row(l, row_of(l, a));
    json_key(&l->w, "verified");
    json_value(&l->w, record);
    json_put_int(&l->w, "resources", kept ? (int64_t)kept->resources : 0);
    json_put_int(&l->w, "seen_ms", kept ? kept->seen_ms : 0);
    json_object_end(&l->w);
}

static void say_state(struct listing *l, const struct value *record,
                      const struct account_kept *kept)
{
    char at[TIME_TEXT_MAX];
    size_t missing = value_count(value_get(record, "missing"));
    const char *error = value_cstr_or(record, "error", "");

    if (!record) {
        buf_adds(&l->out, "                 never verified");
    } else {
        time_format_utc(value_i64_or(record, "at_ms", 0) / 1000 * 1000, at);
        buf_addf(&l->out, "                 verified %s: ", at);
        if (*error)
            buf_adds(&l->out, error);
        else
            buf_addf(&l->out, "%s, %zu missing", value_cstr_or(record, "arn", "?"), missing);
    }
    if (kept) {
        time_format_utc(kept->seen_ms / 1000 * 1000, at);
        buf_addf(&l->out, "; %zu resources, seen %s", kept->resources, at);
    }
    buf_addc(&l->out, '\n');
}

static void list_one(struct listing *l, const struct aws_account *a)
{
    const struct value *record = account_record_read(l->run.app, a->name, l->run.arena);
    const struct account_kept *kept = kept_of(l, a, record);
    char from[ERR_MSG_MAX];
    const char *own = aws_client_region(a->client);
    bool there;

    if (l->run.app->json) {
        json_one(l, a, record, kept);
        return;
    }
    buf_addf(&l->out, "%-16s %-13s", a->name, *a->number ? a->number : "-");
    for (size_t i = 0; a->regions[i]; i++)
        buf_addf(&l->out, "%s%s", i ? "," : "", a->regions[i]);
    if (!a->regions[0])
        buf_adds(&l->out, own ? own : "no region");
    buf_addf(&l->out, "  %s\n", keys_from(a, from, &there));
    say_state(l, record, kept);
}

/* Beside the accounts: where they are written, what is watched, and where something was found. */
static void put_around(struct listing *l)
{
    char *file = aws_services_file(l->run.config);
    struct str key;
    void *kept;
    size_t at = 0;

    json_array_end(&l->w);
    json_put_cstr(&l->w, "file", file);
    json_key(&l->w, "services");
    json_array_begin(&l->w);
    for (size_t i = 0; l->run.estate->scope && l->run.estate->scope[i]; i++)
        json_cstring(&l->w, l->run.estate->scope[i]);
    json_array_end(&l->w);
    json_key(&l->w, "found");
    json_object_begin(&l->w);
    while (map_next(l->kept.by_service, &at, &key, &kept)) {
        json_key_str(&l->w, key);
        json_int(&l->w, (int64_t)((const struct account_kept *)kept)->resources);
    }
    json_object_end(&l->w);
    json_object_end(&l->w);
    buf_addc(&l->out, '\n');
    free(file);
}

static int run_list(struct app *app, const struct cmd_args *args)
{
    struct aws_pick pick = {.all = true};
    struct listing l = {.failed = false};
    struct err err = ERR_INIT;
    int rc;

    (void)args;
    if (aws_run_open(&l.run, app, &pick, &err)) {
        rc = app_fail(&err);
    } else {
        accounts_kept_read(app, l.run.arena, &l.kept);
        begin(&l, "runbook.accounts/1");
        VEC_EACH (a, &l.run.estate->accounts)
            list_one(&l, a);
        if (app->json)
            put_around(&l);
        rc = app_print(buf_str(&l.out));
        buf_release(&l.out);
        accounts_kept_release(&l.kept);
    }
    aws_run_close(&l.run);
    return rc;
}

/* ---- verify ---- */

static void put_action(struct gather *g, const struct resource_cell *c, char out[AWS_ACTION_MAX])
{
    const struct aws_service *s;
    struct err ignored = ERR_INIT;

    if (aws_catalogue_get(g->run->estate->catalogue, str_from(c->service), &s, &ignored))
        (void)snprintf(out, AWS_ACTION_MAX, "%s", c->service);
    else
        aws_action_name(s, str_from(c->operation), out);
}

#define MISSING_MAX 1024

struct checked {
    struct account_identity who;
    struct err err; /* why nobody knows who it is */
    const char *missing[MISSING_MAX];
    size_t missing_count, whole;
    const struct resource_cell *refused;
};

static void note_missing(struct listing *l, struct gather *g, const struct resource_cell *c,
                         struct checked *k)
{
    char action[AWS_ACTION_MAX];

    put_action(g, c, action);
    for (size_t i = 0; i < k->missing_count; i++)
        if (strcmp(k->missing[i], action) == 0)
            return;
    if (k->missing_count < MISSING_MAX)
        k->missing[k->missing_count++] = arena_strdup(l->run.arena, action);
}

static void check_one(struct listing *l, struct gather *g, const struct aws_account *a,
                      struct checked *k)
{
    VEC_EACH (c, &g->cells) {
        if (strcmp(c->account, a->name) != 0)
            continue;
        k->whole += !cell_failed(c);
        if (c->end == AWS_END_DENIED)
            note_missing(l, g, c, k);
        if (c->end == AWS_END_KEYS || c->end == AWS_END_CLOCK || c->end == AWS_END_INPUT)
            k->refused = c;
    }
}

static const char *trouble_of(const struct checked *k)
{
    return k->refused ? k->refused->why : k->err.code && !k->whole ? k->err.msg : "";
}

static void json_checked(struct listing *l, const struct aws_account *a, const struct checked *k)
{
    const char *trouble = trouble_of(k);

    json_object_begin(&l->w);
    json_put_cstr(&l->w, "name", a->name);
    json_put_cstr(&l->w, "account_id", *a->number ? a->number : NULL);
    json_put_bool(&l->w, "usable", !*trouble || k->whole);
    json_put_cstr(&l->w, "arn", *k->who.arn ? k->who.arn : NULL);
    json_put_cstr(&l->w, "error", *trouble ? trouble : NULL);
    json_put_int(&l->w, "lists_read", (int64_t)k->whole);
    json_key(&l->w, "missing");
    json_array_begin(&l->w);
    for (size_t i = 0; i < k->missing_count; i++)
        json_cstring(&l->w, k->missing[i]);
    json_array_end(&l->w);
    json_object_end(&l->w);
}

static void say_checked(struct listing *l, const struct aws_account *a, const struct checked *k)
{
    const char *trouble = trouble_of(k);

    buf_addf(&l->out, "%s %s: %zu lists can be read, %zu are denied%s%s\n", a->name,
             *a->number ? a->number : "(account not known)", k->whole, k->missing_count,
             *trouble ? "; " : "", trouble);
    if (*k->who.arn)
        buf_addf(&l->out, "  as %s\n", k->who.arn);
    for (size_t i = 0; i < k->missing_count; i++)
        buf_addf(&l->out, "  missing %s\n", k->missing[i]);
}

static void verify_one(struct listing *l, const struct aws_account *a, const struct checked *k)
{
    struct account_record record = {.name = a->name,
                                    .number = a->number,
                                    .arn = k->who.arn,
                                    .error = trouble_of(k),
                                    .missing = k->missing,
                                    .missing_count = k->missing_count,
                                    .lists_read = k->whole};
    struct err err = ERR_INIT;

    l->failed = l->failed || k->missing_count || *record.error;
    if (account_record_write(l->run.app, &record, &err))
        fprintf(stderr, "runbook: %s is not remembered: %s\n", a->name, err.msg);
    if (l->run.app->json)
        json_checked(l, a, k);
    else
        say_checked(l, a, k);
}

#define VERIFY_STAGES 2

/* Who it is comes first: a role that cannot be taken on says why, in one line. False: nobody is
 * known. */
static bool ask_who(struct listing *l, struct checked *all)
{
    struct buf said = BUF_INIT(4096);
    bool ok = true, any = false;
    size_t i = 0;

    events_stage(l->run.app, 1, VERIFY_STAGES, "role", true, NULL);
    VEC_EACH (a, &l->run.estate->accounts) {
        struct checked *k = &all[i++];

        if (account_identity_ask(&l->run, a, l->run.arena, &k->who, &k->err))
            ok = false;
        else
            any = true;
        buf_addf(&said, "%s%.500s", i > 1 ? "; " : "", k->err.code ? k->err.msg : k->who.arn);
    }
    events_stage(l->run.app, 1, VERIFY_STAGES, "role", ok, buf_cstr(&said));
    buf_release(&said);
    return any;
}

static void tell_checked(struct listing *l, struct gather *g, struct checked *all)
{
    struct buf said = BUF_INIT(4096);
    size_t i = 0, missing = 0, whole = 0;

    VEC_EACH (a, &l->run.estate->accounts) {
        check_one(l, g, a, &all[i]);
        missing += all[i].missing_count;
        whole += all[i++].whole;
    }
    buf_addf(&said, "%zu lists can be read, %zu permission%s missing", whole, missing,
             missing == 1 ? " is" : "s are");
    events_stage(l->run.app, 2, VERIFY_STAGES, "permissions", whole > 0, buf_cstr(&said));
    buf_release(&said);
    i = 0;
    begin(l, "runbook.accounts.verify/1");
    VEC_EACH (a, &l->run.estate->accounts)
        verify_one(l, a, &all[i++]);
}

static int verify(struct listing *l, const struct cmd_args *args)
{
    const char *services[RESOURCE_LIST_MAX], *region = args_get(args, "region");
    struct resource_query q = {
        .services = services, .regions = &region, .region_count = region ? 1 : 0};
    struct checked *all =
        arena_array(l->run.arena, l->run.estate->accounts.count + 1, sizeof(*all));
    struct gather g;
    struct err err = ERR_INIT;
    bool known = ask_who(l, all);
    int rc;

    events_stage(l->run.app, 2, VERIFY_STAGES, "permissions", true, NULL);
    for (size_t i = 0; i < aws_catalogue_count(l->run.catalogue); i++)
        if (q.service_count < RESOURCE_LIST_MAX)
            services[q.service_count++] = aws_catalogue_entry(l->run.catalogue, i)->id;
    gather_init(&g, &l->run, &q);
    if (gather_run(&g, &err) && known) {
        rc = app_fail(&err);
    } else if (g.interrupted) {
        rc = EXIT_INTERRUPTED;
    } else {
        tell_checked(l, &g, all);
        rc = end(l);
    }
    gather_release(&g);
    return rc;
}

static int run_verify(struct app *app, const struct cmd_args *args)
{
    const char *name = args_pos(args, 0);
    struct aws_pick pick = {.names = &name, .count = name ? 1 : 0, .all = true, .scan = true};
    struct listing l = {.failed = false};
    struct err err = ERR_INIT;
    int rc;

    app->events = args_has(args, "events");
    app->json = app->json || app->events;
    rc = aws_run_open(&l.run, app, &pick, &err) ? app_fail(&err) : verify(&l, args);
    aws_run_close(&l.run);
    return rc;
}

static const struct cmd_def list_def = {
    .name = "list",
    .help = "List the AWS accounts of services.yaml, where their keys come from, when each was "
            "verified and what scans keep of it.",
    .run = run_list,
};

static const struct cmd_def verify_def = {
    .name = "verify",
    .help = "Ask AWS who an account is, and name each permission that is missing.",
    .details = "Every list that resources would read is read once; what is denied is named as the "
               "action of IAM that permits it. The exit code is 1 when something is missing.",
    .opts = (const struct opt_def[]){{"region", 'r', ARG_TEXT, .value = "REGION",
                                      .help = "Try it in this region instead of the account's."},
                                     {"events", 0, ARG_NONE,
                                      .help = "Tell how far it is, one JSON object a line, the "
                                              "result last."},
                                     {NULL}},
    .pos =
        (const struct pos_def[]){
            {"ACCOUNT", ARG_TEXT, .help = "Its name or number; all when not given."}, {NULL}},
    .run = run_verify,
};

const struct cmd_def cmd_accounts_def = {
    .name = "accounts",
    .help = "Add, show, verify and remove the AWS accounts that are looked at.",
    .details =
        "Accounts are written in services.yaml: aws.accounts, each with a name and a profile, or a "
        "role_arn with an external_id, and regions. Without any the environment's keys are the one "
        "account.",
    .subs = (const struct cmd_def *const[]){&accounts_add_def, &list_def, &accounts_remove_def,
                                            &accounts_regions_def, &accounts_scope_def, &verify_def,
                                            NULL},
    .run = run_list,
    .examples = "runbook accounts\nrunbook accounts verify prod\n"
                "runbook accounts add prod --role-arn arn:aws:iam::123456789012:role/reader --scan",
};
