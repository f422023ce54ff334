/* session_recover.c - sessions that were cut off while they changed something: each is opened
 * again, only to read how that ended. */
#include "src/app/session_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/engine/mutate.h"

static void recover_one(struct app *app, const char *id)
{
    struct session_request req = {
        .resume = id, .wait = true, .model = "none", .loose = true, .recovering = true};
    struct session *s;
    struct err err;

    if (session_new(app, &req, &s, &err)) {
        fprintf(stderr, "runbook: a mutation of session %s did not come to its end: %s\n", id,
                err.msg);
        return;
    }
    session_settle(s);
    VEC_EACH (mu, &engine_model(s->engine)->mutations) {
        if (mu->started)
            fprintf(stderr, "runbook: %s of session %s was cut off: now %s: %s\n", mu->id, id,
                    mutation_state_name(mu->state), mu->text);
    }
    engine_close(s->engine, "recovered", EXIT_DONE, &err);
    session_free(s);
}

void session_recover(struct app *app)
{
    const char *dir;
    struct err err;
    size_t n = 0;
    char **ids;

    if (app->recovered || app_state_dir(app, &dir, &err))
        return;
    app->recovered = true;
    ids = mutate_unfinished(dir, &n);
    for (size_t i = 0; i < n; i++) {
        recover_one(app, ids[i]);
        free(ids[i]);
    }
    free(ids);
}
