# Good and bad agents that the programs find on their host, and an alert's agent.
set -e
agent=$(dirname "$0")/../../src/daemons/execd/tests/agent.sh
mkdir -p /usr/lib/ocf/resource.d/test /usr/lib/ocf/resource.d/heartbeat /run/state
cd /usr/lib/ocf/resource.d/test
cp "$agent" Agent; chmod 755 Agent
cp Agent Plain; chmod 644 Plain; cp Agent Other; cp Agent ../heartbeat/Dummy
printf '#!/no/such/interpreter\n' >Interpreter; chmod 755 Interpreter
cp Agent /etc/init.d/script
printf '#!/bin/sh\nenv | grep CRM_ | grep -v -e _timestamp | sort >/run/state/told\n' >/run/alert
chmod 755 /run/alert
