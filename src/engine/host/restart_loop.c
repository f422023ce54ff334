/* restart_loop.c - a program ends and is started again, over and over, without a word of the
 * kernel: it exits with a status. That something starts short processes is no proof, shells do
 * nothing else. It is one where the one who starts it exists to keep it running, or where the
 * program writes of trouble meanwhile, or where a program that does nothing else has one run of the
 * same command at any moment, none of which lasts; and where a second look sees yet another run. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "several.h"
#include "process.h"
#include "said.h"

static const struct host_limit limits[] = {
    {"young", 4.0, "s", "an older child may well be up"},
    {"listed", 7.0, "s", "a snapshot lists the children that are not older than 8 s"},
    {"lines", 3, "count", "of one error: a run that ends once may say it once"},
    {"run", 1.0, "s", "what runs again and again for longer may be work"},
    {"idle", 0.05, "cores", "who only waits for it and starts it again"},
    {"working", 0.1, "cores", "its runs use more: a copy, a job that somebody repeats"},
    {.name = NULL},
};
#define YOUNG_S LIMIT(0)
#define LISTED_S LIMIT(1)
#define LINES LIMIT(2)
#define RUN_S LIMIT(3)
#define IDLE_CORES LIMIT(4)
#define WORKING_CORES LIMIT(5)
#define ROWS_MAX 60 /* a snapshot lists no more than 64 */

/* Programs that start what ends again, by the names of their processes (15 bytes of them). Sources:
 * the manuals of daemontools, runit, s6, supervisor, Monit, OpenRC, circus, perp, dinit, conmon. */
static bool keeps_alive(const char *command)
{
    static const char *const names[] = {"supervise",       "runsv", "s6-supervise", "supervisord",
                                        "supervise-daemo", "monit", "circusd",      "perpd",
                                        "containerd-shim", "dinit", "conmon"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(command, names[i]) == 0)
            return true;
    }
    return false;
}

/* "billing[4711]: ...": the line is one of that program. */
static bool names_itself(const char *line, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = strstr(line, name); at; at = strstr(at + 1, name)) {
        if ((at == line || at[-1] == ' ' || at[-1] == '/') && (at[n] == '[' || at[n] == ':'))
            return true;
    }
    return false;
}

static bool is_trouble(struct host_view *v, const struct value *f)
{
    const char *level = hv_str(f, "level");

    return said_how_of(v, f) != SAID_NOT ||
           (value_bool_or(f, "current", false) && hv_num(f, "count") >= LINES &&
            (strcmp(level, "error") == 0 || strcmp(level, "critical") == 0));
}

/* Words of trouble that it writes. */
static const struct value *complaint(struct host_view *v, const struct value *r)
{
    const char *child = hv_str(r, "child_command");

    VALUE_EACH (f, value_get(v->logs, "mined")) {
        bool its = (double)said_pid(f) == hv_num(r, "child") ||
                   (said_pid(f) && strcmp(hv_str(f, "command"), child) == 0) ||
                   names_itself(said_sample(v, f), child);

        if (its && strlen(child) > 2 && is_trouble(v, f))
            return f;
    }
    return NULL;
}

/* A server that forks itself for each connection or each piece of work, as databases do, and sshd
 * ("sshd" or, from OpenSSH 9.8, "sshd-session"): its children end, and nothing is wrong. */
static bool forks_itself(const struct value *r)
{
    const char *parent = hv_str(r, "command"), *child = hv_str(r, "child_command");
    size_t n = strlen(parent);

    return n > 0 && strncmp(child, parent, n) == 0 && (child[n] == '\0' || child[n] == '-');
}

/* Programs that start one short job after another because somebody wrote it so. */
static bool runs_jobs(const char *command)
{
    static const char *const names[] = {
        "sh",    "bash",  "dash",    "zsh",   "ksh",  "fish",     "busybox", "tcsh",     "csh",
        "make",  "gmake", "ninja",   "xargs", "find", "parallel", "watch",   "entr",     "cron",
        "crond", "atd",   "anacron", "git",   "tmux", "screen",   "perf",    "hyperfine"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(command, names[i]) == 0)
            return true;
    }
    return false;
}

/* One run at any moment, and none of them lasts or does much: another one of that name was there
 * when the look began, and has ended. */
static bool never_lasts(struct host_view *v, const struct value *r)
{
    return r && hv_num(r, "ended") > 0 && !value_bool_or(r, "gone", false) &&
           hv_num(r, "child_age_s") <= RUN_S && hv_num(r, "children") == 1 &&
           hv_num(r, "cpu") <= IDLE_CORES && !(hv_num(r, "reaped_cpu") > WORKING_CORES) &&
           !runs_jobs(hv_str(r, "command"));
}

/* The same command as far as it is known. */
static bool same_command(const struct value *a, const struct value *b)
{
    const char *x = hv_str(a, "child_cmdline"), *y = hv_str(b, "child_cmdline");

    return !*x || !*y || strcmp(x, y) == 0;
}

/* Who starts what. */
static const char *run_of(struct host_view *v, const struct value *r)
{
    return arena_printf(v->arena, "%.0f %s", hv_num(r, "pid"), hv_str(r, "child_command"));
}

static struct host_choice worst_loop(struct host_view *v)
{
    struct host_choice best = {.item = NULL};

    VALUE_EACH (r, value_get(v->snapshot, "restarts")) {
        bool keeper = keeps_alive(hv_str(r, "command"));
        const struct value *said = complaint(v, r);
        double w = (keeper ? 2 : 0) + (said ? 2 : 0) + (never_lasts(v, r) ? 1 : 0);

        if (!w || (!keeper && forks_itself(r)) || hv_num(r, "child_age_s") > YOUNG_S)
            continue;
        w += fmin(1, hv_num(r, "ended"));
        hv_choose(v, &best, r, w, run_of(v, r), hv_names(v, hv_str(r, "child_command")));
    }
    return best;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct host_choice c = worst_loop(v);
    const struct value *r = c.item, *said = r ? complaint(v, r) : NULL;
    const char *child;

    f->metric = "restarts";
    f->unit = "count";
    f->threshold = 2;
    f->value = 0;
    f->evidence = "nothing that should stay was started in the last seconds";
    if (!r)
        return;
    child = hv_str(r, "child_command");
    f->strength = STRENGTH_STRONG;
    f->direct = f->tentative = true;
    f->named = c.named;
    f->one_of = c.identity;
    f->severity = said ? 0.9 : keeps_alive(hv_str(r, "command")) ? 0.85 : 0.75;
    f->value = 1 + hv_num(r, "ended");
    f->pids[0] = (int64_t)hv_num(r, "pid");
    f->pids[1] = (int64_t)hv_num(r, "child");
    f->resource = hv_process_key(v, r);
    f->claim = arena_printf(v->arena, "%s of %s ends and is started again", child, v->host);
    f->evidence = arena_printf(
        v->arena, "process %.0f (%s), which runs for %s, started %s %.1f s ago%s", hv_num(r, "pid"),
        hv_str(r, "command"), hv_human(v->arena, hv_num(r, "age_s"), "seconds"), child,
        hv_num(r, "child_age_s"),
        value_bool_or(r, "gone", false) ? ", and it has ended since"
        : hv_num(r, "ended") > 0        ? ", and another one of that name ended within the window"
                                        : "");
    if (said) {
        f->pids[2] = said_writer(said);
        f->second_doc = HOST_DOC_LOGS;
        f->second = arena_printf(v->arena, "%s logs: %s", said_by(v, said), said_sample(v, said));
    }
    hv_add_culprit(
        f, (struct host_culprit){
               .statement = arena_printf(v->arena,
                                         "%s of %s ends and is started again by process "
                                         "%.0f (%s)",
                                         child, v->host, hv_num(r, "pid"), hv_str(r, "command")),
               .resource = f->resource,
               .evidence = f->evidence,
               .strength = STRENGTH_STRONG,
               .before = NAN,
               .after = f->value,
               .threshold = 2,
               .follow = FOLLOW_TREE,
               .pid = (int64_t)hv_num(r, "pid"),
               .path = child,
               .weight = 1});
}

static const struct value *row_of(const struct value *snapshot, const struct host_culprit *c)
{
    VALUE_EACH (r, value_get(snapshot, "restarts")) {
        if (hv_num(r, "pid") == (double)c->pid && strcmp(hv_str(r, "child_command"), c->path) == 0)
            return r;
    }
    return NULL;
}

/* It would still be listed if it ran: then it has ended, and the next one is not seen yet. */
static bool has_ended(struct host_view *v, const struct value *first, const struct value *answer)
{
    double later_s = (hv_num(answer, "taken_ms") - hv_num(v->snapshot, "taken_ms")) / 1000;
    int rows = 0;

    VALUE_EACH (x, value_get(answer, "restarts")) {
        if (hv_num(x, "child") == hv_num(first, "child"))
            return value_bool_or(x, "gone", false);
        rows++;
    }
    return rows < ROWS_MAX && later_s >= 0 && hv_num(first, "child_age_s") + later_s <= LISTED_S;
}

/* Another run of it since, which has ended or is as young. */
static bool is_next_run(struct host_view *v, const struct value *first, const struct value *now)
{
    return now && hv_num(now, "child") != hv_num(first, "child") && hv_num(now, "ended") > 0 &&
           (value_bool_or(now, "gone", false) || hv_num(now, "child_age_s") <= RUN_S) &&
           hv_num(now, "children") <= 1 && hv_num(now, "cpu") <= IDLE_CORES &&
           same_command(first, now);
}

/* Who starts it is nobody's keeper, and it says nothing: then the second look shows the same. */
static bool is_loop_again(struct host_view *v, const struct value *first, const struct value *now)
{
    return keeps_alive(hv_str(first, "command")) || complaint(v, first) ||
           is_next_run(v, first, now);
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    const struct value *first = row_of(v->snapshot, c), *now = row_of(answer, c);
    bool next = now && hv_num(now, "child") != hv_num(first, "child");

    if (!is_loop_again(v, first, now)) {
        r->strength = STRENGTH_CONTRADICTS;
        r->evidence =
            arena_printf(v->arena, "a second look: %s is not started again and again", c->path);
        return;
    }
    if (!next && !has_ended(v, first, answer)) {
        r->strength = STRENGTH_CONTRADICTS;
        r->evidence = arena_printf(v->arena, "a second look: %s runs on", c->path);
        return;
    }
    r->strength = STRENGTH_STRONG;
    r->direct = true;
    r->after = next ? 2 + hv_num(now, "ended") : 1;
    r->evidence =
        next
            ? arena_printf(v->arena, "a second look: process %.0f is gone, %.0f is the next %s, %s",
                           hv_num(first, "child"), hv_num(now, "child"), c->path,
                           value_bool_or(now, "gone", false)
                               ? "and it has ended as well"
                               : arena_printf(v->arena, "%.1f s old", hv_num(now, "child_age_s")))
            : arena_printf(v->arena,
                           "a second look: process %.0f (%s) is gone, seconds after its start",
                           hv_num(first, "child"), c->path);
}

static const struct host_proposal proposals[] = {
    {.action = "read why it ends: the log that process {pid} ({command}) gives it",
     .command = "ls -l /proc/{pid}/fd; journalctl -n 50 _PID={pid}",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "it runs for longer than a minute"},
    {.action = "halt process {pid} ({command}), which starts it again and again",
     .command = "kill -STOP {pid}",
     .rollback = "kill -CONT {pid}",
     .risk = APPROVAL_MEDIUM,
     .watch = "no new run of it"},
    {.action = NULL},
};

static const char *const checks[] = {
    "what keeps it running says of its ends: supervisorctl status, sv status, s6-svstat, docker ps",
    "what changed on {host} before the first end: packages, its configuration",
    NULL,
};

const struct host_pattern host_pattern_restart_loop = {
    .id = "restart_loop",
    .kind = "process",
    .category = CATEGORY_APPLICATION,
    .words = WORDS_SERVICE | WORDS_ERRORS | WORDS_DEPLOY | WORDS_LATENCY,
    .rank = 36,
    .several = 2,
    .claim = "a program of %s ends and is started again",
    .rationale = "a program that ends again and again serves in between at best",
    .refutes = "the same run of it a few seconds later",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};
