/* targets.h - the list of fuzz targets. Each is a function fuzz_NAME in fuzz_NAME.c that takes any
 * bytes, calls one parser, and aborts when a promise of its header is broken. */
#ifndef RUNBOOK_TESTS_FUZZ_TARGETS_H
#define RUNBOOK_TESTS_FUZZ_TARGETS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/str.h"

#define FUZZ_TARGETS(X)                                                                            \
    X(aws)                                                                                         \
    X(aws_service)                                                                                 \
    X(command)                                                                                     \
    X(eventstream)                                                                                 \
    X(expr)                                                                                        \
    X(host_bundle)                                                                                 \
    X(journal)                                                                                     \
    X(json)                                                                                        \
    X(llm_anthropic)                                                                               \
    X(llm_bedrock)                                                                                 \
    X(llm_chat)                                                                                    \
    X(llm_responses)                                                                               \
    X(mcp)                                                                                         \
    X(policy)                                                                                      \
    X(prom)                                                                                        \
    X(redact)                                                                                      \
    X(skill)                                                                                       \
    X(sse)                                                                                         \
    X(text)                                                                                        \
    X(view)                                                                                        \
    X(xml)                                                                                         \
    X(yaml)

#define FUZZ_DECLARE(name) void fuzz_##name(struct str input);
FUZZ_TARGETS(FUZZ_DECLARE)

/* Like assert(), in every build. */
#define FUZZ_CHECK(ok)                                                                             \
    do {                                                                                           \
        if (!(ok)) {                                                                               \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #ok);                       \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#endif
