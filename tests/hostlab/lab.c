/* lab.c - makes the faults one after the other, asks `runbook investigate` what is wrong, and keeps
 * the score. Exit status: 0 when the bars of doc/INVESTIGATOR.md are met by what ran (nine of ten
 * culprits first, 97 of 100 within three, no false root cause on a healthy machine), 1 when not. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "runbook/base/num.h"
#include "runbook/codec/json.h"

#define INVESTIGATE_S 60
#define DISTURBED_CORES 0.3
#define DISTURBED_TRIES 3
#define MANY_WAIT 2000 /* connections in TIME-WAIT; a busy machine has some hundred */

struct score {
    int faults, first, three, controls, blamed, skipped, failed, disturbed;
};

struct lab {
    const char *runbook, *only, *family, *ssh, *record;
    const struct lab_fault *beside; /* runs meanwhile; NULL: nothing does */
    struct lab_run load;            /* of `beside` */
    bool json, controls, list, coverage, keep;
    bool own_networks; /* a network namespace a fault: what one leaves behind no other sees */
    int tries, repeat, serial;
    char scratch[256];
    struct score score;
};

struct sample {
    double busy_s, ours_s;
    int64_t at_ms;
};

struct result {
    struct lab_answer answer;
    bool answered;
    double took_s, others; /* cores that other programs used meanwhile */
    bool disturbed;        /* a busy process of somebody else was named instead */
};

static double ticks_busy(void)
{
    char text[512];
    char *save = NULL;
    double sum = 0, v;
    int field = 0;

    if (!lab_read("/proc/stat", text, sizeof(text)))
        return 0;
    for (char *w = strtok_r(text, " \n", &save); w && field < 9;
         w = strtok_r(NULL, " \n", &save), field++) {
        if (field >= 1 && field != 4 && field != 5 && num_f64(str_from(w), &v))
            sum += v;
    }
    return sum / (double)sysconf(_SC_CLK_TCK);
}

static double children_s(void)
{
    struct rusage u;

    getrusage(RUSAGE_CHILDREN, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static struct sample take(const struct lab *lab, const struct lab_run *r)
{
    double ours = stage_cpu_s(r) + children_s() + (lab->beside ? stage_cpu_s(&lab->load) : 0);

    return (struct sample){ticks_busy(), ours, lab_now_ms()};
}

static double others_between(const struct sample *a, const struct sample *b)
{
    double s = (double)(b->at_ms - a->at_ms) / 1000;
    double cores = s > 0 ? (b->busy_s - a->busy_s - (b->ours_s - a->ours_s)) / s : 0;

    return cores > 0 ? cores : 0;
}

static void exec_runbook(const struct lab *lab, const struct lab_run *r, const char *out)
{
    char errs[400];
    int fd = open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600), null = open("/dev/null", O_RDONLY);

    snprintf(errs, sizeof(errs), "%s.err", out);
    dup2(null, 0);
    dup2(fd, 1);
    fd = open(errs, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(fd, 2);
    execl(lab->runbook, lab->runbook, "investigate", "--host", r->ssh ? r->ssh : "local", "--json",
          r->fault->sentence, (char *)NULL);
    _exit(127);
}

/* Waits for it with a deadline. */
static bool investigate(const struct lab *lab, const struct lab_run *r, const char *out)
{
    int64_t until = lab_now_ms() + INVESTIGATE_S * 1000;
    int status;
    pid_t pid = lab_fork();

    if (pid == 0)
        exec_runbook(lab, r, out);
    while (pid > 0 && waitpid(pid, &status, WNOHANG) == 0) {
        if (lab_now_ms() > until) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            return false;
        }
        lab_nap_ms(10);
    }
    return pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) != 127;
}

static bool right(const struct lab_fault *f, const struct result *res)
{
    if (f->control)
        return res->answered && !*res->answer.cause;
    return res->answer.rank == 1;
}

/* A machine that others use has faults of its own: a process that is not the lab's was named while
 * others were busy. That is no answer about the fault, right or wrong; it is counted apart. */
static bool disturbed(const struct lab_run *r, const struct result *res)
{
    const char *at = strstr(res->answer.cause, "/process:");
    int64_t pid;

    if (!res->answered || res->others < DISTURBED_CORES || right(r->fault, res))
        return false;
    /* The network is everybody's, and no control is about it. */
    if (!at)
        return r->fault->control && strcmp(res->answer.kind, "network") == 0;
    at += strlen("/process:");
    return num_i64((struct str){at, strspn(at, "0123456789")}, &pid) && pid != getpid() &&
           !stage_has(r, (pid_t)pid);
}

static struct result ask(const struct lab *lab, const struct lab_run *r)
{
    struct result res = {.answered = false};
    struct sample before, after;
    char out[400];

    snprintf(out, sizeof(out), "%s/answer", lab->scratch);
    int tries = lab->tries;

    for (int i = 0; i < tries && (i == 0 || !right(r->fault, &res)); i++) {
        before = take(lab, r);
        res.answered = investigate(lab, r, out) && answer_read(out, r, &res.answer);
        after = take(lab, r);
        res.others = others_between(&before, &after);
        res.took_s = (double)(after.at_ms - before.at_ms) / 1000;
        res.disturbed = disturbed(r, &res);
        if (res.disturbed && tries < DISTURBED_TRIES)
            tries++;
    }
    return res;
}

/* ---- what is printed ---- */

static const char *outcome(const struct lab_fault *f, const struct result *res)
{
    static const char *const places[] = {"MISSED", "first", "second", "third"};

    if (!res->answered)
        return "NO ANSWER";
    if (res->disturbed)
        return "disturbed";
    if (f->control)
        return *res->answer.cause ? "BLAMED" : "quiet";
    return res->answer.rank <= 3 ? places[res->answer.rank] : "LOW";
}

static void print_json(const struct lab_run *r, const struct result *res)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    json_put_cstr(&w, "id", r->fault->id);
    json_put_cstr(&w, "family", r->fault->family);
    json_put_bool(&w, "control", r->fault->control);
    json_put_cstr(&w, "over", r->ssh ? "ssh" : "local");
    if (!res) {
        json_put_cstr(&w, "skipped", r->skip);
    } else {
        json_put_cstr(&w, "outcome", outcome(r->fault, res));
        json_put_int(&w, "rank", res->answer.rank);
        json_put_cstr(&w, "expected", r->expect_count ? r->expect[0] : "");
        json_put_cstr(&w, "verdict", res->answer.verdict);
        json_put_cstr(&w, "named", res->answer.cause);
        json_put_cstr(&w, "kind", res->answer.kind);
        json_put_num(&w, "confidence", res->answer.confidence);
        json_put_num(&w, "seconds", res->took_s);
        json_put_num(&w, "cores_of_others", res->others);
    }
    json_object_end(&w);
    puts(buf_cstr(&out));
    buf_release(&out);
}

static void print_reasons(const struct lab_run *r, const struct lab_answer *a)
{
    for (int i = 0; i < r->expect_count; i++)
        printf("    %s %s %s\n", i ? "or      " : "expected", r->fault->kinds, r->expect[i]);
    if (*a->cause)
        printf("    blamed   %s %s\n             %s\n", a->kind, a->cause, a->statement);
    for (int i = 0; i < a->candidate_count; i++)
        printf("    then     %s\n", a->candidates[i]);
}

static void print_result(const struct lab *lab, const struct lab_run *r, const struct result *res)
{
    if (lab->json) {
        print_json(r, res);
    } else if (!res) {
        printf("%-10s %-24s skipped: %s\n", r->fault->family, r->fault->id, r->skip);
    } else {
        printf("%-10s %-24s %-9s %-12s %.2f %5.1f s  others %.1f cores\n", r->fault->family,
               r->fault->id, outcome(r->fault, res), res->answer.verdict, res->answer.confidence,
               res->took_s, res->others);
        if (!right(r->fault, res))
            print_reasons(r, &res->answer);
    }
    fflush(stdout);
}

static void count(struct score *s, const struct lab_fault *f, const struct result *res)
{
    s->failed += !res->answered;
    s->disturbed += res->disturbed;
    if (res->disturbed)
        return;
    if (f->control) {
        s->controls++;
        s->blamed += !right(f, res);
    } else {
        s->faults++;
        s->first += res->answer.rank == 1;
        s->three += res->answer.rank >= 1 && res->answer.rank <= 3;
    }
}

static double share(int n, int of)
{
    return of ? 100.0 * n / of : 100;
}

static bool met(const struct score *s)
{
    return share(s->first, s->faults) >= 90 && share(s->three, s->faults) >= 97 && !s->blamed &&
           !s->failed;
}

static void print_score(const struct lab *lab)
{
    const struct score *s = &lab->score;

    if (lab->json)
        return;
    printf("\n%-28s %d, %d first (%.0f %%), %d within three (%.0f %%)\n", "faults", s->faults,
           s->first, share(s->first, s->faults), s->three, share(s->three, s->faults));
    printf("%-28s %d, %d with a false root cause\n", "healthy controls", s->controls, s->blamed);
    printf("%-28s %d\n", "skipped", s->skipped);
    if (s->disturbed)
        printf("%-28s %d, not counted: a busy process of another program was named\n", "disturbed",
               s->disturbed);
    printf("%s\n", met(s) ? "the bars are met" : "the bars (90 %, 97 %, none) are not met");
}

/* ---- the run ---- */

/* What a fault leaves in the kernel for a while: connections in TIME-WAIT. The next one is made
 * when they are gone. */
static void settle(double before)
{
    int64_t until = lab_now_ms() + 70000;

    while (lab_number_in("/proc/net/sockstat", " tw ") > before + MANY_WAIT && lab_now_ms() < until)
        lab_nap_ms(200);
}

static void run_one(struct lab *lab, const struct lab_fault *f)
{
    double waiting = lab_number_in("/proc/net/sockstat", " tw ");
    int beside = -1;

    const char *why = f->need ? f->need() : NULL;
    struct lab_run r = {.fault = f, .ssh = lab->ssh};
    struct result res;
    int hold = -1;
    bool stands = false;

    if (!why && lab->own_networks && (!lab_own_network() || (lab->ssh && !sshd_here())))
        why = "no network of its own can be made";
    if (!why && lab->beside &&
        !stage_start(lab->beside, lab->scratch, lab->ssh, ++lab->serial, &lab->load, &beside))
        why = lab->load.skip;
    if (why)
        snprintf(r.skip, sizeof(r.skip), "%s", why);
    else
        stands = stage_start(f, lab->scratch, lab->ssh, ++lab->serial, &r, &hold);
    if (stands && lab->record) {
        lab_record(lab->record, &r);
    } else if (stands) {
        res = ask(lab, &r);
        print_result(lab, &r, &res);
        count(&lab->score, f, &res);
    } else {
        print_result(lab, &r, NULL);
        lab->score.skipped++;
    }
    stage_end(&r, hold);
    if (beside >= 0)
        stage_end(&lab->load, beside);
    else
        settle(waiting);
}

static bool listed(const char *list, const char *name)
{
    size_t n = strlen(name);

    for (const char *at = list; (at = strstr(at, name)); at++) {
        if ((at == list || at[-1] == ',') && (at[n] == '\0' || at[n] == ','))
            return true;
    }
    return false;
}

static bool wanted(const struct lab *lab, const char *family, const struct lab_fault *f)
{
    if (lab->only)
        return listed(lab->only, f->id);
    if (lab->family && !listed(lab->family, family))
        return false;
    return !lab->controls || f->control;
}

static void show_or_run(struct lab *lab, const char *family, const struct lab_fault *f)
{
    const char *why = f->need ? f->need() : NULL;

    if (lab->list) {
        char patterns[256];

        coverage_of(f->id, patterns, sizeof(patterns));
        printf("%-10s %-24s %-32s %s%s%s\n", family, f->id, f->control ? "(healthy)" : patterns,
               f->sentence, why ? "; not here: " : "", why ? why : "");
    }
    for (int i = 0; !lab->list && i < (why ? 1 : lab->repeat); i++)
        run_one(lab, f);
}

/* What the kernel's log still speaks of afterwards would be found again in what comes next. */
static int turn_of(const struct lab_fault *f)
{
    return f->control ? 0 : f->logged ? 2 : 1;
}

static int run_all(struct lab *lab)
{
    int n = 0;

    for (int turn = 0; turn < 3; turn++) {
        for (const struct lab_family *fam = lab_families; fam->name; fam++) {
            for (const struct lab_fault *f = fam->faults; f->id; f++) {
                if (turn_of(f) != turn || !wanted(lab, fam->name, f))
                    continue;
                n++;
                show_or_run(lab, fam->name, f);
            }
        }
    }
    return n;
}

static const struct lab_fault *find_fault(const char *id)
{
    for (const struct lab_family *fam = lab_families; fam->name; fam++) {
        for (const struct lab_fault *f = fam->faults; f->id; f++) {
            if (strcmp(f->id, id) == 0)
                return f;
        }
    }
    return NULL;
}

/* Mounts of faults are seen by nobody else and go with the last process of the lab. */
static void own_mounts(void)
{
    if (lab_root() && unshare(CLONE_NEWNS) == 0)
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

static bool prepare(struct lab *lab)
{
    static const char *const unset[] = {
        "RUNBOOK_CONFIG",  "RUNBOOK_STATE_DIR",  "RUNBOOK_HOST",  "RUNBOOK_PROMETHEUS_URL",
        "XDG_CONFIG_HOME", "RUNBOOK_SSH_CONFIG", "XDG_STATE_HOME"};
    const char *tmp = getenv("TMPDIR");
    char home[300];

    snprintf(lab->scratch, sizeof(lab->scratch), "%s/hostlab-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(lab->scratch) || chmod(lab->scratch, 0755)) {
        fprintf(stderr, "lab: %s: %s\n", lab->scratch, strerror(errno));
        return false;
    }
    for (size_t i = 0; i < sizeof(unset) / sizeof(*unset); i++)
        unsetenv(unset[i]);
    snprintf(home, sizeof(home), "%s/state", lab->scratch);
    setenv("RUNBOOK_STATE_DIR", home, 1);
    snprintf(home, sizeof(home), "%s/config", lab->scratch);
    setenv("XDG_CONFIG_HOME", home, 1);
    setenv("NO_COLOR", "1", 1);
    own_mounts();
    lab->own_networks = lab_root() && !lab->ssh && lab_own_network();
    return true;
}

static void usage(FILE *to)
{
    fputs(
        "usage: lab [--list] [--coverage] [--only ID,...] [--family NAME,...] [--controls] "
        "[--ssh]\n"
        "           [--host NAME] [--tries N] [--repeat N] [--beside ID] [--json] [--keep]\n"
        "           [--runbook PROGRAM]\n"
        "Makes real faults of this machine, one at a time, and scores what `runbook investigate`\n"
        "says of each.\n"
        "  --ssh         through an sshd on the loopback interface, as an unprivileged user\n"
        "  --host NAME   through ssh to NAME (this machine by another name)\n"
        "  --controls    the healthy ones only\n"
        "  --tries N     ask up to N times (default 1)\n"
        "  --repeat N    make each fault N times\n"
        "  --beside ID   with that one, a healthy load, beside each\n"
        "  --coverage    which pattern is made by which faults; fails when one is made by none\n"
        "  --keep        keep the scratch folder with the last answer\n",
        to);
}

/* 0: go on; else the exit status + 1. */
static int options(struct lab *lab, int argc, char **argv, bool *ret_sshd)
{
    static const struct option known[] = {
        {"list", no_argument, NULL, 'l'},         {"only", required_argument, NULL, 'o'},
        {"family", required_argument, NULL, 'f'}, {"controls", no_argument, NULL, 'c'},
        {"ssh", no_argument, NULL, 's'},          {"host", required_argument, NULL, 'H'},
        {"tries", required_argument, NULL, 't'},  {"repeat", required_argument, NULL, 'n'},
        {"beside", required_argument, NULL, 'b'}, {"coverage", no_argument, NULL, 'C'},
        {"json", no_argument, NULL, 'j'},         {"record", required_argument, NULL, 'R'},
        {"keep", no_argument, NULL, 'k'},         {"runbook", required_argument, NULL, 'r'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    int64_t tries = 1, repeat = 1;

    for (int c; (c = getopt_long(argc, argv, "h", known, NULL)) != -1;) {
        switch (c) {
        case 'l':
            lab->list = true;
            break;
        case 'o':
            lab->only = optarg;
            break;
        case 'f':
            lab->family = optarg;
            break;
        case 'c':
            lab->controls = true;
            break;
        case 's':
            *ret_sshd = true;
            break;
        case 'H':
            lab->ssh = optarg;
            break;
        case 't':
            num_i64(str_from(optarg), &tries);
            break;
        case 'n':
            num_i64(str_from(optarg), &repeat);
            break;
        case 'b':
            lab->beside = find_fault(optarg);
            if (!lab->beside) {
                fprintf(stderr, "lab: nothing is called %s (--list)\n", optarg);
                return 3;
            }
            break;
        case 'C':
            lab->coverage = true;
            break;
        case 'R':
            lab->record = optarg;
            break;
        case 'j':
            lab->json = true;
            break;
        case 'k':
            lab->keep = true;
            break;
        case 'r':
            lab->runbook = optarg;
            break;
        case 'h':
            usage(stdout);
            return 1;
        default:
            usage(stderr);
            return 3;
        }
    }
    lab->tries = tries >= 1 && tries <= 20 ? (int)tries : 1;
    lab->repeat = repeat >= 1 && repeat <= 100 ? (int)repeat : 1;
    return 0;
}

static void remove_scratch(const struct lab *lab)
{
    if (!lab->keep)
        lab_command(&(struct lab_run){.dir = "/dev"},
                    (const char *const[]){"rm", "-rf", "--one-file-system", lab->scratch, NULL});
    else
        fprintf(stderr, "lab: kept %s\n", lab->scratch);
}

int main(int argc, char **argv)
{
    struct lab lab = {.runbook = "./runbook"};
    bool sshd = false;
    int rc = options(&lab, argc, argv, &sshd), n;
    const char *why;

    if (rc)
        return rc - 1;
    if (lab.coverage)
        return coverage_check() ? 0 : 1;
    if (lab.list)
        return run_all(&lab) ? 0 : 1;
    if (access(lab.runbook, X_OK)) {
        fprintf(stderr, "lab: %s: %s (--runbook names the program)\n", lab.runbook,
                strerror(errno));
        return 2;
    }
    if (!prepare(&lab))
        return 2;
    if (sshd && !(lab.ssh = sshd_start(lab.scratch, &why))) {
        fprintf(stderr, "lab: over ssh: skipped: %s\n", why);
        remove_scratch(&lab);
        return 77;
    }
    n = run_all(&lab);
    if (!n)
        fprintf(stderr, "lab: nothing is called that (--list)\n");
    print_score(&lab);
    remove_scratch(&lab);
    return n && met(&lab.score) ? 0 : 1;
}
