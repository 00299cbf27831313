# What administrators do with crm and pcs on a CIB manager, in the empty folder that is the first argument. Which libcib
# they use is the caller's.
D=$1
cd "$D" || exit 1
export HOME=$D XDG_CONFIG_HOME=$D XDG_CACHE_HOME=$D LC_ALL=C.UTF-8 CIB_shadow_dir=$D
# what differs between any two runs: the folder, names of temporary files, times
normal() { sed -E "s#$D#DIR#g; s#/tmp/[A-Za-z0-9._-]*#TEMP#g; s#(cib-last-written|update-origin)=\"[^\"]*\"##g; s#[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9][0-9] [0-9:]+ 20[0-9]{2}#T#g"; }
run() {
  echo "\$ $*" | normal
  timeout 60 "$@" < /dev/null 2>&1 | normal
  echo "= ${PIPESTATUS[0]}"
}
cibadmin -C -o nodes -X '<node id="1" uname="n1"/>'
cibadmin -C -o nodes -X '<node id="2" uname="n2"/>'

cat > script << 'END'
primitive a ocf:pacemaker:Dummy params state=/run/a op monitor interval=10s timeout=20s
primitive b ocf:pacemaker:Dummy meta target-role=Stopped
primitive c ocf:pacemaker:Stateful op monitor interval=11s role=Master op monitor interval=12s role=Slave
primitive d ocf:pacemaker:Dummy
primitive e ocf:pacemaker:Dummy
group g a b
ms m c meta notify=true
clone k d
location l1 g 100: n1
location l2 m rule role=Master 50: #uname eq n2
colocation together inf: g m:Master
order after Mandatory: m:promote g:start
property no-quorum-policy=ignore stonith-enabled=false
rsc_defaults resource-stickiness=10
op_defaults timeout=30s
show
commit
END
crm -F configure < script 2>&1 | normal
run crm configure show
run crm configure show xml
run crm configure verify
run crm configure show a
run crm configure property maintenance-mode=true
run crm configure delete e
run crm configure delete nosuch
run crm configure rename a aa
cat > more << 'END'
primitive f ocf:pacemaker:Dummy params fake=1
location l3 f -inf: n2
END
run crm configure load update more
run crm configure show f l3
crm configure show > all
sed -i 's/fake=1/fake=2/' all
run crm configure load replace all
run crm configure show f
run crm configure save saved
run crm configure modgroup g add f
run crm configure get_property no-quorum-policy
run crm cib new one
run crm cib list
run crm -c one configure primitive s ocf:pacemaker:Dummy
run crm -c one configure show s
run crm cib diff
run crm cib commit one
run crm cib delete one
run crm resource param f set fake 3
run crm resource meta f set target-role Started
run crm resource stop k
run crm node attribute n1 set color blue
run crm node attribute n1 show color
run cibadmin -Q

run crm_node -n
run crm_node -N 1
run crm_node -l
run crm_node -p
run crm_node -R n2 --force

run pcs resource config
run pcs property
run pcs constraint --full
run pcs -f file resource create x ocf:pacemaker:Dummy
run pcs cluster cib file
run pcs -f file resource create x ocf:pacemaker:Dummy op monitor interval=13s
run pcs -f file constraint location x prefers n1=7
run pcs cluster cib-push file
run pcs cluster cib before
cp before after
run pcs -f after resource create y ocf:pacemaker:Dummy --group h
run pcs cluster cib-push after diff-against=before
run pcs cluster cib-push before --config
run pcs resource create z ocf:pacemaker:Dummy clone
run pcs resource update z fake=9
run pcs resource meta z is-managed=false
run pcs resource disable x
run pcs resource delete f
run pcs constraint order start x then z-clone
run pcs constraint colocation add x with z-clone 30
run pcs constraint location x rule score=3 '#uname' eq n1
run pcs constraint ticket add T x loss-policy=stop
run pcs constraint --full
run pcs constraint remove l1
run pcs property set cluster-delay=61s
run pcs property unset cluster-delay
run pcs property set nosuch=1
run pcs property
run pcs resource defaults update migration-threshold=3
run pcs cluster cib

run pcs acl role create reader read xpath /cib
run pcs acl role create writer write id x read xpath /cib
run pcs acl user create nobody reader
run pcs acl user create daemon writer
run pcs acl enable
run env CIB_user=nobody cibadmin -Q -o constraints
run env CIB_user=nobody crm_attribute -n maintenance-mode -v false
run env CIB_user=daemon cibadmin -M -o resources -X '<primitive id="x" description="d"/>'
run env CIB_user=daemon crm_resource -r z -p fake -v 10
run env CIB_user=nobody crm configure property maintenance-mode=false
run env CIB_user=nobody pcs property set maintenance-mode=false
run env CIB_user=sys cibadmin -Q
run pcs acl
run crm configure show type:role
run crm configure erase
run cibadmin -Q
