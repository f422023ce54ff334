/* aws_open.h - what every command about AWS works with: definitions, accounts, a loop. */
#ifndef RUNBOOK_SRC_APP_AWS_OPEN_H
#define RUNBOOK_SRC_APP_AWS_OPEN_H

#include "runbook/app/app.h"
#include "runbook/app/config.h"
#include "runbook/net/http.h"
#include "runbook/service/aws/estate.h"

struct aws_run {
    struct app *app;
    const struct config *config;
    struct config *services; /* services.yaml; NULL: there is none */
    struct arena *arena;
    struct loop *loop;
    struct http_client *http;
    struct aws_catalogue *catalogue; /* the estate's */
    struct aws_estate *estate;
    struct aws_progress *progress; /* aws_progress.h; in the arena; NULL: none */
};

/* `names` are of accounts; none: the default one (or with `all`, every one). `profile` stands
 * instead of an account; NULL. `scan`: throttling is waited out longer. ERR_INPUT names what is
 * wrong. aws_run_close() is called in any case. */
struct aws_pick {
    const char *const *names;
    size_t count;
    bool all, scan;
    const char *profile, *region;
    const struct aws_account_options *only; /* this account, which is in no file yet; NULL */
};
enum err_code aws_run_open(struct aws_run *r, struct app *app, const struct aws_pick *pick,
                           struct err *err);
void aws_run_close(struct aws_run *r);

/* For a session, all accounts: *ret is NULL where AWS is not configured, by no account of
 * services.yaml, no providers.aws.enabled or cloud.primary, and no keys or profile in the
 * environment. Borrows loop and http. */
enum err_code aws_open_estate(struct app *app, const struct config *c, struct loop *loop,
                              struct http_client *http, const struct aws_mfa_desk *desk,
                              struct aws_estate **ret, struct err *err);

/* Where services.yaml is, or would be; the caller frees. */
char *aws_services_file(const struct config *c);

/* aws_mfa_fn: --mfa-code, else a person at this terminal, whose keys are not drawn; `ctx` is the
 * app. Without a terminal the error names --mfa-code. */
enum err_code aws_mfa_ask(void *ctx, const char *serial, char code[7], struct err *err);

/* Of a session: the screen asks, one device after the other. Without a screen, or with --mfa-code,
 * aws_mfa_ask() does. */
struct mfa_desk; /* opaque */
struct tui;
struct mfa_desk *mfa_desk_new(struct app *app, struct loop *loop);
void mfa_desk_free(struct mfa_desk *d);
const struct aws_mfa_desk *mfa_desk_ops(struct mfa_desk *d);
void mfa_desk_screen(struct mfa_desk *d, struct tui *tui); /* NULL: it has gone */

/* The catalogue alone: needs no configuration. */
struct aws_catalogue *aws_open_catalogue(void);

/* key=text, key[]=text, key:=JSON; repeated text becomes a list. *ret is an object in `arena`.
 * ERR_INPUT names the argument. */
enum err_code aws_read_params(struct arena *arena, const struct aws_list *l,
                              const char *const *args, size_t count, const struct value **ret,
                              struct err *err);

#endif
