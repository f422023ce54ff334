/* refusal.c - what an HTTP status and a provider's error object mean for who asked. Pure.
 * Sources: the providers' pages on errors; the official SDKs for what is worth repeating. */
#include "src/llm/wire_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"

struct word {
    const char *word;
    enum llm_failure kind;
};

/* Words of `type` and `code`. */
static const struct word types[] = {
    {"authentication_error", LLM_FAIL_AUTH},
    {"permission_error", LLM_FAIL_AUTH},
    {"invalid_api_key", LLM_FAIL_AUTH},
    {"accessdeniedexception", LLM_FAIL_AUTH},
    {"unrecognizedclientexception", LLM_FAIL_AUTH},
    {"expiredtokenexception", LLM_FAIL_AUTH},
    {"billing_error", LLM_FAIL_BILLING},
    {"insufficient_quota", LLM_FAIL_BILLING},
    {"not_found_error", LLM_FAIL_MODEL},
    {"model_not_found", LLM_FAIL_MODEL},
    {"resourcenotfoundexception", LLM_FAIL_MODEL},
    {"context_length_exceeded", LLM_FAIL_CONTEXT},
    {"request_too_large", LLM_FAIL_CONTEXT},
    {"rate_limit_error", LLM_FAIL_RATE},
    {"rate_limit_exceeded", LLM_FAIL_RATE},
    {"throttlingexception", LLM_FAIL_RATE},
    {"servicequotaexceededexception", LLM_FAIL_RATE},
    {"overloaded_error", LLM_FAIL_OVERLOAD},
    {"api_error", LLM_FAIL_OVERLOAD},
    {"server_error", LLM_FAIL_OVERLOAD},
    {"internalserverexception", LLM_FAIL_OVERLOAD},
    {"modelstreamerrorexception", LLM_FAIL_OVERLOAD},
    {"modelerrorexception", LLM_FAIL_OVERLOAD},
    {"modelnotreadyexception", LLM_FAIL_OVERLOAD},
    {"serviceunavailableexception", LLM_FAIL_OVERLOAD},
    {"timeout_error", LLM_FAIL_TIMEOUT},
    {"modeltimeoutexception", LLM_FAIL_TIMEOUT},
};

/* What the words of a refused request mean, where no code says it. */
static const struct word phrases[] = {
    {"prompt is too long", LLM_FAIL_CONTEXT}, {"maximum context length", LLM_FAIL_CONTEXT},
    {"context length", LLM_FAIL_CONTEXT},     {"context window", LLM_FAIL_CONTEXT},
    {"input is too long", LLM_FAIL_CONTEXT},  {"exceeds the available context", LLM_FAIL_CONTEXT},
    {"too many tokens", LLM_FAIL_CONTEXT},    {"credit balance is too low", LLM_FAIL_BILLING},
    {"api key not valid", LLM_FAIL_AUTH},     {"model not found", LLM_FAIL_MODEL},
};

static bool find(const struct word *words, size_t count, struct str text, bool whole,
                 enum llm_failure *ret)
{
    for (size_t i = 0; i < count; i++) {
        struct str word = str_from(words[i].word);

        if (str_ifind(text, word) < 0 || (whole && text.len != word.len))
            continue;
        *ret = words[i].kind;
        return true;
    }
    return false;
}

static bool is_known(struct str type)
{
    enum llm_failure f;

    return find(types, sizeof(types) / sizeof(types[0]), type, true, &f);
}

static enum llm_failure of_status(int status)
{
    switch (status) {
    case 401:
    case 403:
    case 407:
        return LLM_FAIL_AUTH;
    case 402:
        return LLM_FAIL_BILLING;
    case 404:
        return LLM_FAIL_MODEL;
    case 408:
    case 504:
        return LLM_FAIL_TIMEOUT;
    case 413:
        return LLM_FAIL_CONTEXT;
    case 429:
        return LLM_FAIL_RATE;
    case 409:
    case 424:
    case 425:
        return LLM_FAIL_OVERLOAD;
    default:
        return status >= 500 ? LLM_FAIL_OVERLOAD : LLM_FAIL_REQUEST;
    }
}

enum llm_failure refusal_kind(int status, struct str type, struct str message)
{
    enum llm_failure f = LLM_FAIL_NONE;

    if (find(types, sizeof(types) / sizeof(types[0]), type, true, &f))
        return f;
    if ((status < 500 || !status) && status != 429 && status != 401 && status != 403 &&
        find(phrases, sizeof(phrases) / sizeof(phrases[0]), message, false, &f))
        return f;
    if (!status)
        return LLM_FAIL_OVERLOAD;
    return of_status(status);
}

enum err_code refusal_code(enum llm_failure f)
{
    switch (f) {
    case LLM_FAIL_NONE:
        return ERR_REMOTE;
    case LLM_FAIL_CONFIG:
        return ERR_NOT_FOUND;
    case LLM_FAIL_AUTH:
    case LLM_FAIL_BILLING:
        return ERR_DENIED;
    case LLM_FAIL_MODEL:
        return ERR_NOT_FOUND;
    case LLM_FAIL_CONTEXT:
        return ERR_LIMIT;
    case LLM_FAIL_REQUEST:
        return ERR_INPUT;
    case LLM_FAIL_RATE:
    case LLM_FAIL_OVERLOAD:
    case LLM_FAIL_PAUSED:
        return ERR_AGAIN;
    case LLM_FAIL_NET:
        return ERR_NET;
    case LLM_FAIL_TIMEOUT:
        return ERR_TIMEOUT;
    case LLM_FAIL_PROTOCOL:
        return ERR_REMOTE;
    }
    return ERR_REMOTE;
}

bool refusal_may_retry(enum llm_failure f)
{
    return f == LLM_FAIL_RATE || f == LLM_FAIL_OVERLOAD || f == LLM_FAIL_NET ||
           f == LLM_FAIL_TIMEOUT;
}

static struct str word_of(const struct value *v, const char *key)
{
    const struct value *m = value_get(v, key);

    return m && m->type == VALUE_STRING ? m->u.string : (struct str){"", 0};
}

bool refusal_read(const struct value *v, struct str *ret_type, struct str *ret_message)
{
    const struct value *e;

    if (v && v->type == VALUE_ARRAY) /* Google's compatible endpoint */
        v = value_at(v, 0);
    e = value_get(v, "error");
    *ret_type = *ret_message = (struct str){"", 0};
    if (e && e->type == VALUE_STRING) {
        *ret_message = e->u.string;
        return true;
    }
    if (!e || e->type != VALUE_OBJECT)
        return false;
    *ret_type = word_of(e, "code"); /* says more than the type, where it is a word that is known */
    if (!is_known(*ret_type) && word_of(e, "type").len)
        *ret_type = word_of(e, "type");
    *ret_message = word_of(e, "message");
    return true;
}

/* {"message": ...} of AWS and Mistral, {"detail": ...} of FastAPI. */
static bool read_bare(const struct value *v, struct str *ret_type, struct str *ret_message)
{
    *ret_type = word_of(v, "__type");
    *ret_message = word_of(v, "message");
    if (!ret_message->len)
        *ret_message = word_of(v, "Message");
    if (!ret_message->len)
        *ret_message = word_of(v, "detail");
    return ret_message->len > 0;
}

static void add_safe(struct buf *out, struct str text)
{
    struct buf safe = BUF_INIT(1 << 16);
    int width;

    if (text.len > 4096)
        text.len = 4096;
    text_sanitize(&safe, str_trim(text), false, false);
    buf_add_str(out, text_fit(buf_str(&safe), 240, &width));
    buf_release(&safe);
}

static const char *advice(enum llm_failure f)
{
    switch (f) {
    case LLM_FAIL_AUTH:
        return "; check the key";
    case LLM_FAIL_BILLING:
        return "; check the account's balance";
    case LLM_FAIL_MODEL:
        return "; check llm.model and llm.base_url";
    case LLM_FAIL_NONE:
    case LLM_FAIL_CONFIG:
    case LLM_FAIL_CONTEXT:
    case LLM_FAIL_REQUEST:
    case LLM_FAIL_RATE:
    case LLM_FAIL_OVERLOAD:
    case LLM_FAIL_NET:
    case LLM_FAIL_TIMEOUT:
    case LLM_FAIL_PROTOCOL:
    case LLM_FAIL_PAUSED:
        return "";
    }
    return "";
}

static void say(enum llm_failure f, const char *where, struct str type, struct str message,
                struct err *err)
{
    struct buf text = BUF_INIT(8192);

    if (type.len) {
        buf_adds(&text, " ");
        add_safe(&text, type.len > 64 ? (struct str){type.ptr, 64} : type);
    }
    if (message.len) {
        buf_adds(&text, ": ");
        add_safe(&text, message);
    }
    err_set(err, refusal_code(f), "%s%s%s", where, buf_cstr(&text), advice(f));
    buf_release(&text);
}

enum err_code refusal_in_stream(struct answer *a, struct str type, struct str message,
                                struct err *err)
{
    enum llm_failure f = refusal_kind(0, type, message);

    if (str_eq_c(type, "invalid_request_error") && f == LLM_FAIL_OVERLOAD)
        f = LLM_FAIL_REQUEST;
    if (str_eq_c(type, "validationException") && f == LLM_FAIL_OVERLOAD)
        f = LLM_FAIL_REQUEST;
    a->failure = f;
    say(f, "the answer broke off with an error", type, message, err);
    return err->code;
}

enum llm_failure refusal_http(int status, const char *content_type, struct str body,
                              struct arena *arena, struct str *ret_id, struct err *err)
{
    struct str type = {"", 0}, message = {"", 0};
    const struct value *v = NULL;
    struct err ignored = ERR_INIT;
    enum llm_failure f;
    char where[64];

    *ret_id = (struct str){"", 0};
    if (json_parse(arena, body, &v, &ignored) == ERR_OK) {
        if (!refusal_read(v, &type, &message))
            read_bare(v, &type, &message);
        *ret_id = word_of(v, "request_id");
    } else if (str_ifind(str_from(content_type), STR_LIT("html")) >= 0) {
        message = STR_LIT("an HTML page: a proxy or a login page?");
    } else {
        message = body;
    }
    f = refusal_kind(status, type, message);
    snprintf(where, sizeof(where), "HTTP %d", status);
    say(f, where, type, message, err);
    return f;
}

const char *llm_failure_name(enum llm_failure f)
{
    switch (f) {
    case LLM_FAIL_NONE:
        return "none";
    case LLM_FAIL_CONFIG:
        return "config";
    case LLM_FAIL_AUTH:
        return "auth";
    case LLM_FAIL_BILLING:
        return "billing";
    case LLM_FAIL_MODEL:
        return "model";
    case LLM_FAIL_CONTEXT:
        return "context";
    case LLM_FAIL_REQUEST:
        return "request";
    case LLM_FAIL_RATE:
        return "rate";
    case LLM_FAIL_OVERLOAD:
        return "overload";
    case LLM_FAIL_NET:
        return "net";
    case LLM_FAIL_TIMEOUT:
        return "timeout";
    case LLM_FAIL_PROTOCOL:
        return "protocol";
    case LLM_FAIL_PAUSED:
        return "paused";
    }
    return "";
}
