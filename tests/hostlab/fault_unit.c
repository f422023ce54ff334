/* fault_unit.c - units of systemd that fail, flap, never finish starting or were stopped. They are
 * units of this machine's own manager, with a name of this run, and go with it. */
#include <stdio.h>
#include <unistd.h>

#include "lab.h"
#include "runbook/base/num.h"

static const char *need_systemd(void)
{
    if (access("/run/systemd/system", F_OK))
        return "systemd does not run this machine";
    return lab_root() ? NULL : "only root may start units";
}

static const char *need_settled(void)
{
    const char *why = need_systemd();
    char text[64];
    struct str rest, first = {NULL, 0};
    double up = 0;

    if (why)
        return why;
    if (lab_read("/proc/uptime", text, sizeof(text)))
        rest = str_from(text);
    else
        rest = str_from("");
    if (!str_split(&rest, ' ', &first) || !num_f64(first, &up))
        up = 0;
    return up < 660 ? "this machine has just started: units come and go" : NULL;
}

static void unit_name(const struct lab_run *r, char *name, size_t size)
{
    snprintf(name, size, "%s.service", r->tag);
}

static void run_unit(struct lab_run *r, const char *option, const char *second, const char *shell)
{
    char name[100], unit[120];

    unit_name(r, name, sizeof(name));
    snprintf(unit, sizeof(unit), "--unit=%s", name);
    if (lab_command(r, (const char *const[]){"systemd-run", "--no-block", unit, "-p", option, "-p",
                                             second, "/bin/sh", "-c", shell, NULL}))
        lab_skip(r, "systemd starts no unit for us");
    if (!r->fault->control)
        lab_expect(r, "unit:%s", name);
    lab_stands(r);
    lab_stay();
}

static void failed(struct lab_run *r)
{
    run_unit(r, "Restart=no", "Type=simple", "sleep 1; exit 3");
}

static void flapping(struct lab_run *r)
{
    run_unit(r, "Restart=always", "RestartSec=500ms", "exit 1");
}

/* Healthy. */
static void running(struct lab_run *r)
{
    run_unit(r, "Restart=always", "Type=simple", "sleep 1000");
}

static void starting(struct lab_run *r)
{
    run_unit(r, "Type=notify", "TimeoutStartSec=infinity", "sleep 1000");
}

static void unit_path(const struct lab_run *r, char *path, size_t size)
{
    snprintf(path, size, "/etc/systemd/system/%s.service", r->tag);
}

static void stopped(struct lab_run *r)
{
    char path[200], name[100];

    unit_path(r, path, sizeof(path));
    unit_name(r, name, sizeof(name));
    if (!lab_write(path, "[Service]\nExecStart=/bin/sleep 1000\n"
                         "[Install]\nWantedBy=multi-user.target\n") ||
        lab_command(r, (const char *const[]){"systemctl", "daemon-reload", NULL}) ||
        lab_command(r, (const char *const[]){"systemctl", "enable", "--now", name, NULL}) ||
        lab_command(r, (const char *const[]){"systemctl", "stop", name, NULL}))
        lab_skip(r, "systemd takes no unit of ours");
    lab_expect(r, "unit:%s", name);
    lab_stands(r);
    lab_stay();
}

static void remove_unit(const struct lab_run *r)
{
    char path[200], name[100];

    unit_path(r, path, sizeof(path));
    unit_name(r, name, sizeof(name));
    lab_command(r, (const char *const[]){"systemctl", "stop", name, NULL});
    if (access(path, F_OK) == 0)
        lab_command(r, (const char *const[]){"systemctl", "disable", name, NULL});
    unlink(path);
    lab_command(r, (const char *const[]){"systemctl", "reset-failed", name, NULL});
    lab_command(r, (const char *const[]){"systemctl", "daemon-reload", NULL});
}

static bool stood_3_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 3000);
}

static bool stood_65_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 65000);
}

#define UNIT(name, words, how, wait, why, secs)                                                    \
    {                                                                                              \
        .id = name, .family = "service", .sentence = words, .kinds = "service", .start = how,      \
        .ready = wait, .need = why, .stop = remove_unit, .lasts_s = secs                           \
    }

const struct lab_fault unit_faults[] = {
    UNIT("unit-failed", "users say that it is down", failed, stood_3_s, need_systemd, 0),
    UNIT("unit-flapping", "it is gone from time to time", flapping, stood_3_s, need_systemd, 0),
    UNIT("unit-starting", "the new version does not come up", starting, stood_65_s, need_systemd,
         150),
    {.id = "unit-running",
     .family = "control",
     .control = true,
     .sentence = "users say that it is down",
     .start = running,
     .ready = stood_3_s,
     .need = need_systemd,
     .stop = remove_unit},
    UNIT("unit-stopped", "users say that it is down", stopped, stood_3_s, need_settled, 0),
    {.id = NULL},
};
