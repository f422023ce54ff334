/* aws_profile.h - one profile of AWS's configuration files, as they are written: pure. */
#ifndef RUNBOOK_SRC_NET_AWS_PROFILE_H
#define RUNBOOK_SRC_NET_AWS_PROFILE_H

#include "runbook/base/arena.h"

#define AWS_PROFILE_FIELDS(X)                                                                      \
    X(aws_access_key_id)                                                                           \
    X(aws_secret_access_key)                                                                       \
    X(aws_session_token)                                                                           \
    X(credential_process)                                                                          \
    X(credential_source)                                                                           \
    X(duration_seconds)                                                                            \
    X(external_id)                                                                                 \
    X(mfa_serial)                                                                                  \
    X(region)                                                                                      \
    X(role_arn)                                                                                    \
    X(role_session_name)                                                                           \
    X(source_profile)                                                                              \
    X(sso_account_id)                                                                              \
    X(sso_region)                                                                                  \
    X(sso_role_name)                                                                               \
    X(sso_session)                                                                                 \
    X(sso_start_url)                                                                               \
    X(web_identity_token_file)

/* A field that is not there is NULL. */
struct aws_profile {
    bool found;
#define AWS_PROFILE_MEMBER(name) const char *name;
    AWS_PROFILE_FIELDS(AWS_PROFILE_MEMBER)
};

/* What the two files say about `name`, with its sso-session; the credentials file wins. Strings
 * live in `a`. Source: "Shared config and credentials files", AWS SDKs and Tools Reference Guide.
 */
void aws_profile_read(struct arena *a, struct str credentials, struct str config, const char *name,
                      struct aws_profile *ret);

#endif
