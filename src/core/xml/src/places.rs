//! Places among siblings of which some don't count (a Fenwick tree): asked and changed in logarithmic time, so that
//! comparing thousands of siblings stays quick.

/// Which of `0..n` count.
pub(crate) struct Places {
    /// `sums[i]`: how many count among the `i & -i` ones that end before `i`.
    sums: Vec<usize>,
    counts: Vec<bool>,
}

impl Places {
    /// All count.
    pub(crate) fn new(length: usize) -> Places {
        let sums = (0..=length).map(|index| index & index.wrapping_neg()).collect();
        Places { sums, counts: vec![true; length] }
    }

    /// How many before `index` count.
    pub(crate) fn before(&self, index: usize) -> usize {
        let (mut index, mut sum) = (index, 0);
        while index > 0 {
            sum += self.sums[index];
            index &= index - 1;
        }
        sum
    }

    /// `index` counts no more.
    pub(crate) fn remove(&mut self, index: usize) {
        if !std::mem::replace(&mut self.counts[index], false) {
            return;
        }
        let mut index = index + 1;
        while index < self.sums.len() {
            self.sums[index] -= 1;
            index += index & index.wrapping_neg();
        }
    }

    /// The one that counts and has `place` before it that count.
    pub(crate) fn at(&self, place: usize) -> Option<usize> {
        let (mut index, mut left) = (0, place);
        let mut step = self.sums.len().next_power_of_two();
        while step > 0 {
            if index + step < self.sums.len() && self.sums[index + step] <= left {
                index += step;
                left -= self.sums[index];
            }
            step /= 2;
        }
        (index < self.counts.len()).then_some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::Places;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn counts_as_a_list_does(length in 0..40_usize, removed in prop::collection::vec(0..40_usize, 0..30)) {
            let mut places = Places::new(length);
            let mut list: Vec<usize> = (0..length).collect();
            for index in removed.into_iter().filter(|index| *index < length) {
                places.remove(index);
                list.retain(|left| *left != index);
            }
            for index in 0..length {
                prop_assert_eq!(places.before(index), list.iter().filter(|left| **left < index).count());
            }
            for place in 0..=length {
                prop_assert_eq!(places.at(place), list.get(place).copied());
            }
        }
    }
}
