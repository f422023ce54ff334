#!/bin/sh
# A key that is encrypted, a real sshd, a real agent: the passphrase is never asked for by us, and stands in no journal, trace,
# message or request. T-12
. "${RB_SRCDIR:-.}/tests/lib/tap.sh"
# shellcheck source=tests/lib/sshd.sh
. "${RB_SRCDIR:-.}/tests/lib/sshd.sh"
[ -x "$runbook" ] || skip_all "the program is not built"
command -v ssh-agent >/dev/null && command -v ssh-add >/dev/null || skip_all "no agent"
unset RUNBOOK_CONFIG RUNBOOK_STATE_DIR RUNBOOK_HOST RUNBOOK_PROMETHEUS_URL XDG_RUNTIME_DIR NO_COLOR SSH_AUTH_SOCK SSH_ASKPASS DISPLAY
HOME=$work/home XDG_CONFIG_HOME=$work/home/config LC_ALL=C.UTF-8
export HOME XDG_CONFIG_HOME LC_ALL
mkdir -p "$HOME"
cd "$work" || exit 1
start_sshd web-3 || skip_all "no sshd"
pass='Sown1y-Passphrase 7'
ssh-keygen -q -p -P '' -N "$pass" -f id >/dev/null || skip_all "the key cannot be encrypted"
printf '#!/bin/sh\ntouch %s/asked\necho "%s"\n' "$work" "$pass" >askpass
chmod 700 askpass

ask() { # ask [ENV...]: looks at the machine; the words are in `out`
    env "$@" "$runbook" ask --state-dir state --ssh-config ssh_config --trace all --trace-file trace --host web-3 check memory >out 2>&1 </dev/null
}
ask SSH_ASKPASS="$work/askpass" SSH_ASKPASS_REQUIRE=force DISPLAY=:0
if grep -q 'load your key\|no login\|ssh-add' out && [ ! -e asked ]; then
    ok "without an agent: it says what to do, and asks nobody for a passphrase"
else
    not_ok "without an agent" out
fi
eval "$(ssh-agent -s)" >/dev/null
tap_pids="$tap_pids $SSH_AGENT_PID"
SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force DISPLAY=:0 ssh-add id >/dev/null 2>&1 </dev/null || skip_all "the agent does not take the key"
rm -f asked
ask SSH_AUTH_SOCK="$SSH_AUTH_SOCK"
if grep -q 'memory is available' out; then ok "with the key in an agent it looks"; else not_ok "with the key in an agent" out; fi
what="the passphrase is written nowhere"
[ -s trace ] || not_ok "there is a trace"
if grep -r -q -F -e "$pass" -e Sown1y state trace out; then not_ok "$what" "$(grep -r -l -F Sown1y state trace out)"; else ok "$what"; fi
done_testing
