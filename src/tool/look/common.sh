# shellcheck shell=sh
# What every look begins with. A line is KIND<TAB>FIELD<TAB>...; what is outside never holds a tab or a line feed.
LC_ALL=C
export LC_ALL
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
row() {
    printf '%s' "$1"
    shift
    for f; do printf '\t%s' "$f"; done
    echo
}
gap() { row gap "$1" "$2" "$3"; } # what, why, code
has() { command -v "$1" >/dev/null 2>&1; }
lim() {
    s=$1
    shift
    if has timeout; then timeout "$s" "$@"; else "$@"; fi
}
lines() { tr '\n\000' '?\n'; } # names that end with a NUL become lines
