# aws.sh - for tests of the whole program that ask an AWS made for them: a home of one's own, keys that are known, a
# server, and what is looked for in what was printed. Source it behind tap.sh; it goes to $work.
built=$(cd "$RB_BUILDDIR" && pwd)
sources=$(cd "$RB_SRCDIR" && pwd)
shared=$(cd "${RUNBOOK_SHARED:-$sources/../shared}" 2>/dev/null && pwd) # empty: not here
fake=$built/tests/e2e/aws_fake # answers by rules
replay=$built/tests/e2e/aws_server # answers from recorded exchanges
[ -x "$runbook" ] || skip_all "the program is not built"
[ -x "$fake" ] && [ -x "$replay" ] || skip_all "the servers are not built"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_AWS AWS_PROFILE AWS_SESSION_TOKEN AWS_DEFAULT_REGION NO_COLOR http_proxy HTTP_PROXY https_proxy all_proxy
HOME=$work/home XDG_CONFIG_HOME=$work/home/config XDG_STATE_HOME=$work/home/state LC_ALL=C.UTF-8 AWS_EC2_METADATA_DISABLED=true
AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY AWS_REGION=eu-west-1
export HOME XDG_CONFIG_HOME XDG_STATE_HOME LC_ALL AWS_EC2_METADATA_DISABLED AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_REGION
mkdir -p "$HOME/.aws" "$XDG_CONFIG_HOME/runbook"
cd "$work" || exit 1

# aws_begin COMMAND...: a server that prints its address and ends with its input; the address is in AWS_ENDPOINT_URL.
aws_begin() {
    rm -f in url
    mkfifo in
    "$@" <in >url 2>served &
    pid=$!
    tap_pids="$tap_pids $pid"
    exec 7>in
    wait_for 60 test -s url
    AWS_ENDPOINT_URL=$(cat url)
    export AWS_ENDPOINT_URL
}
aws_end() { # what it was asked is written now
    exec 7>&-
    wait "$pid"
}

# holds NAME FILE PATTERN...: every pattern is in the file.
holds() {
    name=$1 file=$2
    shift 2
    for p in "$@"; do
        grep -q -e "$p" "$file" || { not_ok "$name" "missing: $p" "$file"; return; }
    done
    ok "$name"
}
lacks() { # NAME FILE PATTERN
    if grep -q -e "$3" "$2"; then not_ok "$1" "there is: $3" "$2"; else ok "$1"; fi
}
# run EXITS ARGS...: the program, into out and errs; another exit code is a failure.
run() {
    want=$1
    shift
    timeout 300 "$runbook" "$@" >out 2>errs </dev/null
    code=$?
    [ "$code" = "$want" ] || not_ok "exit of $*" "exit $code, not $want" out errs
}
