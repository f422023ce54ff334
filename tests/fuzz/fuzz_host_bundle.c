/* fuzz_host_bundle.c - what a machine sends, read by each parser of bundles. */
#include "tests/fuzz/targets.h"

#include "runbook/service/host.h"
#include "runbook/service/host_logs.h"
#include "runbook/service/host_services.h"

void fuzz_host_bundle(struct str input)
{
    struct arena *a = arena_new(0);
    struct host_snapshot s;
    struct host_watch w;
    struct host_disk_usage d;
    struct host_log log;
    struct host_changes c;
    struct host_mining m;
    struct host_services services;
    struct host_reach r;
    struct err err = ERR_INIT;

    host_snapshot_parse(&s, a, input, "web-3", 1700000000000, &err);
    host_snapshot_release(&s);
    host_watch_parse(&w, a, input, &err);
    host_watch_release(&w);
    host_disk_parse(&d, a, input, &err);
    host_disk_release(&d);
    host_log_parse(&log, a, input, &err);
    host_log_release(&log);
    host_changes_parse(&c, a, input, &err);
    host_changes_release(&c);
    host_mining_parse(&m, a, input, &err);
    host_mining_release(&m);
    host_services_parse(&services, a, input, &err);
    host_services_release(&services);
    host_reach_parse(&r, a, input, &err);
    host_reach_release(&r);
    arena_free(a);
}
