/* ex_proc.c - run a program with a deadline and read what it says. */
#include <stdio.h>

#include "runbook/loop/proc.h"

static void on_done(void *ctx, const struct proc_result *r)
{
    bool ok = !r->err.code && r->exit_status == 3 && str_eq_c(r->out, "hello\n");

    (void)ctx;
    printf("1..1\n%s 1 - status %d %s\n", ok ? "ok" : "not ok", r->exit_status, r->err.msg);
}

int main(void)
{
    const char *argv[] = {"sh", "-c", "cat; exit 3", NULL};
    struct proc_spec spec = {.argv = argv, .stdin_data = STR_LIT("hello\n"), .timeout_ms = 10000};
    struct loop *l = loop_new(clock_system());

    proc_start(l, &spec, on_done, NULL);
    loop_run(l); /* ends by itself: nothing is left to wait for */
    loop_free(l);
    return 0;
}
