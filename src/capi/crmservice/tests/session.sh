# Runs a program among agents of a host of its own: "unshare" made the namespaces. Arguments: the program, the agent's text.
set -e
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /etc/init.d
mount -t tmpfs tmpfs /usr/lib/ocf/resource.d
mount -t tmpfs tmpfs /var/lib/pacemaker
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
cp "$2" $agents/agent
cp "$2" $agents/plain
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
exec "$1" $agents < /dev/null 2>&1
