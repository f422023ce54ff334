#!/bin/sh
# runbook scan over eleven services and two regions: what is kept is, kind by kind and region by region, what the server has;
# then a look at all services that were recorded.
# What is of one region is not counted in another, and what is global once. A-03 A-04
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/aws.sh"
command -v python3 >/dev/null || skip_all "python3 is not here"

# The estate: KIND, how many in eu-west-1, how many in us-east-1; global ones once. Rules and the counts that must come of it.
cat >estate.py <<'END'
import json, sys

acc = "123456789012"
rules, wanted = [], {}
def rule(service, operation, region=None, **more):
    rules.append(dict(service=service, operation=operation, **({"region": region} if region else {}), **more))
def want(kind, region, n):
    wanted["%s %s" % (kind, region)] = n
def arn(service, region, rest):
    return "arn:aws:%s:%s:%s:%s" % (service, region, acc, rest)
def names(word, region, n):
    return ["%s-%s-%d" % (word, region[:2], i) for i in range(n)]

rule("sts", "GetCallerIdentity", json={"Account": acc, "Arn": "arn:aws:iam::%s:user/me" % acc, "UserId": "U"})
counts = {"eu-west-1": dict(instance=3, vpc=2, function=4, db=2, eks=1, table=5, ecs=2, cache=3, lb=2),
          "us-east-1": dict(instance=1, vpc=1, function=2, db=1, eks=2, table=1, ecs=1, cache=1, lb=3)}
for r, c in counts.items():
    rule("ec2", "DescribeInstances", r, json={"reservationSet": {"item": [{"instancesSet": {"item": [
        {"instanceId": "i-%s%d" % (r[:2], i), "instanceState": {"name": "running"}}]}} for i in range(c["instance"])]}})
    rule("ec2", "DescribeVpcs", r, json={"vpcSet": {"item": [{"vpcId": "vpc-%s%d" % (r[:2], i)} for i in range(c["vpc"])]}})
    rule("lambda", "ListFunctions", r, json={"Functions": [
        {"FunctionName": n, "FunctionArn": arn("lambda", r, "function:" + n)} for n in names("f", r, c["function"])]})
    rule("rds", "DescribeDBInstances", r, json={"DBInstances": {"DBInstance": [
        {"DBInstanceIdentifier": n, "DBInstanceStatus": "available"} for n in names("db", r, c["db"])]}})
    rule("eks", "ListClusters", r, json={"clusters": names("eks", r, c["eks"])})
    for n in names("eks", r, c["eks"]):
        rule("eks", "DescribeCluster", r, match="/clusters/" + n, json={"cluster": {"name": n, "status": "ACTIVE", "arn": arn("eks", r, "cluster/" + n)}})
    rule("dynamodb", "ListTables", r, json={"TableNames": names("t", r, c["table"])})
    for n in names("t", r, c["table"]):
        rule("dynamodb", "DescribeTable", r, match='"%s"' % n, json={"Table": {"TableName": n, "TableStatus": "ACTIVE", "TableArn": arn("dynamodb", r, "table/" + n)}})
    ecs = [arn("ecs", r, "cluster/" + n) for n in names("ecs", r, c["ecs"])]
    rule("ecs", "ListClusters", r, json={"clusterArns": ecs})
    rule("ecs", "DescribeClusters", r, json={"clusters": [{"clusterName": a.split("/")[1], "clusterArn": a, "status": "ACTIVE"} for a in ecs]})
    rule("elasticache", "DescribeCacheClusters", r, json={"CacheClusters": {"CacheCluster": [
        {"CacheClusterId": n, "CacheClusterStatus": "available"} for n in names("c", r, c["cache"])]}})
    rule("elbv2", "DescribeLoadBalancers", r, json={"LoadBalancers": {"member": [
        {"LoadBalancerName": n, "LoadBalancerArn": arn("elasticloadbalancing", r, "loadbalancer/app/%s/1" % n),
         "State": {"Code": "active"}} for n in names("lb", r, c["lb"])]}})
    for kind, key in (("ec2:instance", "instance"), ("ec2:vpc", "vpc"), ("lambda:function", "function"), ("rds:instance", "db"),
                      ("eks:cluster", "eks"), ("dynamodb:table", "table"), ("ecs:cluster", "ecs"),
                      ("elasticache:cluster", "cache"), ("elbv2:load-balancer", "lb")):
        want(kind, r, c[key])
rule("s3", "ListBuckets", root="ListAllMyBucketsResult", json={"Buckets": {"Bucket": [{"Name": "b-%d" % i} for i in range(4)]}})
rule("iam", "ListUsers", json={"Users": {"member": [{"UserName": "u%d" % i, "UserId": "U%d" % i, "Arn": "arn:aws:iam::%s:user/u%d" % (acc, i)} for i in range(3)]}})
rule("iam", "ListRoles", json={"Roles": {"member": [{"RoleName": "r%d" % i, "RoleId": "R%d" % i, "Arn": "arn:aws:iam::%s:role/r%d" % (acc, i)} for i in range(2)]}})
rule("route53", "ListHostedZones", root="ListHostedZonesResponse", json={"HostedZones": {"HostedZone": [{"Id": "/hostedzone/Z%d" % i, "Name": "z%d.example." % i} for i in range(2)]}})
rule("support", "DescribeCases", status=400, error="SubscriptionRequiredException")
rule("health", "DescribeEvents", status=400, error="SubscriptionRequiredException")
want("iam:user", "global", 3)
want("iam:role", "global", 2)
want("route53:hosted-zone", "global", 2)
json.dump(rules, open("rules.json", "w"))
open("wanted", "w").write("".join("%s %d\n" % (k, wanted[k]) for k in sorted(wanted)))
END
python3 estate.py || exit 1
aws_begin "$fake" rules.json log

timeout 300 "$runbook" scan -s ec2 -s lambda -s s3 -s rds -s eks -s iam -s dynamodb -s ecs -s elasticache -s elbv2 -s route53 \
    -r eu-west-1 -r us-east-1 >out 2>errs </dev/null
code=$?
if [ $code = 0 ]; then ok "a scan of eleven services in two regions"; else not_ok "a scan of eleven services in two regions" "exit $code" out errs; fi
timeout 300 "$runbook" scan show --json >shown 2>errs </dev/null
code=$?
[ $code = 0 ] || not_ok "what is kept" "exit $code" errs
python3 - >counted <<'END'
import collections, json
shown = json.loads(open("shown").read().strip().split("\n")[-1])
n = collections.Counter()
for r in shown["resources"]:
    n["%s:%s %s" % (r["service"], r["kind"], r["region"] or "global")] += 1
print("".join("%s %d\n" % (k, n[k]) for k in sorted(n)), end="")
END
if grep -v '^s3:' counted | cmp -s - wanted; then ok "each kind in each region is there as often as it is"; else not_ok "each kind in each region" counted wanted; fi
timeout 60 "$runbook" resources -s support -s health -s sts -r eu-west-1 >out 2>errs </dev/null
code=$?
if [ $code = 0 ] && grep -q '^runbook: health, support: no support plan that answers (Business, Enterprise)$' errs &&
    grep -q '2 switched off' errs && grep -q "^sts:account *123456789012" out; then
    ok "no support plan has its own word"
else
    not_ok "no support plan has its own word" "exit $code" out errs
fi
if grep -q '^s3:bucket [^ ]* 4$' counted && [ "$(grep -c '^s3:bucket' counted)" = 1 ]; then ok "buckets count once"; else not_ok "buckets count once" counted; fi
aws_end

# All services that were recorded, two accounts, two regions, every fifth request throttled: each service is asked, what has
# a recorded list is found, nothing is there twice, nothing is lost.
if [ ! -d "$shared/aws-wire" ]; then
    ok "services that were recorded # SKIP no recorded exchanges"
    done_testing
    exit
fi
mkdir -p "$HOME/.aws" "$XDG_CONFIG_HOME/runbook"
for profile in main again; do
    printf '[%s]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n' $profile
done >"$HOME/.aws/credentials"
printf 'version: 1\naws:\n  accounts:\n    - {name: one, profile: main, regions: [us-east-1, eu-west-1]}\n    - {name: two, profile: again, regions: [us-east-1, eu-west-1]}\n' >"$XDG_CONFIG_HOME/runbook/services.yaml"
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION
recorded() { ls "$shared/aws-wire" | sed -n 's/^\([a-z0-9].*\)\.json$/\1/p'; }
for percent in 0 20; do
    aws_begin "$replay" "$shared" $percent any
    # shellcheck disable=SC2046 # words
    timeout 300 "$runbook" resources $(recorded | sed 's/^/--service /') --json >all-$percent 2>errs </dev/null
    aws_end
done
cat >judge.py <<'END'
import collections, json, sys
recorded = set(open("recorded").read().split())
# Nothing that a list would show was recorded of these: refused, or answered empty.
empty = {"account", "acm", "ce", "databrew", "firehose", "macie2", "ram", "shield"}
def rows(n):
    return json.loads(open("all-%d" % n).read().strip().split("\n")[-1])
d, again = rows(0), rows(20)
asked = collections.defaultdict(set)
for c in d["cells"]:
    asked[c["service"]].add((c["account"], c["region"]))
for s in sorted(recorded):
    if not asked[s]:
        print("not asked:", s)
    elif len({a for a, _ in asked[s]}) != 2:
        print("not in both accounts:", s)
found = {r["service"] for r in d["resources"]}
for s in sorted(recorded - found - empty - {"sqs-json"}):
    print("nothing found:", s)
for s in sorted(empty & found):
    print("found after all:", s)
if "sqs" not in found or "sqs-json" in found:
    print("queues are told as", sorted(x for x in found if x.startswith("sqs")))
def key(r):
    return tuple(r[k] or "" for k in ("account", "region", "service", "kind", "id", "arn"))
n = collections.Counter(key(r) for r in d["resources"] if r["service"] in ("sqs", "application-autoscaling", "resourcegroupstaggingapi"))
for k, times in n.items():
    if times > 1:
        print("there", times, "times:", k)
arns = {(r["account"], r["arn"]) for r in d["resources"] if r["service"] != "resourcegroupstaggingapi" and r["arn"]}
ids = {(r["account"], r["id"]) for r in d["resources"] if r["service"] == "ec2"}
for r in d["resources"]:
    if r["service"] == "resourcegroupstaggingapi" and ((r["account"], r["arn"]) in arns or (r["account"], r["id"]) in ids):
        print("tagged, and listed:", r["arn"])
if not sum(c["retries"] for c in again["cells"]):
    print("nothing was throttled")
if sorted(map(key, d["resources"])) != sorted(map(key, again["resources"])):
    print("throttling changed what was found")
print("services:", len(asked), file=sys.stderr)
END
recorded >recorded
python3 judge.py >wrong 2>counts
if [ ! -s wrong ] && [ "$(wc -l <recorded)" -ge 97 ]; then ok "all $(wc -l <recorded | tr -d ' ') recorded services, in two accounts and two regions"; else not_ok "all recorded services" wrong counts errs; fi
done_testing
