/* json.c - see json.h.
 * Three steps: a scan of the bytes that checks what RFC 8259 says (and gives errors their place),
 * cJSON which builds its tree, and a copy of that tree into the arena. cJSON accepts more than JSON
 * (blanks below 0x20, raw control characters, "\u0000", "01", half of a number of more than 63
 * characters), so nothing reaches it that the scan has not passed; what is left that can fail there
 * is memory. */
#include "runbook/codec/json.h"

#include <cjson/cJSON.h>
#include <math.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "value_priv.h"

#define NUMBER_MAX 63   /* characters; cJSON reads no further */
#define EXACT_DIGITS 15 /* so many are exact in any double */
#define KEY_NONE SIZE_MAX

struct scan {
    const char *start, *at, *end;
    int depth;
    size_t keys;        /* keys seen so far */
    size_t stop_at_key; /* report this key as a duplicate */
    struct err *err;
    struct arena *arena; /* of `big`; NULL: they are not wanted */
    struct big **big;
};

/* A number that a double does not tell from its neighbours, in the order of the document. */
struct big {
    struct str text; /* empty: it is no integer */
    struct big *next;
};
#define EXACT_MAX 9007199254740992.0 /* 2^53 */

static bool fail_at(struct scan *s, const char *at, const char *what)
{
    const char *line_start = s->start;
    size_t line = 1, column = 1;

    for (const char *p = s->start; p < at; p++) {
        if (*p == '\n') {
            line++;
            line_start = p + 1;
        }
    }
    for (const char *p = line_start; p < at; p++)
        column += ((unsigned char)*p & 0xc0) != 0x80;
    err_set(s->err, ERR_INPUT, "JSON line %zu column %zu: %s", line, column, what);
    return false;
}

static bool fail(struct scan *s, const char *what)
{
    return fail_at(s, s->at, s->at < s->end ? what : "the text ends too early");
}

static void skip_blanks(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

static bool scan_hex4(struct scan *s, unsigned *ret)
{
    uint64_t v;

    if (s->end - s->at < 4 || !num_u64_base((struct str){s->at, 4}, 16, &v))
        return false;
    s->at += 4;
    *ret = (unsigned)v;
    return true;
}

static bool scan_unicode_escape(struct scan *s, const char *backslash)
{
    unsigned hi, lo;

    if (!scan_hex4(s, &hi))
        return fail_at(s, backslash, "\\u needs four hexadecimal digits");
    if (hi == 0)
        return fail_at(s, backslash, "NUL characters are not accepted in strings");
    if (hi < 0xd800 || hi > 0xdfff)
        return true;
    if (hi > 0xdbff || s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u')
        return fail_at(s, backslash, "half of a surrogate pair");
    s->at += 2;
    if (!scan_hex4(s, &lo) || lo < 0xdc00 || lo > 0xdfff)
        return fail_at(s, backslash, "half of a surrogate pair");
    return true;
}

static bool scan_escape(struct scan *s)
{
    const char *backslash = s->at++;

    if (s->at >= s->end)
        return fail(s, "");
    switch (*s->at++) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return true;
    case 'u':
        return scan_unicode_escape(s, backslash);
    default:
        return fail_at(s, backslash, "no such escape in JSON");
    }
}

static bool scan_utf8(struct scan *s)
{
    uint32_t cp;
    size_t n = text_decode((struct str){s->at, (size_t)(s->end - s->at)}, &cp);

    if (cp == TEXT_BAD)
        return fail_at(s, s->at, "not valid UTF-8");
    s->at += n;
    return true;
}

/* At an opening quote. */
static bool scan_string(struct scan *s)
{
    const char *open = s->at++;

    while (s->at < s->end) {
        unsigned char c = (unsigned char)*s->at;

        if (c == '"') {
            s->at++;
            return true;
        }
        if (c == '\\') {
            if (!scan_escape(s))
                return false;
        } else if (c < 0x20) {
            return fail(s, "a control character in a string must be escaped");
        } else if (c < 0x80) {
            s->at++;
        } else if (!scan_utf8(s)) {
            return false;
        }
    }
    return fail_at(s, open, "this string does not end");
}

static bool scan_digits(struct scan *s)
{
    const char *from = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return s->at > from;
}

static void note_big(struct scan *s, struct str text, bool fraction)
{
    double v;

    if (!num_f64(text, &v) || fabs(v) < EXACT_MAX)
        return;
    *s->big = arena_alloc(s->arena, sizeof(**s->big));
    if (!fraction)
        (*s->big)->text = text;
    s->big = &(*s->big)->next;
}

static bool scan_number(struct scan *s)
{
    const char *from = s->at;
    bool exponent = false;
    struct str text;
    double v;

    if (*s->at == '-')
        s->at++;
    if (s->at < s->end && *s->at == '0')
        s->at++;
    else if (!scan_digits(s))
        return fail(s, "expected a digit");
    if (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        return fail_at(s, from, "a number must not start with 0");
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!scan_digits(s))
            return fail(s, "expected a digit after the point");
    }
    if (s->at < s->end && (*s->at == 'e' || *s->at == 'E')) {
        exponent = true;
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        if (!scan_digits(s))
            return fail(s, "expected a digit in the exponent");
    }
    text = (struct str){from, (size_t)(s->at - from)};
    if (text.len > NUMBER_MAX)
        return fail_at(s, from, "a number of more than 63 characters");
    if (exponent && (!num_f64(text, &v) || !isfinite(v)))
        return fail_at(s, from, "this number is too large");
    if (s->arena && (exponent || text.len > EXACT_DIGITS))
        note_big(s, text, exponent || memchr(text.ptr, '.', text.len));
    return true;
}

static bool scan_word(struct scan *s, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return fail_at(s, s->at, "expected a value");
    s->at += len;
    return true;
}

static bool scan_value(struct scan *s);

static bool scan_member(struct scan *s)
{
    skip_blanks(s);
    if (s->at >= s->end || *s->at != '"')
        return fail(s, "expected a key in double quotes");
    if (s->keys++ == s->stop_at_key)
        return fail(s, "this key stands twice in the same object");
    if (!scan_string(s))
        return false;
    skip_blanks(s);
    if (s->at >= s->end || *s->at != ':')
        return fail(s, "expected ':' after the key");
    s->at++;
    return scan_value(s);
}

/* At '[' or '{'. */
static bool scan_list(struct scan *s, char close, bool (*item)(struct scan *s))
{
    const char *open = s->at++;
    bool ok = true;

    if (++s->depth > JSON_DEPTH_MAX)
        return fail_at(s, open, "nested deeper than 128 levels");
    skip_blanks(s);
    if (s->at < s->end && *s->at == close)
        goto done;
    for (;;) {
        ok = item(s);
        if (!ok)
            return false;
        skip_blanks(s);
        if (s->at >= s->end || (*s->at != ',' && *s->at != close))
            return fail(s, close == ']' ? "expected ',' or ']'" : "expected ',' or '}'");
        if (*s->at == close)
            break;
        s->at++;
    }
done:
    s->at++;
    s->depth--;
    return ok;
}

static bool scan_value(struct scan *s)
{
    skip_blanks(s);
    if (s->at >= s->end)
        return fail(s, "");
    switch (*s->at) {
    case '{':
        return scan_list(s, '}', scan_member);
    case '[':
        return scan_list(s, ']', scan_value);
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    case '-':
        return scan_number(s);
    default:
        if (*s->at >= '0' && *s->at <= '9')
            return scan_number(s);
        return fail(s, "expected a value");
    }
}

/* A byte order mark is skipped, as RFC 8259, 8.1 allows. (cJSON does not before a text of one
 * byte.) */
static size_t bom_length(struct str text)
{
    return str_starts(text, "\xef\xbb\xbf") ? 3 : 0;
}

/* `arena`: where *ret_big is kept; NULL: it is not wanted. */
static bool scan_all(struct str text, size_t stop_at_key, struct arena *arena, struct big **ret_big,
                     struct err *err)
{
    struct scan s = {.start = text.ptr,
                     .at = text.ptr,
                     .end = text.ptr + text.len,
                     .stop_at_key = stop_at_key,
                     .err = err,
                     .arena = arena,
                     .big = ret_big};

    s.at += bom_length(text);
    if (!scan_value(&s))
        return false;
    skip_blanks(&s);
    if (s.at < s.end)
        return fail(&s, "something follows the end of the value");
    return true;
}

struct copy {
    struct arena *arena;
    size_t keys; /* copied so far, in the order of the document, as the scan counts them */
    const struct big *big; /* those that come */
};

static struct str copy_string(struct arena *arena, const char *s)
{
    size_t len = strlen(s);

    return (struct str){arena_strndup(arena, s, len), len};
}

/* Its text is taken only where it says the same, so that no number gets another's digits. */
static void copy_number(struct copy *c, double number, struct value *to)
{
    double v;

    to->u.number = number;
    if (!c->big || fabs(number) < EXACT_MAX)
        return;
    if (c->big->text.len && num_f64(c->big->text, &v) && v >= number && v <= number) {
        to->u.exact = arena_str(c->arena, c->big->text);
        to->col = VALUE_EXACT;
    }
    c->big = c->big->next;
}

static bool copy_item(struct copy *c, const cJSON *from, struct value *to);

/* False: the last key that was copied stands twice. */
static bool copy_list(struct copy *c, const cJSON *from, struct value *to)
{
    struct key_check keys = {NULL};
    struct value *items = NULL;
    size_t count = 0, i = 0;
    bool ok = true;

    for (const cJSON *it = from->child; it; it = it->next)
        count++;
    if (count)
        items = arena_array(c->arena, count, sizeof(*items));
    for (const cJSON *it = from->child; it && ok; it = it->next, i++) {
        if (to->type == VALUE_OBJECT) {
            items[i].key = copy_string(c->arena, it->string);
            c->keys++;
            ok = key_check_add(&keys, items, i);
        }
        ok = ok && copy_item(c, it, &items[i]);
    }
    key_check_release(&keys);
    to->u.list.items = items;
    to->u.list.count = count;
    return ok;
}

static bool copy_item(struct copy *c, const cJSON *from, struct value *to)
{
    switch (from->type & 0xff) {
    case cJSON_False:
    case cJSON_True:
        to->type = VALUE_BOOL;
        to->u.boolean = (from->type & 0xff) == cJSON_True;
        return true;
    case cJSON_Number:
        to->type = VALUE_NUMBER;
        copy_number(c, from->valuedouble, to);
        return true;
    case cJSON_String:
        to->type = VALUE_STRING;
        to->u.string = copy_string(c->arena, from->valuestring);
        return true;
    case cJSON_Array:
        to->type = VALUE_ARRAY;
        return copy_list(c, from, to);
    case cJSON_Object:
        to->type = VALUE_OBJECT;
        return copy_list(c, from, to);
    default:
        to->type = VALUE_NULL;
        return true;
    }
}

enum err_code json_parse(struct arena *arena, struct str text, const struct value **ret,
                         struct err *err)
{
    struct copy c = {.arena = arena};
    struct big *big = NULL;
    struct value *v;
    cJSON *tree;
    size_t bom;
    bool unique;

    if (text.len == 0)
        return err_set(err, ERR_INPUT, "JSON line 1 column 1: the text is empty");
    if (!scan_all(text, KEY_NONE, arena, &big, err))
        return ERR_INPUT;
    c.big = big;
    bom = bom_length(text);
    tree = cJSON_ParseWithLength(text.ptr + bom, text.len - bom);
    if (!tree)
        mem_fatal("out of memory");
    v = arena_alloc(arena, sizeof(*v));
    unique = copy_item(&c, tree, v);
    cJSON_Delete(tree);
    if (!unique) {
        scan_all(text, c.keys - 1, NULL, NULL, err); /* again, to the place of that key */
        return ERR_INPUT;
    }
    *ret = v;
    return ERR_OK;
}
