#!/bin/sh
# runbook changes, spend and advisor against an AWS that answers by rules: what was changed and by whom, what it costs, what
# stands idle, what is advised; what is refused is named, secrets are masked, and every way ends with its exit code. A-20
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/aws.sh"
AWS_MAX_ATTEMPTS=1
export AWS_MAX_ATTEMPTS

run() { # code arguments ...
    want=$1
    shift
    "$runbook" "$@" >out 2>errs
    got=$?
    if [ $got -eq "$want" ]; then ok "$* ends with $want"; else not_ok "$* ends with $want" "it was $got" errs; fi
}
ago() { date -u -d "$1 ago" +%s; }
iso() { date -u -d "$1 ago" +%Y-%m-%dT%H:%M:%SZ; }
day() { date -u -d "$1 days ago" +%Y-%m-%d; }

# ---- what was changed ----
cat >rules.json <<END
[
{"service":"cloudtrail","operation":"LookupEvents","json":{"Events":[
 {"EventId":"e1","EventName":"UpdateService","EventTime":$(ago '40 min'),"EventSource":"ecs.amazonaws.com","Username":"alice",
  "CloudTrailEvent":"{\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"alice\"},\"sourceIPAddress\":\"203.0.113.7\",\"requestParameters\":{\"service\":\"web\"}}"},
 {"EventId":"e2","EventName":"RevokeSecurityGroupIngress","EventTime":$(ago '30 min'),"EventSource":"ec2.amazonaws.com","Username":"bob",
  "CloudTrailEvent":"{\"userIdentity\":{\"type\":\"IAMUser\",\"userName\":\"bob\"},\"requestParameters\":{\"groupId\":\"sg-1\"}}"},
 {"EventId":"e3","EventName":"PutParameter","EventTime":$(ago '20 min'),"EventSource":"ssm.amazonaws.com","Username":"eve\u001b[31m",
  "CloudTrailEvent":"{\"errorCode\":\"AccessDenied\",\"errorMessage\":\"api_key=Sown3yKey0123456789\",\"requestParameters\":{\"name\":\"db\"}}"},
 {"EventId":"e4","EventName":"CreateLogStream","EventTime":$(ago '10 min'),"EventSource":"logs.amazonaws.com","Username":"bot","CloudTrailEvent":"{}"}]}},
{"service":"ecs","operation":"ListClusters","json":{"clusterArns":["arn:aws:ecs:eu-west-1:123456789012:cluster/prod"]}},
{"service":"ecs","operation":"ListServices","json":{"serviceArns":["arn:aws:ecs:eu-west-1:123456789012:service/prod/web"]}},
{"service":"ecs","operation":"DescribeServices","json":{"services":[{"serviceArn":"arn:aws:ecs:eu-west-1:123456789012:service/prod/web","deployments":[
 {"id":"ecs-svc/2","createdAt":$(ago '40 min'),"taskDefinition":"arn:aws:ecs:eu-west-1:123456789012:task-definition/web:12","desiredCount":3,"runningCount":0,
  "failedTasks":9,"rolloutState":"FAILED","rolloutStateReason":"ECS deployment circuit breaker: tasks failed to start."}],"events":[]}]}},
{"service":"rds","operation":"DescribeEvents","status":403,"error":"AccessDenied","message":"not you"},
{"service":"health","operation":"DescribeEvents","status":400,"error":"SubscriptionRequiredException","message":"no plan"}
]
END
aws_begin "$fake" rules.json asked
run 1 changes
holds "a change is one line" out '^[0-9:]* ✗ deployment .*deployment of web: web:12, 0 of 3 tasks run, 9 failed.* alice$' '· network .*RevokeSecurityGroupIngress of sg-1 .* bob$'
if [ "$(grep -c web out)" -eq 1 ]; then ok "two sources of one change are one line"; else not_ok "two sources of one change are one line" out; fi
holds "what was refused is named" errs 'rds of default in eu-west-1: not permitted: DescribeEvents' 'health of default in eu-west-1: not switched on'
holds "a summary" errs '^3 changes, ' ', 2 failed' '1 events of routine in eu-west-1 are left out'
if grep -q -e Sown3y -e "$(printf '\033')" out errs; then not_ok "no secret and no escape is printed" out errs; else ok "no secret and no escape is printed"; fi
run 1 changes --json
holds "as JSON" out '"schema":"runbook.changes/1"' '"total":3,"failed":1' '"what":"web"' '"source":"ecs:DescribeServices + cloudtrail:LookupEvents"' '"source":"rds","asked":true,"end":"denied"'
run 1 changes --csv
holds "as CSV" out '^time,kind,outcome,service' '"deployment","failed","ecs","web"' '"203.0.113.7"'
run 0 changes --source cloudtrail --resource sg-1 --since 1h
holds "of a resource" out 'RevokeSecurityGroupIngress'
if [ "$(grep -c ':[0-9][0-9] ' out)" -eq 1 ]; then ok "nothing else is shown"; else not_ok "nothing else is shown" out; fi
run 0 changes --source ecs --since 5m
holds "nothing was changed lately" errs '^0 changes'
run 2 changes --source soap
run 2 changes --region nowhere!
run 2 changes --since 1h --until 2h
aws_end
holds "writes are asked for, and the window" asked 'cloudtrail LookupEvents eu-west-1' 'AttributeKey":"ReadOnly' 'AttributeKey":"ResourceName'

# ---- what it costs ----
{
    printf '[{"service":"ce","operation":"GetCostAndUsage","json":{"ResultsByTime":['
    for n in $(seq 34 -1 0); do
        usd=100
        [ "$n" -ne 2 ] || usd=400
        [ "$n" -eq 34 ] || printf ','
        printf '{"TimePeriod":{"Start":"%s"},"Groups":[{"Keys":["Amazon RDS"],"Metrics":{"UnblendedCost":{"Amount":"%s","Unit":"USD"}}},{"Keys":["AWS Lambda"],"Metrics":{"UnblendedCost":{"Amount":"2.5","Unit":"USD"}}}]}' "$(day "$n")" $usd
    done
    cat <<END
]}},
{"service":"ce","operation":"GetCostForecast","json":{"Total":{"Amount":"900.5","Unit":"USD"},"ForecastResultsByTime":[{"PredictionIntervalLowerBound":"800","PredictionIntervalUpperBound":"1000"}]}},
{"service":"ce","operation":"GetAnomalies","json":{"Anomalies":[{"AnomalyId":"a","AnomalyStartDate":"$(day 2)","AnomalyEndDate":"$(day 2)","RootCauses":[{"Service":"Amazon RDS","Region":"eu-west-1","UsageType":"InstanceUsage"}],"Impact":{"TotalImpact":300,"TotalActualSpend":400,"TotalExpectedSpend":100}}]}},
{"service":"ec2","operation":"DescribeVolumes","json":{"volumeSet":{"item":[
 {"volumeId":"vol-1","size":"100","volumeType":"gp3","status":"available","tagSet":{"item":[{"key":"Name","value":"old data"}]}},
 {"volumeId":"vol-2","size":"10","volumeType":"gp2","status":"in-use","attachmentSet":{"item":[{"instanceId":"i-1"}]}},
 {"volumeId":"vol-3","size":"10","volumeType":"gp2","status":"in-use","attachmentSet":{"item":[{"instanceId":"i-2"}]}}]}}},
{"service":"ec2","operation":"DescribeInstances","json":{"reservationSet":{"item":[{"instancesSet":{"item":[{"instanceId":"i-1","instanceState":{"name":"stopped"}},{"instanceId":"i-2","instanceState":{"name":"running"}}]}}]}}},
{"service":"ec2","operation":"DescribeAddresses","json":{"addressesSet":{"item":[{"allocationId":"eipalloc-1","publicIp":"198.51.100.1"},{"allocationId":"eipalloc-2","publicIp":"198.51.100.2","associationId":"eipassoc-1"}]}}},
{"service":"ec2","operation":"DescribeSnapshots","json":{"snapshotSet":{"item":[{"snapshotId":"snap-1","startTime":"$(iso '200 days')","volumeSize":"50"},{"snapshotId":"snap-2","startTime":"$(iso '100 days')","volumeSize":"50"}]}}},
{"service":"elbv2","operation":"DescribeLoadBalancers","json":{"LoadBalancers":{"member":[{"LoadBalancerArn":"arn:lb/app/used/1","LoadBalancerName":"used","Type":"application"},{"LoadBalancerArn":"arn:lb/app/idle/2","LoadBalancerName":"idle","Type":"application"}]}}},
{"service":"elbv2","operation":"DescribeTargetGroups","json":{"TargetGroups":{"member":[{"TargetGroupArn":"arn:tg/1","LoadBalancerArns":{"member":["arn:lb/app/used/1"]}}]}}},
{"service":"elbv2","operation":"DescribeTargetHealth","json":{"TargetHealthDescriptions":{"member":[{"Target":{"Id":"i-2"}}]}}},
{"service":"support","operation":"DescribeTrustedAdvisorChecks","json":{"checks":[{"id":"c1","name":"Security Groups - Unrestricted","category":"security"},{"id":"c2","name":"Idle things","category":"cost_optimizing"}]}},
{"service":"support","operation":"DescribeTrustedAdvisorCheckSummaries","json":{"summaries":[{"checkId":"c1","status":"error","resourcesSummary":{"resourcesFlagged":1,"resourcesProcessed":9}},{"checkId":"c2","status":"ok","resourcesSummary":{"resourcesFlagged":0,"resourcesProcessed":3}}]}},
{"service":"support","operation":"DescribeTrustedAdvisorCheckResult","json":{"result":{"checkId":"c1","flaggedResources":[{"status":"error","region":"eu-west-1","resourceId":"r-1","metadata":["eu-west-1","sg-1","22"]}]}}}
]
END
} >rules.json
aws_begin "$fake" rules.json asked
run 0 spend
holds "what a question costs is said before, and counted" errs 'asks 3, 0.03 USD' '^3 requests to Cost Explorer, 0.03 USD$'
holds "days and services" out "^$(day 1) *102.50 #*█" '^Amazon RDS .* 100.00$' 'the rest of the month about 900.50 (800.00 to 1000.00)'
holds "the day that is not over" out "^$(day 0) .*not over$"
holds "what is unusual" out "^$(day 2)  Amazon RDS: 400.00 where 100.00 was expected (+60.0 deviations)" "^$(day 2)  Amazon RDS: 400.00 where 100.00 was expected (Cost Anomaly Detection: eu-west-1 InstanceUsage)"
holds "what stands idle, with its formula" out '16.43  load-balancer .*(730 hours x 0.0225 USD per hour)' '8.00  volume *vol-1 old data .*(100 GiB gp3 x 0.08 USD per GiB-month)' \
    '<= 2.50  snapshot *snap-1 ' '1.00  stopped-volume vol-2 .*its instance i-1 is stopped' '3.65  address *eipalloc-1 198.51.100.1'
if grep -q -e vol-3 -e snap-2 -e eipalloc-2 -e 'arn:lb/app/used' out; then not_ok "what is used is not idle" out; else ok "what is used is not idle"; fi
run 0 spend --only idle --json
holds "idle alone costs nothing" out '"cost":null' '"estimate":true'
run 0 advisor
holds "what is advised" out '^error *security *Security Groups - Unrestricted: 1 of 9 flagged' 'eu-west-1 r-1 eu-west-1, sg-1, 22'
run 0 advisor --all --json
holds "as JSON" out '"schema":"runbook.advisor/1"' '"checks":2,"not_ok":1' '"name":"Idle things"'
aws_end
if [ "$(grep -c '^ce ' asked)" -eq 3 ]; then ok "three requests were paid for"; else not_ok "three requests were paid for" asked; fi

# ---- no plan, no permission ----
cat >rules.json <<'END'
[{"service":"support","operation":"DescribeTrustedAdvisorChecks","status":400,"error":"SubscriptionRequiredException","message":"no plan"},
 {"service":"trustedadvisor","operation":"ListRecommendations","status":403,"error":"AccessDeniedException","message":"not you"},
 {"service":"ce","operation":"GetCostAndUsage","status":400,"error":"AccessDeniedException","message":"not you"}]
END
aws_begin "$fake" rules.json asked
run 1 advisor
holds "the support plan is named" errs 'the support plan of this account does not allow it' 'SubscriptionRequiredException'
run 1 spend --only cost --no-forecast --no-anomalies
holds "a refusal is named" errs 'costs: not permitted' '^1 requests to Cost Explorer'
aws_end

# ---- several accounts: side by side, eight at a time; one that is refused hides none ----
mkdir -p "$XDG_CONFIG_HOME/runbook"
{
    printf 'aws:\n  accounts:\n'
    for n in 01 02 03 04 05 06 07 08 09 10 11 12; do
        printf '    - {name: acct-%s, role_arn: "arn:aws:iam::1234567890%s:role/reader", regions: [eu-west-1]}\n' $n $n
    done
} >"$XDG_CONFIG_HOME/runbook/services.yaml"
cat >rules.json <<END
[{"service":"sts","operation":"AssumeRole","match":"123456789007","status":403,"error":"AccessDenied","message":"not that one"},
 {"service":"sts","operation":"AssumeRole","json":{"Credentials":{"AccessKeyId":"ASIA","SecretAccessKey":"x","SessionToken":"t","Expiration":"2099-01-01T00:00:00Z"}}},
 {"service":"ce","operation":"GetCostAndUsage","json":{"ResultsByTime":[{"TimePeriod":{"Start":"$(day 1)"},"Groups":[{"Keys":["Amazon RDS"],"Metrics":{"UnblendedCost":{"Amount":"7","Unit":"USD"}}}]}]}}]
END
aws_begin "$fake" rules.json asked
run 1 spend --account all --only cost --no-forecast --no-anomalies
holds "what all of it costs is said before, and counted" errs 'asks 12, 0.12 USD' '^1[12] requests to Cost Explorer' 'costs of account acct-07: .*not that one'
if [ "$(grep -c '^USD of account acct-' out)" -eq 11 ]; then ok "the others are there"; else not_ok "the others are there" out; fi
run 0 spend --account acct-01 --account acct-02 --json
holds "accounts that are named" out '"costs":\[{"account":"acct-01","cost":{' '{"account":"acct-02","cost":{' '"account":"acct-02","region":"eu-west-1","found":'
run 2 spend --account acct-1
holds "an account that is none" errs "has no account 'acct-1'; did you mean 'acct-"
aws_end
if [ "$(grep -c '^ce GetCostAndUsage' asked)" -eq 13 ]; then ok "each account is asked once"; else not_ok "each account is asked once" "$(grep -c '^ce' asked)"; fi
done_testing
