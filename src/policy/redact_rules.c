/* redact_rules.c - the words and shapes behind redact.c, as tables. */
#include <math.h>
#include <stdint.h>

#include "redact_priv.h"

#define WORDS_MAX 2   /* the last words of a name decide */
#define RANDOM_MIN 16 /* bytes */
#define RANDOM_MAX 512
#define RANDOM_BITS                                                                                \
    3.0 /* of entropy for each byte: hexadecimal has up to 4, English words about 2.5 */
#define RANDOM_CHANGES 4 /* from digits to letters or between cases, side by side */
#define REFERENCE_MAX 256
#define TOKEN_MAX 4096

#define ALNUM (BYTE_ALNUM | BYTE_WORD | BYTE_IDENT)
const unsigned char redact_bytes[256] = {
    ['0' ... '9'] = ALNUM,          ['A' ... 'Z'] = ALNUM, ['a' ... 'z'] = ALNUM,
    ['_'] = BYTE_WORD | BYTE_IDENT, ['-'] = BYTE_IDENT,    ['.'] = BYTE_IDENT,
};
#undef ALNUM

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool ieq(struct str s, const char *word)
{
    for (size_t i = 0; i < s.len; i++) {
        if (word[i] == '\0' || fold(s.ptr[i]) != word[i])
            return false;
    }
    return word[s.len] == '\0';
}

static bool iends_str(struct str s, struct str word)
{
    if (s.len < word.len || fold(s.ptr[s.len - 1]) != word.ptr[word.len - 1])
        return false;
    return ieq((struct str){s.ptr + s.len - word.len, word.len}, word.ptr);
}

static bool iends(struct str s, const char *word)
{
    return iends_str(s, str_from(word));
}

static bool in_list(struct str s, const char *const *list)
{
    for (; *list; list++) {
        if (ieq(s, *list))
            return true;
    }
    return false;
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* Where the last word of "dbPassword", "DB_PASSWORD", "APIKey", "db-password2" starts. */
static size_t last_word(struct str s)
{
    size_t i = s.len;

    while (i > 0) {
        char c = s.ptr[i - 1];

        if (!redact_is_alnum(c))
            break;
        i--;
        if (is_upper(c) && i > 0 && !is_upper(s.ptr[i - 1]))
            break; /* fooBar */
        if (is_upper(c) && i > 0 && i + 1 < s.len && !is_upper(s.ptr[i + 1]) &&
            redact_is_alnum(s.ptr[i + 1]))
            break; /* APIKey */
    }
    return i;
}

static struct str cut_word(struct str *rest)
{
    struct str word;
    size_t at;

    while (rest->len && !redact_is_alnum(rest->ptr[rest->len - 1]))
        rest->len--;
    at = last_word(*rest);
    word = (struct str){rest->ptr + at, rest->len - at};
    rest->len = at;
    while (word.len && word.ptr[word.len - 1] >= '0' && word.ptr[word.len - 1] <= '9')
        word.len--;
    return word;
}

enum redact_kind redact_key_kind(struct str ident)
{
    struct str rest = ident, word = cut_word(&rest);

    if (ieq(word, "cookie"))
        return REDACT_COOKIE;
    if (ieq(word, "authorization") || ieq(word, "bearer"))
        return REDACT_AUTHORIZATION;
    if (ieq(word, "jwt"))
        return REDACT_JWT;
    if (iends(word, "password") || iends(word, "passwords") || iends(word, "passwd") ||
        ieq(word, "pwd") || ieq(word, "pw") || ieq(word, "pass") || iends(word, "passphrase") ||
        iends(word, "passcode") || iends(word, "passwort") || iends(word, "kennwort"))
        return REDACT_PASSWORD;
    return REDACT_SECRET;
}

/* Does any word that redact_key_class() knows end in these two letters? Most words of a log do not,
 * and then no list is asked. One bit for each second letter. */
static bool may_decide(struct str word)
{
#define BIT(c) (1u << ((c) - 'a'))
    static const uint32_t ends[26] = {
        ['a' - 'a'] = BIT('l'),
        ['d' - 'a'] = BIT('e') | BIT('s'),
        ['e' - 'a'] = BIT('n') | BIT('r') | BIT('t') | BIT('y') | BIT('d'),
        ['i' - 'a'] = BIT('d') | BIT('e') | BIT('g'),
        ['l' - 'a'] = BIT('s') | BIT('t'),
        ['n' - 'a'] = BIT('g') | BIT('s'),
        ['o' - 'a'] = BIT('k') | BIT('n'),
        ['p' - 'a'] = BIT('w'),
        ['r' - 'a'] = BIT('d') | BIT('e') | BIT('t') | BIT('y'),
        ['s' - 'a'] = BIT('e') | BIT('s'),
        ['t' - 'a'] = BIT('a') | BIT('h') | BIT('s'),
        ['w' - 'a'] = BIT('d') | BIT('t'),
        ['y' - 'a'] = BIT('s'),
    };
    char a = fold(word.ptr[word.len - 2]), b = fold(word.ptr[word.len - 1]);

    return a >= 'a' && a <= 'z' && b >= 'a' && b <= 'z' && (ends[a - 'a'] & BIT(b));
#undef BIT
}

enum key_class redact_key_class(struct str ident)
{
    static const char *const headers[] = {"authorization", "cookie", NULL};
    static const char *const strong[] = {"pwd",    "passphrase", "passcode", "jwt",
                                         "bearer", "secretid",   "pw",       NULL};
#define END(word)                                                                                  \
    {                                                                                              \
        word, sizeof(word) - 1                                                                     \
    }
    static const struct str strong_ends[] = {
        END("password"),   END("passwd"),  END("passwords"), END("passwort"),  END("kennwort"),
        END("secret"),     END("token"),   END("apikey"),    END("secretkey"), END("accesskey"),
        END("privatekey"), END("authkey"), END("sharedkey"), END("masterkey"), END("signingkey"),
    }; /* a word with another end: may_decide(), too */
#undef END
    static const char *const key_of[] = {
        "api",         "access",       "secret",  "private", "signing",
        "encryption",  "auth",         "account", "shared",  "master",
        "service",     "integration",  "routing", "license", "app",
        "application", "deploy",       "admin",   "session", "ssh",
        "client",      "subscription", "hmac",    "host",    "ingestion",
        "write",       "bot",          "webhook", "push",    "recovery",
        "root",        "jwt",          "sas",     NULL};
    static const char *const token_no[] = {"next",  "page", "continuation", "max",
                                           "total", "per",  "sync",         NULL};
    static const char *const weak[] = {"key",     "auth", "credential", "credentials", "session",
                                       "sid",     "sig",  "signature",  "salt",        "code",
                                       "webhook", "seed", "license",    "tokens",      "secrets",
                                       "keys",    NULL};
    struct str rest = ident, word, before;

    if (ident.len == 0)
        return KEY_OTHER;
    word = cut_word(&rest);
    if (word.len < 2 || !may_decide(word))
        return KEY_OTHER;
    before = cut_word(&rest);
    if (in_list(word, headers))
        return KEY_HEADER;
    if (in_list(word, strong))
        return KEY_STRONG;
    for (size_t i = 0; i < sizeof(strong_ends) / sizeof(strong_ends[0]); i++) {
        if (iends_str(word, strong_ends[i]))
            return ieq(word, "token") && in_list(before, token_no) ? KEY_OTHER : KEY_STRONG;
    }
    if (ieq(word, "key") && in_list(before, key_of))
        return KEY_STRONG;
    if (ieq(word, "pass") && before.len && !ieq(before, "by"))
        return KEY_STRONG;
    if (ieq(word, "pass"))
        return KEY_PASS;
    if ((ieq(word, "data") || ieq(word, "base")) && ieq(before, "key"))
        return KEY_STRONG; /* client-key-data of a kubeconfig, SECRET_KEY_BASE */
    if ((ieq(word, "string") || ieq(word, "binary")) && ieq(before, "secret"))
        return KEY_STRONG; /* as AWS Secrets Manager answers */
    return in_list(word, weak) ? KEY_WEAK : KEY_OTHER;
}

static double entropy_bits(struct str s)
{
    unsigned count[256] = {0};
    double bits = 0;

    for (size_t i = 0; i < s.len; i++)
        count[(unsigned char)s.ptr[i]]++;
    for (size_t i = 0; i < 256; i++) {
        double p = (double)count[i] / (double)s.len;

        if (count[i])
            bits -= p * log2(p);
    }
    return bits;
}

static bool is_uuid(struct str s)
{
    return s.len == 36 && s.ptr[8] == '-' && s.ptr[13] == '-' && s.ptr[18] == '-' &&
           s.ptr[23] == '-';
}

static int class_of(char c)
{
    if (c >= '0' && c <= '9')
        return 1;
    return is_upper(c) ? 2 : redact_is_alnum(c) ? 3 : 0;
}

bool redact_looks_random(struct str s)
{
    bool digit = false, letter = false;
    int before = 0;
    unsigned changes = 0;

    if (s.len < RANDOM_MIN || s.len > RANDOM_MAX || is_uuid(s))
        return false;
    if (s.ptr[0] == '/' || s.ptr[0] == '.' || s.ptr[0] == '~' || str_find(s, STR_LIT("://")) >= 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (!redact_is_word(c) && !strchr("+/=-.~:%", c))
            return false;
        digit = digit || class_of(c) == 1;
        letter = letter || class_of(c) > 1;
        changes += class_of(c) && before && class_of(c) != before;
        before = class_of(c);
    }
    return digit && letter && changes >= RANDOM_CHANGES && entropy_bits(s) >= RANDOM_BITS;
}

bool redact_looks_pass(struct str s)
{
    bool letter = false, other = false;

    if (s.len < 6 || s.len > 64)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (c <= ' ' || c == '/' || c == '\\')
            return false;
        letter = letter || class_of(c) > 1;
        other = other || class_of(c) <= 1;
    }
    return letter && other;
}

static bool all_in(struct str s, const char *set)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!s.ptr[i] || !strchr(set, s.ptr[i]))
            return false;
    }
    return true;
}

bool redact_is_placeholder(struct str s)
{
    size_t hex = strlen(REDACT_MARK);

    if (s.len < REDACT_MARK_LEN || !str_starts(s, REDACT_MARK) || s.ptr[REDACT_MARK_LEN - 1] != ']')
        return false;
    return all_in((struct str){s.ptr + hex, REDACT_HEX}, "0123456789abcdef");
}

/* Bytes of `s` from `at` on that are letters, digits or in `more`. */
static size_t span_of(struct str s, size_t at, const char *more)
{
    size_t n = at;

    while (n < s.len && n < REFERENCE_MAX &&
           (redact_is_alnum(s.ptr[n]) || (s.ptr[n] && strchr(more, s.ptr[n]))))
        n++;
    return n - at;
}

size_t redact_reference_length(struct str s)
{
    static const struct {
        const char *open, *close, *inside;
    } forms[] = {
        {"${", "}", "_."},    {"$(", ")", "_.-/ "}, {"%(", ")s", "_."}, {"{{", "}}", "_.-/ |"},
        {"<", ">", "_.- []"}, {"$", "", "_"}, /* last: the others start with it too */
    };

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        size_t at = strlen(forms[i].open), n;

        if (!str_starts(s, forms[i].open))
            continue;
        n = span_of(s, at, forms[i].inside);
        at += n;
        if (n && str_starts((struct str){s.ptr + at, s.len - at}, forms[i].close))
            return at + strlen(forms[i].close);
    }
    return 0;
}

bool redact_is_reference(struct str s)
{
    if (s.len == 0 || s.len > REFERENCE_MAX)
        return s.len == 0;
    if (s.len == REDACT_MARK_LEN && redact_is_placeholder(s))
        return true;
    if (all_in(s, "*") || (s.len > 2 && all_in(s, "x")) || all_in(s, "."))
        return true;
    return redact_reference_length(s) == s.len;
}

bool redact_is_plain_word(struct str s)
{
    static const char *const words[] = {
        "true",      "false",    "null",     "none",    "nil",     "yes",     "no",
        "undefined", "required", "optional", "invalid", "expired", "missing", "incorrect",
        "wrong",     "empty",    "unset",    "set",     "string",  "not",     "is",
        "was",       "changed",  "updated",  "failed",  "for",     "has",     "and",
        "or",        "in",       "must",     "auth",    NULL};

    return in_list(s, words);
}

bool redact_is_name(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (!redact_is_word(s.ptr[i]) && s.ptr[i] != '-' && s.ptr[i] != '.')
            return false;
    }
    return s.len > 0;
}
