/* command_denied.c - programs that are run at no level, whoever allows them (T-09): they destroy
 * more than anybody looks at, or they run what they are told in their arguments, so that nothing
 * that is read here says what happens. */
#include <string.h>

#include "command_priv.h"

static const struct {
    const char *rule, *why, *names; /* separated by blanks; one ending in * is a beginning */
} lists[] = {
    {"interpreter", "it runs whatever its arguments or its files say",
     "sh bash dash zsh ksh mksh pdksh rksh rbash fish csh tcsh ash hush elvish nu pwsh powershell "
     "python* pypy* perl* ruby* irb node nodejs deno bun ts-node npx npm yarn pnpm php* lua* "
     "luajit "
     "tclsh* wish* expect awk gawk mawk nawk original-awk sed gsed ed red ex vi vim* view nvim "
     "nano "
     "pico emacs* joe mcedit less more most lesspipe man info pg jshell groovy scala julia R "
     "Rscript "
     "octave guile gs ghostscript bc dc m4 make gmake cmake ninja gcc cc g++ clang* tcc go cargo "
     "rustc java javac jrunscript ant mvn gradle pip* gem composer cpan ansible* salt* puppet "
     "chef* "
     "terraform pulumi jq yq xmllint xsltproc"},
    {"starter", "it starts other programs, which cannot be seen from here",
     "rg ag ack fd fdfind xargs parallel watch script scriptreplay screen tmux byobu dtach su "
     "runuser pkexec sg newgrp "
     "chroot unshare nsenter setpriv capsh systemd-run systemd-nspawn machinectl run-parts at "
     "batch "
     "crontab anacron entr inotifywait ts flock lockf dbus-run-session dbus-send gdbus busctl "
     "xdg-open eval source export typeset declare local readonly unset set shopt trap alias "
     "builtin fc bind enable start-stop-daemon daemonize cgexec "
     "aa-exec firejail bwrap proot fakeroot faketime unbuffer rlwrap ltrace strace gdb gdbserver "
     "lldb perf bpftrace stap valgrind ld.so ld-linux* git-shell zip unzip tar bsdtar cpio rsync "
     "dpkg* apt* yum dnf rpm* zypper apk pacman snap flatpak brew sudoedit visudo wish split "
     "logrotate tcpdump tshark wireshark nmap sqlite3 psql mysql mariadb mongo* redis-cli"},
    {"network", "it sends to other machines, or brings something from them",
     "ssh scp sftp slogin rsh rlogin telnet nc ncat netcat socat curl wget ftp tftp lftp aria2c "
     "axel links lynx w3m elinks httpie http openssl s_client gpg mail mailx sendmail mutt "
     "nsupdate "
     "rclone s3cmd gcloud az helm chisel ngrok ssh-keygen ssh-keyscan ssh-agent ssh-copy-id "
     "smbclient rpcclient whois finger"},
    {"disk", "it writes to a disk directly, or makes a file system anew",
     "dd ddrescue mkfs* mke2fs mkdosfs mkswap fdisk sfdisk cfdisk gdisk sgdisk cgdisk parted "
     "partprobe wipefs shred srm wipe blkdiscard hdparm nvme badblocks debugfs tune2fs resize2fs "
     "xfs_* btrfs zfs zpool lvm lvremove vgremove pvremove lvcreate cryptsetup losetup dmsetup "
     "mdadm format fsck* e2fsck e2image"},
    {"power", "the machine would be gone",
     "halt poweroff reboot shutdown init telinit kexec rtcwake pm-suspend pm-hibernate"},
    {"kill-all", "it ends more than was looked at",
     "killall pkill killall5 skill snice slay fuser"},
    {"kernel", "it changes the kernel",
     "insmod rmmod modprobe depmod kmod bpftool setenforce "
     "auditctl ipcrm"},
    {"users", "it changes who may do what",
     "useradd userdel usermod groupadd groupdel groupmod gpasswd adduser deluser addgroup delgroup "
     "passwd chpasswd chage vipw vigr pwconv pwunconv chsh chfn newusers setfacl chmod chown chgrp "
     "chattr setcap chcon restorecon visudo"},
    {"firewall", "the machine may be out of reach",
     "iptables* ip6tables* nft ebtables arptables ufw firewall-cmd ifconfig ifup ifdown nmcli "
     "nmtui "
     "route brctl tc iwconfig"},
    {"links", "it makes names lead elsewhere", "ln link mknod mkfifo install tee rename mktemp"},
    {"records", "it changes what is recorded, or a loader",
     "update-alternatives ldconfig alternatives "
     "wall write mesg logger auditd history"},
};

/* Is it one of the names? Nearly always it is none: one search says so, before anything is split.
 */
static bool among(const char *names, const char *program, size_t n)
{
    for (const char *at = names; n && (at = strstr(at, program)); at++) {
        if ((at == names || at[-1] == ' ') && (!at[n] || at[n] == ' '))
            return true;
    }
    return false;
}

static bool begins_as(const char *names, const char *program)
{
    for (const char *star = names; (star = strchr(star, '*')); star++) {
        const char *from = star;

        while (from > names && from[-1] != ' ')
            from--;
        if (strncmp(program, from, (size_t)(star - from)) == 0)
            return true;
    }
    return false;
}

const char *command_denied(const char *program, const char **ret_rule)
{
    char lower[64];
    size_t n = 0;

    for (; program[n] && n + 1 < sizeof(lower); n++)
        lower[n] = (char)(program[n] >= 'A' && program[n] <= 'Z' ? program[n] + 32 : program[n]);
    lower[n] = '\0';
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (!among(lists[i].names, program, strlen(program)) && !among(lists[i].names, lower, n) &&
            !begins_as(lists[i].names, lower))
            continue;
        *ret_rule = lists[i].rule;
        return lists[i].why;
    }
    return NULL;
}
