/* aws_priv.h - what the files of the credentials share.
 *
 *   aws_credentials.c  what is known, who waits, when it is asked again
 *   aws_sources.c      where keys can be: a plan, made without asking anybody
 *   aws_fetch.c        asking: a program, the container, the machine, SSO, STS
 *   aws_answer.c       what these say: pure
 *   aws_profile.c      the configuration files: pure
 *   aws_settings.c     what they say besides: endpoints, FIPS, attempts */
#ifndef RUNBOOK_SRC_NET_AWS_PRIV_H
#define RUNBOOK_SRC_NET_AWS_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/loop/proc.h"
#include "runbook/net/aws_credentials.h"
#include "src/net/aws_profile.h"

#define AWS_DEPTH_MAX 4

/* ---- keys that are ours ---- */

struct aws_own_keys {
    struct secret *access_key, *secret_key, *session_token;
    int64_t expires_ms;
};
void aws_own_clear(struct aws_own_keys *k);

/* ---- aws_answer.c ---- */

/* {"AccessKeyId","SecretAccessKey","Token"|"SessionToken","Expiration"} of a program, a container
 * or a machine; {"roleCredentials": ...} of SSO. ERR_INPUT repeats nothing of it. */
enum err_code aws_read_json(struct str text, struct aws_own_keys *ret, struct err *err);
/* The answer of STS, in XML: these elements stand in it once and hold no markup. */
enum err_code aws_read_sts(struct str text, struct aws_own_keys *ret, struct err *err);
/* "<Message>" of its refusal as one safe line; "" when there is none. */
void aws_read_sts_message(struct str text, char *out, size_t size);

/* ---- aws_sources.c ---- */

enum aws_way {
    AWS_BY_NOTHING,
    AWS_BY_KEYS, /* they are in `keys` */
    AWS_BY_PROCESS,
    AWS_BY_SSO,
    AWS_BY_ROLE, /* with the keys of another source */
    AWS_BY_WEB_IDENTITY,
    AWS_BY_CONTAINER,
    AWS_BY_MACHINE,
};

struct aws_plan {
    struct arena *arena; /* everything below */
    enum aws_way way;
    struct aws_profile p;
    struct aws_own_keys keys;
    char from[96];
    struct err err; /* of BY_NOTHING: what to do */
};
void aws_plan_make(const struct aws_credentials *c, struct aws_plan *ret);
void aws_plan_release(struct aws_plan *p);
/* The access token that `aws sso login` left. */
enum err_code aws_sso_token(const struct aws_credentials *c, const struct aws_plan *p,
                            struct secret **ret, struct err *err);
const char *aws_env(const struct aws_credentials *c, const char *name); /* NULL: unset or empty */
const char *aws_profile_name(const struct aws_credentials *c);
/* The text of ~/.aws/config; and what the profile says. */
void aws_config_text(const struct aws_credentials *c, struct buf *out);
void aws_profile_of(const struct aws_credentials *c, struct arena *a, struct aws_profile *ret);
/* The first line of a file that holds a token; NULL: it cannot be read. */
struct secret *aws_token_file(const char *path);

/* ---- aws_credentials.c ---- */

struct aws_waiter {
    aws_ask id;
    aws_keys_fn *fn;
    void *ctx;
};

struct aws_fetch;

struct aws_credentials {
    struct loop *loop;
    struct http_client *http;
    struct arena *arena;
    const char *profile;                /* as named in the options; NULL */
    const char *region;                 /* likewise */
    const char *role_arn, *external_id; /* likewise */
    const char *mfa_serial;             /* likewise */
    aws_mfa_fn *mfa;
    void *mfa_ctx;
    const struct aws_mfa_desk *desk;
    aws_secret_fn *on_secret; /* NULL: nobody */
    void *secret_ctx;
    const char *found_region;
    const char *machine_file;
    char *(*env)(const char *name);
    const char *forced; /* credential_source of another profile; NULL */
    unsigned depth;     /* how many profiles lead here */
    struct aws_own_keys keys;
    char from[96];
    int64_t retry_ms;        /* monotonic: a failed renewal is not tried again before */
    struct aws_fetch *fetch; /* under way */
    VEC(struct aws_waiter) waiters;
    aws_ask last_id;
    loop_id tell_timer;
    struct err err; /* of the last fetch */
};
struct aws_credentials *aws_credentials_source(const struct aws_credentials *c,
                                               const struct aws_plan *p);

/* ---- aws_fetch.c ---- */

/* Ends with aws_fetched(), from the loop. */
struct aws_fetch *aws_fetch_start(struct aws_credentials *c);
void aws_fetch_drop(struct aws_fetch *f); /* NULL is fine */
/* `keys` is taken; NULL with an error. */
void aws_fetched(struct aws_credentials *c, struct aws_own_keys *keys, const char *from,
                 const struct err *err);

#endif
