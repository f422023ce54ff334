/* plain_sheet.c - the pages that the program around the screen writes (view/sheet.h), line by line:
 * what can be chosen has a number, a field asks for a line of its own. A page is said again when
 * what can be chosen on it is another, not at every step of what is under way. */
#include "src/ui/plain_priv.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"

static const struct sheet_source *source(const struct plain *p)
{
    return p->opts.services ? p->opts.services->sheets : NULL;
}

static const struct sheet *current(const struct plain *p)
{
    const struct sheet_source *src = source(p);

    return src ? src->get(src->ctx) : NULL;
}

static bool has(const char *text)
{
    return text && *text;
}

/* ---- saying it ---- */

static void say_stage(struct plain *p, const struct sheet_row *row)
{
    static const char *const words[] = {[SHEET_PENDING] = "not yet",
                                        [SHEET_RUNNING] = "under way",
                                        [SHEET_OK] = "done",
                                        [SHEET_WARNING] = "not all",
                                        [SHEET_FAILED] = "FAILED"};

    plain_linef(p, 2, row->state == SHEET_FAILED ? TONE_WARN : TONE_PLAIN, "%s: %s%s%s",
                has(row->label) ? row->label : "", words[row->state], has(row->text) ? ", " : "",
                has(row->text) ? row->text : "");
}

static void say_row(struct plain *p, const struct sheet_row *row, size_t number)
{
    const char *text = has(row->text) ? row->text : "", *note = has(row->note) ? row->note : "";
    const char *gap = *note ? " - " : "";

    switch (row->kind) {
    case SHEET_TEXT:
        if (*text)
            plain_linef(p, 0, TONE_PLAIN, "%s", text);
        break;
    case SHEET_HEADING:
        plain_linef(p, 0, TONE_BOLD, "%s", text);
        break;
    case SHEET_FACT:
        plain_linef(p, 2, TONE_PLAIN, "%s%s%s", has(row->label) ? row->label : "",
                    has(row->label) ? ": " : "", text);
        break;
    case SHEET_STAGE:
        say_stage(p, row);
        break;
    case SHEET_GO:
        plain_linef(p, 0, TONE_PLAIN, "%3zu  %s%s%s", number, text, gap, note);
        break;
    case SHEET_CHECK:
        plain_linef(p, 0, TONE_PLAIN, "%3zu  [%s] %s%s%s", number, row->on ? "x" : " ", text, gap,
                    note);
        break;
    case SHEET_FIELD:
        plain_linef(p, 0, TONE_PLAIN, "%3zu  %s: %s%s%s", number, row->label,
                    *text ? text : "nothing", *text ? "" : gap, *text ? "" : note);
        if (has(row->problem))
            plain_linef(p, 5, TONE_WARN, "that is wrong: %s", row->problem);
        break;
    }
}

/* What can be chosen, as one text: another one is worth saying. */
static char *choices_of(const struct sheet *s)
{
    struct buf out = BUF_INIT(1 << 20);

    buf_addf(&out, "%s\n", s->name);
    for (size_t i = 0; i < s->count; i++)
        if (s->rows[i].id)
            buf_addf(&out, "%s\n", s->rows[i].id);
    return buf_detach(&out);
}

static void say(struct plain *p, const struct sheet *s)
{
    size_t number = 0;

    free(p->sheet.said);
    p->sheet.said = choices_of(s);
    for (size_t i = 0; i < s->count; i++)
        say_row(p, &s->rows[i], s->rows[i].id ? ++number : 0);
    if (number)
        plain_linef(p, 0, TONE_DIM, "A number chooses; back goes back.");
}

static void close_sheet(struct plain *p)
{
    free(p->sheet.said);
    p->sheet.said = NULL;
    p->sheet.open = false;
    p->sheet.field[0] = '\0';
}

static void show(struct plain *p)
{
    const struct sheet *s = current(p);

    if (s) {
        say(p, s);
        return;
    }
    close_sheet(p);
    plain_linef(p, 0, TONE_DIM, "That is all.");
}

/* ---- commands ---- */

static void open_sheet(struct plain *p, const char *which)
{
    const struct sheet_source *src = source(p);
    struct err err = ERR_INIT;

    p->sheet.within = true;
    if (!src) {
        plain_errorf(p, "This is a recording: there is nothing to set.");
    } else if (!src->open(src->ctx, which, &err)) {
        plain_errorf(p, "%s", err.msg);
    } else {
        p->sheet.open = true;
        p->sheet.field[0] = '\0';
        show(p);
    }
    p->sheet.within = false;
}

void plain_accounts(struct plain *p, struct str args)
{
    (void)args;
    open_sheet(p, "accounts");
}

void plain_setup(struct plain *p, struct str args)
{
    (void)args;
    open_sheet(p, "setup");
}

static void ask_field(struct plain *p, const struct sheet_row *row)
{
    (void)snprintf(p->sheet.field, sizeof(p->sheet.field), "%s", row->id);
    plain_linef(p, 0, TONE_PLAIN, "%s (%s; Enter alone leaves it, - empties it):", row->label,
                has(row->text)   ? row->text
                : has(row->note) ? row->note
                                 : "nothing yet");
}

static void choose(struct plain *p, size_t number)
{
    const struct sheet_source *src = source(p);
    const struct sheet_row *row = sheet_choice(current(p), number - 1);
    char *id;

    if (!src || !number || !row) {
        plain_errorf(p, "There is no %zu here.", number);
        return;
    }
    if (row->kind == SHEET_FIELD) {
        ask_field(p, row);
        return;
    }
    id = xstrdup(row->id); /* the row goes when something is chosen */
    (void)src->choose(src->ctx, id, NULL);
    free(id);
    show(p);
}

static void write_field(struct plain *p, struct str line)
{
    const struct sheet_source *src = source(p);
    char *text = plain_keep_word(str_eq_c(line, "-") ? STR_LIT("") : line);
    char id[SHEET_NAME_MAX];

    (void)snprintf(id, sizeof(id), "%s", p->sheet.field);
    p->sheet.field[0] = '\0';
    if (line.len && src)
        (void)src->choose(src->ctx, id, text);
    free(text);
    show(p);
}

static bool take_line(struct plain *p, struct str line)
{
    const struct sheet_source *src = source(p);
    uint64_t number;

    if (!src || !p->sheet.open)
        return false;
    if (*p->sheet.field) {
        write_field(p, line);
    } else if (str_eq_c(line, "back")) {
        src->back(src->ctx);
        show(p);
    } else if (num_u64(line, &number)) {
        choose(p, (size_t)number);
    } else {
        if (line.len)
            p->sheet.open = false; /* numbers are of what comes now; what runs goes on */
        return false;
    }
    return true;
}

bool plain_sheet_line(struct plain *p, struct str line)
{
    bool taken;

    p->sheet.within = true;
    taken = take_line(p, line);
    p->sheet.within = false;
    return taken;
}

/* Nothing can be chosen yet, or something is under way: a script's next line waits. */
bool plain_sheet_busy(const struct plain *p)
{
    const struct sheet *s = p->sheet.open ? current(p) : NULL;

    return s && (!sheet_choices(s) || (s->leave && strcmp(s->leave, "stop") == 0));
}

void plain_sheet_changed(struct plain *p)
{
    const struct sheet *s = p->sheet.open ? current(p) : NULL;
    char *now = s ? choices_of(s) : NULL;

    if (s && !p->sheet.within && !(p->sheet.said && strcmp(p->sheet.said, now) == 0) &&
        !*p->sheet.field) {
        if (p->prompted)
            buf_addc(&p->out, '\n');
        p->prompted = false;
        say(p, s);
        plain_write(p);
    }
    free(now);
    if (!p->sheet.within)
        plain_after(p);
}

void plain_sheet_release(struct plain *p)
{
    close_sheet(p);
}
