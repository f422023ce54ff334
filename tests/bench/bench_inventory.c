/* bench_inventory.c - scans of very many resources: what a scan, the same scan again with one in a
 * hundred changed, and their diff cost.
 *   bench_inventory FILE COUNT
 * Items are those of EC2's DescribeInstances, with tags, an interface, two security groups and a
 * volume, about 2 KB of JSON each. From the parsed item to the row in the store: what a real scan
 * does beyond the network and the parser. */
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

#include "runbook/base/num.h"
#include "runbook/codec/json.h"
#include "runbook/engine/collect.h"
#include "runbook/service/aws/catalogue.h"

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void row(const char *what, const char *budget, double value, const char *unit)
{
    printf("  %-62s %-12s %.2f %s\n", what, budget, value, unit);
}

static int fail(const char *doing, const struct err *err)
{
    fprintf(stderr, "bench_inventory: %s: %s\n", doing, err->msg);
    return 1;
}

static void put_item(struct buf *out, unsigned n, bool changed)
{
    buf_addf(
        out,
        "{\"instanceId\":\"i-%017x\",\"instanceState\":{\"code\":\"16\",\"name\":\"%s\"},"
        "\"imageId\":\"ami-%08x\",\"subnetId\":\"subnet-%08x\",\"vpcId\":\"vpc-%08x\","
        "\"launchTime\":\"2026-10-%02uT10:00:00.000Z\",\"instanceType\":\"%s\","
        "\"privateIpAddress\":\"10.%u.%u.%u\",\"groupSet\":[{\"groupId\":\"sg-%08x\","
        "\"groupName\":\"web\"},{\"groupId\":\"sg-%08x\",\"groupName\":\"base\"}],"
        "\"blockDeviceMapping\":[{\"deviceName\":\"/dev/xvda\",\"ebs\":{\"volumeId\":\"vol-%017x\","
        "\"status\":\"attached\",\"deleteOnTermination\":\"true\"}}],\"networkInterfaceSet\":[{"
        "\"networkInterfaceId\":\"eni-%017x\",\"description\":\"Primary network interface\","
        "\"ownerId\":\"123456789012\",\"macAddress\":\"02:00:00:%02x:%02x:%02x\",\"attachment\":"
        "{\"attachmentId\":\"eni-attach-%017x\",\"deviceIndex\":\"0\",\"status\":\"attached\"}}],",
        n, n % 97 ? "running" : "stopped", n % 40, n % 60, n % 9, 1 + n % 28,
        changed ? "t3.large" : "t3.micro", n >> 16 & 255, n >> 8 & 255, n & 255, n % 50, 50 + n % 5,
        n, n, n >> 16 & 255, n >> 8 & 255, n & 255, n);
    buf_addf(out,
             "\"architecture\":\"x86_64\",\"hypervisor\":\"xen\",\"rootDeviceName\":\"/dev/xvda\","
             "\"ebsOptimized\":\"false\",\"monitoring\":{\"state\":\"disabled\"},\"placement\":{"
             "\"availabilityZone\":\"eu-west-1%c\",\"tenancy\":\"default\"},\"metadataOptions\":{"
             "\"state\":\"applied\",\"httpTokens\":\"required\",\"httpEndpoint\":\"enabled\"},"
             "\"tagSet\":[{\"key\":\"Name\",\"value\":\"worker-%u\"},{\"key\":\"team\",\"value\":"
             "\"team-%u\"},{\"key\":\"env\",\"value\":\"%s\"}]}",
             'a' + (int)(n % 3), n, n % 30, n % 4 ? "prod" : "dev");
}

struct bench {
    struct aws_catalogue *catalogue;
    const struct aws_service *ec2;
    const struct aws_list *list;
    const char *path;
    unsigned count;
};

/* One scan; *ret_s without making the items. */
static int scan(struct bench *b, int64_t at_ms, bool changed, double *ret_s, struct inv_outcome *o)
{
    struct collect *c = collect_new();
    struct aws_result whole = {.end = AWS_END_WHOLE, .code = ""};
    struct aws_cell cell = {b->ec2, "ec2", "DescribeInstances", "eu-west-1", b->count,
                            false,  &whole};
    struct err err = ERR_INIT;
    double from;
    int rc = 0;

    *ret_s = 0;
    for (unsigned n = 0; n < b->count; n++) {
        struct arena *a = arena_new(16384);
        struct buf json = BUF_INIT(65536);
        const struct value *item;
        struct aws_resource r;

        put_item(&json, n, changed && n % 100 == 0);
        if (json_parse(a, buf_str(&json), &item, &err))
            return fail("make an item", &err);
        from = now_s();
        if (aws_resource_read(a, b->ec2, b->list, item, &r)) {
            r.region = "eu-west-1";
            collect_resource(c, "123456789012", &r);
        }
        *ret_s += now_s() - from;
        buf_release(&json);
        arena_free(a);
    }
    from = now_s();
    collect_cell(c, "123456789012", &cell);
    if (collect_save(c, b->path, at_ms - 1000, at_ms, o, &err))
        rc = fail("save", &err);
    *ret_s += now_s() - from;
    collect_free(c);
    return rc;
}

static void on_change(void *ctx, const struct inv_change *c)
{
    (void)c;
    ++*(size_t *)ctx;
}

static void on_kept(void *ctx, const struct inv_kept *k)
{
    (void)k;
    ++*(size_t *)ctx;
}

static int run(struct bench *b)
{
    struct inv_outcome o;
    struct err err = ERR_INIT;
    struct rusage usage;
    size_t changes = 0, rows = 0;
    double took;

    if (scan(b, 1795000000000, false, &took, &o))
        return 1;
    row("a scan of 100,000 resources into SQLite", "<= 10 s", took, "s");
    if (scan(b, 1795000600000, true, &took, &o))
        return 1;
    row("the same again, one in a hundred changed", "<= 10 s", took, "s");
    took = now_s();
    if (inventory_diff(b->path, -1, 0, on_change, &changes, &err))
        return fail("diff", &err);
    row("diff of two scans", "<= 1 s", now_s() - took, "s");
    took = now_s();
    if (inventory_diff(b->path, 0, 0, on_change, &changes, &err))
        return fail("diff", &err);
    row("diff of all that ever happened to them", "<= 1 s", now_s() - took, "s");
    took = now_s();
    if (inventory_list(b->path, false, on_kept, &rows, &err))
        return fail("list", &err);
    row("reading all of them back", "", now_s() - took, "s");
    getrusage(RUSAGE_SELF, &usage);
    row("most memory of it", "", (double)usage.ru_maxrss / 1024, "MB");
    if (o.changed != b->count / 100 || rows != b->count || changes < b->count) {
        fprintf(stderr, "bench_inventory: %zu changed, %zu rows, %zu changes\n", o.changed, rows,
                changes);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct bench b = {.catalogue = aws_catalogue_new(NULL, 0)};
    struct err err = ERR_INIT;
    uint64_t count;
    int rc = 2;

    if (argc != 3 || !num_u64(str_from(argv[2]), &count) || count > 10000000) {
        fprintf(stderr, "usage: bench_inventory FILE COUNT\n");
    } else if (aws_catalogue_get(b.catalogue, STR_LIT("ec2"), &b.ec2, &err)) {
        rc = fail("EC2", &err);
    } else {
        b.list = aws_service_list(b.ec2, STR_LIT("DescribeInstances"));
        b.path = argv[1];
        b.count = (unsigned)count;
        rc = run(&b);
    }
    aws_catalogue_free(b.catalogue);
    return rc;
}
