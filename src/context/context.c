/* context.c - the items: adding, redacting, fencing, handing out. What makes them fit is in
 * context_fit.c, what older rounds become in context_compact.c. */
#include <stdlib.h>

#include "context_priv.h"
#include "runbook/base/mem.h"

#define WINDOW_TOKENS 100000
#define ANSWER_TOKENS 4096
#define RESULT_TOKENS 4000
#define BYTES_A_TOKEN 4   /* to cut a text before it is counted */
#define COMPACT_BYTES 900 /* of a compact result's body */
#define SUMMARY_BYTES 240 /* of a result's line */
#define TEXT_MAX ((size_t)16 << 20)
#define MESSAGE_TOKENS 8 /* what a provider puts around a message */

struct context *context_new(const struct context_options *opts)
{
    struct context *c = xcalloc(1, sizeof(*c));

    c->opts = *opts;
    if (!c->opts.window_tokens)
        c->opts.window_tokens = WINDOW_TOKENS;
    if (!c->opts.answer_tokens)
        c->opts.answer_tokens = ANSWER_TOKENS;
    if (!c->opts.result_tokens)
        c->opts.result_tokens = RESULT_TOKENS;
    token_meter_init(&c->meter, opts->family);
    c->system.role = CONTEXT_SYSTEM;
    c->tools.role = CONTEXT_TOOLS;
    c->state.role = CONTEXT_STATE;
    c->summary.role = CONTEXT_SUMMARY;
    buf_init(&c->summary_words, TEXT_MAX);
    buf_init(&c->said, TEXT_MAX);
    return c;
}

void context_item_release(struct item *it)
{
    if (it->free_data && it->data)
        it->free_data(it->data);
    buf_release(&it->text);
    buf_release(&it->compact);
    buf_release(&it->words);
    free(it->call);
    free(it->wire_call);
    free(it->tool);
    free(it->summary);
    free(it->hypothesis);
    *it = (struct item){0};
}

void context_free(struct context *c)
{
    if (!c)
        return;
    VEC_EACH (it, &c->items)
        context_item_release(it);
    VEC_RELEASE(&c->items);
    context_item_release(&c->system);
    context_item_release(&c->tools);
    context_item_release(&c->state);
    context_item_release(&c->summary);
    buf_release(&c->summary_words);
    buf_release(&c->said);
    free(c->question);
    free(c->hypothesis);
    free(c->service);
    free(c);
}

void context_item_count(const struct context *c, struct item *it)
{
    it->tokens = it->text.len ? token_count(&c->meter, buf_str(&it->text)) + MESSAGE_TOKENS : 0;
}

void context_item_set(const struct context *c, struct item *it, struct str text)
{
    buf_release(&it->text);
    buf_init(&it->text, text.len + 1);
    buf_add_str(&it->text, text);
    context_item_count(c, it);
}

/* Everything that goes in passes here: redacted, or not there at all. */
static void set_redacted(const struct context *c, struct item *it, struct str text)
{
    struct buf clean = BUF_INIT(TEXT_MAX);

    redactor_apply_or_withhold(c->opts.redactor, &clean, text);
    context_item_set(c, it, buf_str(&clean));
    buf_release(&clean);
}

void context_set_system(struct context *c, struct str text)
{
    set_redacted(c, &c->system, text);
}

void context_set_tools(struct context *c, struct str json)
{
    context_item_set(c, &c->tools, json);
}

void context_set_state(struct context *c, struct str text)
{
    set_redacted(c, &c->state, text);
}

static void set_word(char **field, const char *word)
{
    free(*field);
    *field = word && *word ? xstrdup(word) : NULL;
}

void context_focus(struct context *c, const char *question, const char *hypothesis,
                   const char *service)
{
    set_word(&c->question, question);
    set_word(&c->hypothesis, hypothesis);
    set_word(&c->service, service);
}

static struct item *push(struct context *c, enum context_role role)
{
    struct item *it = VEC_PUSH(&c->items);

    it->id = ++c->next_id;
    it->role = role;
    it->round = c->round;
    return it;
}

uint64_t context_add_user(struct context *c, struct str text)
{
    struct item *it = push(c, CONTEXT_USER);

    set_redacted(c, it, text);
    return it->id;
}

uint64_t context_add_assistant(struct context *c, const struct context_assistant *a)
{
    struct item *it;

    c->round++;
    it = push(c, CONTEXT_ASSISTANT);
    context_item_set(c, it, a->text);
    buf_init(&it->words, a->words.len + 1);
    buf_add_str(&it->words, a->words);
    it->calls = a->calls;
    it->data = a->data;
    it->free_data = a->free_data;
    return it->id;
}

static struct fence_source source_of(const struct item *it)
{
    return (struct fence_source){it->tool, it->call};
}

/* The whole result, cut to its budget. */
static void set_full(const struct context *c, struct item *it, const struct context_result *r,
                     struct fence_report *report)
{
    struct buf clean = BUF_INIT(TEXT_MAX), out = BUF_INIT(TEXT_MAX * 4);
    size_t max = (size_t)c->opts.result_tokens * BYTES_A_TOKEN;
    struct fence_source source = source_of(it);

    redactor_apply_or_withhold(c->opts.redactor, &clean, r->text);
    if (r->own) {
        context_item_set(c, it, buf_str(&clean));
        buf_release(&clean);
        return;
    }
    for (int i = 0; i < 4; i++) { /* text that makes more tokens of its bytes gets fewer bytes */
        buf_clear(&out);
        fence_wrap(c->opts.fence, &out, &source, buf_str(&clean), max, report);
        context_item_set(c, it, buf_str(&out));
        if (it->tokens <= c->opts.result_tokens + MESSAGE_TOKENS * 8)
            break;
        max = max * (size_t)c->opts.result_tokens / (size_t)it->tokens;
    }
    buf_clear(&out);
    if (clean.len > COMPACT_BYTES)
        fence_wrap(c->opts.fence, &out, &source, buf_str(&clean), COMPACT_BYTES, NULL);
    buf_release(&it->compact);
    buf_init(&it->compact, out.len + 1);
    buf_add_str(&it->compact, buf_str(&out));
    buf_release(&out);
    buf_release(&clean);
}

/* One line of what a tool said of itself: names in it come from outside, so it is data as well. */
static char *clean_summary(const struct context *c, const char *summary)
{
    struct buf clean = BUF_INIT(TEXT_MAX), line = BUF_INIT(SUMMARY_BYTES * 4);

    redactor_apply_or_withhold(c->opts.redactor, &clean, str_from(summary));
    fence_clean_line(c->opts.fence, &line, buf_str(&clean), SUMMARY_BYTES);
    buf_release(&clean);
    return buf_detach(&line);
}

static bool mentions(struct str text, const char *word)
{
    return word && *word && str_ifind(text, str_from(word)) >= 0;
}

uint64_t context_add_result(struct context *c, const struct context_result *r,
                            struct fence_report *ret)
{
    struct item *it = push(c, CONTEXT_RESULT);
    struct fence_report report = {0};

    set_word(&it->call, r->call);
    set_word(&it->wire_call, r->wire_call);
    set_word(&it->tool, r->tool ? r->tool : "tool");
    set_word(&it->hypothesis, r->hypothesis);
    it->summary = r->summary && *r->summary ? clean_summary(c, r->summary) : NULL;
    it->is_error = r->is_error;
    set_full(c, it, r, &report);
    it->names_service = mentions(buf_str(&it->text), c->service);
    if (ret)
        *ret = report;
    return it->id;
}

void context_cite(struct context *c, const char *call)
{
    VEC_EACH (it, &c->items) {
        if (it->call && strcmp(it->call, call) == 0)
            it->cited = true;
    }
}

void context_result_shrink(struct context *c, struct item *it, enum context_tier tier)
{
    struct buf out = BUF_INIT(TEXT_MAX);

    it->tier = tier;
    if (tier == CONTEXT_COMPACT) {
        if (it->compact.len)
            context_item_set(c, it, buf_str(&it->compact));
        buf_release(&it->compact);
        return;
    }
    buf_addf(&out, "[result of %s left out to save room", it->tool);
    if (it->call)
        buf_addf(&out, "; result_page with call \"%s\" reads it", it->call);
    buf_adds(&out, "]");
    if (it->summary) {
        struct buf line = BUF_INIT(SUMMARY_BYTES * 8);
        struct fence_source source = source_of(it);

        fence_wrap(c->opts.fence, &line, &source, str_from(it->summary), SUMMARY_BYTES * 4, NULL);
        buf_addc(&out, '\n');
        buf_add_str(&out, buf_str(&line));
        buf_release(&line);
    }
    context_item_set(c, it, buf_str(&out));
    buf_release(&it->compact);
    buf_release(&out);
}

bool context_is_fresh(const struct context *c, const struct item *it)
{
    return it->round == c->round;
}

/* -- handing out ------------------------------------------------------------------------------ */

/* system, tools, summary, items, state: those that hold something. */
static const struct item *item_at(const struct context *c, size_t index)
{
    const struct item *front[] = {&c->system, &c->tools, &c->summary};

    for (size_t i = 0; i < 3; i++) {
        if (!front[i]->text.len)
            continue;
        if (index-- == 0)
            return front[i];
    }
    if (index < c->items.count)
        return &c->items.items[index];
    return &c->state;
}

size_t context_count(const struct context *c)
{
    return c->items.count + (c->system.text.len > 0) + (c->tools.text.len > 0) +
           (c->summary.text.len > 0) + (c->state.text.len > 0);
}

/* Four places: behind the system prompt and tools, behind the summary (or the first message),
 * behind the last round that was sent before, and behind the newest item. */
static bool is_cache_point(const struct context *c, const struct item *it)
{
    const struct item *first = c->items.count ? c->items.items : NULL;
    const struct item *last = first ? first + c->items.count - 1 : NULL;

    if (it == &c->tools || (it == &c->system && !c->tools.text.len))
        return true;
    if (it == &c->summary || (it == first && !c->summary.text.len))
        return true;
    if (!first || it < first || it > last)
        return false;
    return it == last || (it < last && it[1].role == CONTEXT_ASSISTANT && it[1].round == c->round);
}

void context_at(const struct context *c, size_t index, struct context_message *ret)
{
    const struct item *it = item_at(c, index);

    *ret = (struct context_message){
        .id = it->id,
        .role = it->role,
        .tier = it->tier,
        .text = buf_str(&it->text),
        .call = it->call ? it->call : "",
        .wire_call = it->wire_call ? it->wire_call : "",
        .tool = it->tool ? it->tool : "",
        .is_error = it->is_error,
        .data = it->data,
        .cache_mark = is_cache_point(c, it),
        .tokens = it->tokens,
        .weight = it->weight,
    };
}

int64_t context_tokens(const struct context *c)
{
    int64_t sum = c->system.tokens + c->tools.tokens + c->summary.tokens + c->state.tokens;

    VEC_EACH (it, &c->items)
        sum += it->tokens;
    return sum;
}

int64_t context_limit(const struct context *c)
{
    return c->opts.window_tokens - c->opts.answer_tokens;
}

void context_observed(struct context *c, int64_t input_tokens)
{
    double before = c->meter.factor;

    token_meter_learn(&c->meter, c->fitted_tokens, input_tokens);
    if (c->meter.factor == before)
        return;
    VEC_EACH (it, &c->items)
        it->tokens = (int64_t)((double)it->tokens * c->meter.factor / before + 0.999);
    c->system.tokens = (int64_t)((double)c->system.tokens * c->meter.factor / before + 0.999);
    c->tools.tokens = (int64_t)((double)c->tools.tokens * c->meter.factor / before + 0.999);
    c->state.tokens = (int64_t)((double)c->state.tokens * c->meter.factor / before + 0.999);
    c->summary.tokens = (int64_t)((double)c->summary.tokens * c->meter.factor / before + 0.999);
}
