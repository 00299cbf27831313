//! Servers under pacemaker, with Debian's agents: nginx and PostgreSQL, whose data all hosts reach as on shared storage.

use super::{PATIENCE, SOON, Stack, configure, host_name, members, move_to, remove, script};
use std::fs;

/// On each host: the database's files are in the folder `$0`, which all see, and the web server's page says where it is.
const PREPARE: &str = "mkdir -p /run/database /run/site
install -d -o postgres /run/postgresql
mount --bind $0/database /run/database
cat > /run/site/nginx.conf <<end
pid /run/nginx.pid;
error_log /run/site/error.log;
events {}
http {
  access_log off;
  server { listen 80; location / { return 200 \"page of $(uname -n)\\n\"; } }
}
end";
/// A new database, made on one of the hosts.
const CREATE: &str = "chown postgres: /run/database
runuser -u postgres -- /usr/lib/postgresql/15/bin/initdb -D /run/database/data >/dev/null";
const RESOURCES: &str = "primitive site ocf:heartbeat:nginx params configfile=/run/site/nginx.conf op monitor interval=3s timeout=30s
primitive database ocf:heartbeat:pgsql params pgctl=/usr/lib/postgresql/15/bin/pg_ctl psql=/usr/lib/postgresql/15/bin/psql \
pgdata=/run/database/data logfile=/run/database/log op start timeout=60s op stop timeout=60s \
op monitor interval=3s timeout=30s
group servers database site
";
const GROUP: &str = "servers";
const ASK: &str = "runuser -u postgres -- psql -AtXq -c";
const FETCH: &str = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())";

/// What the database answers on a host.
fn ask(stack: &Stack, host: usize, query: &str) -> Result<String, String> {
    stack.must(host, SOON, &["sh", "-c", &format!("cd /; {ASK} \"$0\""), query])
}

/// Waits until the database answers on this host and the client gets its page.
fn served(stack: &Stack, host: usize, rows: &str) -> Result<(), String> {
    let url = format!("http://10.77.0.{}/", host + 1);
    let page = format!("page of {}", host_name(host));
    stack.until(PATIENCE, &format!("the page and {rows} rows on {}", host_name(host)), |stack| {
        let fetched = stack.run(stack.client(), SOON, &["python3", "-c", FETCH, &url]);
        fetched.is_ok_and(|said| said.stdout.contains(&page))
            && ask(stack, host, "select count(*) from kept").is_ok_and(|said| said.trim() == rows)
    })
}

/// Both run on each host in turn, with what the database was given before, and come back after a `kill -9`.
pub(super) fn servers(stack: &mut Stack) -> Result<(), String> {
    let shared = stack.folder.join("database");
    fs::create_dir(&shared).map_err(|error| format!("{}: {error}", shared.display()))?;
    members(stack).into_iter().try_for_each(|host| script(stack, host, PREPARE))?;
    script(stack, 0, CREATE)?;
    configure(stack, RESOURCES)?;
    move_to(stack, GROUP, 0)?;
    stack.until(PATIENCE, "the database answers on n1", |stack| ask(stack, 0, "select 1").is_ok())?;
    ask(stack, 0, "create table kept (value int)")?;
    for (host, rows) in members(stack).into_iter().zip(1..) {
        move_to(stack, GROUP, host)?;
        stack.until(PATIENCE, "the database takes rows", |stack| {
            ask(stack, host, "insert into kept values (1)").is_ok()
        })?;
        served(stack, host, &rows.to_string())?;
    }
    let (last, rows) = (members(stack).len() - 1, members(stack).len().to_string());
    for (server, failed) in ["nginx", "postgres"].into_iter().zip(1..) {
        stack.must(last, SOON, &["sh", "-c", "kill -9 $(pidof \"$0\")", server])?;
        stack.until(PATIENCE, &format!("{server} counted as failed"), |stack| {
            let said = stack.run(0, SOON, &["crm_mon", "-1f"]);
            said.is_ok_and(|said| said.stdout.matches("fail-count=").count() == failed)
        })?;
        served(stack, last, &rows)?;
    }
    remove(stack, &[GROUP], "database site")
}
