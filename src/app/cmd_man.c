/* cmd_man.c - "runbook man": the generated sections of the man page, for the build (doc/local.mk puts
 * them into doc/runbook.1.in). */
#include "src/app/commands.h"

static int run_man(struct app *app, const struct cmd_args *args)
{
    struct buf out = BUF_INIT(1 << 20);
    int rc;

    (void)app;
    (void)args;
    cmd_man(&cmd_root, global_opts, &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

const struct cmd_def cmd_man_def = {
    .name = "man",
    .help = "Print the generated sections of the man page.",
    .run = run_man,
    .hidden = true,
};
