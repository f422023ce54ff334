/* fuzz_skill.c - any skill file; one that begins with "---" is read as SKILL.md as well. It loads,
 * or each problem has a text and a place inside the file; what loads encodes, and comes back the
 * same. R-77 R-79 A-46 */
#include "tests/fuzz/targets.h"

#include <stdlib.h>

#include "runbook/codec/json.h"
#include "runbook/engine/skill.h"

static size_t lines(struct str text)
{
    size_t n = 2;

    for (size_t i = 0; i < text.len; i++)
        n += text.ptr[i] == '\n' || text.ptr[i] == '\r';
    return n;
}

static void check_problems(const struct skill *s, struct str text)
{
    size_t errors = 0, max = lines(text);

    FUZZ_CHECK(s->problem_count <= SKILL_PROBLEMS_MAX);
    for (size_t i = 0; i < s->problem_count; i++) {
        const struct skill_problem *p = &s->problems[i];

        errors += !p->warning;
        FUZZ_CHECK(p->text[0] && p->line <= max && (p->line == 0) == (p->col == 0));
    }
    FUZZ_CHECK(errors == s->error_count && s->broken == (errors > 0));
}

static void check_good(const struct skill *s)
{
    struct buf once = BUF_INIT(PROCEDURE_BYTES_MAX * 4), twice = BUF_INIT(PROCEDURE_BYTES_MAX * 4);
    struct arena *arena = arena_new(0);
    const struct value *v = NULL;
    struct procedure *back = NULL;
    struct err err = ERR_INIT;

    FUZZ_CHECK(s->risk >= s->said && s->procedure->steps.count > 0);
    FUZZ_CHECK(s->mutates == procedure_mutates(s->procedure));
    FUZZ_CHECK(skill_id_ok(str_from(s->id)));
    procedure_encode(s->procedure, &once);
    FUZZ_CHECK(!once.full && !json_parse(arena, buf_str(&once), &v, &err));
    FUZZ_CHECK(!procedure_decode(v, &back, &err));
    procedure_encode(back, &twice);
    FUZZ_CHECK(str_eq(buf_str(&once), buf_str(&twice)));
    procedure_free(back);
    arena_free(arena);
    buf_release(&once);
    buf_release(&twice);
}

static void load(const char *file, struct str input)
{
    struct skill *s = skill_load(file, input, NULL);
    struct buf out = BUF_INIT((size_t)8 << 20);

    check_problems(s, input);
    if (!s->broken)
        check_good(s);
    skill_text(s, &out);
    skill_problems_text(s, &out);
    buf_release(&out);
    skill_free(s);
}

void fuzz_skill(struct str input)
{
    load("x.yaml", input);
    if (str_starts(input, "---"))
        load("skills/x/SKILL.md", input);
}
