/* cost_setup.c - see cost_setup.h. */
#include "src/app/cost_setup.h"

#include "runbook/base/file.h"

#define PRICES_MAX ((size_t)1 << 20)

void cost_limits_of(const struct config *c, struct cost_limits *ret)
{
    *ret = (struct cost_limits){
        .usd_incident = config_num(c, "cost.usd_per_incident"),
        .usd_day = config_num(c, "cost.usd_per_day"),
        .tokens_incident = config_int(c, "cost.tokens_per_incident"),
        .tool_calls = config_int(c, "cost.tool_calls_per_incident"),
        .minutes = config_int(c, "cost.minutes_per_incident"),
        .calls_per_minute = config_int(c, "cost.calls_per_minute"),
        .refuse_unknown_price = config_bool(c, "cost.refuse_unknown_price"),
    };
}

enum err_code cost_prices_of(const struct config *c, struct price_table **ret, struct err *err)
{
    const char *path = config_str(c, "cost.prices");
    struct price_table *t = price_table_new();
    struct buf text = BUF_INIT(PRICES_MAX);
    enum err_code rc = ERR_OK;

    if (*path) {
        rc = file_read(path, &text, err);
        if (!rc)
            rc = price_table_read(t, path, buf_str(&text), err);
        if (rc)
            rc = err_wrap(err, "cost.prices");
    }
    buf_release(&text);
    if (rc)
        price_table_free(t);
    else
        *ret = t;
    return rc;
}

enum err_code cost_prompts_of(const struct config *c, struct prompts **ret, struct err *err)
{
    const char *dir = config_str(c, "prompts.folder");

    return prompts_load(*dir ? dir : NULL, ret, err);
}
