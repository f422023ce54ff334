/* aws_place.h - one place to ask for keys of AWS, in a home and an environment of its own. */
#ifndef RUNBOOK_TESTS_UNIT_NET_AWS_PLACE_H
#define RUNBOOK_TESTS_UNIT_NET_AWS_PLACE_H

#include "tests/unit/net/netrun.h"

#include "runbook/net/aws_credentials.h"

/* One place to ask, in a home of its own. */
struct place {
    struct net net;
    char *dir, *old_home;
    struct aws_credentials *c;
    struct buf said; /* of each answer: "from id/secret/token" or the error */
    int told;
};

#define STS_XML                                                                                    \
    "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>R</AccessKeyId>"              \
    "<SecretAccessKey>rs</SecretAccessKey><SessionToken>rt</SessionToken><Expiration>"             \
    "2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"

void place_init(struct place *p);
void place_use(struct place *p, const char *profile);
void place_release(struct place *p);
void place_file(struct place *p, const char *name, const char *text);
void place_check(struct place *p, const char *wanted);
enum aws_state place_peek(struct place *p);
void place_on_keys(void *ctx, const struct aws_keys *keys, const struct err *err);

#endif
