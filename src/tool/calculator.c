/* calculator.c - arithmetic, so that nobody does it in their head. A recursive descent over
 * + - * / % ^, parentheses and a few functions; depth and length are bounded, nothing is looked up.
 */
#include "helper_common.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runbook/base/num.h"

#define DEPTH_MAX 64
#define TEXT_MAX 1000
#define ARGS_MAX 32

struct calc {
    const char *at;
    int depth;
    const char *why; /* NULL: fine */
};

static double sum(struct calc *c);

static void skip(struct calc *c)
{
    while (*c->at == ' ' || *c->at == '_')
        c->at++;
}

static bool take(struct calc *c, char wanted)
{
    skip(c);
    if (*c->at != wanted)
        return false;
    c->at++;
    return true;
}

static double fail(struct calc *c, const char *why)
{
    if (!c->why)
        c->why = why;
    return NAN;
}

static double one_argument(const char *name, size_t n, double x, bool *ret_known)
{
    static const struct {
        const char *name;
        double (*fn)(double);
    } table[] = {{"abs", fabs}, {"sqrt", sqrt},   {"ln", log},      {"log", log10}, {"log2", log2},
                 {"exp", exp},  {"round", round}, {"floor", floor}, {"ceil", ceil}};

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (strlen(table[i].name) == n && memcmp(table[i].name, name, n) == 0) {
            *ret_known = true;
            return table[i].fn(x);
        }
    }
    *ret_known = false;
    return NAN;
}

static double many_arguments(const char *name, size_t n, const double *v, size_t count,
                             bool *ret_known)
{
    bool least = n == 3 && memcmp(name, "min", 3) == 0,
         most = n == 3 && memcmp(name, "max", 3) == 0;
    double total = 0, best = v[0];

    *ret_known = least || most || (n == 4 && memcmp(name, "mean", 4) == 0) ||
                 (n == 3 && memcmp(name, "sum", 3) == 0);
    for (size_t i = 0; i < count; i++) {
        total += v[i];
        best = least ? fmin(best, v[i]) : fmax(best, v[i]);
    }
    return least || most ? best : name[0] == 'm' ? total / (double)count : total;
}

static double call(struct calc *c, const char *name, size_t n)
{
    double v[ARGS_MAX], r;
    size_t count = 0;
    bool known;

    do {
        if (count == ARGS_MAX)
            return fail(c, "a function takes at most 32 values");
        v[count++] = sum(c);
    } while (take(c, ','));
    if (!take(c, ')'))
        return fail(c, "a ) is missing");
    r = many_arguments(name, n, v, count, &known);
    if (!known && count == 1)
        r = one_argument(name, n, v[0], &known);
    return known ? r
                 : fail(c, "unknown function: abs sqrt ln log log2 exp round floor ceil min max "
                           "mean sum are there");
}

static double word(struct calc *c)
{
    const char *name = c->at;
    size_t n = 0;

    while (isalnum((unsigned char)name[n]))
        n++;
    c->at += n;
    if (take(c, '('))
        return call(c, name, n);
    if (n == 2 && memcmp(name, "pi", 2) == 0)
        return 3.14159265358979323846;
    if (n == 1 && *name == 'e')
        return 2.71828182845904523536;
    return fail(c, "unknown word");
}

static double number(struct calc *c)
{
    const char *from = c->at;
    double v = 0;

    while (isdigit((unsigned char)*c->at) || *c->at == '.' ||
           ((*c->at == 'e' || *c->at == 'E') && isdigit((unsigned char)c->at[1])) ||
           ((*c->at == '-' || *c->at == '+') && c->at > from &&
            (c->at[-1] == 'e' || c->at[-1] == 'E')) ||
           ((*c->at == 'e' || *c->at == 'E') && (c->at[1] == '-' || c->at[1] == '+')))
        c->at++;
    if (!num_f64((struct str){from, (size_t)(c->at - from)}, &v))
        return fail(c, "not a number");
    return v;
}

static double primary(struct calc *c)
{
    double v;

    skip(c);
    if (++c->depth > DEPTH_MAX)
        return fail(c, "nested too deep");
    if (take(c, '(')) {
        v = sum(c);
        if (!take(c, ')'))
            v = fail(c, "a ) is missing");
    } else if (isdigit((unsigned char)*c->at) || *c->at == '.') {
        v = number(c);
    } else if (isalpha((unsigned char)*c->at)) {
        v = word(c);
    } else {
        v = fail(c, *c->at ? "a number is expected" : "it ends too early");
    }
    c->depth--;
    return v;
}

static double sign(struct calc *c)
{
    double v;

    if (++c->depth > DEPTH_MAX)
        return fail(c, "nested too deep");
    if (take(c, '-')) {
        v = -sign(c);
    } else if (take(c, '+')) {
        v = sign(c);
    } else {
        v = primary(c);
        if (!c->why && take(c, '^'))
            v = pow(v, sign(c));
    }
    c->depth--;
    return v;
}

static double product(struct calc *c)
{
    double v = sign(c);

    for (;;) {
        if (take(c, '*'))
            v *= sign(c);
        else if (take(c, '/'))
            v /= sign(c);
        else if (take(c, '%'))
            v = fmod(v, sign(c));
        else
            return v;
        if (c->why)
            return NAN;
    }
}

static double sum(struct calc *c)
{
    double v = product(c);

    for (;;) {
        if (take(c, '+'))
            v += product(c);
        else if (take(c, '-'))
            v -= product(c);
        else
            return v;
        if (c->why)
            return NAN;
    }
}

static const struct tool_param params[] = {
    {.name = "expression",
     .type = PARAM_STRING,
     .required = true,
     .help = "What to compute, such as (3.9 - 0.21) / 0.21 * 100."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_addf(out, "%.200s", value_cstr_or(args, "expression", ""));
}

static void start(struct tool_call *call)
{
    struct str text = value_str_or(tool_call_args(call), "expression", "");
    struct calc c = {text.ptr, 0, NULL};
    struct buf out = BUF_INIT(200);
    char number_text[32];
    struct err err;
    double v = text.len <= TEXT_MAX ? sum(&c) : fail(&c, "longer than 1000 bytes");

    skip(&c);
    if (!c.why && *c.at)
        fail(&c, "something stands behind it");
    if (c.why) {
        err_set(&err, ERR_INPUT, "%s, at byte %zu", c.why, (size_t)(c.at - text.ptr));
        helper_fail(call, &err);
        return;
    }
    num_format_f64(v, number_text);
    buf_adds(&out, number_text);
    helper_finish(call, &out, 1, number_text);
}

const struct tool_def tool_calculator = {
    .name = "calculator",
    .help = "Compute an arithmetic expression.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = HELPER_TIMEOUT_MS,
    .helper = true,
    .query = cite,
    .start = start,
};
