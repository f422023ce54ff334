/* script.c - the same collection as local*.c, as one POSIX sh script for a machine behind ssh.
 * It runs in dash, busybox ash and bash, reads the machine only, makes no file, and forks little:
 * many files of one kind go through one cat, one grep or one tail. It is read from standard input,
 * so that the token stands in no argument and in no environment; it is one function, read whole
 * before it runs, because commands must not read the script as their input. Commands that could
 * hang run under timeout(1) where there is one. */
#include "collect_priv.h"

static const char head[] =
    "{\n"
    "export LC_ALL=C PATH=\"$PATH:/usr/sbin:/sbin:/usr/bin:/bin\"\n"
    "P=1; K=\n"
    "s() { printf '\\n%s %s %s %s\\n' \"$T\" \"$P\" \"$1\" \"$2\"; }\n"
    "st() { if [ -r \"$2\" ]; then s ok \"$1\"; return 0; fi\n"
    "  if [ -e \"$2\" ]; then s denied \"$1\"; else s missing \"$1\"; fi; return 1; }\n"
    "f() { if st \"$1\" \"/$1\"; then cat \"/$1\" 2>/dev/null; fi; }\n"
    /* Many files, a section each: tail writes "==> /path <==" before each, which no line of these
     * files is, as their writers escape blanks. For those with others' text see cmdlines. */
    "heads='NR == 1 { t = $1; p = $2; next }\n"
    "/^==> \\/.* <==$/ { f = substr($0, 6, length($0) - 9); b = 0\n"
    "  on = f != \"dev/null\"; if (of && on) { split(f, v, \"/\"); if (v[2] == was) next\n"
    "    was = v[2]; f = \"pid/\" was \"/about\" }\n"
    "  if (on) print \"\\n\" t, p, \"ok\", f; next }\n"
    "$0 == \"\" { b++; next }\n"
    "on { while (b > 0) { print \"\"; b-- } print }'\n"
    "fs() { L=; for x in \"$@\"; do if [ -r /$x ]; then L=\"$L /$x\"\n"
    "    elif [ -e /$x ]; then s denied $x; else s missing $x; fi; done\n"
    "  { echo \"$T $P\"; tail -n +1 /dev/null $L 2>/dev/null; } | awk \"$heads\"; }\n"
    "nap() { sleep $1 2>/dev/null || sleep 1; }\n"
    "has() { command -v \"$1\" >/dev/null 2>&1; }\n"
    "if has timeout; then t() { timeout \"$@\"; }; else t() { shift; \"$@\"; }; fi\n"
    "conf() { P=0; s ok conf; echo \"$(getconf CLK_TCK 2>/dev/null || echo 100) "
    "$(getconf PAGESIZE 2>/dev/null || echo 4096)\"\n"
    "  P=1; N=$(date +%s); s ok clock; echo \"$N\"; s ok since; echo $((N - SINCE)); }\n"
    "dm() { if D=$(t 5 dmesg -r 2>&1); then s ok dmesg; K=y; printf '%s\\n' \"$D\" | tail -n 3000\n"
    "  else s denied dmesg; K=n; fi; D=; }\n";

static const char snapshot[] =
    /* Many thousands are too many arguments. */
    "procs() { set -- /proc/[0-9]*; if [ $# -lt 4000 ]; then cat /proc/[0-9]*/stat 2>/dev/null\n"
    "  else for d in 1 2 3 4 5 6 7 8 9; do cat /proc/$d*/stat 2>/dev/null; done; fi; }\n"
    "groups() { (cd \"$1\" 2>/dev/null || exit\n"
    "  find . -maxdepth 10 \\( -name memory.current -o -name memory.max -o -name memory.events"
    " -o -name memory.usage_in_bytes -o -name memory.limit_in_bytes -o -name memory.oom_control"
    " -o -name memory.failcnt -o -name cpu.max -o -name cpu.stat -o -name cpu.cfs_quota_us"
    " -o -name cpu.cfs_period_us -o -name pids.current -o -name pids.max -o -name pids.events"
    " -o -name memory.high -o -name memory.pressure -o -name cpu.pressure -o -name cpuacct.usage "
    "\\)"
    " -exec grep -H '' {} + -o -name memory.stat -exec grep -H inactive_file {} + 2>/dev/null | "
    "head -n 60000)\n"
    "}\n"
    "phase() { fs proc/stat proc/vmstat proc/diskstats proc/net/dev proc/net/snmp "
    "proc/net/netstat"
    " proc/net/softnet_stat proc/net/stat/nf_conntrack proc/pressure/cpu proc/pressure/memory "
    "proc/pressure/io proc/meminfo"
    " proc/softirqs proc/interrupts proc/mounts\n"
    "  s ok cgroup; c=/sys/fs/cgroup\n"
    "  if [ -e $c/cgroup.controllers ]; then groups $c; else"
    " for x in memory cpu cpuacct pids unified; do groups $c/$x; done; fi\n"
    "  s ok cpufreq; (cd /sys/devices/system/cpu 2>/dev/null && grep -H '' "
    "cpu[0-9]*/cpufreq/scaling_cur_freq"
    " cpu[0-9]*/cpufreq/cpuinfo_max_freq cpu[0-9]*/cpufreq/scaling_max_freq"
    " cpu[0-9]*/thermal_throttle/*_throttle_count 2>/dev/null | head -n 2000)\n"
    "  s ok sched; (cd /proc && grep -H '' [0-9]*/schedstat 2>/dev/null)\n"
    "  if has ss; then s ok conns\n"
    "    { t 5 ss -HtanoepiO 2>/dev/null || t 5 ss -Htanoep 2>/dev/null; } | awk "
    "'$1 != \"LISTEN\" && $1 != \"TIME-WAIT\" && $1 != \"UNCONN\"' | head -n 20000\n"
    "  else fs proc/net/tcp proc/net/tcp6; fi\n"
    "  s ok proc/uptime; read -r x < /proc/uptime; echo \"$x\"; }\n"
    "fds() { F=$(cd /proc && stat -L -c '%s %n' [0-9]*/fd 2>/dev/null); s ok fdcount; printf "
    "'%s\\n' "
    "\"$F\"; }\n"
    /* Logs are looked for meanwhile; nothing else may hold our output. */
    "P=0; exec 3>&1; G=$(newlogs & phase >&3; wait); exec 3>&-\n"
    "fds; E=$F; A=$(procs); s ok procs; printf '%s\\n' \"$A\"\n"
    "storage\n"
    "nap $WINDOW\n"
    "P=1; phase; fds; B=$(procs); s ok self; echo $$; s ok procs; printf '%s\\n' \"$B\"\n"
    "storage; writers\n"
    "conf\n"
    "s ok owners; (cd /proc && stat -c '%u %n' [0-9]* 2>/dev/null)\n"
    "fs proc/sys/vm/overcommit_memory proc/sysvipc/shm proc/locks proc/loadavg "
    "proc/net/sockstat proc/sys/fs/file-nr "
    "proc/sys/kernel/pid_max"
    " proc/sys/kernel/threads-max proc/sys/kernel/osrelease "
    "proc/sys/net/netfilter/nf_conntrack_count"
    " proc/sys/net/netfilter/nf_conntrack_max proc/sys/net/ipv4/ip_local_port_range etc/os-release"
    " etc/resolv.conf etc/nsswitch.conf proc/net/fib_trie proc/net/if_inet6 "
    "proc/net/udp proc/net/udp6\n"
    /* Which processes are worth a closer look: by processor, memory, growth, state, open files and
     * their growth, threads, children that died or were just born, and many runs of one name. */
    "pick='\n"
    "/^#$/ { n++; next }\n"
    "n > 1 { split($2, v, \"/\"); pid = v[1]; if (n == 2) of[pid] = $1\n"
    "  else if ($1 > 0) { if ($1 > 64) fd[pid] = $1; if (pid in of) fg[pid] = $1 - of[pid] }\n"
    "  next }\n"
    "{ pid = $1; if (pid !~ /^[0-9]+$/) next; l = $0; if (!sub(/^.*\\) /, \"\", l)) next\n"
    "  if (split(l, v, \" \") < 22) next\n"
    "  c = v[12] + v[13]\n"
    "  if (!n) { o[pid] = c; r[pid] = v[22]; next }\n"
    "  cpu[pid] = c - o[pid]; rss[pid] = v[22] + 0; up[pid] = v[2]; st[pid] = v[1]\n"
    "  grow[pid] = (pid in r) ? v[22] - r[pid] : 0; slow[pid] = (v[1] ~ /[DTt]/) ? 1 : 0\n"
    "  if (v[18] > 64) thr[pid] = v[18]\n"
    "  if (v[2] > 1 && (v[1] == \"Z\" || v[21] > 0 && !(pid in o))) ch[v[2]]++\n"
    "  if (v[2] > 1 && v[21] > 0) kids[v[2]]++\n"
    "  if (v[21] > 0 && !(pid in o)) young[pid] = 1\n"
    "  if (v[21] > 0 && v[4] == pid) { nm[pid] = $2; many[$2]++ } }\n"
    "function top(a, k, w,   i, p, b, q) {\n"
    "  for (i = 0; i < k; i++) { b = 0; q = 0\n"
    "    for (p in a) if (a[p] > b && !(p in out)) { b = a[p]; q = p }\n"
    "    if (!q) return\n"
    "    out[q] = 1\n"
    "    if (w && i < 4) { p = up[q]; for (b = 0; p > 1 && b < 6; b++) { out[p] = 1; p = up[p] } } "
    "} }\n"
    "END { for (p in kids) if (kids[p] > 15) ch[p] += kids[p]\n"
    "  for (p in nm) if (many[nm[p]] > 2) dup[p] = many[nm[p]]\n"
    "  top(cpu, 14, 1); top(rss, 12, 0); top(grow, 8, 0); top(slow, 12, 1); top(fd, 6, 0)\n"
    "  top(fg, 6, 0); top(thr, 4, 0); top(ch, 6, 0); top(young, 8, 1); top(dup, 12, 0)\n"
    "  for (p in out) print p \":\" st[p] }'\n"
    /* Command lines hold what their users like, also line feeds: one record an argument, so that
     * none can be taken for the name of a file. */
    "args='NR == 1 { t = $1; p = $2; next } NR == 2 { n = split($0, want, \" \"); next }\n"
    "{ i = index($0, \"/cmdline:\"); d = substr($0, 1, i - 1); a = substr($0, i + 9)\n"
    "  if (d != was) { printf \"\\n%s %s ok pid/%s/cmdline\\n\", t, p, d; was = d; seen[d] = 1; l "
    "= 0 }\n"
    "  else a = \" \" a\n"
    "  if (l < 1000) printf \"%s\", substr(a, 1, 1000 - l); l += length(a) }\n"
    "END { for (i = 1; i <= n; i++) if (!(want[i] in seen))\n"
    "  printf \"\\n%s %s ok pid/%s/cmdline\\n\", t, p, want[i] }'\n"
    "cmdlines() { if printf 'a\\0' | grep -aqz a 2>/dev/null; then C=; for p in $1; do C=\"$C "
    "$p/cmdline\"; done\n"
    "    { echo \"$T $P\"; echo $1; (cd /proc && grep -aHz '' /dev/null $C 2>/dev/null | "
    "tr '\\n\\0' '\\1\\n'); } | awk \"$args\"\n"
    "  else for p in $1; do s ok pid/$p/cmdline; head -c 1000 /proc/$p/cmdline 2>/dev/null; done; "
    "fi; }\n"
    "Q=$(printf '%s\\n#\\n%s\\n#\\n%s\\n#\\n%s\\n' \"$A\" \"$B\" \"$E\" \"$F\" | awk \"$pick\")\n"
    "Q=\"$Q $W $(needy)\"; N=; L=\n"
    "for q in $Q; do p=${q%:*}; [ -r /proc/$p/stat ] || continue\n"
    "  case \"$N \" in *\" $p \"*) continue;; esac\n"
    "  N=\"$N $p\"; L=\"$L /proc/$p/cgroup /proc/$p/status /proc/$p/limits\"; done\n"
    "cmdlines \"$N\"\n"
    "{ echo \"$T $P\"; tail -n +1 /dev/null $L 2>/dev/null; } | awk -v of=1 \"$heads\"\n"
    "for q in $Q; do p=${q%:*}; d=/proc/$p; [ -r $d/stat ] || continue\n"
    "  if [ -r $d/fd ] && [ -x $d/fd ]; then set -- $d/fd/*; s ok pid/$p/fds; echo $#\n"
    "  elif [ -e $d/fd ]; then s denied pid/$p/fds; fi\n"
    /* of others' programs the link is not to be read, and neither is this file */
    "  s ok pid/$p/exe; [ -r $d/io ] && readlink $d/exe 2>/dev/null\n"
    "  case $q in *:D) s ok pid/$p/wchan; cat $d/wchan 2>/dev/null\n"
    "    s ok pid/$p/files; readlink $d/fd/* 2>/dev/null | head -n 16;; esac\n"
    "done\n"
    "A=; B=; E=; F=\n"
    "if has ss; then s ok listen; t 10 ss -Hltnep 2>/dev/null || t 10 ss -ltnep 2>/dev/null\n"
    "fi\n"
    "if has ss; then s ok timewait; t 5 ss -Htan state time-wait 2>/dev/null | awk "
    "'{ n[$4]++ } END { for (p in n) print n[p], p }' | sort -rn | head -n 512\n"
    "  s ok unix; t 5 ss -Hxlep 2>/dev/null | awk '{ $1 = \"\"; print }' | head -n 2000\n"
    "  s ok sockets; t 5 ss -Hunep 2>/dev/null | sed -n "
    "'s/.*pid=\\([0-9]*\\),.*ino:\\([0-9]*\\) .*/\\2 \\1/p' | head -n 2000; fi\n"
    "k=0; n=0; for x in /proc/[0-9]*; do [ -r $x/fd ] || n=$((n + 1)); done\n"
    "if [ $n -gt 0 ]; then s ok sockets/denied; echo $n; fi\n"
    "dm\n"
    "if has timedatectl; then s ok clock/synced; t 3 timedatectl show -p NTPSynchronized --value "
    "2>/dev/null; fi\n";

/* What this machine's collector asks other programs for; it is also the end of the remote script.
 */
static const char snapshot_commands[] =
    "if [ -d /run/systemd/system ]; then s ok units\n"
    "  t 8 systemctl show '*.service' '*.socket' --no-pager -p Id -p ActiveState -p SubState -p "
    "Result -p NRestarts -p ExecMainStatus -p MainPID -p StateChangeTimestampMonotonic -p LoadState"
    " -p UnitFileState -p Type -p TriggeredBy -p WantedBy -p InactiveExitTimestampMonotonic"
    " -p ConditionResult -p Listen 2>/dev/null | head -n 60000; fi\n"
    "s ok bind\n"
    "{ if has journalctl && [ -d /run/systemd/journal ]; then t 3 journalctl -q --no-pager -o "
    "short-unix --since -1800s -g 'address already in use|EADDRINUSE' 2>/dev/null | tail -n 40; "
    "fi\n"
    "find /var/log -maxdepth 3 -xdev -type f -mmin -30 ! -name '*.journal*' ! -name '*.gz' "
    "2>/dev/null | head -n 60 | tr '\\n' '\\0' | xargs -0 -r tail -q -c 65536 2>/dev/null | grep "
    "-a -i "
    "-e 'address already in use' -e eaddrinuse | tail -n 60; } | cut -c 1-400\n";

static const char watch[] =
    "i=0\n"
    "while [ $i -lt $SAMPLES ]; do\n"
    "  [ -r /proc/$PID/stat ] || break\n"
    "  s ok s/$i/uptime; cat /proc/uptime; s ok s/$i/stat; cat /proc/$PID/stat 2>/dev/null\n"
    "  s ok s/$i/statm; cat /proc/$PID/statm 2>/dev/null\n"
    "  s ok s/$i/schedstat; cat /proc/$PID/schedstat 2>/dev/null\n"
    "  s ok s/$i/io; cat /proc/$PID/io 2>/dev/null\n"
    "  [ -e /proc/$PID/schedstat ] || { s ok s/$i/switches; grep ctxt_switches /proc/$PID/status "
    "2>/dev/null; }\n"
    "  s ok s/$i/fds; stat -L -c %s /proc/$PID/fd 2>/dev/null\n"
    "  i=$((i + 1)); [ $i -lt $SAMPLES ] && nap $WINDOW\n"
    "done\n"
    "conf\n"
    "for x in limits cgroup; do if st $x /proc/$PID/$x; then cat /proc/$PID/$x; fi; done\n"
    "if st cmdline /proc/$PID/cmdline; then head -c 1000 /proc/$PID/cmdline; fi\n"
    "for x in exe cwd; do s ok $x; readlink /proc/$PID/$x 2>/dev/null; done\n"
    "s ok tasks; (cd /proc/$PID/task 2>/dev/null && for x in *; do printf '%s/wchan:' $x;"
    " cat $x/wchan 2>/dev/null; echo; done | head -n 200)\n";

/* bash speaks TCP and UDP by itself; nc is the other one that is often there. Times in ms where
 * date(1) knows nanoseconds. The address was checked before: digits, letters a-f, dots, colons. */
static const char probe[] =
    "conf\n"
    "now() { n=$(date +%s%N); case $n in *N) n=${n%N}000000000;; esac; echo $((n / 100000)); }\n"
    "word() { case $1 in 0) echo connected;; 124|143) echo timeout;; *) case $2 in *efused*) echo "
    "refused;;\n"
    "  *nreachable*|*route*) echo unreachable;; *imed*) echo timeout;; *) echo failed;; esac;; "
    "esac; }\n"
    "a=$(now)\n"
    "if has bash && has timeout; then m=$(timeout 2 bash -c \"exec 3<>/dev/tcp/$DIR/$PORT\" 2>&1); "
    "r=$?\n"
    "elif has nc; then m=$(t 3 nc -z -w 2 \"$DIR\" \"$PORT\" 2>&1); r=$?\n"
    "else r=; fi\n"
    "b=$(now); d=$((b - a))\n"
    "if [ -n \"$r\" ]; then s ok probe; echo \"$(word $r \"$m\") $((d / 10)).$((d % 10))\"\n"
    "else s failed probe; echo 'neither bash with timeout nor nc is there'; fi\n";

/* The question is a datagram of 17 bytes: the name servers of the root; the fourth byte of the
 * answer holds what came of it. */
static const char resolve[] =
    "conf\n"
    "now() { n=$(date +%s%N); case $n in *N) n=${n%N}000000000;; esac; echo $((n / 100000)); }\n"
    "ask() { timeout 2 bash -c 'exec 3<>/dev/udp/'\"$1\"'/53 || exit 9\n"
    "  printf "
    "\"\\x52\\x42\\x01\\x00\\x00\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x01\" "
    ">&3 || exit 9\n"
    "  head -c 4 <&3 | od -An -tx1' 2>/dev/null; }\n"
    "if has bash && has timeout && has od; then s ok resolve\n"
    "  for x in $DIR; do a=$(now); m=$(ask $x); r=$?; b=$(now); d=$((b - a))\n"
    "    case $r in 9) w=unreachable;; 124) w=timeout;; *) set -- $m; case $4 in ?0) w=answered;; "
    "?2) w=servfail;;\n"
    "      ?3) w=nxdomain;; ?5) w=denied;; '') w=unreachable;; *) w=failed;; esac;; esac\n"
    "    echo \"$x $w $((d / 10)).$((d % 10))\"; done\n"
    "else s failed resolve; echo 'bash, timeout or od is not there'; fi\n";

static const char logs[] =
    "conf; f proc/uptime; dm\n"
    /* Who has which log open for writing; without GNU find nobody is known. */
    "W=$(t 5 find /proc/[0-9]*/fd -maxdepth 1 \\( -lname '*.log' -o -lname '*.err' -o -lname "
    "'*error_log' -o "
    "\\( \\( -name 1 -o -name 2 \\) -lname '/*' ! -lname '/dev/*' ! -lname '* (deleted)' \\) \\) "
    "-printf '%p\\t%l\\n' 2>/dev/null | awk -F '\\t' 'n[$2]++ < 4' | head -n 300)\n"
    "s ok logwriters\n"
    "printf '%s\\n' \"$W\" | while IFS=\"$(printf '\\t')\" read -r d l; do\n"
    "  [ -f \"$l\" ] || continue; p=${d#/proc/}; p=${p%%/*}\n"
    "  m=; while read -r k v; do [ \"$k\" = flags: ] && m=$v; done < /proc/$p/fdinfo/${d##*/} "
    "2>/dev/null\n"
    "  case $m in *1|*2|*5|*6) ;; *) continue;; esac\n"
    "  read -r c < /proc/$p/comm || continue; read -r x < /proc/$p/stat; x=${x##*) }\n"
    "  set -- $x; read -r g < /proc/$p/cgroup\n"
    "  printf '%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' $p \"$c\" \"$4\" \"$5\" \"$2\" \"$g\" \"$l\"; "
    "done 2>/dev/null\n"
    "F=$({ find /var/log -maxdepth 3 -xdev -type f \\( -name '*.log' -o -name syslog -o -name "
    "messages -o -name secure -o -name '*.err' -o -name '*error_log' \\) 2>/dev/null\n"
    "  printf '%s\\n' \"$W\" | cut -f 2\n"
    "  cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -o '/[^ =:]*[.]log$' | head "
    "-n 20; } | grep -v -e /apt/ -e /dpkg.log -e /alternatives.log "
    "-e /bootstrap.log -e /config.log -e '^$' -e '(deleted)' | awk '!n[$0]++' | head -n 120 | "
    "tr '\\n' '\\000' | xargs -0 -r stat -c '%f %Y %s %n' 2>/dev/null | awk -v "
    "t=$((N - SINCE)) '/^8/ && $2 >= t && $3 > 0 { sub(/^[^ ]* /, \"\"); print }' | head -n 40)\n"
    "[ \"$(id -u)\" = 0 ] || s ok logwho\n"
    "s ok logtimes\n"
    "printf '%s\\n' \"$F\"\n"
    /* The end of the log that this one follows, when this one is short: what is not new. */
    "D=$(date +%Y%m%d)\n"
    "past() { [ \"$2\" -lt 262144 ] || return\n"
    "  for o in \"$1.1\" \"$1.1.gz\" \"$1-$D\" \"$1-$D.gz\"; do [ -r \"$o\" ] || continue\n"
    "    case $o in *.gz) t 3 gzip -dc \"$o\" 2>/dev/null | tail -c 262144;; *) tail -c 262144 "
    "\"$o\";; esac\n"
    "    echo; return; done; }\n"
    /* A name that leads elsewhere was allowed as a name; what it leads to was not looked at. */
    "if [ -n \"$DIR\" ] && [ -e \"$DIR\" ] && [ \"$(readlink -f -- \"$DIR\")\" != \"$DIR\" ]; "
    "then\n"
    "  s denied \"loglink$DIR\"\n"
    "elif [ -n \"$DIR\" ] && st \"logfile$DIR\" \"$DIR\"; then\n"
    "  past \"$DIR\" \"$(stat -c %s \"$DIR\")\"; tail -c 524288 \"$DIR\"; fi\n"
    "printf '%s\\n' \"$F\" | while read -r m z x; do\n"
    "  [ \"$x\" = \"$DIR\" ] || [ -z \"$x\" ] && continue\n"
    "  if st \"logfile$x\" \"$x\"; then past \"$x\" $z; tail -c 524288 \"$x\" 2>/dev/null; fi; "
    "done\n";

static const char logs_commands[] =
    "if has journalctl && [ -d /run/systemd/journal ]; then s ok journal\n"
    "  O=--output-fields=MESSAGE,PRIORITY,_PID,_COMM,_SYSTEMD_UNIT,UNIT,SYSLOG_IDENTIFIER\n"
    "  A=$(($(date +%s) - SINCE))\n"
    "  t 10 journalctl -q --no-pager -o json $O --since \"@$A\" -n 20000 2>/dev/null ||\n"
    "  t 10 journalctl -q --no-pager -o short-unix -p 0..5 --since \"@$A\" -n 20000 2>/dev/null; "
    "fi\n";

static const char tail[] = "s ok clock/end; date +%s\n"
                           "printf '\\n%s end\\n' \"$T\"\n"
                           "exit 0\n"
                           "} </dev/null\n";

/* 'it'\''s' */
static void quote(struct buf *out, const char *name, const char *value)
{
    buf_addf(out, "%s='", name);
    for (const char *c = value ? value : ""; *c; c++) {
        if (*c == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *c);
    }
    buf_adds(out, "'\n");
}

static const char *commands_of(enum host_what what)
{
    switch (what) {
    case HOST_SNAPSHOT:
        return snapshot_commands;
    case HOST_LOG:
        return logs_commands;
    case HOST_CHANGES:
        return script_changes_commands;
    case HOST_WATCH:
    case HOST_FILES:
    case HOST_DISK:
    case HOST_SERVICES:
    case HOST_PROBE:
    case HOST_RESOLVE:
        break;
    }
    return NULL;
}

static const char *body_of(enum host_what what)
{
    switch (what) {
    case HOST_SNAPSHOT:
        return snapshot;
    case HOST_WATCH:
        return watch;
    case HOST_FILES:
        return script_files;
    case HOST_DISK:
        return script_disk;
    case HOST_LOG:
        return logs;
    case HOST_CHANGES:
        return script_changes;
    case HOST_SERVICES:
        return script_services;
    case HOST_PROBE:
        return probe;
    case HOST_RESOLVE:
        return resolve;
    }
    return "";
}

bool script_make(struct buf *out, const struct host_request *req, const char *token,
                 bool commands_only)
{
    const char *commands = commands_of(req->what);
    int64_t step_ms = req->window_ms;

    if (commands_only && !commands)
        return false;
    if (req->what == HOST_WATCH && req->samples > 1)
        step_ms /= req->samples - 1;
    buf_addf(out, "T=%s\n", token);
    buf_addf(out, "SINCE=%lld\nPID=%d\nPORT=%d\nSAMPLES=%d\nWINDOW=%lld.%03lld\n",
             (long long)(req->since_ms / 1000), req->pid, req->port, req->samples,
             (long long)(step_ms / 1000), (long long)(step_ms % 1000));
    buf_addf(out, "SECS=%lld\nKIB=%lld\n",
             (long long)(req->timeout_ms > 8000 ? req->timeout_ms / 4000 : 2),
             (long long)(req->min_bytes / 1024));
    quote(out, "DIR", req->path);
    buf_adds(out, head);
    if (!commands_only) {
        buf_addf(out, "echo \"RBHOST1 $T\"\n");
        if (req->what == HOST_SNAPSHOT || req->what == HOST_FILES)
            buf_adds(out, script_storage_functions);
        buf_adds(out, body_of(req->what));
        if (req->what == HOST_SNAPSHOT)
            buf_adds(out, script_storage_once);
    }
    if (commands)
        buf_adds(out, commands);
    if (req->what == HOST_SNAPSHOT)
        buf_adds(out, script_storage_commands);
    buf_adds(out, tail);
    return true;
}
