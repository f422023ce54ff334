/* cmd_complete.c - what completion scripts ask: words that change. Never fails loudly. */
#include "src/app/commands.h"

#include <dirent.h>
#include <stdlib.h>

#include "runbook/app/config.h"
#include "runbook/base/path.h"
#include "src/app/skill_open.h"

static void list_sessions(struct app *app, struct buf *out)
{
    const char *dir;
    struct err err;
    char *path;
    DIR *d;

    if (app_state_dir(app, &dir, &err))
        return;
    path = path_join(dir, "scratchpad");
    d = opendir(path);
    free(path);
    if (!d)
        return;
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        struct str name = str_from(e->d_name);

        if (str_ends(name, ".jsonl"))
            buf_addf(out, "%.*s\n", (int)name.len - 6, name.ptr);
    }
    closedir(d);
}

static void list_keys(struct buf *out)
{
    for (const struct config_key *k = config_schema.keys; k->path; k++)
        if (!strstr(k->path, "[]"))
            buf_addf(out, "%s\n", k->path);
}

static void list_commands(struct buf *out)
{
    for (const struct cmd_def *const *s = cmd_root.subs; *s; s++)
        if (!(*s)->hidden)
            buf_addf(out, "%s\n", (*s)->name);
}

static void list_hosts(struct app *app, struct buf *out)
{
    const struct config *c;
    struct err err;

    buf_adds(out, "local\n");
    if (app_config(app, &c, &err))
        return;
    for (size_t i = 0; i < config_count(c, "hosts"); i++)
        buf_addf(out, "%s\n", config_item(c, "hosts", i));
}

static void list_skills(struct buf *out)
{
    struct skills *r = skill_open(NULL);

    for (size_t i = 0; i < skills_count(r); i++)
        buf_addf(out, "%s\n", skills_at(r, i)->id);
    skills_free(r);
}

static const char *const kinds[] = {"sessions", "keys", "commands", "hosts", "skills", NULL};

static int run_complete(struct app *app, const struct cmd_args *args)
{
    const char *kind = args_pos(args, 0);
    struct buf out = BUF_INIT(1 << 20);
    int rc;

    if (strcmp(kind, "sessions") == 0)
        list_sessions(app, &out);
    else if (strcmp(kind, "keys") == 0)
        list_keys(&out);
    else if (strcmp(kind, "skills") == 0)
        list_skills(&out);
    else if (strcmp(kind, "hosts") == 0)
        list_hosts(app, &out);
    else
        list_commands(&out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

const struct cmd_def cmd_complete_def = {
    .name = "__complete",
    .help = "List words for a completion script.",
    .pos = (const struct pos_def[]){{"KIND", ARG_CHOICE, .required = true, .choices = kinds,
                                     .help = "What to list."},
                                    {NULL}},
    .run = run_complete,
    .hidden = true,
};
