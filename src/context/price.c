/* price.c - the table of prices: what is compiled in, and the user's file over it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "data_priv.h"
#include "runbook/base/arena.h"
#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/codec/yaml.h"
#include "runbook/context/cost.h"

#define PRICE_MAX 100000.0 /* dollars for a million tokens: beyond it is a typing error */
#define MILLION 1e6
#define ROWS_MAX 2000

struct price_table {
    struct arena *arena;
    char *date;
    VEC(struct price) rows;
};

void token_use_add(struct token_use *sum, const struct token_use *use)
{
    sum->input += use->input;
    sum->output += use->output;
    sum->cache_read += use->cache_read;
    sum->cache_write += use->cache_write;
}

int64_t token_use_total(const struct token_use *use)
{
    return use->input + use->output + use->cache_read + use->cache_write;
}

static enum err_code read_dollars(const struct value *row, const char *key, double fallback,
                                  double *ret, struct err *err)
{
    const struct value *v = value_get(row, key);

    if (!v || v->type == VALUE_NULL) {
        *ret = fallback;
        return isnan(fallback) ? value_need_num(row, key, ret, err) : ERR_OK;
    }
    if (v->type != VALUE_NUMBER || !(v->u.number >= 0 && v->u.number <= PRICE_MAX))
        return err_set(err, ERR_INPUT,
                       "line %u: '%s' must be dollars for a million tokens, 0 to %.0f", v->line,
                       key, PRICE_MAX);
    *ret = v->u.number;
    return ERR_OK;
}

static enum err_code read_row(struct price_table *t, const struct value *row, struct price *ret,
                              struct err *err)
{
    struct str provider, model;
    enum err_code rc;

    if ((rc = value_need_str(row, "provider", &provider, err)) ||
        (rc = value_need_str(row, "model", &model, err)) ||
        (rc = read_dollars(row, "input", NAN, &ret->input, err)) ||
        (rc = read_dollars(row, "output", NAN, &ret->output, err)) ||
        (rc = read_dollars(row, "cache_read", ret->input, &ret->cache_read, err)) ||
        (rc = read_dollars(row, "cache_write", ret->input, &ret->cache_write, err)))
        return rc;
    if (!provider.len || !model.len)
        return err_set(err, ERR_INPUT, "line %u: 'provider' and 'model' must not be empty",
                       row->line);
    ret->provider = arena_str(t->arena, provider);
    ret->model = arena_str(t->arena, model);
    ret->checked = arena_str(t->arena, value_str_or(row, "checked", ""));
    ret->source = arena_str(t->arena, value_str_or(row, "source", ""));
    return ERR_OK;
}

static void put_row(struct price_table *t, const struct price *row)
{
    VEC_EACH (p, &t->rows) {
        if (strcmp(p->provider, row->provider) == 0 && strcmp(p->model, row->model) == 0) {
            *p = *row;
            return;
        }
    }
    *VEC_PUSH(&t->rows) = *row;
}

static enum err_code read_rows(struct price_table *t, struct str text, bool users, struct err *err)
{
    struct arena *a = arena_new(text.len * 4);
    const struct value *doc, *models;
    struct price *rows = NULL;
    size_t n = 0;
    enum err_code rc;

    if ((rc = yaml_parse(a, text, &doc, err)) ||
        (rc = value_need_array(doc, "models", &models, err)))
        goto done;
    if (value_count(models) > ROWS_MAX) {
        rc = err_set(err, ERR_LIMIT, "more than %d models", ROWS_MAX);
        goto done;
    }
    rows = xcalloc(value_count(models) + 1, sizeof(*rows));
    VALUE_EACH (row, models) {
        rows[n].users = users;
        rc = read_row(t, row, &rows[n], err);
        if (rc)
            goto done;
        n++;
    }
    for (size_t i = 0; i < n; i++)
        put_row(t, &rows[i]);
    if (!users) {
        free(t->date);
        t->date =
            xstrndup(value_str_or(doc, "updated", "").ptr, value_str_or(doc, "updated", "").len);
    }
done:
    free(rows);
    arena_free(a);
    return rc;
}

struct price_table *price_table_new(void)
{
    struct price_table *t = xcalloc(1, sizeof(*t));
    struct err err = ERR_INIT;

    t->arena = arena_new(0);
    t->date = xstrdup("");
    if (read_rows(t, str_from(context_text("prices")), false, &err))
        mem_fatal(err.msg); /* what is compiled in is ours; a test reads it */
    return t;
}

void price_table_free(struct price_table *t)
{
    if (!t)
        return;
    VEC_RELEASE(&t->rows);
    arena_free(t->arena);
    free(t->date);
    free(t);
}

const char *price_table_date(const struct price_table *t)
{
    return t->date;
}

enum err_code price_table_read(struct price_table *t, const char *path, struct str text,
                               struct err *err)
{
    enum err_code rc = read_rows(t, text, true, err);

    return rc ? err_wrap(err, "%s", path) : ERR_OK;
}

size_t price_table_count(const struct price_table *t)
{
    return t->rows.count;
}

const struct price *price_table_at(const struct price_table *t, size_t index)
{
    return &t->rows.items[index];
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at_end(struct str s)
{
    size_t n = 0;

    while (n < s.len && is_digit(s.ptr[s.len - 1 - n]))
        n++;
    return n;
}

/* Without "-20250929", "-2024-08-06", "@20250929", "-latest", "-v1:0": what names a day or a
 * revision of the same model. */
static struct str base_name(struct str s)
{
    size_t n = digits_at_end(s);

    if (str_ends(s, "-latest"))
        return (struct str){s.ptr, s.len - 7};
    if (n == 8 && s.len > 9 && (s.ptr[s.len - 9] == '-' || s.ptr[s.len - 9] == '@'))
        return (struct str){s.ptr, s.len - 9};
    if (n == 2 && s.len > 11 && s.ptr[s.len - 3] == '-' && s.ptr[s.len - 6] == '-' &&
        s.ptr[s.len - 11] == '-' && s.ptr[s.len - 10] == '2' && s.ptr[s.len - 9] == '0')
        return (struct str){s.ptr, s.len - 11};
    return s;
}

static bool fits(const struct price *p, const char *provider, struct str model)
{
    if (strcmp(p->provider, "*") != 0 && strcmp(p->provider, provider) != 0)
        return false;
    return strcmp(p->model, "*") == 0 || str_eq_c(model, p->model);
}

const struct price *price_find(const struct price_table *t, const char *provider, const char *model)
{
    struct str names[2] = {str_from(model), base_name(str_from(model))};
    const struct price *any = NULL;

    if (!model || !*model || !provider)
        return NULL;
    for (int i = 0; i < 2; i++) {
        VEC_EACH (p, &t->rows) {
            if (!fits(p, provider, names[i]))
                continue;
            if (strcmp(p->model, "*") != 0)
                return p;
            any = p;
        }
    }
    return any;
}

double price_of(const struct price *p, const struct token_use *use)
{
    if (!p)
        return NAN;
    return ((double)use->input * p->input + (double)use->output * p->output +
            (double)use->cache_read * p->cache_read + (double)use->cache_write * p->cache_write) /
           MILLION;
}

double price_at_most(const struct price *p, int64_t input_tokens, int64_t max_output_tokens)
{
    double input;

    if (!p)
        return NAN;
    input = p->cache_write > p->input ? p->cache_write : p->input;
    return ((double)input_tokens * input + (double)max_output_tokens * p->output) / MILLION;
}

void cost_format(double usd, char out[32])
{
    if (isnan(usd))
        snprintf(out, 32, "price not known");
    else if (usd > 0 && usd < 0.01)
        snprintf(out, 32, "$%.4f", usd);
    else
        snprintf(out, 32, "$%.2f", usd);
}
