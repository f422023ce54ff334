/* vi_register.c - vi's registers: what was deleted or yanked last, a to z, the clipboard, and the
 * one that keeps nothing. The clipboard is written through whatever copying uses; reading it back
 * from a terminal is refused by most of them and not tried: "+p puts what was sent there last. */
#include "src/ui/vi_priv.h"

static void set(struct vi_register *r, struct str text, bool lines, bool append)
{
    if (!append)
        buf_clear(&r->text);
    r->text.full = false;
    if (append && (lines || r->lines) && r->text.len)
        buf_addc(&r->text, '\n');
    buf_add_str(&r->text, text);
    r->lines = lines || (append && r->lines);
}

void vi_registers_init(struct vi *v)
{
    buf_init(&v->reg.text, LINEEDIT_MAX_BYTES);
    buf_init(&v->clip.text, LINEEDIT_MAX_BYTES);
    for (int i = 0; i < VI_REGISTERS; i++)
        buf_init(&v->named[i].text, LINEEDIT_MAX_BYTES);
}

void vi_registers_release(struct vi *v)
{
    buf_release(&v->reg.text);
    buf_release(&v->clip.text);
    for (int i = 0; i < VI_REGISTERS; i++)
        buf_release(&v->named[i].text);
}

static bool is_small(key_code key)
{
    return key >= 'a' && key <= 'z';
}

static bool is_capital(key_code key)
{
    return key >= 'A' && key <= 'Z';
}

bool vi_is_register(key_code key)
{
    return is_small(key) || is_capital(key) || key == '+' || key == '*' || key == '_' || key == '"';
}

void vi_keep(struct vi *v, const struct lineedit *e, size_t from, size_t to, bool lines)
{
    struct str text = {e->text.ptr ? e->text.ptr + from : "", to - from};
    key_code name = v->reg_name;

    if (name == '_')
        return;
    set(&v->reg, text, lines, false);
    if (is_small(name) || is_capital(name))
        set(&v->named[(is_small(name) ? name - 'a' : name - 'A')], text, lines, is_capital(name));
    if (name == '+' || name == '*') {
        set(&v->clip, text, lines, false);
        v->to_clip = true;
    }
}

const struct vi_register *vi_source(struct vi *v)
{
    key_code name = v->reg_name;
    const struct vi_register *r = &v->reg;

    if (is_small(name) || is_capital(name))
        r = &v->named[is_small(name) ? name - 'a' : name - 'A'];
    if (name == '+' || name == '*') {
        r = &v->clip;
        v->clip_empty = !r->text.len;
    }
    return name != '_' && (r->text.len || r->lines) ? r : NULL;
}
