/* answer.c - from a turn of the scenario to the parts, the stop reason and the usage of an answer,
 * and how the text of a part is cut into deltas. */
#include "tests/standin/standin.h"

#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/codec/hash.h"

const char *thinking_signature(struct str text, struct arena *arena)
{
    uint8_t mac[SHA256_BYTES];
    struct buf b64 = BUF_INIT(256);
    const char *copy;

    hash_hmac_sha256(STR_LIT("stand-in"), text, mac);
    base64_encode(&b64, (struct str){(const char *)mac, sizeof(mac)});
    copy = arena_str(arena, buf_str(&b64));
    buf_release(&b64);
    return copy;
}

static const char *tool_json(const struct value *row, const struct request *r, struct answer *a)
{
    const struct value *input = value_get(row, "input");
    struct buf json = BUF_INIT((size_t)16 << 20);
    struct json_writer w;
    const char *copy;

    json_writer_init(&w, &json);
    if (input && input->type == VALUE_STRING) /* as it stands, right or wrong */
        buf_adds(&json, template_fill(input->u.string, r, r->arena, &a->missing));
    else if (input)
        template_value(input, r, &w, &a->missing);
    else
        buf_adds(&json, "{}");
    if (a->faults->broken_args && json.len)
        buf_truncate(&json, json.len - (json.len > 8 ? 4 : 1));
    copy = arena_str(r->arena, buf_str(&json));
    buf_release(&json);
    return copy;
}

static const char *call_id(const struct request *r, size_t n)
{
    static const char *const prefix[] = {"x", "toolu_", "call_", "call_", "tooluse_"};

    return arena_printf(r->arena, "%ss%uc%zu", prefix[r->wire], r->number, n + 1);
}

static void add_part(const struct value *row, const struct request *r, struct answer *a)
{
    static const struct {
        const char *key;
        enum part_type type;
    } kinds[] = {{"text", PART_TEXT}, {"thinking", PART_THINKING}, {"redacted", PART_REDACTED}};
    struct part *p = VEC_PUSH(&a->parts);

    p->repeat = value_i64_or(row, "repeat", 1);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct value *v = value_get(row, kinds[i].key);

        if (!v || v->type != VALUE_STRING)
            continue;
        p->type = kinds[i].type;
        p->text = template_fill(v->u.string, r, r->arena, &a->missing);
    }
    if (value_get(row, "tool")) {
        p->type = PART_TOOL;
        p->name = value_cstr_or(row, "tool", "");
        p->id = value_cstr_or(row, "id", call_id(r, a->parts.count));
        p->json = tool_json(row, r, a);
        a->stop = "tool";
    }
    if (!p->text)
        p->text = "";
    if (p->type == PART_THINKING) {
        struct buf whole = BUF_INIT((size_t)64 << 20);

        part_text(p, &whole);
        p->signature = thinking_signature(buf_str(&whole), r->arena);
        buf_release(&whole);
    }
}

static int64_t about_tokens(const struct answer *a)
{
    int64_t n = 0;

    for (size_t i = 0; i < a->parts.count; i++) {
        const struct part *p = &a->parts.items[i];

        n += (int64_t)strlen(p->text) * p->repeat + (int64_t)(p->json ? strlen(p->json) : 0);
    }
    return n / 4 + 1;
}

void answer_build(const struct turn *t, const struct request *r, struct answer *a)
{
    const struct value *u = value_get(t->row, "usage");

    *a = (struct answer){.faults = &t->faults, .stop = "end"};
    a->id = arena_printf(r->arena, "standin_%u", r->number);
    VALUE_EACH (row, value_get(t->row, "say"))
        add_part(row, r, a);
    a->stop = value_cstr_or(t->row, "stop", a->stop);
    a->usage.cache_read = value_i64_or(u, "cache_read", 0);
    a->usage.cache_write = value_i64_or(u, "cache_write", 0);
    a->usage.reasoning = value_i64_or(u, "reasoning", 0);
    a->usage.input = value_i64_or(u, "input", (int64_t)r->text.len / 4 + 1);
    a->usage.output = value_i64_or(u, "output", about_tokens(a));
}

void answer_release(struct answer *a)
{
    VEC_RELEASE(&a->parts);
}

void part_text(const struct part *p, struct buf *out)
{
    for (int64_t i = 0; i < p->repeat; i++)
        buf_adds(out, p->text);
}

/* A word with the blanks after it, or so many characters. */
static size_t delta_length(struct str s, int64_t chars)
{
    size_t n = 0;

    for (int64_t i = 0; n < s.len; i++) {
        uint32_t cp;
        bool blank = s.ptr[n] == ' ';

        if (chars ? i == chars : blank && n + 1 < s.len && s.ptr[n + 1] != ' ' && i)
            return chars ? n : n + 1;
        n += text_decode((struct str){s.ptr + n, s.len - n}, &cp);
    }
    return n;
}

void text_deltas(struct str s, const struct faults *f, delta_fn *fn, void *ctx)
{
    while (s.len) {
        size_t n = delta_length(s, f->delta_chars);

        if (!fn(ctx, (struct str){s.ptr, n}))
            return;
        s.ptr += n;
        s.len -= n;
    }
}

struct until {
    delta_fn *fn;
    void *ctx;
    bool go_on;
};

static bool pass_on(void *ctx, struct str piece)
{
    struct until *u = ctx;

    u->go_on = u->fn(u->ctx, piece);
    return u->go_on;
}

void part_deltas(const struct part *p, const struct faults *f, delta_fn *fn, void *ctx)
{
    struct until u = {fn, ctx, true};
    bool endless = f->endless && p->type == PART_TEXT && *p->text;

    for (int64_t i = 0; u.go_on && (endless || i < p->repeat); i++) {
        if (p->repeat > 1 || endless)
            pass_on(&u, str_from(p->text));
        else
            text_deltas(str_from(p->text), f, pass_on, &u);
    }
}
