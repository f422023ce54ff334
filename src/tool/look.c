/* look.c - see look.h. */
#include "look.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/service/host_run.h"
#include "runbook/tool/toolenv.h"

#define ANSWER_MAX ((size_t)16 << 20)

/* ---- what was printed ---- */

/* Up to the last blank below the limit: a secret that is cut in its middle would not be known as
 * one any more. A word as long as that is left out whole. */
static struct str cut_at_word(struct str s, size_t max)
{
    if (s.len <= max)
        return s;
    while (max > 0 && s.ptr[max] != ' ' && s.ptr[max] != '\t')
        max--;
    return (struct str){s.ptr, max};
}

/* Text of the machine: cut, and without control characters. */
static const char *clean(struct look *k, struct str s)
{
    struct buf b = BUF_INIT(LOOK_FIELD_MAX * 4);
    const char *text;

    text_sanitize(&b, cut_at_word(s, LOOK_FIELD_MAX), false, false);
    text = arena_str(k->arena, buf_str(&b));
    buf_release(&b);
    return text;
}

static void add_line(struct look *k, struct str line)
{
    struct look_line *l = VEC_PUSH(&k->lines);
    struct str piece;
    int n = 0;

    for (int i = 0; i < LOOK_FIELDS; i++)
        l->f[i] = "";
    if (line.ptr[0] == '|') {
        l->kind = "|";
        l->f[0] = clean(k, (struct str){line.ptr + 1, line.len - 1});
        return;
    }
    l->kind = str_split(&line, '\t', &piece) ? clean(k, piece) : "";
    while (n < LOOK_FIELDS && str_split(&line, '\t', &piece))
        l->f[n++] = clean(k, piece);
}

static enum err_code gap_code(const char *word)
{
    return strcmp(word, "denied") == 0      ? ERR_DENIED
           : strcmp(word, "timeout") == 0   ? ERR_TIMEOUT
           : strcmp(word, "not_found") == 0 ? ERR_NOT_FOUND
                                            : ERR_IO;
}

static void add_gap(struct look *k, const char *what, const char *why, enum err_code code)
{
    *VEC_PUSH(&k->gaps) = (struct host_gap){.what = what, .why = why, .code = code};
}

/* The last line pushed is no line of its own when it is a gap or the end. */
static bool take_special(struct look *k, const char **ret_error, bool *ret_end)
{
    struct look_line *l = &k->lines.items[k->lines.count - 1];

    if (strcmp(l->kind, "gap") == 0)
        add_gap(k, l->f[0], l->f[1], gap_code(l->f[2]));
    else if (strcmp(l->kind, "error") == 0)
        *ret_error = l->f[0];
    else if (strcmp(l->kind, "end") == 0)
        *ret_end = true;
    else
        return false;
    k->lines.count--;
    return true;
}

static enum err_code read_lines(struct look *k, struct str said, struct err *err)
{
    const char *error = NULL;
    struct str line;
    bool end = false;

    while (!end && k->lines.count < LOOK_LINES_MAX && str_line(&said, &line)) {
        if (!line.len)
            continue;
        add_line(k, line);
        take_special(k, &error, &end);
    }
    if (error)
        return err_set(err, ERR_NOT_FOUND, "%.200s", error);
    if (!end && !k->lines.count && !k->gaps.count)
        return err_set(err, ERR_REMOTE, "%s said nothing that can be read", k->host);
    if (!end)
        add_gap(k, "the rest", "the answer was cut", ERR_LIMIT);
    return ERR_OK;
}

enum err_code look_document(const struct look_def *d, const char *host, const struct value *args,
                            int64_t now_ms, struct str said, struct buf *body, char summary[256],
                            int64_t *ret_rows, struct err *err)
{
    struct arena *arena = arena_new(0);
    struct json_writer w;
    struct look k = {.host = host,
                     .now_ms = now_ms,
                     .args = args,
                     .arena = arena,
                     .out = &w,
                     .summary = summary};
    enum err_code rc = read_lines(&k, said, err);

    json_writer_init(&w, body);
    if (!rc) {
        json_object_begin(&w);
        json_put_cstr(&w, "host", host);
        json_put_int(&w, "now_ms", now_ms);
        rc = d->render(&k, err);
        host_put_gaps(&w, k.gaps.items, k.gaps.count);
        json_object_end(&w);
    }
    if (!rc)
        rc = buf_check(body, "the answer", err);
    *ret_rows = k.rows;
    VEC_RELEASE(&k.lines);
    VEC_RELEASE(&k.gaps);
    arena_free(arena);
    return rc;
}

const struct look_line *look_find(const struct look *k, const char *kind, const char *key)
{
    VEC_EACH (l, &k->lines) {
        if (strcmp(l->kind, kind) == 0 && (!key || strcmp(l->f[0], key) == 0))
            return l;
    }
    return NULL;
}

double look_num(const char *text)
{
    double v;

    return num_f64(str_from(text), &v) ? v : NAN;
}

int64_t look_int(const char *text, int64_t fallback)
{
    int64_t v;

    return num_i64(str_from(text), &v) ? v : fallback;
}

const char *look_value(const struct look *k, const char *key)
{
    const struct look_line *l = look_find(k, "value", key);

    return l ? l->f[1] : NULL;
}

bool look_path_ok(const char *path)
{
    if (path[0] != '/' || strlen(path) >= LOOK_FIELD_MAX)
        return false;
    for (const char *c = path; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    }
    return !strstr(path, "/../") && !str_ends(str_from(path), "/..");
}

/* ---- running ---- */

struct work {
    struct tool_call *call;
    const struct look_def *def;
    struct host_pool *pool;
    uint64_t id; /* of the run; 0 once it has ended */
    char *host;
    struct buf said, body;
    char summary[256];
    int64_t rows, now_ms;
    struct err err;
};

static void answer(struct work *w)
{
    host_finish(w->call, &w->err, &w->body, w->rows, w->summary);
    buf_release(&w->said);
    buf_release(&w->body);
    free(w->host);
    free(w);
}

static void render(void *ctx)
{
    struct work *w = ctx;

    look_document(w->def, w->host, tool_call_args(w->call), w->now_ms, buf_str(&w->said), &w->body,
                  w->summary, &w->rows, &w->err);
}

static void rendered(void *ctx, bool canceled)
{
    struct work *w = ctx;

    if (canceled)
        err_set(&w->err, ERR_CANCELED, "canceled");
    answer(w);
}

static void on_ran(void *ctx, const struct host_ran *ran)
{
    struct work *w = ctx;

    w->id = 0;
    if (ran->err.code) {
        w->err = ran->err;
        answer(w);
        return;
    }
    w->now_ms = loop_wall_ms(tool_call_loop(w->call));
    buf_add_str(&w->said, ran->out);
    loop_job(tool_call_loop(w->call), render, rendered, w);
}

char *look_text(const char *name)
{
    const char *common = "", *text = "";

    for (const struct look_script *s = look_scripts; s->name; s++) {
        if (strcmp(s->name, "common") == 0)
            common = s->text;
        else if (strcmp(s->name, name) == 0)
            text = s->text;
    }
    return xasprintf("(\n%s%s\n) </dev/null\n", common, text);
}

void look_refuse(struct tool_call *c, const char *param, const char *value, const char *want)
{
    struct tool_result r = {.content_type = "application/json"};
    struct err err = ERR_INIT;

    err_set(&err, ERR_INPUT, "'%s' must be %s, not \"%.100s\"", param, want, value);
    tool_result_fail(&r, &err);
    tool_call_finish(c, &r);
}

void look_start(struct tool_call *c, const struct look_def *d, const char *const *argv)
{
    struct host_pool *pool = tool_call_env(c)->hosts;
    struct tool_result r = {.content_type = "application/json"};
    struct err err = ERR_INIT;
    struct work *w;
    char *script;

    if (!pool) {
        err_set(&err, ERR_NOT_FOUND, "no host may be looked at in this run");
        tool_result_fail(&r, &err);
        tool_call_finish(c, &r);
        return;
    }
    w = xcalloc(1, sizeof(*w));
    w->call = c;
    w->def = d;
    w->pool = pool;
    w->host = xstrdup(value_cstr_or(tool_call_args(c), "host", HOST_LOCAL));
    buf_init(&w->said, HOST_RUN_OUTPUT_MAX);
    buf_init(&w->body, ANSWER_MAX);
    tool_call_set_data(c, w);
    script = look_text(d->script);
    w->id =
        host_run(pool,
                 &(struct host_command){
                     .host = w->host, .argv = argv, .script = script, .timeout_ms = d->timeout_ms},
                 on_ran, w);
    free(script);
}

/* A run ends at once; a reading job under way finishes the call when it is done. */
void look_cancel(struct tool_call *c)
{
    struct work *w = tool_call_data(c);

    if (!w || !w->id)
        return;
    host_run_cancel(w->pool, w->id);
    err_set(&w->err, ERR_CANCELED, "canceled");
    answer(w);
}
