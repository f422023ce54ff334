# shellcheck shell=sh
# $1: a name.
ms() { awk 'NR == 1 { printf "%d", $1 * 1000 }' /proc/uptime; }
grep -E '^[[:space:]]*nameserver[[:space:]]' /etc/resolv.conf 2>/dev/null | head -n 4 | while read -r _ a _; do row server "$a"; done
a=$(ms)
r=$(lim 8 getent ahosts "$1" 2>/dev/null)
s=$?
b=$(ms)
row asked "$s" "$((b - a))"
printf '%s\n' "$r" | awk '{ print $1 }' | sort -u | head -n 20 | while read -r x; do [ -n "$x" ] && row address "$x"; done
for c in systemd-resolved nscd dnsmasq unbound pdns_recursor; do
    for f in /proc/[0-9]*/comm; do
        read -r x <"$f" || continue
        [ "$x" = "$(printf %.15s "$c")" ] && row cache "$c" && break
    done
done 2>/dev/null
grep -F -w -- "$1" /etc/hosts 2>/dev/null | grep -v '^[[:space:]]*#' | head -n 5 | while read -r x _; do row hosts "$x"; done
row end
