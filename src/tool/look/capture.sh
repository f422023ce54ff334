# shellcheck shell=sh
# What an engineer would want to see later: at most 64 KiB of each, as text.
cap() { # NAME SECONDS COMMAND...
    n=$1
    s=$2
    shift 2
    has "$1" || {
        gap "$n" "there is no $1" not_found
        return
    }
    row section "$n" "$*"
    # whole lines only: a secret that is cut in its middle is not known as one any more
    lim "$s" "$@" 2>&1 | awk '{ n += length($0) + 1; if (n > 65536) exit; print "|" $0 }'
    echo
}
cap uname 2 uname -a
cap uptime 2 uptime
cap os-release 2 cat /etc/os-release
cap date 2 date -u
cap processes 5 ps -eo pid,ppid,user,stat,ni,pcpu,pmem,rss,nlwp,etime,wchan:20,args --sort=-pcpu
cap memory 2 cat /proc/meminfo
cap pressure 2 sh -c 'grep -H . /proc/pressure/*'
cap vmstat 4 vmstat 1 3
cap filesystems 5 df -PT
cap inodes 5 df -Pi
cap mounts 2 cat /proc/mounts
cap disks 2 cat /proc/diskstats
cap sockets 5 ss -tanp
cap listeners 5 ss -tulnp
cap socket-counts 5 ss -s
cap addresses 3 ip addr
cap routes 3 ip route
cap interfaces 3 ip -s link
cap limits 2 sh -c 'grep -H . /proc/sys/fs/file-nr /proc/sys/kernel/pid_max /proc/sys/kernel/threads-max /proc/loadavg'
cap swaps 2 cat /proc/swaps
cap resolver 2 cat /etc/resolv.conf
cap kernel-log 5 sh -c 'dmesg -T 2>/dev/null | tail -n 300'
cap journal 8 journalctl -q --no-pager -p warning -n 400
cap failed-units 4 systemctl --no-pager --failed
cap timers 4 systemctl --no-pager list-timers
cap logins 3 last -n 20
cap packages-changed 4 sh -c 'tail -n 60 /var/log/dpkg.log 2>/dev/null || rpm -qa --last | head -n 60'
row end
