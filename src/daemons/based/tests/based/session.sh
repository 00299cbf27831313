# What administrators do with a CIB, said by Debian's tools: each command, what it prints and its exit status.
work=/run/session
mkdir -p "$work/shadow"
export CIB_shadow_dir="$work/shadow" HOME="$work"
q() {
  echo "\$ $*"
  timeout 20 "$@" < /dev/null
  echo "status $?"
}
q cibadmin -Q
q cibadmin -C -o resources -X "<primitive id=\"a\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>"
q cibadmin -C -o resources -X "<primitive id=\"a\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>"
q cibadmin -C -o resources -X "<group id=\"g\"><primitive id=\"b\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"><operations><op id=\"o\" name=\"monitor\" interval=\"10\"/></operations></primitive></group>"
q cibadmin -Q -o resources
q cibadmin -C -o resources -X "<primitive id=\"bad\"/>"
q cibadmin -M -o resources -X "<primitive id=\"a\" type=\"Dummy\" color=\"blue\"/>"
q cibadmin -R -X "<cib epoch=\"0\" num_updates=\"0\" admin_epoch=\"0\" validate-with=\"pacemaker-3.0\"><configuration/><status/></cib>"
q cibadmin -M -X "<cib epoch=\"0\"/>"
q cibadmin -M -X "<cib validate-with=\"pacemaker-0.1\"/>"
q cibadmin -Q -n
q python3 $work/subscriber.py
q cibadmin --upgrade
q cibadmin --upgrade --force
# the reference answers before it is done
for try in $(seq 200); do
  cibadmin -Q -n | grep -q 'validate-with="pacemaker-3.0"' || break
  sleep 0.1
done
q cibadmin -Q -n
q cibadmin --upgrade --force
q cibadmin -Q -n
q cibadmin -M -o resources -X "<primitive id=\"a\" type=\"Stateful\"/>"
q cibadmin -M -X "<nvpair id=\"zz\"/>"
q cibadmin -M -c -o crm_config -X "<cluster_property_set id=\"s\"><nvpair id=\"s1\" name=\"x\" value=\"1\"/></cluster_property_set>"
q crm_attribute -t crm_config -n stonith-enabled -v false
q crm_attribute -t crm_config -n stonith-enabled -G
q crm_attribute -t crm_config -n stonith-enabled -D
q crm_attribute -t crm_config -n stonith-enabled -G
q cibadmin -Q -A "//primitive"
q cibadmin -Q -A "//primitive" -e
q cibadmin -Q -A "//nothing"
q cibadmin -Q -o nonsense
q cibadmin -B
q cibadmin -R -o resources -X "<resources><primitive id=\"c\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/></resources>"
q cibadmin -D -A "//cluster_property_set"
q cibadmin -Q -o crm_config
cibadmin -Q > $work/one.xml; sed 's/type="Dummy"/type="Stateful"/; s/epoch="\([0-9]*\)" num/epoch="9\1" num/' $work/one.xml > $work/two.xml
q crm_diff -o $work/one.xml -n $work/two.xml
crm_diff -o $work/one.xml -n $work/two.xml > $work/patch.xml
q cibadmin -P -x $work/patch.xml
q cibadmin -P -x $work/patch.xml
q cibadmin -Q
q cibadmin -R -x $work/one.xml
# patches of format 1, which CIBs of pacemaker before 1.1.12 have
q cibadmin -M -X "<cib crm_feature_set=\"3.0.7\"/>"
q python3 $work/subscriber.py
cibadmin -Q > $work/one.xml; sed 's/type="Stateful"/type="Dummy"/; s/epoch="\([0-9]*\)" num/epoch="9\1" num/' $work/one.xml > $work/two.xml
q crm_diff -o $work/one.xml -n $work/two.xml
crm_diff -o $work/one.xml -n $work/two.xml > $work/patch.xml
sed 's/ digest="/&0/' $work/patch.xml > $work/wrong.xml
q cibadmin -P -x $work/wrong.xml
q cibadmin -P -x $work/patch.xml
q cibadmin -P -x $work/patch.xml
q cibadmin -Q
q cibadmin -D -A "//primitive[@id='a']"
q cibadmin -M -X "<cib crm_feature_set=\"3.16.1\"/>"
q crm_shadow -b -c work
export CIB_shadow=work
q cibadmin -C -o resources -X "<primitive id=\"d\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>"
q crm_shadow -d
q crm_shadow -f -C work
unset CIB_shadow
q cibadmin -Q
q cibadmin -M -o status -X "<node_state id=\"1\" uname=\"n1\" crmd=\"online\"/>"
q cibadmin -C -o status -X "<node_state id=\"1\" uname=\"n1\" crmd=\"online\"/>"
q cibadmin -M -o status -X "<node_state id=\"1\" uname=\"n1\" crmd=\"offline\"/>"
q cibadmin -Q -o status
q cibadmin -D -o resources -X "<primitive id=\"d\"/>"
q crm_attribute -N n1 -n color -v blue
q cibadmin -C -o nodes -X "<node id=\"1\" uname=\"n1\"/>"
q crm_attribute -N n1 -n color -v blue
q crm_attribute -N n1 -n color -G
q crm_standby -N n1 -v on
q cibadmin -Q -o nodes
q cibadmin -5
q cibadmin -6
q crm configure show
q crm configure primitive e ocf:pacemaker:Dummy op monitor interval=10s
q crm configure show
q crm configure property no-quorum-policy=ignore
q setpriv --reuid hacluster --regid haclient --init-groups cibadmin -B
q setpriv --reuid nobody --regid nogroup --clear-groups cibadmin -Q
q cibadmin -Q
q cibadmin -E --force
q cibadmin -Q
