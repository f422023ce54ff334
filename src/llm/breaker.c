/* breaker.c - who is not asked for a while, and until when. Counts requests in a row that failed
 * for a reason that asking again soon would not change. Pure: the time comes in. */
#include "src/llm/llm_priv.h"

#define FAILURES_MAX 5
#define PAUSE_FIRST_MS 30000
#define PAUSE_MAX_MS 600000
#define PAUSE_PERSON_MS 300000 /* somebody has to do something first */

enum llm_health breaker_health(const struct breaker *b, int64_t now_ms)
{
    if (!b->until_ms)
        return LLM_CLOSED;
    return now_ms < b->until_ms ? LLM_OPEN : LLM_HALF_OPEN;
}

bool breaker_allows(struct breaker *b, int64_t now_ms, bool begin)
{
    enum llm_health h = breaker_health(b, now_ms);

    if (h == LLM_OPEN || (h == LLM_HALF_OPEN && b->probing))
        return false;
    if (begin && h == LLM_HALF_OPEN)
        b->probing = true;
    return true;
}

void breaker_worked(struct breaker *b)
{
    *b = (struct breaker){0};
}

void breaker_released(struct breaker *b)
{
    b->probing = false;
}

static bool counts(enum llm_failure f)
{
    switch (f) {
    case LLM_FAIL_AUTH:
    case LLM_FAIL_BILLING:
    case LLM_FAIL_MODEL:
    case LLM_FAIL_RATE:
    case LLM_FAIL_OVERLOAD:
    case LLM_FAIL_NET:
    case LLM_FAIL_TIMEOUT:
    case LLM_FAIL_PROTOCOL:
        return true;
    case LLM_FAIL_NONE:
    case LLM_FAIL_CONFIG:
    case LLM_FAIL_CONTEXT:
    case LLM_FAIL_REQUEST:
    case LLM_FAIL_PAUSED:
        return false;
    }
    return false;
}

static bool needs_person(enum llm_failure f)
{
    return f == LLM_FAIL_AUTH || f == LLM_FAIL_BILLING || f == LLM_FAIL_MODEL;
}

static int64_t pause_ms(const struct breaker *b, enum llm_failure f, int64_t wait_ms)
{
    int64_t ms = PAUSE_FIRST_MS;

    if (needs_person(f))
        return PAUSE_PERSON_MS;
    for (unsigned i = 0; i < b->opened && ms < PAUSE_MAX_MS; i++)
        ms *= 2;
    if (ms > PAUSE_MAX_MS)
        ms = PAUSE_MAX_MS;
    return wait_ms > ms ? wait_ms : ms;
}

void breaker_failed(struct breaker *b, enum llm_failure f, const struct err *why, int64_t wait_ms,
                    int64_t now_ms)
{
    bool was_probe = b->probing;

    b->probing = false;
    if (!counts(f))
        return;
    b->failures++;
    if (b->failures < FAILURES_MAX && !was_probe && !needs_person(f) && wait_ms <= 0)
        return;
    b->until_ms = now_ms + pause_ms(b, f, wait_ms);
    b->opened++;
    b->failures = 0;
    b->reason = *why;
}
