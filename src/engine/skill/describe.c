/* describe.c - a skill for people and for programs, and files to begin with. */
#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "src/engine/skill/skill_priv.h"

static void put_texts(struct json_writer *w, const char *key, const struct skill_texts *t)
{
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < t->count; i++)
        json_cstring(w, t->items[i]);
    json_array_end(w);
}

static void put_problems(struct json_writer *w, const struct skill *s)
{
    json_key(w, "problems");
    json_array_begin(w);
    for (size_t i = 0; i < s->problem_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "severity", s->problems[i].warning ? "warning" : "error");
        json_put_int(w, "line", s->problems[i].line);
        json_put_int(w, "column", s->problems[i].col);
        json_put_cstr(w, "message", s->problems[i].text);
        json_object_end(w);
    }
    json_array_end(w);
}

void skill_json(const struct skill *s, bool body, struct json_writer *w)
{
    struct buf definition = BUF_INIT(PROCEDURE_BYTES_MAX * 2);

    json_object_begin(w);
    json_put_cstr(w, "id", s->id);
    json_put_cstr(w, "name", s->name);
    json_put_cstr(w, "format", skill_format_name(s->format));
    json_put_cstr(w, "description", s->description);
    json_put_cstr(w, "version", s->version);
    json_put_cstr(w, "author", s->author);
    json_put_cstr(w, "source", s->source);
    json_put_cstr(w, "risk", risk_name(s->risk));
    json_put_int(w, "tier", skill_tier(s));
    json_put_bool(w, "mutates", s->mutates);
    json_put_bool(w, "ok", !s->broken && !s->clash);
    put_texts(w, "tags", &s->tags);
    put_texts(w, "services", &s->services);
    put_texts(w, "triggers", &s->triggers);
    put_texts(w, "depends_on", &s->depends);
    json_put_int(w, "steps", (int64_t)s->procedure->steps.count);
    if (s->hides)
        json_put_cstr(w, "hides", s->hides);
    if (s->clash)
        json_put_cstr(w, "same_id_as", s->clash);
    if (s->lacks)
        json_put_cstr(w, "lacks", s->lacks);
    put_problems(w, s);
    if (body && !s->broken) {
        procedure_encode(s->procedure, &definition);
        if (!definition.full) {
            json_key(w, "definition");
            json_raw(w, buf_str(&definition));
        }
        json_put_cstr(w, "body", s->body);
    }
    json_object_end(w);
    buf_release(&definition);
}

/* ---- for people ---- */

static void say(struct buf *out, const char *label, const char *text)
{
    if (*text) {
        buf_addf(out, "%-13s", label);
        text_sanitize(out, str_from(text), false, false);
        buf_addc(out, '\n');
    }
}

static void say_texts(struct buf *out, const char *label, const struct skill_texts *t)
{
    struct buf all = BUF_INIT((size_t)64 << 10);

    for (size_t i = 0; i < t->count; i++)
        buf_addf(&all, "%s%s", i ? ", " : "", t->items[i]);
    say(out, label, buf_cstr(&all));
    buf_release(&all);
}

static void say_value(struct buf *out, const struct value *v)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_value(&w, v);
}

static void say_param(struct buf *out, const struct procedure_param *q)
{
    struct buf line = BUF_INIT((size_t)16 << 10);

    buf_addf(&line, "  %-16s %s%s", q->name, procedure_type_name(q->type),
             q->required ? ", required" : "");
    if (q->fallback) {
        buf_adds(&line, ", default ");
        say_value(&line, q->fallback);
    }
    for (size_t i = 0; q->options && q->options[i]; i++)
        buf_addf(&line, "%s%s", i ? "|" : ", one of ", q->options[i]);
    if (*q->description)
        buf_addf(&line, "\n  %-16s %s", "", q->description);
    text_sanitize(out, buf_str(&line), true, false);
    buf_addc(out, '\n');
    buf_release(&line);
}

static void say_duration(struct buf *out, const char *words, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (!ms)
        return;
    duration_format(ms, text);
    buf_addf(out, "%s%s", words, text);
}

/* What the step does, behind its number and id. */
static void say_what(struct buf *out, const struct procedure_step *s)
{
    switch (s->kind) {
    case STEP_TOOL:
    case STEP_ACT:
        buf_addf(out, "%s", s->action);
        break;
    case STEP_PROMPT:
        buf_adds(out, "asks the language model");
        break;
    case STEP_APPROVAL:
        buf_addf(out, "asks you: %s", s->text);
        break;
    case STEP_WAIT:
        if (*s->until)
            buf_addf(out, "waits until %s", s->until);
        else
            say_duration(out, "waits ", s->wait_ms);
        if (*s->action)
            buf_addf(out, ", asking %s", s->action);
        break;
    case STEP_GOTO:
        buf_addf(out, "goes to %s, at most %d times", s->action, s->limit ? s->limit : 3);
        break;
    case STEP_PARALLEL:
        buf_adds(out, "at the same time:");
        break;
    }
    if (s->args && s->kind != STEP_PARALLEL) {
        buf_addc(out, ' ');
        say_value(out, s->args);
    }
}

static void say_steps(struct buf *out, const struct procedure_steps *steps, int depth,
                      const char *mark);

static void say_step(struct buf *out, const struct procedure_step *s, size_t number, int depth,
                     const char *mark)
{
    int col = 2 + depth * 4;

    buf_addf(out, "%*s%s%zu. %s%s%s\n", col, "", mark, number, s->id, *s->name ? ": " : "",
             s->name);
    buf_addf(out, "%*s", col + 3, "");
    say_what(out, s);
    buf_addc(out, '\n');
    if (*s->condition)
        buf_addf(out, "%*sif %s\n", col + 3, "", s->condition);
    for (size_t i = 0; i < s->option_count; i++)
        buf_addf(out, "%*s- %s%s%s\n", col + 3, "", s->options[i].label,
                 *s->options[i].target ? " -> " : "", s->options[i].target);
    if (s->requires_approval)
        buf_addf(out, "%*sasks before it\n", col + 3, "");
    if (s->on_error != ON_ERROR_ABORT)
        buf_addf(out, "%*son error: %s\n", col + 3, "", step_on_error_name(s->on_error));
    say_steps(out, &s->steps, depth + 1, "");
    say_steps(out, &s->rollback, depth + 1, "back ");
}

static void say_steps(struct buf *out, const struct procedure_steps *steps, int depth,
                      const char *mark)
{
    for (size_t i = 0; i < steps->count; i++)
        say_step(out, steps->items[i], i + 1, depth, mark);
}

void skill_text(const struct skill *s, struct buf *out)
{
    struct buf steps = BUF_INIT(PROCEDURE_BYTES_MAX);
    char risk[64];

    snprintf(risk, sizeof(risk), "%s (tier %d)%s", risk_name(s->risk), skill_tier(s),
             s->mutates ? ", changes something" : ", only reads");
    say(out, "id", s->id);
    say(out, "name", s->name);
    say(out, "about", s->description);
    say(out, "version", s->version);
    say(out, "author", s->author);
    say(out, "risk", risk);
    say_texts(out, "tags", &s->tags);
    say_texts(out, "services", &s->services);
    say_texts(out, "when", &s->triggers);
    say_texts(out, "after", &s->depends);
    say(out, "not there", s->lacks ? s->lacks : "");
    say(out, "from", s->source);
    say(out, "instead of", s->hides ? s->hides : "");
    say(out, "same id as", s->clash ? s->clash : "");
    if (s->procedure->param_count)
        buf_adds(out, "\nparameters\n");
    for (size_t i = 0; i < s->procedure->param_count; i++)
        say_param(out, &s->procedure->params[i]);
    if (s->procedure->steps.count)
        buf_adds(out, "\nsteps\n");
    say_steps(&steps, &s->procedure->steps, 0, "");
    text_sanitize(out, buf_str(&steps), true, false);
    if (s->problem_count)
        buf_adds(out, "\nproblems\n");
    skill_problems_text(s, out);
    buf_release(&steps);
}
