/* found.c - see found.h. All that is read here belongs to others: sizes are capped, only ordinary
 * files are opened, names are taken as they are and made safe where they are drawn. */
#include "src/app/found.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/codec/yaml.h"
#include "runbook/service/host.h"

#define FILE_MAX ((size_t)256 << 10)
#define NAME_MAX_BYTES 64 /* of one name that is listed */
#define NAMES_MAX 6       /* listed; the others are counted */
#define PORT 9090
#define PROBE_MS 300

struct found {
    struct start start;
    struct loop *loop;
    int fd;
    int port;
    bool asked;
    loop_id watch, timer;
    struct buf answer;
    void (*changed)(void *ctx);
    void *ctx;
};

/* ---- is it a first run? ---- */

static bool keeps_sessions(const char *state_dir)
{
    char *dir = path_join(state_dir, "scratchpad");
    DIR *d = opendir(dir);
    struct dirent *e;
    bool any = false;

    while (d && !any && (e = readdir(d)) != NULL)
        any = str_ends(str_from(e->d_name), ".jsonl");
    if (d)
        closedir(d);
    free(dir);
    return any;
}

bool found_wanted(struct app *app)
{
    const struct config *c;
    const char *state_dir;
    struct err err;

    return app_config(app, &c, &err) == ERR_OK && !config_file(c) &&
           app_state_dir(app, &state_dir, &err) == ERR_OK && !keeps_sessions(state_dir);
}

/* ---- lists of names ---- */

struct names {
    struct buf *out;
    size_t listed, more;
};

static void add_name(struct names *n, struct str name)
{
    size_t before = n->out->len;

    if (!name.len)
        return;
    if (n->listed >= NAMES_MAX || name.len > NAME_MAX_BYTES) {
        n->more++;
        return;
    }
    if ((n->listed && !buf_adds(n->out, ", ")) || !buf_add_str(n->out, name)) {
        buf_truncate(n->out, before);
        n->more++;
        return;
    }
    n->listed++;
}

static void end_names(struct names *n)
{
    if (n->more)
        buf_addf(n->out, n->listed ? " and %zu more" : "%zu", n->more);
}

/* "Host a b", also "host = a"; patterns are no machines. Source: ssh_config(5). */
void found_ssh_hosts(struct str config, struct buf *out)
{
    struct names n = {.out = out};
    struct str line, word;

    while (str_line(&config, &line)) {
        line = str_trim(line);
        if (str_ifind(line, STR_LIT("host")) != 0 || line.len < 6 ||
            (line.ptr[4] != ' ' && line.ptr[4] != '\t' && line.ptr[4] != '='))
            continue;
        line = str_trim((struct str){line.ptr + 4, line.len - 4});
        if (line.ptr[0] == '=')
            line = (struct str){line.ptr + 1, line.len - 1};
        while (line.len) {
            line = str_trim(line);
            word = (struct str){line.ptr, 0};
            while (word.len < line.len && line.ptr[word.len] &&
                   !strchr(" \t\"", line.ptr[word.len]))
                word.len++;
            if (host_name_ok(word) && !memchr(word.ptr, '*', word.len) &&
                !memchr(word.ptr, '?', word.len) && !memchr(word.ptr, '!', word.len))
                add_name(&n, word);
            line.ptr += word.len;
            line.len -= word.len;
            if (line.len) { /* what stands between two */
                line.ptr++;
                line.len--;
            }
        }
    }
    end_names(&n);
}

void found_kube_contexts(struct str config, struct buf *out)
{
    struct names n = {.out = out};
    struct arena *a = arena_new(0);
    const struct value *v;
    struct err err;

    if (yaml_parse(a, config, &v, &err) == ERR_OK) {
        VALUE_EACH (context, value_get(v, "contexts"))
            add_name(&n, value_str_or(context, "name", ""));
    }
    end_names(&n);
    arena_free(a);
}

/* "[default]", "[profile NAME]". Source: the AWS CLI's documentation of its config file. */
void found_aws_profiles(struct str config, struct buf *out)
{
    struct names n = {.out = out};
    struct str line;

    while (str_line(&config, &line)) {
        line = str_trim(line);
        if (line.len < 3 || line.ptr[0] != '[' || line.ptr[line.len - 1] != ']')
            continue;
        line = str_trim((struct str){line.ptr + 1, line.len - 2});
        if (str_starts(line, "profile "))
            line = str_trim((struct str){line.ptr + 8, line.len - 8});
        else if (!str_eq_c(line, "default"))
            continue;
        add_name(&n, line);
    }
    end_names(&n);
}

/* "[NAME]": every section is a profile. Source: the AWS CLI's documentation of its credentials
 * file. */
void found_aws_credentials(struct str credentials, struct buf *out)
{
    struct names n = {.out = out};
    struct str line;

    while (str_line(&credentials, &line)) {
        line = str_trim(line);
        if (line.len > 2 && line.ptr[0] == '[' && line.ptr[line.len - 1] == ']')
            add_name(&n, str_trim((struct str){line.ptr + 1, line.len - 2}));
    }
    end_names(&n);
}

/* ---- the rows ---- */

static struct start_row *add_row(struct found *f, const char *what, bool usable)
{
    struct start_row *row;

    if (f->start.count >= START_ROWS_MAX)
        return NULL;
    row = &f->start.rows[f->start.count++];
    snprintf(row->what, sizeof(row->what), "%s", what);
    row->text[0] = '\0';
    row->usable = usable;
    return row;
}

struct found *found_new(void)
{
    struct found *f = xcalloc(1, sizeof(*f));
    char host[64] = "";
    struct start_row *row = add_row(f, "this machine", true);

    f->fd = -1;
    f->port = PORT;
    buf_init(&f->answer, 4096);
    f->start.examples = start_examples;
    gethostname(host, sizeof(host) - 1);
    snprintf(row->text, sizeof(row->text), "%s%sprocessors, memory, disks, sockets, logs", host,
             *host ? ": " : "");
    return f;
}

const struct start *found_start(const struct found *f)
{
    return &f->start;
}

/* An ordinary file, or nothing: a pipe would wait for its writer, a folder is none. */
static bool read_small(const char *path, struct buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat st;
    ssize_t n = -1;
    char *room;

    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
        (uint64_t)st.st_size <= FILE_MAX && (room = buf_reserve(out, (size_t)st.st_size)) != NULL)
        n = read(fd, room, (size_t)st.st_size);
    close(fd);
    if (n > 0)
        out->len += (size_t)n;
    return n > 0;
}

struct source {
    const char *what, *env, *file, *note;
    void (*names)(struct str text, struct buf *out);
    bool usable, aws;
};

static const struct source sources[] = {
    {"ssh hosts", NULL, ".ssh/config", " (read from a file, not contacted)", found_ssh_hosts, true,
     false},
    {"kubeconfig", "KUBECONFIG", ".kube/config", ": not supported yet", found_kube_contexts, false,
     false},
    {"AWS profiles", "AWS_CONFIG_FILE", ".aws/config", " (runbook accounts add)",
     found_aws_profiles, true, true},
    {"AWS keys", "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", " (read from a file, not used)",
     found_aws_credentials, true, true},
};
#define SOURCES (sizeof(sources) / sizeof(sources[0]))

static bool read_source(struct found *f, const struct source *s)
{
    struct buf text = BUF_INIT(FILE_MAX), names = BUF_INIT(START_TEXT_MAX - 64);
    const char *given = s->env ? getenv(s->env) : NULL, *home = getenv("HOME");
    char *path = given && *given ? xstrndup(given, strcspn(given, ":"))
                 : home && *home ? path_join(home, s->file)
                                 : NULL;
    struct start_row *row;
    bool any = false;

    if (path && read_small(path, &text))
        s->names(buf_str(&text), &names);
    if (names.len && (row = add_row(f, s->what, s->usable)) != NULL) {
        snprintf(row->text, sizeof(row->text), "%s%s", buf_cstr(&names), s->note);
        if (s->aws)
            f->start.examples = start_examples_aws;
        any = true;
    }
    free(path);
    buf_release(&text);
    buf_release(&names);
    return any;
}

/* Keys in the environment: a question that speaks of AWS is asked with them. */
static bool read_environment(struct found *f)
{
    const char *key = getenv("AWS_ACCESS_KEY_ID"), *profile = getenv("AWS_PROFILE"),
               *region = getenv("AWS_REGION");
    struct start_row *row = NULL;

    if (!region || !*region)
        region = getenv("AWS_DEFAULT_REGION");
    if ((profile && *profile) || (key && *key))
        row = add_row(f, "AWS", true);
    if (!row)
        return false;
    snprintf(row->text, sizeof(row->text), "%s%s, %s; asked when a question speaks of it",
             profile && *profile ? "profile " : "keys of the environment",
             profile && *profile ? profile : "", region && *region ? region : "no region is set");
    f->start.examples = start_examples_aws;
    return true;
}

bool found_read(struct found *f)
{
    bool any = read_environment(f);

    for (size_t i = 0; i < SOURCES; i++)
        any = read_source(f, &sources[i]) || any;
    return any;
}

/* ---- a Prometheus on this machine ---- */

bool found_prometheus_version(struct str answer, char out[32])
{
    static const char key[] = "\"version\":\"";
    ptrdiff_t at = str_find(answer, STR_LIT("\"version\":\""));
    size_t n = 0;

    if (!str_starts(answer, "HTTP/1.") || str_find(answer, STR_LIT("\"status\":\"success\"")) < 0 ||
        at < 0)
        return false;
    for (size_t i = (size_t)at + sizeof(key) - 1; i < answer.len && n < 31; i++) {
        char c = answer.ptr[i];

        if (!(c >= '0' && c <= '9') && c != '.')
            break;
        out[n++] = c;
    }
    out[n] = '\0';
    return n > 0;
}

static void end_probe(struct found *f)
{
    if (f->watch)
        loop_watch_cancel(f->loop, f->watch);
    if (f->timer)
        loop_timer_cancel(f->loop, f->timer);
    if (f->fd >= 0)
        close(f->fd);
    f->watch = f->timer = 0;
    f->fd = -1;
}

static void on_late(void *ctx)
{
    struct found *f = ctx;

    f->timer = 0;
    end_probe(f);
}

static void conclude(struct found *f)
{
    struct start_row *row;
    char version[32];

    end_probe(f);
    if (!found_prometheus_version(buf_str(&f->answer), version) ||
        (row = add_row(f, "Prometheus", true)) == NULL)
        return;
    snprintf(row->text, sizeof(row->text), "%s answers here: runbook -p http://127.0.0.1:%d",
             version, f->port);
    f->changed(f->ctx);
}

static void ask(struct found *f)
{
    static const char request[] =
        "GET /api/v1/status/buildinfo HTTP/1.0\r\n"
        "Host: 127.0.0.1\r\nUser-Agent: runbook/" PACKAGE_VERSION " (is this a Prometheus)\r\n\r\n";

    f->asked = true;
    if (send(f->fd, request, sizeof(request) - 1, MSG_NOSIGNAL) != (ssize_t)sizeof(request) - 1)
        end_probe(f); /* also where the connection was refused */
    else
        loop_watch_events(f->loop, f->watch, LOOP_READ);
}

static void on_socket(void *ctx, unsigned events)
{
    struct found *f = ctx;
    char *room;
    ssize_t n;

    if (!f->asked && events & LOOP_WRITE) {
        ask(f);
        return;
    }
    room = buf_reserve(&f->answer, 1024);
    n = room ? recv(f->fd, room, 1024, 0) : 0;
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0)
        f->answer.len += (size_t)n;
    else
        conclude(f);
}

void found_probe(struct found *f, struct loop *loop, void (*changed)(void *ctx), void *ctx)
{
    const char *given = getenv("RUNBOOK_START_PORT");
    struct sockaddr_in to = {.sin_family = AF_INET};
    uint64_t port;
    struct err err;

    if (given && num_u64(str_from(given), &port) && port > 0 && port < 65536)
        f->port = (int)port;
    to.sin_port = htons((uint16_t)f->port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    f->loop = loop;
    f->changed = changed;
    f->ctx = ctx;
    f->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (f->fd < 0)
        return;
    if (connect(f->fd, (const struct sockaddr *)&to, sizeof(to)) && errno != EINPROGRESS) {
        end_probe(f);
        return;
    }
    f->watch = loop_watch(loop, f->fd, LOOP_READ | LOOP_WRITE, on_socket, f, &err);
    f->timer = loop_timer(loop, PROBE_MS, on_late, f);
    if (!f->watch)
        end_probe(f);
}

void found_free(struct found *f)
{
    if (!f)
        return;
    end_probe(f);
    buf_release(&f->answer);
    free(f);
}
