/* cmd_help.c - "runbook help [COMMAND...]", the same text as --help. */
#include "src/app/commands.h"

static int show(const struct cmd_def *c, const char *path)
{
    struct buf out = BUF_INIT(1 << 20);
    int width = app_width();
    int rc;

    cmd_help_text(c, path, global_opts, width < 100 ? width : 100, &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

static const struct cmd_def *find_sub(const struct cmd_def *c, const char *name)
{
    for (const struct cmd_def *const *s = c->subs; s && *s; s++)
        if (strcmp((*s)->name, name) == 0)
            return *s;
    return NULL;
}

static int run_help(struct app *app, const struct cmd_args *args)
{
    const struct cmd_def *c = &cmd_root;
    struct buf path = BUF_INIT(256);
    int rc;

    (void)app;
    for (size_t i = 0; i < args_pos_count(args); i++) {
        c = find_sub(c, args_pos(args, i));
        if (!c) {
            buf_release(&path);
            return app_usage(args, "there is no command '%s'", args_pos(args, i));
        }
        buf_addf(&path, "%s%s", i ? " " : "", c->name);
    }
    rc = show(c, buf_cstr(&path));
    buf_release(&path);
    return rc;
}

const struct cmd_def cmd_help_def = {
    .name = "help",
    .help = "Show what a command does and the options it takes.",
    .pos = (const struct pos_def[]){{"COMMAND", ARG_COMMAND, .repeat = true,
                                     .help = "The command; without one, all are listed."},
                                    {NULL}},
    .run = run_help,
    .examples = "runbook help investigate\nrunbook help config set",
};
