/* tui_paste.c - a large paste does not flood the input: it goes with the question as a whole, is
 * shown by its size, and can be opened and taken away. */
#include "src/ui/tui_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"

static size_t count_lines(struct str text)
{
    struct str line;
    size_t n = 0;

    while (str_line(&text, &line))
        n++;
    return n;
}

static void size_text(size_t bytes, char out[24])
{
    if (bytes < 1000)
        snprintf(out, 24, "%zu B", bytes);
    else
        snprintf(out, 24, "%.1f KB", (double)bytes / 1000);
}

static void make_label(struct pasted *p, size_t lines)
{
    char size[24];

    size_text(p->len, size);
    snprintf(p->label, sizeof(p->label), "pasted %zu line%s, %s", lines, lines == 1 ? "" : "s",
             size);
}

static void refresh(struct tui *t)
{
    struct composer *c = &t->comp;

    c->chips.count = 0;
    VEC_EACH (p, &c->pasted)
        *VEC_PUSH(&c->chips) = p->label;
    tui_dirty(t, DIRTY_SCREEN);
}

bool tui_attach(struct tui *t, struct str text)
{
    struct composer *c = &t->comp;
    size_t lines = count_lines(text);
    struct lineedit clean;
    struct pasted *p;
    char key[SCREEN_KEY_MAX];

    if (lines <= PASTED_LINES && text.len <= PASTED_BYTES)
        return false;
    if (c->pasted.count == PASTED_MAX) {
        tui_say(t, true, "%d pasted texts go with a question; take one away first", PASTED_MAX);
        return true;
    }
    lineedit_init(&clean); /* the same rules as for typed text: valid UTF-8, no controls */
    if (!lineedit_insert(&clean, text)) {
        tui_say(t, true, "The pasted text is larger than %d KB: name a file instead",
                LINEEDIT_MAX_BYTES / 1024);
    } else {
        p = VEC_PUSH(&c->pasted);
        *p = (struct pasted){xstrdup(buf_cstr(&clean.text)), clean.text.len, "", ""};
        make_label(p, lines);
        snprintf(p->name, sizeof(p->name), "pasted:%u", ++c->pasted_seq);
        bool known = screen_key(&t->screen, "input.pasted", key);

        tui_say(t, false,
                "Pasted text goes with the question%s%s%s; deleting back from the beginning takes "
                "it away",
                known ? ": " : "", known ? key : "", known ? " shows it" : "");
    }
    lineedit_release(&clean);
    refresh(t);
    return true;
}

void tui_drop_pasted(struct tui *t, size_t index)
{
    struct composer *c = &t->comp;

    if (index >= c->pasted.count)
        return;
    tui_say(t, false, "Taken away: %s", c->pasted.items[index].label);
    free(c->pasted.items[index].text);
    c->pasted.count--;
    memmove(c->pasted.items + index, c->pasted.items + index + 1,
            (c->pasted.count - index) * sizeof(*c->pasted.items));
    refresh(t);
}

void tui_clear_pasted(struct tui *t)
{
    VEC_EACH (p, &t->comp.pasted)
        free(p->text);
    t->comp.pasted.count = 0;
    refresh(t);
}

/* From page to page round and round when there are several. */
void tui_open_pasted(struct tui *t, size_t index)
{
    struct composer *c = &t->comp;

    if (!c->pasted.count) {
        tui_say(t, false,
                "Nothing is pasted: more than %d lines or %d KB at once would be kept "
                "beside the question",
                PASTED_LINES, (int)(PASTED_BYTES / 1024));
        return;
    }
    t->was_typing = true;
    t->screen.input_focus = false;
    screen_open_pasted(&t->screen, c->pasted.items[index % c->pasted.count].name);
    tui_load_raw(t);
    tui_dirty(t, DIRTY_SCREEN);
}

bool tui_pasted_raw(struct tui *t, const char *name, struct str *ret)
{
    if (strncmp(name, "pasted:", 7) != 0)
        return false;
    *ret = STR_LIT("");
    VEC_EACH (p, &t->comp.pasted)
        if (strcmp(p->name, name) == 0)
            *ret = (struct str){p->text, p->len};
    return true;
}

char *tui_whole_question(struct tui *t)
{
    struct buf out = BUF_INIT(LINEEDIT_MAX_BYTES * (PASTED_MAX + 1) + 4096);
    char *text;

    buf_add_str(&out, str_trim(buf_str(&t->input.text)));
    VEC_EACH (p, &t->comp.pasted) {
        buf_addf(&out, "%s[%s]\n", out.len ? "\n\n" : "", p->label);
        buf_add(&out, p->text, p->len);
    }
    text = xstrdup(out.len ? buf_cstr(&out) : "What is wrong?");
    buf_release(&out);
    return text;
}
