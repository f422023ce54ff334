#!/bin/sh
# runbook scan over eleven services and two regions: what is kept is, kind by kind and region by region, what the server has.
# What is of one region is not counted in another, and what is global once. A-03 A-04
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
server=${RB_BUILDDIR:-.}/tests/e2e/aws_fake
[ -x "$server" ] || skip_all "the server is not built"
command -v python3 >/dev/null || skip_all "python3 is not here"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR AWS_PROFILE AWS_SESSION_TOKEN AWS_DEFAULT_REGION http_proxy HTTP_PROXY https_proxy all_proxy
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8 AWS_EC2_METADATA_DISABLED=true
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY AWS_REGION=eu-west-1
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL AWS_EC2_METADATA_DISABLED AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION
mkdir -p "$HOME"
server=$(cd "$(dirname "$server")" && pwd)/aws_fake
cd "$work" || exit 1

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
want("iam:user", "global", 3)
want("iam:role", "global", 2)
want("route53:hosted-zone", "global", 2)
json.dump(rules, open("rules.json", "w"))
open("wanted", "w").write("".join("%s %d\n" % (k, wanted[k]) for k in sorted(wanted)))
END
python3 estate.py || exit 1
mkfifo in
"$server" rules.json log <in >url 2>said &
pid=$!
tap_pids="$tap_pids $pid"
exec 7>in
wait_for 60 test -s url
AWS_ENDPOINT_URL=$(cat url)
export AWS_ENDPOINT_URL

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
if grep -q '^s3:bucket [^ ]* 4$' counted && [ "$(grep -c '^s3:bucket' counted)" = 1 ]; then ok "buckets count once"; else not_ok "buckets count once" counted; fi
exec 7>&-
wait "$pid"
done_testing
