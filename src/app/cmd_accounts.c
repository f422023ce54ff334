/* cmd_accounts.c - "runbook accounts": the AWS accounts of services.yaml, who they really are, and
 * which permissions are missing. */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/codec/json.h"
#include "runbook/service/aws/action.h"
#include "src/app/accounts.h"
#include "src/app/commands.h"
#include "src/app/resources.h"

#define OUT_MAX ((size_t)16 << 20)

struct listing {
    struct aws_run run;
    struct buf out;
    struct json_writer w;
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
static const char *keys_from(const struct aws_account *a, char out[ERR_MSG_MAX])
{
    struct aws_keys keys;
    struct err err = ERR_INIT;
    bool missing = aws_credentials_peek(a->credentials, &keys, &err) == AWS_MISSING;

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

static void list_one(struct listing *l, const struct aws_account *a)
{
    char from[ERR_MSG_MAX];
    const char *own = aws_client_region(a->client);

    if (l->run.app->json) {
        json_object_begin(&l->w);
        json_put_cstr(&l->w, "name", a->name);
        json_put_cstr(&l->w, "account_id", *a->number ? a->number : NULL);
        json_put_cstr(&l->w, "keys", keys_from(a, from));
        put_regions(l, a);
        json_object_end(&l->w);
        return;
    }
    buf_addf(&l->out, "%-16s %-13s", a->name, *a->number ? a->number : "-");
    for (size_t i = 0; a->regions[i]; i++)
        buf_addf(&l->out, "%s%s", i ? "," : "", a->regions[i]);
    if (!a->regions[0])
        buf_adds(&l->out, own ? own : "no region");
    buf_addf(&l->out, "  %s\n", keys_from(a, from));
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
        begin(&l, "runbook.accounts/1");
        VEC_EACH (a, &l.run.estate->accounts)
            list_one(&l, a);
        rc = end(&l);
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

static void verify_one(struct listing *l, struct gather *g, const struct aws_account *a)
{
    const struct resource_cell *refused = NULL;
    size_t missing = 0, whole = 0;
    char action[AWS_ACTION_MAX];

    VEC_EACH (c, &g->cells) {
        if (strcmp(c->account, a->name) != 0)
            continue;
        missing += c->end == AWS_END_DENIED;
        whole += !cell_failed(c);
        if (c->end == AWS_END_KEYS || c->end == AWS_END_CLOCK || c->end == AWS_END_INPUT)
            refused = c;
    }
    l->failed = l->failed || missing || refused;
    if (l->run.app->json) {
        json_object_begin(&l->w);
        json_put_cstr(&l->w, "name", a->name);
        json_put_cstr(&l->w, "account_id", *a->number ? a->number : NULL);
        json_put_bool(&l->w, "usable", !refused || whole);
        json_put_cstr(&l->w, "error", refused ? refused->why : NULL);
        json_put_int(&l->w, "lists_read", (int64_t)whole);
        json_key(&l->w, "missing");
        json_array_begin(&l->w);
    } else {
        buf_addf(&l->out, "%s %s: %zu lists can be read, %zu are denied%s%s\n", a->name,
                 *a->number ? a->number : "(account not known)", whole, missing,
                 refused ? "; " : "", refused ? refused->why : "");
    }
    VEC_EACH (c, &g->cells) {
        if (strcmp(c->account, a->name) != 0 || c->end != AWS_END_DENIED)
            continue;
        put_action(g, c, action);
        if (l->run.app->json)
            json_cstring(&l->w, action);
        else
            buf_addf(&l->out, "  missing %s\n", action);
    }
    if (l->run.app->json) {
        json_array_end(&l->w);
        json_object_end(&l->w);
    }
}

static int verify(struct listing *l, const struct cmd_args *args)
{
    const char *services[RESOURCE_LIST_MAX], *region = args_get(args, "region");
    struct resource_query q = {
        .services = services, .regions = &region, .region_count = region ? 1 : 0};
    struct gather g;
    struct err err = ERR_INIT;
    int rc;

    for (size_t i = 0; i < aws_catalogue_count(l->run.catalogue); i++)
        if (q.service_count < RESOURCE_LIST_MAX)
            services[q.service_count++] = aws_catalogue_entry(l->run.catalogue, i)->id;
    gather_init(&g, &l->run, &q);
    if (gather_run(&g, &err)) {
        rc = app_fail(&err);
    } else {
        begin(l, "runbook.accounts.verify/1");
        VEC_EACH (a, &l->run.estate->accounts)
            verify_one(l, &g, a);
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

    rc = aws_run_open(&l.run, app, &pick, &err) ? app_fail(&err) : verify(&l, args);
    aws_run_close(&l.run);
    return rc;
}

static const struct cmd_def list_def = {
    .name = "list",
    .help = "List the AWS accounts of services.yaml and where their keys come from.",
    .run = run_list,
};

static const struct cmd_def verify_def = {
    .name = "verify",
    .help = "Ask AWS who an account is, and name each permission that is missing.",
    .details = "Every list that resources would read is read once; what is denied is named as the "
               "action of IAM that permits it. The exit code is 1 when something is missing.",
    .opts = (const struct opt_def[]){{"region", 'r', ARG_TEXT, .value = "REGION",
                                      .help = "Try it in this region instead of the account's."},
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
                                            &accounts_scope_def, &verify_def, NULL},
    .run = run_list,
    .examples = "runbook accounts\nrunbook accounts verify prod\n"
                "runbook accounts add prod --role-arn arn:aws:iam::123456789012:role/reader --scan",
};
