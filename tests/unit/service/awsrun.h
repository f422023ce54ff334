/* awsrun.h - an estate of one account whose AWS is a server of the test: answers are told in order,
 * each for requests that hold a text; all that was asked is kept. */
#ifndef RUNBOOK_TESTS_AWSRUN_H
#define RUNBOOK_TESTS_AWSRUN_H

#include "runbook/service/aws/estate.h"
#include "tests/unit/net/netrun.h"

#define AWSRUN_ANSWERS 64

struct awsrun {
    struct net net;
    struct aws_estate *estate;
    struct aws_account *account;
    char url[HTTPD_URL_MAX];
    struct {
        const char *wanted; /* text of the request: "Action=GetMetricData", or of its body */
        int status;
        struct str body; /* lives as long as the test */
        bool used;
    } answers[AWSRUN_ANSWERS];
    size_t count;
    struct buf asked; /* every request, a line "----" between */
    size_t unknown;   /* requests that no answer was for */
};

void awsrun_init(struct awsrun *r);
void awsrun_release(struct awsrun *r);
/* Given once, to the first request after those before that holds `wanted`. */
void awsrun_answer(struct awsrun *r, const char *wanted, int status, const char *body);
void awsrun_bytes(struct awsrun *r, const char *wanted, struct str body);
/* So often a text was asked. */
size_t awsrun_times(const struct awsrun *r, const char *text);

#endif
