/* cmd_redact.c - "runbook redact FILE...": what the program hides before text goes to a journal, a
 * screen or a model, shown on any text. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/policy/redact.h"
#include "src/app/commands.h"
#include "src/app/redactor_open.h"

#define CHUNK ((size_t)1 << 20)
#define WHOLE_MAX ((size_t)8 << 20) /* a file of up to this size keeps its JSON exact */
#define OUT_MAX ((size_t)64 << 20)

struct run {
    struct app *app;
    struct redactor *redactor;
    struct json_writer w;
    bool quiet, failed;
    int rc; /* of writing */
};

static void say_failed(struct run *r, const char *path, const char *why)
{
    struct buf line = BUF_INIT(8192), clean = BUF_INIT(16384);

    buf_addf(&line, "%s: %s", path, why);
    text_sanitize(&clean, buf_str(&line), false, r->app->ascii);
    fprintf(stderr, "runbook: %s\n", buf_cstr(&clean));
    r->failed = true;
    buf_release(&line);
    buf_release(&clean);
}

static void flush(struct run *r, struct buf *out)
{
    if (!r->quiet && out->len && r->rc == EXIT_DONE)
        r->rc = app_print(buf_str(out));
    buf_clear(out);
}

static ssize_t read_more(int fd, char *chunk)
{
    ssize_t n;

    do
        n = read(fd, chunk, CHUNK);
    while (n < 0 && errno == EINTR);
    return n;
}

/* A document of up to WHOLE_MAX is read to its end first; what is longer goes through in pieces, in
 * a fixed amount of memory. */
static bool redact_fd(struct run *r, int fd, uint64_t *ret_bytes)
{
    struct redact_stream *s = redact_stream_new(r->redactor);
    struct buf held = BUF_INIT(WHOLE_MAX + CHUNK), out = BUF_INIT(OUT_MAX);
    char *chunk = xmalloc(CHUNK);
    bool streaming = false;
    ssize_t n;

    while ((n = read_more(fd, chunk)) > 0 && r->rc == EXIT_DONE) {
        *ret_bytes += (uint64_t)n;
        if (!streaming) {
            buf_add(&held, chunk, (size_t)n);
            if (held.len <= WHOLE_MAX)
                continue;
            streaming = true;
            redact_stream_feed(s, &out, buf_str(&held));
        } else {
            redact_stream_feed(s, &out, (struct str){chunk, (size_t)n});
        }
        flush(r, &out);
    }
    if (streaming)
        redact_stream_end(s, &out);
    else
        redactor_apply(r->redactor, &out, buf_str(&held));
    flush(r, &out);
    redact_stream_free(s);
    free(chunk);
    buf_release(&held);
    buf_release(&out);
    return n >= 0;
}

static void put_counts(struct json_writer *w, const uint64_t now[REDACT_KINDS],
                       const uint64_t before[REDACT_KINDS])
{
    uint64_t sum = 0;

    json_key(w, "kinds");
    json_object_begin(w);
    for (int k = 0; k < REDACT_KINDS; k++) {
        uint64_t n = now[k] - before[k];

        sum += n;
        if (n)
            json_put_int(w, redact_kind_name((enum redact_kind)k), (int64_t)n);
    }
    json_object_end(w);
    json_put_int(w, "secrets", (int64_t)sum);
}

static void redact_file(struct run *r, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    uint64_t before[REDACT_KINDS], now[REDACT_KINDS], bytes = 0;
    bool failed_before = r->failed;
    struct stat st;

    redactor_counts(r->redactor, before);
    r->failed = false;
    if (fd < 0 || fstat(fd, &st))
        say_failed(r, path, strerror(errno));
    else if (S_ISDIR(st.st_mode))
        say_failed(r, path, "is a folder; name its files");
    else if (!redact_fd(r, fd, &bytes))
        say_failed(r, path, strerror(errno));
    redactor_counts(r->redactor, now);
    if (r->app->json) {
        json_object_begin(&r->w);
        json_put_cstr(&r->w, "file", path);
        json_put_int(&r->w, "bytes", (int64_t)bytes);
        json_put_bool(&r->w, "read", !r->failed);
        put_counts(&r->w, now, before);
        json_object_end(&r->w);
    }
    r->failed = r->failed || failed_before;
    if (fd >= 0 && !standard)
        close(fd);
}

static uint64_t total(const struct redactor *r)
{
    uint64_t n[REDACT_KINDS], sum = 0;

    redactor_counts(r, n);
    for (int k = 0; k < REDACT_KINDS; k++)
        sum += n[k];
    return sum;
}

/* "3 secrets: 2 password, 1 jwt", where a person looks and the text goes elsewhere. */
static void say_total(const struct run *r)
{
    uint64_t n[REDACT_KINDS], sum = total(r->redactor);
    const char *sep = ": ";

    redactor_counts(r->redactor, n);
    fprintf(stderr, "runbook: %llu secret%s", (unsigned long long)sum, sum == 1 ? "" : "s");
    for (int k = 0; k < REDACT_KINDS; k++) {
        if (!n[k])
            continue;
        fprintf(stderr, "%s%llu %s", sep, (unsigned long long)n[k],
                redact_kind_name((enum redact_kind)k));
        sep = ", ";
    }
    fprintf(stderr, "\n");
}

static struct redactor *make_redactor(struct app *app, const struct config *c, bool email)
{
    struct redactor *r = redactor_open(app, c);

    redactor_set_email(r, email || config_bool(c, "redact.email"));
    return r;
}

static int finish(struct run *r, struct buf *json, bool check)
{
    uint64_t zero[REDACT_KINDS] = {0}, now[REDACT_KINDS];

    if (r->app->json) {
        redactor_counts(r->redactor, now);
        json_array_end(&r->w);
        put_counts(&r->w, now, zero);
        json_object_end(&r->w);
        buf_addc(json, '\n');
        r->rc = app_print(buf_str(json));
    } else if (check || isatty(STDERR_FILENO)) {
        say_total(r);
    }
    if (r->rc != EXIT_DONE)
        return r->rc;
    if (r->failed)
        return EXIT_FAILED;
    return check && total(r->redactor) ? EXIT_REFUSED : EXIT_DONE;
}

static int run(struct app *app, const struct cmd_args *args)
{
    struct run r = {.app = app, .rc = EXIT_DONE};
    struct buf json = BUF_INIT(OUT_MAX);
    const struct config *c;
    struct err err;
    int rc;

    if (!args_pos_count(args) && isatty(STDIN_FILENO))
        return app_usage(args, "name a file, or pipe a text in");
    if (app_config(app, &c, &err))
        return app_fail(&err);
    r.quiet = app->json || args_has(args, "check");
    r.redactor = make_redactor(app, c, args_has(args, "email"));
    if (app->json) {
        json_writer_init(&r.w, &json);
        json_object_begin(&r.w);
        json_put_cstr(&r.w, "schema", "runbook.redact/1");
        json_key(&r.w, "files");
        json_array_begin(&r.w);
    }
    for (size_t i = 0; i < args_pos_count(args); i++)
        redact_file(&r, args_pos(args, i));
    if (!args_pos_count(args))
        redact_file(&r, "-");
    rc = finish(&r, &json, args_has(args, "check"));
    redactor_free(r.redactor);
    buf_release(&json);
    return rc;
}

static const struct opt_def opts[] = {
    {"email", 'e', ARG_NONE, .help = "Hide e-mail addresses as well."},
    {"check", 0, ARG_NONE,
     .help =
         "Write only how many secrets of which kind there are; exit with 5 when there are any."},
    {NULL},
};

static const struct pos_def pos[] = {
    {"FILE", ARG_FILE, .repeat = true, .help = "Texts; - or none reads what is piped in."},
    {NULL},
};

const struct cmd_def cmd_redact_def = {
    .name = "redact",
    .help = "Write a text with its secrets hidden, as everything is before a model sees it.",
    .details =
        "Hidden are values of keys that name a secret, in settings, JSON, YAML, headers, command "
        "lines and URLs; keys that their vendors made recognisable; signed tokens; private keys; "
        "password hashes; payment cards; secrets of the configuration wherever they stand; and, "
        "when asked for, e-mail addresses. In the place of each stands a placeholder; the same "
        "secret has the same one within a run, so that lines can still be compared. Nothing is "
        "kept. With --json there is no text, only how many of which kind were found in each file. "
        "It exits with 1 when a file could not be read; the others are still written.",
    .opts = opts,
    .pos = pos,
    .run = run,
    .examples = "runbook redact app.log > app-for-the-vendor.log\n"
                "kubectl get secret -o yaml | runbook redact\n"
                "runbook redact --check --email report.md",
};
