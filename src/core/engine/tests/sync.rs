//! A service whose sync takes its time.

use core_engine::Engine;
use core_icmap::Map;
use core_service::{Host, Service, SyncStep};
use core_types::{Nanos, NodeId, ServiceId};
use std::cell::Cell;
use std::rc::Rc;
use test_doubles::nowhere::Nowhere;

/// So often a lone node may ask in a second: every 10 ms, and some more.
const ASKED: u32 = 150;

/// Waits for a client: its sync is over when somebody says so.
struct Waiting {
    asked: Rc<Cell<u32>>,
    client_came: Rc<Cell<bool>>,
}

impl Service for Waiting {
    fn id(&self) -> ServiceId {
        ServiceId::Votequorum
    }
    fn description(&self) -> &'static str {
        "waits"
    }
    fn syncs(&self) -> bool {
        true
    }
    fn sync_process(&mut self, _host: &mut dyn Host) -> SyncStep {
        self.asked.set(self.asked.get() + 1);
        assert!(self.asked.get() <= ASKED, "asked without end, and no client is heard");
        if self.client_came.get() { SyncStep::Done } else { SyncStep::Again }
    }
}

#[test]
fn a_lone_node_that_waits_for_its_client_does_not_spin() {
    let (asked, client_came) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
    let mut shell = Nowhere::at(1_000_000);
    let totem = core_totem::Totem::new(core_totem::Config::new(NodeId(1)), shell.now);
    let mut engine = Engine::new(NodeId(1), Map::new(), totem);
    let waiting = Waiting { asked: asked.clone(), client_came: client_came.clone() };
    engine.load(&mut shell, vec![Box::new(waiting)]).unwrap();
    engine.start(&mut shell);
    while asked.get() == 0 {
        pass(&mut engine, &mut shell, 10);
    }
    pass(&mut engine, &mut shell, 1000);
    assert!(asked.get() > 1);
    client_came.set(true);
    pass(&mut engine, &mut shell, 100);
    let done = asked.get();
    pass(&mut engine, &mut shell, 1000);
    assert_eq!(asked.get(), done, "its sync is over");
}

/// Lets time pass, in milliseconds, timer by timer.
fn pass(engine: &mut Engine, shell: &mut Nowhere, millis: Nanos) {
    let until = shell.now + millis * 1_000_000;
    for _ in 0..10_000 {
        let Some(next) = engine.next_deadline().filter(|&next| next <= until) else { break };
        shell.now = shell.now.max(next);
        engine.run(shell);
    }
    shell.now = until;
    engine.run(shell);
}
