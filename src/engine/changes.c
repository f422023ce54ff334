/* changes.c - what sources say that was changed: one change.seen a mark, known by who said it and
 * by its own id, so that the same mark in two answers is one. Routine is left out by the source. */
#include "changes.h"

#include "runbook/codec/json.h"

#define ANSWER_MAX 200   /* of one answer, the newest */
#define SESSION_MAX 5000 /* of a session: a journal is read again when it is opened */

static const char *text_of(const struct value *v, const char *key)
{
    return value_cstr_or(v, key, "");
}

static void see(struct investigation *inv, const char *call, const struct value *v)
{
    struct arena *a = inv_arena(inv);
    const char *source = text_of(v, "source"), *what = text_of(v, "what");
    struct ev_change_seen s = {.kind = text_of(v, "kind"),
                               .what = what,
                               .resource = text_of(v, "resource"),
                               .service = text_of(v, "service"),
                               .region = text_of(v, "region"),
                               .account = text_of(v, "account"),
                               .actor = text_of(v, "actor"),
                               .text = text_of(v, "detail"),
                               .outcome = text_of(v, "outcome"),
                               .error = text_of(v, "error"),
                               .source = source,
                               .call = call,
                               .at_ms = value_i64_or(v, "ts_ms", 0)};
    /* A mark that a second source was found for keeps its key: what follows " + " is no part. */
    struct str first = str_from(source);
    ptrdiff_t plus = str_find(first, STR_LIT(" + "));

    if (plus > 0)
        first.len = (size_t)plus;
    s.key = arena_printf(a, "%s %s %.*s %s %s", s.account, s.region, STR_FMT(first),
                         text_of(v, "id"), what);
    if (*s.text && s.at_ms > 0)
        inv_publish_change(inv, &s);
}

void changes_read_answer(struct investigation *inv, const char *tool, const char *call,
                         const struct tool_result *result)
{
    const struct value *doc, *list;
    struct err err = ERR_INIT;

    if (strcmp(tool, "aws_changes") != 0 || result->status != TOOL_OK)
        return;
    if (json_parse(inv_arena(inv), buf_str(&result->body), &doc, &err)) {
        inv_blind(inv, "", "changes in AWS", &err);
        return;
    }
    list = value_get(doc, "changes");
    for (size_t i = 0; i < value_count(list) && i < ANSWER_MAX; i++)
        if (inv_model(inv)->changes.count < SESSION_MAX)
            see(inv, call, value_at(list, i));
}
