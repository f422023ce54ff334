/* aws_credentials.h - who a request to AWS is signed as, found where AWS's own programs find it.
 *
 * In this order: the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (unless a profile was
 * named in the options); AWS_WEB_IDENTITY_TOKEN_FILE; the profile (AWS_PROFILE, else "default") of
 * ~/.aws/credentials and ~/.aws/config: keys, role_arn with source_profile or credential_source,
 * sso_session or sso_start_url (with what `aws sso login` left), credential_process; the
 * container's address; the machine's (IMDSv2 only, asked only where the machine says that it is of
 * AWS). Keys that end are asked for anew five minutes before they do; while that fails the old ones
 * are used to their end. Nothing here waits; answers come from the loop. Not supported, and said:
 * roles over more than four profiles. What goes wrong is told without what was read.
 * Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers". */
#ifndef RUNBOOK_NET_AWS_CREDENTIALS_H
#define RUNBOOK_NET_AWS_CREDENTIALS_H

#include "runbook/net/http.h"

struct aws_credentials;   /* opaque: one place to ask, and what it answered */
typedef uint64_t aws_ask; /* 0 is never valid */

/* The 6 digits that the device `serial` shows now, from a person, who may take their time. Called
 * when a role is taken on that wants them; they are wiped afterwards and kept nowhere. */
typedef enum err_code aws_mfa_fn(void *ctx, const char *serial, char code[7], struct err *err);
/* The same from a person who answers later, as on a screen. `ask` false: nobody can be shown it
 * now. `done` comes once, from the loop: the digits, or NULL and why not; not after `cancel`. */
typedef void aws_digits_fn(void *to, const char *digits, const struct err *err);
struct aws_mfa_desk {
    void *ctx;
    bool (*ask)(void *ctx, const char *serial, aws_digits_fn *done, void *to);
    void (*cancel)(void *ctx, void *to);
};
/* A secret that is about to be used, or will be sent: for what hides it elsewhere. */
typedef void aws_secret_fn(void *ctx, struct str secret);

struct aws_credentials_options {
    const char *profile; /* NULL or "": AWS_PROFILE, else "default" */
    const char *region;  /* of STS; NULL or "": the environment's, the profile's */
    /* A role to take on with the keys that were found so; NULL or "": none. */
    const char *role_arn, *external_id;
    const char *mfa_serial; /* with role_arn: the device whose digits it wants; NULL or "": none */
    aws_mfa_fn *mfa;        /* NULL: nobody can be asked, which is said */
    void *mfa_ctx;
    const struct aws_mfa_desk *desk; /* asked first; NULL: none. Outlives the credentials */
    char *(*env)(const char *name);  /* NULL: getenv() */
    const char *machine_file;        /* says whose the machine is; NULL: the kernel's; for tests */
};

struct aws_keys {
    const struct secret *access_key, *secret_key;
    const struct secret *session_token; /* NULL: none */
    int64_t expires_ms;                 /* wall clock; 0: they do not end */
    const char *from;                   /* "profile work", "this machine's role" ... to be shown */
};

/* Borrows loop and http. */
struct aws_credentials *aws_credentials_new(struct loop *l, struct http_client *http,
                                            const struct aws_credentials_options *opts);
void aws_credentials_free(struct aws_credentials *c); /* who waits is not told; NULL is fine */

enum aws_state {
    AWS_KNOWN,   /* *ret holds keys that can be used now */
    AWS_ASKING,  /* they have to be asked for: aws_credentials_get() */
    AWS_MISSING, /* there are none; err says what to do */
};
/* Looks without asking anybody. *ret is borrowed until the next turn; `from` is set with ASKING. */
enum aws_state aws_credentials_peek(struct aws_credentials *c, struct aws_keys *ret,
                                    struct err *err);

/* `keys` is NULL with an error. Both are borrowed during the call, which comes once, from the loop;
 * asking again in it is fine, freeing is not. */
typedef void aws_keys_fn(void *ctx, const struct aws_keys *keys, const struct err *err);
aws_ask aws_credentials_get(struct aws_credentials *c, aws_keys_fn *fn, void *ctx);
void aws_credentials_cancel(struct aws_credentials *c, aws_ask id); /* fn does not come */
/* The server refused them: the next get() asks anew. */
void aws_credentials_forget(struct aws_credentials *c);
/* Told of the external id at once, and of each key before it is used; fn NULL: no longer. */
void aws_credentials_on_secret(struct aws_credentials *c, aws_secret_fn *fn, void *ctx);
/* AWS_REGION, AWS_DEFAULT_REGION, else the profile's; NULL: none. Lives as long as `c`. */
const char *aws_credentials_region(struct aws_credentials *c);

/* What else the environment and the profile say. Source: AWS SDKs and Tools Reference Guide,
 * "Service-specific endpoints", "Dual-stack and FIPS endpoints", "Retry behavior". */
struct aws_settings {
    bool fips, dualstack;
    bool path_style;   /* s3 addressing_style = path */
    unsigned attempts; /* AWS_MAX_ATTEMPTS, max_attempts; 0: nothing said */
};
void aws_credentials_settings(struct aws_credentials *c, struct aws_settings *ret);
/* AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, else the profile's `services` and endpoint_url.
 * `service` as in "cloudwatch_logs". NULL: AWS's own. Lives as long as `c`. */
const char *aws_credentials_endpoint(struct aws_credentials *c, const char *service);

#endif
