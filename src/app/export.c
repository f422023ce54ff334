/* export.c - what the three formats share. */
#include "src/app/export_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"

#define RAW_MAX ((size_t)64 << 10)
#define RAW_TOTAL_MAX ((size_t)4 << 20)
#define BLOB_READ_MAX ((size_t)64 << 20)

static size_t raw_room(const struct export_raw *raw)
{
    size_t one = raw->o->raw_max ? raw->o->raw_max : RAW_MAX;
    size_t all = raw->o->raw_total_max ? raw->o->raw_total_max : RAW_TOTAL_MAX;
    size_t left = raw->used < all ? all - raw->used : 0;

    return left < one ? left : one;
}

/* At a character's beginning. */
static size_t cut_at(const struct buf *b, size_t len)
{
    while (len && ((unsigned char)b->ptr[len] & 0xc0) == 0x80)
        len--;
    return len;
}

bool export_raw_get(struct export_raw *raw, const struct tool_run *t, struct buf *out,
                    char ret_note[160])
{
    size_t room = raw_room(raw);
    struct err err;

    ret_note[0] = '\0';
    buf_clear(out);
    if (!*t->blob || !raw->o->blobs)
        return false;
    if (room == 0) {
        snprintf(ret_note, 160, "left out: the document would be too large (%lld bytes)",
                 (long long)t->size_bytes);
        return false;
    }
    out->max = BLOB_READ_MAX;
    if (!raw->o->blobs->read(raw->o->blobs->ctx, t->blob, out, &err)) {
        snprintf(ret_note, 160, "cannot be read: %.130s", err.msg);
        return false;
    }
    if (out->len > room) {
        snprintf(ret_note, 160, "cut: the first %zu of %zu bytes", cut_at(out, room), out->len);
        buf_truncate(out, cut_at(out, room));
    }
    raw->used += out->len;
    return true;
}

const char *export_title(const struct model *m)
{
    return *m->title ? m->title : *m->query ? m->query : *m->id ? m->id : "untitled session";
}

const char *export_verdict(const struct model *m)
{
    static const char *const words[VERDICTS] = {[VERDICT_NONE] = "no conclusion",
                                                [VERDICT_ROOT_CAUSE] = "root cause found",
                                                [VERDICT_INCONCLUSIVE] = "inconclusive",
                                                [VERDICT_NO_ACTION] = "no action needed",
                                                [VERDICT_FAILED] = "failed"};

    return words[m->conclusion.verdict];
}

static void tool_text(const struct tool_run *t, struct buf *out)
{
    buf_adds(out, *t->title ? t->title : t->tool);
    if (!t->ended) {
        buf_adds(out, ": no answer");
        return;
    }
    if (*t->summary)
        buf_addf(out, ": %s", t->summary);
    if (*t->error)
        buf_addf(out, ": %s", t->error);
    buf_addf(out, " (%s, %lld ms)", tool_status_name(t->status), (long long)t->duration_ms);
}

void export_item_text(const struct model *m, const struct item *it, struct buf *out)
{
    const struct gap *g;

    switch (it->kind) {
    case ITEM_TOOL:
        tool_text(&m->tools.items[it->ref], out);
        break;
    case ITEM_EVIDENCE:
        buf_addf(out, "%s %s", m->evidence.items[it->ref].id, m->evidence.items[it->ref].statement);
        break;
    case ITEM_HYPOTHESIS:
        buf_addf(out, "%s %s: %s", m->hypotheses.items[it->ref].id, it->tag,
                 m->hypotheses.items[it->ref].statement);
        if (*it->text)
            buf_addf(out, " (%s)", it->text);
        break;
    case ITEM_GAP:
        g = &m->gaps.items[it->ref];
        buf_addf(out, "%s: %s", g->what, g->why);
        break;
    case ITEM_USER:
    case ITEM_TEXT:
    case ITEM_THINKING:
    case ITEM_NOTICE:
    case ITEM_ERROR:
    case ITEM_CONCLUSION:
        buf_adds(out, it->text);
        break;
    }
}

const char *export_item_label(const struct item *it)
{
    switch (it->kind) {
    case ITEM_USER:
        return "question";
    case ITEM_TEXT:
        return "text";
    case ITEM_THINKING:
        return "thought";
    case ITEM_TOOL:
        return "query";
    case ITEM_EVIDENCE:
        return "evidence";
    case ITEM_HYPOTHESIS:
        return "hypothesis";
    case ITEM_GAP:
        return "not seen";
    case ITEM_NOTICE:
        return "notice";
    case ITEM_ERROR:
        return "error";
    case ITEM_CONCLUSION:
        return "conclusion";
    }
    return "";
}

void export_change(const struct evidence *e, struct buf *out)
{
    char before[48], after[48];

    if (isnan(e->after))
        return;
    num_human(e->after, e->unit, after);
    if (isnan(e->before)) {
        buf_adds(out, after);
        return;
    }
    num_human(e->before, e->unit, before);
    buf_addf(out, "%s \xe2\x86\x92 %s", before, after);
}
