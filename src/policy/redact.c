/* redact.c - see redact.h. One walk over the text: at each place where something can start, the
 * rules are asked in turn. What was hidden is not looked at again, every look ahead has a cap, and
 * what is not hidden is copied as it is. */
#include "runbook/policy/redact.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/secret.h"
#include "runbook/base/vec.h"
#include "runbook/codec/hash.h"
#include "redact_scan.h"

#define LITERAL_MIN 6
#define LITERALS_MAX 4096 /* a day of keys that are renewed each minute, and some */
#define URL_MAX 512
#define CREDENTIAL_MAX 4096

struct redactor {
    struct secret *salt;
    struct sha256 *hash;
    VEC(struct secret *) literals;
    bool literal_first[256]; /* first bytes of the literals */
    struct vendor_index vendors;
    bool email;
    uint64_t counts[REDACT_KINDS];
    struct redact_kept *kept; /* NULL: nothing is remembered */
};

/* Bytes at which a rule may apply; all others are passed over. */
enum { AT_WORD = 1, AT_MARK = 2 };
static const unsigned char at_byte[256] = {
    ['0' ... '9'] = AT_WORD, ['A' ... 'Z'] = AT_WORD, ['a' ... 'z'] = AT_WORD,
    ['_'] = AT_WORD,         ['\n'] = AT_MARK,        [':'] = AT_MARK,
    ['-'] = AT_MARK,         ['$'] = AT_MARK,         ['*'] = AT_MARK,
};

struct redactor *redactor_new(struct str salt)
{
    struct redactor *r = xcalloc(1, sizeof(*r));

    r->salt = secret_new(salt);
    r->hash = sha256_new();
    redact_vendor_index(&r->vendors);
    return r;
}

void redactor_free(struct redactor *r)
{
    if (!r)
        return;
    VEC_EACH (s, &r->literals)
        secret_free(*s);
    VEC_RELEASE(&r->literals);
    redact_kept_free(r->kept);
    secret_free(r->salt);
    sha256_free(r->hash);
    free(r);
}

void redactor_set_email(struct redactor *r, bool on)
{
    r->email = on;
}

void redactor_counts(const struct redactor *r, uint64_t ret[REDACT_KINDS])
{
    memcpy(ret, r->counts, sizeof(r->counts));
}

void redactor_set_counts(struct redactor *r, const uint64_t counts[REDACT_KINDS])
{
    memcpy(r->counts, counts, sizeof(r->counts));
}

void redactor_keep(struct redactor *r)
{
    if (!r->kept)
        r->kept = redact_kept_new();
}

const struct redact_kept *redactor_kept(const struct redactor *r)
{
    return r->kept;
}

void redactor_learn(struct redactor *r, const struct redactor *from)
{
    if (r->kept && from->kept)
        redact_kept_merge(r->kept, from->kept);
}

void redactor_add(struct redactor *r, struct str secret)
{
    if (secret.len < LITERAL_MIN || r->literals.count == LITERALS_MAX)
        return;
    *VEC_PUSH(&r->literals) = secret_new(secret);
    r->literal_first[(unsigned char)secret.ptr[0]] = true;
}

static void copy_to(struct scan *s, size_t to)
{
    if (to > s->copied)
        buf_add(s->out, s->text.ptr + s->copied, to - s->copied);
    s->copied = to;
}

void redact_placeholder(struct redactor *r, struct buf *out, struct str secret,
                        enum redact_kind kind)
{
    char hex[SHA256_HEX];

    r->counts[kind]++;

    sha256_add(r->hash, secret_reveal(r->salt));
    sha256_add(r->hash, STR_LIT("\0"));
    sha256_add(r->hash, secret);
    sha256_end(r->hash, hex);
    if (r->kept)
        redact_kept_add(r->kept, (struct str){hex, REDACT_HEX}, secret);
    buf_addf(out, REDACT_MARK "%.*s]", REDACT_HEX, hex);
}

void redact_hide(struct scan *s, size_t from, size_t to, const char *quote, enum redact_kind kind)
{
    if (to >= s->text.len && s->open == OPEN_NONE)
        s->open = OPEN_LINE;
    copy_to(s, from);
    buf_adds(s->out, quote);
    redact_placeholder(s->r, s->out, (struct str){s->text.ptr + from, to - from}, kind);
    buf_adds(s->out, quote);
    s->copied = s->at = to;
    s->count++;
}

static bool hide_literal(struct scan *s)
{
    struct str rest = rest_at(s, s->at);

    if (!s->r->literal_first[(unsigned char)rest.ptr[0]])
        return false;
    VEC_EACH (literal, &s->r->literals) {
        struct str secret = secret_reveal(*literal);

        if (rest.len >= secret.len && memcmp(rest.ptr, secret.ptr, secret.len) == 0) {
            redact_hide(s, s->at, s->at + secret.len, "", REDACT_CONFIGURED);
            return true;
        }
    }
    return false;
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
            redact_hide(s, colon + 1, at_sign, "", REDACT_URL);
    } else if (redact_looks_random((struct str){s->text.ptr + from, at_sign - from})) {
        redact_hide(s, from, at_sign, "", REDACT_URL);
    }
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
    redact_hide(s, from, to, "", REDACT_AUTHORIZATION);
    return true;
}

static bool hide_known_token(struct scan *s)
{
    const struct vendor_index *x = &s->r->vendors;
    char c = s->text.ptr[s->at];
    size_t first, len;
    enum redact_kind kind = REDACT_VENDOR;

    if (!(x->second[(unsigned char)c] & redact_second_bit(char_at(s, s->at + 1))))
        return false;
    first = x->first[(unsigned char)c];
    len = redact_known_token(rest_at(s, s->at), first - 1, &kind);
    if (len)
        redact_hide(s, s->at, s->at + len, "", kind);
    return len > 0;
}

/* Short options that carry a secret, by the program they belong to. */
static const struct {
    const char *program, *option;
    bool attached;  /* -psecret */
    bool user_pass; /* user:password, of which the second part is hidden */
} program_options[] = {
    {"mysql", "-p", true, false},       {"mariadb", "-p", true, false},
    {"sshpass", "-p", true, false},     {"sshpass", "-p", false, false},
    {"redis-cli", "-a", false, false},  {"curl", "-u", false, true},
    {"curl", "--user", false, true},    {"wget", "--user", false, true},
    {"ssh-keygen", "-N", false, false}, {"ssh-keygen", "-P", false, false},
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
        redact_quoted_value(s, at, false, &f);
    else
        redact_bare_value(s, at, s->text.len, EXTENT_WORD, '\0', &f);
    if (user_pass) {
        const char *colon = f.to > f.from ? memchr(s->text.ptr + f.from, ':', f.to - f.from) : NULL;

        if (!colon)
            return false;
        f.from = (size_t)(colon - s->text.ptr) + 1;
    }
    if (f.to <= f.from || redact_is_placeholder(rest_at(s, f.from)) ||
        redact_is_reference((struct str){s->text.ptr + f.from, f.to - f.from}))
        return false;
    redact_hide(s, f.from, f.to, "", REDACT_PASSWORD);
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
            /* Two blanks of a process's arguments: an empty value, and the next option. */
            if (value > s->at + len + 1 && char_at(s, value) == '-')
                continue;
        } else if (is_space(char_at(s, value)) || is_quote(char_at(s, value)) ||
                   is_ports(s, value)) {
            continue;
        }
        if (hide_option_value(s, value, program_options[i].user_pass))
            return true;
    }
    return false;
}

/* At the first byte of a word. */
static bool step_word(struct scan *s, char c)
{
    if (s->at == s->line && redact_pgpass_line(s))
        return true;
    if (hide_known_token(s))
        return true;
    if ((c | 0x20) == 'b' && hide_credentials(s))
        return true;
    if (c >= '0' && c <= '9' && redact_card(s))
        return true;
    if (s->r->email && redact_email(s))
        return true;
    return redact_key_value(s);
}

static bool step(struct scan *s)
{
    char c = s->text.ptr[s->at], before = s->at ? s->text.ptr[s->at - 1] : ' ';

    if (s->r->literals.count && hide_literal(s))
        return true;
    if (redact_is_word(c))
        return !redact_is_word(before) && step_word(s, c);
    if (c == '\n') {
        s->line = s->at + 1;
        s->programs_known = false;
    } else if (c == ':') {
        char next = char_at(s, s->at + 1);

        return (next == '/' || next == '\\') && hide_user_info(s);
    } else if (c == '-') {
        return (char_at(s, s->at + 1) == '-' && redact_private_key(s)) ||
               (is_space(before) && hide_option(s));
    } else if (c == '*') {
        return s->at == s->line && redact_pgpass_line(s);
    } else if (c == '$') {
        return redact_password_hash(s);
    }
    return false;
}

/* To the next byte that a rule may apply to. What is left of a word is passed over. */
static void step_over(struct scan *s)
{
    const unsigned char *p = (const unsigned char *)s->text.ptr;
    const bool *literal = s->r->literal_first;
    size_t at = s->at, end = s->text.len;
    bool in_word = at_byte[p[at]] == AT_WORD;

    for (at++; at < end; at++) {
        unsigned char kind = at_byte[p[at]];

        if (kind == AT_MARK || literal[p[at]] || (kind == AT_WORD && !in_word))
            break;
        in_word = kind == AT_WORD;
    }
    s->at = at;
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

void redact_walk(struct scan *s, size_t stop)
{
    while (s->at < stop && !s->out->full && !(s->partial && s->open)) {
        size_t from = s->at;

        if (step(s))
            follow_lines(s, from);
        else
            step_over(s);
        if (s->open && !s->partial)
            s->open = OPEN_NONE;
        if (s->open)
            s->open_from = from;
    }
    if (!s->out->full && !s->open)
        copy_to(s, s->at);
}

size_t redact_text(struct redactor *r, struct buf *out, struct str text)
{
    struct scan s = {.r = r, .out = out, .text = text};

    redact_walk(&s, text.len);
    return s.count;
}

size_t redactor_apply(struct redactor *r, struct buf *out, struct str text)
{
    struct buf clean = BUF_INIT(out->max);
    uint64_t counts[REDACT_KINDS];
    size_t count;

    redactor_counts(r, counts);
    count = redact_text(r, &clean, text);
    if (count && !clean.full && redact_may_be_json(text) && !redact_is_json(buf_str(&clean)) &&
        redact_is_json(text)) {
        buf_clear(&clean);
        redactor_set_counts(r, counts);
        count = redact_json(r, &clean, text);
    }
    buf_add_str(out, buf_str(&clean));
    out->full = out->full || clean.full;
    buf_release(&clean);
    return count;
}

bool redactor_apply_or_withhold(struct redactor *r, struct buf *out, struct str text)
{
    size_t len = out->len;
    bool was_full = out->full;

    if (r && !was_full) {
        redactor_apply(r, out, text);
        if (!out->full)
            return true;
    }
    buf_truncate(out, len);
    out->full = was_full;
    buf_adds(out, REDACT_WITHHELD);
    return false;
}
