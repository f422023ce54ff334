/* scan_params.c - see scan_params.h. */
#include "scan_params.h"

void scan_params_init(struct scan_params *p, size_t room)
{
    p->arena = arena_new(0);
    p->room = room;
    p->object = arena_alloc(p->arena, sizeof(*p->object));
    p->object->type = VALUE_OBJECT;
    p->object->u.list.items = arena_array(p->arena, room, sizeof(struct value));
}

struct value *scan_params_add(struct scan_params *p, struct str key)
{
    struct value *v = &p->object->u.list.items[p->object->u.list.count++];

    v->key = (struct str){arena_str(p->arena, key), key.len};
    return v;
}

void scan_params_text(struct scan_params *p, struct value *v, struct str text)
{
    v->type = VALUE_STRING;
    v->u.string = (struct str){arena_str(p->arena, text), text.len};
}

bool scan_params_with(struct scan_params *p, const char *account, const struct aws_list *l)
{
    VALUE_EACH (it, l->with) {
        struct value *v = scan_params_add(p, it->key);
        struct str key = v->key;

        if (it->type == VALUE_STRING && str_eq_c(it->u.string, "{account}")) {
            if (!account || !*account)
                return false;
            scan_params_text(p, v, str_from(account));
        } else {
            *v = *it; /* of the definition, which lives longer */
            v->key = key;
        }
    }
    return true;
}
