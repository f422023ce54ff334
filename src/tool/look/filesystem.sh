# shellcheck shell=sh
# $1: a path; the filesystem it lies on.
s=$(df -PkT -- "$1" 2>/dev/null | awk 'NR == 2 { m = $7; for (i = 8; i <= NF; i++) m = m " " $i; printf "%s\t%s\t%s\t%s\t%s\t%s", $2, $3, $4, $5, $1, m }')
[ -n "$s" ] || {
    row error "there is nothing at $1"
    exit 0
}
printf 'fs\t%s\n' "$s"
df -Pi -- "$1" 2>/dev/null | awk 'NR == 2 && $2 ~ /^[0-9]+$/ { printf "inodes\t%s\t%s\n", $2, $3 }'
m=${s##*	}
awk -v m="$m" '$2 == m { o = $4 } END { if (o != "") printf "options\t%s\n", o }' /proc/mounts
dev=$(readlink -f -- "$(printf '%s' "$s" | cut -f5)" 2>/dev/null)
e=/sys/fs/ext4/${dev##*/}
[ -r "$e/errors_count" ] && row errors "$(cat "$e/errors_count")"
row end
