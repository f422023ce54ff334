/* fuzz_command_retell.c - the same command in other words: quoting, blanks, case, paths, options
 * cut and joined, programs that start it, letters that look alike; and what a shell would add to
 * it. Every change keeps the meaning for a shell or for the eye, or adds to it, so that the answer
 * must not get milder. */
#include "tests/fuzz/fuzz_command_priv.h"

#include <ctype.h>
#include <string.h>

#define WORDS_MAX 12
#define STEPS_MAX 6

const char *const command_bases[] = {"rm -rf /",
                                     "rm -r /var/log/app/old",
                                     "rm /srv/x",
                                     "rm -rf /home",
                                     "rmdir /etc/x",
                                     "cat /etc/shadow",
                                     "cat /srv/x",
                                     "head /root/.ssh/id_rsa",
                                     "tail -n 5 /proc/1/environ",
                                     "grep -r x /etc",
                                     "sort /etc/gshadow",
                                     "diff /etc/shadow /srv/x",
                                     "find /etc -name x",
                                     "kill -9 1",
                                     "kill -9 1234",
                                     "kill -9 -1",
                                     "kill 0",
                                     "renice -n 5 -p 1234",
                                     "systemctl restart nginx",
                                     "systemctl stop nginx",
                                     "systemctl start poweroff.target",
                                     "systemctl restart sshd",
                                     "systemctl isolate rescue.target",
                                     "service nginx restart",
                                     "supervisorctl restart all",
                                     "reboot",
                                     "shutdown -h now",
                                     "init 0",
                                     "bash -c reboot",
                                     "sh /srv/x",
                                     "python3 -c x",
                                     "perl -e x",
                                     "awk x",
                                     "sed -i d /srv/x",
                                     "vim -c x",
                                     "less /srv/x",
                                     "man ls",
                                     "mkfs.ext4 /dev/sda1",
                                     "dd if=/dev/zero of=/dev/sda",
                                     "cp /srv/x /dev/sda",
                                     "truncate -s 0 /etc/passwd",
                                     "truncate -s 0 /srv/x",
                                     "mv /srv/x /etc/x",
                                     "touch /etc/cron.d/x",
                                     "mkdir /srv/new",
                                     "gzip /srv/x",
                                     "ln -s /etc/shadow /srv/x",
                                     "chmod 777 /srv/x",
                                     "find /srv -name x -delete",
                                     "find /srv -exec rm x",
                                     "curl http://x.example",
                                     "ssh x",
                                     "nc x 80",
                                     "git push --force",
                                     "git -c core.pager=sh log",
                                     "git log --output=/srv/x",
                                     "git status",
                                     "kubectl delete pod x",
                                     "kubectl get secret",
                                     "kubectl get pods",
                                     "docker run alpine",
                                     "docker stop web",
                                     "docker exec web sh",
                                     "env sh",
                                     "sudo rm -rf /var",
                                     "nice sh",
                                     "timeout 5 sh",
                                     "busybox rm -rf /srv/x",
                                     "tar cf x --checkpoint-action=exec=sh",
                                     "xargs rm",
                                     "iptables -F",
                                     "passwd root",
                                     "insmod x",
                                     "killall x",
                                     "pkill x",
                                     "unknown --run=bash",
                                     "unknown /etc/shadow",
                                     "unknown x",
                                     "swapoff /swapfile",
                                     "mount -o remount,rw /srv",
                                     "sysctl -w kernel.sysrq=1",
                                     "journalctl --vacuum-size=1K",
                                     "ls /srv",
                                     "uptime",
                                     "ps aux",
                                     "df -h",
                                     "rm /srv/.runbook/audit/approvals.jsonl",
                                     "cat /srv/../etc/shadow",
                                     "rm -f -- /boot/vmlinuz",
                                     "date -s 2000-01-01",
                                     "aws ec2 describe-instances --region x",
                                     "aws ec2 terminate-instances --instance-ids i-1",
                                     "aws configure list",
                                     NULL};

unsigned choose(struct choices *c, unsigned below)
{
    unsigned b = 0;

    if (c->left.len) {
        b = (unsigned char)c->left.ptr[0];
        c->left = (struct str){c->left.ptr + 1, c->left.len - 1};
    }
    return below ? b % below : 0;
}

/* A command while it is changed. What was quoted is not touched again. */
struct retold {
    struct choices *c;
    struct buf word[WORDS_MAX];
    bool sealed[WORDS_MAX];
    size_t count;
    struct buf before, behind;
    unsigned blanks;
    enum told told;
};

static size_t any_word(struct retold *r)
{
    return choose(r->c, (unsigned)r->count);
}

static void set_word(struct retold *r, size_t i, struct buf *with)
{
    buf_clear(&r->word[i]);
    buf_add_str(&r->word[i], buf_str(with));
    buf_release(with);
}

/* ---- quoting ---- */

static void quote_whole(struct retold *r)
{
    static const char marks[] = "'\"";
    size_t i = any_word(r);
    char q = marks[choose(r->c, 2)];
    struct buf b = BUF_INIT(BUF_NO_MAX);

    if (r->sealed[i])
        return;
    buf_addf(&b, "%c%s%c", q, buf_cstr(&r->word[i]), q);
    set_word(r, i, &b);
    r->sealed[i] = true;
}

static void quote_some(struct retold *r)
{
    size_t i = any_word(r), at, n = r->word[i].len;
    struct buf b = BUF_INIT(BUF_NO_MAX);
    unsigned how = choose(r->c, 4);

    if (r->sealed[i] || !n)
        return;
    at = choose(r->c, (unsigned)n);
    buf_add(&b, r->word[i].ptr, at);
    if (how == 0)
        buf_addf(&b, "'%c'", r->word[i].ptr[at]);
    else if (how == 1)
        buf_addf(&b, "\"%c\"", r->word[i].ptr[at]);
    else if (how == 2)
        buf_addf(&b, "\\%c", r->word[i].ptr[at]);
    else
        buf_addf(&b, "''\"\"%c", r->word[i].ptr[at]);
    buf_add(&b, r->word[i].ptr + at + 1, n - at - 1);
    set_word(r, i, &b);
    r->sealed[i] = true;
}

/* ---- letters ---- */

static void other_case(struct retold *r)
{
    size_t i = any_word(r), at;
    char *c;

    if (r->sealed[i] || !r->word[i].len)
        return;
    at = choose(r->c, (unsigned)r->word[i].len);
    c = &r->word[i].ptr[at];
    if (r->word[i].ptr[0] == '-') /* -r and -R are two options */
        return;
    *c = (char)(islower((unsigned char)*c) ? toupper((unsigned char)*c) : *c);
}

static void look_alike(struct retold *r)
{
    static const char from[] = "aceopsxij";
    static const char *const to[] = {"\xD0\xB0", "\xD1\x81", "\xD0\xB5", "\xD0\xBE", "\xD1\x80",
                                     "\xD1\x95", "\xD1\x85", "\xD1\x96", "\xD1\x98"};
    size_t i = any_word(r), at;
    struct buf b = BUF_INIT(BUF_NO_MAX);
    const char *hit;

    if (r->sealed[i] || r->word[i].len < 3)
        return;
    at = choose(r->c, (unsigned)r->word[i].len);
    hit = strchr(from, r->word[i].ptr[at]);
    buf_add(&b, r->word[i].ptr, at);
    if (hit && *hit && choose(r->c, 2))
        buf_adds(&b, to[hit - from]);
    else if (islower((unsigned char)r->word[i].ptr[at]))
        buf_addf(&b, "\xEF\xBD%c", r->word[i].ptr[at] - 'a' + 0x81);
    else
        buf_addc(&b, r->word[i].ptr[at]);
    buf_add(&b, r->word[i].ptr + at + 1, r->word[i].len - at - 1);
    set_word(r, i, &b);
    r->sealed[i] = true;
}

/* A character that nobody sees has no place in a command at all. */
static void unseen(struct retold *r)
{
    static const char *const marks[] = {
        "\xE2\x80\x8B",     "\xC2\xAD",     "\xEF\xBB\xBF", "\xE2\x80\xAE",
        "\xF3\xA0\x81\xA1", "\xE2\x81\xA0", "\x01",         "\x7F",
        "\x1B[2K",          "\xC2\xA0",     "\t",           "\r"};
    size_t i = any_word(r), at = r->word[i].len ? choose(r->c, (unsigned)r->word[i].len) : 0;
    struct buf b = BUF_INIT(BUF_NO_MAX);

    buf_add(&b, r->word[i].ptr, at);
    buf_adds(&b, marks[choose(r->c, 12)]);
    buf_add(&b, r->word[i].ptr + at, r->word[i].len - at);
    set_word(r, i, &b);
    r->sealed[i] = true;
    r->told = TOLD_REFUSED;
}

/* ---- paths ---- */

static void other_path(struct retold *r)
{
    static const char *const heads[] = {
        "/", "/.", "/srv/..", "//.//.", "/x/y/../..", "/proc/self/root", "/proc/1/root", "/."};
    size_t i = any_word(r);
    struct buf b = BUF_INIT(BUF_NO_MAX);
    unsigned how = choose(r->c, 11);

    if (r->sealed[i] || !r->word[i].len || r->word[i].ptr[0] != '/')
        return;
    if (how == 8)
        buf_addf(&b, "..%s", buf_cstr(&r->word[i])); /* from /srv */
    else if (how == 9)
        buf_addf(&b, "%s/", buf_cstr(&r->word[i]));
    else if (how == 10)
        buf_addf(&b, "%s/.", buf_cstr(&r->word[i]));
    else
        buf_addf(&b, "%s%s", heads[how], buf_cstr(&r->word[i]));
    set_word(r, i, &b);
}

static void program_path(struct retold *r)
{
    static const char *const folders[] = {"/bin/",          "/usr/bin/", "/usr/sbin/",
                                          "/sbin/",         "./",        "/usr/bin/../bin/",
                                          "/srv/",          "//bin/",    "/proc/self/root/usr/bin/",
                                          "/usr/local/bin/"};
    struct buf b = BUF_INIT(BUF_NO_MAX);

    if (r->sealed[0] || (r->word[0].len && r->word[0].ptr[0] == '/'))
        return;
    buf_addf(&b, "%s%s", folders[choose(r->c, 10)], buf_cstr(&r->word[0]));
    set_word(r, 0, &b);
}

/* ---- options ---- */

static void cut_options(struct retold *r)
{
    size_t i = any_word(r);
    struct buf b = BUF_INIT(BUF_NO_MAX);
    const char *w = buf_cstr(&r->word[i]);

    if (r->sealed[i] || w[0] != '-' || w[1] == '-' || !isalpha((unsigned char)w[1]) || !w[2])
        return;
    for (const char *c = w + 1; *c; c++)
        buf_addf(&b, "%s-%c", c > w + 1 ? " " : "", *c);
    if (strcmp(w, "-rf") == 0 && choose(r->c, 2)) {
        buf_clear(&b);
        buf_adds(&b, choose(r->c, 2) ? "--recursive --force" : "-fr");
    } else if (strcmp(w, "-rf") != 0) {
        buf_release(&b); /* others may take a value */
        return;
    }
    set_word(r, i, &b);
    r->sealed[i] = true;
}

static void end_of_options(struct retold *r)
{
    struct buf b = BUF_INIT(BUF_NO_MAX);
    size_t i = r->count - 1;

    if (r->count < 2 || r->sealed[i] || r->word[i].ptr[0] == '-')
        return;
    buf_addf(&b, "-- %s", buf_cstr(&r->word[i]));
    set_word(r, i, &b);
    r->sealed[i] = true;
}

/* ---- what starts it, what stands around it ---- */

static void wrap(struct retold *r)
{
    static const char *const wraps[] = {"env ",
                                        "nice ",
                                        "nice -n 5 ",
                                        "timeout 5 ",
                                        "sudo ",
                                        "sudo -n -u root ",
                                        "busybox ",
                                        "toybox ",
                                        "stdbuf -o0 ",
                                        "ionice -c 3 ",
                                        "setsid ",
                                        "nohup ",
                                        "command ",
                                        "exec ",
                                        "chrt 1 ",
                                        "taskset 1 ",
                                        "env A=b ",
                                        "env LC_ALL=C ",
                                        "env -i ",
                                        "env -u X ",
                                        "time ",
                                        "time -p ",
                                        "doas ",
                                        "xargs ",
                                        "sh -c ",
                                        "watch ",
                                        "ssh web ",
                                        "flock /srv/l ",
                                        "find /srv -exec ",
                                        "git -c alias.x=! ",
                                        "vim -c ",
                                        "A=b ",
                                        "LD_PRELOAD=/srv/x ",
                                        "PAGER=/srv/x ",
                                        "unshare ",
                                        "nsenter -t 1 ",
                                        "chroot /srv ",
                                        "strace ",
                                        "script -c ",
                                        "systemd-run ",
                                        "su -c ",
                                        "parallel ",
                                        "env -S ",
                                        "timeout --foreground 9 ",
                                        "\\",
                                        "kubectl exec x -- ",
                                        "docker exec x ",
                                        "tar --checkpoint-action=exec=",
                                        "builtin ",
                                        "ssh -oProxyCommand=",
                                        "sudo A=b ",
                                        "nice nice ",
                                        "setpriv ",
                                        "runuser -c "};
    struct buf b = BUF_INIT(BUF_NO_MAX);

    buf_adds(&b, wraps[choose(r->c, sizeof(wraps) / sizeof(wraps[0]))]);
    buf_add_str(&b, buf_str(&r->before));
    buf_release(&r->before);
    r->before = b;
}

static void add_syntax(struct retold *r)
{
    static const char *const ends[] = {
        "; ls",   " && ls", " || ls", " | sh",   "\nls",      " & ",  " > /srv/x", " < /srv/x",
        " `ls`",  " $(ls)", " {a,b}", " *",      " ~/x",      " # x", " $HOME",    " >&2",
        " <(ls)", "\r\nls", " !!",    " ${x@P}", " $'\\x72'", " [a]", " ?",        " (ls)"};
    static const char *const heads[] = {"ls; ", "ls && ", "ls | ", "(",         "{ ", "! ",
                                        "$(",   "`",      "ls\n",  "> /srv/x ", "& "};

    if (choose(r->c, 3)) {
        buf_adds(&r->behind, ends[choose(r->c, sizeof(ends) / sizeof(ends[0]))]);
    } else {
        struct buf b = BUF_INIT(BUF_NO_MAX);

        buf_adds(&b, heads[choose(r->c, sizeof(heads) / sizeof(heads[0]))]);
        buf_add_str(&b, buf_str(&r->before));
        buf_release(&r->before);
        r->before = b;
    }
    r->told = TOLD_REFUSED;
}

static void more_blanks(struct retold *r)
{
    r->blanks = 1 + choose(r->c, 7);
}

static void (*const ways[])(struct retold *r) = {
    quote_whole,    quote_some, quote_some, other_case,   look_alike,
    unseen,         other_path, other_path, program_path, cut_options,
    end_of_options, wrap,       wrap,       add_syntax,   more_blanks};

static void read_base(struct retold *r, const char *base)
{
    struct str rest = str_from(base), w;

    while (r->count < WORDS_MAX && str_split(&rest, ' ', &w)) {
        r->word[r->count] = (struct buf)BUF_INIT(BUF_NO_MAX);
        buf_add_str(&r->word[r->count++], w);
    }
}

enum told command_retell(struct choices *c, const char *base, struct buf *out)
{
    struct retold r = {.c = c, .before = BUF_INIT(BUF_NO_MAX), .behind = BUF_INIT(BUF_NO_MAX)};
    unsigned steps = 1 + choose(c, STEPS_MAX);

    read_base(&r, base);
    for (unsigned i = 0; i < steps; i++)
        ways[choose(c, sizeof(ways) / sizeof(ways[0]))](&r);
    buf_add_str(out, buf_str(&r.before));
    for (size_t i = 0; i < r.count; i++) {
        for (unsigned k = 0; i && k <= r.blanks; k++)
            buf_addc(out, ' ');
        buf_add_str(out, buf_str(&r.word[i]));
        buf_release(&r.word[i]);
    }
    buf_add_str(out, buf_str(&r.behind));
    buf_release(&r.before);
    buf_release(&r.behind);
    return r.told;
}
