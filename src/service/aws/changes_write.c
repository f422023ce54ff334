/* changes_write.c - change marks as JSON, and what there is to say about their sources. */
#include "changes_priv.h"

#include "runbook/base/timefmt.h"

void aws_change_source_words(const struct aws_change_source *s, struct buf *out)
{
    if (!s->asked)
        return;
    if (s->end == AWS_END_WHOLE || s->end == AWS_END_NOT_FOUND)
        return;
    buf_adds(out, s->end == AWS_END_CUT ? "not all of it" : aws_end_sentence(s->end));
    if (*s->why)
        buf_addf(out, ": %s", s->why);
}

static const char *or_null(const char *s)
{
    return *s ? s : NULL;
}

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    json_put_cstr(w, key, text);
}

/* `what` and `detail` are the names that host_changes uses. */
void aws_change_write(const struct aws_change *x, struct json_writer *w)
{
    json_object_begin(w);
    json_put_int(w, "ts_ms", x->ts_ms);
    put_time(w, "time", x->ts_ms);
    json_put_cstr(w, "kind", x->kind);
    json_put_cstr(w, "what", *x->name ? x->name : x->service);
    json_put_cstr(w, "detail", x->summary);
    json_put_cstr(w, "outcome", aws_outcome_name(x->outcome));
    json_put_cstr(w, "actor", or_null(x->actor));
    json_put_cstr(w, "from", or_null(x->from));
    json_put_cstr(w, "resource", or_null(x->resource));
    json_put_cstr(w, "service", x->service);
    json_put_cstr(w, "region", x->region);
    json_put_cstr(w, "account", x->account);
    json_put_cstr(w, "call", or_null(x->call));
    json_put_cstr(w, "error", or_null(x->error));
    json_put_cstr(w, "source", x->source);
    json_put_cstr(w, "id", or_null(x->id));
    json_object_end(w);
}

static void write_source(const struct aws_change_source *s, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "source", s->name);
    json_put_bool(w, "asked", s->asked);
    json_put_cstr(w, "end", s->asked ? aws_end_name(s->end) : NULL);
    json_put_cstr(w, "code", or_null(s->code));
    json_put_cstr(w, "error", or_null(s->why));
    json_put_int(w, "marks", (int64_t)s->marks);
    json_put_int(w, "routine", (int64_t)s->routine);
    json_put_int(w, "requests", s->requests);
    json_object_end(w);
}

static void write_gaps(const struct aws_changes *c, struct json_writer *w)
{
    struct buf why = BUF_INIT(2000);

    json_key(w, "gaps");
    json_array_begin(w);
    for (size_t i = 0; i < c->source_count; i++) {
        buf_clear(&why);
        aws_change_source_words(&c->told[i], &why);
        if (!why.len)
            continue;
        json_object_begin(w);
        json_put_cstr(w, "what", c->told[i].name);
        json_put_cstr(w, "why", buf_cstr(&why));
        json_put_cstr(w, "code", aws_end_name(c->told[i].end));
        json_object_end(w);
    }
    json_array_end(w);
    buf_release(&why);
}

void aws_changes_write(const struct aws_changes *c, size_t max, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "account", *c->q.number ? c->q.number : c->q.account);
    json_put_cstr(w, "region", c->q.region);
    put_time(w, "since", c->q.since_ms);
    put_time(w, "until", c->q.until_ms);
    json_put_int(w, "total", (int64_t)c->count);
    json_key(w, "changes");
    json_array_begin(w);
    for (size_t i = 0; i < c->count && i < max; i++)
        aws_change_write(&c->list[i], w);
    json_array_end(w);
    json_key(w, "sources");
    json_array_begin(w);
    for (size_t i = 0; i < c->source_count; i++)
        write_source(&c->told[i], w);
    json_array_end(w);
    write_gaps(c, w);
    json_object_end(w);
}
