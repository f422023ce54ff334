/* cmd_skill_new.c - `runbook skill new` and `runbook skill import`: files of one's own. Nothing
 * that exists is written over. */
#include <stdlib.h>
#include <sys/stat.h>

#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "src/app/cmd_skill.h"
#include "src/app/commands.h"
#include "src/app/skill_open.h"

static const char *const kinds[] = {"yaml", "markdown", "sop", NULL};

static enum skill_format format_of(const char *kind)
{
    if (kind && strcmp(kind, "markdown") == 0)
        return SKILL_MARKDOWN;
    return kind && strcmp(kind, "sop") == 0 ? SKILL_SOP : SKILL_YAML;
}

/* The folder, made when it is not there. NULL: *err says why. */
static char *folder(const struct cmd_args *args, struct err *err)
{
    const char *given = args_get(args, "dir");
    char *dir = given ? path_expand_home(given) : skill_home();

    if (!dir)
        err_set(err, ERR_NOT_FOUND, "there is no home folder: say --dir");
    else if (dir_make(dir, err)) {
        free(dir);
        dir = NULL;
    }
    return dir;
}

static int write_new(struct app *app, const char *dir, const char *name, struct str text)
{
    char *path = path_join(dir, name);
    struct buf out = BUF_INIT((size_t)16 << 10);
    struct json_writer w;
    struct err err;
    int rc;

    if (file_exists(path)) {
        err_set(&err, ERR_INPUT, "%s exists: nothing is written over", path);
        rc = app_fail(&err);
    } else if (file_write_atomic(path, text, 0600, &err)) {
        rc = app_fail(&err);
    } else {
        if (app->json) {
            json_writer_init(&w, &out);
            json_object_begin(&w);
            json_put_cstr(&w, "schema", "runbook.skill.new/1");
            json_put_cstr(&w, "file", path);
            json_object_end(&w);
            buf_addc(&out, '\n');
        } else {
            buf_addf(&out, "%s\n", path);
        }
        rc = app_print(buf_str(&out));
    }
    buf_release(&out);
    free(path);
    return rc;
}

/* The text of another skill under a new id: only its id line is changed. */
static bool copy_of(const char *from, const char *id, struct buf *out, enum skill_format *ret,
                    struct err *err)
{
    struct skills *r = skill_open(NULL);
    const struct skill *s = NULL;
    struct str rest, line;
    bool changed = false;

    if (skills_need(r, from, &s, err)) {
        skills_free(r);
        return false;
    }
    *ret = s->format;
    rest = str_from(s->text);
    while (str_line(&rest, &line)) {
        const char *key = s->format == SKILL_YAML  ? "id:"
                          : s->format == SKILL_SOP ? "  name:"
                                                   : "name:";
        bool here = !changed && str_starts(line, key);

        changed = changed || here;
        if (here)
            buf_addf(out, "%s %s\n", key, id);
        else
            buf_addf(out, "%.*s\n", STR_FMT(line));
    }
    skills_free(r);
    return true;
}

static int run_new(struct app *app, const struct cmd_args *args)
{
    const char *id = args_pos(args, 0), *from = args_get(args, "from");
    enum skill_format format = format_of(args_get(args, "kind"));
    struct buf text = BUF_INIT(SKILL_FILE_MAX), name = BUF_INIT(256);
    char *dir = NULL;
    struct err err;
    int rc;

    if (!skill_id_ok(str_from(id)))
        return app_usage(args,
                         "an id is 1 to %d letters, digits, '_' and '-', and begins with a "
                         "letter or digit",
                         SKILL_ID_MAX);
    if (from && !copy_of(from, id, &text, &format, &err))
        return app_fail(&err);
    if (!from)
        skill_template(format, id, &text);
    dir = folder(args, &err);
    buf_addf(&name, "%s.%s", id, format == SKILL_MARKDOWN ? "md" : "yaml");
    rc = dir ? write_new(app, dir, buf_cstr(&name), buf_str(&text)) : app_fail(&err);
    free(dir);
    buf_release(&text);
    buf_release(&name);
    return rc;
}

static int run_import(struct app *app, const struct cmd_args *args)
{
    struct buf name = BUF_INIT(256), text = BUF_INIT((size_t)1 << 20);
    struct skill *s = NULL;
    char *dir = NULL;
    struct err err;
    int rc;

    if (skill_load_file(args_pos(args, 0), NULL, &s, &err))
        return app_fail(&err);
    skill_problems_text(s, &text);
    fputs(buf_cstr(&text), stderr);
    if (s->broken) {
        rc = EXIT_USAGE;
    } else if (!(dir = folder(args, &err))) {
        rc = app_fail(&err);
    } else {
        buf_addf(&name, "%s.%s", s->id, s->format == SKILL_MARKDOWN ? "md" : "yaml");
        rc = write_new(app, dir, buf_cstr(&name), str_from(s->text));
    }
    free(dir);
    skill_free(s);
    buf_release(&name);
    buf_release(&text);
    return rc;
}

#define DIR_OPT                                                                                    \
    {                                                                                              \
        "dir", 'd', ARG_DIR,                                                                       \
            .value = "DIR",                                                                        \
            .help = "Put it into this folder instead of the project's or your own."                \
    }

const struct cmd_def skill_new_def = {
    .name = "new",
    .help = "Write a commented skill to begin with, or a copy of another one.",
    .details = "The file goes into skills/ of the nearest .runbook folder, else of the "
               "configuration folder, and can be validated and run as it is.",
    .opts = (const struct opt_def[]){{"kind", 'k', ARG_CHOICE, .value = "KIND", .choices = kinds,
                                      .help = "Which format; yaml when it is not said."},
                                     {"from", 0, ARG_SKILL, .value = "ID",
                                      .help = "Begin with a copy of this skill."},
                                     DIR_OPT,
                                     {NULL}},
    .pos = (const struct pos_def[]){{"ID", ARG_TEXT, .required = true, .help = "Its id."}, {NULL}},
    .run = run_new,
    .examples = "runbook skill new restart-checkout\n"
                "runbook skill new free-var --from free-disk-space",
};

const struct cmd_def skill_import_def = {
    .name = "import",
    .help = "Check a skill file and put it among your own.",
    .details = "It is copied under its id when nothing is wrong with it; warnings are printed.",
    .opts = (const struct opt_def[]){DIR_OPT, {NULL}},
    .pos = (const struct pos_def[]){{"FILE", ARG_FILE, .required = true,
                                     .help = "NAME.yaml, NAME.md or SKILL.md."},
                                    {NULL}},
    .run = run_import,
    .examples = "runbook skill import ~/Downloads/drain-node.yaml",
};
