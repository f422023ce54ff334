/* options.c - a command line against the tables of commands and options.
 * Two things make it pleasant: options may stand before the command they belong to ("--host web-3
 * investigate ..."), so a value is bound to a row only when the command is known; and every refusal
 * names the word that is wrong and the nearest one that is known. */
#include "runbook/app/cmd.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"

struct given {
    const struct opt_def *def;
    const char *value; /* NULL for a flag */
};

struct cmd_args {
    const struct cmd_def *cmd;
    const struct opt_def *globals;
    struct buf path;
    VEC(struct given) given;
    VEC(const char *) pos;
    bool stopped; /* --help or --version was seen */
};

struct cmd_args *cmd_args_new(const struct cmd_def *root, const struct opt_def *globals)
{
    struct cmd_args *a = xcalloc(1, sizeof(*a));

    a->cmd = root;
    a->globals = globals;
    buf_init(&a->path, 256);
    return a;
}

void cmd_args_free(struct cmd_args *a)
{
    if (!a)
        return;
    buf_release(&a->path);
    VEC_RELEASE(&a->given);
    VEC_RELEASE(&a->pos);
    free(a);
}

const char *nearest_name(const char *word, const char *const *names, size_t count)
{
    size_t len = strlen(word);
    unsigned best = (unsigned)(len < 6 ? 1 : len / 3) + 1;
    const char *found = NULL;

    for (size_t i = 0; i < count; i++) {
        unsigned d = text_distance(str_from(word), str_from(names[i]), best);

        if (d < best && d < strlen(names[i])) {
            best = d;
            found = names[i];
        }
    }
    return found;
}

/* ---- rows ---- */

static const struct opt_def *find_in(const struct opt_def *opts, struct str name)
{
    for (const struct opt_def *o = opts; o && o->name; o++)
        if (str_eq_c(name, o->name))
            return o;
    return NULL;
}

static const struct opt_def *find_long(const struct cmd_args *a, struct str name)
{
    const struct opt_def *o = find_in(a->cmd->opts, name);

    return o ? o : find_in(a->globals, name);
}

static const struct opt_def *find_letter(const struct cmd_args *a, char letter)
{
    for (const struct opt_def *o = a->cmd->opts; o && o->name; o++)
        if (o->letter == letter)
            return o;
    for (const struct opt_def *o = a->globals; o && o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

static size_t all_opt_names(const struct cmd_args *a, const char **names, size_t max)
{
    const struct opt_def *tables[] = {a->cmd->opts, a->globals};
    size_t n = 0;

    for (size_t t = 0; t < 2; t++)
        for (const struct opt_def *o = tables[t]; o && o->name && n < max; o++)
            names[n++] = o->name;
    return n;
}

static enum err_code unknown_option(const struct cmd_args *a, struct str name, struct err *err)
{
    const char *names[128];
    size_t n = all_opt_names(a, names, 128);
    char word[64];
    const char *near;

    snprintf(word, sizeof(word), "%.*s", STR_FMT(name));
    near = nearest_name(word, names, n);
    if (near)
        return err_set(err, ERR_INPUT, "unknown option '--%s'; did you mean '--%s'?", word, near);
    return err_set(err, ERR_INPUT, "unknown option '--%s'", word);
}

/* ---- values ---- */

static size_t choice_count(const char *const *choices)
{
    size_t n = 0;

    while (choices && choices[n])
        n++;
    return n;
}

static enum err_code bad_choice(const char *what, const char *value, const char *const *choices,
                                struct err *err)
{
    const char *near = nearest_name(value, choices, choice_count(choices));
    struct buf list = BUF_INIT(ERR_MSG_MAX);

    for (size_t i = 0; choices[i]; i++)
        buf_addf(&list, "%s%s", i ? ", " : "", choices[i]);
    err_set(err, ERR_INPUT, "%s cannot be '%s'%s%s%s; it is one of %s", what, value,
            near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "", buf_cstr(&list));
    buf_release(&list);
    return ERR_INPUT;
}

static enum err_code bad_number(const char *what, const char *value, double min, double max,
                                struct err *err)
{
    char lo[32], hi[32];

    if (max <= min)
        return err_set(err, ERR_INPUT, "%s must be a number, not '%s'", what, value);
    num_format_f64(min, lo);
    num_format_f64(max, hi);
    return err_set(err, ERR_INPUT, "%s must be a number from %s to %s, not '%s'", what, lo, hi,
                   value);
}

struct rule { /* what a value must be: the common part of an option and of an argument */
    enum arg_kind kind;
    double min, max;
    const char *const *choices;
};

static bool number_fits(struct str s, const struct rule *r)
{
    int64_t i;
    double v;

    if (r->kind == ARG_INT) {
        if (!num_i64(s, &i))
            return false;
        v = (double)i;
    } else if (!num_f64(s, &v) || v != v) {
        return false;
    }
    return r->max <= r->min || (v >= r->min && v <= r->max);
}

static enum err_code check_value(const char *what, const char *value, const struct rule *r,
                                 struct err *err)
{
    struct str s = str_from(value);
    int64_t ms;

    if (s.len == 0)
        return err_set(err, ERR_INPUT, "%s is empty", what);
    switch (r->kind) {
    case ARG_INT:
    case ARG_NUMBER:
        return number_fits(s, r) ? ERR_OK : bad_number(what, value, r->min, r->max, err);
    case ARG_CHOICE:
        for (size_t i = 0; r->choices[i]; i++)
            if (strcmp(r->choices[i], value) == 0)
                return ERR_OK;
        return bad_choice(what, value, r->choices, err);
    case ARG_URL:
        if (!str_starts(s, "http://") && !str_starts(s, "https://"))
            return err_set(err, ERR_INPUT, "%s must begin with http:// or https://, not '%s'", what,
                           value);
        return ERR_OK;
    case ARG_DURATION:
        if (!duration_parse(s, &ms))
            return err_set(err, ERR_INPUT,
                           "%s must be a duration such as 90s, 15m or 2h30m, not '%s'", what,
                           value);
        return ERR_OK;
    case ARG_TIME:
        if (!time_parse(s, &ms))
            return err_set(
                err, ERR_INPUT,
                "%s must be a time such as 2026-02-04T10:00:00Z or a Unix time, not '%s'", what,
                value);
        return ERR_OK;
    case ARG_WHEN:
        if (!duration_parse(s, &ms) && !time_parse(s, &ms))
            return err_set(
                err, ERR_INPUT,
                "%s must be a time (2026-02-04T10:00:00Z) or how long ago (15m), not '%s'", what,
                value);
        return ERR_OK;
    case ARG_NONE:
    case ARG_TEXT:
    case ARG_FILE:
    case ARG_DIR:
    case ARG_HOST:
    case ARG_SESSION:
    case ARG_SKILL:
    case ARG_KEY:
    case ARG_COMMAND:
        return ERR_OK;
    }
    return ERR_OK;
}

static enum err_code check_opt(const struct opt_def *o, const char *value, const char *from,
                               struct err *err)
{
    struct rule r = {o->kind, o->min, o->max, o->choices};
    char what[96];

    if (from)
        snprintf(what, sizeof(what), "%s (environment)", from);
    else
        snprintf(what, sizeof(what), "--%s", o->name);
    return check_value(what, value, &r, err);
}

/* ---- parsing ---- */

static bool ends_parsing(const struct opt_def *o)
{
    return strcmp(o->name, "help") == 0 || strcmp(o->name, "version") == 0;
}

static enum err_code take(struct cmd_args *a, const struct opt_def *o, const char *value,
                          struct err *err)
{
    if (value && check_opt(o, value, NULL, err))
        return err->code;
    if (!o->repeat && o->kind != ARG_NONE)
        VEC_EACH (g, &a->given)
            if (g->def == o)
                return err_set(err, ERR_INPUT, "--%s is given twice", o->name);
    *VEC_PUSH(&a->given) = (struct given){o, value};
    a->stopped = a->stopped || ends_parsing(o);
    return ERR_OK;
}

static enum err_code parse_long(struct cmd_args *a, const char *word, int argc, char *const *argv,
                                int *i, struct err *err)
{
    const char *eq = strchr(word, '=');
    struct str name = {word, eq ? (size_t)(eq - word) : strlen(word)};
    const struct opt_def *o = find_long(a, name);

    if (!o)
        return unknown_option(a, name, err);
    if (o->kind == ARG_NONE) {
        if (eq)
            return err_set(err, ERR_INPUT, "--%s takes no value", o->name);
        return take(a, o, NULL, err);
    }
    if (eq)
        return take(a, o, eq + 1, err);
    if (*i + 1 >= argc)
        return err_set(err, ERR_INPUT, "--%s needs a value (%s)", o->name, o->value);
    return take(a, o, argv[++*i], err);
}

/* "-v", "-vq", "-t5", "-t 5". */
static enum err_code parse_short(struct cmd_args *a, const char *word, int argc, char *const *argv,
                                 int *i, struct err *err)
{
    for (const char *p = word; *p; p++) {
        const struct opt_def *o = find_letter(a, *p);

        if (!o)
            return err_set(err, ERR_INPUT, "unknown option '-%.1s' in '-%s'", p, word);
        if (o->kind == ARG_NONE) {
            if (take(a, o, NULL, err))
                return err->code;
            continue;
        }
        if (p[1])
            return take(a, o, p + 1, err);
        if (*i + 1 >= argc)
            return err_set(err, ERR_INPUT, "-%c needs a value (%s)", *p, o->value);
        return take(a, o, argv[++*i], err);
    }
    return ERR_OK;
}

/* What was given before the command now belongs to the command's own rows. */
static enum err_code rebind(struct cmd_args *a, struct err *err)
{
    VEC_EACH (g, &a->given) {
        const struct opt_def *o = find_long(a, str_from(g->def->name));

        if (!o || (o->kind == ARG_NONE) != (g->def->kind == ARG_NONE))
            return err_set(err, ERR_INPUT, "--%s is not an option of '%s'", g->def->name,
                           buf_cstr(&a->path));
        g->def = o;
    }
    return ERR_OK;
}

static enum err_code unknown_command(const struct cmd_args *a, const char *word, struct err *err)
{
    const char *names[128];
    const char *near;
    size_t n = 0;

    for (const struct cmd_def *const *s = a->cmd->subs; *s && n < 128; s++)
        if (!(*s)->hidden)
            names[n++] = (*s)->name;
    near = nearest_name(word, names, n);
    if (near)
        return err_set(err, ERR_INPUT, "unknown command '%s'; did you mean '%s%s%s'?", word,
                       buf_cstr(&a->path), a->path.len ? " " : "", near);
    return err_set(err, ERR_INPUT, "unknown command '%s'", word);
}

static enum err_code parse_word(struct cmd_args *a, const char *word, struct err *err)
{
    if (a->cmd->subs && a->pos.count == 0) {
        for (const struct cmd_def *const *s = a->cmd->subs; *s; s++)
            if (strcmp((*s)->name, word) == 0) {
                a->cmd = *s;
                buf_addf(&a->path, "%s%s", a->path.len ? " " : "", word);
                return rebind(a, err);
            }
        /* A sentence is no misspelt command. */
        if (!a->cmd->pos || !strchr(word, ' '))
            return unknown_command(a, word, err);
    }
    *VEC_PUSH(&a->pos) = word;
    return ERR_OK;
}

static enum err_code check_pos(struct cmd_args *a, struct err *err)
{
    size_t at = 0;

    for (const struct pos_def *p = a->cmd->pos; p && p->name; p++) {
        struct rule r = {p->kind, 0, 0, p->choices};

        if (p->required && at >= a->pos.count)
            return err_set(err, ERR_INPUT, "%s is missing", p->name);
        do {
            if (at < a->pos.count && check_value(p->name, a->pos.items[at], &r, err))
                return err->code;
            at++;
        } while (p->repeat && at < a->pos.count);
    }
    if (at < a->pos.count)
        return err_set(err, ERR_INPUT, "too many arguments: '%s'", a->pos.items[at]);
    return ERR_OK;
}

static enum err_code check_env(const struct cmd_args *a, struct err *err)
{
    const struct opt_def *tables[] = {a->cmd->opts, a->globals};

    for (size_t t = 0; t < 2; t++)
        for (const struct opt_def *o = tables[t]; o && o->name; o++) {
            const char *v = o->env ? getenv(o->env) : NULL;

            if (v && *v && o->kind != ARG_NONE && check_opt(o, v, o->env, err))
                return err->code;
        }
    return ERR_OK;
}

enum err_code cmd_args_parse(struct cmd_args *a, int argc, char *const *argv, struct err *err)
{
    bool only_words = false;

    for (int i = 1; i < argc && !a->stopped; i++) {
        const char *word = argv[i];
        enum err_code rc;

        if (!only_words && strcmp(word, "--") == 0) {
            only_words = true;
            continue;
        }
        if (!only_words && word[0] == '-' && word[1] == '-')
            rc = parse_long(a, word + 2, argc, argv, &i, err);
        else if (!only_words && word[0] == '-' && word[1])
            rc = parse_short(a, word + 1, argc, argv, &i, err);
        else
            rc = parse_word(a, word, err);
        if (rc)
            return rc;
    }
    if (a->stopped)
        return ERR_OK;
    if (check_pos(a, err) || check_env(a, err))
        return err->code;
    if (!a->cmd->run && a->cmd->subs)
        return err_set(err, ERR_INPUT, "a command is missing");
    return ERR_OK;
}

/* ---- answers ---- */

const struct cmd_def *args_cmd(const struct cmd_args *a)
{
    return a->cmd;
}

const char *args_cmd_path(const struct cmd_args *a)
{
    return buf_cstr(&a->path);
}

static const struct opt_def *row(const struct cmd_args *a, const char *name)
{
    const struct opt_def *o = find_long(a, str_from(name));

    assert(o && "the command has no such option");
    return o;
}

static const char *env_value(const struct opt_def *o)
{
    const char *v = o->env ? getenv(o->env) : NULL;

    return v && *v ? v : NULL;
}

static bool env_is_on(const struct opt_def *o)
{
    const char *v = env_value(o);

    if (!v)
        return false;
    /* Source: no-color.org: any value that is not empty counts. */
    if (strcmp(o->env, "NO_COLOR") == 0)
        return true;
    return strcmp(v, "0") != 0 && strcmp(v, "false") != 0 && strcmp(v, "no") != 0;
}

bool args_has(const struct cmd_args *a, const char *name)
{
    const struct opt_def *o = row(a, name);

    VEC_EACH (g, &a->given)
        if (g->def == o)
            return true;
    return o->kind == ARG_NONE ? env_is_on(o) : env_value(o) != NULL;
}

size_t args_count(const struct cmd_args *a, const char *name)
{
    const struct opt_def *o = row(a, name);
    size_t n = 0;

    VEC_EACH (g, &a->given)
        n += g->def == o;
    return n ? n : (o->kind != ARG_NONE && env_value(o) ? 1 : 0);
}

const char *args_at(const struct cmd_args *a, const char *name, size_t index)
{
    const struct opt_def *o = row(a, name);
    bool any = false;

    VEC_EACH (g, &a->given) {
        if (g->def != o)
            continue;
        any = true;
        if (index-- == 0)
            return g->value;
    }
    return !any && index == 0 ? env_value(o) : NULL;
}

const char *args_get(const struct cmd_args *a, const char *name)
{
    return args_at(a, name, 0);
}

int64_t args_int(const struct cmd_args *a, const char *name, int64_t fallback)
{
    const char *v = args_get(a, name);
    int64_t n;

    return v && num_i64(str_from(v), &n) ? n : fallback;
}

double args_number(const struct cmd_args *a, const char *name, double fallback)
{
    const char *v = args_get(a, name);
    double n;

    return v && num_f64(str_from(v), &n) ? n : fallback;
}

int64_t args_duration_ms(const struct cmd_args *a, const char *name, int64_t fallback_ms)
{
    const char *v = args_get(a, name);
    int64_t ms;

    return v && duration_parse(str_from(v), &ms) ? ms : fallback_ms;
}

/* A bare number reads as both: a Unix time is one when it lies after 1973. */
#define BARE_TIME_MIN_S 100000000

int64_t args_time_ms(const struct cmd_args *a, const char *name, int64_t now_ms,
                     int64_t fallback_ms)
{
    const char *v = args_get(a, name);
    int64_t ms, bare;

    if (!v)
        return fallback_ms;
    if (row(a, name)->kind == ARG_WHEN && duration_parse(str_from(v), &ms) &&
        !(num_i64(str_from(v), &bare) && bare >= BARE_TIME_MIN_S))
        return now_ms - ms;
    return time_parse(str_from(v), &ms) ? ms : fallback_ms;
}

size_t args_pos_count(const struct cmd_args *a)
{
    return a->pos.count;
}

const char *args_pos(const struct cmd_args *a, size_t index)
{
    return index < a->pos.count ? a->pos.items[index] : NULL;
}

void args_pos_text(const struct cmd_args *a, size_t from, struct buf *out)
{
    for (size_t i = from; i < a->pos.count; i++)
        buf_addf(out, "%s%s", i > from ? " " : "", a->pos.items[i]);
}
