/* killer.c - see killer.h. */
#include "tests/lib/killer.h"
#include "tests/lib/unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    int *left = self;

    (void)m;
    (void)ev;
    if (--*left == 0)
        kill(getpid(), SIGKILL);
}

void killer_watch(struct engine *e, int at)
{
    static const struct sink_ops ops = {.name = "killer", .event = on_event};
    static int left;

    left = at;
    engine_add_sink(e, &ops, &left);
}

int killer_run(void (*run)(void *ctx, int at), void *ctx, int at)
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        run(ctx, at);
        _exit(99); /* it has not ended itself */
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}
