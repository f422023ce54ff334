/* redact_shapes.c - secrets that are known by their form alone, wherever they stand: private key
 * blocks, password hashes, payment cards, e-mail addresses, lines of a password file. */
#include "redact_scan.h"

#define LABEL_MAX 64
#define HASH_MIN 24
#define HASH_MAX 512
#define CARD_MIN 13
#define CARD_MAX 19
#define LOCAL_MAX 64
#define DOMAIN_MAX 255
#define PGPASS_MAX 512

size_t redact_pem_step(struct str text, size_t at)
{
    char c = at < text.len ? text.ptr[at] : '\0';
    size_t n = 0;

    if (redact_is_alnum(c) || (c && strchr("+/=-:,. \t\r\n", c)))
        return 1;
    while (at + n < text.len && text.ptr[at + n] == '\\')
        n++;
    c = at + n < text.len ? text.ptr[at + n] : '\0';
    return n && (c == 'n' || c == 'r' || c == 't') ? n + 1 : 0;
}

/* "-----BEGIN ... PRIVATE KEY-----" (PGP: "... BLOCK-----") to its END line, or as far as it goes
 * when that is cut off. */
bool redact_private_key(struct scan *s)
{
    struct str label = rest_at(s, s->at);
    size_t at = s->at, n;
    ptrdiff_t dashes;
    bool ending = false, ended = false;

    if (!str_starts(label, "-----BEGIN "))
        return false;
    if (label.len > LABEL_MAX)
        label.len = LABEL_MAX;
    if (str_find(label, STR_LIT("PRIVATE KEY")) < 0)
        return false;
    dashes = str_find((struct str){label.ptr + 11, label.len - 11}, STR_LIT("-----"));
    if (dashes < 0)
        return false;
    at += (size_t)dashes + 16;
    while (!ended && (n = redact_pem_step(s->text, at)) > 0) {
        if (s->text.ptr[at] == '-' && str_starts(rest_at(s, at), "-----")) {
            at += 5;
            ended = ending;
            ending = str_starts(rest_at(s, at), "END ");
        } else {
            at += n;
        }
    }
    if (!ended && at + 8 >= s->text.len)
        s->open = OPEN_PEM;
    redact_hide(s, s->at, at, "", REDACT_PRIVATE_KEY);
    return true;
}

/* Source: crypt(5). */
bool redact_password_hash(struct scan *s)
{
    static const char *const forms[] = {"$1$",  "$5$",  "$6$",  "$y$",     "$7$",      "$gy$",
                                        "$2a$", "$2b$", "$2y$", "$argon2", "$scrypt$", "$pbkdf2"};
    struct str rest = rest_at(s, s->at);
    size_t len = 0;

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (!str_starts(rest, forms[i]))
            continue;
        while (
            len < rest.len && len < HASH_MAX &&
            (redact_is_word(rest.ptr[len]) || (rest.ptr[len] && strchr("$./=,+-", rest.ptr[len]))))
            len++;
        if (len < HASH_MIN)
            return false;
        redact_hide(s, s->at, s->at + len, "", REDACT_HASH);
        return true;
    }
    return false;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Source: ISO/IEC 7812-1, annex B. */
static bool luhn(const char *digits, size_t n)
{
    unsigned sum = 0;

    for (size_t i = 0; i < n; i++) {
        unsigned d = (unsigned)(digits[n - 1 - i] - '0');

        if (i % 2)
            d = d * 2 > 9 ? d * 2 - 9 : d * 2;
        sum += d;
    }
    return sum % 10 == 0;
}

/* First digits and lengths that the large networks give out. Source: ISO/IEC 7812-1 and the
 * networks' public ranges. */
static bool is_issued(const char *d, size_t n)
{
    int two = (d[0] - '0') * 10 + (d[1] - '0'), four = two * 100 + (d[2] - '0') * 10 + (d[3] - '0');

    if (d[0] == '4')
        return n == 16 || n == 13 || n == 19;
    if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720))
        return n == 16;
    if (two == 34 || two == 37)
        return n == 15;
    if (four == 6011 || two == 65 || (four >= 6440 && four <= 6499) || two == 62)
        return n >= 16;
    if (four >= 3528 && four <= 3589)
        return n == 16;
    return (two == 36 || two == 38 || (four >= 3000 && four <= 3059)) && n == 14;
}

/* "order_id=4532...", "ts: 4...": a number that says of itself that it is something else. */
static bool is_named_number(const struct scan *s)
{
    static const char *const names[] = {"id",     "ids",    "ts",   "time",   "timestamp", "offset",
                                        "seq",    "bytes",  "size", "count",  "nanos",     "ns",
                                        "number", "serial", "hash", "cursor", "version",   NULL};
    size_t at = s->at, end;

    while (at > 0 && (is_blank(s->text.ptr[at - 1]) || is_quote(s->text.ptr[at - 1])))
        at--;
    if (at == 0 || !strchr("=:#", s->text.ptr[at - 1]))
        return false;
    for (at--; at > 0 && (is_blank(s->text.ptr[at - 1]) || is_quote(s->text.ptr[at - 1]));)
        at--;
    end = at;
    while (at > 0 && end - at < 16 && redact_is_alnum(s->text.ptr[at - 1]))
        at--;
    for (size_t i = 0; names[i]; i++) {
        size_t len = strlen(names[i]);

        if (end - at >= len &&
            str_ifind((struct str){s->text.ptr + end - len, len}, str_from(names[i])) == 0 &&
            (end - at == len || len > 2 || s->text.ptr[end - len] == 'I'))
            return true;
    }
    return false;
}

/* Groups of four, or 4-6-5, all parted by the same character. */
static bool well_grouped(const size_t *group, size_t groups)
{
    if (groups == 1)
        return true;
    if (groups == 3 && group[0] == 4 && group[1] == 6)
        return group[2] == 5 || group[2] == 4;
    for (size_t i = 0; i + 1 < groups; i++) {
        if (group[i] != 4)
            return false;
    }
    return groups >= 4 && group[groups - 1] <= 4;
}

bool redact_card(struct scan *s)
{
    char digits[CARD_MAX], part = '\0', before = s->at ? s->text.ptr[s->at - 1] : ' ';
    size_t n = 0, at = s->at, group[CARD_MAX], groups = 1;

    for (size_t i = 1; i < 4; i++) { /* no card has a shorter group at its start */
        if (!is_digit(char_at(s, at + i)))
            return false;
    }
    group[0] = 0;
    if (before == '.' || before == '-' || before == '+')
        return false;
    for (;; at++) {
        char c = char_at(s, at);

        if (is_digit(c)) {
            if (n == CARD_MAX)
                return false;
            digits[n++] = c;
            group[groups - 1]++;
        } else if ((c == ' ' || c == '-') && n && is_digit(char_at(s, at + 1)) &&
                   (!part || part == c) && group[groups - 1] >= 4) {
            part = c;
            group[groups++] = 0;
        } else {
            break;
        }
    }
    if (n < CARD_MIN || redact_is_word(char_at(s, at)) || char_at(s, at) == '-' ||
        (char_at(s, at) == '.' && is_digit(char_at(s, at + 1))))
        return false;
    if (!well_grouped(group, groups) || !is_issued(digits, n) || !luhn(digits, n) ||
        is_named_number(s))
        return false;
    redact_hide(s, s->at, at, "", REDACT_CARD);
    return true;
}

/* Source: RFC 5322, 3.2.3 (dot-atom), without the characters that are rare and mean something
 * elsewhere. */
bool redact_email(struct scan *s)
{
    size_t at = s->at, domain, dot = 0;
    char before = s->at ? s->text.ptr[s->at - 1] : ' ';

    if (before == '@' || before == '/')
        return false;
    while (at - s->at < LOCAL_MAX &&
           (is_ident(char_at(s, at)) || char_at(s, at) == '+' || char_at(s, at) == '%'))
        at++;
    if (char_at(s, at) != '@')
        return false;
    for (domain = ++at; at - domain < DOMAIN_MAX; at++) {
        if (char_at(s, at) == '.')
            dot = at;
        else if (!redact_is_alnum(char_at(s, at)) && char_at(s, at) != '-')
            break;
    }
    if (dot && dot + 1 == at) { /* the end of a sentence */
        at = dot;
        for (dot = at - 1; dot > domain && s->text.ptr[dot] != '.';)
            dot--;
    }
    if (dot <= domain || at - dot < 3 || char_at(s, at) == ':' || is_digit(s->text.ptr[dot + 1]))
        return false;
    redact_hide(s, s->at, at, "", REDACT_EMAIL);
    return true;
}

/* Five fields, the second a port or "*", and nothing else on the line. Source: PostgreSQL, "The
 * Password File". */
bool redact_pgpass_line(struct scan *s)
{
    size_t at = s->at, field[5] = {s->at}, fields = 1, end = s->at + PGPASS_MAX;

    for (; at < s->text.len && at < end && !is_space(s->text.ptr[at]); at++) {
        char c = s->text.ptr[at];

        if (c == ':') {
            if (fields == 5 || at == field[fields - 1])
                return false;
            field[fields++] = at + 1;
        } else if (fields == 2 && !is_digit(c) && c != '*') {
            return false;
        } else if (fields < 5 && !is_ident(c) && c != '*') {
            return false;
        }
    }
    if (fields != 5 || at == field[4] || (char_at(s, at) != '\n' && at < s->text.len))
        return false;
    if (s->text.ptr[field[1]] != '*' && field[2] - field[1] < 4)
        return false;
    redact_hide(s, field[4], at, "", REDACT_PASSWORD);
    return true;
}
