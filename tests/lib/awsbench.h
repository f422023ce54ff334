/* awsbench.h - a tool that asks AWS, with an AWS of rules (awsfake.h) behind it: one account "shop"
 * in eu-west-1, one call at a time, and what became of it. */
#ifndef RUNBOOK_TESTS_AWSBENCH_H
#define RUNBOOK_TESTS_AWSBENCH_H

#include "tests/lib/awsfake.h"
#include "tests/lib/unit.h"

#include "runbook/base/rng.h"
#include "runbook/net/http.h"
#include "runbook/service/aws/estate.h"
#include "runbook/tool/tool.h"
#include "runbook/tool/toolenv.h"

struct bench {
    struct awsfake *fake;
    struct loop *loop;
    struct http_client *http;
    struct rng rng;
    struct tool_env env;
    struct tool_runner *runner;
    /* of the last call */
    tool_id id;
    int done;
    enum tool_status status;
    struct err err;
    char summary[256];
    int64_t rows;
    struct buf body;
};

void bench_init(struct bench *b, const char *rules);
void bench_release(struct bench *b);
/* A tool_done_fn; ctx: the bench. */
void bench_done(void *ctx, tool_id id, struct tool_result *r, int64_t duration_ms);
void bench_run(struct bench *b, const char *tool, const char *args);
bool bench_said(const struct bench *b, const char *text); /* in body, summary or error */
void bench_says(const struct bench *b, const char *text); /* else the test fails */

#endif
