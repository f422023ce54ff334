/* estate.c - see estate.h. */
#include "runbook/service/aws/estate.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/mem.h"

struct aws_estate *aws_estate_new(struct loop *loop, struct http_client *http,
                                  struct aws_catalogue *catalogue)
{
    struct aws_estate *e = xcalloc(1, sizeof(*e));

    e->loop = loop;
    e->http = http;
    e->catalogue = catalogue;
    e->arena = arena_new(0);
    return e;
}

void aws_estate_free(struct aws_estate *e)
{
    if (!e)
        return;
    VEC_EACH (a, &e->accounts) {
        aws_client_free(a->client);
        aws_credentials_free(a->credentials);
    }
    VEC_RELEASE(&e->accounts);
    aws_catalogue_free(e->catalogue);
    arena_free(e->arena);
    free(e);
}

static const char **copy_list(struct arena *arena, const char *const *list)
{
    size_t n = 0;
    const char **copy;

    while (list && list[n])
        n++;
    copy = arena_array(arena, n + 1, sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i] = arena_str(arena, str_from(list[i]));
    copy[n] = NULL;
    return copy;
}

struct aws_account *aws_estate_add(struct aws_estate *e, const struct aws_account_options *o)
{
    struct aws_account *a = VEC_PUSH(&e->accounts);
    struct aws_client_options client = {.loop = e->loop,
                                        .http = e->http,
                                        .rng = o->rng,
                                        .throttled_attempts = o->throttled_attempts};

    a->name = arena_str(e->arena, str_from(o->name ? o->name : ""));
    a->number = arena_str(e->arena, str_from(o->number ? o->number : ""));
    a->regions = copy_list(e->arena, o->regions);
    a->is_default = o->is_default;
    a->credentials = aws_credentials_new(e->loop, e->http, o->keys);
    client.credentials = a->credentials;
    a->client = aws_client_new(&client);
    return a;
}

static enum err_code no_account(struct aws_estate *e, const char *name, struct err *err)
{
    if (!e->accounts.count)
        return err_set(err, ERR_NOT_FOUND,
                       "no account of AWS is configured; runbook accounts add says how");
    err_set(err, ERR_NOT_FOUND, "no account '%s'; there are:", name);
    VEC_EACH (a, &e->accounts) {
        size_t len = strlen(err->msg);

        (void)snprintf(err->msg + len, sizeof(err->msg) - len, " %s", a->name);
    }
    return ERR_NOT_FOUND;
}

enum err_code aws_estate_account(struct aws_estate *e, const char *name, struct aws_account **ret,
                                 struct err *err)
{
    bool any = !name || !*name;

    *ret = NULL;
    VEC_EACH (a, &e->accounts) {
        bool it = any ? a->is_default : strcmp(a->name, name) == 0 || strcmp(a->number, name) == 0;

        if (it && !*ret)
            *ret = a;
    }
    if (!*ret && any && e->accounts.count)
        *ret = &e->accounts.items[0];
    return *ret ? ERR_OK : no_account(e, name, err);
}

const char *aws_account_region(const struct aws_account *a)
{
    return a->regions && a->regions[0] ? a->regions[0] : aws_client_region(a->client);
}
