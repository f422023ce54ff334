#!/bin/sh
# skill_scene.sh SKILL [HOST] - what test_skills types into: something real that is wrong on this machine (or on HOST, the same
# machine behind a real sshd), the built-in skill that mends it, first as a dry run that changes nothing, then in the terminal.
# Ends with "scene ok", "scene skip WHY" or "scene bad WHY".
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
# shellcheck source=tests/lib/sshd.sh
. "${RB_SRCDIR:-.}/tests/lib/sshd.sh"
unset RUNBOOK_CONFIG RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL RUNBOOK_ALERTMANAGER_URL
HOME=$work/home XDG_CONFIG_HOME=$work/home/config RUNBOOK_STATE_DIR=$work/state XDG_RUNTIME_DIR=$work/run
export HOME XDG_CONFIG_HOME RUNBOOK_STATE_DIR XDG_RUNTIME_DIR
mkdir -p "$HOME" "$XDG_RUNTIME_DIR" "$XDG_CONFIG_HOME/runbook"
# Nothing is deleted where nobody said what environment a machine is.
RUNBOOK_ENVIRONMENT=dev
export RUNBOOK_ENVIRONMENT
cd "$work" || exit 1
real=$(readlink -f "$work")
clear
skill=$1
host=${2:-local}

end() {
    clear
    [ "$1" != bad ] || tail -n 12 "$work/dry" 2>/dev/null
    echo "scene $*"
    exit 0
}
"$runbook" skill run --help >/dev/null 2>&1 || end skip "skills cannot be run"
if [ "$host" != local ]; then
    start_sshd "$host" || end skip "no sshd"
    RUNBOOK_SSH_CONFIG=$work/ssh_config
    export RUNBOOK_SSH_CONFIG
fi
root() { [ "$(id -u)" -eq 0 ]; }
alive() { kill -0 "$1" 2>/dev/null && [ "$(cut -d' ' -f3 "/proc/$1/stat")" != Z ]; }
journal() { cat state/scratchpad/*.jsonl; }
# The last run of a procedure ended as it should, and each change of it was seen to hold.
finished() { journal | grep '"type":"procedure.finished"' | tail -n 1 | grep -q "\"state\":\"$1\""; }
held() { journal | grep '"type":"mutation.verified"' | tail -n 1 | grep -q '"holds":true'; }
# dry ARGS: nothing is asked and nothing is changed
dry() {
    timeout 300 "$runbook" skill run "$skill" host="$host" "$@" --dry-run </dev/null >dry 2>&1 || end bad "the dry run: $?"
    journal | grep -q '"type":"mutation.started"' &&
        end bad "the dry run changed something"
    rm -rf state
}
# run ARGS: in the terminal, where the test answers
field() { journal | grep "\"type\":\"$1\"" | tail -n 1 | grep -o "\"$2\":\"[a-z0-9]*\"" | head -n 1 | cut -d'"' -f4; }
# run ARGS: without a terminal it ends with 4 where a person is needed; the request is approved in this one, and it goes on
run() {
    timeout 300 "$runbook" skill run "$skill" host="$host" "$@" </dev/null >dry 2>&1
    code=$?
    for _ in 1 2 3 4 5 6 7 8; do
        [ "$code" -eq 4 ] || break
        "$runbook" approve "$(field approval.requested id)"
        timeout 300 "$runbook" skill resume "$(field procedure.started run)" </dev/null >dry 2>&1
        code=$?
    done
    [ "$code" -eq 0 ] || end bad "it ended with $code"
    finished completed || end bad "not completed: $(journal | grep '"type":"procedure.finished"' | tail -n 1 | cut -c1-300)"
}
# reads ARGS: a skill that changes nothing; its answers are in $work/blobs
reads() {
    timeout 300 "$runbook" skill run "$skill" host="$host" "$@" </dev/null >dry 2>&1 || end bad "it ended with $?"
    journal | grep -q '"type":"mutation\.' && end bad "it wanted to change something"
    find state -path '*blobs*' -type f -exec cat {} + >blobs 2>/dev/null
}
quiet_about() { # the investigator does not name it any more
    timeout 300 "$runbook" investigate --host "$host" --json "$1" </dev/null 2>/dev/null | tail -n 1 >last
    grep -o '"root_cause":{[^}]*}' last | grep -q "$2" && end bad "it is still named: $(cut -c1-300 last)"
    return 0
}
free_port() { # that nothing listens on
    port=$((21000 + $$ * 7 % 12000))
    while ss -Htln "sport = :$port" 2>/dev/null | grep -q .; do port=$((port + 1)); done
}
answers() { curl -fs -m 2 "http://127.0.0.1:$port/" | grep -q "$1"; }
# A service below runit: PROGRAM's words run as unit "web".
supervise() {
    command -v runsv >/dev/null && command -v python3 >/dev/null && command -v curl >/dev/null || end skip "no runit, python or curl"
    mkdir -p sv/web
    { printf '#!/bin/sh\nexec 2>&1\n' && printf 'exec %s\n' "$*"; } >sv/web/run
    chmod +x sv/web/run
    SVDIR=$work/sv
    export SVDIR
    setsid runsv "$work/sv/web" >/dev/null 2>&1 &
    tap_pids="$tap_pids $!"
    wait_for 60 sv status web || end skip "runsv does not start"
}
serve_py() { # FILE: what it answers is in FILE.txt; with "hang" in it, nothing
    cat >"$1" <<'END'
import http.server, os, signal, sys, time
here = os.path.dirname(os.path.abspath(__file__))
text = open(here + "/text").read()
def again(*_):
    global text
    text = open(here + "/text").read()
signal.signal(signal.SIGHUP, again)
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        while "hang" in text and not os.path.exists(here + "/well"):
            time.sleep(0.2)
        self.send_response(500 if "broken" in text else 200)
        self.end_headers()
        self.wfile.write(text.encode())
    def log_message(self, *a):
        pass
class S(http.server.ThreadingHTTPServer):
    daemon_threads = True
S(("127.0.0.1", int(sys.argv[1])), H).serve_forever()
END
}
serve_certificate() { # of ends-soon.example, for three days
    command -v openssl >/dev/null || end skip "no openssl"
    free_port
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key.pem -out cert.pem -days 3 \
        -subj /CN=ends-soon.example >/dev/null 2>&1 || end skip "openssl makes no certificate"
    setsid openssl s_server -accept "127.0.0.1:$port" -cert cert.pem -key key.pem -www >/dev/null 2>&1 &
    tap_pids="$tap_pids $!"
    wait_for 60 listens || end skip "openssl does not serve"
}
listens() { ss -Htln "sport = :$port" | grep -q .; }
small_disk() { # tmpfs of 4 MiB at $disk
    root || end skip "only root mounts"
    mkdir disk
    mount -t tmpfs -o size=4m tmpfs disk 2>/dev/null || end skip "no tmpfs can be mounted here"
    tap_mount=$work/disk
    disk=$real/disk
}
git_repo() { # v1 and v2 of a service that answers its version
    command -v git >/dev/null || end skip "no git"
    mkdir app
    serve_py app/serve.py
    g() { git -C app -c user.name=a -c user.email=a@b.c -c commit.gpgSign=false "$@" >/dev/null 2>&1; }
    g init -b main
    for v in v1 v2; do
        echo "this is $v" >app/text
        g add -A
        g commit -m "$v"
        g tag "$v"
    done
    free_port
}

case $skill in
free-disk-space)
    small_disk
    dd if=/dev/zero of="$disk/core.99" bs=64k count=16 2>/dev/null
    sh -c 'exec >>"$0"; while :; do sleep 100; done' "$disk/app.log" &
    tap_pids="$tap_pids $!"
    dd if=/dev/zero of="$disk/app.log" bs=64k 2>/dev/null
    echo keep >"$disk/data.db" 2>/dev/null
    size=$(stat -c %s "$disk/app.log")
    dry path="$disk" min_kib=16
    [ "$(stat -c %s "$disk/app.log")" -eq "$size" ] && [ -e "$disk/core.99" ] || end bad "the dry run freed something"
    run path="$disk" min_kib=16
    [ "$(stat -c %s "$disk/app.log")" -eq 0 ] && [ ! -e "$disk/core.99" ] || end bad "it was not freed"
    [ -e "$disk/data.db" ] || end bad "data is gone"
    dd if=/dev/zero of="$disk/more" bs=64k count=20 2>/dev/null || end bad "still full"
    rm "$disk/more"
    quiet_about "writes fail" "$disk"
    ;;
stop-runaway-process)
    sh -c 'while :; do :; done' &
    pid=$!
    tap_pids="$tap_pids $pid"
    root && renice -n -15 -p "$pid" >/dev/null 2>&1
    old() { [ "$(ps -o etimes= -p "$pid")" -ge 7 ]; }
    wait_for 60 old
    dry pid="$pid"
    grep -q "this was a dry run" dry || end skip "another process uses more of the processors"
    alive "$pid" || end bad "the dry run ended it"
    run pid="$pid" --answer 'choose=end it'
    alive "$pid" && { journal | grep -q '"type":"mutation.proposed"' || end skip "another process uses more of the processors"; }
    alive "$pid" && end bad "it still runs"
    held || end bad "not verified"
    quiet_about "cpu is high" "process:$pid("
    ;;
lower-priority)
    sh -c 'while :; do :; done' &
    pid=$!
    tap_pids="$tap_pids $pid"
    was=$(ps -o ni= -p "$pid" | tr -d ' ')
    dry pid="$pid" command=sh
    [ "$(ps -o ni= -p "$pid" | tr -d ' ')" = "$was" ] || end bad "the dry run changed it"
    run pid="$pid" command=sh
    [ "$(ps -o ni= -p "$pid" | tr -d ' ')" -eq 19 ] || end bad "not nice"
    ;;
continue-stopped-process)
    sleep 1000 &
    pid=$!
    tap_pids="$tap_pids $pid"
    is_sleep() { [ "$(cat "/proc/$pid/comm")" = sleep ]; }
    wait_for 60 is_sleep
    kill -STOP "$pid"
    stopped() { [ "$(cut -d' ' -f3 "/proc/$pid/stat")" = T ]; }
    wait_for 60 stopped
    dry pid="$pid" command=sleep
    stopped || end bad "the dry run let it go on"
    run pid="$pid" command=sleep
    if stopped; then
        kill -CONT "$pid"
        end bad "still stopped"
    fi
    ;;
restart-supervised-process)
    cat >supervise.sh <<END
while :; do sleep 1000 & echo \$! >$work/child; wait \$!; done
END
    sh supervise.sh &
    boss=$!
    wait_for 60 [ -s child ] || end bad "no child"
    old=$(cat child)
    dry pid="$old" command=sleep
    [ "$old" = "$(cat child)" ] || end bad "the dry run restarted it"
    run pid="$old" command=sleep
    new=$(cat child)
    kill "$boss" "$new" 2>/dev/null
    [ "$old" != "$new" ] || end bad "it was not restarted"
    held || end bad "not verified"
    ;;
rotate-logs)
    sh -c 'exec >>"$0"; echo first; while :; do sleep 100; done' "$real/app.log" &
    tap_pids="$tap_pids $!"
    wait_for 60 [ -s app.log ]
    dry path="$real/app.log"
    [ -s app.log ] || end bad "the dry run rotated it"
    run path="$real/app.log"
    grep -l first "$real"/app.log?* >/dev/null 2>&1 || end bad "its lines are gone: $(ls)"
    [ ! -s app.log ] || end bad "it was not put aside"
    ;;
recover-read-only-filesystem)
    root || end skip "only root mounts"
    dd if=/dev/zero of=disk.img bs=1048576 count=8 2>/dev/null
    mkdir disk
    mkfs.ext4 -q -F disk.img 2>/dev/null && mount -o loop disk.img disk 2>/dev/null || end skip "no loop device can be mounted here"
    tap_mount=$work/disk
    mount -o remount,ro disk || end skip "it cannot be made read-only here"
    dry path="$real/disk"
    touch disk/x 2>/dev/null && end bad "the dry run made it writable"
    run path="$real/disk"
    touch disk/x || end bad "it is still read-only"
    ;;
relieve-memory-pressure)
    root || end skip "only root sets limits"
    for m in memory/runbook-test-$$ runbook-test-$$; do
        mkdir "/sys/fs/cgroup/$m" 2>/dev/null && for l in memory.limit_in_bytes memory.max; do
            [ -e "/sys/fs/cgroup/$m/$l" ] && group=$m limit=$l && break 2
        done
    done
    [ -n "$limit" ] || end skip "no control group with a limit can be made here"
    echo 67108864 >"/sys/fs/cgroup/$group/$limit"
    dry group="$group" limit="$limit" value=134217728
    [ "$(cat "/sys/fs/cgroup/$group/$limit")" = 67108864 ] || end bad "the dry run changed it"
    run group="$group" limit="$limit" value=134217728
    now=$(cat "/sys/fs/cgroup/$group/$limit")
    rmdir "/sys/fs/cgroup/$group"
    [ "$now" = 134217728 ] || end bad "it is $now"
    ;;
scale-service)
    root || end skip "only root sets limits"
    for m in cpu/runbook-test-$$ cpu,cpuacct/runbook-test-$$ runbook-test-$$; do
        mkdir "/sys/fs/cgroup/$m" 2>/dev/null && for l in cpu.cfs_quota_us cpu.max; do
            [ -e "/sys/fs/cgroup/$m/$l" ] && group=$m limit=$l && break 2
        done
    done
    [ -n "$limit" ] || end skip "no control group with a limit can be made here"
    value=150000
    [ "$limit" = cpu.max ] && value="150000 100000"
    dry group="$group" limit="$limit" value="$value"
    grep -q 150000 "/sys/fs/cgroup/$group/$limit" && end bad "the dry run changed it"
    run group="$group" limit="$limit" value="$value"
    now=$(cat "/sys/fs/cgroup/$group/$limit")
    rmdir "/sys/fs/cgroup/$group"
    [ "$now" = "$value" ] || end bad "it is $now"
    ;;
silence-and-fix)
    command -v prometheus-alertmanager >/dev/null || end skip "no Alertmanager"
    start_alertmanager . || end skip "Alertmanager does not start"
    RUNBOOK_ALERTMANAGER_URL=$am_url
    export RUNBOOK_ALERTMANAGER_URL
    sleep 1000 &
    pid=$!
    tap_pids="$tap_pids $pid"
    dry 'matchers=alertname="CPUHigh"' pid="$pid" command=sleep
    alive "$pid" || end bad "the dry run ended it"
    curl -fs "$RUNBOOK_ALERTMANAGER_URL/api/v2/silences" | grep -q CPUHigh && end bad "the dry run silenced it"
    run 'matchers=alertname="CPUHigh"' pid="$pid" command=sleep
    alive "$pid" && end bad "it still runs"
    curl -fs "$RUNBOOK_ALERTMANAGER_URL/api/v2/silences" >silences
    grep -q CPUHigh silences || end bad "it was never silent"
    grep -q '"state":"active"' silences && end bad "it is still silent"
    ;;
restart-sick-service)
    mkdir app
    serve_py app/serve.py
    echo hang >app/text
    free_port
    supervise python3 "$work/app/serve.py" "$port"
    wait_for 60 listens || end bad "no service"
    echo well >app/text # what it reads at its next start
    old=$(sv status web | grep -o 'pid [0-9]*')
    dry unit=web port="$port"
    [ "$(sv status web | grep -o 'pid [0-9]*')" = "$old" ] || end bad "the dry run restarted it"
    run unit=web port="$port"
    answers well || end bad "it does not answer"
    held || end bad "not verified"
    ;;
reload-configuration)
    mkdir app
    serve_py app/serve.py
    echo old >app/text
    free_port
    supervise python3 "$work/app/serve.py" "$port"
    wait_for 60 answers old || end bad "no service"
    echo new >app/text
    dry unit=web port="$port"
    answers old || end bad "the dry run reloaded it"
    run unit=web port="$port"
    wait_for 60 answers new || end bad "it was not reloaded"
    ;;
deploy-service)
    git_repo
    g checkout -q v1
    supervise python3 "$work/app/serve.py" "$port"
    wait_for 60 answers v1 || end bad "no service"
    dry repo="$real/app" ref=v2 unit=web port="$port"
    [ "$(cat app/text)" = "this is v1" ] || end bad "the dry run changed it"
    run repo="$real/app" ref=v2 unit=web port="$port"
    answers v2 || end bad "it does not run v2"
    ;;
rollback-deployment)
    git_repo
    supervise python3 "$work/app/serve.py" "$port"
    wait_for 60 answers v2 || end bad "no service"
    bad=$(git -C app rev-parse HEAD)
    g config user.name a
    g config user.email a@b.c
    dry repo="$real/app" unit=web port="$port" branch=revert-v2
    [ "$(cat app/text)" = "this is v2" ] || end bad "the dry run changed it"
    run repo="$real/app" unit=web port="$port" ref=v1
    answers v1 || end bad "it does not run v1"
    git -C app merge-base --is-ancestor "$bad" main || end bad "history was changed"
    ;;
flush-dns)
    dry name=localhost
    run name=localhost
    ;;
capture-diagnostic-bundle)
    sh -c 'sleep 1000' --password=correct-horse-battery-9 &
    tap_pids="$tap_pids $!"
    reads since=10m
    tar=$(find state -name '*.tar')
    [ -n "$tar" ] || end bad "no archive"
    tar -tf "$tar" >list 2>&1 || end bad "the archive cannot be read"
    grep -q MANIFEST.json list && grep -q host_capture list && grep -q host_snapshot list || end bad "$(cat list)"
    tar -xOf "$tar" | grep -q correct-horse-battery && end bad "a secret is in it"
    [ "$(stat -c %a "$tar")" = 600 ] || end bad "others may read it"
    ;;
sop-disk-full)
    small_disk
    sh -c 'exec >>"$0"; echo first; while :; do sleep 100; done' "$disk/app.log" &
    tap_pids="$tap_pids $!"
    wait_for 60 [ -s disk/app.log ]
    dd if=/dev/zero bs=64k 2>/dev/null >>"$disk/app.log"
    dry folder="$disk" log="$disk/app.log"
    [ "$(stat -c %s "$disk/app.log")" -gt 4000000 ] || end bad "the dry run put it aside"
    run folder="$disk" log="$disk/app.log" --answer 'free-it-now=put it aside'
    [ ! -s disk/app.log ] || end bad "it was not put aside"
    held || end bad "not verified"
    ;;
sop-host-high-cpu)
    sh -c 'while :; do :; done' &
    pid=$!
    tap_pids="$tap_pids $pid"
    dry
    run --answer 'go-on=noted'
    find state -path '*blobs*' -type f -exec cat {} + >blobs 2>/dev/null
    grep -q "\"pid\":${pid}[,}]" blobs || end bad "the process is in no answer"
    ;;
sop-certificate-ends)
    serve_certificate
    dry
    run --answer 'reload-who-serves-it=yes'
    find state -path '*blobs*' -type f -exec cat {} + >blobs 2>/dev/null
    grep -q 'ends-soon.example' blobs || end bad "it was not seen"
    grep -q 'look-again done' dry || end bad "it was not looked at again"
    ;;
check-certificates)
    serve_certificate
    reads
    grep -q 'ends-soon.example' blobs || end bad "it was not seen"
    grep -q '"expiring":[1-9]' blobs || end bad "it is not said to end"
    ;;
security-audit)
    mkdir -m 755 audited
    touch audited/open
    chmod 666 audited/open
    cp /bin/true audited/helper
    root && chmod 4755 audited/helper
    chmod 755 "$work" # an ordinary user looks, too
    reads folder="$real/audited"
    grep -q "$real/audited/open" blobs || end bad "the file that everybody may write was not seen"
    ! root || ! command -v dpkg-query >/dev/null || grep -q "$real/audited/helper" blobs || end bad "the setuid program was not seen"
    ;;
find-what-changed)
    git_repo
    reads repo="$real/app" since=1h
    grep -q '"subject":"v2"' blobs || end bad "the commit was not seen"
    ;;
troubleshoot-service)
    mkdir app
    serve_py app/serve.py
    echo broken >app/text
    free_port
    command -v python3 >/dev/null || end skip "no python"
    setsid python3 app/serve.py "$port" &
    tap_pids="$tap_pids $!"
    wait_for 60 listens || end bad "no service"
    reads port="$port" since=5m
    grep -q '"status":500' blobs || end bad "its errors were not seen"
    ;;
cost-analysis)
    reads
    grep -q '"verdict":' blobs || end bad "no verdict"
    grep -q 'not known to a machine' blobs || end bad "it does not say what it cannot know"
    ;;
investigate-cost-spike)
    dd if=/dev/zero of=grown bs=1048576 count=8 2>/dev/null
    reads path="$real" since=1h
    grep -q "$real/grown" blobs || end bad "what has grown was not seen"
    ;;
investigate-incident)
    sh -c 'while :; do :; done' &
    pid=$!
    tap_pids="$tap_pids $pid"
    reads since=5m
    grep -q "\"pid\":$pid," blobs || end bad "the process that burns a core was not seen"
    ;;
*) end bad "there is no such scene" ;;
esac
end ok
