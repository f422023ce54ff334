/* second.c - what takes more than one person. Whoever asked confirms at this session, by the rules
 * of the dialog; the others answer at their own terminals: a file of their own in a box
 * (store/pending.h), whose owner the kernel names, or a token that their key signed
 * (policy/token.h). Both are bound to the fingerprint of what was asked, and both count only in the
 * run that took them: what a journal says was confirmed grants nothing. The rules of who is another
 * person are policy_second_person()'s. A refusal is taken from anybody who may approve, and from
 * oneself. */
#include "mutate_priv.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/policy/token.h"
#include "runbook/store/pending.h"

#define LOOK_MS 500
#define KEY_MAX ((size_t)16 << 10)

struct look_job {
    struct engine *e;
    char *boxes[2]; /* one's own, and the shared one or NULL */
    struct pending_files files;
};

static struct policy_people people_of(struct engine *e)
{
    return policy_people(mutate_policy(e));
}

/* ---- asking ---- */

static void put_request(struct engine *e, const struct mutation *mu, const struct event *ev,
                        struct buf *out)
{
    struct buf data = BUF_INIT(PENDING_MAX);
    struct json_writer w;

    event_encode(ev, &data);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.request/1");
    json_put_cstr(&w, "id", mu->id);
    json_put_cstr(&w, "session", e->model.id);
    json_put_int(&w, "asked_ms", ev->ts_ms ? ev->ts_ms : loop_wall_ms(e->opts.loop));
    json_key(&w, "who");
    json_raw(&w, str_from(mu->who));
    json_key(&w, "request");
    json_raw(&w, buf_str(&data));
    json_object_end(&w);
    buf_release(&data);
}

void second_asked(struct engine *e, const struct event *ev)
{
    const struct mutation *mu = model_mutation(&e->model, ev->u.approval_requested.id);
    const char *shared = people_of(e).folder;
    struct buf json = BUF_INIT(PENDING_MAX);
    struct err err = ERR_INIT;
    char *own;

    if (!mu || !e->opts.state_dir)
        return;
    put_request(e, mu, ev, &json);
    own = pending_own(e->opts.state_dir);
    if (pending_ask(own, false, mu->id, buf_str(&json), &err) ||
        (shared && ev->u.approval_requested.persons > 1 &&
         pending_ask(shared, true, mu->id, buf_str(&json), &err)))
        engine_say_error(e, "the request could not be put where others find it", &err);
    free(own);
    buf_release(&json);
}

void second_decided(struct engine *e, const struct approval *a)
{
    const char *shared = people_of(e).folder;
    char *own;

    if (!e->opts.state_dir || !model_mutation(&e->model, a->id))
        return;
    own = pending_own(e->opts.state_dir);
    pending_drop(own, a->id);
    if (shared && a->persons > 1)
        pending_drop(shared, a->id);
    free(own);
}

/* ---- who said yes ---- */

static void publish(struct engine *e, enum event_type type, const struct approval *a,
                    const char *actor, const char *by, const char *reason)
{
    struct event ev = {.type = type, .actor = actor};

    ev.u.approval_decided.id = a->id;
    ev.u.approval_decided.fingerprint = a->fingerprint;
    ev.u.approval_decided.by = by;
    ev.u.approval_decided.reason = reason;
    engine_publish(e, &ev);
}

static void refuse(struct engine *e, const struct approval *a, const char *by, const char *why)
{
    publish(e, EV_APPROVAL_REFUSED, a, "engine", by, why);
}

static bool has_seniors(const struct policy_people *p)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->list[i].senior)
            return true;
    }
    return false;
}

/* A token is used up when it grants, not before: a run that ends in between loses nothing. */
static bool use_tokens(struct live *l, const struct approval *a)
{
    struct err err = ERR_INIT;

    for (size_t i = 0; i < l->seconds; i++) {
        struct second *s = &l->second[i];

        if (!*s->token || pending_use_token(l->e->opts.state_dir, s->token, &err))
            continue;
        refuse(l->e, a, s->name, err.msg);
        *s = l->second[--l->seconds];
        return false;
    }
    return true;
}

static void grant_if_whole(struct live *l, const struct approval *a)
{
    const char *words[SECONDS_MAX];

    if (strcmp(l->confirmed, a->fingerprint) != 0 || (int)l->seconds < a->persons - 1 ||
        !use_tokens(l, a))
        return;
    for (size_t i = 0; i < l->seconds; i++)
        words[i] = l->second[i].how;
    engine_grant(l->e, a, (struct strings){words, l->seconds});
}

/* A second person's yes, whose author is known by now. */
static void take_yes(struct live *l, const struct approval *a, const char *name, const char *how,
                     const char *token)
{
    struct policy_people people = people_of(l->e);
    const struct policy_approver *known = policy_approver(mutate_policy(l->e), name);
    struct second *s;
    bool senior = known && known->senior, any = senior;

    for (size_t i = 0; i < l->seconds; i++) {
        if (strcmp(l->second[i].name, name) == 0)
            return; /* once is enough */
        any = any || l->second[i].senior;
    }
    if (people.count && !known) {
        refuse(l->e, a, how, "the policy does not name this person among the approvers");
    } else if (people.tiers && !token) {
        refuse(l->e, a, how, "the policy wants a signed token");
    } else if (!any && has_seniors(&people) && (int)l->seconds + 1 >= a->persons - 1) {
        refuse(l->e, a, how, "the policy wants a senior person among those who approve");
    } else if (l->seconds < SECONDS_MAX) {
        s = &l->second[l->seconds++];
        *s = (struct second){.senior = senior};
        snprintf(s->name, sizeof(s->name), "%s", name);
        snprintf(s->how, sizeof(s->how), "%s", how);
        snprintf(s->token, sizeof(s->token), "%s", token ? token : "");
        publish(l->e, EV_APPROVAL_CONFIRMED, a, "second", how, "");
        grant_if_whole(l, a);
    }
}

/* In whose session the request is. */
static bool proposer_of(const struct live *l, struct identity *ret)
{
    struct arena *a = arena_new(4096);
    const struct value *v = NULL;
    struct err err;
    bool ok = !json_parse(a, str_from(live_mutation(l)->who), &v, &err) && identity_parse(v, ret);

    arena_free(a);
    return ok;
}

const char *second_confirm(struct engine *e, const struct approval *a)
{
    struct live *l = live_find(e, a->id);
    struct identity asked;

    if (!l || l->step != LIVE_WAIT || !proposer_of(l, &asked))
        return "who asked is not recorded: propose it again";
    if (asked.uid != e->mutate->who.uid || strcmp(asked.user, e->mutate->who.user) != 0 ||
        strcmp(asked.host, e->mutate->who.host) != 0)
        return "this is somebody else's session: 'runbook approve' and the id answers beside it";
    if (strcmp(l->confirmed, a->fingerprint) == 0)
        return "you have confirmed it: another person is waited for";
    snprintf(l->confirmed, sizeof(l->confirmed), "%s", a->fingerprint);
    publish(e, EV_APPROVAL_CONFIRMED, a, "user", e->mutate->by, "");
    grant_if_whole(l, a);
    return NULL;
}

/* ---- tokens ---- */

/* Nobody else may put another one in its place. */
static bool is_ours(const char *path, bool folder)
{
    struct stat st;

    return lstat(path, &st) == 0 && (folder ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode)) &&
           (st.st_uid == 0 || st.st_uid == getuid()) && !(st.st_mode & 022);
}

static enum err_code read_key(const char *dir, const char *name, struct buf *pem, struct err *err)
{
    char *path = xasprintf("%s/%s.pub", dir, name);
    enum err_code rc;

    if (is_ours(dir, true) && is_ours(path, false))
        rc = file_read(path, pem, err);
    else
        rc = err_set(err, ERR_DENIED,
                     "no key that can be trusted: %.150s has to be there, and neither it nor its "
                     "folder may belong to others or be writable by them",
                     path);

    free(path);
    return rc;
}

static bool plain_name(const char *s)
{
    return *s &&
           strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
               strlen(s) &&
           *s != '.' && *s != '-';
}

const char *token_person(const struct policy *p, struct str text, struct arena *arena,
                         struct token *ret, struct err *err)
{
    struct policy_people people = policy_people(p);
    const struct policy_approver *who;
    struct buf pem = BUF_INIT(KEY_MAX);
    struct sign_key *key = NULL;
    const char *why = NULL;

    if (token_read(text, arena, ret, err))
        return err->msg;
    who = policy_approver(p, ret->approver);
    if (!plain_name(ret->approver))
        why = "its approver is no name";
    else if (who && *who->key)
        buf_adds(&pem, who->key);
    else if (people.count && !who)
        why = "the policy does not name this person among the approvers";
    else if (!people.keys)
        why = "no key of this person is configured";
    else if (read_key(people.keys, ret->approver, &pem, err))
        why = err->msg;
    if (!why && sign_key_read(buf_str(&pem), &key, err))
        why = "the key of this person that is configured is none";
    else if (!why && !token_signed_by(text, key))
        why = "the signature is not of this person's key";
    sign_key_free(key);
    buf_release(&pem);
    return why;
}

static void take_token(struct live *l, const struct approval *a, const struct pending_file *f)
{
    struct arena *arena = arena_new(8192);
    struct identity asked;
    struct token t = {.approver = "a token"};
    struct err err = ERR_INIT;
    const char *why = token_person(mutate_policy(l->e), buf_str(&f->text), arena, &t, &err);
    int64_t now = loop_wall_ms(l->e->opts.loop);
    char how[SECOND_HOW];

    snprintf(how, sizeof(how), "%.100s by token %.24s", t.approver ? t.approver : "?",
             t.id ? t.id : "");
    if (!why)
        why = token_refused(&t, a->id, a->fingerprint, now, people_of(l->e).token_ms);
    if (!why && !proposer_of(l, &asked))
        why = "who asked is not recorded";
    if (!why && (strcmp(t.approver, asked.user) == 0 || strcmp(t.approver, asked.sudo_user) == 0 ||
                 strcmp(t.approver, asked.login_user) == 0))
        why = "it is the one who asked";
    if (why)
        refuse(l->e, a, how, why);
    else
        take_yes(l, a, t.approver, how, t.id);
    arena_free(arena);
}

/* ---- files of other users ---- */

/* Who it is: the owner of the file, by the kernel; the rest by his own word, which only makes it
 * stricter. NULL: all is well. */
static const char *author(const struct pending_file *f, const struct value *v,
                          const struct identity *asked, struct identity *ret)
{
    const struct passwd *pw = getpwuid((uid_t)f->uid);
    const char *why;
    struct policy_user one, other;

    if (!identity_parse(value_get(v, "by"), ret) || ret->uid != f->uid || !pw ||
        strcmp(pw->pw_name, ret->user) != 0)
        return "the file is not of the person that it names";
    snprintf(ret->host, sizeof(ret->host), "%s", asked->host); /* one kernel, one list of users */
    one = identity_user(asked);
    other = identity_user(ret);
    return policy_second_person(&one, &other, &why) ? NULL : why;
}

static void take_answer(struct live *l, const struct approval *a, const struct pending_file *f)
{
    struct arena *arena = arena_new(8192);
    const struct value *v = NULL;
    struct identity asked, by = {.user = "somebody"};
    struct buf words = BUF_INIT(SECOND_HOW - 1);
    const char *why = NULL, *reason;
    struct err err;
    bool yes;

    if (json_parse(arena, buf_str(&f->text), &v, &err) || v->type != VALUE_OBJECT)
        why = "the file cannot be read";
    else if (!proposer_of(l, &asked))
        why = "who asked is not recorded";
    else
        why = author(f, v, &asked, &by);
    yes = v && strcmp(value_cstr_or(v, "answer", ""), "approve") == 0;
    reason = v ? value_cstr_or(v, "reason", "") : "";
    identity_words(&by, &words);
    if (v && !yes && (!why || f->uid == (int64_t)getuid())) {
        engine_reject(l->e, a, buf_cstr(&words), *reason ? reason : "rejected at another terminal");
    } else if (why) {
        refuse(l->e, a, buf_cstr(&words), why);
    } else if (a->persons < 2) {
        refuse(l->e, a, buf_cstr(&words), "it is answered where it was asked");
    } else if (strcmp(value_cstr_or(v, "fingerprint", ""), a->fingerprint) != 0) {
        refuse(l->e, a, buf_cstr(&words),
               "it answers another version of the request: it changed since");
    } else {
        take_yes(l, a, identity_person(&by), buf_cstr(&words), NULL);
    }
    buf_release(&words);
    arena_free(arena);
}

/* ---- looking ---- */

static bool seen_before(struct mutate *m, const struct pending_file *f)
{
    char key[128];

    snprintf(key, sizeof(key), "%s %llu %lld", f->name, (unsigned long long)f->inode,
             (long long)f->mtime_ns);
    if (!m->seen)
        m->seen = map_new();
    if (map_has(m->seen, str_from(key)))
        return true;
    map_set_c(m->seen, key, m);
    return false;
}

static void take(struct engine *e, const struct pending_file *f)
{
    const struct approval *a = model_approval(&e->model, f->id);
    struct live *l = live_find(e, f->id);

    if (!a || a->state != APPROVAL_WAITING || a->forged || !l || l->step != LIVE_WAIT ||
        seen_before(e->mutate, f))
        return;
    if (loop_wall_ms(e->opts.loop) >= a->expires_ms)
        return; /* its time is over: the timer says so */
    if (f->token)
        take_token(l, a, f);
    else
        take_answer(l, a, f);
}

static void look_work(void *job)
{
    struct look_job *j = job;
    struct err err;

    for (size_t i = 0; i < 2; i++) {
        if (j->boxes[i] && !pending_open(j->boxes[i], i == 1, &err))
            pending_answers(j->boxes[i], &j->files);
    }
}

static void look_free(struct look_job *j)
{
    pending_files_release(&j->files);
    free(j->boxes[0]);
    free(j->boxes[1]);
    free(j);
}

static void on_looked(void *ctx, bool canceled)
{
    struct look_job *j = ctx;
    struct engine *e = j->e;

    e->mutate->look_job = 0;
    e->mutate->looking = NULL;
    VEC_EACH (f, &j->files.list) {
        if (!canceled)
            take(e, f);
    }
    look_free(j);
    second_wait(e);
}

static void on_look(void *ctx)
{
    struct engine *e = ctx;
    const char *shared = people_of(e).folder;
    struct look_job *j = xcalloc(1, sizeof(*j));

    e->mutate->look_timer = 0;
    j->e = e;
    j->boxes[0] = pending_own(e->opts.state_dir);
    j->boxes[1] = shared ? xstrdup(shared) : NULL;
    e->mutate->looking = j;
    e->mutate->look_job = loop_job(e->opts.loop, look_work, on_looked, j);
}

void second_wait(struct engine *e)
{
    struct mutate *m = e->mutate;
    bool waits = false;

    for (const struct live *l = m->live; l && e->opts.state_dir; l = l->next)
        waits = waits || l->step == LIVE_WAIT;
    if (waits && !m->look_timer && !m->look_job)
        m->look_timer = loop_timer(e->opts.loop, LOOK_MS, on_look, e);
    if (!waits && m->look_timer) {
        loop_timer_cancel(e->opts.loop, m->look_timer);
        m->look_timer = 0;
    }
}

void second_free(struct engine *e)
{
    struct mutate *m = e->mutate;

    if (m->look_timer)
        loop_timer_cancel(e->opts.loop, m->look_timer);
    if (m->look_job) {
        loop_job_drop(e->opts.loop, m->look_job);
        look_free(m->looking);
    }
    map_free(m->seen);
}
