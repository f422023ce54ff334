# shellcheck shell=sh
# $1: a working copy; $2: how many commits; $3: a ref that is asked for, or nothing.
g() { lim 10 git -C "$p" -c core.hooksPath=/dev/null -c core.fsmonitor=false -c safe.directory="$p" --no-pager "$@" 2>/dev/null; }
p=$1
has git || {
    row error "there is no git"
    exit 0
}
top=$(g rev-parse --show-toplevel) || {
    row error "$1 is no git repository"
    exit 0
}
row top "$top"
row head "$(g rev-parse HEAD)" "$(g rev-parse --abbrev-ref HEAD)"
row dirty "$(g status --porcelain --untracked-files=no | wc -l)"
g describe --tags --exact-match HEAD >/dev/null && row tag "$(g describe --tags --exact-match HEAD)"
g log -n "$2" --no-show-signature --format='commit%x09%H%x09%ct%x09%an%x09%D%x09%s' | tr -d '\r'
g for-each-ref --count=30 --sort=-creatordate --format='ref%09%(refname:short)%09%(objectname)%09%(*objectname)%09%(creatordate:unix)' refs/tags refs/heads
if [ -n "$3" ]; then
    c=$(g rev-parse --verify --quiet "$3^{commit}") && row asked "$3" "$c"
fi
row end
