/* config_get.c - answers from what was read. */
#include "src/app/config_priv.h"

#include <assert.h>
#include <stdio.h>

#include "runbook/base/num.h"

const struct config_entry *config_entry(const struct config *c, const char *path)
{
    size_t at = (size_t)(uintptr_t)map_get_c(c->by_path, path);

    return at ? &c->entries.items[at - 1] : NULL;
}

static const struct config_key *row_of(const struct config *c, const char *path)
{
    const struct config_key *k = config_row(c->schema, path);

    assert(k && "no row describes this path");
    return k;
}

const char *config_file(const struct config *c)
{
    return c->file;
}

size_t config_problem_count(const struct config *c)
{
    return c->problems.count;
}

const struct config_problem *config_problem(const struct config *c, size_t index)
{
    return index < c->problems.count ? &c->problems.items[index] : NULL;
}

bool config_holds_secret(const struct config *c)
{
    VEC_EACH (e, &c->entries)
        if (e->literal && (e->secret || (e->key && e->key->type == CONFIG_SECRET_MAP)))
            return true;
    return false;
}

bool config_has(const struct config *c, const char *path)
{
    return config_entry(c, path) != NULL;
}

const char *config_str(const struct config *c, const char *path)
{
    const struct config_key *k = row_of(c, path);
    const struct config_entry *e = config_entry(c, path);

    if (e && (e->text[0] || e->secret))
        return e->text;
    return k->fallback ? k->fallback : "";
}

static double number(const struct config *c, const char *path)
{
    const struct config_key *k = row_of(c, path);
    const struct config_entry *e = config_entry(c, path);
    double v = 0;

    if (e && e->text[0])
        return e->number;
    if (k->fallback && !num_f64(str_from(k->fallback), &v))
        v = strcmp(k->fallback, "true") == 0;
    return v;
}

bool config_bool(const struct config *c, const char *path)
{
    return number(c, path) != 0;
}

int64_t config_int(const struct config *c, const char *path)
{
    return (int64_t)number(c, path);
}

double config_num(const struct config *c, const char *path)
{
    return number(c, path);
}

const struct secret *config_secret(const struct config *c, const char *path)
{
    const struct config_entry *e = config_entry(c, path);

    (void)row_of(c, path);
    return e ? e->secret : NULL;
}

size_t config_count(const struct config *c, const char *path)
{
    const struct config_entry *e = config_entry(c, path);

    if (!e)
        return 0;
    return e->key ? e->items.count : e->count;
}

static const struct config_item *item(const struct config *c, const char *path, size_t index)
{
    const struct config_entry *e = config_entry(c, path);

    return e && index < e->items.count ? &e->items.items[index] : NULL;
}

const char *config_item(const struct config *c, const char *path, size_t index)
{
    const struct config_item *it = item(c, path, index);

    return it && it->text ? it->text : "";
}

const char *config_item_name(const struct config *c, const char *path, size_t index)
{
    const struct config_item *it = item(c, path, index);

    return it && it->name ? it->name : "";
}

const struct secret *config_item_secret(const struct config *c, const char *path, size_t index)
{
    const struct config_item *it = item(c, path, index);

    return it ? it->secret : NULL;
}

void config_origin(const struct config *c, const char *path, struct buf *out)
{
    const struct config_entry *e = config_entry(c, path);

    if (!e)
        buf_adds(out, "default");
    else if (e->env)
        buf_adds(out, e->env);
    else
        buf_addf(out, "line %u", (unsigned)e->line);
}

static void show_secret(const struct secret *s, struct buf *out)
{
    char mask[16];

    if (!s)
        return;
    secret_mask(secret_reveal(s), mask);
    buf_adds(out, mask);
}

void config_show(const struct config *c, const char *path, struct buf *out)
{
    const struct config_entry *e = config_entry(c, path);

    if (!e || !e->key) {
        buf_adds(out, config_str(c, path));
        return;
    }
    if (e->secret) {
        show_secret(e->secret, out);
        return;
    }
    for (size_t i = 0; i < e->items.count; i++) {
        const struct config_item *it = &e->items.items[i];

        buf_addf(out, "%s%s%s", i ? ", " : "", it->name ? it->name : "", it->name ? "=" : "");
        if (it->text)
            buf_adds(out, it->text);
        show_secret(it->secret, out);
    }
    if (!e->items.count)
        buf_adds(out, config_str(c, path));
}

void config_each(const struct config *c, bool all, config_each_fn *fn, void *ctx)
{
    for (const struct config_key *k = c->schema->keys; k->path; k++) {
        bool in_list = strstr(k->path, "[]") != NULL;

        if (!in_list && (all || config_entry(c, k->path)))
            fn(ctx, k->path, k);
        VEC_EACH (e, &c->entries)
            if (in_list && e->key == k)
                fn(ctx, e->path, k);
    }
}
