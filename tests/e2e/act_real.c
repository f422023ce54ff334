/* act_real.c - every row of the table of operations, done for real: here, and over a real sshd as a
 * user who needs sudo. Of each: what would be done is shown and no call is made; it is done once,
 * after an answer; what is read afterwards is true; its way back leads back, or it was said before
 * that there is none; and when it is not reached, that is seen, and taken back by itself. Run by
 * test_act_real.sh. R-58 R-60 R-62 C-06 C-07 C-08 C-26 */
#include "act_scenes.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/num.h"
#include "runbook/model/approval.h"

static const char *const programs[] = {
    "renice", "systemctl", "supervisorctl", "truncate", "rm",  "mv",     "chmod", "mount",
    "swapon", "swapoff",   "nscd",          "cp",       "git", "mkswap", NULL};

struct run {
    const struct scene *scene;
    const char *host;
};

static struct world *begin(const struct run *r)
{
    struct world *w = world_new();

    w->host = r->scene->no_host ? NULL : r->host;
    w->sudo = w->host && strcmp(w->host, "local") != 0 && !r->scene->low;
    return w;
}

/* False: it is skipped. */
static bool make(struct world *w, const struct scene *s)
{
    const char *why = w->host && strcmp(w->host, "local") != 0 && !w->ssh_config ? "no sshd" : NULL;

    if (!why && w->sudo && !*world_line("command -v sudo"))
        why = "sudo is not installed";
    world_shim(w, programs);
    world_unspoil(w);
    if (!why)
        why = s->make(w);
    world_clear_log(w);
    if (why)
        print_message("# %s: %s\n", s->name, why);
    return !why;
}

/* C-08: what would be done is shown, and nothing is. */
static void dry_run(struct world *w, const struct scene *s)
{
    struct err err = ERR_INIT;
    const char *id = world_propose(w, s->operation, NULL, true, &err);
    const struct mutation *mu;

    if (!id)
        fail_msg("%s %s: %s", s->operation, w->args, err.msg);
    mu = world_mutation(w, id);
    if (mu->state != MUTATION_DRY_RUN)
        fail_msg("%s", mu->text);
    assert_true(mu->calls.count >= 1);
    if (s->call)
        assert_int_equal(world_count(w, s->call), 0);
    world_patience(200);
    if (s->is_before)
        assert_true(s->is_before(w));
    else
        assert_false(s->is_done(w));
    world_patience(0);
}

static void check_card(struct world *w, const struct scene *s, const struct mutation *mu,
                       const struct approval *a)
{
    assert_int_equal(a->state, APPROVAL_WAITING);
    assert_true(*a->resource && *a->effect && *a->before && *a->after && *a->blast && *a->cost);
    assert_true(*a->watch && a->calls.count >= 1);
    if (s->undo)
        assert_true(*a->rollback && *mu->rollback_operation);
    else
        assert_true(!*mu->rollback_operation);
    assert_int_equal(mu->rolls_back, s->undo);
    if (s->call)
        assert_int_equal(world_count(w, s->call), 0);
}

/* R-62, C-07: read, and shown with all that a person has to know. */
static const char *shown(struct world *w, const struct scene *s)
{
    struct err err = ERR_INIT;
    const char *id = world_propose(w, s->operation, NULL, false, &err);
    const struct approval *a = id ? model_approval(engine_model(w->engine), id) : NULL;

    if (!a)
        fail_msg("%s: %s", s->operation, id ? world_mutation(w, id)->text : err.msg);
    else
        check_card(w, s, world_mutation(w, id), a);
    return id;
}
static void undo(struct world *w, const struct scene *s, const char *id)
{
    struct err err = ERR_INIT;
    const char *back;

    if (!s->undo) { /* it was said before */
        assert_int_equal(engine_undo(w->engine, id, &back, &err), ERR_INPUT);
        return;
    }
    assert_ok(engine_undo(w->engine, id, &back, &err), &err);
    world_settle(w);
    if (!model_approval(engine_model(w->engine), back))
        fail_msg("undo: %s", world_mutation(w, back)->text);
    world_approve(w, back);
    if (world_mutation(w, back)->state != MUTATION_VERIFIED)
        fail_msg("undo: %s", world_mutation(w, back)->text);
    assert_true(s->is_before(w));
    assert_string_equal(world_mutation(w, id)->undone_by, back);
}

static void test_done(void **state)
{
    const struct run *r = *state;
    const struct scene *s = r->scene;
    struct world *w = begin(r);
    bool made = make(w, s);

    if (made) {
        const char *id;

        world_open(w);
        dry_run(w, s);
        id = shown(w, s);
        world_approve(w, id);
        if (world_mutation(w, id)->state != MUTATION_VERIFIED)
            fail_msg("%s: %s", mutation_state_name(world_mutation(w, id)->state),
                     world_mutation(w, id)->text);
        assert_true(s->is_done(w));
        if (s->call)
            assert_int_equal(world_count(w, s->call), 1);
        undo(w, s, id);
        world_close(w);
    }
    world_free(w);
    if (!made)
        skip();
}

/* What is not reached is not claimed; where there is a way back by itself, it is taken. */
static void test_not_reached(void **state)
{
    const struct run *r = *state;
    const struct scene *s = r->scene;
    struct world *w = begin(r);
    bool made = make(w, s);

    if (made) {
        const struct mutation *mu;
        const char *id;

        world_open(w);
        s->spoil(w);
        id = shown(w, s);
        world_approve(w, id);
        mu = world_mutation(w, id);
        assert_false(mu->verified && mu->holds);
        if (mu->state != (s->rolls_back ? MUTATION_ROLLED_BACK : MUTATION_FAILED))
            fail_msg("%s: %s %s", mutation_state_name(mu->state), mu->text, mu->back_text);
        if (s->is_before)
            assert_true(s->is_before(w));
        if (s->call)
            assert_true(world_count(w, s->call) <= 1);
        world_close(w);
    }
    world_free(w);
    if (!made)
        skip();
}

/* None is without one. */
static void test_every_row(void **state)
{
    (void)state;
    for (const struct act_def *const *d = act_table(); *d; d++) {
        const struct scene *s;

        if (strncmp(act_name(*d), "aws.", 4) == 0)
            continue; /* tests/unit/engine/test_mutate_aws: nobody has an account for this */
        for (size_t i = 0; (s = act_scene(i)) && strcmp(s->operation, act_name(*d)) != 0; i++)
            ;
        if (!s)
            fail_msg("%s has never been done for real", act_name(*d));
    }
}

/* ---- found by the investigator, and mended by the line that it prints ---- */

/* The first operation of the answer that begins so, asked about the machine; "": none. */
static void investigate(struct world *w, const char *question, const char *operation, char *line,
                        size_t size)
{
    const char *build = getenv("RB_BUILDDIR");

    snprintf(
        line, size, "%s",
        world_line("HOME='%s' RUNBOOK_STATE_DIR='%s/found' '%s/runbook' investigate --host local "
                   "--json '%s' | grep -o '\"act\":\"%s[^\"]*\"' | head -n 1 | cut -d'\"' -f4",
                   w->dir, w->dir, build ? build : ".", question, operation));
}

static void mend(struct world *w, const char *line)
{
    struct buf args = BUF_INIT(65536);
    const struct act_def *d;
    struct err err = ERR_INIT;
    const char *id;

    assert_ok(act_parse_line(line, &d, &args, &err), &err);
    world_open(w);
    id = world_propose(w, act_name(d), buf_cstr(&args), false, &err);
    if (!id || !model_approval(engine_model(w->engine), id))
        fail_msg("%s: %s", line, id ? world_mutation(w, id)->text : err.msg);
    assert_false(*world_mutation(w, id)->rollback_operation); /* as is said before */
    world_approve(w, id);
    if (world_mutation(w, id)->state != MUTATION_VERIFIED)
        fail_msg("%s: %s", line, world_mutation(w, id)->text);
    world_close(w);
    buf_release(&args);
}

#define QUIET_MS 300
#define QUIET_IDLE 40 /* percent of the processors' time */
#define OTHERS_MAX 25 /* and what others may take while it is looked for */

/* What all processors did since the start, in ticks. */
static bool ticks(unsigned long long *idle, unsigned long long *all)
{
    unsigned long long v[8] = {0}; /* user nice system idle iowait irq softirq steal */
    FILE *f = fopen("/proc/stat", "re");
    int n = f ? fscanf(f, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1], &v[2], &v[3],
                       &v[4], &v[5], &v[6], &v[7])
              : 0;

    if (f)
        fclose(f);
    *idle = v[3] + v[4];
    *all = 0;
    for (size_t i = 0; i < sizeof(v) / sizeof(*v); i++)
        *all += v[i];
    return n >= 4;
}

/* On a machine that others keep busy a hog gets no processor of its own, and is none. */
static bool others_are_quiet(void)
{
    unsigned long long idle[2], all[2];

    if (!ticks(&idle[0], &all[0]))
        return false;
    poll(NULL, 0, QUIET_MS); /* what is measured takes time */
    return ticks(&idle[1], &all[1]) && all[1] > all[0] &&
           (idle[1] - idle[0]) * 100 >= (all[1] - all[0]) * QUIET_IDLE;
}

/* In ticks, of one process. */
static unsigned long long used_by(pid_t pid)
{
    uint64_t used = 0;

    num_u64(str_trim(str_from(world_line("awk '{print $14 + $15}' /proc/%d/stat", (int)pid))),
            &used);
    return used;
}

static void *spin(void *arg)
{
    for (volatile unsigned long n = 0;; n++)
        ;
    return arg;
}

/* One process that keeps every processor busy: less is no fault of the machine. */
static void be_a_hog(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t thread;

    (void)!nice(-20); /* before all others */
    for (long i = 1; i < n; i++)
        pthread_create(&thread, NULL, spin, NULL);
    spin(NULL);
}

static void test_hog(void **state)
{
    unsigned long long idle[2] = {0}, all[2] = {0}, own[2];
    struct world *w = world_new();
    char line[1024] = "", pid[32];
    bool ran = getenv("RB_ACT_MACHINE") && *getenv("RB_ACT_MACHINE");
    pid_t hog;

    (void)state;
    if (ran && !others_are_quiet()) {
        print_message("# others keep the processors busy: less than %d %% idle\n", QUIET_IDLE);
        ran = false;
    }
    hog = ran ? fork() : 0;
    if (ran && hog == 0)
        be_a_hog();
    if (ran) {
        world_keep_pid(w, hog);
        snprintf(pid, sizeof(pid), "pid=%d ", (int)hog);
        /* what has just begun is not blamed */
        assert_true(world_wait("[ $(ps -o etimes= -p %d) -ge 4 ]", (int)hog));
        own[0] = used_by(hog);
        ticks(&idle[0], &all[0]);
        investigate(w, "the processors are busy", "host.process.signal", line, sizeof(line));
        ticks(&idle[1], &all[1]);
        own[1] = used_by(hog);
        if (!*line &&
            (idle[1] - idle[0] + own[1] - own[0]) * 100 < (all[1] - all[0]) * (100 - OTHERS_MAX)) {
            print_message("# others took more than %d %% of the processors meanwhile\n",
                          OTHERS_MAX);
            ran = false;
        }
    }
    if (ran) {
        if (!strstr(line, pid))
            fail_msg("the remedy is '%s', the hog is %s", line, pid);
        mend(w, line);
        assert_int_equal(world_sh("grep -q '^State:.*[RS]' /proc/%d/status 2>/dev/null", (int)hog),
                         1);
    }
    world_free(w);
    if (!ran)
        skip();
}

static void test_full(void **state)
{
    struct world *w = world_new();
    char line[1024] = "";
    bool ran =
        getenv("RB_ACT_MACHINE") && *getenv("RB_ACT_MACHINE") &&
        world_sh("cd '%s' && head -c 24M /dev/zero >img && mkfs.ext4 -q img && mkdir disk && "
                 "mount -o loop img disk",
                 w->dir) == 0;

    (void)state;
    if (ran) {
        world_sh("cd '%s/disk' && cat /dev/zero >app.log 2>/dev/null; sync", w->dir);
        investigate(w, "the disk is full", "host.log.truncate", line, sizeof(line));
        if (!strstr(line, "/disk/app.log"))
            fail_msg("the remedy is '%s'", line);
        mend(w, line);
        assert_int_equal(world_sh("echo more >'%s/disk/other'", w->dir), 0);
        investigate(w, "the disk is full", "host.log.truncate", line, sizeof(line));
        assert_string_equal(line, ""); /* its own signal is gone */
        world_sh("umount '%s/disk'", w->dir);
    }
    world_free(w);
    if (!ran)
        skip();
}

#define RUNS_MAX 256

static const struct scene found[] = {{.name = "a processor hog found by the investigator"},
                                     {.name = "a full file system found by the investigator"}};
static struct CMUnitTest tests[RUNS_MAX];
static struct run runs[RUNS_MAX];
static size_t count;

static void add(const struct scene *s, const char *host, CMUnitTestFunction fn, const char *what)
{
    const char *only = getenv("RB_ACT_ONLY");
    char *name =
        xasprintf("%s%s%s: %s", s->name, strcmp(host, "local") == 0 ? "" : " over ssh", "", what);

    if (count == RUNS_MAX || (only && !strstr(name, only))) {
        free(name);
        return;
    }
    runs[count] = (struct run){s, host};
    tests[count] =
        (struct CMUnitTest){.name = name, .test_func = fn, .initial_state = &runs[count]};
    count++;
}

int main(void)
{
    bool all = getenv("RB_ACT_ALL") != NULL; /* it takes minutes; without it each row is here */
    int failed;

    setvbuf(stdout, NULL, _IOLBF, 0);
    add(&found[0], "local", test_hog, "is stopped, verified; no way back, as was said");
    add(&found[1], "local", test_full, "is freed, verified; no way back, as was said");
    for (size_t i = 0; act_scene(i); i++) {
        const struct scene *s = act_scene(i);

        add(s, "local", test_done,
            s->undo ? "shown, done once, verified, undone"
                    : "shown, done once, verified; no way back, as was said");
        if (s->spoil && (all || s->rolls_back))
            add(s, "local", test_not_reached,
                s->rolls_back ? "not reached, seen, taken back by itself"
                              : "not reached, and seen");
        if (!s->no_host && (all || s->far))
            add(s, "web-3", test_done,
                s->undo ? "done once, verified, undone" : "done once, verified");
    }
    tests[count++] = (struct CMUnitTest){.name = xasprintf("every row of the table has its scene"),
                                         .test_func = test_every_row};
    failed = _cmocka_run_group_tests("act", tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++)
        free((char *)(uintptr_t)tests[i].name);
    return failed;
}
