/* region_names.c - which names regions have: see endpoint.h. */
#include "runbook/base/text.h"
#include "runbook/service/aws/endpoint.h"

#define NEAR_LIMIT 4

static const char *const names[] = {
    "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2",       "eu-west-1",
    "eu-west-2",      "eu-west-3",      "eu-central-1",   "eu-central-2",    "eu-north-1",
    "eu-south-1",     "eu-south-2",     "ap-northeast-1", "ap-northeast-2",  "ap-northeast-3",
    "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",  "ap-southeast-5",
    "ap-southeast-6", "ap-southeast-7", "ap-south-1",     "ap-south-2",      "ap-east-1",
    "ap-east-2",      "sa-east-1",      "ca-central-1",   "ca-west-1",       "me-central-1",
    "me-south-1",     "af-south-1",     "il-central-1",   "mx-central-1",    "cn-north-1",
    "cn-northwest-1", "us-gov-east-1",  "us-gov-west-1",  "us-iso-east-1",   "us-iso-west-1",
    "us-isob-east-1", "us-isob-west-1", "us-isof-east-1", "us-isof-south-1", "eu-isoe-west-1",
    "eusc-de-east-1",
};

static const char *const directions[] = {"north",     "south",     "east",
                                         "west",      "central",   "northeast",
                                         "southeast", "northwest", "southwest"};

/* "eu-west" of "eu-west-1", and the direction that it ends with. */
static struct str without_number(struct str region, struct str *ret_direction)
{
    while (region.len && region.ptr[region.len - 1] != '-')
        region.len--;
    region.len -= region.len > 0;
    *ret_direction = region;
    for (size_t i = region.len; i > 0; i--)
        if (region.ptr[i - 1] == '-') {
            *ret_direction = (struct str){region.ptr + i, region.len - i};
            break;
        }
    return region;
}

static bool has_direction(struct str region)
{
    struct str direction;

    (void)without_number(region, &direction);
    for (size_t i = 0; i < sizeof(directions) / sizeof(directions[0]); i++)
        if (str_eq_c(direction, directions[i]))
            return true;
    return false;
}

/* "eu-", "us-gov-": what stands before the direction; is there a region that begins so? */
static bool has_area(struct str region)
{
    struct str direction, place = without_number(region, &direction);

    place.len -= direction.len;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct str other, name = without_number(str_from(names[i]), &other);

        name.len -= other.len;
        if (str_eq(place, name))
            return true;
    }
    return false;
}

enum err_code aws_region_check(const char *region, struct err *err)
{
    struct str text = str_from(region);
    const char *near = NULL;
    unsigned best = NEAR_LIMIT;
    bool form = aws_region_valid(text);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        unsigned d = text_distance(text, str_from(names[i]), best);

        if (d < best) {
            best = d;
            near = names[i];
        }
    }
    if (best == 0 || (form && has_direction(text) && (has_area(text) || best > 1)))
        return ERR_OK;
    if (!near)
        return err_set(err, ERR_INPUT, "'%.40s' is no region of AWS; one is eu-west-1", region);
    return err_set(err, ERR_INPUT,
                   "'%.40s' is no region of AWS; did you mean '%s'? (One that is newer than this "
                   "program can stand in services.yaml: aws.accounts, regions)",
                   region, near);
}
