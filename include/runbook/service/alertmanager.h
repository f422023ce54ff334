/* alertmanager.h - reading an Alertmanager (API v2): alerts, groups, silences, status.
 * The same manners as prometheus.h: data, empty or error, the raw body for the record, decoders
 * that copy to an arena. Only alertmanager_call() can change something. Source: the OpenAPI
 * description of Alertmanager, API v2. */
#ifndef RUNBOOK_SERVICE_ALERTMANAGER_H
#define RUNBOOK_SERVICE_ALERTMANAGER_H

#include "runbook/service/prometheus.h"

struct alertmanager;    /* opaque */
typedef uint64_t am_id; /* 0 is never valid */

struct alertmanager_options {
    const char *url; /* "http://127.0.0.1:9093" */
    enum http_auth auth;
    const char *user;
    const struct secret *secret; /* copied */
    const struct http_tls *tls;  /* strings borrowed for the client's life */
    int64_t timeout_ms;          /* 0: 30 000 */
    size_t max_body_bytes;       /* 0: 64 MiB */
};
enum err_code alertmanager_new(struct loop *l, struct http_client *http,
                               const struct alertmanager_options *opts, struct alertmanager **ret,
                               struct err *err);
void alertmanager_free(struct alertmanager *am); /* cancels silently */
const char *alertmanager_url(const struct alertmanager *am);

enum am_api { AM_API_ALERTS, AM_API_GROUPS, AM_API_SILENCES, AM_API_STATUS, AM_APIS };

struct am_request {
    enum am_api api;
    const char *const *filters; /* matchers: "severity=\"page\""; not of the status */
    size_t filter_count;
    bool no_silenced, no_inhibited; /* leave these out; alerts and groups */
    int64_t timeout_ms;
};

struct am_reply {
    enum prom_state state;
    struct err err;
    struct buf *body; /* buf_detach() to keep */
    size_t rows;      /* alerts, groups, silences */
    int http_status;
    int64_t duration_ms;
};
typedef void am_done_fn(void *ctx,
                        const struct am_reply *reply); /* exactly once, never nested in the send */
am_id alertmanager_send(struct alertmanager *am, const struct am_request *req, am_done_fn *done,
                        void *ctx);
/* Any request of the API, for what changes something: never sent twice. `path` with its query;
 * `json` is the body, "": none. The answer is not decoded. */
am_id alertmanager_call(struct alertmanager *am, const char *method, const char *path,
                        struct str json, am_done_fn *done, void *ctx);
void alertmanager_cancel(struct alertmanager *am, am_id id); /* done is not called any more */

struct am_alert {
    const char *name, *state, *fingerprint,
        *generator_url; /* state: active, suppressed, unprocessed */
    struct prom_labels labels, annotations;
    int64_t starts_ms, ends_ms, updated_ms;
    size_t silenced_by, inhibited_by; /* counts */
};
struct am_alerts {
    const struct am_alert *items;
    size_t count, suppressed;
};
struct am_group {
    const char *receiver;
    struct prom_labels labels;
    struct am_alerts alerts;
};
struct am_groups {
    const struct am_group *items;
    size_t count;
};
struct am_silence {
    const char *id, *state, *created_by, *comment; /* state: active, pending, expired */
    const char *matchers;                          /* as Alertmanager writes them: {a="b",c=~"d"} */
    int64_t starts_ms, ends_ms;
};
struct am_silences {
    const struct am_silence *items;
    size_t count, active;
};
struct am_status {
    const char *version, *cluster; /* ready, settling, disabled */
    int64_t up_since_ms;
};
enum err_code am_decode_alerts(struct str body, struct arena *arena, struct am_alerts *ret,
                               struct err *err);
enum err_code am_decode_groups(struct str body, struct arena *arena, struct am_groups *ret,
                               struct err *err);
enum err_code am_decode_silences(struct str body, struct arena *arena, struct am_silences *ret,
                                 struct err *err);
enum err_code am_decode_status(struct str body, struct arena *arena, struct am_status *ret,
                               struct err *err);

#endif
