/* regex.c - see regex.h. JIT code where the machine allows it, else PCRE2's interpreter; both keep
 * to the match limit. The limits are set so that a hopeless match costs some tens of milliseconds.
 */
#include "runbook/codec/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#include "runbook/base/mem.h"

#define PATTERN_MAX 8192
#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 5000
#define HEAP_LIMIT_KIB 16384
#define JIT_STACK_MIN ((size_t)16 << 10)
#define JIT_STACK_MAX ((size_t)512 << 10)

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

static uint32_t options_of(unsigned flags)
{
    uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;

    if (flags & REGEX_ICASE)
        options |= PCRE2_CASELESS;
    if (flags & REGEX_MULTILINE)
        options |= PCRE2_MULTILINE;
    return options;
}

static enum err_code compile_error(const char *pattern, int code, size_t offset, struct err *err)
{
    char why[160];

    pcre2_get_error_message(code, (PCRE2_UCHAR *)why, sizeof(why));
    return err_set(err, ERR_INPUT, "pattern \"%.*s\": at offset %zu: %s", 200, pattern, offset,
                   why);
}

enum err_code regex_compile(const char *pattern, unsigned flags, struct regex **ret,
                            struct err *err)
{
    size_t offset = 0, len = strlen(pattern);
    struct regex *re;
    int code = 0;

    if (len > PATTERN_MAX)
        return err_set(err, ERR_INPUT, "a pattern of %zu bytes: at most %d are taken", len,
                       PATTERN_MAX);
    re = xcalloc(1, sizeof(*re));
    re->code = pcre2_compile((PCRE2_SPTR)pattern, len, options_of(flags), &code, &offset, NULL);
    if (!re->code) {
        free(re);
        return compile_error(pattern, code, offset, err);
    }
    re->data = pcre2_match_data_create(REGEX_GROUPS_MAX, NULL);
    re->context = pcre2_match_context_create(NULL);
    if (!re->data || !re->context)
        mem_fatal("out of memory");
    pcre2_set_match_limit(re->context, MATCH_LIMIT);
    pcre2_set_depth_limit(re->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(re->context, HEAP_LIMIT_KIB);
    if (pcre2_jit_compile(re->code, PCRE2_JIT_COMPLETE) == 0) {
        re->stack = pcre2_jit_stack_create(JIT_STACK_MIN, JIT_STACK_MAX, NULL);
        pcre2_jit_stack_assign(re->context, NULL, re->stack);
    }
    *ret = re;
    return ERR_OK;
}

void regex_free(struct regex *re)
{
    if (!re)
        return;
    pcre2_jit_stack_free(re->stack);
    pcre2_match_context_free(re->context);
    pcre2_match_data_free(re->data);
    pcre2_code_free(re->code);
    free(re);
}

static void fill(const struct regex *re, struct str subject, size_t count, struct regex_match *m)
{
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(re->data);

    *m = (struct regex_match){.count = count};
    for (size_t i = 0; i < count; i++) {
        size_t from = at[2 * i], to = at[2 * i + 1];

        if (from != PCRE2_UNSET && from <= to)
            m->group[i] = (struct str){subject.ptr + from, to - from};
    }
}

bool regex_match(const struct regex *re, struct str subject, size_t from,
                 struct regex_match *ret_match, bool *ret_limited)
{
    int rc;

    if (ret_limited)
        *ret_limited = false;
    if (from > subject.len)
        return false;
    if (!subject.ptr)
        subject.ptr = "";
    rc =
        pcre2_match(re->code, (PCRE2_SPTR)subject.ptr, subject.len, from, 0, re->data, re->context);
    if (rc < 0) {
        if (ret_limited)
            *ret_limited = rc != PCRE2_ERROR_NOMATCH;
        return false;
    }
    if (ret_match) /* 0: more groups than there is room for */
        fill(re, subject, rc ? (size_t)rc : REGEX_GROUPS_MAX, ret_match);
    return true;
}
