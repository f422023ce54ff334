/* idle_prices.c - list prices for estimates: us-east-1, January 2026. The sources are AWS's pages
 * of prices; what is not here has no price, and nothing is guessed. */
#include <string.h>

#include "runbook/service/aws/idle.h"

static const struct aws_price prices[] = {
    {"gp3", 0.08, "GiB-month", "Amazon EBS pricing"},
    {"gp2", 0.10, "GiB-month", "Amazon EBS pricing"},
    {"io1", 0.125, "GiB-month", "Amazon EBS pricing"},
    {"io2", 0.125, "GiB-month", "Amazon EBS pricing"},
    {"st1", 0.045, "GiB-month", "Amazon EBS pricing"},
    {"sc1", 0.015, "GiB-month", "Amazon EBS pricing"},
    {"standard", 0.05, "GiB-month", "Amazon EBS pricing, magnetic volumes"},
    {"snapshot", 0.05, "GiB-month", "Amazon EBS pricing, standard tier"},
    {"snapshot-archive", 0.0125, "GiB-month", "Amazon EBS pricing, archive tier"},
    {"address", 0.005, "hour", "Amazon VPC pricing, public IPv4 addresses"},
    {"load-balancer:application", 0.0225, "hour", "Elastic Load Balancing pricing"},
    {"load-balancer:network", 0.0225, "hour", "Elastic Load Balancing pricing"},
    {"load-balancer:gateway", 0.0125, "hour", "Elastic Load Balancing pricing"},
    {"load-balancer:classic", 0.025, "hour", "Elastic Load Balancing pricing"},
};

const struct aws_price *aws_price_at(size_t index)
{
    return index < sizeof(prices) / sizeof(prices[0]) ? &prices[index] : NULL;
}

const struct aws_price *aws_price_of(const char *item)
{
    for (size_t i = 0; i < sizeof(prices) / sizeof(prices[0]); i++)
        if (strcmp(prices[i].item, item) == 0)
            return &prices[i];
    return NULL;
}
