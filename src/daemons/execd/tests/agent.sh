#!/bin/sh
# An agent whose actions are what agents do, good and bad.
case $1 in
ok) ;;
code*) exit ${1#code} ;;
reason) echo noise >&2; echo "ocf-exit-reason:first" >&2; echo "ocf-exit-reason:the disk is gone" >&2; exit 1 ;;
empty-reason) echo "ocf-exit-reason:" >&2; exit 1 ;;
long-reason) printf 'ocf-exit-reason:%0200d\n' 0 >&2; exit 1 ;;
out) echo hello; echo '<&">' ;;
both) echo one; echo two >&2 ;;
no-newline) printf nothing-more ;;
beyond-ascii) printf 'caf\303\251\n' ;;
long) head -c 300000 /dev/zero | tr '\0' x; echo ;;
environment) env | sort ;;
around) pwd; umask; cat /proc/self/comm; readlink /proc/self/fd/0 ;;
term) kill -TERM $$ ;;
segv) kill -SEGV $$ ;;
hang) exec sleep 1000 ;;
stubborn) trap '' TERM HUP INT; while :; do sleep 1000; done ;;
fork) sleep 1000 & echo forked ;;
monitor) exit "$(cat "/run/state/$OCF_RESOURCE_INSTANCE" 2>/dev/null || echo 7)" ;;
block | block2 | start | stop) echo "$1" >/run/state/begun; exec cat /run/state/gate ;;
status) exit 3 ;;
meta-data) echo "<resource-agent name=\"${0##*/}\">p=$OCF_RESKEY_p</resource-agent>"; echo careful >&2 ;;
*) exit 3 ;;
esac
