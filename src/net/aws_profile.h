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
    X(endpoint_url)                                                                                \
    X(external_id)                                                                                 \
    X(ignore_configured_endpoint_urls)                                                             \
    X(max_attempts)                                                                                \
    X(mfa_serial)                                                                                  \
    X(region)                                                                                      \
    X(role_arn)                                                                                    \
    X(role_session_name)                                                                           \
    X(services)                                                                                    \
    X(source_profile)                                                                              \
    X(sso_account_id)                                                                              \
    X(sso_region)                                                                                  \
    X(sso_role_name)                                                                               \
    X(sso_session)                                                                                 \
    X(sso_start_url)                                                                               \
    X(use_dualstack_endpoint)                                                                      \
    X(use_fips_endpoint)                                                                           \
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

/* A nested setting: below `block` ("s3 =") of the section [kind name], `key`; NULL: not there. */
const char *aws_profile_nested(struct arena *a, struct str config, const char *kind,
                               const char *name, const char *block, const char *key);

#endif
