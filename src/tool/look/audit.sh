# shellcheck shell=sh
# $1: one more folder to search, or nothing.
extra=$1
fact() { row fact "$1" "$2" "$3"; }
checked() { row checked "$1"; }

if has ss; then
    lim 5 ss -Htuln 2>/dev/null | while read -r proto _ _ _ a _; do
        p=${a##*:}
        h=${a%:*}
        h=${h#[}
        h=${h%]}
        h=${h%%\%*}
        case $h in 127.* | ::1 | ::ffff:127.*) continue ;; esac
        case $p in
        21 | 23 | 69 | 111 | 137 | 139 | 445 | 512 | 513 | 514 | 873 | 2049 | 2375 | 2379 | 3306 | 5432 | 5900 | 6379 | 8086 | 9200 | 11211 | 27017)
            fact listen-risky "$proto $a" "port $p" ;;
        *) fact listen "$proto $a" "port $p" ;;
        esac
    done | sort -u | head -n 200
    checked listen
else
    gap "listening ports" "there is no ss (package iproute2)" not_found
fi

dirs=
for d in /etc /usr/local /opt /srv /var/www /var/spool/cron /root "$extra"; do
    [ -n "$d" ] && [ -d "$d" ] && dirs="$dirs $d"
done
# shellcheck disable=SC2086 # folders of ours; the one of the arguments has no blanks (checked before)
lim 20 find $dirs -xdev -maxdepth 8 -type f -perm -0002 -print0 2>/dev/null | lines | head -n 200 | while IFS= read -r p; do
    fact world-writable "$p" ''
done
# shellcheck disable=SC2086
lim 20 find $dirs /tmp /var/tmp -xdev -maxdepth 3 -type d -perm -0002 ! -perm -1000 -print0 2>/dev/null | lines | head -n 100 | while IFS= read -r p; do
    fact no-sticky "$p" ''
done
checked world-writable

# shellcheck disable=SC2086
found=$(lim 25 find /usr /bin /sbin /opt /var /home $dirs -xdev -maxdepth 7 -type f \( -perm -4000 -o -perm -2000 \) ! -path '*[[:cntrl:]]*' -printf '%p %m %u\n' 2>/dev/null |
    sort -u | head -n 200)
owned=
known=
if has dpkg-query; then
    known=y
    # shellcheck disable=SC2062 # no pattern
    owned=$(printf '%s\n' "$found" | sed 's/ [0-7]* [^ ]*$//' | sed 'p;s|^/usr||' | grep -hxF -f - /var/lib/dpkg/info/*.list 2>/dev/null | sed 'p;s|^|/usr|')
elif has rpm; then
    known=y
    owned=$(printf '%s\n' "$found" | sed 's/ [0-7]* [^ ]*$//' | while IFS= read -r p; do rpm -qf "$p" >/dev/null 2>&1 && printf '%s\n' "$p"; done)
fi
printf '%s\n' "$found" | while IFS= read -r l; do
    [ -n "$l" ] || continue
    u=${l##* }
    l=${l% *}
    m=${l##* }
    p=${l% *}
    kind=setuid
    case $m in 2*) kind=setgid ;; esac
    case $m in
    *[2367]) fact setuid-writable "$p" "mode $m of $u" ;;
    *) [ -n "$known" ] && ! printf '%s\n' "$owned" | grep -qxF -- "$p" && fact setuid-unknown "$p" "$kind, mode $m of $u" ;;
    esac
done
checked setuid

# Settings of sshd: what it says of itself (root), else its files.
s=$(lim 5 sshd -T 2>/dev/null)
if [ -z "$s" ]; then
    s=$(cat /etc/ssh/sshd_config.d/*.conf /etc/ssh/sshd_config 2>/dev/null | sed 's/#.*//' | tr '[:upper:]' '[:lower:]')
fi
if [ -n "$s" ]; then
    ssh_is() { printf '%s\n' "$s" | awk -v k="$1" '$1 == k { print $2; exit }'; }
    [ "$(ssh_is permitrootlogin)" = yes ] && fact ssh-root-password "PermitRootLogin yes" ''
    [ "$(ssh_is passwordauthentication)" = yes ] && fact ssh-password "PasswordAuthentication yes" ''
    [ "$(ssh_is permitemptypasswords)" = yes ] && fact ssh-empty-password "PermitEmptyPasswords yes" ''
    [ "$(ssh_is x11forwarding)" = yes ] && fact ssh-x11 "X11Forwarding yes" ''
    n=$(ssh_is maxauthtries)
    case $n in '' | *[!0-9]*) ;; *) [ "$n" -gt 6 ] && fact ssh-tries "MaxAuthTries $n" '' ;; esac
    checked ssh
elif [ -d /etc/ssh ]; then
    gap "settings of sshd" "neither sshd -T nor its files can be read" denied
fi

awk -F: '$3 == 0 && $1 != "root" { print $1 }' /etc/passwd 2>/dev/null | head -n 20 | while read -r u; do fact uid-zero "$u" ''; done
awk -F: '$2 == "" { print $1 }' /etc/passwd 2>/dev/null | head -n 20 | while read -r u; do fact no-password "$u" 'in /etc/passwd'; done
if [ -r /etc/shadow ]; then
    awk -F: '$2 == "" { print $1 }' /etc/shadow | head -n 20 | while read -r u; do fact no-password "$u" 'in /etc/shadow'; done
    checked accounts
else
    gap "users without a password" "/etc/shadow is for root only" denied
fi
if [ -r /etc/sudoers ]; then
    cat /etc/sudoers /etc/sudoers.d/* 2>/dev/null | grep -v '^[[:space:]]*#' | grep NOPASSWD | cut -c1-160 | tr '\t' ' ' | head -n 20 | while IFS= read -r l; do
        fact sudo-nopasswd "$l" ''
    done
    checked sudo
else
    gap "rules of sudo" "/etc/sudoers is for root only" denied
fi

# Certificates with a key of their own; those that everybody trusts are not ours to renew.
if has openssl; then
    now=$(date +%s)
    cdirs=
    for d in /etc/letsencrypt/live /etc/ssl/private /etc/nginx /etc/apache2 /etc/httpd /etc/haproxy /etc/postfix /etc/dovecot /etc/pki/tls /opt /srv "$extra"; do
        [ -n "$d" ] && [ -d "$d" ] && cdirs="$cdirs $d"
    done
    # shellcheck disable=SC2086
    [ -z "$cdirs" ] || lim 10 find -L $cdirs -xdev -maxdepth 4 -type f \( -name '*.pem' -o -name '*.crt' -o -name '*.cer' \) -size -200k -print0 2>/dev/null |
        lines | head -n 60 | while IFS= read -r p; do
            e=$(openssl x509 -in "$p" -noout -enddate 2>/dev/null) || continue
            t=$(date -d "${e#notAfter=}" +%s 2>/dev/null) || continue
            d=$(((t - now) / 86400))
            if [ "$t" -le "$now" ]; then
                fact certificate-expired "$p" "ended ${e#notAfter=}"
            elif [ "$d" -le 30 ]; then
                fact certificate-expiring "$p" "$d days left"
            fi
        done
    checked certificates
else
    gap certificates "there is no openssl" not_found
fi

for h in /root /home/* "$extra"; do
    f=$h/.ssh/authorized_keys
    if [ -z "$h" ] || [ ! -r "$f" ]; then continue; fi
    has ssh-keygen && ssh-keygen -lf "$f" 2>/dev/null | head -n 100 | while read -r bits _ rest; do
        case $rest in *'(DSA)') fact weak-key "$f" "DSA" ;; *'(RSA)') [ "$bits" -lt 2048 ] && fact weak-key "$f" "RSA of $bits bits" ;; esac
    done
    [ -n "$(find "$f" -mtime +365 2>/dev/null)" ] && fact old-key "$f" "unchanged for more than a year"
    case $(stat -c %a "$f" 2>/dev/null) in *[2367] | *[2367]?) fact key-file-open "$f" "others may write it" ;; esac
done
checked keys

if has lastb && l=$(lim 5 lastb -n 5000 -s -1days 2>/dev/null); then
    printf '%s\n' "$l" | awk 'NF > 5 { n[$3]++ } END { for (a in n) print n[a], a }' | sort -rn | head -n 10 | while read -r n a; do
        [ "$n" -ge 20 ] && fact failed-logins "$a" "$n times in a day"
    done
    checked logins
elif l=$( (lim 10 journalctl -q -S -1d -g 'Failed password|Invalid user' --no-pager -n 5000 2>/dev/null || grep -ahE 'Failed password|Invalid user' /var/log/auth.log /var/log/secure 2>/dev/null) | tail -n 5000) && [ -n "$l" ]; then
    printf '%s\n' "$l" | sed -n 's/.* from \([0-9a-fA-F:.]*\).*/\1/p' | sort | uniq -c | sort -rn | head -n 10 | while read -r n a; do
        [ "$n" -ge 20 ] && fact failed-logins "$a" "$n times"
    done
    checked logins
else
    gap "failed logins" "neither lastb nor the journal nor auth.log can be read" denied
fi

if has apt-get; then
    u=$(lim 12 apt-get -s -o Debug::NoLocking=1 upgrade 2>/dev/null | grep '^Inst ' | head -n 500)
    printf '%s\n' "$u" | grep -i security | awk '{ print $2, $4 }' | tr -d '(' | head -n 40 | while read -r p v; do fact update-security "$p" "$v"; done
    n=$(printf '%s\n' "$u" | grep -c '^Inst ')
    [ "$n" -gt 0 ] && fact update "$n packages" 'can be upgraded'
    checked updates
elif has dnf; then
    lim 15 dnf -q -C updateinfo list --security 2>/dev/null | awk 'NF >= 3 { print $3, $1 }' | head -n 40 | while read -r p v; do fact update-security "$p" "$v"; done
    checked updates
else
    gap "pending updates" "neither apt-get nor dnf is here" not_found
fi
[ -e /run/reboot-required ] && fact reboot-required "$(uname -r)" 'an update waits for a restart'
row end
