/* git_checkout.c - let a working copy show another version: a tag, a branch or a commit that is
 * there already. Nothing is fetched, nothing is forced, and work that nobody has committed is not
 * touched: then there is no such plan. What was checked out is known, so it can be taken back. */
#include "act.h"

#include <string.h>

static const struct tool_param checkout_params[] = {
    ACT_HOST_PARAMS,
    {"repo", PARAM_STRING, true, NULL, 0, 0, NULL, "The working copy, an absolute path."},
    {"ref", PARAM_STRING, true, NULL, 0, 0, NULL, "The tag, branch or commit."},
    {NULL},
};

/* $1 repository, $2 ref. */
static const char look_script[] =
    "cd -P -- \"$1\" 2>/dev/null || { echo \"error there is no folder $1\"; exit 0; }\n"
    "g() { git -c core.hooksPath=/dev/null -c core.fsmonitor=false \"$@\" 2>/dev/null; }\n"
    "t=$(g rev-parse --show-toplevel) || { echo \"error $1 is no git repository, or another "
    "user's\"; exit 0; }\n"
    "echo \"top $t\"\n"
    "echo \"head $(g rev-parse --verify --quiet HEAD)\"\n"
    "echo \"on $(g symbolic-ref --short -q HEAD || echo -)\"\n"
    "echo \"dirty $(g status --porcelain --untracked-files=no | wc -l)\"\n"
    "c=$(g rev-parse --verify --quiet \"$2^{commit}\") || { echo \"error there is no tag, branch "
    "or commit $2 there\"; exit 0; }\n"
    "echo \"commit $c\"\n"
    "g show-ref --verify --quiet \"refs/heads/$2\" && echo 'branch 1'\n"
    "echo \"subject $(g log -1 --format=%s \"$c\" | cut -c1-120)\"\n"
    "echo \"files $(g diff --name-only HEAD \"$c\" | wc -l)\"\n"
    "echo \"ahead $(g rev-list --count \"HEAD..$c\")\"\n"
    "echo \"behind $(g rev-list --count \"$c..HEAD\")\"\n"
    "true\n";

static const char checkout_script[] =
    "cd -P -- \"$1\" || exit 1\n"
    "g() { git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c advice.detachedHead=false "
    "\"$@\"; }\n"
    "[ -z \"$(g status --porcelain --untracked-files=no)\" ] || { echo 'somebody has changed "
    "files' >&2; exit 1; }\n"
    "if [ \"$4\" = branch ]; then g checkout -q \"$2\" --; else g checkout -q --detach \"$3\" --; "
    "fi\n";

static bool ref_ok(const char *name)
{
    return act_word_ok(name) && strlen(name) < 200 && !strstr(name, "..") && *name != '/' &&
           *name != '.' &&
           !name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "_./-")];
}

static enum err_code read_checkout(struct act *a, struct err *err)
{
    const char *repo = act_arg(a, "repo"), *ref = act_arg(a, "ref");

    if (act_path_ok(a, repo, err))
        return err->code;
    if (!ref_ok(ref))
        return err_set(err, ERR_INPUT, "'%.80s' is no name of a tag, branch or commit", ref);
    act_script(a, &a->reads, look_script, (const char *const[]){repo, ref, NULL});
    return ERR_OK;
}

static const char *line_or(struct act *a, const char *key)
{
    const char *v = act_read_line(a, 0, key);

    return v ? v : "";
}

static bool on_branch(struct act *a)
{
    return *line_or(a, "on") && strcmp(line_or(a, "on"), "-") != 0;
}

static void put_call(struct act *a, const char *commit)
{
    const char *repo = act_arg(a, "repo"), *ref = act_arg(a, "ref");
    bool branch = act_read_line(a, 0, "branch") != NULL;
    struct act_call *c =
        act_do_script(a, checkout_script,
                      (const char *const[]){repo, ref, commit, branch ? "branch" : "detach", NULL});

    c->timeout_ms = 60000;
    c->shown = arena_printf(a->arena, "git -C %s checkout %s%s", repo, branch ? "" : "--detach ",
                            branch ? ref : commit);
}

static void put_way_back(struct act *a, const char *head)
{
    struct act_plan *p = &a->plan;
    const char *back = on_branch(a) ? line_or(a, "on") : head;

    p->rollback = arena_printf(a->arena, "git checkout %.60s: %.12s again", back, head);
    p->rollback_operation = "git.release.checkout";
    p->rollback_args = act_object(a, "host", a->host, "repo", act_arg(a, "repo"), "ref", back,
                                  "sudo", act_arg_bool(a, "sudo") ? "true" : "false", (char *)NULL);
    p->rolls_back = true;
}

static enum err_code plan_checkout(struct act *a, struct err *err)
{
    const char *repo = act_arg(a, "repo"), *ref = act_arg(a, "ref"), *commit, *head;
    struct act_plan *p = &a->plan;

    if (act_read_failed(a, 0, err))
        return err->code;
    if (act_top_ok(a, repo, err))
        return err->code;
    commit = line_or(a, "commit");
    head = line_or(a, "head");
    if (strlen(commit) < 40 || strlen(head) < 40)
        return err_set(err, ERR_REMOTE, "the repository could not be read");
    if (act_read_int(a, 0, "dirty", 0))
        return err_set(err, ERR_DENIED,
                       "%s has %s files with changes that nobody has committed: they would be "
                       "lost, or in the way",
                       repo, line_or(a, "dirty"));
    p->resource = arena_printf(a->arena, "%s@%s", strrchr(repo, '/') + 1, ref);
    p->resource_id = arena_printf(a->arena, "git:%s/%s", a->host, repo);
    p->before =
        arena_printf(a->arena, "%.12s (%s)", head, on_branch(a) ? line_or(a, "on") : "no branch");
    p->after = arena_printf(a->arena, "%.12s: %s", commit, line_or(a, "subject"));
    p->effect = arena_printf(a->arena,
                             "%s files change: %s commits forward, %s back; who runs from there "
                             "runs it from its next start on",
                             line_or(a, "files"), line_or(a, "ahead"), line_or(a, "behind"));
    put_way_back(a, head);
    p->blast = arena_printf(a->arena, "what runs from %s %s", repo, act_on(a));
    p->cost = "no money; a moment";
    p->watch = "the service, once it is restarted";
    p->facts = act_object(a, "commit", commit, "head", head, (char *)NULL);
    p->targets = 1;
    p->duration_ms = 2000;
    put_call(a, commit);
    if (strcmp(commit, head) == 0)
        p->already = "it is checked out already";
    return ERR_OK;
}

static enum act_check verify_checkout(struct act *a)
{
    const char *head = act_read_line(a, 0, "head");

    if (act_read_failed(a, 0, &(struct err)ERR_INIT) || !head)
        return ACT_NOT_YET;
    a->said = arena_printf(a->arena, "%.12s is checked out", head);
    return strcmp(head, act_fact(a, "commit")) == 0 ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_git_checkout = {
    .name = "git.release.checkout",
    .help = "Let a working copy show a tag, branch or commit that it has; nothing is fetched or "
            "forced.",
    .undo = "what was checked out before; by itself when it does not hold",
    .resource_type = "working copy",
    .params = checkout_params,
    .floor = RISK_HIGH,
    .verify_ms = 5000,
    .read = read_checkout,
    .plan = plan_checkout,
    .verify = verify_checkout,
};
