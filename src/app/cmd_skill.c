/* cmd_skill.c - `runbook skill list|search|show|validate`: which skills there are and what is wrong
 * with a file. What makes files is in cmd_skill_new.c, what runs one in cmd_skill_run.c. */
#include <stdlib.h>

#include "runbook/base/text.h"
#include "src/app/cmd_skill.h"
#include "src/app/commands.h"
#include "src/app/skill_open.h"

#define OUT_MAX ((size_t)64 << 20)
#define WORDS_MAX 4096
#define ID_CELLS 30

struct list {
    const struct app *app;
    const char *tag, *service, *words;
    struct buf out;
    struct json_writer w;
    size_t shown, broken;
};

/* ---- list and search ---- */

static bool wanted(const struct list *l, const struct skill *s)
{
    return (!l->tag || skill_has_tag(s, l->tag)) &&
           (!l->service || skill_for_service(s, l->service)) &&
           (!l->words || !*l->words || skill_match(s, l->words));
}

static void put_cells(struct buf *out, const char *text, int cells, bool ascii)
{
    struct buf clean = BUF_INIT((size_t)64 << 10);
    size_t before = out->len;
    int width;

    text_sanitize(&clean, str_from(text), false, ascii);
    text_ellipsis(out, buf_str(&clean), cells, ascii);
    width = text_width((struct str){out->ptr + before, out->len - before});
    buf_addf(out, "%*s", width < cells ? cells - width + 2 : 2, "");
    buf_release(&clean);
}

static const char *from_of(const struct skill *s)
{
    return s->builtin ? "built in" : s->source;
}

static void text_row(struct list *l, const struct skill *s)
{
    bool ascii = l->app->ascii;
    int width = app_width() - ID_CELLS - 2 - 10 - 8;

    put_cells(&l->out, s->id, ID_CELLS, ascii);
    buf_addf(&l->out, "%-8s  %-6s  ", risk_name(s->risk), s->mutates ? "acts" : "reads");
    put_cells(&l->out, s->name, width > 20 ? width : 20, ascii);
    while (l->out.len && l->out.ptr[l->out.len - 1] == ' ')
        buf_truncate(&l->out, l->out.len - 1);
    buf_addc(&l->out, '\n');
    if (s->hides)
        buf_addf(&l->out, "%*s%s, instead of the one %s\n", ID_CELLS + 2, "", from_of(s),
                 strcmp(s->hides, "built in") == 0 ? "that is built in" : s->hides);
    if (s->lacks)
        buf_addf(&l->out, "%*sit wants the skill %s, which is not there\n", ID_CELLS + 2, "",
                 s->lacks);
    if (s->clash)
        buf_addf(&l->out, "%*s%s is not used: %s has this id\n", ID_CELLS + 2, "", s->source,
                 s->clash);
}

static void put_skill(struct list *l, const struct skill *s)
{
    l->shown++;
    l->broken += s->broken;
    if (l->app->json)
        skill_json(s, false, &l->w);
    else if (!s->broken)
        text_row(l, s);
}

/* What cannot be used, with why. */
static void text_broken(struct list *l, const struct skills *r)
{
    if (!l->broken || l->app->json)
        return;
    buf_addf(&l->out, "\n%zu cannot be used:\n", l->broken);
    for (size_t i = 0; i < skills_count(r); i++) {
        const struct skill *s = skills_at(r, i);
        struct buf text = BUF_INIT((size_t)256 << 10);

        if (s->broken && wanted(l, s)) {
            skill_problems_text(s, &text);
            text_sanitize(&l->out, buf_str(&text), true, l->app->ascii);
        }
        buf_release(&text);
    }
}

static void text_end(struct list *l, const struct skills *r)
{
    if (!l->shown)
        buf_adds(&l->out, skills_count(r) ? "No skill is like that: runbook skill list shows all "
                                            "of them.\n"
                                          : "There is no skill: runbook skill new ID makes one.\n");
    text_broken(l, r);
    text_sanitize(&l->out, str_from(skills_trouble(r)), true, l->app->ascii);
}

/* The best fit first. */
static int by_match(const void *a, const void *b, void *words)
{
    const struct skill *x = *(const struct skill *const *)a, *y = *(const struct skill *const *)b;
    int d = skill_match(y, words) - skill_match(x, words);

    return d ? d : strcmp(x->id, y->id);
}

static void sort_by_match(const struct skill **items, size_t n, char *words)
{
    for (size_t i = 1; i < n; i++) {
        for (size_t k = i; k && by_match(&items[k - 1], &items[k], words) > 0; k--) {
            const struct skill *s = items[k];

            items[k] = items[k - 1];
            items[k - 1] = s;
        }
    }
}

static void put_all(struct list *l, const struct skills *r)
{
    const struct skill **items = calloc(skills_count(r) + 1, sizeof(*items));
    struct buf words = BUF_INIT(WORDS_MAX);
    size_t n = 0;

    if (!items)
        return;
    buf_adds(&words, l->words ? l->words : "");
    for (size_t i = 0; i < skills_count(r); i++) {
        if (wanted(l, skills_at(r, i)))
            items[n++] = skills_at(r, i);
    }
    if (words.len)
        sort_by_match(items, n, words.ptr);
    for (size_t i = 0; i < n; i++)
        put_skill(l, items[i]);
    buf_release(&words);
    free(items);
}

static int list_skills(struct app *app, const struct cmd_args *args, const char *words)
{
    struct list l = {.app = app, .words = words, .out = BUF_INIT(OUT_MAX)};
    struct skills *r = skill_open(NULL);
    int rc;

    l.tag = words ? NULL : args_get(args, "tag");
    l.service = words ? NULL : args_get(args, "service");
    if (app->json) {
        json_writer_init(&l.w, &l.out);
        json_object_begin(&l.w);
        json_put_cstr(&l.w, "schema", "runbook.skills/1");
        json_key(&l.w, "skills");
        json_array_begin(&l.w);
    }
    put_all(&l, r);
    if (app->json) {
        json_array_end(&l.w);
        json_object_end(&l.w);
        buf_addc(&l.out, '\n');
    } else {
        text_end(&l, r);
    }
    rc = app_print(buf_str(&l.out));
    buf_release(&l.out);
    skills_free(r);
    return rc;
}

static int run_list(struct app *app, const struct cmd_args *args)
{
    return list_skills(app, args, NULL);
}

static int run_search(struct app *app, const struct cmd_args *args)
{
    struct buf words = BUF_INIT(WORDS_MAX);
    int rc;

    args_pos_text(args, 0, &words);
    if (!str_trim(buf_str(&words)).len || words.full)
        rc = app_usage(args, "say what to look for in a few words");
    else
        rc = list_skills(app, args, buf_cstr(&words));
    buf_release(&words);
    return rc;
}

/* ---- show ---- */

static int run_show(struct app *app, const struct cmd_args *args)
{
    struct skills *r = skill_open(NULL);
    const struct skill *s = skills_find(r, args_pos(args, 0));
    struct buf out = BUF_INIT(OUT_MAX);
    struct json_writer w;
    struct err err;
    int rc;

    if (!s) {
        skills_need(r, args_pos(args, 0), &s, &err);
        skills_free(r);
        return app_fail(&err);
    }
    if (args_has(args, "source")) {
        buf_adds(&out, s->text);
    } else if (app->json) {
        json_writer_init(&w, &out);
        json_object_begin(&w);
        json_put_cstr(&w, "schema", "runbook.skill/1");
        json_key(&w, "skill");
        skill_json(s, true, &w);
        json_object_end(&w);
        buf_addc(&out, '\n');
    } else {
        skill_text(s, &out);
    }
    rc = app_print(buf_str(&out));
    rc = rc ? rc : s->broken ? EXIT_USAGE : EXIT_DONE;
    buf_release(&out);
    skills_free(r);
    return rc;
}

/* ---- validate ---- */

struct validate {
    struct app *app;
    struct buf out;
    struct json_writer w;
    size_t files, errors, warnings;
};

static void validated(struct validate *v, const struct skill *s)
{
    struct buf text = BUF_INIT((size_t)1 << 20);

    v->files++;
    v->errors += s->error_count;
    v->warnings += s->problem_count - s->error_count;
    if (v->app->json) {
        skill_json(s, false, &v->w);
    } else {
        skill_problems_text(s, &text);
        text_sanitize(&v->out, buf_str(&text), true, v->app->ascii);
    }
    buf_release(&text);
}

static int validate_files(struct validate *v, const struct cmd_args *args)
{
    for (size_t i = 0; i < args_pos_count(args); i++) {
        struct skill *s = NULL;
        struct err err;

        if (skill_load_file(args_pos(args, i), NULL, &s, &err))
            return app_fail(&err);
        validated(v, s);
        skill_free(s);
    }
    return EXIT_DONE;
}

static void validate_all(struct validate *v)
{
    struct skills *r = skill_open(NULL);

    for (size_t i = 0; i < skills_count(r); i++)
        validated(v, skills_at(r, i));
    skills_free(r);
}

static int run_validate(struct app *app, const struct cmd_args *args)
{
    struct validate v = {.app = app, .out = BUF_INIT(OUT_MAX)};
    int rc = EXIT_DONE;

    if (app->json) {
        json_writer_init(&v.w, &v.out);
        json_object_begin(&v.w);
        json_put_cstr(&v.w, "schema", "runbook.skills/1");
        json_key(&v.w, "skills");
        json_array_begin(&v.w);
    }
    if (args_pos_count(args))
        rc = validate_files(&v, args);
    else
        validate_all(&v);
    if (rc) {
        buf_release(&v.out);
        return rc;
    }
    if (app->json) {
        json_array_end(&v.w);
        json_put_int(&v.w, "errors", (int64_t)v.errors);
        json_put_int(&v.w, "warnings", (int64_t)v.warnings);
        json_object_end(&v.w);
        buf_addc(&v.out, '\n');
    } else {
        buf_addf(&v.out, "%zu file%s, %zu error%s, %zu warning%s\n", v.files,
                 v.files == 1 ? "" : "s", v.errors, v.errors == 1 ? "" : "s", v.warnings,
                 v.warnings == 1 ? "" : "s");
    }
    rc = app_print(buf_str(&v.out));
    buf_release(&v.out);
    if (rc)
        return rc;
    return v.errors || (v.warnings && args_has(args, "strict")) ? EXIT_USAGE : EXIT_DONE;
}

/* ---- the command ---- */

static const struct cmd_def list_def = {
    .name = "list",
    .help = "List the skills: built in, yours, and the project's.",
    .details = "A skill of the project replaces one of yours with the same id, and that one a "
               "built-in one; the list says so. Files that cannot be used come last, each with "
               "what is wrong in which line.",
    .opts =
        (const struct opt_def[]){
            {"tag", 't', ARG_TEXT, .value = "TAG", .help = "Only those with this tag."},
            {"service", 's', ARG_TEXT, .value = "NAME", .help = "Only those for this service."},
            {NULL}},
    .run = run_list,
    .examples = "runbook skill list --tag disk",
};

static const struct cmd_def search_def = {
    .name = "search",
    .help = "Find skills by words of their names, tags, services, triggers and descriptions.",
    .pos = (const struct pos_def[]){{"WORDS", ARG_TEXT, .required = true, .repeat = true,
                                     .help = "Each has to be found, in part."},
                                    {NULL}},
    .run = run_search,
    .examples = "runbook skill search disk full",
};

static const struct cmd_def show_def = {
    .name = "show",
    .help = "Show one skill: its parameters, steps and risk, and what is wrong with it.",
    .opts =
        (const struct opt_def[]){{"source", 0, ARG_NONE, .help = "Print the file itself."}, {NULL}},
    .pos =
        (const struct pos_def[]){{"ID", ARG_SKILL, .required = true, .help = "Which one."}, {NULL}},
    .run = run_show,
    .examples = "runbook skill show free-disk-space",
};

static const struct cmd_def validate_def = {
    .name = "validate",
    .help = "Say everything that is wrong with skill files, with line and column.",
    .details = "Without FILE all skills that would be listed are checked. Exit code 2 when there "
               "is an error. Tools of MCP servers are not asked for, so that a step with one gives "
               "a warning.",
    .opts = (const struct opt_def[]){{"strict", 0, ARG_NONE, .help = "Warnings count as errors."},
                                     {NULL}},
    .pos =
        (const struct pos_def[]){
            {"FILE", ARG_FILE, .repeat = true, .help = "NAME.yaml, NAME.md or SKILL.md."}, {NULL}},
    .run = run_validate,
    .examples = "runbook skill validate .runbook/skills/restart-checkout.yaml",
};

const struct cmd_def cmd_skill_def = {
    .name = "skill",
    .help = "Procedures that are written down: list, read, check, make and run them.",
    .details = "doc/SKILLS.md is the reference of the formats: YAML, SKILL.md and SOP files. What "
               "a skill changes is planned, judged by the policy and approved by a person, one "
               "change at a time.",
    .subs = (const struct cmd_def *const[]){&list_def, &search_def, &show_def, &validate_def,
                                            &skill_run_def, &skill_resume_def, &skill_new_def,
                                            &skill_import_def, NULL},
    .examples = "runbook skill list\nrunbook skill show free-disk-space",
};
