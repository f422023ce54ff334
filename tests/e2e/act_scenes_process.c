/* act_scenes_process.c - operations on processes and units. */
#include "act_scenes_priv.h"

#include <signal.h>
#include <sys/resource.h>

static pid_t victim;

/* ---- processes ---- */

static const char *state_of(pid_t pid)
{
    const char *s = world_line("sed 's/.*) \\(.\\).*/\\1/' /proc/%d/stat 2>/dev/null", (int)pid);

    return *s ? s : "-";
}

static void make_victim(struct world *w)
{
    victim = scene_start(w, "exec sleep 1000");
    assert_true(world_wait("[ \"$(cat /proc/%d/comm)\" = sleep ]", (int)victim));
}

static const char *make_term(struct world *w)
{
    make_victim(w);
    scene_args(w, "'pid':%d,'signal':'TERM','command':'sleep'", (int)victim);
    return NULL;
}

static bool is_gone(struct world *w)
{
    (void)w;
    return strchr("Z-", *state_of(victim)) != NULL;
}

/* It does not mind. */
static void spoil_term(struct world *w)
{
    char line[512];

    kill(victim, SIGKILL);
    snprintf(line, sizeof(line), "trap '' TERM; : >'%s/ready'; while :; do sleep 0.2; done",
             w->dir);
    victim = scene_start(w, line);
    assert_true(world_wait("[ -e '%s/ready' ]", w->dir));
    scene_args(w, "'pid':%d,'signal':'TERM'", (int)victim);
    scene_meanwhile(w, "true");
}

static const char *make_stop(struct world *w)
{
    make_victim(w);
    scene_args(w, "'pid':%d,'signal':'STOP'", (int)victim);
    return NULL;
}

static bool is_stopped(struct world *w)
{
    (void)w;
    return scene_is_line("T", state_of(victim));
}

static bool is_running(struct world *w)
{
    (void)w;
    return scene_is_line("S", state_of(victim));
}

static void spoil_stop(struct world *w)
{
    scene_meanwhile(w, "kill -CONT %d; true", (int)victim);
}

static const char *make_cont(struct world *w)
{
    make_victim(w);
    kill(victim, SIGSTOP);
    assert_true(world_wait("grep -q '^State:.*T' /proc/%d/status", (int)victim));
    scene_args(w, "'pid':%d,'signal':'CONT'", (int)victim);
    return NULL;
}

static void spoil_cont(struct world *w)
{
    scene_meanwhile(w, "kill -STOP %d", (int)victim);
}

static const char *make_nice(struct world *w)
{
    make_victim(w);
    setpriority(PRIO_PROCESS, (id_t)victim, 0);
    scene_args(w, "'pid':%d,'nice':9", (int)victim);
    return scene_need_root(); /* the way back needs it */
}

static bool is_nice(struct world *w)
{
    (void)w;
    return getpriority(PRIO_PROCESS, (id_t)victim) == 9;
}

static bool is_not_nice(struct world *w)
{
    (void)w;
    return getpriority(PRIO_PROCESS, (id_t)victim) == 0;
}

static void spoil_nice(struct world *w)
{
    scene_meanwhile(w, "/usr/bin/renice -n 4 -p %d", (int)victim);
}

/* A shell that starts its child again, in all three ways that there are. */
static const char *make_child(struct world *w, const char *again)
{
    char line[512];

    snprintf(line, sizeof(line), "while :; do sleep 1000 & echo $! >'%s/child'; wait $!; %s done",
             w->dir, again);
    world_sh("rm -f '%s/child'", w->dir);
    scene_start(w, line);
    assert_true(world_wait("[ -s '%s/child' ]", w->dir));
    victim = world_number(world_line("cat '%s/child'", w->dir));
    scene_args(w, "'pid':%d,'command':'sleep'", (int)victim);
    assert_true(world_wait("[ \"$(cat /proc/%d/comm)\" = sleep ]", (int)victim));
    return NULL;
}

static const char *make_supervised(struct world *w)
{
    return make_child(w, "");
}

static bool is_another(struct world *w)
{
    return world_number(world_line("cat '%s/child'", w->dir)) != victim;
}

static void spoil_supervised(struct world *w)
{
    make_child(w, "exec sleep 1000;"); /* it never starts it again */
    scene_meanwhile(w, "true");
}

/* ---- units ---- */

#define UNIT "rbtest.service"

static const char *make_unit(struct world *w, const char *prepare)
{
    const char *why = scene_need_systemd();

    if (why)
        return why;
    world_sh(
        "mkdir -p /run/rbtest; cat >/run/rbtest/serve <<'E'\n"
        "[ ! -e /run/rbtest/broken ] || exit 1\n"
        "echo start >>/run/rbtest/log\ntrap 'echo reload >>/run/rbtest/log' HUP\n"
        "trap 'exit 0' TERM\nwhile :; do sleep 0.05; done\nE\n"
        "cat >/etc/systemd/system/" UNIT " <<'E'\n"
        "[Unit]\nDefaultDependencies=no\nStartLimitIntervalSec=0\n[Service]\nExecStart=/bin/sh "
        "/run/rbtest/serve\nExecReload=/bin/kill -HUP $MAINPID\n"
        "RestartSec=20ms\nTimeoutStopSec=5\n[Install]\nWantedBy=multi-user.target\nE\n"
        "rm -f /run/rbtest/log /run/rbtest/broken; /bin/systemctl daemon-reload; %s",
        prepare);
    scene_args(w, "'unit':'" UNIT "'");
    return NULL;
}

static const char *make_running(struct world *w)
{
    return make_unit(w, "/bin/systemctl disable -q " UNIT "; /bin/systemctl restart " UNIT
                        "; until grep -q start /run/rbtest/log; do sleep 0.02; done");
}

static const char *make_resting(struct world *w)
{
    return make_unit(w, "/bin/systemctl stop " UNIT "; /bin/systemctl disable -q " UNIT);
}

static const char *make_enabled(struct world *w)
{
    return make_unit(w, "/bin/systemctl enable -q " UNIT);
}

static bool log_has(int starts, int reloads)
{
    char want[32];

    snprintf(want, sizeof(want), "%d %d", starts, reloads);
    return scene_is_line(want, world_line("echo $(grep -c start /run/rbtest/log) $(grep -c reload "
                                          "/run/rbtest/log)"));
}

static bool is_active(const char *want)
{
    return scene_is_line(want, world_line("/bin/systemctl is-active " UNIT));
}

static bool is_restarted(struct world *w)
{
    (void)w;
    return is_active("active") && log_has(2, 0);
}

static bool is_reloaded(struct world *w)
{
    (void)w;
    return world_wait("grep -q reload /run/rbtest/log") && is_active("active") && log_has(1, 1);
}

static bool is_started(struct world *w)
{
    (void)w;
    return is_active("active") && world_wait("grep -q start /run/rbtest/log") && log_has(1, 0);
}

/* One that was stopped while it died has failed; it does not run either way. */
static bool is_resting(struct world *w)
{
    const char *state = world_line("/bin/systemctl is-active " UNIT);

    (void)w;
    return strcmp(state, "failed") == 0 || scene_is_line("inactive", state);
}

static bool is_up(struct world *w)
{
    (void)w;
    return is_active("active");
}

static bool is_enabled(struct world *w)
{
    (void)w;
    return scene_is_line("enabled", world_line("/bin/systemctl is-enabled " UNIT));
}

static bool is_disabled(struct world *w)
{
    (void)w;
    return scene_is_line("disabled", world_line("/bin/systemctl is-enabled " UNIT));
}

static void spoil_restart(struct world *w)
{
    (void)w;
    world_sh(": >/run/rbtest/broken");
}

static void spoil_reload(struct world *w)
{
    scene_meanwhile(w, "/bin/systemctl restart " UNIT);
}

/* It starts, dies, is started again, and so on. */
static void spoil_start(struct world *w)
{
    (void)w;
    world_sh("sed -i 's/^RestartSec.*/RestartSec=20ms\\nRestart=always/' /etc/systemd/system/" UNIT
             "; /bin/systemctl daemon-reload; : >/run/rbtest/broken");
}

static void spoil_stop_unit(struct world *w)
{
    scene_meanwhile(w, "/bin/systemctl start " UNIT);
}

static void spoil_enable(struct world *w)
{
    scene_meanwhile(w, "/bin/systemctl disable " UNIT);
}

static void spoil_disable(struct world *w)
{
    scene_meanwhile(w, "/bin/systemctl enable " UNIT);
}

/* ---- other supervisors ---- */

static const char *make_supervisor(struct world *w)
{
    const char *dir = w->dir;

    if (!*world_line("command -v supervisord"))
        return "supervisor is not installed";
    if (scene_need_systemd())
        return "its configuration would be this machine's";
    world_sh("mkdir -p /run/rbtest /etc/supervisor; rm -f /run/rbtest/*; cat "
             ">/etc/supervisor/supervisord.conf <<'E'\n"
             "[unix_http_server]\nfile=/run/rbtest/super.sock\nchmod=0777\n[supervisord]\n"
             "logfile=/run/rbtest/super.log\npidfile=/run/rbtest/super.pid\nnodaemon=true\n"
             "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = "
             "supervisor.rpcinterface:make_main_rpcinterface\n[supervisorctl]\n"
             "serverurl=unix:///run/rbtest/super.sock\n[program:shop]\n"
             "command=/bin/sh -c 'echo start >>/run/rbtest/log; exec sleep 1000'\nstartsecs=0\nE\n"
             ": '%s'",
             dir);
    scene_start(w, "exec supervisord -n -c /etc/supervisor/supervisord.conf >/dev/null 2>&1");
    if (!world_wait("/usr/bin/supervisorctl status shop | grep -q RUNNING"))
        return "supervisord does not start";
    scene_args(w, "'unit':'shop'");
    return NULL;
}

static bool is_super_restarted(struct world *w)
{
    (void)w;
    return world_wait("[ $(grep -c start /run/rbtest/log) = 2 ]");
}

static void spoil_super(struct world *w)
{
    world_spoil(w, "supervisorctl", "case \"$*\" in restart*) spoiled; exit 0;; esac");
    scene_meanwhile(w, "true");
}

const struct scene act_scenes_process[] = {
    {"host.process.signal TERM", "host.process.signal", make_term, is_gone, NULL, spoil_term,
     .kills = true, .far = true},
    {"host.process.signal STOP", "host.process.signal", make_stop, is_stopped, is_running,
     spoil_stop, .undo = true, .rolls_back = true},
    {"host.process.signal CONT", "host.process.signal", make_cont, is_running, is_stopped,
     spoil_cont, .undo = true, .rolls_back = true},
    {"host.process.renice", "host.process.renice", make_nice, is_nice, is_not_nice, spoil_nice,
     "renice -n 9", .undo = true, .rolls_back = true},
    {"host.supervised.restart", "host.supervised.restart", make_supervised, is_another, NULL,
     spoil_supervised},
    {"host.unit.restart", "host.unit.restart", make_running, is_restarted, NULL, spoil_restart,
     "systemctl --no-pager restart", .kills = true, .far = true},
    {"host.unit.reload", "host.unit.reload", make_running, is_reloaded, NULL, spoil_reload,
     "systemctl --no-pager reload"},
    {"host.unit.start", "host.unit.start", make_resting, is_started, is_resting, spoil_start,
     "systemctl --no-pager start", .undo = true, .rolls_back = true},
    {"host.unit.stop", "host.unit.stop", make_running, is_resting, is_up, spoil_stop_unit,
     "systemctl --no-pager stop", .undo = true},
    {"host.unit.enable", "host.unit.enable", make_resting, is_enabled, is_disabled, spoil_enable,
     "systemctl --no-pager enable", .undo = true},
    {"host.unit.disable", "host.unit.disable", make_enabled, is_disabled, is_enabled, spoil_disable,
     "systemctl --no-pager disable", .undo = true},
    {"host.unit.restart of supervisor", "host.unit.restart", make_supervisor, is_super_restarted,
     NULL, spoil_super, "supervisorctl restart"},
    {.name = NULL},
};
