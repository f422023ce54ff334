/* cmd_completion.c - "runbook completion SHELL". */
#include "src/app/commands.h"

static const char *const shells[] = {"bash", "zsh", "fish", NULL};

static int run_completion(struct app *app, const struct cmd_args *args)
{
    struct buf out = BUF_INIT(1 << 20);
    int rc;

    (void)app;
    cmd_completion(&cmd_root, global_opts, args_pos(args, 0), &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

const struct cmd_def cmd_completion_def = {
    .name = "completion",
    .help = "Print the completion script for a shell.",
    .pos = (const struct pos_def[]){{"SHELL", ARG_CHOICE, .required = true, .choices = shells,
                                     .help = "bash, zsh or fish."},
                                    {NULL}},
    .run = run_completion,
    .examples = "source <(runbook completion bash)\n"
                "runbook completion fish > ~/.config/fish/completions/runbook.fish",
};
