/* redact_keys.c - "key: value" in all its dresses: settings, JSON, JSON inside JSON, YAML, headers,
 * command line flags, URL queries, SQL. */
#include "redact_scan.h"

/* {"line":"password: ","n":1}: is this quote the end of a JSON string around an empty value? */
static bool closes_json(const struct scan *s, size_t at)
{
    size_t next = skip_blanks(s, at + 1);

    switch (char_at(s, next)) {
    case ',':
        return is_quote(char_at(s, skip_blanks(s, next + 1)));
    case '}':
    case ']':
    case ':':
    case '\0':
        return true;
    default:
        return false;
    }
}

void redact_quoted_value(const struct scan *s, size_t at, bool escaped, struct found *f)
{
    char quote = s->text.ptr[at + escaped];
    size_t i = at + 1 + escaped;

    f->quoted = true;
    f->from = i;
    for (; i < s->text.len && s->text.ptr[i] != '\n'; i++) {
        char c = s->text.ptr[i];

        if (escaped ? c == '\\' && char_at(s, i + 1) == quote : c == quote) {
            f->to = i;
            f->end = i + 1 + escaped;
            return;
        }
        /* the string around it ends first */
        if (c == '"' && (escaped || (quote != '"' && closes_json(s, i))))
            break;
        if (c == '\\' && i + 1 < s->text.len && s->text.ptr[i + 1] != '\n')
            i++;
    }
    f->to = f->end = i;
}

/* Does a value end at this ',', ';', '&' or bracket? Not when it goes on right behind it, unless
 * that is the next key. */
static bool ends_here(const struct scan *s, size_t at)
{
    size_t i = at + 1, end = at + 1 + IDENT_MAX;
    char next = char_at(s, i);

    if (is_space(next) || is_quote(next) || strchr(",;&)]}\\", next))
        return true;
    while (i < s->text.len && i < end && is_ident(s->text.ptr[i]))
        i++;
    return i > at + 1 && (char_at(s, i) == '=' || char_at(s, i) == ':');
}

/* What was read of "key: value" so far. */
struct key {
    size_t from, to; /* the identifier */
    enum key_class class;
    bool flag;         /* written as -key or --key */
    const char *quote; /* before the key: "", "\"", "'", "\\\"" */
    bool closed;       /* and after it */
    char sep;          /* ':', '=', or ' ' */
};

static bool ends_bare(const struct scan *s, size_t from, size_t at, enum extent extent, char outer)
{
    char c = s->text.ptr[at];

    if (c == '\n' || c == '\r' || c == '"' || (c == '\'' && (extent == EXTENT_WORD || outer == c)))
        return true;
    switch (extent) {
    case EXTENT_WORD:
        return is_space(c) || (c == ':' && is_blank(char_at(s, at + 1))) ||
               (strchr(",;&)]}", c) && ends_here(s, at));
    case EXTENT_SETTING: /* up to a comment */
        return c == '#' && at > from && is_blank(s->text.ptr[at - 1]);
    case EXTENT_HEADER:
        return false;
    }
    return true;
}

void redact_bare_value(const struct scan *s, size_t at, size_t cap, enum extent extent, char outer,
                       struct found *f)
{
    size_t i = at;

    for (; i < s->text.len && i - at < cap && !ends_bare(s, at, i, extent, outer); i++) {
        if (s->text.ptr[i] != '\\')
            continue;
        if (is_quote(char_at(s, i + 1)))
            break;
        i += i + 1 < s->text.len;
    }
    while (i > at && is_blank(s->text.ptr[i - 1]))
        i--;
    *f = (struct found){at, i, i, false};
}

static struct str key_text(const struct scan *s, const struct key *k)
{
    return (struct str){s->text.ptr + k->from, k->to - k->from};
}

static const char *quote_before(const struct scan *s, size_t at)
{
    char c = at > 0 ? s->text.ptr[at - 1] : '\0';

    if (c == '"')
        return at > 1 && s->text.ptr[at - 2] == '\\' ? "\\\"" : "\"";
    return c == '\'' ? "'" : "";
}

/* Only blanks, a list dash and a quote stand before the key on its line: YAML, a header, a setting.
 */
static bool starts_line(const struct scan *s, const struct key *k)
{
    size_t i = k->from - strlen(k->quote);

    while (i > s->line && i + BLANKS_MAX > k->from &&
           (is_blank(s->text.ptr[i - 1]) || s->text.ptr[i - 1] == '-'))
        i--;
    return i == s->line;
}

static struct str line_at(const struct scan *s)
{
    struct str line = rest_at(s, s->line);
    const char *nl = memchr(line.ptr, '\n', line.len);

    return (struct str){line.ptr, nl ? (size_t)(nl - line.ptr) : line.len};
}

/* .netrc: "machine HOST login NAME password VALUE", or the last two alone on a line. `to` is the
 * end of the key. */
static bool is_netrc(const struct scan *s, size_t from, size_t to)
{
    struct str line = line_at(s), value;
    size_t i = from;

    if (str_starts(line, "machine ") && str_find(line, STR_LIT(" login ")) > 0)
        return true;
    while (i > s->line && is_blank(s->text.ptr[i - 1]))
        i--;
    if (i != s->line || to < s->line || to - s->line >= line.len)
        return false;
    value = str_trim((struct str){s->text.ptr + to, line.len - (to - s->line)});
    return redact_looks_pass(value);
}

/* From the end of the identifier to the start of the value; 0: there is none. */
static size_t find_value(const struct scan *s, struct key *k)
{
    size_t at = k->to, blanks;

    k->closed = *k->quote && str_starts(rest_at(s, at), k->quote);
    at += k->closed ? strlen(k->quote) : 0;
    blanks = skip_blanks(s, at);
    k->sep = char_at(s, blanks);
    if (k->sep == ':' || k->sep == '=') {
        at = blanks + 1;
        if (k->sep == ':' && (char_at(s, at) == ':' || str_starts(rest_at(s, at), "//")))
            return 0;
        if (char_at(s, at) == '=' || char_at(s, at) == '>')
            at++;
        return skip_blanks(s, at);
    }
    k->sep = ' ';
    if (k->closed && k->flag && char_at(s, blanks) == ',') /* ["--password", "x"] */
        return skip_blanks(s, blanks + 1);
    if (blanks == at || k->class < KEY_STRONG)
        return 0;
    if ((k->flag && char_at(s, blanks) != '-') || is_netrc(s, k->from, k->to))
        return blanks;
    return is_quote(char_at(s, blanks)) && !k->closed ? blanks : 0; /* PASSWORD 'x' */
}

static void hide_found(struct scan *s, const struct key *k, const struct found *f)
{
    struct str value = {s->text.ptr + f->from, f->to - f->from};

    s->at = f->from; /* what is no secret may hold one */
    if (redact_is_reference(value) || (!f->quoted && redact_is_plain_word(value)))
        return;
    if (k->class == KEY_WEAK && !redact_looks_random(value))
        return;
    if (k->class == KEY_PASS && !redact_looks_pass(value) && !redact_looks_random(value))
        return;
    /* JSON: a number that was bare must come back in quotes. */
    redact_hide(s, f->from, f->to, f->quoted || !k->closed ? "" : k->quote,
                redact_key_kind(key_text(s, k)));
    s->at = f->end;
}

/* Is this the quote that ends the JSON string which key and value are in? */
static bool ends_outer(const struct scan *s, const struct key *k, size_t at)
{
    if (char_at(s, at) != '"')
        return false;
    return *k->quote == '\\' || (!k->closed && closes_json(s, at));
}

/* ["a", "b"]: each string; false: what is in the brackets is something else. */
static bool hide_strings(struct scan *s, const struct key *k, size_t at)
{
    bool any = false;

    do {
        struct found f = {0};
        bool escaped;

        at = skip_blanks(s, at + 1);
        if (at >= s->text.len)
            s->open = OPEN_LINE;
        escaped = char_at(s, at) == '\\' && is_quote(char_at(s, at + 1));
        if ((!is_quote(char_at(s, at)) && !escaped) || ends_outer(s, k, at))
            return any;
        redact_quoted_value(s, at, escaped, &f);
        hide_found(s, k, &f);
        s->at = f.end;
        at = skip_blanks(s, f.end);
        any = true;
    } while (char_at(s, at) == ',');
    return true;
}

/* At '['; true: done with. Lists of objects and lists over several lines are left to their own
 * keys. */
static bool hide_list(struct scan *s, const struct key *k, size_t at)
{
    size_t next = skip_blanks(s, at + 1);
    struct found f = {at, next, next, false};
    char c = char_at(s, next);

    if (is_space(c) || c == ']' || c == '{' || c == '[' || hide_strings(s, k, at) ||
        k->class < KEY_STRONG)
        return true;
    while (f.to < s->text.len && f.to < at + WEAK_VALUE_MAX && !strchr("]\n\"", s->text.ptr[f.to]))
        f.to++;
    if (char_at(s, f.to) != ']')
        return false;
    f.end = ++f.to;
    hide_found(s, k, &f);
    return true;
}

/* "key: |" and the lines below it that are indented deeper. */
static bool hide_block(struct scan *s, const struct key *k, size_t at)
{
    size_t indent = 0, end, from;

    while (strchr("|>+-0123456789", char_at(s, at)) && char_at(s, at))
        at++;
    at = skip_blanks(s, at);
    at += char_at(s, at) == '\r';
    if (char_at(s, at) != '\n' || !starts_line(s, k))
        return false;
    while (is_blank(char_at(s, s->line + indent)) || char_at(s, s->line + indent) == '-')
        indent++;
    from = end = ++at;
    while (at < s->text.len) {
        size_t deep = 0;
        const char *nl = memchr(s->text.ptr + at, '\n', s->text.len - at);

        while (is_blank(char_at(s, at + deep)))
            deep++;
        if (deep <= indent && char_at(s, at + deep) != '\n')
            break;
        at = nl ? (size_t)(nl - s->text.ptr) + 1 : s->text.len;
        end = nl ? at - 1 : at;
    }
    while (from < end && is_blank(s->text.ptr[from]))
        from++;
    if (at >= s->text.len) {
        s->open = OPEN_BLOCK;
        s->open_indent = indent;
    }
    if (end > from && !redact_is_placeholder(rest_at(s, from)))
        redact_hide(s, from, end, "", redact_key_kind(key_text(s, k)));
    return true;
}

/* Nothing that belongs to a value follows the `len` bytes at `at`; false for 0 bytes. */
static bool stands_alone(const struct scan *s, size_t at, size_t len)
{
    char after = char_at(s, at + len);

    return len > 0 && (is_space(after) || is_quote(after) || strchr(",;&)]}\\", after));
}

static void hide_value(struct scan *s, const struct key *k, size_t at)
{
    char c = char_at(s, at);
    bool escaped = c == '\\' && is_quote(char_at(s, at + 1));
    char outer = k->closed ? '\0' : *k->quote;
    enum extent extent = EXTENT_WORD;
    struct found f = {0};

    if (str_starts(rest_at(s, at), "-----BEGIN ") || (k->class < KEY_STRONG && c == '{'))
        return;
    if (redact_is_placeholder(rest_at(s, at))) {
        s->at = at + REDACT_MARK_LEN;
        return;
    }
    if ((c == '|' || c == '>') && k->sep == ':' && hide_block(s, k, at))
        return;
    if (c == '[' && hide_list(s, k, at))
        return;
    if (c == '{' && char_at(s, at + 1) != '{')
        return;
    if (ends_outer(s, k, at))
        return;
    if (is_quote(c) || escaped) {
        redact_quoted_value(s, at, escaped, &f);
    } else if (stands_alone(s, at, redact_reference_length(rest_at(s, at)))) {
        return;
    } else {
        redact_bare_value(s, at, WEAK_VALUE_MAX, EXTENT_WORD, outer, &f);
        if (k->class == KEY_HEADER)
            extent = EXTENT_HEADER;
        else if (k->class == KEY_STRONG && k->sep == ':' && !k->closed && starts_line(s, k) &&
                 !redact_is_plain_word((struct str){s->text.ptr + f.from, f.to - f.from}))
            extent = EXTENT_SETTING;
        if (k->class >= KEY_STRONG)
            redact_bare_value(s, at, s->text.len, extent, outer, &f);
    }
    if (f.to > f.from)
        hide_found(s, k, &f);
}

/* Quotes and dashes in front of the identifier. */
static void look_before(const struct scan *s, struct key *k)
{
    size_t at = k->from;

    while (at > 0 && at + 2 > k->from && s->text.ptr[at - 1] == '-')
        at--;
    k->flag = at < k->from && (at == 0 || !is_ident(s->text.ptr[at - 1]));
    k->quote = quote_before(s, k->flag ? at : k->from);
}

/* In the middle of "max-token" or "password.length", which was looked at as a whole. */
static bool inside_ident(const struct scan *s)
{
    size_t at = s->at;

    return at > 1 && (s->text.ptr[at - 1] == '-' || s->text.ptr[at - 1] == '.') &&
           redact_is_word(s->text.ptr[at - 2]);
}

/* SQL: IDENTIFIED BY 'x' */
static bool is_identified_by(const struct scan *s, const struct key *k)
{
    return k->to - k->from == 2 && (s->text.ptr[k->from] | 0x20) == 'b' && k->from >= 11 &&
           (s->text.ptr[k->from + 1] | 0x20) == 'y' &&
           str_ifind((struct str){s->text.ptr + k->from - 11, 11}, STR_LIT("identified ")) == 0;
}

/* Can a value follow the identifier at all? Most words are prose; this is asked first. */
static bool may_have_value(const struct scan *s, size_t from, size_t to)
{
    size_t at = to;
    char c = char_at(s, at);

    if (c == ':' || c == '=')
        return true;
    if (c == '\\')
        c = char_at(s, ++at);
    if (is_quote(c))
        return true;
    if (!is_blank(c))
        return false;
    c = char_at(s, skip_blanks(s, at));
    return c == ':' || c == '=' || c == '\\' || is_quote(c) ||
           (from > 0 && s->text.ptr[from - 1] == '-') ||
           (char_at(s, from) | 0x20) == 'p'; /* .netrc */
}

#define BACK_MAX 320 /* from "value" to the name before it */

static size_t back_over(const struct scan *s, size_t at, size_t stop, const char *set)
{
    while (at > stop && s->text.ptr[at - 1] && strchr(set, s->text.ptr[at - 1]))
        at--;
    return at;
}

static size_t back_over_ident(const struct scan *s, size_t at, size_t stop)
{
    while (at > stop && is_ident(s->text.ptr[at - 1]))
        at--;
    return at;
}

static bool is_one_of(struct str s, const char *a, const char *b)
{
    return (s.len == strlen(a) && str_ifind(s, str_from(a)) == 0) ||
           (s.len == strlen(b) && str_ifind(s, str_from(b)) == 0);
}

/* {"name": "DB_PASSWORD", "value": "x"}, also over two lines: what the name before it says. */
static enum key_class named_before(const struct scan *s, const struct key *k)
{
    size_t stop = k->from > BACK_MAX ? k->from - BACK_MAX : 0, to, at, key;

    if (!is_one_of(key_text(s, k), "value", "value"))
        return KEY_OTHER;
    to = back_over(s, k->from, stop, " \t\r\"'`\\,-{");
    if (to > stop && s->text.ptr[to - 1] == '\n')
        to = back_over(s, to - 1, stop, " \t\r\"'`\\,");
    at = back_over_ident(s, to, stop);
    key = back_over(s, at, stop, " \t\"'`\\");
    if (at == to || key == stop || (s->text.ptr[key - 1] != ':' && s->text.ptr[key - 1] != '='))
        return KEY_OTHER;
    key = back_over(s, key - 1, stop, " \t\"'`\\");
    stop = back_over_ident(s, key, stop);
    if (!is_one_of((struct str){s->text.ptr + stop, key - stop}, "name", "key"))
        return KEY_OTHER;
    return redact_key_class((struct str){s->text.ptr + at, to - at});
}

bool redact_key_value(struct scan *s)
{
    struct key k = {.from = s->at, .to = s->at};
    size_t value;

    if (inside_ident(s))
        return false;

    while (k.to < s->text.len && k.to < k.from + IDENT_MAX && is_ident(s->text.ptr[k.to]))
        k.to++;
    if (!may_have_value(s, k.from, k.to))
        return false;
    if (char_at(s, k.to) == ':' && k.from > 0 && s->text.ptr[k.from - 1] == ':')
        return false; /* a part of a name: "arn:aws:secretsmanager:...:secret:x" */
    k.class = is_identified_by(s, &k) ? KEY_STRONG : redact_key_class(key_text(s, &k));
    if (k.class == KEY_OTHER)
        k.class = named_before(s, &k);
    if (k.class == KEY_OTHER)
        return false;
    look_before(s, &k);
    value = find_value(s, &k);
    if (!value || value >= s->text.len)
        return false;
    s->at = k.to;
    hide_value(s, &k, value);
    return true;
}
