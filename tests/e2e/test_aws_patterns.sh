#!/bin/sh
# runbook investigate on estates of AWS that a server answers by rules: the root is named, what could not be read is said,
# healthy ones blame nobody, and nothing but reads is sent. Keys in the environment alone do not make an investigation ask
# AWS.
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
. "${RB_SRCDIR:-.}/tests/lib/aws.sh"
worlds=$sources/tests/cases/aws
[ -x "$built/tests/e2e/aws_world" ] || skip_all "the estates' server is not built"

begin() { # WORLD
    rm -f log
    "$built/tests/e2e/aws_world" "$worlds/$1.json" >rules || { not_ok "rules of $1"; return; }
    aws_begin "$fake" rules log
}
shows() { # NAME PATTERN...
    name=$1
    shift
    holds "$name" out "$@"
}
# look EXIT ARGS...: an investigation, into out, with this exit code.
look() {
    want=$1
    shift
    timeout 300 "$runbook" investigate "$@" >out 2>errs </dev/null
    code=$?
    [ "$code" = "$want" ] || not_ok "exit of $*" "exit $code, not $want" out errs
}

begin storm
look 0 --aws default "everything is red, many alarms at once"
shows "the root of a storm of alarms" 'ROOT CAUSE  *sg-tasks keeps tcp 8080 from sg-alb out' 'alarms came together' 'undo: ' \
    'aws.ec2.authorize-rule group=sg-tasks'
aws_end
if awk '{print $2}' log | grep -v -E '^(Describe|List|Get|Lookup|Filter|BatchGet)' >wrong; then not_ok "only reads" wrong; else ok "only reads are sent"; fi
[ "$(wc -l <log)" -le 60 ] && ok "few calls" || not_ok "few calls" "$(wc -l <log)"

# The relations of the last scan say who is affected; nobody had to import them. A-42
begin storm
"$runbook" scan --service elbv2 --service ecs --service rds --service ec2 --region eu-west-1 >out 2>errs </dev/null
look 0 --aws default "everything is red, many alarms at once"
shows "the graph of the last scan is used, with its age" 'Who calls whom is known from the inventory of AWS of less than a minute ago'
aws_end

begin connections
look 0 --aws default/eu-west-1 --json "orders-db refuses connections"
shows "a database without connections" '"verdict":"root_cause"' 'max_connections of orders-db is 450' 'from 60 to 446'
aws_end

begin healthy
look 0 --aws default "is everything all right?"
shows "an estate that is well" 'no anomaly'
timeout 300 "$runbook" investigate --host local --model none "is everything all right?" >out 2>errs </dev/null
code=$? # 3: what else runs here may leave it open what is wrong
[ $code = 0 ] || [ $code = 3 ] || not_ok "exit of a look at this machine" "$code" out errs
aws_end
if grep -v -q 'eu-west-1\|us-east-1' log; then not_ok "regions" log; else ok "only the region is asked"; fi

begin denied
look 3 --aws default "why is checkout down?"
shows "what may not be read is said" 'ecs ListClusters' 'cloudtrail LookupEvents'
aws_end

# Keys in the environment are there for many reasons.
begin healthy
"$runbook" investigate --model none --json "why is it slow?" >out 2>errs </dev/null
aws_end
if [ -s log ]; then not_ok "keys alone ask nothing" log; else ok "keys alone ask nothing"; fi
begin healthy
look 0 --model none "is lambda thumbnails all right?"
shows "a question that speaks of AWS asks it" 'aws:default/eu-west-1\|alarms that are on of default'
aws_end

# Asked in an open session, the first question or a later one: AWS becomes a target.
begin storm
printf 'ask is AWS well?\n' | timeout 300 "$runbook" --plain --model none >out 2>errs
[ $? = 0 ] || not_ok "exit of a question about AWS" out errs
shows "whether AWS is well is looked at" 'ROOT CAUSE  *sg-tasks keeps tcp 8080 from sg-alb out'
printf 'ask what is the cause?\nask is rds all right?\n' | timeout 300 "$runbook" --plain --model none >out 2>errs
shows "a later question about AWS asks it" 'aws:default/eu-west-1 is looked at as well'
printf 'ask is AWS well?\nadd the disk of checkout is full\n' | timeout 300 "$runbook" --plain --model none >out 2>errs
n=$(grep -c '^proposal ' out)
if [ "$n" = 2 ]; then ok "what was proposed stays when a hypothesis is added"; else not_ok "what was proposed stays when a hypothesis is added" "$n" out errs; fi
aws_end

unset AWS_ENDPOINT_URL
look 1 --aws nobody "x"
grep -q 'nobody' errs && ok "an account that is none" || not_ok "an account that is none" errs
done_testing
