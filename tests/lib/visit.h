/* visit.h - a request that is a visit of an investigation, and none of the test's own.
 * An investigation of this machine asks what listens here whether it answers, and a test that runs
 * beside this one may be making one: a server of a test answers such a visit with 404, counts
 * nothing, records nothing, and gives it nobody's scripted answer. The words are those of
 * SPEAK_AGENT (src/service/host/speak_priv.h), said again here because a server of the tests shares
 * nothing with what it tests; test_host_services holds them together. */
#ifndef RUNBOOK_TESTS_VISIT_H
#define RUNBOOK_TESTS_VISIT_H

#include "runbook/base/str.h"

#define VISIT_AGENT "(investigation: does this listener answer)"

/* The value of a User-Agent header. */
static inline bool is_visit_agent(struct str agent)
{
    return str_starts(agent, "runbook/") && str_ends(agent, VISIT_AGENT);
}

/* Of a whole request, or of its head. */
static inline bool is_visit(struct str request)
{
    ptrdiff_t end = str_find(request, STR_LIT("\r\n\r\n"));
    struct str head = {request.ptr, end < 0 ? request.len : (size_t)end + 2}, line;

    while (str_line(&head, &line)) {
        if (str_starts(line, "User-Agent: "))
            return is_visit_agent((struct str){line.ptr + 12, line.len - 12});
    }
    return false;
}

#endif
