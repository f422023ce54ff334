/* fuzz_view_events.c - the input of the view's fuzz target as events: text from the input wherever
 * an event holds text, numbers and times at their ends. */
#include "tests/fuzz/fuzz_view_priv.h"

#include <math.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "tests/fuzz/targets.h"

#define TEXT_MAX 300

/* ---- the input ---- */

unsigned fuzz_byte(struct fuzz *f)
{
    unsigned c;

    if (!f->in.len)
        return 0;
    c = (unsigned char)*f->in.ptr;
    f->in.ptr++;
    f->in.len--;
    return c;
}

unsigned fuzz_below(struct fuzz *f, unsigned limit)
{
    return fuzz_byte(f) % limit;
}

/* Some bytes of the input, without NUL, kept until the end. */
const char *fuzz_text_of(struct fuzz *f)
{
    size_t want = fuzz_byte(f), n = 0;
    char *text;

    want = want >= 250 ? TEXT_MAX : want / 4;
    want = want < f->in.len ? want : f->in.len;
    text = xmalloc(want + 1);
    for (size_t i = 0; i < want; i++) {
        unsigned c = fuzz_byte(f);

        if (c)
            text[n++] = (char)c;
    }
    text[n] = '\0';
    *VEC_PUSH(&f->kept) = text;
    return text;
}

/* Ids repeat, or nothing would ever refer to anything. */
static const char *id_of(struct fuzz *f)
{
    static const char *const ids[] = {"H1", "H1.1", "E1", "c1", "c2", "r:1", "m1"};
    unsigned i = fuzz_below(f, 9);

    return i < 7 ? ids[i] : fuzz_text_of(f);
}

static double number_of(struct fuzz *f)
{
    static const double numbers[] = {0, 1, -1, NAN, INFINITY, -INFINITY, 1e300, 0.001, 97, 1e-300};

    return numbers[fuzz_below(f, 10)];
}

static int64_t time_of(struct fuzz *f)
{
    /* The ends are those of what a journal can hold: whole numbers of JSON. */
    static const int64_t times[] = {0,
                                    1,
                                    -1,
                                    INT64_C(9007199254740991),
                                    INT64_C(-9007199254740991),
                                    INT64_C(1770213731000),
                                    INT64_C(1770213731900),
                                    INT64_C(1500000000000),
                                    INT64_C(253402300799000)};

    return times[fuzz_below(f, 9)];
}

/* ---- events ---- */

static void apply(struct fuzz *f, struct event *ev)
{
    ev->seq = ++f->seq;
    ev->actor = "builtin";
    ev->ts_ms = INT64_C(1770213731000) + (int64_t)f->seq * 40;
    if (fuzz_below(f, 16) == 0)
        ev->ts_ms = time_of(f);
    event_normalize(ev);
    model_apply(&f->model, ev);
}

static void add_words(struct fuzz *f, struct event *ev)
{
    switch (fuzz_below(f, 5)) {
    case 0:
        ev->type = EV_USER_MESSAGE;
        ev->u.user_message.text = fuzz_text_of(f);
        break;
    case 1:
        ev->type = EV_AGENT_THINKING;
        ev->u.agent_thinking.text = fuzz_text_of(f);
        break;
    case 2:
        ev->type = EV_ERROR;
        ev->u.error = (struct ev_error){
            .text = fuzz_text_of(f), .code = fuzz_text_of(f), .doing = fuzz_text_of(f)};
        break;
    case 3:
        ev->type = EV_LIMIT_WARNED;
        ev->u.limit_warned =
            (struct ev_limit_warned){.tool = fuzz_text_of(f), .text = fuzz_text_of(f)};
        break;
    default:
        ev->type = EV_AGENT_TEXT;
        ev->u.agent_text = (struct ev_agent_text){
            .text = fuzz_text_of(f), .message = id_of(f), .last = fuzz_below(f, 2)};
        break;
    }
}

static void add_tool(struct fuzz *f, struct event *ev)
{
    if (fuzz_below(f, 2)) {
        ev->type = EV_TOOL_STARTED;
        ev->u.tool_started = (struct ev_tool_started){.call = id_of(f),
                                                      .tool = fuzz_text_of(f),
                                                      .title = fuzz_text_of(f),
                                                      .hypothesis = id_of(f),
                                                      .args = str_from(fuzz_text_of(f)),
                                                      .query = fuzz_text_of(f)};
        return;
    }
    ev->type = EV_TOOL_ENDED;
    ev->u.tool_ended = (struct ev_tool_ended){.call = id_of(f),
                                              .status = (int64_t)fuzz_below(f, TOOL_STATUSES),
                                              .summary = fuzz_text_of(f),
                                              .error = fuzz_text_of(f),
                                              .blob = fuzz_text_of(f),
                                              .content_type = fuzz_text_of(f),
                                              .size_bytes = time_of(f),
                                              .duration_ms = time_of(f),
                                              .rows = time_of(f)};
}

static void add_evidence(struct fuzz *f, struct event *ev)
{
    ev->type = EV_EVIDENCE_ADDED;
    ev->u.evidence_added = (struct ev_evidence_added){.id = id_of(f),
                                                      .call = id_of(f),
                                                      .hypothesis = id_of(f),
                                                      .strength = (int64_t)fuzz_below(f, STRENGTHS),
                                                      .statement = fuzz_text_of(f),
                                                      .query = fuzz_text_of(f),
                                                      .blob = fuzz_text_of(f),
                                                      .service = fuzz_text_of(f),
                                                      .metric = fuzz_text_of(f),
                                                      .resource = fuzz_text_of(f),
                                                      .unit = fuzz_text_of(f),
                                                      .before = number_of(f),
                                                      .after = number_of(f),
                                                      .score = number_of(f),
                                                      .window_start_ms = time_of(f),
                                                      .window_end_ms = time_of(f),
                                                      .onset_ms = time_of(f)};
}

static void add_hypothesis(struct fuzz *f, struct event *ev)
{
    static const enum event_type changes[] = {EV_HYPOTHESIS_TESTING, EV_HYPOTHESIS_BRANCHED,
                                              EV_HYPOTHESIS_PRUNED, EV_HYPOTHESIS_SUPPORTED,
                                              EV_HYPOTHESIS_CONFIRMED};
    unsigned i = fuzz_below(f, 9);

    if (i < 3) {
        ev->type = changes[i];
        ev->u.hypothesis_id = (struct ev_hypothesis_id){.id = id_of(f), .reason = fuzz_text_of(f)};
    } else if (i < 5) {
        ev->type = changes[i];
        ev->u.hypothesis_scored = (struct ev_hypothesis_scored){.id = id_of(f),
                                                                .confidence = number_of(f),
                                                                .terms = fuzz_text_of(f),
                                                                .reason = fuzz_text_of(f)};
    } else {
        ev->type = EV_HYPOTHESIS_PROPOSED;
        ev->u.hypothesis_proposed =
            (struct ev_hypothesis_proposed){.id = id_of(f),
                                            .parent = id_of(f),
                                            .statement = fuzz_text_of(f),
                                            .kind = fuzz_text_of(f),
                                            .resource = fuzz_text_of(f),
                                            .service = fuzz_text_of(f),
                                            .metric = fuzz_text_of(f),
                                            .pattern = fuzz_text_of(f),
                                            .rationale = fuzz_text_of(f),
                                            .refutes = fuzz_text_of(f),
                                            .category = (int64_t)fuzz_below(f, CATEGORIES),
                                            .priority = time_of(f)};
    }
}

static void add_resource(struct fuzz *f, struct event *ev)
{
    ev->type = EV_RESOURCE_SEEN;
    ev->u.resource_seen = (struct ev_resource_seen){.key = id_of(f),
                                                    .kind = fuzz_text_of(f),
                                                    .name = fuzz_text_of(f),
                                                    .parent = fuzz_text_of(f),
                                                    .status = fuzz_text_of(f),
                                                    .detail = fuzz_text_of(f),
                                                    .health = (int64_t)fuzz_below(f, HEALTHS),
                                                    .value = number_of(f),
                                                    .limit = number_of(f),
                                                    .unit = fuzz_text_of(f),
                                                    .metric = fuzz_text_of(f)};
}

static void add_alert(struct fuzz *f, struct event *ev)
{
    ev->type = EV_ALERT_SEEN;
    ev->u.alert_seen =
        (struct ev_alert_seen){.fingerprint = id_of(f),
                               .name = fuzz_text_of(f),
                               .severity = fuzz_text_of(f),
                               .service = fuzz_text_of(f),
                               .summary = fuzz_text_of(f),
                               .labels = fuzz_text_of(f),
                               .source = "prometheus_alerts",
                               .call = id_of(f),
                               .state = (int64_t)fuzz_below(f, ALERT_STATES),
                               .started_ms = (int64_t)fuzz_below(f, 3) * 885106901500};
}

static void add_change(struct fuzz *f, struct event *ev)
{
    ev->type = EV_CHANGE_SEEN;
    ev->u.change_seen =
        (struct ev_change_seen){.key = id_of(f),
                                .kind = fuzz_below(f, 2) ? "deployment" : fuzz_text_of(f),
                                .what = fuzz_text_of(f),
                                .resource = fuzz_text_of(f),
                                .service = fuzz_text_of(f),
                                .region = fuzz_text_of(f),
                                .account = fuzz_text_of(f),
                                .actor = fuzz_text_of(f),
                                .text = fuzz_text_of(f),
                                .outcome = fuzz_below(f, 2) ? "failed" : fuzz_text_of(f),
                                .error = fuzz_text_of(f),
                                .source = fuzz_text_of(f),
                                .call = id_of(f),
                                .at_ms = (int64_t)fuzz_below(f, 3) * 885106901500};
}

static void add_finding(struct fuzz *f, struct event *ev)
{
    ev->type = EV_FINDING_SEEN;
    ev->u.finding_seen =
        (struct ev_finding_seen){.id = id_of(f),
                                 .check = fuzz_text_of(f),
                                 .service = fuzz_text_of(f),
                                 .source = "securityhub",
                                 .resource = fuzz_text_of(f),
                                 .account = fuzz_text_of(f),
                                 .region = fuzz_text_of(f),
                                 .title = fuzz_text_of(f),
                                 .evidence = fuzz_text_of(f),
                                 .why = fuzz_text_of(f),
                                 .fix = fuzz_text_of(f),
                                 .act = fuzz_below(f, 2) ? fuzz_text_of(f) : "",
                                 .suppressed = fuzz_below(f, 2) ? fuzz_text_of(f) : "",
                                 .call = id_of(f),
                                 .severity = (int64_t)fuzz_below(f, FINDING_SEVERITIES),
                                 .gone = fuzz_below(f, 2)};
    if (fuzz_below(f, 3))
        return;
    ev->type = EV_SECURITY_LOOKED;
    ev->u.security_looked =
        (struct ev_security_looked){.state = (int64_t)fuzz_below(f, SECURITY_STATES),
                                    .text = fuzz_text_of(f),
                                    .off = fuzz_text_of(f),
                                    .call = id_of(f),
                                    .failed = 1};
}

static void add_incident(struct fuzz *f, struct event *ev)
{
    ev->type = EV_INCIDENT_LOADED;
    ev->u.incident_loaded = (struct ev_incident_loaded){.id = fuzz_text_of(f),
                                                        .title = fuzz_text_of(f),
                                                        .service = fuzz_text_of(f),
                                                        .metric = fuzz_text_of(f),
                                                        .direction = fuzz_text_of(f),
                                                        .source = fuzz_text_of(f),
                                                        .started_at_ms = time_of(f),
                                                        .now_ms = time_of(f),
                                                        .window_start_ms = time_of(f),
                                                        .window_end_ms = time_of(f),
                                                        .baseline_start_ms = time_of(f),
                                                        .baseline_end_ms = time_of(f)};
}

static void add_session(struct fuzz *f, struct event *ev)
{
    static const char *targets[2];

    targets[0] = fuzz_text_of(f);
    targets[1] = fuzz_text_of(f);
    ev->type = EV_SESSION_OPENED;
    ev->u.session_opened = (struct ev_session_opened){.id = fuzz_text_of(f),
                                                      .title = fuzz_text_of(f),
                                                      .query = fuzz_text_of(f),
                                                      .version = fuzz_text_of(f),
                                                      .user = fuzz_text_of(f),
                                                      .host = fuzz_text_of(f),
                                                      .cwd = fuzz_text_of(f),
                                                      .targets = {targets, 2},
                                                      .now_ms = time_of(f)};
}

static void add_answer(struct fuzz *f, struct event *ev)
{
    static const char *list[2];

    list[0] = fuzz_text_of(f);
    list[1] = id_of(f);
    if (fuzz_below(f, 2)) {
        ev->type = EV_ROOTCAUSE_IDENTIFIED;
        ev->u.rootcause_identified = (struct ev_rootcause_identified){.hypothesis = id_of(f),
                                                                      .statement = fuzz_text_of(f),
                                                                      .category = fuzz_text_of(f),
                                                                      .service = fuzz_text_of(f),
                                                                      .metric = fuzz_text_of(f),
                                                                      .resource = fuzz_text_of(f),
                                                                      .confidence = number_of(f),
                                                                      .evidence = {list, 2}};
        return;
    }
    if (fuzz_below(f, 3) == 0) {
        ev->type = EV_REMEDIATION_PROPOSED;
        ev->u.remediation_proposed =
            (struct ev_remediation_proposed){.hypothesis = id_of(f),
                                             .action = fuzz_text_of(f),
                                             .command = fuzz_text_of(f),
                                             .rollback = fuzz_text_of(f),
                                             .watch = fuzz_text_of(f),
                                             .risk = (int64_t)fuzz_below(f, APPROVAL_CRITICAL + 1)};
        return;
    }
    ev->type = EV_CONCLUSION_REACHED;
    ev->u.conclusion_reached =
        (struct ev_conclusion_reached){.verdict = (int64_t)fuzz_below(f, VERDICTS),
                                       .summary = fuzz_text_of(f),
                                       .confidence = number_of(f),
                                       .affected_services = {list, 2},
                                       .next_checks = {list, 2}};
}

static void add_state(struct fuzz *f, struct event *ev)
{
    switch (fuzz_below(f, 6)) {
    case 0:
        ev->type = EV_TURN_STARTED;
        ev->u.turn_started = (struct ev_turn_started){.turn = 1, .investigator = fuzz_text_of(f)};
        break;
    case 1:
        ev->type = EV_TURN_ENDED;
        ev->u.turn_ended = (struct ev_turn_ended){.turn = 1, .reason = fuzz_text_of(f)};
        break;
    case 2:
        ev->type = EV_PHASE_CHANGED;
        ev->u.phase_changed = (struct ev_phase_changed){.from = (int64_t)fuzz_below(f, PHASES),
                                                        .to = (int64_t)fuzz_below(f, PHASES)};
        break;
    case 3:
        ev->type = EV_COST_UPDATED;
        ev->u.cost_updated = (struct ev_cost_updated){.usd = number_of(f),
                                                      .input_tokens = time_of(f) / 4,
                                                      .output_tokens = time_of(f) / 4,
                                                      .calls = time_of(f) % 9,
                                                      .unpriced = time_of(f) % 5,
                                                      .usd_day = number_of(f),
                                                      .usd_limit = number_of(f)};
        break;
    case 4:
        ev->type = EV_SESSION_CLOSED;
        ev->u.session_closed = (struct ev_session_closed){fuzz_text_of(f), 0};
        break;
    default:
        ev->type = EV_GAP_NOTED;
        ev->u.gap_noted = (struct ev_gap_noted){.what = fuzz_text_of(f),
                                                .why = fuzz_text_of(f),
                                                .hypothesis = id_of(f),
                                                .code = fuzz_text_of(f)};
        break;
    }
}

static void add_approval(struct fuzz *f, struct event *ev)
{
    static const char *list[2];

    list[0] = fuzz_text_of(f);
    list[1] = id_of(f);
    if (fuzz_below(f, 3) == 0) {
        ev->type = fuzz_below(f, 2) ? EV_APPROVAL_REJECTED : EV_APPROVAL_EXPIRED;
        ev->u.approval_decided =
            (struct ev_approval_decided){.id = id_of(f), .reason = fuzz_text_of(f)};
        return;
    }
    ev->type = EV_APPROVAL_REQUESTED;
    ev->u.approval_requested = (struct ev_approval_requested){.id = id_of(f),
                                                              .operation = fuzz_text_of(f),
                                                              .account = fuzz_text_of(f),
                                                              .region = fuzz_text_of(f),
                                                              .environment = fuzz_text_of(f),
                                                              .args = str_from(fuzz_text_of(f)),
                                                              .why = fuzz_text_of(f),
                                                              .hypothesis = id_of(f),
                                                              .before_ms = time_of(f),
                                                              .fingerprint = fuzz_text_of(f),
                                                              .resource = fuzz_text_of(f),
                                                              .effect = fuzz_text_of(f),
                                                              .before = fuzz_text_of(f),
                                                              .rollback = fuzz_text_of(f),
                                                              .policy = fuzz_text_of(f),
                                                              .limits = fuzz_text_of(f),
                                                              .risk = (int64_t)fuzz_below(f, 4),
                                                              .expires_ms = time_of(f),
                                                              .evidence = {list, 2}};
}

void fuzz_add_event(struct fuzz *f)
{
    static void (*const makers[])(struct fuzz * f, struct event * ev) = {
        add_words,    add_words,    add_tool,    add_evidence, add_hypothesis,
        add_resource, add_incident, add_session, add_answer,   add_state,
        add_approval, add_alert,    add_change,  add_finding};
    struct event ev = {.type = EV_ERROR};

    makers[fuzz_below(f, sizeof(makers) / sizeof(makers[0]))](f, &ev);
    apply(f, &ev);
}
