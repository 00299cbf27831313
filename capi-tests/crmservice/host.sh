# Agents and scripts, good and bad, that the programs find on their host.
set -e
secrets=/var/lib/pacemaker/lrm/secrets/s
mkdir -p $secrets
for name in good bad; do
  printf 'a secret \nand more\n' > $secrets/$name
  printf 'a secret' | md5sum | cut -c1-32 > $secrets/$name.sign
done
echo 'of another' > $secrets/bad
printf 'unsigned' > $secrets/unsigned
agents=/usr/lib/ocf/resource.d/test
mkdir -p $agents/folder /usr/lib/ocf/resource.d/other
cat > $agents/agent <<'AGENT'
#!/bin/sh
# An agent that behaves well or badly, as its action says.
case "$1" in
  start) echo "started $OCF_RESKEY_name"; exit 0 ;;
  stop) exit 0 ;;
  monitor|status) echo here; exit "${OCF_RESKEY_code:-0}" ;;
  fail) echo out; echo err >&2; exit 3 ;;
  high) exit 200 ;;
  reason) echo "ocf-exit-reason:first" >&2; echo "noise" >&2; printf 'ocf-exit-reason:the last one\nmore' >&2; exit 1 ;;
  long) printf 'ocf-exit-reason:%0200d\n' 7 >&2; exit 6 ;;
  noreason) echo "ocf-exit-reason:" >&2; exit 1 ;;
  hang) exec sleep 600 ;;
  deaf) trap '' TERM INT HUP; while :; do sleep 1; done ;;
  group) sleep 600 & wait ;;
  linger) sleep 5 & echo gone; exit 0 ;;
  megabytes) head -c 3000000 /dev/zero | tr '\0' x; head -c 70000 /dev/zero | tr '\0' e >&2; exit 0 ;;
  nonewline) printf 'no end'; printf 'none' >&2; exit 0 ;;
  bytes) printf '\377\376 \303\244\n'; exit 0 ;;
  segv) kill -SEGV $$ ;;
  term) kill -TERM $$ ;;
  environment) env | grep -e ^OCF_ -e ^CRM_ -e ^GIVEN -e ^NOT_ | sort ;;
  process)
    ls /proc/self/fd | wc -l
    grep -e SigBlk -e SigIgn /proc/self/status
    cut -d' ' -f18,19,40,41 /proc/self/stat
    [ "$(cut -d' ' -f5 /proc/$$/stat)" = $$ ] && echo leads
    ;;
  who) id -u; id -g; id -G ;;
  meta-data) cat <<END
<?xml version="1.0"?><resource-agent name="agent"><version>1.1</version></resource-agent>
END
  ;;
  bad) echo "<resource-agent" ;;
  *) echo "unknown $*"; exit 3 ;;
esac
AGENT
cp $agents/agent $agents/plain
printf '#!/no/such/interpreter\n' > $agents/interpreter
printf 'echo bare "$1"\n' > $agents/bare
: > $agents/empty
printf '#!/bin/sh\nenv | grep -e GIVEN -e ^OCF | sort\necho "ocf-exit-reason:of an alert" >&2\n' > $agents/environment
chmod 755 $agents/*
chmod 644 $agents/plain
cp $agents/agent /usr/lib/ocf/resource.d/other/another
cat > /etc/init.d/script <<'END'
#!/bin/sh
# Provides: too early
### BEGIN INIT INFO
# Provides:          script <of> "ours" & 'others'
# Required-Start:    $all é
# Provides:          twice
# Should-Start:
# Default-Stop:	0 1 6
# Short-Description: a script
# Description:       It does nothing,
#  in several lines,
#	one of them with a tab.
### END INIT INFO
# Should-Stop: too late
exit 0
END
cp /etc/init.d/script /etc/init.d/text
printf '#!/bin/sh\nexit 0\n' > /etc/init.d/bare-script
chmod 755 /etc/init.d/script /etc/init.d/bare-script
