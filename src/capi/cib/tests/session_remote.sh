# Debian's tools on a CIB manager as on another host's, in the empty folder that is the first argument; the second is a program
# that calls functions of libcib. Which libcib they use is the caller's.
D=$1
PROGRAM=$2
cd "$D" || exit 1
# what differs between any two runs: times
normal() { sed "s#cib-last-written=\"[^\"]*\"##g; s#update-client=\"[^\"]*\"##g; s#20[0-9][0-9]#Y#g; s#[A-Z][a-z][a-z] [A-Z][a-z][a-z] [ 0-9][0-9] [0-9:]*#T#g"; }
run() {
  echo "\$ $*"
  timeout 60 "$@" 2>&1 < /dev/null | normal
  echo "= ${PIPESTATUS[0]}"
}
export CIB_server=127.0.0.1 CIB_user=hacluster CIB_passwd=secret
# CIB_port and CIB_encrypted are the caller's: without TLS the reference's library and manager lose a message that comes along
# with another, so that there is nothing to compare with
run "$PROGRAM" | sed "s#$PROGRAM#PROGRAM#"
run cibadmin -Q
run cibadmin -Q -o nosuch
run cibadmin -Q -A //none
run cibadmin -C -o resources -X '<primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/>'
run cibadmin -C -o resources -X '<primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/>'
run cibadmin -M -o resources -X '<primitive id="zz" description="x"/>'
run cibadmin -C -o resources -X '<bogus id="q"/>'
run cibadmin -Q -A '//primitive' -e
run cibadmin -B
run cibadmin -R -o resources -X '<resources><primitive id="c" class="ocf" provider="pacemaker" type="Dummy"/></resources>'
run crm_attribute -n foo -v bar
run crm_attribute -n foo -G
run crm_attribute -n foo -D
run crm_attribute -n foo -G
run cibadmin -C -o nodes -X '<node id="1" uname="n1"/>'
run crm_standby -N n1 -v on
run crm_standby -N n1 -G
run crm_resource -L
run crm_resource -r c -p par -v val
run crm_resource -r c -g par
run crm_ticket -t T -g
run crm_verify -L -V
cibadmin -Q > e.xml
run cibadmin -D -o nodes -X '<node id="1"/>'
run cibadmin -R -x e.xml
# longer than a TLS record, and than any buffer
{ echo '<tags>'; for i in $(seq 4000); do echo "<tag id=\"tag-$i\"><obj_ref id=\"c\"/></tag>"; done; echo '</tags>'; } > long.xml
run cibadmin -R --allow-create -o tags -x long.xml
cibadmin -Q -o tags | md5sum
run cibadmin -R -o tags -X '<tags/>'
run cibadmin -E --force
echo "wrong password"
run env CIB_passwd=wrong cibadmin -Q
run env -u CIB_passwd cibadmin -Q
run env CIB_user=nobody cibadmin -Q
run env CIB_server=no.such.host.invalid cibadmin -Q
run env CIB_port=1 cibadmin -Q
run env CIB_port=word cibadmin -Q
# the manager is told what is no message, and says nothing
run env CIB_encrypted=true CIB_port=1234 cibadmin -Q
