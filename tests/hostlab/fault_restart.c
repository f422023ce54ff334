/* fault_restart.c - programs that end with a status and are started again: by a supervisor that is
 * none of systemd, and by a shell's loop; and supervised programs that are well. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab.h"

#define LOG(r, path, size) snprintf(path, size, "/var/log/%s-billing.log", (r)->tag)

static const char *need_root(void)
{
    return lab_root() ? NULL : "only root may write to /var/log";
}

static const char *need_runsv(void)
{
    return lab_has("runsv") ? need_root() : "runit is not installed";
}

static const char *need_supervisord(void)
{
    return lab_has("supervisord") ? need_root() : "supervisor is not installed";
}

/* A program that cannot start: it says why, and ends. */
static void write_program(struct lab_run *r, char *path, size_t size, const char *rest)
{
    char text[600], log[200];

    snprintf(path, size, "%s/billing", r->dir);
    LOG(r, log, sizeof(log));
    snprintf(text, sizeof(text),
             "#!/bin/sh\n[ -e /proc/self/comm ] && printf billing >/proc/$$/comm\n"
             "say() { echo \"$(date +%%Y-%%m-%%dT%%H:%%M:%%S%%z) billing[$$]: $*\" >>%s; }\n%s",
             log, rest);
    lab_write(path, text);
    chmod(path, 0755);
}

static const char ends[] = "say INFO starting\nsleep 1.2\n"
                           "say 'ERROR ledger is of version 7, version 8 is needed'\nexit 3\n";

static void remove_log(const struct lab_run *r)
{
    char path[200];

    LOG(r, path, sizeof(path));
    unlink(path);
    snprintf(path, sizeof(path), "/var/log/%s-supervisord.log", r->tag);
    unlink(path);
}

static void expect(struct lab_run *r, pid_t keeper)
{
    lab_expect_process(r, keeper);
    lab_nap_ms(11000); /* until nobody can take it for a start */
    lab_stands(r);
    lab_stay();
}

static pid_t start_daemon(const char *const *argv)
{
    pid_t pid = lab_fork();

    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);

        setsid();
        for (int i = 0; i < 3; i++)
            dup2(null, i);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    return pid;
}

static void shell_loop(struct lab_run *r)
{
    char program[300], line[400];

    write_program(r, program, sizeof(program), ends);
    snprintf(line, sizeof(line), "while :; do %s; sleep 0.7; done", program);
    expect(r, start_daemon((const char *const[]){"/bin/sh", "-c", line, "keep-billing", NULL}));
}

/* A folder as runsv(8) wants it. */
static void make_service(struct lab_run *r, char *dir, size_t size, const char *rest)
{
    char program[300], run[400], text[400];

    write_program(r, program, sizeof(program), rest);
    snprintf(dir, size, "%s/service", r->dir);
    mkdir(dir, 0755);
    snprintf(run, sizeof(run), "%s/run", dir);
    snprintf(text, sizeof(text), "#!/bin/sh\nexec %s\n", program);
    lab_write(run, text);
    chmod(run, 0755);
}

static void runit_loop(struct lab_run *r)
{
    char dir[300];

    make_service(r, dir, sizeof(dir), ends);
    expect(r, start_daemon((const char *const[]){"runsv", dir, NULL}));
}

static void supervisor_loop(struct lab_run *r)
{
    char program[300], path[300], text[900];

    write_program(r, program, sizeof(program),
                  "say INFO starting\nsleep 1.3\n"
                  "say 'ERROR ledger is locked'\nexit 3\n");
    snprintf(path, sizeof(path), "%s/supervisord.conf", r->dir);
    snprintf(text, sizeof(text),
             "[supervisord]\nnodaemon=true\nlogfile=/var/log/%s-supervisord.log\n"
             "pidfile=%s/pid\n[program:billing]\ncommand=%s\nautorestart=true\nstartsecs=1\n",
             r->tag, r->dir, program);
    lab_write(path, text);
    expect(r, start_daemon((const char *const[]){"supervisord", "-n", "-c", path, NULL}));
}

#define LOOP(name, words, how, why)                                                                \
    {                                                                                              \
        .id = name, .family = "service", .sentence = words, .kinds = "process|service",            \
        .start = how, .need = why, .stop = remove_log                                              \
    }

const struct lab_fault restart_faults[] = {
    LOOP("restarts-by-shell", "the bills are not written", shell_loop, need_root),
    LOOP("restarts-by-runit", "the bills are not written", runit_loop, need_runsv),
    LOOP("restarts-by-supervisor", "the bills are not written", supervisor_loop, need_supervisord),
    {.id = NULL},
};

/* ---- what is well ---- */

/* It was told to start anew a moment ago, and runs. */
static void reloaded(struct lab_run *r)
{
    char dir[300];
    pid_t keeper;

    make_service(r, dir, sizeof(dir), "say INFO version 2 starts\nexec sleep 1000\n");
    keeper = start_daemon((const char *const[]){"runsv", dir, NULL});
    lab_nap_ms(10000);
    if (keeper > 0)
        lab_command(r, (const char *const[]){"sv", "restart", dir, NULL});
    lab_stands(r);
    lab_stay();
}

/* Short jobs, one after another, each of them well. */
static void short_jobs(struct lab_run *r)
{
    char program[300], line[400];

    write_program(r, program, sizeof(program), "sleep 0.4\nsay INFO 12 bills written\n");
    snprintf(line, sizeof(line), "while :; do %s; sleep 0.5; done", program);
    start_daemon((const char *const[]){"/bin/sh", "-c", line, NULL});
    lab_nap_ms(10000);
    lab_stands(r);
    lab_stay();
}

const struct lab_fault restart_controls[] = {
    {.id = "service-restarted",
     .family = "control",
     .control = true,
     .sentence = "users say it was gone for a moment",
     .need = need_runsv,
     .start = reloaded,
     .stop = remove_log},
    {.id = "short-jobs",
     .family = "control",
     .control = true,
     .sentence = "is everything all right?",
     .need = need_root,
     .start = short_jobs,
     .stop = remove_log},
    {.id = NULL},
};
