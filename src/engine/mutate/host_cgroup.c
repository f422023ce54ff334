/* host_cgroup.c - the limits of a control group, of either version: a value, or so much more than
 * it is. Which file holds it is found on the target. */
#include "act.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/num.h"

#define PERCENT_MAX 400

static const struct tool_param cgroup_params[] = {
    ACT_HOST_PARAMS,
    {"group", PARAM_STRING, true, NULL, 0, 0, NULL,
     "The group below /sys/fs/cgroup, such as system.slice/nginx.service."},
    {"limit", PARAM_ENUM, true, NULL, 0, 0,
     (const char *const[]){"memory", "cpu", "pids", "cpu.max", "cpu.weight", "memory.max",
                           "memory.high", "pids.max", "io.weight", "cpu.cfs_quota_us",
                           "memory.limit_in_bytes", NULL},
     "Which limit; memory, cpu and pids: the one of these that the group has."},
    {"value", PARAM_STRING, true, NULL, 0, 0, NULL,
     "Its value as the kernel takes it: \"50000 100000\", 536870912, max; or +50%."},
    {NULL},
};

/* $1 group, $2 limit. */
static const char cgroup_script[] =
    "g=$1; n=$2\n"
    "case $n in memory) n='memory.max memory.limit_in_bytes';; cpu) n='cpu.max "
    "cpu.cfs_quota_us';;\n"
    "pids) n=pids.max;; esac\n"
    "f=\n"
    "for k in $n; do for d in '' memory/ cpu/ cpu,cpuacct/ pids/ blkio/; do\n"
    "[ -z \"$f\" ] && [ -f \"/sys/fs/cgroup/$d$g/$k\" ] && f=/sys/fs/cgroup/$d$g/$k\n"
    "done; done\n"
    "[ -n \"$f\" ] || { echo \"error there is no control group $g with a limit $2\"; exit 0; }\n"
    "[ \"$(readlink -f -- \"$f\")\" = \"$f\" ] || { echo \"error a link leads to $f\"; exit 0; }\n"
    "IFS= read -r v <\"$f\" || { echo \"error $f cannot be read\"; exit 0; }\n"
    "echo \"file $f\"\n"
    "echo \"value $v\"\n"
    "d=${f%/*}; echo \"tasks $(cat \"$d/cgroup.procs\" 2>/dev/null | wc -l)\"\n"
    "echo \"memory $(cat \"$d/memory.current\" 2>/dev/null)\"\n";
static const char cgroup_set_script[] = "printf '%s\\n' \"$2\" >\"$1\"\n";

/* "+50%"; 0: it is none. */
static int64_t percent(const char *value)
{
    size_t len = strlen(value);
    int64_t n;

    return *value == '+' && len > 2 && value[len - 1] == '%' &&
                   num_i64((struct str){value + 1, len - 2}, &n) && n > 0 && n <= PERCENT_MAX
               ? n
               : 0;
}

static enum err_code read_cgroup(struct act *a, struct err *err)
{
    const char *group = act_arg(a, "group"), *value = act_arg(a, "value");

    group += *group == '/';
    if (!act_word_ok(group) || *group == '/' || strstr(group, ".."))
        return err_set(err, ERR_INPUT, "'%.200s' is no group below /sys/fs/cgroup", group);
    if (!*value || (value[strspn(value, "0123456789 max-")] && !percent(value)))
        return err_set(err, ERR_INPUT, "'%.80s' is no value of a limit", value);
    act_script(a, &a->reads, cgroup_script,
               (const char *const[]){group, act_arg(a, "limit"), NULL});
    return ERR_OK;
}

/* What is to be written; NULL: there is no limit that could be raised. */
static const char *wanted(struct act *a, const char *was)
{
    const char *value = act_arg(a, "value");
    struct str rest = str_from(was), word;
    int64_t more = percent(value), n;

    if (!more)
        return value;
    if (!str_split(&rest, ' ', &word) || !num_i64(word, &n) || n <= 0 || n > INT64_MAX / 1000)
        return NULL;
    n += n / 100 * more + n % 100 * more / 100;
    return rest.len ? arena_printf(a->arena, "%lld %.*s", (long long)n, STR_FMT(rest))
                    : arena_printf(a->arena, "%lld", (long long)n);
}

static void describe(struct act *a, const char *limit, const char *was, const char *want)
{
    struct act_plan *p = &a->plan;
    const char *tasks = act_read_line(a, 0, "tasks"), *group = act_arg(a, "group");

    p->resource = group + (*group == '/');
    p->resource_id = arena_printf(a->arena, "host:%s/cgroup:%s", a->host, p->resource);
    p->before = arena_printf(a->arena, "%s %s, %s processes", limit, was, tasks ? tasks : "?");
    p->after = arena_printf(a->arena, "%s %s", limit, want);
    p->effect = strncmp(limit, "memory.", 7) == 0
                    ? "what runs in it may be killed when it holds more than that"
                    : "what runs in it gets at most that";
    p->rollback = arena_printf(a->arena, "%s %s again", limit, was);
    p->rollback_operation = "host.cgroup.limit";
    p->rollback_args =
        act_object(a, "host", a->host, "group", p->resource, "limit", limit, "value", was, "sudo",
                   act_arg_bool(a, "sudo") ? "true" : "false", (char *)NULL);
    p->rolls_back = true;
    p->facts = act_object(a, "value", was, "want", want, (char *)NULL);
    p->blast = arena_printf(a->arena, "%s processes %s", tasks ? tasks : "?", act_on(a));
    p->cost = "no money; a moment";
    p->watch = "pressure and throttling of the group";
    p->targets = 1;
}

static enum err_code plan_cgroup(struct act *a, struct err *err)
{
    const char *was, *want, *file;
    struct act_call *c;

    if (act_read_failed(a, 0, err))
        return err->code;
    was = act_read_line(a, 0, "value");
    file = act_read_line(a, 0, "file");
    if (!was || !file)
        return err_set(err, ERR_REMOTE, "the limit could not be read");
    want = wanted(a, was);
    if (!want)
        return err_set(err, ERR_INPUT, "%s has no limit that could be raised: it is %s", file, was);
    describe(a, strrchr(file, '/') + 1, was, want);
    c = act_do_script(a, cgroup_set_script, (const char *const[]){file, want, NULL});
    c->shown = arena_printf(a->arena, "%s'%s' into %s",
                            act_arg_bool(a, "sudo") ? "sudo -n, write " : "write ", want, file);
    if (strcmp(was, want) == 0)
        a->plan.already = "it has this value already";
    return ERR_OK;
}

/* The kernel rounds bytes of memory to pages: within one of what was written. */
static enum act_check verify_cgroup(struct act *a)
{
    const char *now = act_read_line(a, 0, "value"), *value = act_fact(a, "want");
    int64_t n = 0, want = 0;
    bool numbers = strncmp(act_arg(a, "limit"), "memory", 6) == 0 && now &&
                   num_i64(str_from(now), &n) && num_i64(str_from(value), &want);

    a->said = now ? now : "it could not be read";
    if (now && strcmp(now, value) == 0)
        return ACT_HOLDS;
    return numbers && n <= want && want - n < 65536 ? ACT_HOLDS : ACT_NOT_YET;
}

const struct act_def act_cgroup_limit = {
    .name = "host.cgroup.limit",
    .help = "Set one limit of a control group.",
    .undo = "the old value again; by itself when the new one does not hold",
    .resource_type = "cgroup",
    .params = cgroup_params,
    .floor = RISK_MEDIUM,
    .verify_ms = 2000,
    .read = read_cgroup,
    .plan = plan_cgroup,
    .verify = verify_cgroup,
};
