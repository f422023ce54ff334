/* table.c - the operations, and how they are written on a line. */
#include "act.h"

#include <ctype.h>
#include <string.h>

#include "runbook/codec/json.h"
#include "runbook/engine/mutate.h"

#define WORDS_MAX 64

#define ROW(name) &name,
static const struct act_def *const rows[] = {ACT_ROWS(ROW) NULL};
#undef ROW

const struct act_def *const *act_table(void)
{
    return rows;
}

const struct act_def *act_find(const char *name)
{
    for (size_t i = 0; name && rows[i]; i++) {
        if (strcmp(rows[i]->name, name) == 0)
            return rows[i];
    }
    return NULL;
}

const char *act_name(const struct act_def *d)
{
    return d->name;
}

const char *act_help(const struct act_def *d)
{
    return d->help;
}

const char *act_undo_help(const struct act_def *d)
{
    return d->undo;
}

enum risk act_floor(const struct act_def *d)
{
    return d->floor;
}

const char *act_risk_name(const struct act_def *d)
{
    return d->risk ? d->risk : d->name;
}

const char *const *act_uses(const struct act_def *d)
{
    return d->uses;
}

const struct tool_param *act_params(const struct act_def *d)
{
    return d->params;
}

/* The one whose last parts are the same: "signal", "process.signal". */
static const struct act_def *nearest(const char *name)
{
    size_t len = strlen(name);

    for (size_t i = 0; len && rows[i]; i++) {
        size_t n = strlen(rows[i]->name);

        if (n > len && strcmp(rows[i]->name + n - len, name) == 0)
            return rows[i];
    }
    return NULL;
}

static bool put_pair(struct json_writer *w, const struct act_def *d, const char *word,
                     struct err *err)
{
    const char *eq = strchr(word, '=');
    struct str name;

    if (!eq || eq == word) {
        err_set(err, ERR_INPUT, "'%.80s' is not NAME=VALUE", word);
        return false;
    }
    name = (struct str){word, (size_t)(eq - word)};
    for (const struct tool_param *p = d->params; p->name; p++) {
        if (str_eq_c(name, p->name)) {
            json_put_cstr(w, p->name, eq + 1);
            return true;
        }
    }
    err_set(err, ERR_INPUT, "%s has no parameter '%.*s': runbook act --list %s", d->name,
            STR_FMT(name), d->name);
    return false;
}

enum err_code act_parse_words(const char *const *words, size_t count, const struct act_def **ret,
                              struct buf *ret_args, struct err *err)
{
    const struct act_def *d, *near;
    struct json_writer w;

    if (!count)
        return err_set(err, ERR_INPUT, "name an operation: runbook act --list");
    d = act_find(words[0]);
    if (!d) {
        near = nearest(words[0]);
        return err_set(err, ERR_NOT_FOUND, "there is no operation '%.80s'%s%s: runbook act --list",
                       words[0], near ? "; did you mean " : "", near ? near->name : "");
    }
    json_writer_init(&w, ret_args);
    json_object_begin(&w);
    for (size_t i = 1; i < count; i++) {
        if (!put_pair(&w, d, words[i], err))
            return err->code;
    }
    json_object_end(&w);
    *ret = d;
    return ERR_OK;
}

/* Words split at blanks; '...' is literal, and ' itself is written '\''. */
static bool cut_words(struct arena *a, const char *line, const char **words, size_t *ret_count)
{
    size_t n = 0;

    while (*line) {
        struct buf word = BUF_INIT(65536);
        bool quoted = false;

        while (*line == ' ')
            line++;
        if (!*line) {
            buf_release(&word);
            break;
        }
        for (; *line && (quoted || *line != ' '); line++) {
            if (*line == '\'')
                quoted = !quoted;
            else if (!quoted && *line == '\\' && line[1])
                buf_addc(&word, *++line);
            else
                buf_addc(&word, *line);
        }
        if (n < WORDS_MAX)
            words[n] = arena_strdup(a, buf_cstr(&word));
        n++;
        buf_release(&word);
        if (quoted)
            return false;
    }
    *ret_count = n;
    return n <= WORDS_MAX;
}

enum err_code act_parse_line(const char *line, const struct act_def **ret, struct buf *ret_args,
                             struct err *err)
{
    struct arena *a = arena_new(4096);
    const char *words[WORDS_MAX];
    size_t n = 0;
    enum err_code rc;

    if (!line || !cut_words(a, line, words, &n))
        rc = err_set(err, ERR_INPUT, "the line cannot be read: a quote is open, or it is too long");
    else
        rc = act_parse_words(words, n, ret, ret_args, err);
    arena_free(a);
    return rc;
}
