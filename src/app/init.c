/* init.c - see init.h. */
#include "src/app/init.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/codec/yaml.h"

#define CONFIG_MAX_BYTES ((size_t)1 << 20)

/* A variable stays a variable: nothing is expanded here. */
static enum err_code read_config(const char *file, struct str text, struct config **ret,
                                 struct err *err)
{
    return config_parse(&config_schema, file, text, NULL, ret, err);
}

static enum err_code set_in_place(const char *file, const char *key, const char *value,
                                  struct buf *text, struct err *err)
{
    struct buf next = BUF_INIT(CONFIG_MAX_BYTES);
    enum err_code rc = config_set_text(&config_schema, file, buf_str(text), key, value, &next, err);

    if (!rc) {
        buf_clear(text);
        buf_add_str(text, buf_str(&next));
    }
    buf_release(&next);
    return rc;
}

struct merging {
    const struct config *from, *old;
    const char *file;
    struct buf *text;
    struct err *err;
    enum err_code rc;
};

static void value_text(const struct config *c, const char *path, const struct config_key *k,
                       struct buf *out)
{
    if (k->type == CONFIG_SECRET)
        buf_add_str(out, secret_reveal(config_secret(c, path))); /* "${NAME}" of a template */
    else
        config_show(c, path, out);
}

static void merge_key(void *ctx, const char *path, const struct config_key *key)
{
    struct merging *m = ctx;
    struct buf value = BUF_INIT(CONFIG_MAX_BYTES);

    /* Elements of a list of mappings belong together: a list that is there is left alone, and one
     * that is not cannot be made key by key. */
    if (m->rc || config_has(m->old, path) || strstr(key->path, "[]"))
        return;
    value_text(m->from, path, key, &value);
    m->rc = set_in_place(m->file, path, buf_cstr(&value), m->text, m->err);
    buf_release(&value);
}

enum err_code init_merge(const struct init_template *t, const char *file, struct str old,
                         struct buf *out, struct err *err)
{
    struct config *from = NULL, *had = NULL;
    struct merging m = {.file = file, .text = out, .err = err};
    struct err ours;
    enum err_code rc;

    if (!str_trim(old).len) {
        buf_adds(out, t->config);
        return buf_check(out, "the configuration", err);
    }
    rc = read_config(file, old, &had, err);
    if (!rc && read_config(t->name, str_from(t->config), &from, &ours))
        mem_fatal("a template of init is no configuration");
    if (!rc) {
        buf_add_str(out, old);
        m.from = from;
        m.old = had;
        config_each(from, false, merge_key, &m);
        rc = m.rc;
    }
    config_free(from);
    config_free(had);
    return rc;
}

enum err_code init_answer(const char *file, struct str old, const char *key, const char *value,
                          struct buf *text, struct err *err)
{
    struct config *had = NULL;
    enum err_code rc = ERR_OK;

    if (str_trim(old).len)
        rc = read_config(file, old, &had, err);
    if (!rc && *value && !(had && config_has(had, key)))
        rc = set_in_place(file, key, value, text, err);
    config_free(had);
    return rc;
}

/* ---- diff ---- */

#define DIFF_LINES_MAX 1500
#define DIFF_CONTEXT 3

typedef VEC(struct str) line_vec;

static void split(struct str text, line_vec *out)
{
    struct str line;

    while (str_line(&text, &line))
        *VEC_PUSH(out) = line;
}

struct diff_line {
    char mark;
    struct str text;
};

static bool near_change(const struct diff_line *d, size_t n, size_t at)
{
    size_t from = at > DIFF_CONTEXT ? at - DIFF_CONTEXT : 0;

    for (size_t i = from; i < n && i <= at + DIFF_CONTEXT; i++)
        if (d[i].mark != ' ')
            return true;
    return false;
}

/* Longest common subsequence: files of this size need nothing cleverer. */
void text_diff(struct str before, struct str after, struct buf *out)
{
    line_vec a = {0}, b = {0};
    VEC(struct diff_line) d = {0};
    uint16_t *len;
    size_t w, i = 0, j = 0;

    split(before, &a);
    split(after, &b);
    w = b.count + 1;
    if (str_eq(before, after) || a.count > DIFF_LINES_MAX || b.count > DIFF_LINES_MAX)
        goto done;
    len = xcalloc((a.count + 1) * w, sizeof(*len));
    for (size_t x = a.count; x-- > 0;)
        for (size_t y = b.count; y-- > 0;) {
            uint16_t down = len[(x + 1) * w + y], right = len[x * w + y + 1];

            len[x * w + y] = str_eq(a.items[x], b.items[y])
                                 ? (uint16_t)(len[(x + 1) * w + y + 1] + 1)
                             : down > right ? down
                                            : right;
        }
    while (i < a.count || j < b.count) {
        if (i < a.count && j < b.count && str_eq(a.items[i], b.items[j])) {
            *VEC_PUSH(&d) = (struct diff_line){' ', a.items[i++]};
            j++;
        } else if (j == b.count || (i < a.count && len[(i + 1) * w + j] > len[i * w + j + 1])) {
            *VEC_PUSH(&d) = (struct diff_line){'-', a.items[i++]};
        } else {
            *VEC_PUSH(&d) = (struct diff_line){'+', b.items[j++]};
        }
    }
    free(len);
    for (i = 0; i < d.count; i++)
        if (near_change(d.items, d.count, i))
            buf_addf(out, "%c %.*s\n", d.items[i].mark, STR_FMT(d.items[i].text));
done:
    VEC_RELEASE(&a);
    VEC_RELEASE(&b);
    VEC_RELEASE(&d);
}
