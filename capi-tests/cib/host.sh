# A CIB in a file, for the variants without a manager.
set -e
cibadmin --empty >/run/empty.xml
