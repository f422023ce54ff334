/* markdown.c - SKILL.md: frontmatter between two lines of "---", then a text. The text is one
 * question to a model, or documents the steps of the frontmatter. */
#include <stdio.h>

#include "src/engine/skill/skill_priv.h"

/* The frontmatter with its first line, so that lines are counted as in the file. */
static bool split(struct str text, struct str *ret_front, struct str *ret_body)
{
    struct str rest = text, line;

    if (str_starts(rest, "\xef\xbb\xbf")) {
        rest.ptr += 3;
        rest.len -= 3;
    }
    if (!str_line(&rest, &line) || !str_eq_c(str_trim(line), "---"))
        return false;
    while (str_line(&rest, &line)) {
        if (!str_eq_c(str_trim(line), "---") || (line.len && line.ptr[0] != '-'))
            continue;
        *ret_front = (struct str){text.ptr, (size_t)(line.ptr - text.ptr)};
        *ret_body = str_trim(rest);
        return true;
    }
    return false;
}

/* Two braces mean nothing where there are no parameters to fill in. */
static const char *without_templates(struct skill_load *l, struct str body)
{
    struct buf out = BUF_INIT(PROCEDURE_TEXT_MAX * 2);
    const char *text;

    for (size_t i = 0; i < body.len; i++) {
        buf_addc(&out, body.ptr[i]);
        if (body.ptr[i] == '{' && i + 1 < body.len && body.ptr[i + 1] == '{')
            buf_addc(&out, ' ');
    }
    text = arena_strdup(l->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static uint32_t line_of(const struct skill_load *l, const char *p)
{
    uint32_t line = 1;

    for (const char *c = l->text.ptr; c < p; c++)
        line += *c == '\n';
    return line;
}

static void ask(struct skill_load *l, struct str body)
{
    struct value *v = arena_alloc(l->arena, sizeof(*v));
    struct skill_step *s;

    *v = (struct value){.type = VALUE_STRING, .line = line_of(l, body.ptr), .col = 1};
    v->u.string = (struct str){l->s->body, body.len};
    if (!body.len) {
        skill_wrong_at(l, (struct expr_at){line_of(l, l->text.ptr + l->text.len), 1},
                       "behind the frontmatter stands no text, and it has no steps");
        return;
    }
    if (body.len > PROCEDURE_TEXT_MAX / 2) {
        skill_wrong(l, v, "the text has %zu bytes: at most %d are taken", body.len,
                    PROCEDURE_TEXT_MAX / 2);
        return;
    }
    l->templates = l->p->param_count > 0;
    s = skill_add_step(l, &l->p->steps, STEP_PROMPT, "ask", v);
    s->text = v;
    s->step->name = l->s->name;
    s->step->text = l->templates ? l->s->body : without_templates(l, body);
}

void skill_parse_markdown(struct skill_load *l)
{
    struct str front, body;
    const struct value *v;

    if (!split(l->text, &front, &body)) {
        skill_wrong_at(
            l, (struct expr_at){1, 1},
            "it begins with a line \"---\", then \"name: ...\" and \"description: ...\", "
            "then a line \"---\"");
        return;
    }
    v = skill_yaml(l, front);
    if (!v)
        return;
    l->s->body = arena_str(l->arena, body);
    skill_parse_head(l, v, true);
    if (!skill_get(v, "steps"))
        ask(l, body);
    skill_check(l, skill_get(v, "risk_level"));
}
