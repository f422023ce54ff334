#!/bin/sh
# runbook cloudwatch against a server that answers by rules: what is asked, what is shown, that limits are visible, that
# nothing there is no error, and how each command ends. A-05, R-43.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/aws.sh"
AWS_REGION=us-east-1 AWS_MAX_ATTEMPTS=1
export AWS_MAX_ATTEMPTS

cat >rules.json <<'END'
[{"service": "cloudwatch", "operation": "GetMetricData", "match": "Nothing", "json": {"MetricDataResults": {"member": [
   {"Id": "m1", "Label": "x", "StatusCode": "Complete", "Timestamps": {}, "Values": {}}]}}},
 {"service": "cloudwatch", "operation": "GetMetricData", "match": "Secret", "status": 403, "error": "AccessDenied", "message": "not you"},
 {"service": "cloudwatch", "operation": "GetMetricData", "json": {"MetricDataResults": {"member": [
   {"Id": "m1", "Label": "x", "StatusCode": "PartialData",
    "Timestamps": {"member": ["2026-11-21T00:00:00Z", "2026-11-21T00:05:00Z", "2026-11-21T00:10:00Z"]},
    "Values": {"member": ["1.5", "40", "2"]}}]}}},
 {"service": "cloudwatch", "operation": "ListMetrics", "json": {"Metrics": {"member": [
   {"Namespace": "AWS/EC2", "MetricName": "CPUUtilization", "Dimensions": {"member": [{"Name": "InstanceId", "Value": "i-1"}]}}]}}},
 {"service": "cloudwatch", "operation": "DescribeAlarms", "match": "StateValue=OK", "json": {"MetricAlarms": {}}},
 {"service": "cloudwatch", "operation": "DescribeAlarms", "json": {
   "CompositeAlarms": {"member": [{"AlarmName": "all", "StateValue": "ALARM", "AlarmRule": "ALARM(a1) OR ALARM(a2)", "StateUpdatedTimestamp": "2026-11-21T00:00:30Z"}]},
   "MetricAlarms": {"member": [
     {"AlarmName": "a1", "StateValue": "ALARM", "StateUpdatedTimestamp": "2026-11-21T00:00:00Z", "Namespace": "AWS/RDS", "MetricName": "CPU", "Threshold": "80.0", "ComparisonOperator": "GreaterThanThreshold", "StateReason": "password=hunter2hunter2 is too much"},
     {"AlarmName": "a2", "StateValue": "ALARM", "StateUpdatedTimestamp": "2026-11-21T00:00:10Z", "Namespace": "AWS/RDS"},
     {"AlarmName": "a3", "StateValue": "ALARM", "StateUpdatedTimestamp": "2026-11-21T00:00:20Z", "Namespace": "AWS/RDS"},
     {"AlarmName": "a4", "StateValue": "ALARM", "StateUpdatedTimestamp": "2026-11-21T00:00:20Z", "Namespace": "AWS/RDS"},
     {"AlarmName": "calm", "StateValue": "OK", "StateUpdatedTimestamp": "2026-11-21T00:00:20Z"}]}}},
 {"service": "cloudwatch", "operation": "DescribeAlarmHistory", "json": {"AlarmHistoryItems": {"member": [
   {"AlarmName": "a1", "Timestamp": "2026-11-21T00:00:00Z", "HistoryItemType": "StateUpdate", "HistorySummary": "it changed", "HistoryData": "{\"oldState\":{\"stateValue\":\"OK\"},\"newState\":{\"stateValue\":\"ALARM\"}}"}]}}},
 {"service": "logs", "operation": "DescribeLogGroups", "json": {"logGroups": [{"logGroupName": "/app", "arn": "arn:aws:logs:us-east-1:1:log-group:/app:*", "storedBytes": 2048, "retentionInDays": 7}]}},
 {"service": "logs", "operation": "FilterLogEvents", "match": "/quiet", "json": {"events": []}},
 {"service": "logs", "operation": "FilterLogEvents", "match": "/none", "status": 400, "error": "ResourceNotFoundException", "message": "no such group"},
 {"service": "logs", "operation": "FilterLogEvents", "json": {"events": [
   {"timestamp": 1795220000000, "logStreamName": "s1", "message": "first\nsecond line \u001b[31m api_key=Hidden0123456789"},
   {"timestamp": 1795220001000, "logStreamName": "s1", "message": "another one that is longer than twenty characters"},
   {"timestamp": 1795220002000, "logStreamName": "s1", "message": "the last"}]}},
 {"service": "logs", "operation": "GetLogEvents", "json": {"events": [{"timestamp": 1795220000000, "message": "of one stream"}]}},
 {"service": "logs", "operation": "StartQuery", "json": {"queryId": "q-1"}},
 {"service": "logs", "operation": "GetQueryResults", "times": 1, "json": {"status": "Running", "results": []}},
 {"service": "logs", "operation": "GetQueryResults", "json": {"status": "Complete", "results": [[{"field": "n", "value": "7"}, {"field": "@message", "value": "=1+1"}]], "statistics": {"bytesScanned": 1000000000, "recordsScanned": 10, "recordsMatched": 1}}},
 {"service": "logs", "operation": "StartLiveTail", "status": 400, "error": "AccessDeniedException", "message": "no tail"},
 {"service": "xray", "operation": "GetServiceGraph", "json": {"Services": [
   {"ReferenceId": 1, "Name": "web", "Type": "AWS::ECS::Container", "Root": true, "SummaryStatistics": {"TotalCount": 4, "FaultStatistics": {"TotalCount": 1}, "TotalResponseTime": 2}, "Edges": [{"ReferenceId": 2, "SummaryStatistics": {"TotalCount": 4}}]},
   {"ReferenceId": 2, "Name": "db", "Type": "Database::SQL"}]}},
 {"service": "xray", "operation": "GetTraceSummaries", "json": {"TraceSummaries": [{"Id": "1-58406520-a006649127e371903a2de979", "Duration": 1.5, "HasFault": true}]}},
 {"service": "xray", "operation": "BatchGetTraces", "json": {"Traces": [{"Id": "1-58406520-a006649127e371903a2de979", "Duration": 2, "Segments": [{"Id": "s", "Document": "{\"id\":\"s\",\"name\":\"web\",\"start_time\":1,\"end_time\":3,\"fault\":true}"}]}]}}]
END
aws_begin "$fake" rules.json asked

# run EXITS ARGS...: into out and errs, with this exit code.
run() {
    want=$1
    shift
    timeout 300 "$runbook" cloudwatch "$@" >out 2>errs </dev/null
    code=$?
    [ "$code" = "$want" ] || not_ok "exit of cloudwatch $*" "exit $code, not $want" out errs
}

at='--since 2026-11-21T00:00:00Z --until 2026-11-21T00:15:00Z'
# shellcheck disable=SC2086
run 0 metrics AWS/EC2 CPUUtilization -d InstanceId=i-1 --stat Maximum --period 5m $at
holds "a series: numbers, a plot, and what it costs" out 'AWS/EC2 CPUUtilization{InstanceId=i-1} Maximum: 3 points, min 1.5, max 40, last 2; partial'
holds "what is billed is said" errs '1 series, 3 points of 300 s; 1 metrics billed'
# shellcheck disable=SC2086
run 0 metrics AWS/EC2 CPUUtilization $at --csv
holds "metrics as CSV" out '^series,time,value,state' '"2026-11-21T00:05:00.000Z",40,"partial"'
# shellcheck disable=SC2086
run 0 metrics AWS/EC2 CPUUtilization $at --json
holds "metrics as JSON, in the form of Prometheus" out '"resultType":"matrix"' '"values":\[\[1795219200,"1.5"\]'
run 0 metrics AWS/EC2 Nothing
holds "no data is no error" errs '^no data: 1 series'
run 1 metrics AWS/EC2 Secret
holds "a refusal is one" errs 'not you'
run 2 metrics AWS/EC2
run 2 metrics AWS/EC2 X --period 7s
holds "a period that is none" errs 'multiple of 60'
run 0 list AWS/EC2
holds "which metrics there are" out 'AWS/EC2 *CPUUtilization *InstanceId=i-1'

run 0 alarms
holds "alarms with what they look at" out '^ALARM  *2026-11-21 00:00:00  a1 *AWS/RDS CPU > 80' 'ALARM(a1) OR ALARM(a2)'
holds "alarms that came together" out '^Storm: 5 alarms within 30.* most share AWS/RDS; all is made of them'
if grep -q hunter2 out; then not_ok "secrets are masked" "one is shown" out; else ok "secrets are masked"; fi
run 0 alarms --state OK
holds "no alarm is no error" errs '^0 alarms'
run 0 alarms --csv
holds "alarms as CSV" out '^name,kind,state' '"all","composite","ALARM"'
run 0 history a1
holds "what became of an alarm" out 'a1 *OK -> ALARM  it changed'

run 0 groups
holds "log groups" out '^/app *2 KiB *kept 7 days'
run 0 logs /app --pattern ERROR --max 2 --chars 20
holds "events: further lines set in, the long cut" out '^2026-11-21T00:13:22.000Z \[s1\] the last' '^    \.\.\. [0-9]* more characters'
holds "the limits are visible" errs '2 events from .* limits: the newest 2, 20 characters each (1 shortened); there are more'
run 0 logs /app --json
holds "events as JSON, with the limits" out '"limits":{"events":50,"characters":500,"window_s":900,"kept":"newest"}' '"more":false'
if grep -q Hidden0123456789 out; then not_ok "secrets in events are masked" "one is shown" out; else ok "secrets in events are masked"; fi
run 0 logs /quiet
holds "no event is no error" errs '^0 events'
run 1 logs /none
holds "no group is one" errs 'no such group'

run 0 insights -g /app 'fields n' --csv
holds "rows of a query; no formula" out "^\"n\",\"'@message\"" "\"7\",\"'=1+1\""
holds "what was scanned, and the cost" errs 'scanned, about 0.0050 USD'
run 2 insights 'fields n'
run 1 tail /app
holds "a tail that is refused" errs 'no tail'

run 0 map
holds "who calls whom" out '^web (AWS::ECS::Container) entry: 4 requests, 0.500 s mean, 1 faults (25.0 %)' '^  -> db: 4 requests'
run 0 map --topology
cp out service-graph.json
timeout 300 "$runbook" graph show --file service-graph.json >out 2>errs
code=$?
if [ $code = 0 ] && grep -q db out; then ok "the map is a service graph"; else not_ok "the map is a service graph" "exit $code" out errs; fi
run 0 traces
holds "traces" out '^1-58406520-a006649127e371903a2de979  2016-12-01 18:00:00 *1.500 s  fault'
run 0 traces 1-58406520-a006649127e371903a2de979
holds "one trace, whole" out '^#* *web  2.000 s  fault'

run 0 logs /app --stream s1
holds "one stream" out 'of one stream'
run 0 logs /app --stream s1 --oldest
# Without keys nothing was asked, and nothing is said of what came.
keys=$AWS_ACCESS_KEY_ID
unset AWS_ACCESS_KEY_ID
for line in 'logs /app' 'tail /app' 'groups' 'metrics AWS/EC2 CPUUtilization' 'alarms' 'map' 'traces'; do
    # shellcheck disable=SC2086
    run 1 $line
    holds "$line without keys" errs 'no AWS credentials: '
    if grep -q -e '^[0-9]* events' -e billed -e '^[0-9]* groups' -e 'no data:' errs; then not_ok "$line: nothing is counted" errs; else ok "$line: nothing is counted"; fi
done
AWS_ACCESS_KEY_ID=$keys
export AWS_ACCESS_KEY_ID

aws_end
grep '^logs GetLogEvents ' asked | sed 's/.*"startFromHead":\([a-z]*\).*/\1/' | uniq >ends
if [ "$(tr '\n' ' ' <ends)" = 'false true ' ]; then ok "a stream is read from its end, or its begin"; else not_ok "a stream is read from its end, or its begin" ends; fi
holds "what was asked" asked 'cloudwatch GetMetricData us-east-1 .*MetricStat.Stat=Maximum' 'logs StartQuery us-east-1'
if grep -q otherwise asked; then not_ok "nothing else was asked" "something was" asked; else ok "nothing else was asked"; fi
done_testing
