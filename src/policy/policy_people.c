/* policy_people.c - "approvers" of policy.yaml: who may be a second person, by which key, and where
 * requests lie for them. */
#include <stdio.h>
#include <string.h>

#include "policy_priv.h"
#include "runbook/base/timefmt.h"

#define PEOPLE_MAX 1000
#define TOKEN_DEFAULT_MS 900000
#define TOKEN_LONGEST_MS 86400000

struct reading {
    struct policy *p;
    struct err *err;
};

static enum err_code wrong(struct reading *r, const struct value *at, const char *what)
{
    return err_set(r->err, ERR_INPUT, "%s line %u column %u: %.200s", r->p->name, at->line, at->col,
                   what);
}

static enum err_code take_text(struct reading *r, const struct value *v, const char **to)
{
    if (v->type != VALUE_STRING || !v->u.string.len)
        return wrong(r, v, "here stands a text that is not empty");
    *to = arena_str(r->p->arena, v->u.string);
    return ERR_OK;
}

static enum err_code take_folder(struct reading *r, const struct value *v, const char **to)
{
    enum err_code rc = take_text(r, v, to);

    return !rc && **to != '/' ? wrong(r, v, "a folder is named by its absolute path") : rc;
}

static enum err_code read_person(struct reading *r, const struct value *v)
{
    struct policy_approver a = {.key = ""};
    enum err_code rc = ERR_OK;

    if (v->type == VALUE_STRING) { /* a name alone */
        rc = take_text(r, v, &a.name);
    } else if (v->type == VALUE_OBJECT) {
        VALUE_EACH (m, v) {
            if (!rc && str_eq_c(m->key, "name"))
                rc = take_text(r, m, &a.name);
            else if (!rc && str_eq_c(m->key, "key"))
                rc = take_text(r, m, &a.key);
            else if (!rc && str_eq_c(m->key, "senior"))
                rc = m->type == VALUE_BOOL ? ERR_OK : wrong(r, m, "'senior' is true or false");
            else if (!rc)
                rc = wrong(r, m, "an approver has name, key and senior, and nothing else");
            a.senior = a.senior || (m->type == VALUE_BOOL && m->u.boolean);
        }
    } else {
        rc = wrong(r, v, "an approver is a name, or a mapping with name, key and senior");
    }
    if (!rc && !a.name)
        rc = wrong(r, v, "an approver needs a 'name'");
    if (!rc)
        *VEC_PUSH(&r->p->people.list) = a;
    return rc;
}

static enum err_code read_people(struct reading *r, const struct value *v)
{
    enum err_code rc = ERR_OK;

    if (v->type != VALUE_ARRAY || value_count(v) > PEOPLE_MAX)
        return wrong(r, v, "'people' is a list of at most 1000 approvers");
    VALUE_EACH (item, v)
        rc = rc ? rc : read_person(r, item);
    return rc;
}

static enum err_code read_age(struct reading *r, const struct value *v)
{
    int64_t ms;

    if (v->type != VALUE_STRING || !duration_parse(v->u.string, &ms) || ms < 1000 ||
        ms > TOKEN_LONGEST_MS)
        return wrong(r, v, "'token_age' is a duration from 1s to 24h, such as 15m");
    r->p->people.token_ms = ms;
    return ERR_OK;
}

enum err_code policy_read_approvers(struct policy *p, const struct value *v, struct err *err)
{
    struct reading r = {p, err};
    enum err_code rc = ERR_OK;

    if (v->type != VALUE_OBJECT)
        return wrong(&r, v, "'approvers' is a mapping: people, keys, folder, token_age, tiers");
    VALUE_EACH (m, v) {
        if (rc)
            return rc;
        if (str_eq_c(m->key, "people"))
            rc = read_people(&r, m);
        else if (str_eq_c(m->key, "keys"))
            rc = take_folder(&r, m, &p->people.keys);
        else if (str_eq_c(m->key, "folder"))
            rc = take_folder(&r, m, &p->people.folder);
        else if (str_eq_c(m->key, "token_age"))
            rc = read_age(&r, m);
        else if (str_eq_c(m->key, "tiers") && m->type == VALUE_BOOL)
            p->people.tiers = m->u.boolean;
        else
            rc = wrong(&r, m,
                       "known here are people, keys, folder, token_age, and tiers (true or false)");
    }
    return rc;
}

struct policy_people policy_people(const struct policy *p)
{
    return (struct policy_people){p->people.list.items,
                                  p->people.list.count,
                                  p->people.keys,
                                  p->people.folder,
                                  p->people.token_ms ? p->people.token_ms : TOKEN_DEFAULT_MS,
                                  p->people.tiers};
}

const struct policy_approver *policy_approver(const struct policy *p, const char *name)
{
    VEC_EACH (a, &p->people.list) {
        if (strcmp(a->name, name) == 0)
            return a;
    }
    return NULL;
}
