# shellcheck shell=sh
# $1: a control group below /sys/fs/cgroup, as host.cgroup.limit takes it.
g=/sys/fs/cgroup/$1
[ -d "$g" ] || {
    row error "there is no control group $1"
    exit 0
}
for k in cpu.max cpu.weight memory.max memory.high memory.current memory.peak pids.max pids.current io.weight \
    cpu.cfs_quota_us cpu.cfs_period_us memory.limit_in_bytes memory.usage_in_bytes memory.max_usage_in_bytes; do
    [ -r "$g/$k" ] && IFS= read -r v <"$g/$k" && row value "$k" "$v"
done
row procs "$(wc -l <"$g/cgroup.procs" 2>/dev/null)"
head -n 5 "$g/cgroup.procs" 2>/dev/null | while read -r p; do
    row proc "$p" "$(tr '\t\n' '  ' <"/proc/$p/comm" 2>/dev/null)"
done
for k in cpu.stat memory.events; do
    [ -r "$g/$k" ] && while read -r a b _; do row "$k" "$a" "$b"; done <"$g/$k"
done
row end
