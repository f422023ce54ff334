/* resource.c - an item of a list as a record of one form, and what the word of its state means:
 * pure. */
#include <ctype.h>

#include "runbook/base/timefmt.h"
#include "runbook/service/aws/inventory.h"

#define TAGS_MAX 200
#define MADE_MAX ((size_t)2 << 10)

const char *aws_health_name(enum aws_health h)
{
    static const char *const names[] = {"unknown", "ok", "changing", "off", "bad"};

    return names[h];
}

/* ---- health ---- */

/* The first row whose word stands in the state decides. */
static const struct {
    const char *word;
    bool whole; /* nothing else but it */
    enum aws_health health;
} words[] = {
    {"insufficient_data", true, AWS_HEALTH_UNKNOWN},
    {"update_rollback_complete", true, AWS_HEALTH_BAD},
    {"rollback_complete", true, AWS_HEALTH_BAD},
    {"fail", false, AWS_HEALTH_BAD},
    {"error", false, AWS_HEALTH_BAD},
    {"rollback", false, AWS_HEALTH_BAD},
    {"impaired", false, AWS_HEALTH_BAD},
    {"unhealthy", false, AWS_HEALTH_BAD},
    {"degraded", false, AWS_HEALTH_BAD},
    {"incompatible", false, AWS_HEALTH_BAD},
    {"inaccessible", false, AWS_HEALTH_BAD},
    {"storage-full", true, AWS_HEALTH_BAD},
    {"misconfigured", false, AWS_HEALTH_BAD},
    {"expired", true, AWS_HEALTH_BAD},
    {"revoked", true, AWS_HEALTH_BAD},
    {"suspended", true, AWS_HEALTH_BAD},
    {"alarm", true, AWS_HEALTH_BAD},
    {"down", true, AWS_HEALTH_BAD},
    {"connectionlost", true, AWS_HEALTH_BAD},
    {"red", true, AWS_HEALTH_BAD},
    {"blackhole", true, AWS_HEALTH_BAD},
    {"yellow", true, AWS_HEALTH_CHANGING},
    {"complete", false, AWS_HEALTH_OK},
    {"progress", false, AWS_HEALTH_CHANGING},
    {"pending", false, AWS_HEALTH_CHANGING},
    {"creating", false, AWS_HEALTH_CHANGING},
    {"updating", false, AWS_HEALTH_CHANGING},
    {"modifying", false, AWS_HEALTH_CHANGING},
    {"deleting", false, AWS_HEALTH_CHANGING},
    {"rebooting", false, AWS_HEALTH_CHANGING},
    {"starting", false, AWS_HEALTH_CHANGING},
    {"stopping", false, AWS_HEALTH_CHANGING},
    {"shutting-down", false, AWS_HEALTH_CHANGING},
    {"provisioning", false, AWS_HEALTH_CHANGING},
    {"maintenance", false, AWS_HEALTH_CHANGING},
    {"upgrading", false, AWS_HEALTH_CHANGING},
    {"backing-up", false, AWS_HEALTH_CHANGING},
    {"resizing", false, AWS_HEALTH_CHANGING},
    {"inactive", false, AWS_HEALTH_OFF},
    {"disabled", false, AWS_HEALTH_OFF},
    {"stopped", false, AWS_HEALTH_OFF},
    {"terminated", false, AWS_HEALTH_OFF},
    {"deleted", false, AWS_HEALTH_OFF},
    {"detached", false, AWS_HEALTH_OFF},
    {"paused", false, AWS_HEALTH_OFF},
    {"retired", false, AWS_HEALTH_OFF},
    {"canceled", false, AWS_HEALTH_OFF},
    {"cancelled", false, AWS_HEALTH_OFF},
    {"active", false, AWS_HEALTH_OK},
    {"available", false, AWS_HEALTH_OK},
    {"running", false, AWS_HEALTH_OK},
    {"enabled", false, AWS_HEALTH_OK},
    {"inservice", true, AWS_HEALTH_OK},
    {"in-service", true, AWS_HEALTH_OK},
    {"in-use", true, AWS_HEALTH_OK},
    {"ready", false, AWS_HEALTH_OK},
    {"ok", true, AWS_HEALTH_OK},
    {"green", true, AWS_HEALTH_OK},
    {"issued", true, AWS_HEALTH_OK},
    {"online", true, AWS_HEALTH_OK},
    {"deployed", true, AWS_HEALTH_OK},
    {"attached", true, AWS_HEALTH_OK},
    {"associated", true, AWS_HEALTH_OK},
    {"healthy", true, AWS_HEALTH_OK},
    {"success", false, AWS_HEALTH_OK},
    {"up", true, AWS_HEALTH_OK},
};

enum aws_health aws_health_of(struct str state)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        struct str w = str_from(words[i].word);

        if (str_ifind(state, w) >= 0 && (!words[i].whole || state.len == w.len))
            return words[i].health;
    }
    return AWS_HEALTH_UNKNOWN;
}

/* ---- parts ---- */

static const struct value *member(const struct value *v, const char *const *names)
{
    for (; *names; names++)
        VALUE_EACH (it, v)
            if (v->type == VALUE_OBJECT && str_eq_c(it->key, *names))
                return it;
    return NULL;
}

static struct str text(const struct value *v)
{
    return v && v->type == VALUE_STRING ? v->u.string : (struct str){"", 0};
}

/* Of a resource; "." is the item itself. */
static const struct value *resource_part(const struct aws_list *l, enum aws_part p,
                                         const struct value *item)
{
    struct str path = l->known_by[p];

    if (!path.len)
        return NULL;
    return str_eq_c(path, ".") ? item : aws_value_at(item, path);
}

static struct str part(struct arena *arena, const struct aws_list *l, enum aws_part p,
                       const struct value *item)
{
    struct buf out = BUF_INIT(MADE_MAX);
    struct str form = l->known_by[p], made = {"", 0};

    if (!str_starts(form, "="))
        return text(resource_part(l, p, item));
    if (aws_item_made(&out, (struct str){form.ptr + 1, form.len - 1}, item))
        made = (struct str){arena_str(arena, buf_str(&out)), out.len};
    buf_release(&out);
    return made;
}

/* Some states are {Name, Code} or {Status, ...}. */
static struct str state_text(const struct aws_list *l, const struct value *item)
{
    static const char *const names[] = {"Name",   "name",  "Code",  "code",  "Status",
                                        "status", "State", "state", "Value", NULL};
    const struct value *v = resource_part(l, AWS_PART_STATE, item);

    if (v && v->type == VALUE_OBJECT)
        v = member(v, names);
    if (v && v->type == VALUE_BOOL)
        return v->u.boolean ? STR_LIT("true") : STR_LIT("false");
    return text(v);
}

/* Seconds, milliseconds or a text. */
static struct str time_part(struct arena *arena, const struct aws_list *l, const struct value *item)
{
    const struct value *v = resource_part(l, AWS_PART_CREATED, item);
    char out[TIME_TEXT_MAX];
    int64_t ms;

    if (v && v->type == VALUE_NUMBER && v->u.number > 0 && v->u.number < 1e14)
        ms = (int64_t)(v->u.number > 1e11 ? v->u.number : v->u.number * 1000);
    else if (!(v && v->type == VALUE_STRING && v->u.string.len > 9 && time_parse(v->u.string, &ms)))
        return text(v);
    time_format_rfc3339(ms, out);
    return str_from(arena_strdup(arena, out));
}

static void add_tag(struct value *to, struct str key, struct str value)
{
    if (!key.len || to->u.list.count == TAGS_MAX)
        return;
    to->u.list.items[to->u.list.count++] =
        (struct value){.type = VALUE_STRING, .key = key, .u.string = value};
}

/* A map, or a list of {Key, Value} in one of its spellings. */
static const struct value *tags_part(struct arena *arena, const struct aws_list *l,
                                     const struct value *item)
{
    static const char *const keys[] = {"Key", "key", "TagKey", "tagKey", NULL};
    static const char *const values[] = {"Value", "value", "TagValue", "tagValue", NULL};
    const struct value *v = resource_part(l, AWS_PART_TAGS, item);
    struct value *tags;
    size_t most;
    bool one;

    if (!v || (v->type != VALUE_ARRAY && v->type != VALUE_OBJECT))
        return NULL;
    tags = arena_alloc(arena, sizeof(*tags));
    tags->type = VALUE_OBJECT;
    most = value_count(v) < TAGS_MAX ? value_count(v) : TAGS_MAX;
    tags->u.list.items = arena_array(arena, most, sizeof(*tags));
    one = v->type == VALUE_OBJECT && member(v, keys) && member(v, values); /* of XML: just one */
    if (one)
        add_tag(tags, text(member(v, keys)), text(member(v, values)));
    VALUE_EACH (it, v) {
        const struct value *only =
            value_count(it) == 1 && it->type == VALUE_OBJECT ? value_at(it, 0) : NULL;

        if (one)
            break;
        if (v->type == VALUE_ARRAY)
            add_tag(tags, text(member(it, keys)), text(member(it, values)));
        else if (it->type == VALUE_STRING)
            add_tag(tags, it->key, it->u.string);
        else if (it->type == VALUE_OBJECT) /* "Tag": {Key, Value} */
            add_tag(tags, text(member(only ? only : it, keys)),
                    text(member(only ? only : it, values)));
    }
    return tags->u.list.count ? tags : NULL;
}

static void settle_id(const struct aws_service *s, struct aws_resource *r)
{
    if (str_starts(r->id, "arn:") && !r->arn.len)
        r->arn = r->id;
    if (!r->id.len)
        r->id = r->name.len ? r->name : aws_tail(r->arn);
    if (str_starts(r->id, "arn:") || str_starts(r->id, "http"))
        r->id = aws_tail(r->id);
    if (s->path_tail) /* "/hostedzone/Z1" */
        r->id = aws_tail(r->id);
}

bool aws_resource_read(struct arena *arena, const struct aws_service *s, const struct aws_list *l,
                       const struct value *item, struct aws_resource *ret)
{
    static const char *const name_tag[] = {"Name", NULL};

    *ret = (struct aws_resource){.service = s, .list = l, .region = "", .item = item};
    ret->id = part(arena, l, AWS_PART_ID, item);
    ret->name = part(arena, l, AWS_PART_NAME, item);
    ret->arn = part(arena, l, AWS_PART_ARN, item);
    ret->state = state_text(l, item);
    ret->created = time_part(arena, l, item);
    ret->tags = tags_part(arena, l, item);
    if (!str_starts(l->known_by[AWS_PART_ID], "=")) /* else it is as the definition has it */
        settle_id(s, ret);
    if (!ret->name.len)
        ret->name = text(member(ret->tags, name_tag));
    return ret->id.len > 0;
}
