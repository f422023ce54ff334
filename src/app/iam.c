/* iam.c - see iam.h. A managed policy holds 6,144 characters: what is longer is said. Source: IAM
 * User Guide, "IAM and AWS STS quotas"; Service Authorization Reference. */
#include "src/app/iam.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/engine/mutate.h"
#include "runbook/service/aws/uses.h"
#include "runbook/tool/aws_ops.h"
#include "src/app/aws_open.h"
#include "src/app/commands.h"

#define OUT_MAX ((size_t)16 << 20)
#define POLICY_MAX 6144

struct actions {
    struct aws_catalogue *catalogue;
    VEC(char *) list;
};

static void add(struct actions *a, const char *action)
{
    VEC_EACH (it, &a->list)
        if (strcmp(*it, action) == 0)
            return;
    *VEC_PUSH(&a->list) = xstrdup(action);
}

static void clear(struct actions *a)
{
    VEC_EACH (it, &a->list)
        free(*it);
    VEC_RELEASE(&a->list);
}

static void add_list(struct actions *a, const struct aws_service *s, const struct aws_list *l)
{
    struct buf name = BUF_INIT(200);

    for (size_t n = 0; aws_service_action(s, l, n, &name); n++) {
        add(a, buf_cstr(&name));
        buf_clear(&name);
    }
    buf_release(&name);
}

/* "ec2:StopInstances": an operation, or a change. What a user's file replaced may be gone. */
static void add_use(struct actions *a, const char *use)
{
    struct str rest = str_from(use), id;
    const struct aws_service *s;
    const struct aws_list *l;
    struct err ignored = ERR_INIT;

    if (!str_split(&rest, ':', &id) || aws_catalogue_get(a->catalogue, id, &s, &ignored))
        return;
    l = aws_service_list(s, rest);
    if (!l)
        l = aws_service_change(s, rest);
    if (l)
        add_list(a, s, l);
}

/* ---- features ---- */

static void add_sources(struct actions *a, const struct aws_service *s, const struct aws_list *l)
{
    struct err ignored = ERR_INIT;

    while (s && l) {
        add_list(a, s, l);
        if (l->source_service.len &&
            aws_catalogue_get(a->catalogue, l->source_service, &s, &ignored))
            s = NULL;
        l = s && l->source.len ? aws_service_list(s, l->source) : NULL;
    }
}

static bool is_scanned(const struct aws_list *l)
{
    bool any = l->resource.len || l->about.len;

    for (size_t i = 0; i < l->also_count; i++)
        any = any || l->also[i].resource.len;
    return any;
}

/* Every read operation, or those of an inventory with what they are asked for each of. */
static void add_definitions(struct actions *a, bool all)
{
    for (size_t i = 0; i < aws_catalogue_count(a->catalogue); i++) {
        const struct aws_service *s;
        struct err err = ERR_INIT;

        if (aws_catalogue_get(a->catalogue, str_from(aws_catalogue_entry(a->catalogue, i)->id), &s,
                              &err)) {
            fprintf(stderr, "runbook: %s\n", err.msg);
            continue;
        }
        for (size_t k = 0; k < s->list_count; k++) {
            const struct aws_list *l = &s->lists[k];

            if (all)
                add_list(a, s, l);
            else if (is_scanned(l))
                add_sources(a, s, l);
        }
    }
}

/* The list that a resource comes from, and what is read besides. */
static void add_matrix(struct actions *a)
{
    for (const struct ops_kind *const *k = ops_table(); *k; k++) {
        const struct aws_service *s;
        struct err ignored = ERR_INIT;
        char use[200];

        if (aws_catalogue_get(a->catalogue, str_from((*k)->service), &s, &ignored))
            continue;
        for (size_t i = 0; i < s->list_count; i++)
            if (str_eq_c(s->lists[i].resource, (*k)->kind))
                add_sources(a, s, &s->lists[i]);
        for (const struct ops_read *r = (*k)->reads; r && r->name; r++) {
            snprintf(use, sizeof(use), "%s:%s", r->service ? r->service : (*k)->service,
                     r->operation);
            add_use(a, use);
        }
    }
}

static void add_uses(struct actions *a, const struct aws_use *u)
{
    for (size_t i = 0; u->operations[i]; i++)
        add_use(a, u->operations[i]);
    for (size_t i = 0; u->actions && u->actions[i]; i++)
        add(a, u->actions[i]);
    if (strcmp(u->feature, "health") == 0)
        add_matrix(a);
}

static void add_act(struct actions *a, const struct act_def *d)
{
    const char *const *uses = act_uses(d);

    for (size_t i = 0; uses && uses[i]; i++)
        add_use(a, uses[i]);
}

/* False: there is no such feature. */
static bool add_feature(struct actions *a, const char *name)
{
    const struct act_def *d = act_find(name);
    bool mutations = strcmp(name, "mutations") == 0;

    for (const struct aws_use *u = aws_uses; u->feature; u++) {
        if (strcmp(u->feature, name) == 0) {
            add_uses(a, u);
            return true;
        }
    }
    if (strcmp(name, "inventory") == 0 || strcmp(name, "query") == 0)
        add_definitions(a, *name == 'q');
    else if (mutations || (d && act_uses(d)))
        for (const struct act_def *const *it = act_table(); *it; it++) {
            if (mutations || *it == d)
                add_act(a, *it);
        }
    else
        return false;
    return true;
}

/* ---- documents ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "RunbookAwsEc2Stop": letters and digits, as IAM wants them. */
static void put_sid(struct json_writer *w, const char *feature)
{
    char sid[120] = "Runbook";
    size_t n = strlen(sid);
    bool start = true;

    for (const char *c = feature; *c && n < sizeof(sid) - 1; c++) {
        bool letter = (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');

        if (letter)
            sid[n++] = (char)(start && *c >= 'a' ? *c - 'a' + 'A' : *c);
        start = !letter;
    }
    sid[n] = '\0';
    json_put_cstr(w, "Sid", sid);
}

static void put_statement(struct json_writer *w, const char *feature, struct actions *a)
{
    if (a->list.count)
        qsort(a->list.items, a->list.count, sizeof(*a->list.items), by_text);
    json_object_begin(w);
    put_sid(w, feature);
    json_put_cstr(w, "Effect", "Allow");
    json_key(w, "Action");
    json_array_begin(w);
    VEC_EACH (it, &a->list)
        json_cstring(w, *it);
    json_array_end(w);
    json_put_cstr(w, "Resource", "*");
    json_object_end(w);
}

/* One document with a statement for each feature. False: there is no such feature. */
static const char *put_document(struct json_writer *w, struct aws_catalogue *c,
                                const char *const *features, size_t count)
{
    const char *unknown = NULL;

    json_object_begin(w);
    json_put_cstr(w, "Version", "2012-10-17");
    json_key(w, "Statement");
    json_array_begin(w);
    for (size_t i = 0; i < count && !unknown; i++) {
        struct actions a = {.catalogue = c};

        if (!add_feature(&a, features[i]))
            unknown = features[i];
        else
            put_statement(w, features[i], &a);
        clear(&a);
    }
    json_array_end(w);
    json_object_end(w);
    return unknown;
}

static void put_feature(struct json_writer *w, struct aws_catalogue *c, const char *name,
                        const char *help)
{
    json_object_begin(w);
    json_put_cstr(w, "feature", name);
    json_put_cstr(w, "help", help);
    json_key(w, "policy");
    put_document(w, c, &name, 1);
    json_object_end(w);
}

static void put_all(struct json_writer *w, struct aws_catalogue *c)
{
    json_object_begin(w);
    json_put_cstr(w, "schema", "runbook.iam/1");
    json_key(w, "features");
    json_array_begin(w);
    put_feature(w, c, "inventory", "Resources, scans and what they say of each other.");
    for (const struct aws_use *u = aws_uses; u->feature; u++)
        put_feature(w, c, u->feature, u->help);
    put_feature(w, c, "query", "Every read operation that can be asked by name.");
    for (const struct act_def *const *d = act_table(); *d; d++)
        if (act_uses(*d))
            put_feature(w, c, act_name(*d), act_help(*d));
    json_array_end(w);
    json_object_end(w);
}

static int unknown_feature(const char *name)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_INPUT,
            "there is no feature '%.60s': 'runbook policy print --iam' lists them; 'mutations' is "
            "all that changes something",
            name);
    return app_fail(&err);
}

int iam_print(struct app *app, const char *const *features, size_t count)
{
    struct aws_catalogue *c = aws_open_catalogue();
    struct buf out = BUF_INIT(OUT_MAX);
    const char *unknown = NULL;
    struct json_writer w;
    int rc;

    json_writer_init(&w, &out);
    if (count)
        unknown = put_document(&w, c, features, count);
    else
        put_all(&w, c);
    if (count && out.len > POLICY_MAX && !app->json)
        fprintf(stderr,
                "runbook: %zu characters; a managed policy of IAM holds %d: ask for fewer features "
                "at once, or make several policies of it\n",
                out.len, POLICY_MAX);
    buf_addc(&out, '\n');
    rc = unknown ? unknown_feature(unknown) : app_print(buf_str(&out));
    buf_release(&out);
    aws_catalogue_free(c);
    return rc;
}
