/* context_compact.c - older rounds become a summary. What a person said in them stays word for
 * word; the tree and the evidence are the state, which is not part of them. The newest round stays
 * as it is: its calls need their results. */
#include "context_priv.h"

#include <stdlib.h>

#define MATERIAL_MAX ((size_t)4 << 20)
#define RESULT_BYTES 700  /* of one result in the material */
#define WORDS_BYTES 1500  /* of one message */
#define SUMMARY_MAX 12000 /* bytes of a model's summary that are kept */
#define LINES_MAX 60      /* of a summary without a model */
#define SAID_SHARE 0.25   /* of the limit, for what the person said in compacted rounds */

static size_t older_count(const struct context *c)
{
    size_t n = 0;

    while (n < c->items.count && c->items.items[n].round < c->round)
        n++;
    return n;
}

static void put_cut(struct buf *out, struct str text, size_t max)
{
    struct str head, tail;

    fence_head_tail(text, max, &head, &tail);
    buf_add_str(out, head);
    if (tail.len) {
        buf_adds(out, "\n[...]\n");
        buf_add_str(out, tail);
    }
    buf_addc(out, '\n');
}

void context_material(const struct context *c, struct buf *out)
{
    size_t n = older_count(c);

    if (c->summary_words.len) {
        buf_adds(out, "Summary so far:\n");
        buf_add_str(out, buf_str(&c->summary_words));
        buf_adds(out, "\n\n");
    }
    for (size_t i = 0; i < n && out->len < MATERIAL_MAX; i++) {
        const struct item *it = &c->items.items[i];

        switch (it->role) {
        case CONTEXT_USER:
            buf_adds(out, "Person: ");
            put_cut(out, buf_str(&it->text), WORDS_BYTES);
            break;
        case CONTEXT_ASSISTANT:
            if (it->words.len) {
                buf_adds(out, "Model: ");
                put_cut(out, buf_str(&it->words), WORDS_BYTES);
            }
            break;
        case CONTEXT_RESULT:
            buf_addf(out, "Result %s of %s:\n", it->call ? it->call : "", it->tool);
            put_cut(out, buf_str(it->compact.len ? &it->compact : &it->text), RESULT_BYTES);
            break;
        case CONTEXT_SYSTEM:
        case CONTEXT_TOOLS:
        case CONTEXT_SUMMARY:
        case CONTEXT_STATE:
            break;
        }
    }
}

/* Without a model: which calls were made, and what each said in a line. */
static void plain_summary(const struct context *c, size_t n, struct buf *out)
{
    size_t results = 0, skipped;

    for (size_t i = 0; i < n; i++)
        results += c->items.items[i].role == CONTEXT_RESULT;
    skipped = results > LINES_MAX ? results - LINES_MAX : 0;
    if (skipped)
        buf_addf(out, "(%zu earlier results are not listed.)\n", skipped);
    for (size_t i = 0; i < n; i++) {
        const struct item *it = &c->items.items[i];

        if (it->role != CONTEXT_RESULT)
            continue;
        if (skipped) {
            skipped--;
            continue;
        }
        buf_addf(out, "- %s %s: %s\n", it->call ? it->call : "", it->tool,
                 it->summary    ? it->summary
                 : it->is_error ? "failed"
                                : "answered");
    }
}

static void keep_said(struct context *c, const struct item *it)
{
    buf_addf(&c->said, "%s\"\"\"\n", c->said.len ? "\n" : "");
    buf_add_str(&c->said, buf_str(&it->text));
    buf_adds(&c->said, "\n\"\"\"");
}

/* A conversation that is nothing but the person's words may still be too long: then its middle
 * goes, as the first words say what is wanted and the last what is wanted now. */
static void bound_said(struct context *c)
{
    int64_t max = (int64_t)(SAID_SHARE * (double)context_limit(c));
    struct buf cut = BUF_INIT(c->said.max);
    struct str head, tail;

    if (token_count(&c->meter, buf_str(&c->said)) <= max)
        return;
    fence_head_tail(buf_str(&c->said), (size_t)max * 3, &head, &tail);
    buf_add_str(&cut, head);
    buf_addf(&cut, "\n[%zu bytes left out]\n", c->said.len - head.len - tail.len);
    buf_add_str(&cut, tail);
    buf_release(&c->said);
    c->said = cut;
}

static void render(struct context *c)
{
    struct buf out = BUF_INIT((size_t)32 << 20);

    buf_adds(&out,
             "[Earlier rounds of this conversation, summarised. The journal keeps them whole; "
             "result_page reads any result again by its call.]\n");
    if (c->said.len) {
        buf_adds(&out, "What the person said, word for word:\n");
        buf_add_str(&out, buf_str(&c->said));
        buf_adds(&out, "\n");
    }
    if (c->summary_words.len) {
        buf_adds(&out, "What was done:\n");
        buf_add_str(&out, buf_str(&c->summary_words));
    }
    context_item_set(c, &c->summary, buf_str(&out));
    buf_release(&out);
}

/* Written from what is data, so it is cleaned and fenced as data. */
static void set_words(struct context *c, struct str words)
{
    struct buf clean = BUF_INIT((size_t)1 << 20), out = BUF_INIT((size_t)4 << 20);

    redactor_apply_or_withhold(c->opts.redactor, &clean, words);
    fence_wrap(c->opts.fence, &out, &(struct fence_source){"summary", NULL}, buf_str(&clean),
               SUMMARY_MAX, NULL);
    buf_release(&c->summary_words);
    c->summary_words = out;
    buf_release(&clean);
}

void context_compact(struct context *c, struct str summary, struct context_change *ret)
{
    struct context_change ch = {.before_tokens = context_tokens(c)};
    size_t n = older_count(c);
    struct buf plain = BUF_INIT((size_t)1 << 20);

    ch.by_model = str_trim(summary).len > 0;
    if (!ch.by_model) {
        buf_add_str(&plain, buf_str(&c->summary_words));
        plain_summary(c, n, &plain);
        summary = buf_str(&plain);
    }
    for (size_t i = 0; i < n; i++) {
        if (c->items.items[i].role == CONTEXT_USER)
            keep_said(c, &c->items.items[i]);
        context_item_release(&c->items.items[i]);
    }
    memmove(c->items.items, c->items.items + n, (c->items.count - n) * sizeof(struct item));
    c->items.count -= n;
    ch.summarised = n;
    set_words(c, summary);
    bound_said(c);
    render(c);
    buf_release(&plain);
    ch.after_tokens = context_tokens(c);
    *ret = ch;
}

void context_resume(struct context *c, struct str said, struct str summary)
{
    buf_clear(&c->said);
    redactor_apply_or_withhold(c->opts.redactor, &c->said, said);
    if (!said.len)
        buf_clear(&c->said);
    if (str_trim(summary).len)
        set_words(c, summary);
    bound_said(c);
    if (said.len || c->summary_words.len)
        render(c);
}

void context_end_round(struct context *c)
{
    c->round++;
}
