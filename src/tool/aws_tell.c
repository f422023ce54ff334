/* aws_tell.c - see aws_tell.h. */
#include "aws_tell.h"

#include <stdio.h>

#include "runbook/codec/json.h"

#define TELL_MS 500
#define BODY_MAX ((size_t)64 << 10)
#define WORDS_MAX 1024

static void say_found(const struct aws_tell *t, struct buf *out)
{
    if (t->found)
        t->found(t, out);
    else if (t->tally.items)
        buf_addf(out, "%zu %s", t->tally.items, t->noun);
    if (*t->note)
        buf_addf(out, "%s%s", out->len ? ", " : "", t->note);
}

static void tell(void *ctx)
{
    struct aws_tell *t = ctx;
    struct tool_progress p = {.done = t->tally.done, .known = t->tally.known};
    struct buf body = BUF_INIT(BODY_MAX), words = BUF_INIT(WORDS_MAX);
    struct json_writer w;

    t->timer = 0;
    json_writer_init(&w, &body);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.progress/1");
    say_found(t, &words);
    json_put_cstr(&w, "found", buf_cstr(&words));
    buf_clear(&words);
    aws_tally_trouble(&t->tally, &words);
    json_put_cstr(&w, "trouble", buf_cstr(&words));
    aws_tally_json(&t->tally, &w);
    json_object_end(&w);
    p.body = buf_str(&body);
    tool_call_tell(t->call, &p);
    buf_release(&words);
    buf_release(&body);
}

/* What comes together is told together. */
static void on_change(void *ctx)
{
    struct aws_tell *t = ctx;

    if (!t->timer)
        t->timer = loop_timer(tool_call_loop(t->call), TELL_MS, tell, t);
}

void aws_tell_begin(struct aws_tell *t, struct tool_call *c, const char *noun)
{
    *t = (struct aws_tell){.call = c, .noun = noun};
    t->tally.on_change = on_change;
    t->tally.ctx = t;
}

void aws_tell_end(struct aws_tell *t)
{
    if (t->timer)
        loop_timer_cancel(tool_call_loop(t->call), t->timer);
    t->timer = 0;
    t->tally.on_change = NULL;
}

void aws_tell_note(struct aws_tell *t, const char *note)
{
    (void)snprintf(t->note, sizeof(t->note), "%s", note);
    on_change(t);
}
