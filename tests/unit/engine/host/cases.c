/* cases.c - see cases.h. */
#include "cases.h"

const struct sides *const cases_families[] = {
    cases_kernel,  cases_network, cases_cpu,     cases_memory,
    cases_process, cases_service, cases_storage, NULL,
};

const struct second *const cases_seconds[] = {
    cases_second, cases_second_network, cases_second_storage, cases_second_service, NULL,
};

const struct parts cases_healthy = {
    .cpu = "{\"count\":4,\"busy\":0.1,\"steal\":0,\"max_busy\":0.2,\"load1\":0.3,\"running\":1}",
    .pressure = "{\"cpu\":{\"known\":true,\"some\":0.01,\"full\":0},\"memory\":{\"known\":true,"
                "\"some\":0,\"full\":0},"
                "\"io\":{\"known\":true,\"some\":0.01,\"full\":0}}",
    .memory = "{\"total\":8e9,\"available\":6e9,\"swap_in_rate\":0,\"swap_out_rate\":0,\"oom_"
              "kills\":0,\"oom_kill_rate\":0}",
    .limits = "{\"files\":1000,\"files_max\":100000,\"pid_max\":32768,\"threads_max\":60000,"
              "\"threads\":300,"
              "\"conntrack\":10,\"conntrack_max\":1000,\"ports\":28000,\"time_wait\":3,\"zombies\":"
              "0,\"d_state\":0}",
    .network = "{\"retransmit_rate\":0,\"out_rate\":100,\"listen_overflow_rate\":0,\"established\":"
               "4,\"attempt_fail_rate\":0}",
    .processes = "[{\"pid\":42,\"ppid\":1,\"command\":\"app\",\"cpu\":0.1,\"tree_cpu\":0.1,\"age_"
                 "s\":900,\"cpu_mean\":0.1,"
                 "\"rss\":1e8,\"rss_rate\":0,\"vm\":2e8,\"vm_rate\":0,\"fds\":10,\"fd_limit\":1024,"
                 "\"cgroup\":\"/web\",\"state\":\"S\"}]",
    .filesystems =
        "[{\"mount\":\"/"
        "\",\"known\":true,\"read_only\":false,\"total\":1e11,\"free\":5e10,\"available\":5e10,"
        "\"used\":0.5,\"inodes_used\":0.1}]",
    .disks = "[{\"name\":\"sda\",\"busy\":0.1,\"await_ms\":1}]",
    .nics = "[{\"name\":\"eth0\",\"rx_packets\":1000,\"tx_packets\":1000,\"rx_errors\":0,\"tx_"
            "errors\":0,\"rx_drops\":0,\"tx_drops\":0}]",
    .listeners = "[{\"port\":8080,\"queue\":0,\"backlog\":128,\"pid\":42,\"command\":\"app\"}]",
    .cgroups = "[{\"path\":\"/"
               "web\",\"memory\":1e8,\"memory_limit\":4e8,\"throttled\":0,\"throttled_rate\":0,"
               "\"cpu_quota\":2,"
               "\"oom_kill_rate\":0,\"pids\":10,\"pids_limit\":100}]",
    .units = "{\"systemd\":true,\"list\":[]}",
    .events = "[]",
    .clock = "{\"synced\":true,\"skew_s\":0.2}",
};

void cases_write(struct buf *out, const char *host, const struct parts *p)
{
    buf_addf(out,
             "{\"host\":\"%s\",\"taken_ms\":1700000000000,\"window_s\":1,\"cpu\":%s,"
             "\"pressure\":%s,\"memory\":%s,"
             "\"limits\":%s,\"network\":%s,\"processes\":%s,\"filesystems\":%s,\"disks\":%s,"
             "\"nics\":%s,\"listeners\":%s,"
             "\"cgroups\":%s,\"units\":%s,\"kernel_events\":%s,\"clock\":%s%s%s}",
             host, p->cpu, p->pressure, p->memory, p->limits, p->network, p->processes,
             p->filesystems, p->disks, p->nics, p->listeners, p->cgroups, p->units, p->events,
             p->clock, p->more ? "," : "", p->more ? p->more : "");
}

const struct value *cases_snapshot(struct arena *a, const struct parts *p)
{
    struct buf text = BUF_INIT(1 << 16);
    const struct value *doc;
    struct err err = ERR_INIT;

    cases_write(&text, "web-3", p);
    assert_ok(json_parse(a, buf_str(&text), &doc, &err), &err);
    buf_release(&text);
    return doc;
}

static const struct value *document(struct arena *a, const char *text)
{
    const struct value *doc = NULL;
    struct err err = ERR_INIT;

    if (text)
        assert_ok(json_parse(a, str_from(text), &doc, &err), &err);
    return doc;
}

struct host_view cases_view(struct arena *a, const struct parts *p, unsigned words)
{
    struct host_view v = {
        .arena = a, .snapshot = cases_snapshot(a, p), .host = "web-3", .words = words};

    v.logs = document(a, p->logs);
    v.services = document(a, p->services);
    return v;
}

const struct host_pattern *cases_pattern(const char *id)
{
    for (const struct host_pattern *const *at = host_pattern_table(); *at; at++) {
        if (strcmp((*at)->id, id) == 0)
            return *at;
    }
    fail_msg("no pattern %s", id);
    return NULL;
}

struct host_finding cases_run(struct arena *a, const char *id, const struct parts *p,
                              unsigned words)
{
    struct host_view *v = arena_alloc(a, sizeof(*v));
    struct host_finding f = {0};

    *v = cases_view(a, p, words);
    host_pattern_run(cases_pattern(id), v, &f);
    return f;
}

struct parts cases_merge(const struct parts *p)
{
    const char *const *over = (const char *const *)p;
    struct parts out = cases_healthy;
    const char **to = (const char **)&out;

    for (size_t i = 0; i < sizeof(out) / sizeof(*to); i++) {
        if (over[i])
            to[i] = over[i];
    }
    return out;
}

struct host_reading cases_follow(struct arena *a, const struct parts *p, const char *id,
                                 const char *answer)
{
    struct host_view v = cases_view(a, p, 0);
    struct host_finding f = cases_run(a, id, p, 0);
    struct host_reading r = {.strength = STRENGTH_NONE};
    const struct value *doc;
    struct err err = ERR_INIT;

    assert_ok(json_parse(a, str_from(answer), &doc, &err), &err);
    f.pattern->read(&v, &f.culprits[0], doc, &r);
    return r;
}
