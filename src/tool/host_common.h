/* host_common.h - what the host_* rows share: collect a bundle, read it on a worker, answer with
 * JSON. */
#ifndef RUNBOOK_TOOL_HOST_COMMON_H
#define RUNBOOK_TOOL_HOST_COMMON_H

#include "runbook/codec/json.h"
#include "runbook/service/host.h"
#include "tool_priv.h"

/* Turn a bundle into the answer. Runs on a worker thread; touches only what it is given. */
struct host_answer {
    const char *host;
    int64_t now_ms; /* ours, when the bundle was complete */
    struct str bundle;
    struct arena *arena;
    struct json_writer *out; /* write one object */
    char *summary;           /* 256 bytes */
    int64_t rows;
};
typedef enum err_code host_render_fn(struct host_answer *a, struct err *err);

/* `req->host` is set from the arguments. Finishes the call in all cases. */
void host_tool_start(struct tool_call *c, struct host_request *req, host_render_fn *render);
void host_tool_cancel(struct tool_call *c);
int64_t host_arg_duration(const struct value *args, const char *name, int64_t fallback);
/* "host:web-3: what" */
void host_cite(const struct value *args, struct buf *out, const char *what);

#define HOST_PARAM                                                                                 \
    {                                                                                              \
        .name = "host", .type = PARAM_STRING, .fallback = HOST_LOCAL,                              \
        .help = "The machine: local, or a name for ssh from your ssh config."                      \
    }

/* Shared pieces of the documents. A number that is not known is null, as is an infinite limit. */
void host_put_num(struct json_writer *w, const char *key, double v);
void host_put_gaps(struct json_writer *w, const struct host_gap *gaps, size_t count);
void host_put_units(struct json_writer *w, const struct host_snapshot *s); /* "units" */
void host_put_kernel_events(struct json_writer *w, const struct host_kernel_event *e, size_t count);
/* Connections, names, unix listeners: host_snapshot_net.c. */
void host_put_network(struct json_writer *w, const struct host_snapshot *s);

/* Several numbers at once; NAN becomes null. */
struct host_field {
    const char *key;
    double value;
};
void host_put_fields(struct json_writer *w, const struct host_field *f, size_t count);
#define HOST_PUT(w, ...)                                                                           \
    host_put_fields(w, (const struct host_field[]){__VA_ARGS__},                                   \
                    sizeof((const struct host_field[]){__VA_ARGS__}) / sizeof(struct host_field))

/* The document of host_snapshot, and its parts. */
enum err_code host_snapshot_render(struct host_answer *a, struct err *err);
enum err_code host_log_render(struct host_answer *a, struct err *err);      /* of host_log */
enum err_code host_services_render(struct host_answer *a, struct err *err); /* of host_services */
void host_put_processes(struct host_answer *a, const struct host_snapshot *s);
void host_put_cgroups(struct json_writer *w, const struct host_snapshot *s);
void host_put_tasks(struct json_writer *w, const struct host_snapshot *s); /* irqs, shm, locks */
void host_put_process_io(struct json_writer *w, const struct host_process *p);
double host_process_io(const struct host_process *p); /* bytes a second; 0 not known */
void host_put_storage(struct json_writer *w, const struct host_snapshot *s);
void host_put_open_file(struct json_writer *w, const struct host_open_file *f);

/* The end of a call that was worked on: its data is gone, `body` (JSON) is taken unless `err` is
 * set. */
void host_finish(struct tool_call *c, const struct err *err, struct buf *body, int64_t rows,
                 const char *summary);

#endif
