/* procedure_params.c - what a procedure is given: words of a command line to typed values. */
#include <stdio.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "src/engine/procedure_priv.h"

#define PARAM_TEXT_MAX 8192
#define PARAM_ITEMS_MAX 1000

static bool is_option(const struct procedure_param *q, struct str text)
{
    for (size_t i = 0; q->options[i]; i++) {
        if (str_eq_c(text, q->options[i]))
            return true;
    }
    return false;
}

static enum err_code not_option(const struct procedure_param *q, struct err *err)
{
    struct buf list = BUF_INIT(400);

    for (size_t i = 0; q->options[i]; i++)
        buf_addf(&list, "%s%s", i ? ", " : "", q->options[i]);
    err_set(err, ERR_INPUT, "'%s' is one of %s", q->name, buf_cstr(&list));
    buf_release(&list);
    return ERR_INPUT;
}

/* As it is written in a list of what is allowed. */
static void scalar_text(const struct value *v, struct buf *out)
{
    struct json_writer w;

    if (v->type == VALUE_STRING) {
        buf_add_str(out, v->u.string);
        return;
    }
    json_writer_init(&w, out);
    json_value(&w, v);
}

static enum err_code fits_options(const struct procedure_param *q, const struct value *v,
                                  struct err *err)
{
    struct buf text = BUF_INIT(PARAM_TEXT_MAX);
    bool ok;

    if (!q->options)
        return ERR_OK;
    if (v->type == VALUE_ARRAY) {
        VALUE_EACH (item, v) {
            if (fits_options(q, item, err))
                return err->code;
        }
        return ERR_OK;
    }
    scalar_text(v, &text);
    ok = is_option(q, buf_str(&text));
    buf_release(&text);
    return ok ? ERR_OK : not_option(q, err);
}

enum err_code procedure_param_fits(const struct procedure_param *q, const struct value *v,
                                   struct err *err)
{
    static const enum value_type types[PROCEDURE_TYPES] = {
        [PROCEDURE_STRING] = VALUE_STRING,  [PROCEDURE_NUMBER] = VALUE_NUMBER,
        [PROCEDURE_INTEGER] = VALUE_NUMBER, [PROCEDURE_BOOLEAN] = VALUE_BOOL,
        [PROCEDURE_ARRAY] = VALUE_ARRAY,
    };

    if (v->type != types[q->type])
        return err_set(err, ERR_INPUT, "'%s' is of type %s, not %s", q->name,
                       procedure_type_name(q->type), value_type_name(v->type));
    if (q->type == PROCEDURE_INTEGER &&
        (v->u.number < -9e15 || v->u.number > 9e15 || v->u.number != (double)(int64_t)v->u.number))
        return err_set(err, ERR_INPUT, "'%s' is a whole number", q->name);
    if (v->type == VALUE_STRING && v->u.string.len > PARAM_TEXT_MAX)
        return err_set(err, ERR_INPUT, "'%s' is longer than %d bytes", q->name, PARAM_TEXT_MAX);
    if (value_count(v) > PARAM_ITEMS_MAX)
        return err_set(err, ERR_INPUT, "'%s' has more than %d items", q->name, PARAM_ITEMS_MAX);
    VALUE_EACH (item, v) {
        if (item->type == VALUE_ARRAY || item->type == VALUE_OBJECT)
            return err_set(err, ERR_INPUT, "'%s' is a list of words or numbers", q->name);
    }
    return fits_options(q, v, err);
}

/* "a,b" or a JSON array. */
static void array_json(struct str text, struct buf *out)
{
    struct str rest = text, piece;
    struct json_writer w;

    if (str_starts(str_trim(text), "[")) {
        buf_add_str(out, str_trim(text));
        return;
    }
    json_writer_init(&w, out);
    json_array_begin(&w);
    while (text.len && str_split(&rest, ',', &piece))
        json_string(&w, str_trim(piece));
    json_array_end(&w);
}

enum err_code procedure_param_read(const struct procedure_param *q, struct str text,
                                   struct buf *ret_json, struct err *err)
{
    struct buf json = BUF_INIT(PARAM_TEXT_MAX * 8);
    struct arena *a = arena_new(0);
    const struct value *v = NULL;
    struct json_writer w;
    enum err_code rc;
    size_t bad_at;

    json_writer_init(&w, &json);
    if (q->type == PROCEDURE_STRING)
        json_string(&w, text);
    else if (q->type == PROCEDURE_ARRAY)
        array_json(text, &json);
    else
        buf_add_str(&json, str_trim(text));
    if (text.len > PARAM_TEXT_MAX || json.full)
        rc = err_set(err, ERR_INPUT, "'%s' is longer than %d bytes", q->name, PARAM_TEXT_MAX);
    else if (!text_valid(text, &bad_at))
        rc = err_set(err, ERR_INPUT, "'%s' is no valid UTF-8", q->name);
    else if (json_parse(a, buf_str(&json), &v, err))
        rc = err_set(err, ERR_INPUT, "'%s' is of type %s, not '%.80s'", q->name,
                     procedure_type_name(q->type), arena_str(a, text));
    else
        rc = procedure_param_fits(q, v, err);
    if (!rc)
        buf_add_str(ret_json, buf_str(&json));
    arena_free(a);
    buf_release(&json);
    return rc;
}

/* ---- all of them ---- */

static bool is_for(const struct procedure_param *q, const char *word, struct str *ret)
{
    size_t n = strlen(q->name);

    if (strncmp(word, q->name, n) != 0 || word[n] != '=')
        return false;
    *ret = str_from(word + n + 1);
    return true;
}

static enum err_code check_words(const struct procedure *p, const char *const *words, size_t count,
                                 struct err *err)
{
    struct str unused;

    for (size_t i = 0; i < count; i++) {
        size_t hits = 0;

        for (size_t k = 0; k < p->param_count; k++)
            hits += is_for(&p->params[k], words[i], &unused);
        if (!strchr(words[i], '='))
            return err_set(err, ERR_INPUT, "'%.80s' is no parameter: write NAME=VALUE", words[i]);
        if (!hits)
            return err_set(err, ERR_INPUT, "%s has no parameter '%.*s'", p->id,
                           (int)(strchr(words[i], '=') - words[i]), words[i]);
    }
    return ERR_OK;
}

/* NULL .ptr: not given. The last one counts. */
static struct str given(const struct procedure_param *q, const char *const *words, size_t count)
{
    struct str found = {NULL, 0}, text;

    for (size_t i = 0; i < count; i++) {
        if (is_for(q, words[i], &text))
            found = text;
    }
    return found;
}

enum err_code procedure_params(const struct procedure *p, const char *const *words, size_t count,
                               struct buf *ret_json, struct buf *missing, struct err *err)
{
    struct json_writer w;

    if (check_words(p, words, count, err))
        return err->code;
    json_writer_init(&w, ret_json);
    json_object_begin(&w);
    for (size_t i = 0; i < p->param_count; i++) {
        const struct procedure_param *q = &p->params[i];
        struct str text = given(q, words, count);
        struct buf json = BUF_INIT(PARAM_TEXT_MAX * 8);

        if (text.ptr) {
            if (procedure_param_read(q, text, &json, err)) {
                buf_release(&json);
                return err->code;
            }
            json_key(&w, q->name);
            json_raw(&w, buf_str(&json));
        } else if (q->fallback) {
            json_key(&w, q->name);
            json_value(&w, q->fallback);
        } else if (q->required && missing) {
            buf_addf(missing, "%s ", q->name);
        } else if (q->required) {
            buf_release(&json);
            return err_set(err, ERR_INPUT, "%s needs the parameter %s (%s): %s", p->id, q->name,
                           procedure_type_name(q->type), q->description);
        }
        buf_release(&json);
    }
    json_object_end(&w);
    return ERR_OK;
}
