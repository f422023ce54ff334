/* result_get.c, result_page, result_search - raw results that were kept, read again: whole, a
 * piece, the lines with a word. Offsets are bytes; a piece begins and ends with whole characters.
 */
#include "helper_common.h"

#include <stdio.h>

#include "runbook/codec/regex.h"

#define PAGE_DEFAULT "3000" /* */
#define PAGE_MAX 20000
#define HITS_MAX 100
#define LINE_SHOWN 400

static void cite_call(const struct value *args, struct buf *out)
{
    buf_addf(out, "result of %s", value_cstr_or(args, "call", ""));
}

/* ---- whole ---- */

static const struct tool_param get_params[] = {CALL_PARAM, {NULL}};

static void get_start(struct tool_call *c)
{
    struct buf body = BUF_INIT(HELPER_BODY_MAX);
    char said[80];
    struct err err;

    if (helper_body(c, &body, &err)) {
        buf_release(&body);
        helper_fail(c, &err);
        return;
    }
    snprintf(said, sizeof(said), "%zu bytes", body.len);
    helper_finish(c, &body, 1, said);
}

const struct tool_def tool_result_get = {
    .name = "result_get",
    .help = "Read the raw result of an earlier query again.",
    .params = get_params,
    .risk = RISK_READ,
    .timeout_ms = HELPER_TIMEOUT_MS,
    .helper = true,
    .available = helper_has_results,
    .query = cite_call,
    .start = get_start,
};

/* ---- a piece ---- */

static const struct tool_param page_params[] = {
    CALL_PARAM,
    {.name = "offset",
     .type = PARAM_INT,
     .fallback = "0",
     .min = 0,
     .max = 1e9,
     .help = "The first byte wanted."},
    {.name = "bytes",
     .type = PARAM_INT,
     .fallback = PAGE_DEFAULT,
     .min = 100,
     .max = PAGE_MAX,
     .help = "How many bytes."},
    {NULL},
};

static size_t whole(struct str s, size_t at)
{
    if (at >= s.len)
        return s.len;
    while (at && ((unsigned char)s.ptr[at] & 0xC0) == 0x80)
        at--;
    return at;
}

static void page_start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    size_t from = (size_t)value_i64_or(args, "offset", 0), to;
    struct buf body = BUF_INIT(HELPER_BODY_MAX), out = BUF_INIT(PAGE_MAX + 200);
    char said[120];
    struct err err;

    if (helper_body(c, &body, &err)) {
        buf_release(&body);
        helper_fail(c, &err);
        return;
    }
    to = whole(buf_str(&body), from + (size_t)value_i64_or(args, "bytes", 3000));
    from = whole(buf_str(&body), from);
    buf_add(&out, buf_cstr(&body) + from, to - from);
    snprintf(said, sizeof(said), "bytes %zu to %zu of %zu%s", from, to, body.len,
             to == body.len ? ", the end" : "");
    buf_release(&body);
    helper_finish(c, &out, to > from, said);
}

const struct tool_def tool_result_page = {
    .name = "result_page",
    .help = "Read a piece of the raw result of an earlier query.",
    .params = page_params,
    .risk = RISK_READ,
    .timeout_ms = HELPER_TIMEOUT_MS,
    .helper = true,
    .available = helper_has_results,
    .query = cite_call,
    .start = page_start,
};

/* ---- lines ---- */

static const struct tool_param search_params[] = {
    CALL_PARAM,
    {.name = "pattern",
     .type = PARAM_STRING,
     .required = true,
     .help = "A regular expression (PCRE), without regard to case."},
    {.name = "max",
     .type = PARAM_INT,
     .fallback = "20",
     .min = 1,
     .max = HITS_MAX,
     .help = "The largest number of lines."},
    {NULL},
};

static void cite_search(const struct value *args, struct buf *out)
{
    buf_addf(out, "/%.200s/ in the result of %s", value_cstr_or(args, "pattern", ""),
             value_cstr_or(args, "call", ""));
}

/* JSON is one long line: it is cut at commas, so that a hit is short. */
static bool next_piece(struct str *rest, bool json, struct str *ret)
{
    return json ? str_split(rest, ',', ret) : str_line(rest, ret);
}

static int64_t search(const struct regex *re, struct str body, int64_t max, struct buf *out,
                      int64_t *ret_all)
{
    bool json = body.len && (body.ptr[0] == '{' || body.ptr[0] == '[');
    struct str rest = body, line;
    int64_t shown = 0;

    *ret_all = 0;
    while (next_piece(&rest, json, &line)) {
        if (!regex_match(re, line, 0, NULL, NULL))
            continue;
        if (++*ret_all > max)
            continue;
        shown++;
        buf_addf(out, "%zu: ", (size_t)(line.ptr - body.ptr));
        buf_add(out, line.ptr, line.len < LINE_SHOWN ? line.len : whole(line, LINE_SHOWN));
        buf_addc(out, '\n');
    }
    return shown;
}

static void search_start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct buf body = BUF_INIT(HELPER_BODY_MAX), out = BUF_INIT((size_t)1 << 18);
    struct regex *re = NULL;
    int64_t shown, all;
    char said[120];
    struct err err;

    if (regex_compile(value_cstr_or(args, "pattern", ""), REGEX_ICASE, &re, &err) ||
        helper_body(c, &body, &err)) {
        regex_free(re);
        helper_fail(c, &err);
        return;
    }
    shown = search(re, buf_str(&body), value_i64_or(args, "max", 20), &out, &all);
    regex_free(re);
    buf_release(&body);
    snprintf(said, sizeof(said), "%lld of %lld hits, each with its offset", (long long)shown,
             (long long)all);
    helper_finish(c, &out, shown, said);
}

const struct tool_def tool_result_search = {
    .name = "result_search",
    .help = "Find lines in the raw result of an earlier query.",
    .params = search_params,
    .risk = RISK_READ,
    .timeout_ms = HELPER_TIMEOUT_MS,
    .helper = true,
    .available = helper_has_results,
    .query = cite_search,
    .start = search_start,
};
