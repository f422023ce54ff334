/* choose.c - see choose.h. */
#include "runbook/service/aws/choose.h"

#include <stdio.h>
#include <string.h>

#include "runbook/service/aws/survey.h"

bool aws_watched(const struct aws_estate *e, const char *service)
{
    for (size_t i = 0; e->scope && e->scope[i]; i++)
        if (strcmp(e->scope[i], service) == 0)
            return true;
    return !e->scope;
}

static void add(struct aws_choice *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->services[i], name) == 0)
            return;
    if (c->count < AWS_CHOICE_MAX)
        c->services[c->count++] = name;
}

/* The n-th kind that a list's items are of: its own, then those of its further lists. */
static struct str kind_at(const struct aws_list *l, size_t n)
{
    return n ? l->also[n - 1].resource : l->resource;
}

static enum err_code no_kind(const struct aws_service *s, const char *kind, struct err *err)
{
    err_set(err, ERR_INPUT, "%.*s has no kind '%.60s'; it has:", STR_FMT(s->id), kind);
    for (size_t i = 0; i < s->list_count; i++)
        for (size_t k = 0; k <= s->lists[i].also_count; k++) {
            struct str is = kind_at(&s->lists[i], k);
            size_t len = strlen(err->msg);

            if (is.len)
                (void)snprintf(err->msg + len, sizeof(err->msg) - len, " %.*s", STR_FMT(is));
        }
    return ERR_INPUT;
}

enum err_code aws_choose_service(const struct aws_estate *e, struct aws_choice *c, const char *name,
                                 struct err *err)
{
    const char *kind = aws_survey_kind(name);
    struct str id = str_from(name);
    const struct aws_service *s;
    bool there = !kind;

    if (kind)
        id.len -= strlen(kind) + 1;
    if (aws_catalogue_get(e->catalogue, id, &s, err))
        return err->code;
    for (size_t i = 0; i < s->list_count; i++)
        for (size_t k = 0; !there && k <= s->lists[i].also_count; k++)
            there = str_eq_c(kind_at(&s->lists[i], k), kind);
    if (!there)
        return no_kind(s, kind, err);
    add(c, name);
    return ERR_OK;
}

enum err_code aws_choose_category(const struct aws_estate *e, struct aws_choice *c,
                                  const char *category, struct err *err)
{
    const char *known[64];
    size_t count = 0;
    bool there = false;

    for (size_t i = 0; i < aws_catalogue_count(e->catalogue); i++) {
        const struct aws_entry *it = aws_catalogue_entry(e->catalogue, i);
        bool seen = false;

        if (strcmp(it->group, category) == 0) {
            there = true;
            if (aws_watched(e, it->id))
                add(c, it->id);
        }
        for (size_t k = 0; k < count; k++)
            seen = seen || strcmp(known[k], it->group) == 0;
        if (!seen && *it->group && count < 64)
            known[count++] = it->group;
    }
    if (there)
        return ERR_OK;
    err_set(err, ERR_INPUT, "no category '%.60s'; there are:", category);
    for (size_t k = 0; k < count; k++) {
        size_t len = strlen(err->msg);

        (void)snprintf(err->msg + len, sizeof(err->msg) - len, " %s", known[k]);
    }
    return ERR_INPUT;
}

void aws_choose_all(const struct aws_estate *e, struct aws_choice *c)
{
    for (size_t i = 0; i < aws_catalogue_count(e->catalogue); i++)
        if (aws_watched(e, aws_catalogue_entry(e->catalogue, i)->id))
            add(c, aws_catalogue_entry(e->catalogue, i)->id);
}
