# shellcheck shell=sh
# Two readings of the processors, a second apart; all else once. CPU: idle and iowait, and all, in ticks.
cpu() { awk '/^cpu / { t = 0; for (i = 2; i <= 9; i++) t += $i; print $5 + $6, t }' /proc/stat; }
n=$(grep -c '^cpu[0-9]' /proc/stat)
boot=$(cpu)
a=$boot
groups=/sys/fs/cgroup
usage() { # PATH: microseconds of processor time
    awk '/^usage_usec/ { print $2 }' "$1/cpu.stat" 2>/dev/null
}
list=$(if [ -e $groups/cgroup.controllers ]; then find $groups -mindepth 1 -maxdepth 4 -type d 2>/dev/null | head -n 300; fi)
limited=$(printf '%s\n' "$list" | while IFS= read -r g; do
    m=$(cat "$g/memory.max" 2>/dev/null)
    c=$(cat "$g/cpu.max" 2>/dev/null)
    case "$m:$c" in : | max: | :max* | max:max*) continue ;; esac
    printf '%s\n' "$g"
done | head -n 60)
first=$(printf '%s\n' "$limited" | while IFS= read -r g; do [ -n "$g" ] && echo "$(usage "$g") $g"; done)
t0=$(cut -d' ' -f1 /proc/uptime)
sleep 1
b=$(cpu)
t1=$(cut -d' ' -f1 /proc/uptime)
read -r l1 l5 l15 _ </proc/loadavg
# shellcheck disable=SC2086 # two words each
row cpu "$n" ${a} ${b} "$l1" "$l5" "$l15" "$t1"
awk '/^(MemTotal|MemAvailable|SwapTotal|SwapFree):/ { v[$1] = $2 } END {
    printf "mem\t%d\t%d\t%d\t%d\n", v["MemTotal:"], v["MemAvailable:"], v["SwapTotal:"], v["SwapFree:"] }' /proc/meminfo
lim 5 df -PkT 2>/dev/null | awk 'NR > 1 && $2 !~ /^(tmpfs|devtmpfs|squashfs|overlay|proc|sysfs|efivarfs|iso9660)$/ {
    printf "fs\t%s\t%s\t%s\t%s\t%s", $2, $3, $4, $5, $7; for (i = 8; i <= NF; i++) printf " %s", $i; print "" }' | head -n 60
printf '%s\n' "$first" | while read -r u g; do
    [ -n "$g" ] || continue
    v=$(usage "$g")
    row group "${g#"$groups"/}" "$(cat "$g/memory.current" 2>/dev/null)" "$(cat "$g/memory.max" 2>/dev/null)" \
        "$(cat "$g/memory.peak" 2>/dev/null)" "$(tr ' ' / <"$g/cpu.max" 2>/dev/null)" "$u" "$v" "$t0" "$t1"
done
[ -e $groups/cgroup.controllers ] || gap "limits of control groups" "only control groups of version 2 are read" not_found
row end
