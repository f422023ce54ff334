/* test_skills.c - every built-in skill from end to end, on faults that are real: skill_scene.sh
 * makes each, runs the skill as a dry run, then in a terminal, where this types what a person
 * would, and looks at the machine afterwards. Four of them over a real sshd as well. R-76 R-78
 * */
#include "tests/lib/pty.h"
#include "tests/lib/unit.h"

#include <sys/wait.h>

#include "runbook/base/mem.h"

#define WAIT_MS 180000
#define ANSWERS_MAX 100
#define PLAYS_MAX 64
#define TOGETHER 4 /* most of a scene is waiting */
#define TURN_MS 5

static struct pty *start(const char *skill, const char *host)
{
    const char *src = getenv("RB_SRCDIR");
    char *path = xasprintf("%s/tests/e2e/skill_scene.sh", src ? src : ".");
    const char *argv[] = {"sh", path, skill, host, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", "SSH_CLIENT=", "TMUX=", NULL};
    struct pty *p =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 40, .cols = 110});

    free(path);
    assert_non_null(p);
    return p;
}

static bool over(struct pty *p)
{
    return pty_has(p, "scene ok") || pty_has(p, "scene skip") || pty_has(p, "scene bad");
}

static bool asks(struct pty *p)
{
    return pty_has(p, "Esc rejects") && !pty_has(p, "Keys do not count yet");
}

static bool answered(struct pty *p, void *ctx)
{
    (void)ctx;
    return over(p) || !pty_has(p, "Esc rejects");
}

static void type(struct pty *p, const char *keys)
{
    for (; *keys; keys++) {
        char key[2] = {*keys, '\0'};

        pty_send(p, key);
        if (!pty_wait_quiet(p, 15, WAIT_MS))
            return;
    }
}

/* What the dialog asks for: a word, or one key. A key that came too early is rightly lost, so it is
 * looked at again. */
static void answer(struct pty *p)
{
    type(p, pty_has(p, "Type yes") || pty_has(p, "Type  yes") ? "yes\r" : "y");
    pty_wait(p, answered, NULL, 3000);
}

struct scene {
    const char *skill, *host;
    bool alone; /* it is about the busiest process: no other is played meanwhile */
    bool more;  /* with RB_SKILLS_ALL only */
};

struct play {
    const struct scene *scene;
    struct pty *pty;
    int64_t deadline;
    int answers;
    bool closed;
};

static struct play plays[PLAYS_MAX];
static size_t count, begun;

/* Those after the first wait for their programs while it waits for its own. */
static void begin_until(size_t first)
{
    while (begun < count && begun < first + TOGETHER &&
           (begun == first || (!plays[first].scene->alone && !plays[begun].scene->alone))) {
        struct play *y = &plays[begun++];

        y->pty = start(y->scene->skill, y->scene->host);
        y->deadline = pty_now_ns() + (int64_t)WAIT_MS * 1000000;
    }
}

static bool ended(const struct play *y)
{
    return y->closed || over(y->pty) || y->answers == ANSWERS_MAX || pty_now_ns() > y->deadline;
}

/* All that have begun are read and answered until the first has ended. */
static void play(size_t first)
{
    while (!ended(&plays[first]))
        for (size_t i = first; i < begun; i++) {
            struct play *y = &plays[i];

            if (ended(y))
                continue;
            y->closed = pty_pump(y->pty, TURN_MS) < 0;
            if (asks(y->pty) && !over(y->pty)) {
                answer(y->pty);
                y->answers++;
            }
        }
}

static void test_scene(void **state)
{
    struct play *y = *state;
    const struct scene *s = y->scene;
    bool skipped, ok;
    int status;

    begin_until((size_t)(y - plays));
    play((size_t)(y - plays));
    skipped = pty_has(y->pty, "scene skip");
    ok = pty_has(y->pty, "scene ok");
    if (!ok && !skipped)
        fail_msg("%s on %s:\n%s", s->skill, s->host, pty_screen(y->pty, false));
    assert_true(pty_wait_exit(y->pty, WAIT_MS, &status));
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    if (skipped) {
        char *screen = pty_screen(y->pty, false), *why = strstr(screen, "scene skip");

        print_message("%s on %s: %.*s\n", s->skill, s->host, (int)strcspn(why, "\n"), why);
        free(screen);
        skip();
    }
}

static const struct scene scenes[] = {
    {"free-disk-space", "local"},
    {"free-disk-space", "web-3"},
    {"stop-runaway-process", "local", .alone = true},
    {"lower-priority", "local"},
    {"lower-priority", "web-3"},
    {"continue-stopped-process", "local"},
    {"continue-stopped-process", "web-3", .more = true},
    {"restart-supervised-process", "web-3"},
    {"rotate-logs", "local"},
    {"rotate-logs", "web-3"},
    {"recover-read-only-filesystem", "local"},
    {"relieve-memory-pressure", "local"},
    {"relieve-memory-pressure", "web-3", .more = true},
    {"scale-service", "local"},
    {"silence-and-fix", "local"},
    {"restart-sick-service", "local"},
    {"reload-configuration", "local"},
    {"deploy-service", "local"},
    {"rollback-deployment", "local"},
    {"flush-dns", "local"},
    {"flush-dns", "web-3", .more = true},
    {"capture-diagnostic-bundle", "local"},
    {"check-certificates", "local"},
    {"security-audit", "local"},
    {"find-what-changed", "local"},
    {"troubleshoot-service", "local"},
    {"cost-analysis", "local"},
    {"investigate-cost-spike", "local"},
    {"investigate-incident", "local"},
    {"sop-disk-full", "local"},
    {"sop-host-high-cpu", "local"},
    {"sop-certificate-ends", "local"},
};
#define SCENES (sizeof(scenes) / sizeof(*scenes))
_Static_assert(SCENES <= PLAYS_MAX, "each is played");

/* RUNBOOK_TEST_SKILL names the only one that is wanted. */
int main(void)
{
    struct CMUnitTest tests[SCENES];
    static char names[SCENES][80];
    const char *only = getenv("RUNBOOK_TEST_SKILL");
    bool all = getenv("RB_SKILLS_ALL") != NULL;
    int failed;

    for (size_t i = 0; i < SCENES; i++) {
        if ((only && *only && strcmp(only, scenes[i].skill) != 0) || (scenes[i].more && !all))
            continue;
        plays[count].scene = &scenes[i];
        snprintf(names[count], sizeof(names[count]), "%s on %s", scenes[i].skill, scenes[i].host);
        tests[count] = (struct CMUnitTest){
            .name = names[count], .test_func = test_scene, .initial_state = &plays[count]};
        count++;
    }
    failed = _cmocka_run_group_tests("skills", tests, count, NULL, NULL);
    for (size_t i = 0; i < begun; i++)
        pty_free(plays[i].pty);
    return failed;
}
