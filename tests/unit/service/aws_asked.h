/* aws_asked.h - a client of AWS, a scripted server, and what came of one call. */
#ifndef RUNBOOK_TESTS_UNIT_SERVICE_AWS_ASKED_H
#define RUNBOOK_TESTS_UNIT_SERVICE_AWS_ASKED_H

#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/client.h"
#include "tests/lib/envtable.h"
#include "tests/unit/net/netrun.h"

/* A client, a server, and what came of one call. */
struct asked {
    struct net net;
    struct test_clock clock;
    struct aws_credentials *credentials;
    struct aws_client *client;
    struct aws_catalogue *catalogue;
    struct arena *arena;
    char url[HTTPD_URL_MAX];
    aws_id id;
    int done;
    struct aws_result r;
    char code[129];
    struct buf items; /* one a line */
    unsigned retries;
    int64_t waits_ms[16];
    bool cancel_on_page;
    struct aws_client_options o;
};

void asked_init(struct asked *a); /* keys and a region in the environment; nothing else */
void asked_open(struct asked *a); /* the client, as `o` says */
void asked_release(struct asked *a);
extern const struct aws_callbacks asked_callbacks; /* ctx: the struct asked */
const struct value *asked_json(struct asked *a, const char *text);
struct aws_query asked_query(struct asked *a, const char *service, const char *operation);
/* Asks and waits for the end; waits of the client are jumped over. */
void asked_ask(struct asked *a, const struct aws_query *q);
void asked_clusters(struct asked *a); /* ListClusters of ECS */
void asked_said(struct asked *a, enum aws_end end, const char *what);

#define CLUSTERS "{\"clusterArns\":[\"arn:aws:ecs:eu-west-1:123456789012:cluster/prod\"]}"
#define THROTTLED "{\"__type\":\"ThrottlingException\",\"message\":\"Rate exceeded\"}"

#endif
