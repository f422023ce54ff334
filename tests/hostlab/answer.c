/* answer.c - reads what `runbook investigate --json` concluded and compares it with the culprit.
 * Right is only the right resource together with the right kind. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lab.h"
#include "runbook/base/file.h"
#include "runbook/codec/json.h"

bool answer_matches(const char *expect, const char *resource)
{
    const char *slash = strncmp(resource, "host:", 5) == 0 ? strchr(resource, '/') : NULL;
    size_t n = strlen(expect);

    if (!slash && strcmp(expect, "host") == 0)
        return strncmp(resource, "host:", 5) == 0;
    if (!slash || !n)
        return false;
    if (expect[n - 1] == '*')
        return strncmp(slash + 1, expect, n - 1) == 0;
    if (expect[n - 1] == '(')
        return strncmp(slash + 1, expect, n) == 0;
    return strcmp(slash + 1, expect) == 0;
}

static bool right_resource(const struct lab_run *r, const char *resource)
{
    for (int i = 0; i < r->expect_count; i++) {
        if (answer_matches(r->expect[i], resource))
            return true;
    }
    return false;
}

static bool right_kind(const struct lab_run *r, const char *kind)
{
    const char *list = r->fault->kinds ? r->fault->kinds : "";
    size_t n = strlen(kind);

    for (const char *at = list; n && (at = strstr(at, kind)); at++) {
        if ((at == list || at[-1] == '|') && (at[n] == '\0' || at[n] == '|'))
            return true;
    }
    return false;
}

static void last_line(struct buf *text, struct str *ret)
{
    struct str all = str_trim(buf_str(text));

    *ret = all;
    for (size_t i = all.len; i > 0; i--) {
        if (all.ptr[i - 1] == '\n') {
            *ret = (struct str){all.ptr + i, all.len - i};
            return;
        }
    }
}

static void read_candidates(const struct value *doc, const struct lab_run *r,
                            struct lab_answer *ret)
{
    const char *id = value_cstr_or(value_get(doc, "root_cause"), "hypothesis", "");
    int place = 1;

    VALUE_EACH (c, value_get(doc, "candidates")) {
        const char *resource = value_cstr_or(c, "resource", "");
        const char *kind = value_cstr_or(c, "category", "");

        if (*id && strcmp(value_cstr_or(c, "hypothesis", ""), id) == 0)
            continue;
        place++;
        if (ret->candidate_count < 5)
            snprintf(ret->candidates[ret->candidate_count++], LAB_TEXT_MAX, "%s %s", kind,
                     resource);
        if (!ret->rank && right_resource(r, resource) && right_kind(r, kind))
            ret->rank = place;
    }
}

static void judge(const struct value *doc, const struct lab_run *r, struct lab_answer *ret)
{
    const struct value *cause = value_get(doc, "root_cause");

    snprintf(ret->verdict, sizeof(ret->verdict), "%s", value_cstr_or(doc, "verdict", "?"));
    snprintf(ret->cause, sizeof(ret->cause), "%s", value_cstr_or(cause, "resource", ""));
    snprintf(ret->kind, sizeof(ret->kind), "%s", value_cstr_or(cause, "category", ""));
    snprintf(ret->statement, sizeof(ret->statement), "%s", value_cstr_or(cause, "statement", ""));
    ret->confidence = value_num_or(cause, "confidence", 0);
    ret->right_kind = right_kind(r, ret->kind);
    if (*ret->cause && right_resource(r, ret->cause) && ret->right_kind)
        ret->rank = 1;
    read_candidates(doc, r, ret);
}

bool answer_read(const char *path, const struct lab_run *r, struct lab_answer *ret)
{
    struct buf text = BUF_INIT(64 << 20);
    struct arena *arena = arena_new(0);
    const struct value *doc;
    struct err err = ERR_INIT;
    struct str line;
    bool ok = false;

    *ret = (struct lab_answer){.rank = 0};
    if (file_read(path, &text, &err) == 0) {
        last_line(&text, &line);
        ok = json_parse(arena, line, &doc, &err) == 0 && value_get(doc, "verdict");
        if (ok)
            judge(doc, r, ret);
    }
    buf_release(&text);
    arena_free(arena);
    return ok;
}
