/* client_ends.c - how a call ends, in words, and what that leaves open: see client.h. */
#include "client_priv.h"

static const struct {
    const char *name, *sentence;
} ends[AWS_ENDS] = {
    [AWS_END_WHOLE] = {"whole", "whole"},
    [AWS_END_CUT] = {"cut", "cut: there is more"},
    [AWS_END_DENIED] = {"denied", "not permitted"},
    [AWS_END_KEYS] = {"credentials", "credentials refused"},
    [AWS_END_THROTTLED] = {"throttled", "throttled each time"},
    [AWS_END_NOT_ENABLED] = {"not-enabled", "not switched on"},
    [AWS_END_ABSENT] = {"absent", "not in this region"},
    [AWS_END_NOT_FOUND] = {"not-found", "not found"},
    [AWS_END_CLOCK] = {"clock", "the clocks differ"},
    [AWS_END_REFUSED] = {"refused", "refused"},
    [AWS_END_FAILED] = {"failed", "the service failed"},
    [AWS_END_UNREACHED] = {"unreached", "not reached"},
    [AWS_END_BAD_ANSWER] = {"bad-answer", "an answer that cannot be used"},
    [AWS_END_INPUT] = {"input", "cannot be asked for"},
    [AWS_END_TIMEOUT] = {"timeout", "out of time"},
    [AWS_END_CANCELED] = {"canceled", "canceled"},
};

const char *aws_end_name(enum aws_end e)
{
    return ends[e].name;
}

const char *aws_end_sentence(enum aws_end e)
{
    return ends[e].sentence;
}

/* May a change have been done that ended so? A refusal says that it was not. */
bool aws_end_leaves_open(enum aws_end end, unsigned requests)
{
    switch (end) {
    case AWS_END_FAILED: /* 5xx: the service does not say what it had done by then */
    case AWS_END_BAD_ANSWER:
    case AWS_END_TIMEOUT:
    case AWS_END_CANCELED:
    case AWS_END_UNREACHED:
        return requests > 0;
    case AWS_END_DENIED:
    case AWS_END_KEYS:
    case AWS_END_THROTTLED:
    case AWS_END_NOT_ENABLED:
    case AWS_END_ABSENT:
    case AWS_END_NOT_FOUND:
    case AWS_END_CLOCK:
    case AWS_END_REFUSED:
    case AWS_END_WHOLE:
    case AWS_END_CUT:
    case AWS_END_INPUT:
        break;
    }
    return false;
}
