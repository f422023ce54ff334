/* host_process.c - operations on a process: a signal, its nice value, a start anew by what
 * supervises it. A process is its number and its start time, read first: a number that is used
 * again is never hit. */
#include "act.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "runbook/base/num.h"

/* $1: pid. What /proc says of it, of its parent, and how many like it the parent has. */
static const char look_script[] =
    "p=$1\n"
    "IFS= read -r l <\"/proc/$p/stat\" 2>/dev/null || { echo gone 1; exit 0; }\n"
    "n=${l#*(}; n=${n%)*}; r=${l##*) }\n"
    "set -- $r\n"
    "state=$1 pp=$2 nice=${17} thr=${18}\n"
    "shift 19\n"
    "echo \"start $1\"\n"
    "echo \"state $state\"\n"
    "echo \"parent $pp\"\n"
    "echo \"nice $nice\"\n"
    "echo \"threads $thr\"\n"
    "echo \"name $n\"\n"
    "echo \"command $(tr '\\000\\n' '  ' <\"/proc/$p/cmdline\" 2>/dev/null | cut -c1-400)\"\n"
    "echo \"exe $(readlink \"/proc/$p/exe\" 2>/dev/null)\"\n"
    "u=; while read -r k v x; do [ \"$k\" = Uid: ] && u=$v; done <\"/proc/$p/status\"\n"
    "echo \"uid $u\"\n"
    "echo \"me $(id -u)\"\n"
    "echo \"children $(cat \"/proc/$p/task/$p/children\" 2>/dev/null | wc -w)\"\n"
    "if IFS= read -r l <\"/proc/$pp/stat\" 2>/dev/null; then\n"
    "n=${l#*(}; echo \"parent_name ${n%)*}\"; r=${l##*) }; set -- $r; shift 19\n"
    "echo \"parent_start $1\"; fi\n"
    "true\n";

static const struct tool_param signal_params[] = {
    ACT_HOST_PARAMS,
    {"pid", PARAM_INT, true, NULL, 2, 4194304, NULL, "The process."},
    {"signal", PARAM_ENUM, false, "TERM", 0, 0,
     (const char *const[]){"TERM", "KILL", "INT", "HUP", "QUIT", "USR1", "USR2", "STOP", "CONT",
                           NULL},
     "Which signal."},
    {"command", PARAM_STRING, false, NULL, 0, 0, NULL,
     "Its name, when it is to be refused for any other process of that number."},
    {NULL},
};

static enum err_code read_process(struct act *a, struct err *err)
{
    char pid[24];

    (void)err;
    snprintf(pid, sizeof(pid), "%lld", (long long)act_arg_int(a, "pid", 0));
    act_script(a, &a->reads, look_script, (const char *const[]){pid, NULL});
    return ERR_OK;
}

/* It is there, it is the one that is meant, and it is nobody's that must not be touched. */
static enum err_code need_process(struct act *a, struct err *err)
{
    const char *want = act_arg(a, "command"), *name;
    long long pid = (long long)act_arg_int(a, "pid", 0);

    if (act_read_failed(a, 0, err))
        return err->code;
    if (act_read_line(a, 0, "gone"))
        return err_set(err, ERR_NOT_FOUND, "there is no process %lld %s", pid, act_on(a));
    name = act_read_line(a, 0, "name");
    if (!name || !act_read_line(a, 0, "start"))
        return err_set(err, ERR_REMOTE, "process %lld could not be read %s", pid, act_on(a));
    if (*want && strcmp(want, name) != 0)
        return err_set(err, ERR_NOT_FOUND, "process %lld is %s now, not %s: it is not touched", pid,
                       name, want);
    if (act_read_int(a, 0, "parent", 0) == 2 || pid == 2)
        return err_set(err, ERR_DENIED, "process %lld (%s) is a thread of the kernel", pid, name);
    return ERR_OK;
}

static const char *describe(struct act *a)
{
    const char *cmd = act_read_line(a, 0, "command"), *state = act_read_line(a, 0, "state");

    return arena_printf(
        a->arena, "runs since tick %s of the boot, state %s, user %s, %s threads: %s",
        act_read_line(a, 0, "start"), state ? state : "?", act_read_line(a, 0, "uid"),
        act_read_line(a, 0, "threads"), cmd && *cmd ? cmd : act_read_line(a, 0, "name"));
}

static void name_process(struct act *a)
{
    const char *name = act_read_line(a, 0, "name"), *host = a->host;
    long long pid = (long long)act_arg_int(a, "pid", 0);

    a->plan.resource = arena_printf(a->arena, "%s[%lld]", name, pid);
    a->plan.resource_id = arena_printf(a->arena, "host:%s/process:%lld(%s)", host, pid, name);
    a->plan.before = describe(a);
    a->plan.targets = 1;
    a->plan.duration_ms = 1000;
}

static int signal_number(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } all[] = {{"TERM", SIGTERM}, {"KILL", SIGKILL}, {"INT", SIGINT},
               {"HUP", SIGHUP},   {"QUIT", SIGQUIT}, {"USR1", SIGUSR1},
               {"USR2", SIGUSR2}, {"STOP", SIGSTOP}, {"CONT", SIGCONT}};

    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
        if (strcmp(all[i].name, name) == 0)
            return all[i].number;
    }
    return 0;
}

static bool ends_it(const char *sig)
{
    return strcmp(sig, "TERM") == 0 || strcmp(sig, "KILL") == 0 || strcmp(sig, "INT") == 0 ||
           strcmp(sig, "QUIT") == 0;
}

/* $1 pid, $2 start time, $3 signal: nothing but builtins between the look and the signal. */
static const char guarded_script[] =
    "IFS= read -r l <\"/proc/$1/stat\" || { echo 'it is gone' >&2; exit 3; }\n"
    "p=$1 s=$2 n=$3; l=${l##*) }; set -- $l; shift 19\n"
    "[ \"$1\" = \"$s\" ] || { echo 'it is another process now' >&2; exit 3; }\n"
    "kill -s \"$n\" \"$p\"\n";

static void add_signal(struct act *a, const char *sig)
{
    struct act_call *c;
    int64_t pid = act_arg_int(a, "pid", 0);
    bool sudo = act_arg_bool(a, "sudo");
    char text[24];

    if (sudo) { /* another user's: one process looks and signals */
        snprintf(text, sizeof(text), "%lld", (long long)pid);
        c = act_do_script(a, guarded_script,
                          (const char *const[]){text, act_read_line(a, 0, "start"), sig, NULL});
    } else {
        c = VEC_PUSH(&a->calls);
        c->how = ACT_SIGNAL;
        c->pid = pid;
        c->signo = signal_number(sig);
        c->start = (uint64_t)act_read_int(a, 0, "start", 0);
    }
    c->shown =
        arena_printf(a->arena, "%skill -s %s %lld   (only while its start time is %s)",
                     sudo ? "sudo -n " : "", sig, (long long)pid, act_read_line(a, 0, "start"));
}

static const char *process_facts(struct act *a)
{
    const char *name = act_read_line(a, 0, "name"), *parent = act_read_line(a, 0, "parent_name");
    const char *pstart = act_read_line(a, 0, "parent_start");

    return act_object(a, "start", act_read_line(a, 0, "start"), "name", name, "parent",
                      act_read_line(a, 0, "parent"), "parent_name", parent ? parent : "",
                      "parent_start", pstart ? pstart : "", "nice", act_read_line(a, 0, "nice"),
                      (char *)NULL);
}

static const char *sudo_word(const struct act *a)
{
    return act_arg_bool(a, "sudo") ? "true" : "false";
}

static enum err_code plan_signal(struct act *a, struct err *err)
{
    const char *sig = act_arg(a, "signal"), *state, *children;
    struct act_plan *p = &a->plan;
    char pid[24];

    if (need_process(a, err))
        return err->code;
    name_process(a);
    snprintf(pid, sizeof(pid), "%lld", (long long)act_arg_int(a, "pid", 0));
    state = act_read_line(a, 0, "state");
    children = act_read_line(a, 0, "children");
    p->facts = process_facts(a);
    add_signal(a, sig);
    p->cost = "no money; a moment";
    p->blast = arena_printf(a->arena, "this process %s; %s children; started by %s", act_on(a),
                            children ? children : "0", act_read_line(a, 0, "parent_name"));
    if (strcmp(sig, "STOP") == 0 || strcmp(sig, "CONT") == 0) {
        bool stop = strcmp(sig, "STOP") == 0;

        p->effect = stop ? "it stands still and keeps its memory and files" : "it goes on";
        p->after = stop ? "state T" : "any state but T";
        p->rollback_operation = "host.process.signal";
        p->rollback_args =
            act_object(a, "host", a->host, "pid", pid, "signal", stop ? "CONT" : "STOP", "command",
                       act_read_line(a, 0, "name"), "sudo", sudo_word(a), (char *)NULL);
        p->rollback = stop ? "SIGCONT: it goes on" : "SIGSTOP: it stands still again";
        p->rolls_back = true;
        p->watch = stop ? "who waits for it: its connections and locks stay"
                        : "whether it does what it was stopped for";
        if (!a->back && state && (*state == 'T') == stop) /* a stop may still be on its way */
            p->already = stop ? "it stands still already" : "it is not stopped";
    } else if (ends_it(sig)) {
        p->effect = strcmp(sig, "KILL") == 0
                        ? "it ends at once, without a chance to write what it holds"
                        : "it is asked to end; what it does with that is its own";
        p->after = "no process of this number and start time";
        p->rollback = "";
        p->watch = "the process is gone; what started it may start it again";
    } else {
        p->effect = "what it does on this signal is its own; many end on one they do not expect";
        p->after = "the signal was delivered";
        p->rollback = "";
        p->watch = "its log";
    }
    return ERR_OK;
}

static enum act_check verify_signal(struct act *a)
{
    const char *sig = act_arg(a, "signal"), *start, *state;
    bool gone;

    if (act_read_failed(a, 0, &(struct err)ERR_INIT) && !act_read_line(a, 0, "gone"))
        return ACT_NOT_YET;
    start = act_read_line(a, 0, "start");
    state = act_read_line(a, 0, "state");
    gone = act_read_line(a, 0, "gone") || !start || strcmp(start, act_fact(a, "start")) != 0 ||
           (state && (*state == 'Z' || *state == 'X'));
    a->said = gone ? "the process is gone"
                   : arena_printf(a->arena, "the process is there, state %s", state ? state : "?");
    if (strcmp(sig, "STOP") == 0)
        return gone                                        ? ACT_FAILED
               : state && (*state == 'T' || *state == 't') ? ACT_HOLDS
                                                           : ACT_NOT_YET;
    if (strcmp(sig, "CONT") == 0)
        return gone ? ACT_FAILED : state && *state != 'T' ? ACT_HOLDS : ACT_NOT_YET;
    if (ends_it(sig))
        return gone ? ACT_HOLDS : ACT_NOT_YET;
    return ACT_HOLDS;
}

const struct act_def act_process_signal = {
    .name = "host.process.signal",
    .help = "Send a signal to one process.",
    .undo = "STOP and CONT undo each other; an ended process is not brought back",
    .resource_type = "process",
    .params = signal_params,
    .floor = RISK_HIGH,
    .verify_ms = 10000,
    .stay_ms = 200,
    .read = read_process,
    .plan = plan_signal,
    .verify = verify_signal,
};

/* ---- nice ---- */

static const struct tool_param renice_params[] = {
    ACT_HOST_PARAMS,
    {"pid", PARAM_INT, true, NULL, 2, 4194304, NULL, "The process."},
    {"nice", PARAM_INT, false, "15", -20, 19, NULL, "Its nice value: 19 gives way to all others."},
    {"command", PARAM_STRING, false, NULL, 0, 0, NULL,
     "Its name, when it is to be refused for any other process of that number."},
    {NULL},
};

static enum err_code plan_renice(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    int64_t was, want = act_arg_int(a, "nice", 15);
    char pid[24], value[24], old[24];

    if (need_process(a, err))
        return err->code;
    was = act_read_int(a, 0, "nice", 0);
    name_process(a);
    snprintf(pid, sizeof(pid), "%lld", (long long)act_arg_int(a, "pid", 0));
    snprintf(value, sizeof(value), "%lld", (long long)want);
    snprintf(old, sizeof(old), "%lld", (long long)was);
    act_do(a, (const char *const[]){"renice", "-n", value, "-p", pid, NULL});
    p->before = arena_printf(a->arena, "nice %lld; %s", (long long)was, p->before);
    p->after = arena_printf(a->arena, "nice %lld", (long long)want);
    p->effect = want > was ? "it gives way to others when processors are short"
                           : "it is preferred when processors are short";
    p->facts = process_facts(a);
    p->blast = arena_printf(a->arena, "this process %s", act_on(a));
    p->cost = "no money; a moment";
    p->watch = "who waits for a processor: /proc/pressure/cpu";
    p->rollback_operation = "host.process.renice";
    p->rolls_back = true;
    p->rollback_args = act_object(a, "host", a->host, "pid", pid, "nice", old, "command",
                                  act_read_line(a, 0, "name"), "sudo", sudo_word(a), (char *)NULL);
    p->rollback =
        want > was
            ? arena_printf(a->arena, "renice -n %s -p %s (a lower value needs root)", old, pid)
            : arena_printf(a->arena, "renice -n %s -p %s", old, pid);
    if (was == want)
        p->already = "it has this nice value already";
    return ERR_OK;
}

static enum act_check verify_renice(struct act *a)
{
    const char *start = act_read_line(a, 0, "start");
    int64_t nice = act_read_int(a, 0, "nice", 1000);

    if (!start || strcmp(start, act_fact(a, "start")) != 0) {
        a->said = "the process is gone";
        return ACT_FAILED;
    }
    a->said = arena_printf(a->arena, "nice %lld", (long long)nice);
    return nice == act_arg_int(a, "nice", 15) ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_process_renice = {
    .name = "host.process.renice",
    .help = "Change how much one process gives way to others.",
    .undo = "the old value again; a lower one needs root",
    .resource_type = "process",
    .params = renice_params,
    .floor = RISK_LOW,
    .verify_ms = 2000,
    .read = read_process,
    .plan = plan_renice,
    .verify = verify_renice,
};

/* ---- a supervised process ---- */

static const struct tool_param restart_params[] = {
    ACT_HOST_PARAMS,
    {"pid", PARAM_INT, true, NULL, 2, 4194304, NULL,
     "The process; its parent is what starts it again."},
    {"command", PARAM_STRING, false, NULL, 0, 0, NULL,
     "Its name, when it is to be refused for any other process of that number."},
    {NULL},
};

/* $1 pid, and of the reads after it was ended: its parent's children of that name. */
static const char siblings_script[] =
    "p=$1\n"
    "pp=\n"
    "if IFS= read -r l <\"/proc/$p/stat\" 2>/dev/null; then r=${l##*) }; set -- $r; pp=$2; fi\n"
    "for d in /proc/[0-9]*; do\n"
    "IFS= read -r l <\"$d/stat\" 2>/dev/null || continue\n"
    "q=${l%% *}; n=${l#*(}; n=${n%)*}; r=${l##*) }; set -- $r; s=$1; x=$2; shift 19\n"
    "echo \"p $q $x $1 $s $n\"\n"
    "done\n"
    "echo \"pp $pp\"\n";

static enum err_code read_restart(struct act *a, struct err *err)
{
    char pid[24];

    (void)err;
    snprintf(pid, sizeof(pid), "%lld", (long long)act_arg_int(a, "pid", 0));
    act_script(a, &a->reads, look_script, (const char *const[]){pid, NULL});
    act_script(a, &a->reads, siblings_script, (const char *const[]){pid, NULL});
    return ERR_OK;
}

static enum err_code plan_restart(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    int64_t parent;

    if (need_process(a, err))
        return err->code;
    parent = act_read_int(a, 0, "parent", 0);
    if (parent <= 1)
        return err_set(err, ERR_DENIED,
                       "process %lld was started by process %lld: nobody there would start it "
                       "again",
                       (long long)act_arg_int(a, "pid", 0), (long long)parent);
    name_process(a);
    p->facts = process_facts(a);
    add_signal(a, "TERM");
    p->effect = arena_printf(a->arena, "it is asked to end; %s (process %lld) starts it again",
                             act_read_line(a, 0, "parent_name"), (long long)parent);
    p->after = arena_printf(a->arena, "a new %s below process %lld", act_read_line(a, 0, "name"),
                            (long long)parent);
    p->rollback = "";
    p->blast = arena_printf(a->arena, "who talks to it, until it is there again, %s", act_on(a));
    p->cost = "no money; seconds";
    p->watch = "a new process of that name, and that it stays";
    p->duration_ms = 5000;
    return ERR_OK;
}

/* "p PID PPID START STATE NAME": one below the same parent that started later. */
static bool successor(struct act *a, struct str line, int64_t *ret_pid)
{
    struct str rest = line, word;
    int64_t f[3] = {0, 0, 0};
    struct str state = {NULL, 0};

    for (int i = 0; i < 5; i++) {
        if (!str_split(&rest, ' ', &word))
            return false;
        if (i == 0 && !str_eq_c(word, "p"))
            return false;
        if (i >= 1 && i <= 3 && !num_i64(word, &f[i - 1]))
            return false;
        state = word;
    }
    *ret_pid = f[0];
    return f[1] == act_fact_int(a, "parent", -1) && f[2] > act_fact_int(a, "start", 0) &&
           !str_eq_c(state, "Z") && str_eq_c(rest, act_fact(a, "name"));
}

static enum act_check verify_restart(struct act *a)
{
    const char *start = act_read_line(a, 0, "start");
    struct str rest = a->reads.count > 1 ? a->reads.items[1].answer.out : STR_LIT(""), line;
    int64_t pid;

    if (start && strcmp(start, act_fact(a, "start")) == 0) {
        a->said = "the old process is still there";
        return ACT_NOT_YET;
    }
    while (str_line(&rest, &line)) {
        if (successor(a, line, &pid)) {
            a->said = arena_printf(a->arena, "process %lld has taken its place", (long long)pid);
            a->held_by = a->said;
            return ACT_HOLDS;
        }
    }
    a->said = "the old process is gone, and no new one is there yet";
    return ACT_NOT_YET;
}

const struct act_def act_supervised_restart = {
    .name = "host.supervised.restart",
    .help = "End one process that its parent starts again, and see that it does.",
    .undo = "there is no way back to the old process",
    .resource_type = "process",
    .params = restart_params,
    .floor = RISK_HIGH,
    .verify_ms = 20000,
    .stay_ms = 1500,
    .read = read_restart,
    .plan = plan_restart,
    .verify = verify_restart,
};
