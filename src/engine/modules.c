/* modules.c - the modules of the builtin investigator, in the order in which they start. */
#include "modules_priv.h"

static const struct inv_module *const modules[] = {
    &inv_module_alerts, &inv_module_aws, &inv_module_host, &inv_module_metrics, NULL,
};

const struct inv_module *const *inv_module_table(void)
{
    return modules;
}
