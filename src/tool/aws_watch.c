/* aws_watch.c - see aws_watch.h. */
#include "aws_watch.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/service/aws/get.h"

enum err_code watch_moment(const struct value *args, const char *name, int64_t before_ms,
                           int64_t *ret, struct err *err)
{
    struct str text = value_str_or(args, name, "");
    int64_t ms;

    if (!text.len)
        return ERR_OK;
    if (text.len > 4 && time_parse(text, &ms) && ms > INT64_C(1000000000)) {
        *ret = ms;
        return ERR_OK;
    }
    if (duration_parse(text, &ms)) {
        *ret = before_ms - ms;
        return ERR_OK;
    }
    return err_set(err, ERR_INPUT,
                   "'%s' must be a time such as 2026-02-04T10:00:00Z or a duration such as 3h",
                   name);
}

enum err_code watch_place(struct tool_call *c, struct watch_place *ret, struct err *err)
{
    const struct value *args = tool_call_args(c);
    int64_t now = loop_wall_ms(tool_call_loop(c));

    ret->until_ms = now;
    if (aws_tool_estate(tool_call_env(c), &ret->estate, err) ||
        aws_estate_account(ret->estate, value_cstr_or(args, "account", ""), &ret->account, err) ||
        aws_get_region(ret->account, value_cstr_or(args, "region", ""), &ret->region, err) ||
        watch_moment(args, "until", now, &ret->until_ms, err))
        return err->code;
    ret->name = ret->account->name;
    ret->since_ms = ret->until_ms - 3600 * 1000;
    if (watch_moment(args, "since", ret->until_ms, &ret->since_ms, err))
        return err->code;
    return ret->since_ms < ret->until_ms
               ? ERR_OK
               : err_set(err, ERR_INPUT, "'since' must be before 'until'");
}

void watch_cite_place(const struct value *args, struct buf *out)
{
    static const char *const words[][2] = {
        {"since", "since"}, {"until", "until"}, {"region", "in"}, {"account", "of"}};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (*value_cstr_or(args, words[i][0], ""))
            buf_addf(out, " %s %.80s", words[i][1], value_cstr_or(args, words[i][0], ""));
}

/* ---- the work of a call ---- */

struct watch_work *watch_begin(struct tool_call *c, void (*release)(void *handle), const char *noun)
{
    struct watch_work *w = xcalloc(1, sizeof(*w));
    struct err err = ERR_INIT;

    w->release = release;
    w->arena = arena_new(0);
    aws_tell_begin(&w->tell, c, noun);
    tool_call_set_data(c, w);
    if (watch_place(c, &w->place, &err) == ERR_OK)
        return w;
    watch_end(c);
    aws_tool_fail(c, &err);
    return NULL;
}

void watch_end(struct tool_call *c)
{
    struct watch_work *w = tool_call_data(c);

    if (!w)
        return;
    tool_call_set_data(c, NULL);
    if (w->handle)
        w->release(w->handle);
    aws_tell_end(&w->tell);
    arena_free(w->arena);
    free(w);
}

void watch_started(struct tool_call *c, void *handle, const struct err *err)
{
    struct watch_work *w = tool_call_data(c);

    w->handle = w->tell.handle = handle;
    if (handle)
        return;
    watch_end(c);
    aws_tool_fail(c, err);
}

void watch_cancel(struct tool_call *c)
{
    struct err err = ERR_INIT;

    if (!tool_call_data(c))
        return;
    watch_end(c);
    err_set(&err, ERR_CANCELED, "canceled");
    aws_tool_fail(c, &err);
}

size_t watch_list(struct watch_work *w, const char *text, const char **out, size_t max)
{
    struct str rest = str_from(text), piece;
    size_t n = 0;

    while (n < max && str_split(&rest, ',', &piece))
        if (str_trim(piece).len)
            out[n++] = arena_str(w->arena, str_trim(piece));
    return n;
}

void watch_finish(struct tool_call *c, struct buf *body, int64_t rows, const char *summary)
{
    struct tool_result r = {
        .content_type = "application/json", .status = rows ? TOOL_OK : TOOL_EMPTY, .rows = rows};
    struct err err = ERR_INIT;

    (void)snprintf(r.summary, sizeof(r.summary), "%s", summary);
    watch_end(c);
    if (buf_check(body, "the answer", &err)) {
        aws_tool_fail(c, &err);
        return;
    }
    r.body = *body;
    buf_init(body, body->max);
    tool_call_finish(c, &r);
}

void watch_fail(struct tool_call *c, const char *service, const char *operation, enum aws_end end,
                const char *why)
{
    const struct watch_work *w = tool_call_data(c);
    const struct watch_place *p = &w->place;
    const struct aws_service *s;
    const struct aws_list *l;
    struct err err = ERR_INIT;

    if (!aws_catalogue_get(p->estate->catalogue, str_from(service), &s, &err) &&
        !aws_catalogue_operation(s, str_from(operation), &l, &err))
        aws_tool_err(s, l, end, p->name, p->region, why, &err);
    watch_end(c);
    aws_tool_fail(c, &err);
}
