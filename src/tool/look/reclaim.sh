# shellcheck shell=sh
# $1: a folder; $2: least KiB of a file that is shown.
p=$1
d=$(stat -c %d -- "$p" 2>/dev/null) || {
    row error "there is no folder $p, or it may not be read"
    exit 0
}
df -Pk -- "$p" 2>/dev/null | awk 'NR == 2 { printf "fs\t%s\t%s\t%s\n", $2, $3, $4 }'
df -Pi -- "$p" 2>/dev/null | awk 'NR == 2 && $2 ~ /^[0-9]+$/ { printf "inodes\t%s\t%s\n", $2, $3 }'
lim 20 find "$p" -xdev -type f ! -path '*[[:cntrl:]]*' -size "+${2}k" -printf '%b\t%T@\t%U\t%p\n' 2>/dev/null | sort -rn | head -n 80 |
    while IFS="$(printf '\t')" read -r blocks mtime uid path; do row file "$((blocks / 2))" "${mtime%%.*}" "$uid" "$path"; done
row me "$(id -u)"
[ "$(id -u)" -eq 0 ] || gap "open files of others" "only their owners and root may see them" denied
# Who has which file of this filesystem open, for writing or not; and files without a name.
lim 15 find /proc/[0-9]*/fd -type l -printf '%p\t%M\t%l\0' 2>/dev/null | lines | awk -F'\t' -v me="/proc/$$/" '
    index($1, me) != 1 && $3 ~ /^\// && NF == 3' | head -n 20000 | while IFS="$(printf '\t')" read -r fd mode target; do
    pid=${fd#/proc/}
    pid=${pid%%/*}
    w=
    case $mode in l?w*) w=w ;; esac
    case $target in
    *' (deleted)')
        set -- "$(stat -L -c '%d %b %s' "$fd" 2>/dev/null)"
        # shellcheck disable=SC2086 # three words
        set -- $1
        [ "$1" = "$d" ] && [ "${2:-0}" -gt 2048 ] && row held "$((${2} / 2))" "$pid" "$(tr '\t\n' '  ' <"/proc/$pid/comm")" "${fd##*/}" "${target% (deleted)}"
        ;;
    "${p%/}"/*) row open "$pid" "$(tr '\t\n' '  ' <"/proc/$pid/comm")" "${w:-r}" "$target" ;;
    esac
done 2>/dev/null | head -n 400
date +'now%t%s'
row end
