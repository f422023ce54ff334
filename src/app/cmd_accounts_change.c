/* cmd_accounts_change.c - "runbook accounts add|remove|scope": what services.yaml says about AWS.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"
#include "runbook/codec/json.h"
#include "src/app/accounts.h"
#include "src/app/accounts_record.h"
#include "src/app/resources.h"

#define FILE_MAX ((size_t)1 << 20)
#define EXTERNAL_ID_MAX                                                                            \
    1400 /* AWS takes 1224 characters. Source: its API reference of AssumeRole */

static enum err_code change(const char *file,
                            enum err_code (*fn)(const char *file, struct str text, const void *what,
                                                struct buf *out, struct err *err),
                            const void *what, struct err *err)
{
    struct buf text = BUF_INIT(FILE_MAX), out = BUF_INIT(FILE_MAX * 2);
    enum err_code rc = file_exists(file) ? file_read(file, &text, err) : ERR_OK;

    if (!rc)
        rc = fn(file, buf_str(&text), what, &out, err);
    if (!rc)
        rc = config_write_file(&services_schema, file, buf_str(&out), err);
    buf_release(&text);
    buf_release(&out);
    return rc;
}

static enum err_code add_text(const char *file, struct str text, const void *what, struct buf *out,
                              struct err *err)
{
    return accounts_add_text(file, text, what, out, err);
}

static enum err_code remove_text(const char *file, struct str text, const void *what,
                                 struct buf *out, struct err *err)
{
    return accounts_remove_text(file, text, what, out, err);
}

enum err_code accounts_write(const char *file, const struct new_account *a, struct err *err)
{
    return change(file, add_text, a, err);
}

struct services {
    const char *const *names;
    size_t count;
};

static enum err_code scope_text(const char *file, struct str text, const void *what,
                                struct buf *out, struct err *err)
{
    const struct services *s = what;

    return accounts_scope_text(file, text, s->names, s->count, out, err);
}

enum err_code accounts_write_scope(const char *file, const char *const *services, size_t count,
                                   struct err *err)
{
    return change(file, scope_text, &(struct services){services, count}, err);
}

struct watched {
    const struct new_account *account;
    struct services services;
};

static enum err_code watched_text(const char *file, struct str text, const void *what,
                                  struct buf *out, struct err *err)
{
    const struct watched *w = what;
    struct buf added = BUF_INIT(FILE_MAX * 2);
    enum err_code rc = accounts_add_text(file, text, w->account, &added, err);

    if (!rc)
        rc = scope_text(file, buf_str(&added), &w->services, out, err);
    buf_release(&added);
    return rc;
}

enum err_code accounts_write_watched(const char *file, const struct new_account *a,
                                     const char *const *services, size_t count, struct err *err)
{
    return change(file, watched_text, &(struct watched){a, {services, count}}, err);
}

/* ---- what is said ---- */

static int say(struct app *app, const char *schema, const char *name, const char *file,
               const char *text)
{
    struct buf out = BUF_INIT(FILE_MAX);
    struct json_writer w;
    int rc;

    if (app->json) {
        json_writer_init(&w, &out);
        json_object_begin(&w);
        json_put_cstr(&w, "schema", schema);
        json_put_cstr(&w, "name", name);
        json_put_cstr(&w, "file", file);
        json_object_end(&w);
    } else {
        buf_adds(&out, text);
    }
    buf_addc(&out, '\n');
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

/* ---- add ---- */

static enum err_code read_account(const struct cmd_args *args, const char **regions,
                                  struct new_account *a, struct err *err)
{
    *a = (struct new_account){.name = args_pos(args, 0),
                              .number = args_get(args, "number"),
                              .profile = args_get(args, "profile"),
                              .role_arn = args_get(args, "role-arn"),
                              .external_id = args_get(args, "external-id"),
                              .mfa_serial = args_get(args, "mfa-serial"),
                              .regions = regions,
                              .region_count = resources_options(args, "region", regions),
                              .is_default = args_has(args, "default")};
    if (args_has(args, "scan") && a->region_count == 1 && strcmp(regions[0], "all") == 0)
        a->region_count = 0; /* they are found out */
    return account_check(a, err);
}

/* "-": a line of stdin, so that it stands in no list of processes. */
static enum err_code read_external_id(struct new_account *a, char line[EXTERNAL_ID_MAX],
                                      struct err *err)
{
    if (!a->external_id || strcmp(a->external_id, "-") != 0)
        return ERR_OK;
    if (!fgets(line, EXTERNAL_ID_MAX, stdin))
        return err_set(err, ERR_INPUT, "--external-id -: nothing was written to stdin");
    line[strcspn(line, "\r\n")] = '\0';
    a->external_id = line;
    return ERR_OK;
}

static enum err_code find_file(struct app *app, char **ret, struct err *err)
{
    const struct config *c;

    if (app_config(app, &c, err))
        return err->code;
    *ret = aws_services_file(c);
    return *ret ? ERR_OK : err_set(err, ERR_NOT_FOUND, "there is no place for a services.yaml");
}

static int run_add(struct app *app, const struct cmd_args *args)
{
    const char *regions[RESOURCE_LIST_MAX], *services[RESOURCE_LIST_MAX];
    struct onboarding o = {.app = app, .services = services, .all = args_has(args, "all")};
    struct err err = ERR_INIT;
    char *file = NULL, said[256], external[EXTERNAL_ID_MAX];
    int rc;

    app->events = args_has(args, "events");
    app->json = app->json || app->events;
    o.service_count = resources_options(args, "service", services);
    if (read_account(args, regions, &o.account, &err) ||
        read_external_id(&o.account, external, &err) || find_file(app, &file, &err)) {
        free(file);
        return app_fail(&err);
    }
    o.file = file;
    if (args_has(args, "scan")) {
        rc = accounts_onboard(&o);
    } else if (accounts_write(file, &o.account, &err)) {
        rc = app_fail(&err);
    } else {
        (void)snprintf(said, sizeof(said), "%s is in %.120s; runbook accounts verify %s tries it",
                       o.account.name, file, o.account.name);
        rc = say(app, "runbook.accounts.add/1", o.account.name, file, said);
    }
    free(file);
    return rc;
}

const struct cmd_def accounts_add_def = {
    .name = "add",
    .help = "Add an AWS account to services.yaml, and with --scan look at it.",
    .details =
        "Comments and all else of the file stay. With --scan nothing is written before it worked: "
        "the role is assumed, permissions are checked and those that are missing are named, "
        "regions are found out (or are those of --region), everything is scanned into the "
        "inventory, and what is watched from then on is chosen: --service, --all, or asked for, "
        "else the services in which something was found. A stage that fails is the last one.",
    .opts =
        (const struct opt_def[]){
            {"role-arn", 0, ARG_TEXT, .value = "ARN", .help = "The role that is assumed."},
            {"external-id", 0, ARG_TEXT, .value = "ID",
             .help = "What the role wants to be told, as text or ${VARIABLE}; -: a line of stdin."},
            {"profile", 0, ARG_TEXT, .value = "NAME",
             .help = "A profile of the AWS configuration: whose keys are used."},
            {"mfa-serial", 0, ARG_TEXT, .value = "ARN",
             .help = "A device whose 6 digits are asked for when the role is assumed."},
            {"number", 0, ARG_TEXT, .value = "DIGITS",
             .help = "The account's 12 digits; known from the role's ARN otherwise."},
            {"region", 'r', ARG_TEXT, .repeat = true, .value = "REGION",
             .help = "A region that is looked at; with --scan those that are switched on when none "
                     "is given."},
            {"default", 0, ARG_NONE, .help = "It is used when no account is named."},
            {"scan", 0, ARG_NONE, .help = "Try it, scan it, and choose what is watched."},
            {"service", 's', ARG_TEXT, .repeat = true, .value = "SERVICE",
             .help = "With --scan: watch this service, and only those that are named."},
            {"all", 0, ARG_NONE, .help = "With --scan: watch every service."},
            {"events", 0, ARG_NONE,
             .help = "With --scan: tell how far it is, one JSON object a line, the result last."},
            {NULL}},
    .pos =
        (const struct pos_def[]){
            {"NAME", ARG_TEXT, .required = true, .help = "How it is called here."}, {NULL}},
    .run = run_add,
    .examples = "runbook accounts add prod --role-arn arn:aws:iam::123456789012:role/reader "
                "--external-id x-1 --region eu-west-1\n"
                "runbook accounts add stage --profile stage --scan",
};

/* ---- remove ---- */

static int run_remove(struct app *app, const struct cmd_args *args)
{
    const char *name = args_pos(args, 0);
    struct err err = ERR_INIT;
    char *file = NULL, said[256];
    int rc;

    if (find_file(app, &file, &err) || change(file, remove_text, name, &err)) {
        rc = app_fail(&err);
    } else {
        account_record_forget(app, name);
        (void)snprintf(said, sizeof(said), "%.70s is no longer in %.120s", name, file);
        rc = say(app, "runbook.accounts.remove/1", name, file, said);
    }
    free(file);
    return rc;
}

const struct cmd_def accounts_remove_def = {
    .name = "remove",
    .help = "Take an AWS account out of services.yaml.",
    .details = "Comments and all else of the file stay; so does what scans found of it.",
    .pos =
        (const struct pos_def[]){
            {"ACCOUNT", ARG_TEXT, .required = true, .help = "Its name or number."}, {NULL}},
    .run = run_remove,
};

/* ---- regions ---- */

struct regions {
    const char *account, *const *names;
    size_t count;
};

static enum err_code regions_text(const char *file, struct str text, const void *what,
                                  struct buf *out, struct err *err)
{
    const struct regions *r = what;

    return accounts_regions_text(file, text, r->account, r->names, r->count, out, err);
}

static int run_regions(struct app *app, const struct cmd_args *args)
{
    const char *names[RESOURCE_LIST_MAX];
    struct regions r = {.account = args_pos(args, 0), .names = names};
    struct err err = ERR_INIT;
    char *file = NULL, said[256];
    int rc;

    for (size_t i = 1; !err.code && i < args_pos_count(args) && i < RESOURCE_LIST_MAX; i++) {
        names[r.count++] = args_pos(args, i);
        (void)aws_region_check(args_pos(args, i), &err);
    }
    if (err.code || find_file(app, &file, &err) || change(file, regions_text, &r, &err)) {
        rc = app_fail(&err);
    } else {
        (void)snprintf(said, sizeof(said), "%.70s is looked at in %zu region%s", r.account, r.count,
                       r.count == 1 ? "" : "s");
        rc = say(app, "runbook.accounts.regions/1", r.account, file,
                 r.count ? said : "it is looked at in the region of its keys");
    }
    free(file);
    return rc;
}

const struct cmd_def accounts_regions_def = {
    .name = "regions",
    .help = "Choose the regions in which an account is looked at.",
    .details = "It is written to its regions in services.yaml; comments and all else of the file "
               "stay. Without a region that of its keys is it.",
    .pos =
        (const struct pos_def[]){
            {"ACCOUNT", ARG_TEXT, .required = true, .help = "Its name or number."},
            {"REGION", ARG_TEXT, .repeat = true, .help = "The regions, instead of those before."},
            {NULL}},
    .run = run_regions,
    .examples = "runbook accounts regions prod eu-west-1 us-east-1",
};

/* ---- scope ---- */

static int show_scope(struct app *app, const struct aws_estate *e)
{
    struct buf out = BUF_INIT(FILE_MAX);
    struct json_writer w;
    int rc;

    json_writer_init(&w, &out);
    if (app->json) {
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.accounts.scope/1");
        json_put_bool(&w, "all", !e->scope);
        json_key(&w, "services");
        json_array_begin(&w);
    } else if (!e->scope) {
        buf_adds(&out, "every service is watched\n");
    }
    for (size_t i = 0; e->scope && e->scope[i]; i++) {
        if (app->json)
            json_cstring(&w, e->scope[i]);
        else
            buf_addf(&out, "%s\n", e->scope[i]);
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

static enum err_code choose(const struct aws_run *r, const struct cmd_args *args,
                            struct aws_choice *c, struct err *err)
{
    for (size_t i = 0; i < args_pos_count(args); i++) {
        if (aws_choose_service(r->estate, c, args_pos(args, i), err))
            return err->code;
        if (aws_survey_kind(args_pos(args, i)))
            return err_set(err, ERR_INPUT, "whole services are watched, not '%.60s'",
                           args_pos(args, i));
    }
    return ERR_OK;
}

static int run_scope(struct app *app, const struct cmd_args *args)
{
    struct aws_pick pick = {.all = true};
    struct aws_choice c = {.count = 0};
    struct aws_run r;
    struct err err = ERR_INIT;
    char *file = NULL;
    int rc = EXIT_DONE;

    if (aws_run_open(&r, app, &pick, &err) || find_file(app, &file, &err) ||
        choose(&r, args, &c, &err))
        rc = app_fail(&err);
    else if (!c.count && !args_has(args, "all"))
        rc = show_scope(app, r.estate);
    else if (accounts_write_scope(file, c.services, c.count, &err))
        rc = app_fail(&err);
    else
        rc = say(app, "runbook.accounts.scope/1", "aws.services", file,
                 c.count ? "only these are watched from now on" : "every service is watched");
    free(file);
    aws_run_close(&r);
    return rc;
}

const struct cmd_def accounts_scope_def = {
    .name = "scope",
    .help = "Show or choose which services of AWS are watched.",
    .details =
        "Only these are asked by scans, --all, --category, the screen and the tools; a service "
        "that somebody names is asked anyway. It is written to aws.services of services.yaml.",
    .opts = (const struct opt_def[]){{"all", 0, ARG_NONE, .help = "Watch every service."}, {NULL}},
    .pos =
        (const struct pos_def[]){
            {"SERVICE", ARG_TEXT, .repeat = true,
             .help = "The services that are watched; none: those that are, are shown."},
            {NULL}},
    .run = run_scope,
    .examples = "runbook accounts scope\nrunbook accounts scope ec2 rds lambda\n"
                "runbook accounts scope --all",
};
