/* bundle_write.c - the results that this session has kept, as one file for a ticket: a tar archive
 * with MANIFEST.json and one member a result, below the folder of our own state. Results are kept
 * without secrets, so the archive has none either. Nothing is written anywhere else.
 * {"path","bytes","sha256","members","results":[{"member","call","tool","query","sha256","bytes"}]}
 * Source of the format: POSIX.1-2008, pax, "ustar Interchange Format". */
#include <stdio.h>
#include <string.h>

#include "helper_common.h"
#include "runbook/base/file.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"
#include "runbook/codec/hash.h"
#include "runbook/codec/json.h"
#include "runbook/model/intent.h"
#include "runbook/tool/toolenv.h"

#define BUNDLE_MAX ((size_t)64 << 20)
#define MEMBERS_MAX 400
#define BLOCK 512

struct member {
    char name[100], sha256[SHA256_HEX];
    const struct tool_run *run;
    size_t bytes;
};
typedef VEC(struct member) members;

static bool available(const struct tool_env *env)
{
    return env->model && env->blobs && env->bundles;
}

static void octal(char *field, size_t size, uint64_t value)
{
    for (size_t i = size - 1; i-- > 0; value >>= 3)
        field[i] = (char)('0' + (value & 7));
    field[size - 1] = '\0';
}

/* One header and its data, padded to whole blocks. */
static void add_member(struct buf *tar, const char *folder, const char *name, struct str data,
                       int64_t mtime_s)
{
    static const char zeros[BLOCK];
    char head[BLOCK + 1] = {0};
    unsigned sum = 0;

    snprintf(head, 100, "%s/%s", folder, name);
    octal(head + 100, 8, 0600);
    octal(head + 108, 8, 0);
    octal(head + 116, 8, 0);
    octal(head + 124, 12, data.len);
    octal(head + 136, 12, mtime_s > 0 ? (uint64_t)mtime_s : 0);
    memset(head + 148, ' ', 8);
    head[156] = '0';
    snprintf(head + 257, 6, "ustar");
    head[263] = head[264] = '0';
    for (int i = 0; i < BLOCK; i++)
        sum += (unsigned char)head[i];
    snprintf(head + 148, 8, "%06o", sum);
    buf_add(tar, head, BLOCK);
    buf_add_str(tar, data);
    if (data.len % BLOCK)
        buf_add(tar, zeros, BLOCK - data.len % BLOCK);
}

static void put_results(struct json_writer *w, const members *all)
{
    json_key(w, "results");
    json_array_begin(w);
    VEC_EACH (m, all) {
        json_object_begin(w);
        json_put_cstr(w, "member", m->name);
        json_put_cstr(w, "call", m->run->call);
        json_put_cstr(w, "tool", m->run->tool);
        json_put_cstr(w, "query", m->run->query);
        json_put_cstr(w, "summary", m->run->summary);
        json_put_int(w, "started_ms", m->run->started_ms);
        json_put_int(w, "bytes", (int64_t)m->bytes);
        json_put_cstr(w, "sha256", m->sha256);
        json_object_end(w);
    }
    json_array_end(w);
}

static void write_manifest(const struct model *model, const members *all, int64_t now_ms,
                           struct buf *out)
{
    struct json_writer w;
    char when[TIME_TEXT_MAX];

    time_format_rfc3339(now_ms, when);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.bundle/1");
    json_put_cstr(&w, "session", model->id);
    json_put_cstr(&w, "made", when);
    put_results(&w, all);
    json_key(&w, "gaps");
    json_array_begin(&w);
    VEC_EACH (g, &model->gaps) {
        json_object_begin(&w);
        json_put_cstr(&w, "what", g->what);
        json_put_cstr(&w, "why", g->why);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
}

/* Every ended query of the session that kept something. */
static enum err_code collect(const struct tool_env *env, const char *folder, members *all,
                             struct buf *tar, struct err *err)
{
    VEC_EACH (t, &env->model->tools) {
        struct buf body = BUF_INIT(HELPER_BODY_MAX);
        struct member *m;

        if (!t->ended || !*t->blob || all->count >= MEMBERS_MAX)
            continue;
        if (!env->blobs->read(env->blobs->ctx, t->blob, &body, err)) {
            buf_release(&body);
            return err->code;
        }
        m = VEC_PUSH(all);
        m->run = t;
        m->bytes = body.len;
        snprintf(m->name, sizeof(m->name), "%03zu-%.60s.%s", all->count, t->tool,
                 t->content_type && strstr(t->content_type, "json") ? "json" : "txt");
        hash_sha256_hex(buf_str(&body), m->sha256);
        add_member(tar, folder, m->name, buf_str(&body), t->started_ms / 1000);
        buf_release(&body);
    }
    if (!all->count)
        return err_set(err, ERR_NOT_FOUND, "this session has kept no result that could be bundled");
    return ERR_OK;
}

/* One a session: the next one replaces it. */
static void name_of(const char *session, char *out, size_t size)
{
    size_t n = (size_t)snprintf(out, size, "runbook-");

    for (const char *c = session ? session : ""; *c && n + 1 < size; c++)
        out[n++] = (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z')
                       ? *c
                       : '-';
    out[n] = '\0';
}

static enum err_code make(struct tool_call *c, struct buf *tar, members *all, char *path,
                          size_t path_size, struct err *err)
{
    const struct tool_env *env = tool_call_env(c);
    int64_t now = loop_wall_ms(tool_call_loop(c));
    struct buf manifest = BUF_INIT((size_t)4 << 20);
    char folder[80];
    enum err_code rc;

    name_of(env->model->id, folder, sizeof(folder));
    rc = collect(env, folder, all, tar, err);
    if (!rc) {
        write_manifest(env->model, all, now, &manifest);
        add_member(tar, folder, "MANIFEST.json", buf_str(&manifest), now / 1000);
        for (int i = 0; i < 2 * BLOCK; i++)
            buf_addc(tar, '\0');
        rc = buf_check(tar, "the bundle", err);
    }
    buf_release(&manifest);
    if (!rc)
        rc = dir_make(env->bundles, err);
    if (!rc) {
        snprintf(path, path_size, "%s/%s.tar", env->bundles, folder);
        rc = file_write_atomic(path, buf_str(tar), 0600, err);
    }
    return rc;
}

static void start(struct tool_call *c)
{
    struct buf tar = BUF_INIT(BUNDLE_MAX), out = BUF_INIT((size_t)4 << 20);
    struct tool_result r = {.content_type = "application/json", .status = TOOL_OK};
    struct err err = ERR_INIT;
    char path[4096], sum[SHA256_HEX];
    struct json_writer w;
    members all = {0};

    if (!available(tool_call_env(c)))
        err_set(&err, ERR_NOT_FOUND, "no results are kept here");
    else
        make(c, &tar, &all, path, sizeof(path), &err);
    if (err.code) {
        tool_result_fail(&r, &err);
    } else {
        hash_sha256_hex(buf_str(&tar), sum);
        json_writer_init(&w, &out);
        json_object_begin(&w);
        json_put_cstr(&w, "path", path);
        json_put_int(&w, "bytes", (int64_t)tar.len);
        json_put_cstr(&w, "sha256", sum);
        json_put_int(&w, "members", (int64_t)all.count + 1);
        put_results(&w, &all);
        json_object_end(&w);
        r.rows = (int64_t)all.count;
        snprintf(r.summary, sizeof(r.summary), "%.160s: %zu results, %zu bytes", path, all.count,
                 tar.len);
        r.body = out;
        buf_init(&out, 1024);
    }
    tool_call_finish(c, &r);
    VEC_RELEASE(&all);
    buf_release(&tar);
    buf_release(&out);
}

static void cite(const struct value *args, struct buf *out)
{
    (void)args;
    buf_adds(out, "the results of this session, as one file");
}

static const struct tool_param params[] = {{NULL}};

const struct tool_def tool_bundle_write = {
    .name = "bundle_write",
    .help = "Write the results of this session into one tar file with a manifest, for a ticket.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 30000,
    .helper = true,
    .available = available,
    .query = cite,
    .start = start,
};
