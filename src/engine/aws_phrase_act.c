/* aws_phrase_act.c - a sentence that wants something of AWS changed, as the line for `runbook act`.
 * The row with the most words in common decides (aws_phrase_rows.c); then its values are looked for
 * behind their words, in any order. What is left over, or missing, is asked about by its name: the
 * operation's own parameters say what it needs and what it takes. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "aws_phrase_priv.h"
#include "modules_priv.h"
#include "mutate_priv.h"
#include "runbook/base/num.h"
#include "runbook/engine/mutate.h"

#define VALUES_MAX 12
#define LINE_MAX_BYTES 4096

struct said {
    struct aws_parse *p;
    const struct aws_act_phrase *row;
    const struct act_def *def;
    struct {
        const char *param, *value;
    } values[VALUES_MAX];
    size_t count;
};

static const char *value_said(const struct said *s, const char *param)
{
    for (size_t i = 0; param && i < s->count; i++)
        if (strcmp(s->values[i].param, param) == 0)
            return s->values[i].value;
    return NULL;
}

static void say_value(struct said *s, const char *param, const char *value)
{
    if (s->count < VALUES_MAX && param && !value_said(s, param)) {
        s->values[s->count].param = param;
        s->values[s->count++].value = value;
    }
}

static const struct tool_param *param_of(const struct act_def *d, struct str name)
{
    for (const struct tool_param *p = act_params(d); p->name; p++)
        if (str_eq_c(name, p->name))
            return p;
    return NULL;
}

/* ---- phrases ---- */

/* How many words from `at` on are this phrase, none of them taken; 0: it is not there. The last may
 * have an s more. */
static size_t phrase_at(const struct aws_parse *p, size_t at, struct str phrase)
{
    size_t n = 0;
    struct str word;

    while (str_split(&phrase, ' ', &word)) {
        char text[40];

        (void)snprintf(text, sizeof(text), "%.*s", STR_FMT(word));
        if (at + n >= p->count || p->used[at + n] ||
            !aws_phrase_among(p->w[at + n], text, phrase.len == 0))
            return 0;
        n++;
    }
    return n;
}

/* The longest of "a b|c" that stands at `at`. */
static size_t any_at(const struct aws_parse *p, size_t at, const char *phrases)
{
    struct str rest = str_from(phrases), one;
    size_t best = 0, n;

    while (str_split(&rest, '|', &one))
        if (*one.ptr != '#' && (n = phrase_at(p, at, one)) > best)
            best = n;
    return best;
}

/* ---- which row ---- */

struct place {
    size_t at, words; /* of the thing; words 0: it is an id, at `at` */
};

/* "service~" counts only where the row's first further value is named too: "service" alone is any
 * service of a machine. */
static bool has_first_slot(const struct aws_parse *p, const struct aws_act_phrase *row)
{
    const char *pair = arena_printf(p->a, "%s=", row->slots[0].param);

    for (size_t i = 0; i < p->count; i++)
        if (any_at(p, i, row->slots[0].words) || str_starts(p->w[i], pair))
            return true;
    return false;
}

static bool thing_at(const struct aws_parse *p, const struct aws_act_phrase *row, struct str thing,
                     size_t i, size_t *ret_words)
{
    const char *kind;
    bool common = str_ends(thing, "*"), second = str_ends(thing, "~");

    if (str_eq_c(thing, "*")) { /* the word behind the verb is its name */
        *ret_words = 0;
        return p->configured && !aws_phrase_is_filler(p->w[i]);
    }
    if (str_starts(thing, "#")) {
        *ret_words = 0;
        if (str_eq_c(thing, "#ssm:document")) /* AWS's own */
            return p->configured && p->w[i].len > 4 && str_starts(p->w[i], "AWS-");
        kind = p->configured ? aws_id_kind(p->w[i]) : NULL;
        return kind && str_eq_c((struct str){thing.ptr + 1, thing.len - 1}, kind);
    }
    if (common && !p->configured)
        return false;
    thing.len -= common || second;
    *ret_words = phrase_at(p, i, thing);
    return *ret_words && (!second || has_first_slot(p, row));
}

static bool find_thing(const struct aws_parse *p, const struct aws_act_phrase *row, size_t from,
                       struct place *ret)
{
    struct str rest = str_from(row->things), one;
    bool found = false;

    *ret = (struct place){0};
    while (str_split(&rest, '|', &one))
        for (size_t i = from; i < p->count; i++) {
            size_t n;

            if (!thing_at(p, row, one, i, &n) || (found && n <= ret->words))
                continue;
            *ret = (struct place){i, n};
            found = true;
            break;
        }
    return found;
}

/* The verb stands in front, behind at most "please". */
static size_t find_verb(const struct aws_parse *p, const struct aws_act_phrase *row, size_t *ret_at)
{
    *ret_at = p->count && aws_phrase_among(p->w[0], "please|now", false);
    return any_at(p, *ret_at, row->verbs);
}

static bool find_row(struct said *s, struct place *ret, size_t *ret_verb)
{
    size_t count, best = 0;
    const struct aws_act_phrase *rows = aws_act_phrases(&count);

    for (size_t i = 0; i < count; i++) {
        struct place thing = {0};
        size_t at, n = find_verb(s->p, &rows[i], &at), weight;

        if (!n || (*rows[i].things && !find_thing(s->p, &rows[i], at + n, &thing)))
            continue;
        weight = 4 * (n + thing.words) + (thing.words ? 2 : 1);
        if (weight <= best)
            continue;
        best = weight;
        s->row = &rows[i];
        *ret = thing;
        *ret_verb = at + n;
    }
    return best > 0;
}

/* ---- values ---- */

static void use(struct aws_parse *p, size_t at, size_t count)
{
    for (size_t i = at; i < at + count && i < p->count; i++)
        p->used[i] = true;
}

/* "512", and "512mb", "30s": the number. */
static const char *as_number(struct aws_parse *p, struct str w)
{
    static const char *const units[] = {"mb", "mib", "s", "sec", "seconds"};
    size_t digits = w.len && *w.ptr == '-';
    int64_t n;

    while (digits < w.len && isdigit((unsigned char)w.ptr[digits]))
        digits++;
    for (size_t i = 0; digits < w.len && i < sizeof(units) / sizeof(units[0]); i++)
        if (aws_phrase_among((struct str){w.ptr + digits, w.len - digits}, units[i], false))
            w.len = digits;
    return num_i64(w, &n) ? arena_str(p->a, w) : NULL;
}

/* May this word be a value of it? Then its text. */
static const char *as_value(struct said *s, const char *param, size_t i)
{
    const struct tool_param *t = param_of(s->def, str_from(param));

    if (i >= s->p->count || s->p->used[i] || !t || *s->p->w[i].ptr == '{')
        return NULL;
    if (t->type == PARAM_INT)
        return as_number(s->p, s->p->w[i]);
    return aws_phrase_is_filler(s->p->w[i]) ? NULL : arena_str(s->p->a, s->p->w[i]);
}

static bool is_cidr(struct str w)
{
    ptrdiff_t slash = str_find(w, STR_LIT("/"));

    if (slash < 2 || (size_t)slash + 1 >= w.len)
        return false;
    for (size_t i = 0; i < w.len; i++)
        if (!isxdigit((unsigned char)w.ptr[i]) && !strchr(".:/", w.ptr[i]))
            return false;
    return true;
}

/* "#ec2:instance": an id of that kind, wherever it stands; "#cidr": a range of addresses; "#json":
 * an object. */
static bool take_kind(struct said *s, const char *param, struct str kind)
{
    for (size_t i = 0; i < s->p->count; i++) {
        const char *is = aws_id_kind(s->p->w[i]);
        bool fits = str_eq_c(kind, "#cidr") ? is_cidr(s->p->w[i])
                    : str_eq_c(kind, "#json")
                        ? *s->p->w[i].ptr == '{'
                        : is && str_eq_c((struct str){kind.ptr + 1, kind.len - 1}, is);

        if (s->p->used[i] || !fits)
            continue;
        say_value(s, param, arena_str(s->p->a, s->p->w[i]));
        use(s->p, i, 1);
        return true;
    }
    return false;
}

/* Behind its word, over small words ("to", "of", "="); a number may stand in front ("10 read"). */
static bool take_at(struct said *s, const char *param, size_t at, size_t words)
{
    const struct tool_param *t = param_of(s->def, str_from(param));
    size_t i = at + words;
    const char *value;

    while (i < s->p->count && !s->p->used[i] &&
           aws_phrase_among(s->p->w[i], "of|to|is|at|=|named|called|capacity", false))
        i++;
    value = as_value(s, param, i);
    if (!value && at && (value = as_value(s, param, at - 1)) != NULL && t && t->type == PARAM_INT) {
        use(s->p, at - 1, words + 1);
    } else if (value && i >= at + words && as_value(s, param, i)) {
        use(s->p, at, i - at + 1);
    } else {
        return false;
    }
    say_value(s, param, value);
    return true;
}

static void take_slot(struct said *s, const struct aws_act_slot *slot)
{
    struct str rest = str_from(slot->words), one;

    while (str_split(&rest, '|', &one)) {
        char words[60];

        if (str_starts(one, "#")) {
            if (take_kind(s, slot->param, one))
                return;
            continue;
        }
        (void)snprintf(words, sizeof(words), "%.*s", STR_FMT(one));
        for (size_t i = 0; i < s->p->count; i++) {
            size_t n = any_at(s->p, i, words);

            if (n && take_at(s, slot->param, i, n))
                return;
        }
    }
}

/* "cluster=prod": as a person writes it behind `runbook act`. */
static void take_pairs(struct said *s)
{
    struct aws_parse *p = s->p;

    for (size_t i = 0; i < p->count; i++) {
        ptrdiff_t eq = p->used[i] ? -1 : str_find(p->w[i], STR_LIT("="));
        const struct tool_param *t =
            eq > 0 ? param_of(s->def, (struct str){p->w[i].ptr, (size_t)eq}) : NULL;

        if (!t || (size_t)eq + 1 == p->w[i].len)
            continue;
        say_value(s, t->name,
                  arena_strndup(p->a, p->w[i].ptr + eq + 1, p->w[i].len - (size_t)eq - 1));
        use(p, i, 1);
    }
}

/* "failover=with failover|to the other zone" */
static void take_flag(struct said *s)
{
    const char *eq = s->row->flags ? strchr(s->row->flags, '=') : NULL;

    for (size_t i = 0; eq && i < s->p->count; i++) {
        size_t n = any_at(s->p, i, eq + 1);

        if (!n)
            continue;
        use(s->p, i, n);
        say_value(s, arena_strndup(s->p->a, s->row->flags, (size_t)(eq - s->row->flags)), "true");
    }
}

static void take_fixed(struct said *s)
{
    const char *eq = s->row->fixed ? strchr(s->row->fixed, '=') : NULL;

    if (eq)
        say_value(s, arena_strndup(s->p->a, s->row->fixed, (size_t)(eq - s->row->fixed)), eq + 1);
}

static void take_places(struct said *s)
{
    struct aws_parse *p = s->p;

    for (size_t i = 0; i < p->count; i++)
        if (!p->used[i])
            (void)aws_phrase_take_place(p, i);
    if (p->region && param_of(s->def, STR_LIT("region")))
        say_value(s, "region", p->region);
    if (p->account)
        say_value(s, "account", p->account);
}

/* The name stands behind the thing, or is the thing when that is an id. */
static void take_name(struct said *s, const struct place *thing)
{
    const char *value;
    size_t i = thing->at + thing->words;

    if (!s->row->param || !*s->row->things)
        return;
    while (i < s->p->count && !s->p->used[i] && aws_phrase_among(s->p->w[i], "named|called", false))
        i++;
    for (size_t k = 0; s->row->slots[k].param; k++)
        if (i < s->p->count && any_at(s->p, i, s->row->slots[k].words))
            return;
    value = as_value(s, s->row->param, i);
    if (value) {
        use(s->p, i, 1);
        say_value(s, s->row->param, value);
    }
}

/* ---- what is left, and what is missing ---- */

static bool take_rest(struct said *s, struct aws_phrase *ret)
{
    struct aws_parse *p = s->p;

    for (size_t i = 0; i < p->count; i++) {
        if (p->used[i] || aws_phrase_is_filler(p->w[i]) ||
            aws_phrase_among(p->w[i], "tasks|task|units|mb|seconds|port|out|down|again", false))
            continue;
        if (s->row->param && !value_said(s, s->row->param) && as_value(s, s->row->param, i)) {
            say_value(s, s->row->param, as_value(s, s->row->param, i));
            continue;
        }
        ret->is = AWS_PHRASE_ASK;
        ret->missing = arena_printf(p->a,
                                    "\"%.60s\" is not understood here: %s It takes NAME=VALUE, "
                                    "too: runbook act --list %s",
                                    arena_str(p->a, p->w[i]), act_help(s->def), act_name(s->def));
        return false;
    }
    return true;
}

static bool is_needed(const struct said *s, const struct tool_param *t)
{
    if (t->required || (s->row->param && strcmp(s->row->param, t->name) == 0))
        return true;
    for (size_t i = 0; i < AWS_ACT_SLOTS && s->row->slots[i].param; i++)
        if (s->row->slots[i].needed && strcmp(s->row->slots[i].param, t->name) == 0)
            return true;
    return false;
}

/* As act_parse_line() and a shell read it. */
static void put_value(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, " %s=", name);
    act_quote(out, value);
}

/* NULL: it is too long. */
static const char *line(struct said *s)
{
    struct buf out = BUF_INIT(LINE_MAX_BYTES);
    const char *text;

    buf_adds(&out, act_name(s->def));
    for (const struct tool_param *t = act_params(s->def); t->name; t++)
        if (value_said(s, t->name))
            put_value(&out, t->name, value_said(s, t->name));
        else if (is_needed(s, t))
            buf_addf(&out, " %s=...", t->name);
    text = out.full ? NULL : arena_strdup(s->p->a, buf_cstr(&out));
    buf_release(&out);
    return text;
}

/* Each by its name and what the operation says of it. */
static bool ask_missing(struct said *s, struct aws_phrase *ret)
{
    struct buf out = BUF_INIT(LINE_MAX_BYTES);
    size_t n = 0;

    for (const struct tool_param *t = act_params(s->def); t->name; t++) {
        struct str help = str_from(t->help);

        if (!is_needed(s, t) || value_said(s, t->name))
            continue;
        help.len -= str_ends(help, ".");
        if (s->row->param && strcmp(t->name, s->row->param) == 0)
            buf_addf(&out, "%sWhich one? %s: %.*s", n ? "; " : "", t->name, STR_FMT(help));
        else
            buf_addf(&out, "%s%s (%c%.*s)", n ? "; " : "Please say also: ", t->name,
                     tolower((unsigned char)*help.ptr), (int)help.len - 1, help.ptr + 1);
        n++;
    }
    if (n) {
        if (line(s))
            buf_addf(&out, ". Then it is: runbook act %s", line(s));
        ret->is = AWS_PHRASE_ASK;
        ret->missing = arena_strdup(s->p->a, buf_cstr(&out));
    }
    buf_release(&out);
    return n > 0;
}

/* An object that is one, and is closed: what is in it is the operation's. */
static bool json_is_good(struct said *s, struct aws_phrase *ret)
{
    for (size_t i = 0; i < s->count; i++) {
        const char *text = s->values[i].value;
        const struct value *v;
        struct err err = ERR_INIT;

        if (*text != '{' || !json_parse(s->p->a, str_from(text), &v, &err))
            continue;
        ret->is = AWS_PHRASE_ASK;
        ret->missing = arena_printf(s->p->a, "%s: %s", s->values[i].param, err.msg);
        return false;
    }
    return true;
}

/* By the operation itself: types and bounds. */
static bool is_taken(struct said *s, const char *text, struct aws_phrase *ret)
{
    struct buf args = BUF_INIT(65536), json = BUF_INIT(65536);
    const struct act_def *d;
    const struct value *v;
    struct err err = ERR_INIT;
    bool ok = act_parse_line(text, &d, &args, &err) == ERR_OK &&
              act_coerce(d, buf_str(&args), s->p->a, &v, &json, &err) == ERR_OK;

    if (!ok) {
        ret->is = AWS_PHRASE_ASK;
        ret->missing = arena_printf(s->p->a, "%s: %s", act_name(s->def), err.msg);
    }
    buf_release(&args);
    buf_release(&json);
    return ok;
}

static void finish(struct said *s, struct aws_phrase *ret)
{
    const char *text;

    if (!take_rest(s, ret) || !json_is_good(s, ret) || ask_missing(s, ret))
        return;
    text = line(s);
    if (!text) {
        ret->is = AWS_PHRASE_ASK;
        ret->missing = "That is too long for a sentence: runbook act takes it as NAME=VALUE.";
        return;
    }
    if (!is_taken(s, text, ret))
        return;
    ret->is = AWS_PHRASE_ACT;
    ret->act = text;
}

/* A place is one: a change is never made in several. */
static bool one_place(struct said *s, struct aws_phrase *ret)
{
    const char *region = value_said(s, "region"), *account = value_said(s, "account");

    if ((!region || (strcmp(region, "all") != 0 && !strchr(region, ','))) &&
        (!account || (strcmp(account, "all") != 0 && !strchr(account, ','))))
        return true;
    ret->is = AWS_PHRASE_ASK;
    ret->missing = "A change is made in one place: name one region and one account.";
    return false;
}

bool aws_phrase_act(struct aws_parse *p, struct aws_phrase *ret)
{
    struct said s = {.p = p};
    struct place thing = {0};
    size_t verb = 0;

    if (!find_row(&s, &thing, &verb))
        return false;
    ret->verb = arena_str(p->a, p->w[0]);
    ret->title = "";
    if (s.row->ask) {
        ret->is = AWS_PHRASE_ASK;
        ret->missing = s.row->ask;
        return true;
    }
    s.def = act_find(s.row->act);
    use(p, 0, verb);
    use(p, thing.at, thing.words);
    take_fixed(&s);
    take_flag(&s);
    take_pairs(&s);
    take_name(&s, &thing);
    for (size_t i = 0; i < AWS_ACT_SLOTS && s.row->slots[i].param; i++)
        take_slot(&s, &s.row->slots[i]);
    take_places(&s);
    if (one_place(&s, ret))
        finish(&s, ret);
    return true;
}
