/* desk_form.c - an account of AWS as a form: each field is checked when it was written, all of them
 * when the form is used. The checks are those of `runbook accounts add`, which is what it runs. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "runbook/service/aws/endpoint.h"
#include "src/app/accounts_file.h"
#include "src/app/desk_priv.h"

static const struct {
    const char *id, *label, *note, *option;
} fields[FIELDS] = {
    [FIELD_NAME] = {"name", "name", "how it is called here, such as prod", NULL},
    [FIELD_ROLE] = {"role", "role ARN", "arn:aws:iam::123456789012:role/reader", "--role-arn"},
    [FIELD_EXTERNAL] = {"external", "external id", "what the role wants to be told, or ${VARIABLE}",
                        NULL},
    [FIELD_PROFILE] = {"profile", "profile", "of ~/.aws/config: whose keys are used", "--profile"},
    [FIELD_DEVICE] = {"device", "MFA device", "its ARN, where the role wants one", "--mfa-serial"},
    [FIELD_DIGITS] = {"digits", "its 6 digits", "what it shows now; for Try it only", "--mfa-code"},
    [FIELD_REGIONS] = {"regions", "regions", "eu-west-1 us-east-1; empty: they are found out",
                       NULL},
};

void form_clear(struct desk *d)
{
    memset(&d->form, 0, sizeof(d->form));
}

/* Blanks and commas between them; *text is changed. NULL at the end. */
static char *next_word(char **text)
{
    char *word = *text + strspn(*text, " ,\t"), *end;

    if (!*word)
        return NULL;
    end = word + strcspn(word, " ,\t");
    *text = *end ? end + 1 : end;
    *end = '\0';
    return word;
}

/* ---- checks ---- */

static enum err_code check_name(struct desk *d, const char *text, struct err *err)
{
    if (account_check_name(text, err))
        return err->code;
    if (desk_account(d, text) &&
        str_eq_c(value_str_or(desk_account(d, text), "from", ""), "services.yaml"))
        return err_set(err, ERR_INPUT, "there is an account '%.70s' already", text);
    return ERR_OK;
}

static enum err_code check_regions(const char *text, struct err *err)
{
    char copy[DESK_FIELD_MAX], *rest = copy, *word;

    (void)snprintf(copy, sizeof(copy), "%s", text);
    while (!err->code && (word = next_word(&rest)) != NULL)
        (void)aws_region_check(word, err);
    return err->code;
}

static enum err_code check_digits(const char *text, struct err *err)
{
    size_t n = strspn(text, "0123456789");

    return n == 6 && !text[n] ? ERR_OK : err_set(err, ERR_INPUT, "a device shows 6 digits");
}

static enum err_code check_profile(const char *text, struct err *err)
{
    for (const char *c = text; *c; c++)
        if (iscntrl((unsigned char)*c) || *c == '[' || *c == ']')
            return err_set(err, ERR_INPUT, "'%.60s' is no name of a profile", text);
    return ERR_OK;
}

/* An empty field is judged when the form is used. */
static enum err_code check_field(struct desk *d, enum desk_field_id i, struct err *err)
{
    const char *text = d->form.text[i];

    err_clear(err);
    if (!*text)
        return ERR_OK;
    switch (i) {
    case FIELD_NAME:
        return check_name(d, text, err);
    case FIELD_ROLE:
        return account_check_role(text, err);
    case FIELD_DEVICE:
        return account_check_device(text, err);
    case FIELD_DIGITS:
        return check_digits(text, err);
    case FIELD_REGIONS:
        return check_regions(text, err);
    case FIELD_PROFILE:
        return check_profile(text, err);
    case FIELD_EXTERNAL:
    case FIELDS:
        break;
    }
    return ERR_OK;
}

static void complain(struct desk *d, enum desk_field_id i, const char *why)
{
    (void)snprintf(d->form.problem[i], sizeof(d->form.problem[i]), "%s", why);
}

/* What belongs together. */
static void check_together(struct desk *d)
{
    const struct desk_form *f = &d->form;

    if (!*f->text[FIELD_NAME])
        complain(d, FIELD_NAME, "it needs a name");
    if (!*f->text[FIELD_ROLE] && !*f->text[FIELD_PROFILE])
        complain(d, FIELD_ROLE, "say whose keys it has: a role, a profile, or both");
    if (*f->text[FIELD_EXTERNAL] && !*f->text[FIELD_ROLE])
        complain(d, FIELD_EXTERNAL, "it is for a role: write the role's ARN, too");
    if (*f->text[FIELD_DEVICE] && !*f->text[FIELD_ROLE] && !*f->text[FIELD_PROFILE])
        complain(d, FIELD_DEVICE, "it is for a role");
}

bool form_check(struct desk *d)
{
    bool well = true;

    for (int i = 0; i < FIELDS; i++) {
        struct err err = ERR_INIT;

        complain(d, (enum desk_field_id)i, "");
        if (check_field(d, (enum desk_field_id)i, &err))
            complain(d, (enum desk_field_id)i, err.msg);
    }
    check_together(d);
    for (int i = 0; i < FIELDS; i++) {
        if (well && *d->form.problem[i])
            desk_select(d, fields[i].id);
        well = well && !*d->form.problem[i];
    }
    return well;
}

/* ---- its rows ---- */

void form_lay(struct desk *d)
{
    const struct desk_form *f = &d->form;

    for (int i = 0; i < FIELDS; i++) {
        if (i == FIELD_DIGITS && !*f->text[FIELD_DEVICE])
            continue;
        desk_field(d, fields[i].id, fields[i].label, f->text[i], fields[i].note, f->problem[i]);
    }
    desk_check(d, "default", f->is_default, "the default one", "asked when no account is named");
}

/* What is pasted may have blanks at its ends. */
static bool write_field(struct desk *d, enum desk_field_id i, const char *text)
{
    struct str clean = str_trim(str_from(text));
    struct err err = ERR_INIT;

    if (clean.len >= DESK_FIELD_MAX) {
        complain(d, i, "that is too long");
        return false;
    }
    (void)snprintf(d->form.text[i], DESK_FIELD_MAX, "%.*s", STR_FMT(clean));
    complain(d, i, "");
    if (check_field(d, i, &err))
        complain(d, i, err.msg);
    return !err.code;
}

bool form_choose(struct desk *d, const char *id, const char *text, bool *ret_bad)
{
    *ret_bad = false;
    if (strcmp(id, "default") == 0) {
        d->form.is_default = !d->form.is_default;
        return true;
    }
    for (int i = 0; i < FIELDS; i++) {
        if (strcmp(id, fields[i].id) != 0)
            continue;
        *ret_bad = text && !write_field(d, (enum desk_field_id)i, text);
        return true;
    }
    return false;
}

/* ---- what it runs ---- */

static size_t put_regions(struct desk *d, struct arena *a, const char **args, size_t n)
{
    char *rest = arena_strdup(a, d->form.text[FIELD_REGIONS]), *word;

    while (n < DESK_ARGS_MAX - 40 && (word = next_word(&rest)) != NULL) {
        args[n++] = "--region";
        args[n++] = word;
    }
    return n;
}

/* The external id goes through stdin: no list of processes shows it. */
void form_args(struct desk *d, bool scan, const char **args, struct arena *a,
               const char **ret_input)
{
    const struct desk_form *f = &d->form;
    size_t n = 0;

    args[n++] = "accounts";
    args[n++] = "add";
    args[n++] = arena_strdup(a, f->text[FIELD_NAME]);
    for (int i = 0; i < FIELDS; i++) {
        if (!fields[i].option || !*f->text[i] || (i == FIELD_DIGITS && !scan))
            continue;
        args[n++] = fields[i].option;
        args[n++] = arena_strdup(a, f->text[i]);
    }
    *ret_input = NULL;
    if (*f->text[FIELD_EXTERNAL]) {
        args[n++] = "--external-id";
        args[n++] = "-";
        *ret_input = arena_printf(a, "%s\n", f->text[FIELD_EXTERNAL]);
    }
    n = put_regions(d, a, args, n);
    if (f->is_default)
        args[n++] = "--default";
    if (scan) {
        args[n++] = "--scan";
        args[n++] = "--events";
    }
    args[n] = NULL;
}

static const char *const chain[] = {"role",      "permissions", "regions", "scan",
                                    "inventory", "services",    "watch",   NULL};

void form_add(struct desk *d, bool scan, void (*then)(struct desk *d))
{
    const char *args[DESK_ARGS_MAX];
    struct arena *a = arena_new(0);
    struct desk_start s = {
        .stopped = "Nothing was written.", .stages = scan ? chain : NULL, .args = args};
    char title[160];

    (void)snprintf(title, sizeof(title), "Add %.100s", d->form.text[FIELD_NAME]);
    s.title = title;
    s.then = then;
    form_args(d, scan, args, a, &s.input);
    if (desk_start(d, &s))
        desk_open(d, &page_run, "");
    arena_free(a);
}

/* ---- the page ---- */

static void lay_add(struct desk *d, const char *arg)
{
    (void)arg;
    desk_heading(d, "A new account of AWS");
    desk_text(d, STYLE_DIM,
              "Type or press Enter to write a field. A role is assumed with the keys that are "
              "here, or with those of "
              "a profile.");
    desk_blank(d);
    form_lay(d);
    desk_blank(d);
    desk_go(d, "try", "Try it, scan it, add it",
            "nothing is written unless all of it works; what is found is watched");
    desk_go(d, "write", "Only add it", "it is verified later");
}

/* The form is behind us: what is under the child's page is the account that it made. */
static void after_add(struct desk *d)
{
    desk_read(d);
    if (!desk_job_well(d))
        return;
    d->changed = true;
    for (size_t i = 0; i < d->depth; i++)
        if (d->stack[i].page == &page_add) {
            d->stack[i] = (struct desk_shown){.page = &page_account};
            (void)snprintf(d->stack[i].arg, DESK_ARG_MAX, "%s", d->form.text[FIELD_NAME]);
        }
}

static bool choose_add(struct desk *d, const char *arg, const char *id, const char *text)
{
    bool bad;

    (void)arg;
    if (form_choose(d, id, text, &bad))
        return !bad;
    if (!form_check(d))
        return false;
    if (strcmp(id, "try") == 0 || strcmp(id, "write") == 0)
        form_add(d, *id == 't', after_add);
    return true;
}

const struct desk_page page_add = {
    .name = "add", .title = "Account", .lay = lay_add, .choose = choose_add};
