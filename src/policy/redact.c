/* redact.c - see redact.h. One walk over the text: at each place where something can start, the
 * rules are asked in turn. What was hidden is not looked at again, every look ahead has a cap, and
 * what is not hidden is copied as it is. */
#include "runbook/policy/redact.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/secret.h"
#include "runbook/codec/hash.h"
#include "redact_priv.h"

#define LITERAL_MIN 6
#define LITERALS_MAX 64
#define IDENT_MAX 96
#define BLANKS_MAX 64
#define URL_MAX 512
#define WEAK_VALUE_MAX 640 /* beyond RANDOM_MAX of redact_rules.c */
#define CREDENTIAL_MAX 4096

struct redactor {
    struct secret *salt;
    struct sha256 *hash;
    struct secret *literals[LITERALS_MAX];
    size_t nliterals;
    bool literal_first[256]; /* first bytes of the literals */
};

struct redactor *redactor_new(struct str salt)
{
    struct redactor *r = xcalloc(1, sizeof(*r));

    r->salt = secret_new(salt);
    r->hash = sha256_new();
    return r;
}

void redactor_free(struct redactor *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->nliterals; i++)
        secret_free(r->literals[i]);
    secret_free(r->salt);
    sha256_free(r->hash);
    free(r);
}

void redactor_add(struct redactor *r, struct str secret)
{
    if (secret.len < LITERAL_MIN || r->nliterals == LITERALS_MAX)
        return;
    r->literals[r->nliterals++] = secret_new(secret);
    r->literal_first[(unsigned char)secret.ptr[0]] = true;
}

bool redact_is_secret_key(struct str key)
{
    return redact_key_class(key) >= KEY_STRONG;
}

struct scan {
    struct redactor *r;
    struct buf *out;
    struct str text;
    size_t at;         /* looked at up to here */
    size_t copied;     /* written up to here */
    size_t count;      /* secrets hidden */
    size_t line;       /* start of the line that `at` is in */
    unsigned programs; /* of PROGRAMS, named on this line */
    bool programs_known;
};

static struct str rest_at(const struct scan *s, size_t at)
{
    return (struct str){s->text.ptr + at, s->text.len - at};
}

static char char_at(const struct scan *s, size_t at)
{
    return at < s->text.len ? s->text.ptr[at] : '\0';
}

static void copy_to(struct scan *s, size_t to)
{
    buf_add(s->out, s->text.ptr + s->copied, to - s->copied);
    s->copied = to;
}

void redact_placeholder(struct redactor *r, struct buf *out, struct str secret)
{
    char hex[SHA256_HEX];

    sha256_add(r->hash, secret_reveal(r->salt));
    sha256_add(r->hash, STR_LIT("\0"));
    sha256_add(r->hash, secret);
    sha256_end(r->hash, hex);
    buf_addf(out, REDACT_MARK "%.*s]", REDACT_HEX, hex);
}

/* Put a placeholder for [from, to), with `quote` ("": none) around it. */
static void hide(struct scan *s, size_t from, size_t to, const char *quote)
{
    copy_to(s, from);
    buf_adds(s->out, quote);
    redact_placeholder(s->r, s->out, (struct str){s->text.ptr + from, to - from});
    buf_adds(s->out, quote);
    s->copied = s->at = to;
    s->count++;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
    return is_blank(c) || c == '\n' || c == '\r' || c == '\v' || c == '\f' || c == '\0';
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

static bool is_ident(char c)
{
    return redact_is_word(c) || c == '-' || c == '.';
}

static size_t skip_blanks(const struct scan *s, size_t at)
{
    size_t end = at + BLANKS_MAX;

    while (at < s->text.len && at < end && is_blank(s->text.ptr[at]))
        at++;
    return at;
}

static bool hide_literal(struct scan *s)
{
    struct str rest = rest_at(s, s->at);

    if (!s->r->literal_first[(unsigned char)rest.ptr[0]])
        return false;
    for (size_t i = 0; i < s->r->nliterals; i++) {
        struct str secret = secret_reveal(s->r->literals[i]);

        if (rest.len >= secret.len && memcmp(rest.ptr, secret.ptr, secret.len) == 0) {
            hide(s, s->at, s->at + secret.len, "");
            return true;
        }
    }
    return false;
}

/* One step through a PEM block, also inside a JSON string ("\n", "\\n"); 0 at what cannot be in it.
 */
static size_t pem_step(const struct scan *s, size_t at)
{
    char c = char_at(s, at);
    size_t n = 0;

    if (redact_is_alnum(c) || (c && strchr("+/=-:,. \t\r\n", c)))
        return 1;
    while (char_at(s, at + n) == '\\')
        n++;
    c = char_at(s, at + n);
    return n && (c == 'n' || c == 'r' || c == 't') ? n + 1 : 0;
}

/* "-----BEGIN ... PRIVATE KEY-----" to its END line, or as far as it goes when that is cut off. */
static bool hide_private_key(struct scan *s)
{
    struct str label = rest_at(s, s->at);
    size_t at = s->at, n;
    bool ending = false;

    if (!str_starts(label, "-----BEGIN "))
        return false;
    if (label.len > 64)
        label.len = 64;
    if (str_find(label, STR_LIT("PRIVATE KEY-----")) < 0)
        return false;
    at += (size_t)str_find(label, STR_LIT("KEY-----")) + 8;
    while ((n = pem_step(s, at)) > 0) {
        if (s->text.ptr[at] == '-' && str_starts(rest_at(s, at), "-----")) {
            at += 5;
            if (ending)
                break;
            ending = str_starts(rest_at(s, at), "END ");
        } else {
            at += n;
        }
    }
    hide(s, s->at, at, "");
    return true;
}

static bool is_url_end(char c)
{
    return is_space(c) || is_quote(c) || c == '<' || c == '>' || c == '\\' || c == '|';
}

/* The first of `set` in [from, to), or `to`. */
static size_t first_of(const struct scan *s, size_t from, size_t to, const char *set)
{
    while (from < to && (!s->text.ptr[from] || !strchr(set, s->text.ptr[from])))
        from++;
    return from;
}

static bool is_port(const struct scan *s, size_t from, size_t to)
{
    while (from < to && s->text.ptr[from] >= '0' && s->text.ptr[from] <= '9')
        from++;
    return from == to;
}

/* The '@' that ends the user info of the URL in [from, to), or `to`. A password may hold '/', '?'
 * or '#' by mistake: then what follows the first ':' is no port, and the last '@' of the word ends
 * it. */
static size_t find_at_sign(const struct scan *s, size_t from, size_t to)
{
    size_t slash = first_of(s, from, to, "/?#"), colon = first_of(s, from, slash, ":"), at;
    size_t end = slash;

    if (first_of(s, from, slash, "@") == slash) {
        if (colon == slash || is_port(s, colon + 1, slash))
            return to;
        end = to;
    }
    for (at = end; at > from; at--) {
        if (s->text.ptr[at - 1] == '@')
            return at - 1;
    }
    return to;
}

/* "scheme://user:password@host", at the ':'. */
static bool hide_user_info(struct scan *s)
{
    struct str rest = rest_at(s, s->at);
    size_t from, to, at_sign, colon;

    if (str_starts(rest, "://"))
        from = s->at + 3;
    else if (str_starts(rest, ":\\/\\/"))
        from = s->at + 5;
    else
        return false;
    for (to = from; to < s->text.len && to < from + URL_MAX && !is_url_end(s->text.ptr[to]);)
        to++;
    at_sign = find_at_sign(s, from, to);
    s->at = from;
    if (at_sign == to)
        return true;
    colon = first_of(s, from, at_sign, ":");
    if (colon < at_sign) {
        if (!redact_is_reference((struct str){s->text.ptr + colon + 1, at_sign - colon - 1}))
            hide(s, colon + 1, at_sign, "");
    } else if (redact_looks_random((struct str){s->text.ptr + from, at_sign - from})) {
        hide(s, from, at_sign, "");
    }
    return true;
}

/* The value of a key: its bytes, and what quotes it. */
struct found {
    size_t from, to, end; /* `end`: after the closing quote */
    bool quoted;
};

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

/* A value in quotes, at its opening one; `escaped` for \" inside a JSON string. Ends with its line
 * when the closing quote is missing. */
static void quoted_value(const struct scan *s, size_t at, bool escaped, struct found *f)
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

/* How far a value without quotes goes. */
enum extent { EXTENT_WORD, EXTENT_SETTING, EXTENT_HEADER };

static bool ends_bare(const struct scan *s, size_t from, size_t at, enum extent extent, char outer)
{
    char c = s->text.ptr[at];

    if (c == '\n' || c == '\r' || c == '"' || (c == '\'' && (extent == EXTENT_WORD || outer == c)))
        return true;
    switch (extent) {
    case EXTENT_WORD:
        return is_space(c) || (strchr(",;&)]}", c) && ends_here(s, at));
    case EXTENT_SETTING: /* up to a comment */
        return c == '#' && at > from && is_blank(s->text.ptr[at - 1]);
    case EXTENT_HEADER:
        return false;
    }
    return true;
}

/* `outer` is the quote that stands around key and value, or '\0'. */
static void bare_value(const struct scan *s, size_t at, size_t cap, enum extent extent, char outer,
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
    if (k->flag && char_at(s, blanks) != '-')
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
    /* JSON: a number that was bare must come back in quotes. */
    hide(s, f->from, f->to, f->quoted || !k->closed ? "" : k->quote);
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
        escaped = char_at(s, at) == '\\' && is_quote(char_at(s, at + 1));
        if ((!is_quote(char_at(s, at)) && !escaped) || ends_outer(s, k, at))
            return any;
        quoted_value(s, at, escaped, &f);
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

    if (is_space(c) || c == ']' || c == '{' || c == '[' || hide_strings(s, k, at))
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
    if (end > from && !redact_is_placeholder(rest_at(s, from)))
        hide(s, from, end, "");
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

    if (str_starts(rest_at(s, at), "-----BEGIN ") ||
        (k->class == KEY_WEAK && (c == '[' || c == '{')))
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
        quoted_value(s, at, escaped, &f);
    } else if (stands_alone(s, at, redact_reference_length(rest_at(s, at)))) {
        return;
    } else {
        bare_value(s, at, WEAK_VALUE_MAX, EXTENT_WORD, outer, &f);
        if (k->class == KEY_HEADER)
            extent = EXTENT_HEADER;
        else if (k->class == KEY_STRONG && k->sep == ':' && !k->closed && starts_line(s, k) &&
                 !redact_is_plain_word((struct str){s->text.ptr + f.from, f.to - f.from}))
            extent = EXTENT_SETTING;
        if (k->class != KEY_WEAK)
            bare_value(s, at, s->text.len, extent, outer, &f);
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

/* An identifier that names a secret, with a value behind it. */
static bool hide_key_value(struct scan *s)
{
    struct key k = {.from = s->at, .to = s->at};
    size_t value;

    if (inside_ident(s))
        return false;

    while (k.to < s->text.len && k.to < k.from + IDENT_MAX && is_ident(s->text.ptr[k.to]))
        k.to++;
    k.class = redact_key_class(key_text(s, &k));
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

static bool iword(struct str rest, const char *word)
{
    size_t len = strlen(word);

    for (size_t i = 0; i < len; i++) {
        if (i >= rest.len || (rest.ptr[i] | 0x20) != word[i])
            return false;
    }
    return rest.len > len && is_blank(rest.ptr[len]);
}

static bool is_user_pass(struct str base64)
{
    struct buf plain = BUF_INIT(CREDENTIAL_MAX);
    bool ok = base64_decode(&plain, base64) && plain.len && memchr(plain.ptr, ':', plain.len);

    if (plain.ptr)
        secret_wipe(plain.ptr, plain.len);
    buf_release(&plain);
    return ok;
}

static bool is_credential(char c)
{
    return redact_is_word(c) || c == '-' || c == '.' || c == '~' || c == '+' || c == '/';
}

/* "Bearer xyz", "Basic dXNlcjpwYXNz" outside a header. */
static bool hide_credentials(struct scan *s)
{
    struct str rest = rest_at(s, s->at), value;
    bool bearer = iword(rest, "bearer"), basic = !bearer && iword(rest, "basic"), digit = false;
    size_t from, to;

    if (!bearer && !basic)
        return false;
    from = to = skip_blanks(s, s->at + (bearer ? 6 : 5));
    while (to < s->text.len && to < from + CREDENTIAL_MAX && is_credential(s->text.ptr[to])) {
        digit = digit || (s->text.ptr[to] >= '0' && s->text.ptr[to] <= '9');
        to++;
    }
    while (char_at(s, to) == '=' && to < from + CREDENTIAL_MAX)
        to++;
    if (redact_is_word(char_at(s, to))) /* "bearer expires=10" */
        return false;
    value = (struct str){s->text.ptr + from, to - from};
    if (value.len < 8 || (bearer ? !digit && value.len < 20 : !is_user_pass(value)))
        return false;
    hide(s, from, to, "");
    return true;
}

static bool hide_known_token(struct scan *s)
{
    size_t len = redact_known_token(rest_at(s, s->at));

    if (len)
        hide(s, s->at, s->at + len, "");
    return len > 0;
}

/* Short options that carry a secret, by the program they belong to. */
static const struct {
    const char *program, *option;
    bool attached;  /* -psecret */
    bool user_pass; /* user:password, of which the second part is hidden */
} program_options[] = {
    {"mysql", "-p", true, false},      {"mariadb", "-p", true, false},
    {"sshpass", "-p", true, false},    {"sshpass", "-p", false, false},
    {"redis-cli", "-a", false, false}, {"curl", "-u", false, true},
    {"curl", "--user", false, true},   {"wget", "--user", false, true},
};
#define PROGRAM_OPTIONS (sizeof(program_options) / sizeof(program_options[0]))

static unsigned programs_of_line(const struct scan *s)
{
    const char *nl = memchr(s->text.ptr + s->line, '\n', s->text.len - s->line);
    struct str line = {s->text.ptr + s->line,
                       nl ? (size_t)(nl - s->text.ptr) - s->line : s->text.len - s->line};
    unsigned set = 0;

    for (size_t i = 0; i < PROGRAM_OPTIONS; i++) {
        if (str_find(line, str_from(program_options[i].program)) >= 0)
            set |= 1u << i;
    }
    return set;
}

static bool hide_option_value(struct scan *s, size_t at, bool user_pass)
{
    struct found f = {0};

    if (is_quote(char_at(s, at)))
        quoted_value(s, at, false, &f);
    else
        bare_value(s, at, s->text.len, EXTENT_WORD, '\0', &f);
    if (user_pass) {
        const char *colon = f.to > f.from ? memchr(s->text.ptr + f.from, ':', f.to - f.from) : NULL;

        if (!colon)
            return false;
        f.from = (size_t)(colon - s->text.ptr) + 1;
    }
    if (f.to <= f.from || redact_is_placeholder(rest_at(s, f.from)) ||
        redact_is_reference((struct str){s->text.ptr + f.from, f.to - f.from}))
        return false;
    hide(s, f.from, f.to, "");
    return true;
}

/* "3306:3306" of a container's -p. */
static bool is_ports(const struct scan *s, size_t at)
{
    bool colon = false;

    for (; at < s->text.len && !is_space(s->text.ptr[at]); at++) {
        if (s->text.ptr[at] == ':')
            colon = true;
        else if (s->text.ptr[at] < '0' || s->text.ptr[at] > '9')
            return false;
    }
    return colon;
}

/* At a '-' that starts a word. */
static bool hide_option(struct scan *s)
{
    struct str rest = rest_at(s, s->at);

    if (!s->programs_known) {
        s->programs = programs_of_line(s);
        s->programs_known = true;
    }
    for (size_t i = 0; s->programs && i < PROGRAM_OPTIONS; i++) {
        size_t len = strlen(program_options[i].option);
        size_t value = s->at + len;

        if (!(s->programs & 1u << i) || !str_starts(rest, program_options[i].option))
            continue;
        if (!program_options[i].attached) {
            if (!is_blank(char_at(s, value)))
                continue;
            value = skip_blanks(s, value);
        } else if (is_space(char_at(s, value)) || is_quote(char_at(s, value)) ||
                   is_ports(s, value)) {
            continue;
        }
        if (hide_option_value(s, value, program_options[i].user_pass))
            return true;
    }
    return false;
}

static bool step(struct scan *s)
{
    char c = s->text.ptr[s->at], before = s->at ? s->text.ptr[s->at - 1] : ' ';

    if (s->r->nliterals && hide_literal(s))
        return true;
    if (c == '\n') {
        s->line = s->at + 1;
        s->programs_known = false;
    } else if (c == ':') {
        return hide_user_info(s);
    } else if (c == '-') {
        return hide_private_key(s) || (is_space(before) && hide_option(s));
    } else if (redact_is_word(c) && !redact_is_word(before)) {
        return hide_known_token(s) || hide_credentials(s) || hide_key_value(s);
    }
    return false;
}

/* Values may span lines: find the start of the line that `at` is in now. */
static void follow_lines(struct scan *s, size_t from)
{
    for (size_t i = s->at; i > from; i--) {
        if (s->text.ptr[i - 1] == '\n') {
            s->line = i;
            s->programs_known = false;
            return;
        }
    }
}

size_t redact_text(struct redactor *r, struct buf *out, struct str text)
{
    struct scan s = {.r = r, .out = out, .text = text};

    while (s.at < text.len && !out->full) {
        size_t from = s.at;

        if (step(&s))
            follow_lines(&s, from);
        else
            s.at++;
    }
    if (!out->full)
        copy_to(&s, text.len);
    return s.count;
}

size_t redactor_apply(struct redactor *r, struct buf *out, struct str text)
{
    struct buf clean = BUF_INIT(out->max);
    size_t count = redact_text(r, &clean, text);

    if (count && !clean.full && !redact_is_json(buf_str(&clean)) && redact_is_json(text)) {
        buf_clear(&clean);
        count = redact_json(r, &clean, text);
    }
    buf_add_str(out, buf_str(&clean));
    out->full = out->full || clean.full;
    buf_release(&clean);
    return count;
}
