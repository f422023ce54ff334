# shellcheck shell=sh
# $1: a unit of systemd, a program of supervisor, a service of runit.
u=$1
s=$(lim 5 systemctl show -p Id,LoadState,ActiveState,SubState,MainPID,NRestarts,Result,ExecMainStatus,ActiveEnterTimestamp,UnitFileState --no-pager -- "$u" 2>/dev/null)
if [ -n "$s" ]; then
    row manager systemd
    printf '%s\n' "$s" | tr '\t' ' ' | while IFS='=' read -r k v; do row value "$k" "$v"; done
    row end
    exit 0
fi
s=$(lim 5 supervisorctl status "$u" 2>/dev/null | head -n 1 | tr '\t' ' ')
case $s in
*RUNNING* | *STOPPED* | *FATAL* | *BACKOFF* | *EXITED* | *STARTING*)
    row manager supervisor
    # shellcheck disable=SC2086 # words
    set -- $s
    row value ActiveState "$2"
    case $s in *' pid '*)
        r=${s#* pid }
        row value MainPID "${r%%,*}"
        ;;
    esac
    row end
    exit 0
    ;;
esac
s=$(lim 5 sv status "$u" 2>/dev/null | head -n 1 | tr '\t' ' ')
case $s in run:* | down:*)
    row manager runit
    row value ActiveState "${s%%:*}"
    case $s in *'(pid '*)
        r=${s#*(pid }
        row value MainPID "${r%%)*}"
        ;;
    esac
    row end
    exit 0
    ;;
esac
row error "neither systemd nor supervisor nor runit knows $u"
