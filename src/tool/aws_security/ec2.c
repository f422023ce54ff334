/* ec2.c - checks of security groups, volumes, snapshots, images, instances and networks. */
#include "runbook/base/num.h"

#include "security_priv.h"

const struct sec_source sec_ec2_sources[] = {
    {"ec2.groups", "ec2", "DescribeSecurityGroups", .id = "groupId"},
    {"ec2.volumes", "ec2", "DescribeVolumes", .id = "volumeId"},
    {"ec2.default-encryption", "ec2", "GetEbsEncryptionByDefault"},
    {"ec2.snapshots", "ec2", "DescribeSnapshots", .id = "snapshotId",
     .with = "{\"OwnerIds\":[\"self\"]}"},
    {"ec2.public-snapshots", "ec2", "DescribeSnapshots", .id = "snapshotId",
     .with = "{\"OwnerIds\":[\"self\"],\"RestorableByUserIds\":[\"all\"]}"},
    {"ec2.images", "ec2", "DescribeImages", .id = "imageId", .with = "{\"Owners\":[\"self\"]}"},
    {"ec2.instances", "ec2", "DescribeInstances", .id = "instanceId"},
    {"ec2.vpcs", "ec2", "DescribeVpcs", .id = "vpcId"},
    {"ec2.flow-logs", "ec2", "DescribeFlowLogs", .id = "flowLogId"},
    {NULL},
};

/* ---- open ports ---- */

/* Ports that nobody should offer to everybody. Source: Security Hub User Guide, EC2.13, EC2.14,
 * EC2.19 (high-risk ports); the services' own manuals for their ports. */
struct port {
    unsigned number;
    bool udp, data; /* data: a store, not a way in */
    const char *name;
};
static const struct port ports[] = {
    {20, false, false, "FTP data"},     {21, false, false, "FTP"},
    {22, false, false, "SSH"},          {23, false, false, "Telnet"},
    {25, false, false, "SMTP"},         {110, false, false, "POP3"},
    {111, false, false, "portmapper"},  {111, true, false, "portmapper"},
    {135, false, false, "RPC"},         {137, true, false, "NetBIOS"},
    {139, false, false, "NetBIOS"},     {143, false, false, "IMAP"},
    {161, true, false, "SNMP"},         {389, false, false, "LDAP"},
    {389, true, false, "LDAP"},         {445, false, false, "SMB"},
    {512, false, false, "rexec"},       {513, false, false, "rlogin"},
    {514, false, false, "rsh"},         {873, false, false, "rsync"},
    {2049, false, false, "NFS"},        {2375, false, false, "Docker"},
    {2376, false, false, "Docker"},     {3389, false, false, "RDP"},
    {3389, true, false, "RDP"},         {5800, false, false, "VNC"},
    {5900, false, false, "VNC"},        {5985, false, false, "WinRM"},
    {5986, false, false, "WinRM"},      {6000, false, false, "X11"},
    {6443, false, false, "Kubernetes"}, {10250, false, false, "kubelet"},
    {1433, false, true, "SQL Server"},  {1434, true, true, "SQL Server"},
    {1521, false, true, "Oracle"},      {2181, false, true, "ZooKeeper"},
    {2379, false, true, "etcd"},        {2380, false, true, "etcd"},
    {3306, false, true, "MySQL"},       {4333, false, true, "mSQL"},
    {5432, false, true, "PostgreSQL"},  {5500, false, true, "VNC or fcp"},
    {5601, false, true, "Kibana"},      {5984, false, true, "CouchDB"},
    {6379, false, true, "Redis"},       {7000, false, true, "Cassandra"},
    {7474, false, true, "Neo4j"},       {8086, false, true, "InfluxDB"},
    {8182, false, true, "Neptune"},     {9042, false, true, "Cassandra"},
    {9092, false, true, "Kafka"},       {9200, false, true, "OpenSearch"},
    {9300, false, true, "OpenSearch"},  {11211, false, true, "memcached"},
    {11211, true, true, "memcached"},   {27017, false, true, "MongoDB"},
    {27018, false, true, "MongoDB"},    {50070, false, true, "HDFS"},
    {5439, false, true, "Redshift"},
};
#define PORTS (sizeof(ports) / sizeof(ports[0]))
#define PORT_LAST 65535

enum { PROTOCOL_TCP = 1, PROTOCOL_UDP = 2 };

static unsigned protocols(const char *name)
{
    if (strcmp(name, "-1") == 0)
        return PROTOCOL_TCP | PROTOCOL_UDP;
    if (strcmp(name, "tcp") == 0 || strcmp(name, "6") == 0)
        return PROTOCOL_TCP;
    return strcmp(name, "udp") == 0 || strcmp(name, "17") == 0 ? PROTOCOL_UDP : 0;
}

/* A network so wide that it is nearly everybody: /0, but halves of it, too, which some use to get
 * past a check for 0.0.0.0/0. */
#define IPV4_WIDE 4
#define IPV6_WIDE 12

static bool is_world(const char *cidr)
{
    const char *slash = strchr(cidr, '/');
    bool six = strchr(cidr, ':') != NULL;
    uint64_t bits = 128;

    return slash && num_u64(str_from(slash + 1), &bits) && bits <= (six ? IPV6_WIDE : IPV4_WIDE);
}

struct rule {
    unsigned from, to, protocols;
    const char *name; /* of the protocol */
    const char *cidr; /* of the world; NULL: it is not open to it */
};

static const char *world_of(struct sec_case *c, const struct value *permission)
{
    static const char *const paths[][2] = {{"ipRanges.item", "cidrIp"},
                                           {"ipv6Ranges.item", "cidrIpv6"}};

    for (size_t i = 0; i < 2; i++) {
        const struct value *it;

        for (size_t pos = 0; (it = sec_each(permission, paths[i][0], &pos)) != NULL;) {
            const char *cidr = sec_text(c, it, paths[i][1]);

            if (is_world(cidr))
                return cidr;
        }
    }
    return NULL;
}

static struct rule read_rule(struct sec_case *c, const struct value *p)
{
    struct rule r = {.name = sec_text(c, p, "ipProtocol"), .cidr = world_of(c, p)};
    double from = sec_number(p, "fromPort", 0), to = sec_number(p, "toPort", PORT_LAST);

    r.protocols = protocols(r.name);
    r.from = from > 0 && from <= PORT_LAST ? (unsigned)from : 0;
    r.to = to >= 0 && to <= PORT_LAST ? (unsigned)to : PORT_LAST;
    return r;
}

static bool is_all(const struct rule *r)
{
    return r->protocols && r->from <= 1 && r->to >= PORT_LAST;
}

static bool reaches(const struct rule *r, const struct port *p)
{
    return r->protocols & (p->udp ? PROTOCOL_UDP : PROTOCOL_TCP) && p->number >= r->from &&
           p->number <= r->to;
}

static const char *group(struct sec_case *c)
{
    return sec_arn(c, "ec2", sec_printf(c, "security-group/%s", c->key));
}

/* The rule as the operation that revokes it names one; -1 is all ports. */
static void propose_revoke(struct sec_case *c, const struct rule *r)
{
    const char *span = strcmp(r->name, "-1") == 0 ? "from=-1 to=-1"
                                                  : sec_printf(c, "from=%u to=%u", r->from, r->to);

    c->act = sec_printf(c,
                        "aws.ec2.revoke-rule group=%s direction=ingress protocol=%s %s source=%s "
                        "region=%s account=%s",
                        c->key, r->name, span, r->cidr, c->region, c->account_name);
}

static void check_ports(struct sec_case *c, bool data)
{
    const struct value *p;

    for (size_t pos = 0; (p = sec_each(c->item, "ipPermissions.item", &pos)) != NULL;) {
        struct rule r = read_rule(c, p);
        const char *words = "";
        size_t n = 0;

        if (!r.cidr || is_all(&r))
            continue;
        for (size_t i = 0; i < PORTS; i++)
            if (ports[i].data == data && reaches(&r, &ports[i]) && n++ < 4)
                words = sec_printf(c, "%s%s%u (%s)", words, *words ? ", " : "", ports[i].number,
                                   ports[i].name);
        if (!n)
            continue;
        propose_revoke(c, &r);
        sec_found(c, group(c),
                  "DescribeSecurityGroups: ipPermissions %s %u-%u from %s reaches %s%s of %s",
                  r.name, r.from, r.to, r.cidr, words, n > 4 ? " and more" : "",
                  sec_text(c, c->item, "groupName"));
    }
}

static void check_entry(struct sec_case *c)
{
    check_ports(c, false);
}

static void check_stores(struct sec_case *c)
{
    check_ports(c, true);
}

static void check_all_ports(struct sec_case *c)
{
    const struct value *p;

    for (size_t pos = 0; (p = sec_each(c->item, "ipPermissions.item", &pos)) != NULL;) {
        struct rule r = read_rule(c, p);

        if (!r.cidr || !is_all(&r))
            continue;
        propose_revoke(c, &r);
        sec_found(c, group(c),
                  "DescribeSecurityGroups: ipPermissions %s of all ports from %s of %s",
                  strcmp(r.name, "-1") == 0 ? "all protocols" : r.name, r.cidr,
                  sec_text(c, c->item, "groupName"));
    }
}

static size_t count_of(const struct value *v, const char *path)
{
    size_t n = 0;

    for (size_t pos = 0; sec_each(v, path, &pos);)
        n++;
    return n;
}

static void check_default_group(struct sec_case *c)
{
    size_t in = count_of(c->item, "ipPermissions.item");
    size_t out = count_of(c->item, "ipPermissionsEgress.item");

    if (sec_says(c->item, "groupName", "default") && in + out)
        sec_found(c, group(c),
                  "DescribeSecurityGroups: the group 'default' of %s has %zu rules in and %zu out",
                  sec_text(c, c->item, "vpcId"), in, out);
}

/* ---- storage ---- */

static void check_volume(struct sec_case *c)
{
    if (sec_not(c->item, "encrypted"))
        sec_found(c, sec_arn(c, "ec2", sec_printf(c, "volume/%s", c->key)),
                  "DescribeVolumes: encrypted is false (%s)", sec_text(c, c->item, "status"));
}

static void check_snapshot(struct sec_case *c)
{
    if (sec_not(c->item, "encrypted"))
        sec_found(c, sec_arn(c, "ec2", sec_printf(c, "snapshot/%s", c->key)),
                  "DescribeSnapshots: encrypted is false");
}

static void check_public_snapshot(struct sec_case *c)
{
    sec_found(c, sec_arn(c, "ec2", sec_printf(c, "snapshot/%s", c->key)),
              "DescribeSnapshots: listed with RestorableByUserIds=all%s%s",
              *sec_text(c, c->item, "volumeId") ? ", of " : "", sec_text(c, c->item, "volumeId"));
}

static void check_image(struct sec_case *c)
{
    if (sec_is(c->item, "isPublic"))
        sec_found(c, sec_arn(c, "ec2", sec_printf(c, "image/%s", c->key)),
                  "DescribeImages: isPublic is true (%s)", sec_text(c, c->item, "name"));
}

static void check_default_encryption(struct sec_case *c)
{
    if (sec_not(c->item, "ebsEncryptionByDefault"))
        sec_found(c, sec_arn(c, "ec2", "ebs-encryption-by-default"),
                  "GetEbsEncryptionByDefault: ebsEncryptionByDefault is false");
}

/* ---- instances and networks ---- */

static bool is_gone(const struct value *instance)
{
    return sec_says(instance, "instanceState.name", "terminated") ||
           sec_says(instance, "instanceState.name", "shutting-down");
}

static void check_imds(struct sec_case *c)
{
    if (is_gone(c->item) || sec_says(c->item, "metadataOptions.httpEndpoint", "disabled") ||
        !sec_says(c->item, "metadataOptions.httpTokens", "optional"))
        return;
    sec_found(c, sec_arn(c, "ec2", sec_printf(c, "instance/%s", c->key)),
              "DescribeInstances: metadataOptions.httpTokens is optional");
}

static void check_flow_logs(struct sec_case *c)
{
    const struct sec_answer *logs = sec_ask(c, "ec2.flow-logs", "");

    if (logs->state != SEC_HAVE)
        return;
    VEC_EACH (l, &logs->items)
        if (str_eq_c(value_str_or(*l, "resourceId", ""), c->key))
            return;
    sec_found(c, sec_arn(c, "ec2", sec_printf(c, "vpc/%s", c->key)),
              "DescribeFlowLogs: none has the resourceId %s", c->key);
}

#define REGRANT "ec2 authorize-security-group-ingress with the same rule."

const struct sec_check sec_ec2_checks[] = {
    {{"ec2-all-ports-open", "ec2", SECURITY_CRITICAL,
      "A security group lets everybody reach all ports",
      "Whatever listens on an instance of this group is on the internet, also what nobody thought "
      "of.",
      "Take the rule away; allow the ports that are meant, from where they are needed.", REGRANT,
      "FSBP EC2.19, FSBP EC2.18"},
     "ec2.groups",
     check_all_ports},
    {{"ec2-data-port-open", "ec2", SECURITY_HIGH,
      "A security group opens a data store to everybody",
      "Databases and caches are found by scanners within minutes; many have no password at first.",
      "Take the rule away; allow the security group of the service that uses it.", REGRANT,
      "FSBP EC2.19"},
     "ec2.groups",
     check_stores},
    {{"ec2-default-encryption", "ec2", SECURITY_MEDIUM, "New volumes are not encrypted by default",
      "Each volume that is made without saying so lies unencrypted.",
      "ec2 enable-ebs-encryption-by-default in this region.",
      "ec2 disable-ebs-encryption-by-default.", "FSBP EC2.7, CIS 3.0 2.2.1"},
     "ec2.default-encryption",
     check_default_encryption},
    {{"ec2-default-group-rules", "ec2", SECURITY_HIGH, "A default security group has rules",
      "What is started without naming a group gets this one, and with it its rules.",
      "Give what uses it a group of its own, then take all rules away.", REGRANT,
      "FSBP EC2.2, CIS 3.0 5.4"},
     "ec2.groups",
     check_default_group},
    {{"ec2-entry-port-open", "ec2", SECURITY_HIGH, "A security group opens a way in to everybody",
      "Ports for logging in and for administration are attacked all the time.",
      "Take the rule away; use Session Manager, a VPN, or the address it is needed from.", REGRANT,
      "FSBP EC2.13, FSBP EC2.14, FSBP EC2.19, CIS 3.0 5.2, CIS 3.0 5.3"},
     "ec2.groups",
     check_entry},
    {{"ec2-image-public", "ec2", SECURITY_HIGH, "An image of yours can be started by everybody",
      "Whatever was left on its disk (keys, code, data) is public.",
      "ec2 modify-image-attribute --launch-permission Remove=[{Group=all}].",
      "The same with Add=[{Group=all}].", "FSBP EC2.1"},
     "ec2.images",
     check_image},
    {{"ec2-imdsv1", "ec2", SECURITY_HIGH, "An instance gives its keys to IMDSv1",
      "A request that is forged through a web application (SSRF) reads the keys of the instance's "
      "role.",
      "Require IMDSv2: metadata options http-tokens required, once its software uses it.",
      "ec2 modify-instance-metadata-options --http-tokens optional.", "FSBP EC2.8, CIS 3.0 5.6"},
     "ec2.instances",
     check_imds},
    {{"ec2-snapshot-public", "ec2", SECURITY_CRITICAL, "A snapshot can be restored by everybody",
      "Anybody with an AWS account can copy the disk and read it.",
      "Take the group 'all' from its createVolumePermission.",
      "ec2 modify-snapshot-attribute with add=[{Group=all}].", "FSBP EC2.1"},
     "ec2.public-snapshots",
     check_public_snapshot},
    {{"ec2-snapshot-unencrypted", "ec2", SECURITY_LOW, "A snapshot is not encrypted",
      "What is restored from it is not encrypted either, and it can be made public.",
      "Copy it with encryption (ec2 copy-snapshot --encrypted), then delete it.",
      "Keep the old one until the copy was restored once.", "FSBP EC2.7"},
     "ec2.snapshots",
     check_snapshot},
    {{"ec2-volume-unencrypted", "ec2", SECURITY_MEDIUM, "A volume is not encrypted",
      "Who gets at a snapshot or the disk reads it.",
      "Snapshot it, copy the snapshot with encryption, make a volume of it and swap them.",
      "Attach the old volume again.", "FSBP EC2.3"},
     "ec2.volumes",
     check_volume},
    {{"ec2-vpc-flow-logs", "ec2", SECURITY_MEDIUM, "A network has no flow logs",
      "After an incident nobody can tell who talked to whom.",
      "ec2 create-flow-logs for the VPC, at least of rejected traffic.", "ec2 delete-flow-logs.",
      "FSBP EC2.6, CIS 3.0 3.7"},
     "ec2.vpcs",
     check_flow_logs,
     {"ec2.flow-logs"}},
    {{NULL}},
};
