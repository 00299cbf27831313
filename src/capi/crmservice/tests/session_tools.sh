# Debian's crm_resource among agents of a host of its own, without a bus: "unshare" made the namespaces.
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /etc/init.d
mount -t tmpfs tmpfs /var/lib/pacemaker
printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: s\n### END INIT INFO\n[ "$1" = status ] && exit 3\nexit 0\n' > /etc/init.d/script
chmod 755 /etc/init.d/script
cd /run
cibadmin --empty > c.xml 2>/dev/null
export CIB_file=/run/c.xml
exec 2>&1
run() {
  echo "\$ $*"
  timeout 60 "$@"
  echo "= $?"
}
run crm_resource --list-standards
run crm_resource --list-ocf-providers
run crm_resource --list-ocf-providers=Dummy
for class in ocf:pacemaker ocf lsb service systemd nosuch; do run crm_resource --list-agents $class; done
for agent in ocf:pacemaker:Dummy ocf:heartbeat:IPaddr2 lsb:script service:script ocf:pacemaker:nosuch lsb:nosuch systemd:web; do
  run crm_resource --show-metadata $agent
done
create() { cibadmin -C -o resources -X "$1"; }
create '<primitive id="d" class="ocf" provider="pacemaker" type="Dummy"><instance_attributes id="d-i"><nvpair id="d-i-1" name="state" value="/run/d.state"/></instance_attributes></primitive>'
create '<primitive id="s" class="lsb" type="script"/>'
create '<primitive id="sv" class="service" type="script"/>'
create '<primitive id="none" class="ocf" provider="pacemaker" type="nosuch"/>'
create '<primitive id="u" class="systemd" type="web"/>'
for resource in d s sv none u; do
  for action in check start check stop; do
    run crm_resource -r $resource --force-$action
    run crm_resource -r $resource --force-$action -V --output-as xml
  done
done
run crm_resource --validate --class ocf --provider pacemaker --agent Dummy --option op_sleep=0
run crm_resource --validate --class ocf --provider pacemaker --agent Stateful -V
run crm_resource --validate -r d
run crm_resource --force-promote -r d
