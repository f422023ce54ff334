/* where.c - see where.h. */
#include "runbook/service/aws/where.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/codec/expr.h"

struct aws_where {
    struct arena *arena, *turn; /* of the condition; of one resource */
    const struct expr *expr;
    bool tags, record;
};

static const char *const fields[] = {"service", "kind",   "id",     "name",    "arn",
                                     "state",   "health", "region", "account", "account_id",
                                     "created", "tags",   "record"};
#define FIELDS (sizeof(fields) / sizeof(fields[0]))
#define TEXTS (FIELDS - 2)

static enum err_code check_path(struct aws_where *w, const struct expr_path *p, struct err *err)
{
    const char *name = arena_str(w->arena, p->steps[0].key);
    size_t i = 0;

    while (i < FIELDS && strcmp(fields[i], name) != 0)
        i++;
    if (i == FIELDS)
        return err_set(err, ERR_INPUT,
                       "column %u: there is no field '%.60s'; there are service, kind, id, name, "
                       "arn, state, health, region, account, account_id, created, tags.KEY and "
                       "record.PATH",
                       p->at.col, name);
    if (i < TEXTS && p->count > 1)
        return err_set(err, ERR_INPUT, "column %u: '%s' is a text: nothing is below it", p->at.col,
                       name);
    if (i >= TEXTS && p->count == 1)
        return err_set(err, ERR_INPUT, "column %u: '%s' is more than one: name one, as %s",
                       p->at.col, name, i == TEXTS ? "tags.team" : "record.State");
    w->tags = w->tags || i == TEXTS;
    w->record = w->record || i == TEXTS + 1;
    return ERR_OK;
}

enum err_code aws_where_new(struct str text, struct aws_where **ret, struct err *err)
{
    struct aws_where *w = xcalloc(1, sizeof(*w));
    struct expr_at at = {1, 1};
    enum err_code rc;

    w->arena = arena_new(0);
    w->turn = arena_new(0);
    rc = expr_parse(w->arena, text, &at, &w->expr, err);
    if (rc)
        rc = err_wrap(err, "column %u", at.col);
    for (size_t i = 0; !rc && i < expr_path_count(w->expr); i++) {
        bool exists;

        rc = check_path(w, expr_path_at(w->expr, i, &exists), err);
    }
    if (rc)
        aws_where_free(w);
    else
        *ret = w;
    return rc;
}

void aws_where_free(struct aws_where *w)
{
    if (!w)
        return;
    arena_free(w->arena);
    arena_free(w->turn);
    free(w);
}

bool aws_where_uses_tags(const struct aws_where *w)
{
    return w->tags;
}

bool aws_where_uses_record(const struct aws_where *w)
{
    return w->record;
}

/* The tags that are asked about and that are not there are null. */
static void put_tags(struct aws_where *w, const struct value *tags, struct value *out)
{
    size_t have = tags && tags->type == VALUE_OBJECT ? value_count(tags) : 0;
    size_t paths = expr_path_count(w->expr);

    out->type = VALUE_OBJECT;
    out->u.list.items = arena_array(w->turn, have + paths + 1, sizeof(struct value));
    if (have)
        memcpy(out->u.list.items, value_items(tags), have * sizeof(struct value));
    out->u.list.count = have;
    for (size_t i = 0; i < paths; i++) {
        bool exists;
        const struct expr_path *p = expr_path_at(w->expr, i, &exists);
        bool there = !str_eq_c(p->steps[0].key, "tags");

        for (size_t k = 0; k < out->u.list.count; k++)
            there = there || str_eq(out->u.list.items[k].key, p->steps[1].key);
        if (!there)
            out->u.list.items[out->u.list.count++] =
                (struct value){.type = VALUE_NULL, .key = p->steps[1].key};
    }
}

/* Is a tag that is not there compared by < or >? Then it does not fit, and is no mistake. */
static bool lacks_tag(const struct aws_where *w, const struct value *tags)
{
    VALUE_EACH (t, tags)
        if (t->type == VALUE_NULL)
            return true;
    return !w->expr;
}

static const struct value *make_root(struct aws_where *w, const struct aws_where_row *r)
{
    const struct str texts[TEXTS] = {r->service, r->kind,   r->id,     r->name,
                                     r->arn,     r->state,  r->health, r->region,
                                     r->account, r->number, r->created};
    struct value *items = arena_array(w->turn, FIELDS, sizeof(*items)),
                 *root = arena_alloc(w->turn, sizeof(*root));

    for (size_t i = 0; i < TEXTS; i++) {
        items[i].type = VALUE_STRING;
        items[i].u.string = texts[i].ptr ? texts[i] : STR_LIT("");
    }
    put_tags(w, r->tags, &items[TEXTS]);
    items[TEXTS + 1] = r->record ? *r->record : (struct value){.type = VALUE_NULL};
    for (size_t i = 0; i < FIELDS; i++)
        items[i].key = str_from(fields[i]);
    *root = (struct value){.type = VALUE_OBJECT, .u.list = {items, FIELDS}};
    return root;
}

enum aws_fit aws_where_holds(struct aws_where *w, const struct aws_where_row *row, struct err *err)
{
    const struct value *root;
    bool holds = false;
    enum err_code rc;

    arena_reset(w->turn);
    root = make_root(w, row);
    rc = expr_holds(w->expr, root, &holds, err);
    if (rc == ERR_NOT_FOUND || (rc && lacks_tag(w, value_get(root, "tags"))))
        return AWS_FIT_NO;
    return rc ? AWS_FIT_UNDECIDED : holds ? AWS_FIT_YES : AWS_FIT_NO;
}

/* ---- all of it ---- */

static bool has_tag(const struct value *tags, const char *wanted)
{
    struct str rest = str_from(wanted), key;
    bool has_value = strchr(wanted, '=') != NULL;

    str_split(&rest, '=', &key);
    VALUE_EACH (it, tags)
        if (str_eq(it->key, key) &&
            (!has_value || (it->type == VALUE_STRING && str_eq(it->u.string, rest))))
            return true;
    return false;
}

static bool holds(struct str s, const char *text)
{
    return str_ifind(s, str_from(text)) >= 0;
}

static bool mentions(const struct value *v, struct str text, int depth)
{
    if (v->type == VALUE_STRING)
        return str_find(v->u.string, text) >= 0;
    VALUE_EACH (it, v)
        if (depth < 64 && mentions(it, text, depth + 1))
            return true;
    return false;
}

enum aws_fit aws_filter_fits(const struct aws_filter *f, const struct aws_where_row *row,
                             struct err *err)
{
    for (size_t i = 0; i < f->tag_count; i++)
        if (!has_tag(row->tags, f->tags[i]))
            return AWS_FIT_NO;
    if (f->match && !holds(row->id, f->match) && !holds(row->name, f->match) &&
        !holds(row->arn, f->match))
        return AWS_FIT_NO;
    if (f->mentions && (!row->record || !mentions(row->record, str_from(f->mentions), 0)))
        return AWS_FIT_NO;
    if (f->health && !str_eq_c(row->health, f->health))
        return AWS_FIT_NO;
    return f->where ? aws_where_holds(f->where, row, err) : AWS_FIT_YES;
}
