/* test_skill.c - skill files: what is wrong is said with its place (skill/NAME with what is
 * expected in skill/NAME.expect), the three formats become procedures, and the registry finds them.
 * R-76 R-77 R-78 R-79 A-32 A-46 U-18 */
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/engine/skill.h"

static char *data_path(const char *name)
{
    char *dir = path_join(getenv("RB_SRCDIR"), "tests/unit/engine/skill");
    char *path = path_join(dir, name);

    free(dir);
    return path;
}

static void read_text(const char *path, struct buf *out)
{
    struct err err;

    if (file_read(path, out, &err))
        buf_clear(out);
}

static void check_file(const char *name)
{
    struct buf text = BUF_INIT(SKILL_FILE_MAX), want = BUF_INIT(100000), got = BUF_INIT(100000);
    char expect[128], *path = data_path(name), *expected;
    struct skill *s;
    struct err err;

    snprintf(expect, sizeof(expect), "%s.expect", name);
    expected = data_path(expect);
    assert_ok(file_read(path, &text, &err), &err);
    read_text(expected, &want);
    s = skill_load(name, buf_str(&text), NULL);
    skill_problems_text(s, &got);
    assert_int_equal(s->broken, s->error_count > 0);
    if (getenv("RUNBOOK_UPDATE_GOLDEN") && strcmp(buf_cstr(&got), buf_cstr(&want)) != 0)
        assert_ok(file_write_atomic(expected, buf_str(&got), 0644, &err), &err);
    else
        assert_string_equal(buf_cstr(&got), buf_cstr(&want));
    skill_free(s);
    buf_release(&text);
    buf_release(&want);
    buf_release(&got);
    free(path);
    free(expected);
}

static void test_messages(void **state)
{
    char *dir = data_path("");
    DIR *d = opendir(dir);
    struct dirent *de;
    int n = 0;

    assert_non_null(d);
    while ((de = readdir(d))) {
        struct str s = str_from(de->d_name);

        if (!str_ends(s, ".yaml") && !str_ends(s, ".md"))
            continue;
        check_file(de->d_name);
        n++;
    }
    assert_true(n >= 15);
    closedir(d);
    free(dir);
}

static struct skill *load(const char *name)
{
    char *path = data_path(name);
    struct skill *s = NULL;
    struct err err;

    assert_ok(skill_load_file(path, NULL, &s, &err), &err);
    free(path);
    return s;
}

static const struct procedure_step *step(const struct skill *s, const char *id)
{
    const struct procedure_step *found = procedure_find(s->procedure, id);

    if (!found)
        fail_msg("there is no step %s", id);
    return found;
}

static void test_yaml_becomes_a_procedure(void **state)
{
    struct skill *s = load("good.yaml");
    const struct procedure *p = s->procedure;

    assert_false(s->broken);
    assert_int_equal(s->risk, RISK_HIGH);
    assert_int_equal(skill_tier(s), 2);
    assert_true(s->mutates && procedure_mutates(p));
    assert_string_equal(s->version, "1.2");
    assert_true(skill_for_service(s, "CHECKOUT") && !skill_for_service(s, "check"));
    assert_true(skill_has_tag(s, "disk") && !skill_has_tag(s, "dis"));
    assert_int_equal(p->param_count, 5);
    assert_true(p->params[2].required && p->params[2].type == PROCEDURE_INTEGER);
    assert_string_equal(p->params[3].options[1], "staging");
    assert_int_equal(p->timeout_ms, 1800000);
    assert_int_equal(strlen(p->sha256), 64);
    assert_int_equal(p->steps.count, 9);
    assert_int_equal(step(s, "look")->on_error, ON_ERROR_RETRY);
    assert_int_equal(step(s, "look")->max_retries, 2);
    assert_int_equal(step(s, "look")->backoff_ms, 2000);
    assert_int_equal(step(s, "both")->kind, STEP_PARALLEL);
    assert_int_equal(step(s, "both")->steps.count, 2);
    assert_int_equal(step(s, "ask-model")->kind, STEP_PROMPT);
    assert_non_null(strstr(step(s, "ask-too")->text, "{{env}}"));
    assert_int_equal(step(s, "sure")->option_count, 3);
    assert_string_equal(step(s, "sure")->options[2].target, "abort");
    assert_int_equal(step(s, "stop-it")->kind, STEP_ACT);
    assert_true(step(s, "stop-it")->requires_approval && step(s, "stop-it")->no_undo);
    assert_int_equal(step(s, "nice")->rollback.count, 1);
    assert_int_equal(step(s, "settle")->wait_ms, 2000);
    assert_string_equal(step(s, "settle")->action, "host_snapshot");
    assert_int_equal(step(s, "again")->limit, 2);
    skill_free(s);
}

/* What the file says of its risk is raised to what its steps are, never lowered. */
static void test_risk_is_that_of_the_steps(void **state)
{
    struct skill *low = load("risk.yaml"), *high = load("good.yaml");

    assert_int_equal(low->said, RISK_LOW);
    assert_int_equal(low->risk, RISK_HIGH);
    assert_int_equal(low->procedure->risk, RISK_HIGH);
    assert_int_equal(skill_tier(low), 2);
    assert_int_equal(high->said, high->risk);
    skill_free(low);
    skill_free(high);
}

static void test_sop_becomes_a_procedure(void **state)
{
    struct skill *s = load("good-sop.yaml");
    const struct procedure_step *own;

    assert_int_equal(s->format, SKILL_SOP);
    assert_false(s->broken);
    assert_string_equal(s->procedure->kind, "sop");
    assert_string_equal(s->id, "unit-down");
    assert_string_equal(s->triggers.items[0], "up == 0 for 5m");
    assert_string_equal(s->triggers.items[1], "load 8");
    assert_int_equal(step(s, "look")->kind, STEP_TOOL);
    assert_string_equal(step(s, "ask")->options[0].target, "restart-it");
    assert_string_equal(step(s, "restart-it")->action, "host.unit.restart");
    assert_string_equal(value_cstr_or(step(s, "restart-it")->args, "unit", ""), "nginx.service");
    assert_true(step(s, "restart-it")->requires_approval);
    assert_int_equal(step(s, "restart-it")->rollback.count, 1);
    assert_string_equal(step(s, "restart-it")->rollback.items[0]->action, "host.unit.start");
    assert_int_equal(step(s, "settle")->wait_ms, 30000);
    assert_int_equal(step(s, "look-until")->timeout_ms, 60000);
    assert_string_equal(step(s, "look-until")->until, "exists result.load");
    assert_int_equal(step(s, "low")->rollback.count, 1);
    assert_true(value_i64_or(step(s, "low")->args, "nice", 0) == 10);
    own = step(s, "own");
    assert_string_equal(own->action, "host.command.run");
    assert_string_equal(value_cstr_or(own->args, "command", ""),
                        "logrotate -f /etc/logrotate.conf");
    skill_free(s);
}

static void test_markdown_becomes_a_procedure(void **state)
{
    struct skill *s = load("note.md");

    assert_false(s->broken);
    assert_string_equal(s->id, "postmortem-questions");
    assert_string_equal(s->name, "Questions for a postmortem");
    assert_int_equal(s->procedure->steps.count, 1);
    assert_int_equal(s->procedure->steps.items[0]->kind, STEP_PROMPT);
    assert_non_null(strstr(s->procedure->steps.items[0]->text, "{ { .Values.x"));
    assert_false(s->mutates);
    assert_true(skill_has_tag(s, "process"));
    skill_free(s);
}

/* What `skill new` writes can be used as it is. */
static void test_templates_validate(void **state)
{
    for (int f = 0; f < SKILL_FORMATS; f++) {
        struct buf text = BUF_INIT(SKILL_FILE_MAX), problems = BUF_INIT(100000);
        struct skill *s;

        skill_template((enum skill_format)f, "my-own", &text);
        s = skill_load(f == SKILL_MARKDOWN ? "my-own.md" : "my-own.yaml", buf_str(&text), NULL);
        skill_problems_text(s, &problems);
        assert_string_equal(buf_cstr(&problems), "");
        assert_string_equal(s->id, "my-own");
        assert_int_equal(s->format, f);
        skill_free(s);
        buf_release(&text);
        buf_release(&problems);
    }
}

/* However much is wrong, 100 problems are listed, and what is behind them costs nothing. */
static void test_much_is_wrong(void **state)
{
    struct buf text = BUF_INIT(SKILL_FILE_MAX);
    struct skill *s;

    for (int i = 0; i < 20000; i++)
        buf_addf(&text, "k%d: 1\n", i);
    s = skill_load("much.yaml", buf_str(&text), NULL);
    assert_int_equal(s->problem_count, SKILL_PROBLEMS_MAX);
    assert_true(s->broken);
    skill_free(s);
    buf_clear(&text);
    buf_adds(&text, "id: a\nname: a\ndescription: a\nsteps:\n  - id: a\n    action: "
                    "host_snapshot\n    condition: |\n");
    for (int i = 0; i < 3000; i++)
        buf_addc(&text, '\n');
    buf_adds(&text, "      a = 1\n");
    s = skill_load("far.yaml", buf_str(&text), NULL);
    assert_int_equal(s->problem_count, 1);
    assert_int_equal(s->problems[0].line, 3008);
    assert_int_equal(s->problems[0].col, 9);
    skill_free(s);
    buf_release(&text);
}

/* ---- the registry ---- */

struct place {
    char *root, *user, *project;
};

static void write_skill(const char *dir, const char *name, const char *text)
{
    char *path = path_join(dir, name), *folder = path_dir(path);
    struct err err;

    assert_ok(dir_make(folder, &err), &err);
    assert_ok(file_write_atomic(path, str_from(text), 0600, &err), &err);
    free(folder);
    free(path);
}

static void remove_file(const char *dir, const char *name)
{
    char *path = path_join(dir, name);

    assert_int_equal(unlink(path), 0);
    free(path);
}

#define SKILL(id, name)                                                                            \
    "id: " id "\nname: " name "\ndescription: About it.\nsteps:\n"                                 \
    "  - {id: look, action: host_snapshot}\n"

static struct place make_place(void)
{
    struct place p = {.root = tmpdir_new()};

    p.user = path_join(p.root, "user");
    p.project = path_join(p.root, "project");
    return p;
}

static void free_place(struct place *p)
{
    tmpdir_free(p->root);
    free(p->user);
    free(p->project);
}

static void test_registry(void **state)
{
    struct place p = make_place();
    const char *folders[] = {p.user, p.project, NULL};
    const struct skill *s = NULL, *fits[4];
    struct skills *r;
    size_t builtin;
    struct err err;

    r = skills_open(folders, NULL); /* neither folder is there */
    builtin = skills_count(r);
    write_skill(p.user, "a.yaml", SKILL("zz-alpha", "Of the user"));
    write_skill(p.user, "b.yml", SKILL("zz-beta", "Second"));
    write_skill(p.user, "bad.yaml", "id: zz-bad\nnam: x\n");
    write_skill(p.user, "note/SKILL.md", "---\nname: zz-note\ndescription: Words.\n---\nText.\n");
    write_skill(p.user, "notes.txt", "not a skill");
    assert_true(skills_refresh(r));
    assert_false(skills_refresh(r));
    assert_int_equal(skills_count(r), builtin + 4);
    assert_true(skills_find(r, "zz-bad")->broken);
    assert_ok(skills_need(r, "zz-note", &s, &err), &err);
    assert_int_equal(skills_need(r, "zz-bad", &s, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "bad.yaml:1:1: error: 'name' is missing"));
    assert_int_equal(skills_need(r, "zz-alpa", &s, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "did you mean 'zz-alpha'?"));
    /* The project's replaces the user's, and says so; a broken one replaces nothing. */
    write_skill(p.project, "mine.yaml", SKILL("zz-alpha", "Of the project"));
    write_skill(p.project, "beta.yaml", "id: zz-beta\nname: broken\n");
    assert_true(skills_refresh(r));
    assert_string_equal(skills_find(r, "zz-alpha")->name, "Of the project");
    assert_int_equal(skills_count(r), builtin + 5); /* the user's is hidden, the broken one not */
    assert_non_null(strstr(skills_find(r, "zz-alpha")->hides, "user/a.yaml"));
    assert_string_equal(skills_find(r, "zz-beta")->name, "Second");
    /* Two in one folder: the first by name counts, the other one is said. */
    write_skill(p.project, "other.yaml", SKILL("zz-alpha", "Again"));
    assert_true(skills_refresh(r));
    assert_string_equal(skills_find(r, "zz-alpha")->name, "Of the project");
    /* A file that changes is read again; one that goes is gone. */
    write_skill(p.project, "mine.yaml", SKILL("zz-alpha", "Of the project, changed"));
    remove_file(p.project, "other.yaml");
    assert_true(skills_refresh(r));
    assert_string_equal(skills_find(r, "zz-alpha")->name, "Of the project, changed");
    remove_file(p.project, "mine.yaml");
    assert_true(skills_refresh(r));
    assert_string_equal(skills_find(r, "zz-alpha")->name, "Of the user");
    assert_int_equal(skill_match(skills_find(r, "zz-alpha"), "alpha user"), 7);
    assert_int_equal(skill_match(skills_find(r, "zz-alpha"), "alpha disk"), 0);
    assert_int_equal(skills_suggest(r, "why is zz-beta so slow", fits, 4) > 0, 1);
    assert_string_equal(fits[0]->id, "zz-beta");
    write_skill(p.user, "wants.yaml",
                SKILL("zz-wants", "Wants") "depends_on: [zz-beta, zz-gone]\n");
    assert_true(skills_refresh(r));
    assert_string_equal(skills_find(r, "zz-wants")->lacks, "zz-gone");
    write_skill(p.user, "gone.yaml", SKILL("zz-gone", "There now"));
    assert_true(skills_refresh(r));
    assert_null(skills_find(r, "zz-wants")->lacks);
    skills_free(r);
    free_place(&p);
}

/* What everybody can write is not read; a pipe and a folder do not hang it. */
static void test_hostile_folder(void **state)
{
    struct place p = make_place();
    const char *folders[] = {p.user, NULL};
    char *open = path_join(p.user, "open.yaml"), *pipe = path_join(p.user, "pipe.yaml");
    struct skills *r;
    const struct skill *s = NULL;
    struct err err;

    write_skill(p.user, "open.yaml", SKILL("zz-open", "Anybody's"));
    assert_int_equal(chmod(open, 0666), 0);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    r = skills_open(folders, NULL);
    assert_null(skills_find(r, "zz-open"));
    assert_int_equal(skills_need(r, "open", &s, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "can be written by everybody"));
    assert_int_equal(chmod(open, 0600), 0);
    skills_refresh(r);
    assert_ok(skills_need(r, "zz-open", &s, &err), &err);
    assert_int_equal(skill_load_file(pipe, NULL, &(struct skill *){NULL}, &err), ERR_INPUT);
    assert_int_equal(chmod(p.user, 0777), 0);
    assert_true(skills_refresh(r));
    assert_null(skills_find(r, "zz-open"));
    assert_non_null(strstr(skills_trouble(r), "can be written by everybody"));
    skills_free(r);
    free(open);
    free(pipe);
    free_place(&p);
}

/* Every built-in skill is without an error and without a warning. */
static void test_builtin(void **state)
{
    struct skills *r = skills_open(NULL, NULL);

    for (size_t i = 0; i < skills_count(r); i++) {
        const struct skill *s = skills_at(r, i);
        struct buf problems = BUF_INIT(100000);

        skill_problems_text(s, &problems);
        if (s->problem_count)
            fail_msg("%s: %s", s->id, buf_cstr(&problems));
        assert_true(s->builtin && !s->clash);
        buf_release(&problems);
    }
    skills_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_yaml_becomes_a_procedure),
        cmocka_unit_test(test_risk_is_that_of_the_steps),
        cmocka_unit_test(test_sop_becomes_a_procedure),
        cmocka_unit_test(test_markdown_becomes_a_procedure),
        cmocka_unit_test(test_templates_validate),
        cmocka_unit_test(test_much_is_wrong),
        cmocka_unit_test(test_registry),
        cmocka_unit_test(test_hostile_folder),
        cmocka_unit_test(test_builtin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
