/* git_revert.c - take one commit back, as a new commit on a branch of its own: nothing is forced,
 * nothing is pushed, and no branch that others use moves. */
#include "act.h"

#include <stdio.h>
#include <string.h>

static const struct tool_param revert_params[] = {
    ACT_HOST_PARAMS,
    {"repo", PARAM_STRING, true, NULL, 0, 0, NULL, "The working copy, an absolute path."},
    {"commit", PARAM_STRING, true, NULL, 0, 0, NULL, "The commit: its hash, at least 7 digits."},
    {"branch", PARAM_STRING, true, NULL, 0, 0, NULL, "The new branch that holds the revert."},
    {NULL},
};

/* $1 repository, $2 commit, $3 branch. */
static const char git_script[] =
    "cd -P -- \"$1\" 2>/dev/null || { echo \"error there is no folder $1\"; exit 0; }\n"
    "g() { git -c core.hooksPath=/dev/null -c core.fsmonitor=false \"$@\" 2>/dev/null; }\n"
    "t=$(g rev-parse --show-toplevel) || { echo \"error $1 is no git repository\"; exit 0; }\n"
    "echo \"top $t\"\n"
    "c=$(g rev-parse --verify --quiet \"$2^{commit}\") || { echo \"error there is no commit $2\"; "
    "exit 0; }\n"
    "echo \"commit $c\"\n"
    "echo \"subject $(g log -1 --format=%s \"$c\" | cut -c1-120)\"\n"
    "echo \"parents $(g log -1 --format=%P \"$c\" | wc -w)\"\n"
    "echo \"head $(g rev-parse HEAD)\"\n"
    "echo \"on $(g rev-parse --abbrev-ref HEAD)\"\n"
    "g merge-base --is-ancestor \"$c\" HEAD || echo 'outside 1'\n"
    "echo \"dirty $(g status --porcelain --untracked-files=no | wc -l)\"\n"
    "b=$(g rev-parse --verify --quiet \"refs/heads/$3\") && echo \"branch $b\"\n"
    "[ -z \"$b\" ] || echo \"message $(g log -1 --format=%B \"$b\" | tr '\\n' ' ' | cut "
    "-c1-400)\"\n"
    "true\n";

/* In a folder of its own, so that the working copy is not touched. */
static const char revert_script[] =
    "cd -P -- \"$1\" || exit 1\n"
    "git config user.email >/dev/null 2>&1 || { GIT_AUTHOR_NAME=$5 "
    "GIT_AUTHOR_EMAIL=runbook@localhost\n"
    "GIT_COMMITTER_NAME=$5 GIT_COMMITTER_EMAIL=runbook@localhost\n"
    "export GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL; }\n"
    "g() { git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c commit.gpgSign=false \"$@\"; "
    "}\n"
    "w=$(mktemp -d) || exit 1\n"
    "g worktree add -q -b \"$3\" \"$w/t\" \"$4\" || { rm -rf -- \"$w\"; exit 1; }\n"
    "g -C \"$w/t\" revert --no-edit \"$2\"; s=$?\n"
    "[ $s -eq 0 ] || g -C \"$w/t\" revert --abort\n"
    "g worktree remove --force \"$w/t\"; rm -rf -- \"$w\"\n"
    "[ $s -eq 0 ] || g branch -q -D -- \"$3\"\n"
    "exit $s\n";

static bool ref_ok(const char *name)
{
    return act_word_ok(name) && strlen(name) < 200 && !strstr(name, "..") &&
           !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "_./-")] &&
           name[strlen(name) - 1] != '/' && *name != '/' && *name != '.';
}

static enum err_code read_git(struct act *a, struct err *err)
{
    const char *repo = act_arg(a, "repo"), *commit = act_arg(a, "commit"),
               *branch = act_arg(a, "branch");

    if (act_path_ok(a, repo, err))
        return err->code;
    if (strlen(commit) < 7 || strlen(commit) > 64 || commit[strspn(commit, "0123456789abcdef")])
        return err_set(err, ERR_INPUT, "'%.80s' is no hash of a commit", commit);
    if (!ref_ok(branch))
        return err_set(err, ERR_INPUT, "'%.80s' is no name of a branch", branch);
    act_script(a, &a->reads, git_script, (const char *const[]){repo, commit, branch, NULL});
    return ERR_OK;
}

static enum err_code plan_git(struct act *a, struct err *err)
{
    const char *branch = act_arg(a, "branch"), *commit, *head, *on, *parents;
    struct act_plan *p = &a->plan;
    struct act_call *c;

    if (act_read_failed(a, 0, err))
        return err->code;
    if (act_top_ok(a, act_arg(a, "repo"), err))
        return err->code;
    commit = act_read_line(a, 0, "commit");
    head = act_read_line(a, 0, "head");
    on = act_read_line(a, 0, "on");
    parents = act_read_line(a, 0, "parents");
    if (!commit || !head || !on)
        return err_set(err, ERR_REMOTE, "the repository could not be read");
    if (act_read_line(a, 0, "outside"))
        return err_set(err, ERR_INPUT, "commit %.12s is not in %s: there is nothing to take back",
                       commit, on);
    if (parents && strcmp(parents, "1") != 0)
        return err_set(err, ERR_INPUT, "commit %.12s has %s parents: a merge is reverted by hand",
                       commit, parents);
    if (act_read_line(a, 0, "branch"))
        return err_set(err, ERR_INPUT, "branch %s is there already: nothing is forced", branch);
    p->resource = branch;
    p->resource_id = arena_printf(a->arena, "git:%s#%s", act_arg(a, "repo"), branch);
    p->before = arena_printf(a->arena, "%s is at %.12s; %.12s is \"%s\"", on, head, commit,
                             act_read_line(a, 0, "subject"));
    p->effect = arena_printf(a->arena,
                             "a new branch %s with one commit that takes %.12s back; "
                             "nothing is pushed, the working copy stays as it is",
                             branch, commit);
    p->after = arena_printf(a->arena, "branch %s, one commit above %.12s", branch, head);
    p->rollback = arena_printf(a->arena, "git branch -D %s", branch);
    p->blast = "nobody, until the branch is merged";
    p->cost = "no money; a moment";
    p->watch = "its tests, before it is merged";
    p->facts = act_object(a, "commit", commit, "head", head, (char *)NULL);
    p->targets = 1;
    c = act_do_script(a, revert_script,
                      (const char *const[]){act_arg(a, "repo"), commit, branch, head,
                                            a->by && *a->by ? a->by : "runbook", NULL});
    c->timeout_ms = 60000;
    c->shown = arena_printf(a->arena, "git -C %s branch %s %.12s; git revert --no-edit %.12s",
                            act_arg(a, "repo"), branch, head, commit);
    return ERR_OK;
}

static enum act_check verify_git(struct act *a)
{
    const char *branch = act_read_line(a, 0, "branch"), *message = act_read_line(a, 0, "message");

    if (!branch) {
        a->said = "there is no such branch";
        return ACT_NOT_YET;
    }
    a->said = arena_printf(a->arena, "%.12s: %.200s", branch, message ? message : "");
    return message && strstr(message, act_fact(a, "commit")) ? ACT_HOLDS : ACT_FAILED;
}

const struct act_def act_git_revert = {
    .name = "git.commit.revert",
    .help = "Take one commit back as a new commit on a new branch; nothing is pushed or forced.",
    .undo = "the branch is deleted by hand: git branch -D",
    .resource_type = "commit",
    .params = revert_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 3000,
    .read = read_git,
    .plan = plan_git,
    .verify = verify_git,
};
