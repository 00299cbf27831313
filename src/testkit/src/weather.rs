//! What a network does to frames, in the simulation and between virtual hosts.

use crate::random::Random;
use core_types::{MILLIS, Nanos};

/// What the network does to frames. All chances are per mille and per frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// Lost.
    pub loss: u32,
    /// Delivered twice.
    pub copies: u32,
    /// Held back for up to `late`, so that others overtake it.
    pub held: u32,
    /// How long a frame is held back at most.
    pub late: Nanos,
    /// What every frame takes, at least, and at most on top of that.
    pub delay: Nanos,
    /// Spread of the delay: frames on the way together may change places.
    pub jitter: Nanos,
}

impl Weather {
    /// A quiet switch.
    pub fn fair() -> Self {
        Weather { delay: MILLIS / 10, jitter: MILLIS / 20, ..Default::default() }
    }

    /// Some weather or other.
    pub fn draw(random: &mut Random) -> Self {
        let loss = [0, 0, 5, 50, 300][random.below(5) as usize];
        Weather {
            loss,
            copies: [0, 0, 20, 200][random.below(4) as usize],
            held: [0, 0, 10, 100][random.below(4) as usize],
            late: random.below(400) * MILLIS,
            delay: random.below(5) * MILLIS / 4 + MILLIS / 20,
            jitter: random.below(20) * MILLIS / 10,
        }
    }

    /// When copies of a frame arrive that is sent now; none when it is lost.
    pub fn arrivals(&self, now: Nanos, random: &mut Random) -> Vec<Nanos> {
        let mut copies = 1;
        if random.permille(self.loss) {
            copies = 0;
        } else if random.permille(self.copies) {
            copies = 2;
        }
        (0..copies)
            .map(|_| {
                let held = if random.permille(self.held) { random.below(self.late + 1) } else { 0 };
                now + self.delay + random.below(self.jitter + 1) + held
            })
            .collect()
    }
}
