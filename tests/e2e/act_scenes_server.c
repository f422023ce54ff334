/* act_scenes_server.c - operations of Alertmanager and on a git repository. */
#include "act_scenes_priv.h"

/* ---- Alertmanager ---- */

static const char *make_silence(struct world *w)
{
    if (!w->am_url[0])
        return "no Alertmanager is installed";
    scene_args(w, "'matchers':'alertname=\\_DiskFull\\_','minutes':5,'comment':'repair'");
    for (char *c = w->args; *c; c++) /* a quote in a quote */
        *c = *c == '_' ? '"' : *c;
    return NULL;
}

static int silences(struct world *w, const char *state)
{
    return world_number(world_line(
        "curl -fs %s/api/v2/silences | grep -o '\"state\":\"%s\"' | wc -l", w->am_url, state));
}

static int active_before;

static const char *make_counted(struct world *w)
{
    const char *why = make_silence(w);

    active_before = why ? 0 : silences(w, "active");
    return why;
}

static bool is_silenced(struct world *w)
{
    return silences(w, "active") == active_before + 1;
}

static bool is_heard(struct world *w)
{
    return silences(w, "active") == active_before;
}

#define EXPIRE_ALL                                                                                 \
    "for i in $(curl -fs %s/api/v2/silences | grep -o '\"id\":\"[0-9a-f-]*' | cut -d'\"' -f4); "   \
    "do "                                                                                          \
    "curl -fs -X DELETE %s/api/v2/silence/$i; done"

static void spoil_silence(struct world *w)
{
    scene_meanwhile(w, EXPIRE_ALL, w->am_url, w->am_url);
}

static const char *make_to_expire(struct world *w)
{
    const char *why = make_silence(w), *id;

    if (why)
        return why;
    world_sh(EXPIRE_ALL, w->am_url, w->am_url);
    id = world_line(
        "curl -fs -H 'Content-Type: application/json' -d '{\"matchers\":[{\"name\":\"a\","
        "\"value\":\"b\",\"isRegex\":false,\"isEqual\":true}],\"startsAt\":\"%s\","
        "\"endsAt\":\"%s\",\"createdBy\":\"x\",\"comment\":\"y\"}' %s/api/v2/silences | "
        "grep -o '[0-9a-f-]\\{36\\}'",
        "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z", w->am_url);
    scene_args(w, "'id':'%s'", id);
    return *id ? NULL : "no silence could be made";
}

static bool is_expired(struct world *w)
{
    return silences(w, "active") == 0;
}

/* ---- git ---- */

static char repo[300];

static const char *make_repo(struct world *w)
{
    if (!*world_line("command -v git"))
        return "git is not installed";
    snprintf(repo, sizeof(repo), "%s/repo", w->dir);
    world_sh(
        "rm -rf '%s'; mkdir '%s'; cd '%s' || exit 1; HOME=%s; export HOME; g() { /usr/bin/git -c "
        "user.name=a -c user.email=a@b -c commit.gpgSign=false \"$@\"; }\n"
        "g init -q -b main .; echo 1 >a; echo 1 >b; g add .; g commit -q -m one\n"
        "echo 2 >a; g commit -q -a -m two; echo 2 >b; g commit -q -a -m three\n"
        "for h in post-commit post-checkout pre-commit post-merge; do printf '#!/bin/sh\\ntouch "
        "%s/hooked\\n' >.git/hooks/$h; chmod 755 .git/hooks/$h; done\n"
        "rm -f '%s/hooked'; echo dirty >b; chmod -R a+rwX .",
        repo, repo, repo, w->dir, w->dir, w->dir);
    if (w->host && strcmp(w->host, "local") != 0)
        world_sh("chown -R rbops '%s'", repo);
    scene_args(w, "'repo':'%s','commit':'%s','branch':'undo/two'", repo,
               world_line("cd '%s' && /usr/bin/git -c safe.directory='*' rev-parse main~1", repo));
    return NULL;
}

#define GIT "/usr/bin/git -c safe.directory='*' -C '%s' "

/* One commit above main, the file as it was, no hook ran, what was not committed is still there. */
static bool is_reverted(struct world *w)
{
    return scene_is_line("1", world_line(GIT "rev-list --count main..undo/two", repo)) &&
           scene_is_line("1", world_line(GIT "show undo/two:a", repo)) &&
           scene_is_line("dirty", world_line("cat '%s/b'", repo)) &&
           scene_is_line("main", world_line(GIT "rev-parse --abbrev-ref HEAD", repo)) &&
           scene_is_line("1", world_line(GIT "worktree list | wc -l", repo)) &&
           world_sh("[ ! -e '%s/hooked' ]", w->dir) == 0;
}

static bool is_no_branch(struct world *w)
{
    (void)w;
    return scene_is_line("", world_line(GIT "rev-parse -q --verify refs/heads/undo/two", repo));
}

/* A later commit changed the same line: the revert does not fit. */
static void spoil_revert(struct world *w)
{
    (void)w;
    world_sh("cd '%s' && echo 3 >a && HOME=%s /usr/bin/git -c safe.directory='*' -c user.name=a -c "
             "user.email=a@b -c core.hooksPath=/dev/null commit -q -m four a; chmod -R a+rwX .git",
             repo, w->dir);
    if (w->host && strcmp(w->host, "local") != 0)
        world_sh("chown -R rbops '%s'", repo);
}

static const char *make_release(struct world *w)
{
    const char *why = make_repo(w);

    if (why)
        return why;
    world_sh("cd '%s' && echo 2 >b && " GIT "tag v1 main~1 && chmod -R a+rwX .git", repo, repo);
    if (w->host && strcmp(w->host, "local") != 0)
        world_sh("chown -R rbops '%s'", repo);
    scene_args(w, "'repo':'%s','ref':'v1'", repo);
    return NULL;
}

static bool is_released(struct world *w)
{
    return world_sh("[ \"$(" GIT "rev-parse v1)\" = \"$(" GIT "rev-parse HEAD)\" ]", repo, repo) ==
               0 &&
           world_sh("[ ! -e '%s/hooked' ]", w->dir) == 0;
}

static bool is_on_main(struct world *w)
{
    (void)w;
    return scene_is_line("main", world_line(GIT "rev-parse --abbrev-ref HEAD", repo));
}

static void spoil_release(struct world *w)
{
    scene_meanwhile(w, GIT "-c core.hooksPath=/dev/null checkout -q main~2", repo);
}

const struct scene act_scenes_server[] = {
    {"alertmanager.silence.create", "alertmanager.silence.create", make_counted, is_silenced,
     is_heard, spoil_silence, .undo = true, .kills = true, .no_host = true},
    {"alertmanager.silence.expire", "alertmanager.silence.expire", make_to_expire, is_expired, NULL,
     NULL, .no_host = true},
    {"git.commit.revert", "git.commit.revert", make_repo, is_reverted, is_no_branch, spoil_revert,
     "revert --no-edit", .kills = true, .low = true},
    {"git.release.checkout", "git.release.checkout", make_release, is_released, is_on_main,
     spoil_release, "checkout -q --detach", .undo = true, .rolls_back = true, .low = true},
    {.name = NULL},
};
