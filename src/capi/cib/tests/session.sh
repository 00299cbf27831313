# Debian's tools on CIBs in files, in the empty folder that is the first argument. Which libcib they use is the caller's.
D=$1
cd "$D" || exit 1
export CIB_file=$D/c.xml
# what differs between any two runs: the folder, times
normal() { sed "s#$D#DIR#g; s#20[0-9][0-9]#Y#g; s#[A-Z][a-z][a-z] [A-Z][a-z][a-z] [ 0-9][0-9] [0-9:]*#T#g; s#[0-9][0-9]:[0-9][0-9]:[0-9][0-9]#T#g; s#\"1[0-9]\{9\}\"#E#g"; }
run() {
  echo "\$ $*" | normal
  timeout 60 "$@" 2>&1 | normal
  echo "= ${PIPESTATUS[0]}"
}
cibadmin --empty > c.xml 2>/dev/null
run cat c.xml
run cibadmin -Q
run cibadmin -Q -o nodes
run cibadmin -Q -o nosuch
run cibadmin -Q -n
run cibadmin -Q -l
run cibadmin -Q -A //nodes
run cibadmin -Q -A //none
run cibadmin -Q -e -A '//crm_config'
run cibadmin -C -o resources -X '<primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/>'
run cibadmin -C -o resources -X '<primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/>'
run cibadmin -C -o resources -X '<primitive id="b" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="b-m"><nvpair id="b-m-1" name="target-role" value="Stopped"/></meta_attributes></primitive>'
run cibadmin -M -o resources -X '<primitive id="a" description="x"/>'
run cibadmin -M -o resources -X '<primitive id="zz" description="x"/>'
run cibadmin -M -c -o resources -X '<primitive id="zz" class="ocf" provider="pacemaker" type="Dummy"/>'
run cibadmin -C -o resources -X '<bogus id="q"/>'
run cibadmin -M -A '//primitive[@id="a"]' -X '<primitive id="a" description="y"/>'
run cibadmin -D -A '//primitive[@id="zz"]'
run cibadmin -D -o resources -X '<primitive id="nosuch"/>'
run cibadmin --delete-all -A '//primitive[@id="b"]' --force
run cibadmin -R -o resources -X '<resources><primitive id="c" class="ocf" provider="pacemaker" type="Dummy"/></resources>'
run cibadmin -B
run cibadmin --md5-sum -x c.xml
run cibadmin --md5-sum-versioned -x c.xml
run cibadmin -Q -A '//primitive'
run cibadmin --upgrade --force
run cibadmin -P -X '<diff format="2"/>'
run cibadmin -M -X '<cib epoch="999"/>'
run cibadmin -Q -A '//cib' -n
run cibadmin --ping
run cibadmin -N --set-master
run cibadmin -S
run cibadmin -s
run crm_attribute -n foo -v bar
run crm_attribute -n foo -G
run crm_attribute -n foo -G -q
run crm_attribute -n nofoo -G
run crm_attribute -n nofoo -G -d dflt
run crm_attribute -n foo -v baz -t rsc_defaults
run crm_attribute -n foo -G -t rsc_defaults
run crm_attribute -n foo -G -t op_defaults
run crm_attribute --type op_defaults --name timeout --update 20s
run cibadmin -C -o nodes -X '<node id="1" uname="n1"/>'
run cibadmin -C -o nodes -X '<node id="2" uname="n2"/>'
run crm_attribute -N n1 -n standby -v on -l forever
run crm_attribute -N n1 -n standby -G -l forever
run crm_attribute -N n2 -n standby -G -l forever
run crm_attribute -N nope -n standby -G -l forever
run crm_attribute -N n1 -n standby -D -l forever
run crm_attribute -n foo -D
run crm_attribute -n foo -D
run crm_attribute --pattern foo -N n1 -v x
run crm_standby -N n2 -v on
run crm_standby -N n2 -G
run crm_standby -N n2 -D
run crm_attribute -n enable-acl -v true
run cibadmin -C -o acls --allow-create -X '<acl_role id="r"><acl_permission id="r-1" kind="read" xpath="/cib"/></acl_role>'
run cibadmin -M -c -o acls -X '<acls><acl_role id="r"><acl_permission id="r-1" kind="read" xpath="//nodes"/></acl_role><acl_target id="nobody"><role id="r"/></acl_target></acls>'
run env CIB_user=nobody cibadmin -Q
run env CIB_user=nobody cibadmin -M -o nodes -X '<node id="1" description="d"/>'
run env CIB_user=daemon cibadmin -Q
run crm_attribute -n enable-acl -D
run crm_resource -L
run crm_resource -r c -p par -v val
run crm_resource -r c -g par
run crm_resource -r c -p target-role -m -v Stopped
run crm_resource -r c -d par
run crm_resource -r c --locate
run crm_resource -q -l
run crm_resource -r c -q -W
run crm_resource -r c --query-xml
run crm_resource -r c -M -N n1
run crm_resource -r c -U
run crm_resource -O
run crm_resource --constraints -r c
run crm_ticket -t T --grant --force
run crm_ticket -l
run crm_ticket -t T -s
run crm_ticket -t T -q
run crm_ticket -t T -S foo -v 1
run crm_ticket -t T -G foo
run crm_ticket -t T -D foo
run crm_ticket -t T --cleanup --force
run crm_ticket -t T -g
run crm_ticket -t T --revoke --force
run crm_verify -L
run crm_verify -L -V
run crm_verify -x c.xml
run crm_verify -x c.xml -V
run crm_verify -p
run crm_mon -1 -r
run crm_mon -1 --output-as xml
run crm_mon -1 --output-as html
run crm_node -l
run crm_simulate -L
run crm_simulate -Lsx c.xml
run crm_simulate -x c.xml -S
run crm_diff -o c.xml -n c.xml
cp c.xml d.xml
run cibadmin -M -o resources -X '<primitive id="c" description="zz"/>'
run crm_diff -o d.xml -n c.xml
run crm_diff -u -o d.xml -n c.xml
crm_diff -o d.xml -n c.xml > p.xml 2>/dev/null
cp c.xml keep.xml; cp d.xml c.xml
run cibadmin -P -x p.xml
run cmp c.xml keep.xml
run cibadmin -P -x p.xml
run cibadmin -Q --xpath '/cib/configuration/resources/primitive | //node'
run cibadmin -E --force
run cibadmin -Q
run cat c.xml
cp c.xml e.xml.1; bzip2 -c c.xml > b.xml.bz2
run env CIB_file=$D/b.xml.bz2 cibadmin -Q
run env CIB_file=$D/b.xml.bz2 cibadmin -M -o crm_config -c -X '<cluster_property_set id="x"/>'
run bzcat b.xml.bz2
run env CIB_file=$D/nosuch.xml cibadmin -Q
: > empty.xml; run env CIB_file=$D/empty.xml cibadmin -Q
echo '<cib validate-with="pacemaker-3.9" epoch="1"><bogus/></cib>' > inv.xml; run env CIB_file=$D/inv.xml cibadmin -Q
run env CIB_file=$D/inv.xml crm_verify -L -V
run env CIB_file=$D/inv.xml crm_mon -1
echo '<cib admin_epoch="0" epoch="1" num_updates="0"><configuration><crm_config/><nodes/><resources/><constraints/></configuration></cib>' > noval.xml; run env CIB_file=$D/noval.xml cibadmin -Q
run env CIB_file=$D/noval.xml cibadmin -B
run cat noval.xml
# what the log says of changes
told() { run "$@" | grep -e '^[$=]' -e '(cib_perform_op)'; }
PRIMITIVE='<primitive id="o" class="ocf" provider="pacemaker" type="Dummy"><operations><op id="o-m" name="monitor" interval="10s"/></operations></primitive>'
export PCMK_stderr=yes CIB_file=$D/new.xml
cp c.xml new.xml
told cibadmin -V -V -V -V -C -o resources -X "$PRIMITIVE"
told cibadmin -V -V -V -V -M -o resources -X '<primitive id="o" type="Stateful"/>'
told cibadmin -V -V -V -V -C -o resources -X '<primitive id="o2" class="ocf" provider="pacemaker" type="Dummy"/>'
told cibadmin -V -V -V -V -D -X '<primitive id="o"/>'
# a CIB of pacemaker before 1.1.12, whose patches are of format 1: what the log says of them, what they do
export CIB_file=$D/old.xml
sed 's/crm_feature_set="[^"]*"/crm_feature_set="3.0.7"/' c.xml > old.xml; cp old.xml older.xml
told cibadmin -V -V -V -V -C -o resources -X "$PRIMITIVE"
told cibadmin -V -V -V -V -M -o resources -X '<primitive id="o" type="Stateful"/>'
told cibadmin -V -V -V -V -M -o status -X '<node_state id="1" uname="one"/>'
told cibadmin -V -V -V -V -C -o status -X '<node_state id="1" uname="one"/>'
told cibadmin -V -V -V -V -B
crm_diff -o older.xml -n old.xml > p1.xml 2>/dev/null
export -n PCMK_stderr; export CIB_file=$D/older.xml
run cat p1.xml
sed 's/ digest="/&0/' p1.xml > wrong.xml; run cibadmin -P -x wrong.xml
run cibadmin -P -x p1.xml
run cibadmin -P -x p1.xml
run cat older.xml
export CIB_file=$D/c.xml
# shadow
export CIB_shadow_dir=$D; 
run crm_shadow -b -e one --force
run crm_shadow -b -w
run env CIB_shadow=one cibadmin -Q
run env CIB_shadow=one cibadmin -C -o nodes -X '<node id="7" uname="s"/>'
run env CIB_shadow=one crm_shadow -b -p
run env CIB_shadow=one crm_shadow -b -F
run env CIB_shadow=one crm_shadow -w
run env CIB_shadow=one crm_shadow -d
run crm_shadow -b -D one --force
run ls
