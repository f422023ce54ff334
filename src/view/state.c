/* state.c - what the screen remembers from one run to the next, as a text of "name = value". */
#include "src/view/view_priv.h"

#include "runbook/base/num.h"

#define SIZE_SMALLEST 1 /* thousandths */
#define SIZE_LARGEST 999

void screen_save(const struct screen *s, struct buf *out)
{
    buf_adds(out, "# What the screen remembers; written by runbook.\n");
    for (int i = 0; i < SIZES; i++)
        buf_addf(out, "panes.%s = %d\n", layout_size_name((enum layout_size)i), s->sizes[i]);
    buf_addf(out, "panes.zoomed = %s\n", s->zoomed ? "yes" : "no");
    list_save(&s->resources, out);
    list_save(&s->signals.list, out);
    list_save(&s->audit, out);
    list_save(&s->security, out);
}

static void load_pane(struct screen *s, struct str name, struct str value)
{
    uint64_t v;

    if (str_eq_c(name, "zoomed"))
        s->zoomed = str_eq_c(value, "yes");
    for (int i = 0; i < SIZES; i++)
        if (str_eq_c(name, layout_size_name((enum layout_size)i)) && num_u64(value, &v) &&
            v >= SIZE_SMALLEST && v <= SIZE_LARGEST)
            s->sizes[i] = (int)v;
}

static void load_line(struct screen *s, struct str line)
{
    struct str key;

    if (!memchr(line.ptr, '=', line.len))
        return;
    str_split(&line, '=', &key);
    key = str_trim(key);
    line = str_trim(line);
    if (str_starts(key, "panes."))
        load_pane(s, (struct str){key.ptr + 6, key.len - 6}, line);
    else if (!list_load(&s->resources, key, line) && !list_load(&s->signals.list, key, line) &&
             !list_load(&s->audit, key, line))
        list_load(&s->security, key, line);
}

void screen_load(struct screen *s, struct str text)
{
    struct str line;

    while (str_split(&text, '\n', &line))
        if (line.len && line.ptr[0] != '#')
            load_line(s, line);
}
