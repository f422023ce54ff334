/* redactor_open.c - see redactor_open.h. */
#include "src/app/redactor_open.h"

struct hiding {
    struct redactor *redactor;
    const struct config *c;
};

static void hide_key(void *ctx, const char *path, const struct config_key *key)
{
    struct hiding *h = ctx;

    if (key->type == CONFIG_SECRET)
        redactor_add(h->redactor, secret_reveal(config_secret(h->c, path)));
    for (size_t i = 0; key->type == CONFIG_SECRET_MAP && i < config_count(h->c, path); i++)
        redactor_add(h->redactor, secret_reveal(config_item_secret(h->c, path, i)));
}

struct redactor *redactor_open(struct app *app, const struct config *c)
{
    char salt[32];
    struct hiding h = {.c = c};

    for (size_t i = 0; i < sizeof(salt); i++)
        salt[i] = (char)rng_next(app_rng(app));
    h.redactor = redactor_new((struct str){salt, sizeof(salt)});
    config_each(c, false, hide_key, &h);
    return h.redactor;
}
