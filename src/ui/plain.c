/* plain.c - see plain.h: reading lines through the loop, writing pages, showing events. */
#include "src/ui/plain_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"

#define READ_BYTES 16384
#define QUEUE_MAX 10000 /* lines that wait; then the writer of the pipe does */
#define PROMPT "> "

/* ---- writing ---- */

bool plain_busy(const struct plain *p)
{
    const struct replay_control *r = p->opts.replay;

    if (p->copying || *p->measured || plain_sheet_busy(p))
        return true;
    return r ? r->playing(r->ctx) : p->model->turn_running && !*p->model->asked;
}

static void put(struct plain *p, struct str text)
{
    struct err err;

    if (p->broken || !text.len)
        return;
    if (p->prompted)
        p->broken = fd_write_all(p->opts.out_fd, STR_LIT("\n"), &err) != ERR_OK;
    p->prompted = false;
    if (!p->broken)
        p->broken = fd_write_all(p->opts.out_fd, text, &err) != ERR_OK;
    if (p->broken)
        plain_quit(p, 0);
}

void plain_prompt(struct plain *p)
{
    struct err err;

    if (!p->opts.prompt || p->paging || p->prompted || p->broken || p->quit_told || plain_busy(p))
        return;
    p->broken = fd_write_all(p->opts.out_fd, str_from(PROMPT), &err) != ERR_OK;
    p->prompted = true;
}

/* The next page of what is paged. */
static void page_on(struct plain *p)
{
    struct str rest = {p->page.ptr + p->page_at, p->page.len - p->page_at}, line;
    size_t left = 0;
    int lines = 0;

    while (lines < p->opts.page_lines && str_line(&rest, &line))
        lines++;
    put(p, (struct str){p->page.ptr + p->page_at, p->page.len - p->page_at - rest.len});
    p->page_at = p->page.len - rest.len;
    p->paging = rest.len > 0;
    for (size_t i = 0; i < rest.len; i++)
        left += rest.ptr[i] == '\n';
    if (p->paging) {
        plain_linef(p, 0, TONE_DIM, "more? %zu lines: Enter goes on, q stops", left);
        put(p, buf_str(&p->out));
        buf_clear(&p->out);
    } else {
        buf_clear(&p->page);
    }
}

static void stop_paging(struct plain *p)
{
    p->paging = false;
    buf_clear(&p->page);
}

/* What came while a page was being read. */
void plain_let_go(struct plain *p)
{
    if (p->paging || !p->held.len)
        return;
    put(p, buf_str(&p->held));
    buf_clear(&p->held);
}

void plain_write(struct plain *p)
{
    size_t lines = 0;

    for (size_t i = 0; i < p->out.len; i++)
        lines += p->out.ptr[i] == '\n';
    if (!p->opts.prompt || p->opts.page_lines <= 0 || lines <= (size_t)p->opts.page_lines + 1) {
        put(p, buf_str(&p->out));
        buf_clear(&p->out);
        return;
    }
    buf_clear(&p->page);
    buf_add_str(&p->page, buf_str(&p->out));
    buf_clear(&p->out);
    p->page_at = 0;
    page_on(p);
}

void plain_say(struct plain *p, const char *text)
{
    plain_linef(p, 0, TONE_PLAIN, "%s", text);
    plain_write(p);
}

/* ---- events ---- */

static void show_end(struct plain *p, const struct model *m, struct buf *out)
{
    const char *journal = p->opts.host.journal ? p->opts.host.journal(p->opts.host.ctx)
                          : p->opts.replay     ? m->id
                                               : NULL;

    buf_addc(out, '\n');
    text_conclusion(&p->opts.text, m, journal, out);
    buf_addc(out, '\n');
}

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct plain *p = self;
    struct buf *out = &p->held;

    p->model = m;
    if (out->full)
        return;
    text_event(&p->opts.text, m, ev, out);
    if (ev->type == EV_TURN_ENDED && !*m->turn_kind)
        show_end(p, m, out);
    if (ev->type == EV_APPROVAL_REQUESTED && p->opts.intents.submit)
        buf_adds(out, "         approve and its id shows all of it and asks for the answer\n");
    if (ev->type == EV_ROOTCAUSE_IDENTIFIED && p->opts.prompt && p->opts.text.color)
        buf_adds(out, "\a");
    plain_let_go(p);
}

static void on_settled(void *self, const struct model *m)
{
    struct plain *p = self;

    if (m)
        p->model = m;
    plain_after(p);
}

static const struct sink_ops sink = {.name = "plain", .event = on_event, .settled = on_settled};

const struct sink_ops *plain_sink(void)
{
    return &sink;
}

/* ---- reading ---- */

void plain_quit(struct plain *p, int signo)
{
    struct intent in = {INTENT_QUIT, signo ? "interrupted" : "user"};

    if (p->quit_told)
        return;
    p->quit_told = true;
    if (p->opts.intents.submit)
        p->opts.intents.submit(p->opts.intents.ctx, &in);
    if (p->opts.on_quit)
        p->opts.on_quit(p->opts.quit_ctx, signo);
}

/* In a chat a command begins with a slash, as on the screen; leaving is understood without. */
static void plain_chat_line(struct plain *p, struct str line)
{
    if (line.len > 1 && line.ptr[0] == '/' && !memchr(line.ptr + 1, '/', line.len - 1))
        plain_command(p, (struct str){line.ptr + 1, line.len - 1});
    else if (str_eq_c(line, "quit") || str_eq_c(line, "exit"))
        plain_command(p, STR_LIT("quit"));
    else
        plain_ask(p, line);
}

/* `alone`: no other line came with it. */
static void run_line(struct plain *p, const char *text, bool alone)
{
    struct str line = str_trim(str_from(text));

    p->prompted = false; /* the terminal wrote the Enter */
    if (p->paging) {
        if (!line.len) {
            page_on(p);
            plain_approval_written(p);
            return;
        }
        stop_paging(p);
        *p->asked.id = '\0'; /* not read to its end: it cannot be answered */
        if (str_eq_c(line, "q"))
            return;
    }
    if (plain_approval_line(p, line, alone) || plain_sheet_line(p, line) ||
        (!line.len && !p->opts.replay))
        ;
    else if (p->opts.chat)
        plain_chat_line(p, line);
    else
        plain_command(p, line);
    plain_write(p);
    plain_approval_written(p);
}

/* A line of a script that makes sense while an investigation runs. */
static bool at_once(const char *line)
{
    struct str s = str_trim(str_from(line));

    return str_eq_c(s, "stop") || str_eq_c(s, "pause");
}

static void on_input(void *ctx, unsigned events);
static void on_file(void *ctx);

/* Too many lines wait: their writer does, too. */
static void keep_reading(struct plain *p)
{
    bool want = !p->eof && !p->quit_told && p->queue.count < QUEUE_MAX;
    struct err err;

    if (!want && p->watch) {
        loop_watch_cancel(p->loop, p->watch);
        p->watch = 0;
    } else if (want && !p->watch && !p->is_file) {
        p->watch = loop_watch(p->loop, p->opts.in_fd, LOOP_READ, on_input, p, &err);
        p->is_file = !p->watch;
    }
    if (want && p->is_file && !p->timer)
        p->timer = loop_timer(p->loop, 0, on_file, p);
}

/* A question that is typed into an answer is asked when that is over; a command is run at once. */
static bool waits(const struct plain *p, const char *line)
{
    struct str s = str_trim(str_from(line));
    bool question = p->opts.chat && s.len && s.ptr[0] != '/' && !str_eq_c(s, "quit") &&
                    !str_eq_c(s, "exit") && !p->paging && !*p->asked.id;

    return plain_busy(p) && !at_once(line) && (!p->opts.prompt || question);
}

static void drain(struct plain *p)
{
    size_t kept = 0, count = p->queue.count;
    bool stuck = false; /* of a script, every line waits behind one that does */

    for (size_t i = 0; i < count; i++) {
        char *line = p->queue.items[i];

        if (p->quit_told || stuck || waits(p, line)) {
            stuck = !p->opts.prompt;
            p->queue.items[kept++] = line;
            continue;
        }
        run_line(p, line, i + 1 == count && !p->in.len);
        free(line);
    }
    p->queue.count = kept;
    keep_reading(p);
}

static void on_due(void *ctx)
{
    struct plain *p = ctx;

    p->timer = 0;
    drain(p);
    plain_let_go(p);
    if (p->eof && !p->queue.count && (p->opts.prompt || !plain_busy(p)))
        plain_quit(p, 0);
    plain_prompt(p);
}

/* Lines that waited are run on the loop's next turn, never from inside an event. */
void plain_after(struct plain *p)
{
    if (!p->timer && !p->quit_told && !plain_busy(p) && (p->queue.count || p->eof))
        p->timer = loop_timer(p->loop, 0, on_due, p);
    else if (!p->timer)
        plain_prompt(p);
}

static void take_line(struct plain *p, struct str line)
{
    bool more = line.len && line.ptr[line.len - 1] == '\\';

    if (!buf_add(&p->line, line.ptr, line.len - (more ? 1 : 0)) ||
        (more && !buf_addc(&p->line, '\n'))) {
        buf_clear(&p->line);
        p->line.full = false;
        plain_errorf(p, "That is longer than %zu bytes: not read", PLAIN_LINE_MAX);
        plain_write(p);
        return;
    }
    if (more)
        return;
    *VEC_PUSH(&p->queue) = xstrdup(buf_cstr(&p->line));
    buf_clear(&p->line);
}

static void cut_lines(struct plain *p)
{
    struct str rest = buf_str(&p->in);
    const char *lf;

    while (rest.len && (lf = memchr(rest.ptr, '\n', rest.len)) != NULL) {
        struct str line = {rest.ptr, (size_t)(lf - rest.ptr)};

        rest.ptr = lf + 1;
        rest.len -= line.len + 1;
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (!p->skipping)
            take_line(p, line);
        p->skipping = false;
    }
    buf_cut(&p->in, 0, p->in.len - rest.len);
    if (p->in.len >= PLAIN_LINE_MAX) {
        if (!p->skipping) {
            plain_errorf(p, "A line longer than %zu bytes is not read", PLAIN_LINE_MAX);
            plain_write(p);
        }
        p->skipping = true;
        buf_clear(&p->in);
    }
}

static void end_of_input(struct plain *p)
{
    p->eof = true;
    if (p->watch)
        loop_watch_cancel(p->loop, p->watch);
    p->watch = 0;
    if (p->in.len && !p->skipping)
        take_line(p, buf_str(&p->in));
    buf_clear(&p->in);
}

static void read_some(struct plain *p)
{
    char *room = buf_reserve(&p->in, READ_BYTES);
    ssize_t n = room ? read(p->opts.in_fd, room, READ_BYTES) : 0;

    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0) {
        end_of_input(p);
    } else {
        p->in.len += (size_t)n;
        cut_lines(p);
    }
    if (p->timer)
        loop_timer_cancel(p->loop, p->timer);
    on_due(p);
}

static void on_input(void *ctx, unsigned events)
{
    (void)events;
    read_some(ctx);
}

static void on_file(void *ctx)
{
    struct plain *p = ctx;

    p->timer = 0;
    read_some(p);
}

/* ---- life ---- */

enum err_code plain_new(struct loop *loop, const struct plain_options *opts, struct plain **ret,
                        struct err *err)
{
    struct plain *p = xcalloc(1, sizeof(*p));

    (void)err;
    p->loop = loop;
    p->opts = *opts;
    model_init(&p->empty);
    p->model = &p->empty;
    buf_init(&p->in, PLAIN_LINE_MAX + 2 * READ_BYTES);
    buf_init(&p->line, PLAIN_LINE_MAX);
    buf_init(&p->out, PLAIN_OUT_MAX);
    buf_init(&p->page, PLAIN_OUT_MAX);
    buf_init(&p->held, PLAIN_OUT_MAX);
    *ret = p;
    return ERR_OK;
}

void plain_free(struct plain *p)
{
    struct err err;

    if (!p)
        return;
    plain_let_go(p);
    arena_free(p->measured_arena);
    plain_sheet_release(p);
    if (p->prompted && !p->broken)
        fd_write_all(p->opts.out_fd, STR_LIT("\n"), &err);
    if (p->watch)
        loop_watch_cancel(p->loop, p->watch);
    if (p->timer)
        loop_timer_cancel(p->loop, p->timer);
    VEC_EACH (line, &p->queue)
        free(*line);
    VEC_RELEASE(&p->queue);
    VEC_RELEASE(&p->rows);
    VEC_RELEASE(&p->marks);
    VEC_EACH (text, &p->asked_before)
        free(*text);
    VEC_RELEASE(&p->asked_before);
    plain_copy_drop(p);
    buf_release(&p->in);
    buf_release(&p->line);
    buf_release(&p->out);
    buf_release(&p->page);
    buf_release(&p->held);
    model_release(&p->empty);
    free(p);
}

void plain_show(struct plain *p, const struct model *m)
{
    p->model = m;
    if (p->opts.label)
        plain_linef(p, 0, TONE_BOLD, "%s", p->opts.label);
    if (m->id && *m->id && m->items.count && !p->opts.replay) {
        plain_linef(p, 0, TONE_PLAIN, "session %s: %s", m->id, *m->title ? m->title : m->query);
        if (m->conclusion.verdict != VERDICT_NONE)
            show_end(p, m, &p->out);
    }
    if (p->opts.start && p->opts.prompt)
        plain_welcome(p);
    if (!p->opts.replay)
        plain_approval_begin(p);
    plain_write(p);
    plain_approval_written(p);
    p->timer = loop_timer(p->loop, 0, on_due, p);
}

void plain_moved(struct plain *p)
{
    const struct replay_control *r = p->opts.replay;

    if (r && !r->playing(r->ctx)) {
        plain_linef(p, 0, TONE_DIM, "%s", r->text(r->ctx));
        plain_write(p);
    }
    plain_after(p);
}
