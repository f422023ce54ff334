/* load.c - one file to a skill, whatever is in it. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "src/engine/skill/skill_priv.h"

const char *skill_format_name(enum skill_format f)
{
    switch (f) {
    case SKILL_YAML:
        return "skill";
    case SKILL_MARKDOWN:
        return "markdown";
    case SKILL_SOP:
        return "sop";
    }
    return "?";
}

/* The file's name without its end; of a SKILL.md its folder's. */
static const char *id_of_file(struct skill_load *l)
{
    const char *base = path_base(l->file);
    size_t len = strlen(base);
    char *dir, *id = NULL;

    if (strcmp(base, "SKILL.md") == 0) {
        dir = path_dir(l->file);
        id = arena_strdup(l->arena, path_base(dir));
        free(dir);
    } else {
        const char *dot = strrchr(base, '.');

        id = arena_strndup(l->arena, base, dot ? (size_t)(dot - base) : len);
    }
    return skill_id_ok(str_from(id)) ? id : "unnamed";
}

static void parse(struct skill_load *l)
{
    const struct value *v, *api;
    size_t bad;

    if (l->text.len > SKILL_FILE_MAX) {
        skill_wrong(l, NULL, "it has %zu bytes: at most %zu are taken", l->text.len,
                    (size_t)SKILL_FILE_MAX);
        return;
    }
    if (!text_valid(l->text, &bad)) {
        skill_wrong(l, NULL, "not valid UTF-8 at byte %zu", bad);
        return;
    }
    skill_find_lines(l);
    if (str_ends(str_from(l->file), ".md")) {
        l->s->format = SKILL_MARKDOWN;
        skill_parse_markdown(l);
        return;
    }
    v = skill_yaml(l, l->text);
    if (!v)
        return;
    api = skill_get(v, "api_version");
    if (api && api->type == VALUE_STRING && str_starts(api->u.string, "sop/")) {
        l->s->format = SKILL_SOP;
        skill_parse_sop(l, v);
        return;
    }
    skill_parse_yaml(l, v);
    skill_check(l, skill_get(v, "risk_level"));
}

static int by_place(const void *a, const void *b)
{
    const struct skill_problem *x = a, *y = b;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->col != y->col)
        return x->col < y->col ? -1 : 1;
    return (int)x->warning - (int)y->warning;
}

static void set_problems(struct skill_load *l)
{
    struct skill *s = l->s;
    struct skill_problem *copy = arena_array(l->arena, l->problems.count + 1, sizeof(*copy));

    if (l->problems.count) {
        memcpy(copy, l->problems.items, l->problems.count * sizeof(*copy));
        qsort(copy, l->problems.count, sizeof(*copy), by_place);
    }
    s->problems = copy;
    s->problem_count = l->problems.count;
    for (size_t i = 0; i < s->problem_count; i++)
        s->error_count += !copy[i].warning;
}

/* What the runner says of a run. */
void skill_set_procedure(struct skill_load *l)
{
    struct procedure *p = l->p;
    struct sha256 *h = sha256_new();

    sha256_add(h, l->text);
    sha256_end(h, p->sha256);
    sha256_free(h);
    p->kind = l->s->format == SKILL_SOP ? "sop" : "skill";
    p->id = l->s->id;
    p->name = l->s->name;
    p->version = l->s->version;
    p->description = l->s->description;
    p->source = l->s->source;
}

struct skill *skill_load(const char *file, struct str text, const struct tool_env *env)
{
    struct procedure *p = procedure_new("skill", "");
    struct skill_load l = {.p = p, .arena = p->arena, .text = text, .env = env, .templates = true};
    struct skill *s = arena_alloc(p->arena, sizeof(*s));

    l.s = s;
    l.file = s->source = p->source = arena_strdup(p->arena, file);
    s->procedure = p;
    s->text = arena_str(p->arena, text);
    s->version = s->author = s->description = s->body = "";
    s->id = s->name = id_of_file(&l);
    parse(&l);
    set_problems(&l);
    s->broken = l.failed;
    VEC_RELEASE(&l.problems);
    VEC_RELEASE(&l.steps);
    VEC_RELEASE(&l.lines);
    return s;
}

enum err_code skill_load_file(const char *path, const struct tool_env *env, struct skill **ret,
                              struct err *err)
{
    struct buf text = BUF_INIT(SKILL_FILE_MAX + 1);
    struct stat st;
    enum err_code rc;

    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return err_set(err, ERR_INPUT, "%s is no file", path);
    rc = file_read(path, &text, err);
    if (!rc)
        *ret = skill_load(path, buf_str(&text), env);
    buf_release(&text);
    return rc;
}

void skill_free(struct skill *s)
{
    if (s)
        procedure_free(s->procedure);
}

void skill_problems_text(const struct skill *s, struct buf *out)
{
    for (size_t i = 0; i < s->problem_count; i++) {
        const struct skill_problem *p = &s->problems[i];

        buf_adds(out, s->source);
        if (p->line)
            buf_addf(out, ":%u:%u", p->line, p->col);
        buf_addf(out, ": %s: %s\n", p->warning ? "warning" : "error", p->text);
    }
}

int skill_tier(const struct skill *s)
{
    switch (s->risk) {
    case RISK_READ:
        return 0;
    case RISK_LOW:
        return 1;
    case RISK_MEDIUM:
    case RISK_HIGH:
        return 2;
    case RISK_CRITICAL:
        return 3;
    }
    return 3;
}

static bool same_word(struct str a, struct str b)
{
    return a.len == b.len && (!a.len || str_ifind(a, b) == 0);
}

static bool among(const struct skill_texts *t, const char *word)
{
    for (size_t i = 0; i < t->count; i++) {
        if (same_word(str_from(t->items[i]), str_from(word)))
            return true;
    }
    return false;
}

bool skill_has_tag(const struct skill *s, const char *tag)
{
    return among(&s->tags, tag);
}

bool skill_for_service(const struct skill *s, const char *service)
{
    return among(&s->services, service);
}
