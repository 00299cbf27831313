# A program and Debian's crm_resource on a host with a bus and a small systemd: "unshare" made the namespaces. Arguments:
# the program, what serves as systemd, the bus's configuration.
exec 2>&1 < /dev/null
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /etc/init.d
mount -t tmpfs tmpfs /var/lib/pacemaker
mkdir /run/dbus
printf '#!/bin/sh\nexit 0\n' > /etc/init.d/script
chmod 755 /etc/init.d/script
printf %s "$3" > /run/bus.conf
env -u LD_LIBRARY_PATH dbus-daemon --config-file=/run/bus.conf --nofork --nopidfile &
while [ ! -S /run/dbus/system_bus_socket ]; do sleep 0.05; done
env -u LD_LIBRARY_PATH SYSTOLE_TEST_SYSTEMD=/run/calls "$2" --exact the_systemd --nocapture > /dev/null 2>&1 &
while [ ! -e /run/systemd-is-up ]; do sleep 0.05; done
"$1"
echo "= $?"
for each in /run/systemd/system/*.d/*; do echo "$each"; cat "$each"; stat -c '%a %U' "$each"; done
cd /run
cibadmin --empty > c.xml 2>/dev/null
export CIB_file=/run/c.xml
run() {
  echo "\$ $*"
  timeout 60 "$@"
  echo "= $?"
}
run crm_resource --list-standards
for class in systemd service lsb; do run crm_resource --list-agents $class; done
for agent in systemd:web systemd:nosuch systemd:web.timer service:web service:script service:nosuch; do
  run crm_resource --show-metadata $agent
done
create() { cibadmin -C -o resources -X "<primitive id=\"$1\" class=\"$2\" type=\"$1\"/>"; }
create web systemd
create nosuch service
run crm_resource -r nosuch --force-check
echo "asked:"
cat /run/calls
