//! What is known of one counter: what its thread acknowledged, and what may be on disk besides.

/// The counter of one thread, over all the processes that its slot has had.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    acknowledged: u64,
    /// Saves that were found on disk and had not been acknowledged: the kill came in between.
    surplus: u64,
    /// What it counted when it was last heard of.
    last: u64,
    /// A save was perhaps under way when its process was killed. One at most: a thread acknowledges before it saves again.
    was_cut: bool,
}

impl Account {
    pub(crate) fn surplus(&self) -> u64 {
        self.surplus
    }

    /// The thread saved, and counts `now`.
    pub(crate) fn saved(&mut self, now: u64) -> Result<(), String> {
        self.acknowledged += 1;
        let expected = self.last + 1;
        self.last = now;
        if now == expected { Ok(()) } else { Err(format!("saved {now}, where {expected} was to follow")) }
    }

    /// Its process was killed after it had been ready to save.
    pub(crate) fn cut(&mut self) {
        self.was_cut = true;
    }

    /// What the next process finds on disk before it saves, or what is there at the end.
    pub(crate) fn found(&mut self, now: u64) -> Result<(), String> {
        let last = std::mem::replace(&mut self.last, now);
        let was_cut = std::mem::take(&mut self.was_cut);
        if now == last {
            return Ok(());
        }
        if was_cut && now == last + 1 {
            self.surplus += 1;
            return Ok(());
        }
        let most = last + u64::from(was_cut);
        Err(format!("{last} to {most} should be on disk, {now} is"))
    }

    /// How many of the acknowledged updates are missing from a file where the counter is at `now`.
    pub(crate) fn lost(&self, now: u64) -> u64 {
        (self.acknowledged + self.surplus).saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(saves: u64) -> Account {
        let mut account = Account::default();
        (1..=saves).for_each(|now| account.saved(now).unwrap());
        account
    }

    #[test]
    fn a_kill_leaves_one_save_open() {
        for (found, held) in [(2, false), (3, true), (4, true), (5, false)] {
            let mut account = after(3);
            account.cut();
            assert_eq!(account.found(found).is_ok(), held, "{found}");
        }
    }

    #[test]
    fn without_a_kill_it_is_exact() {
        for (found, held) in [(2, false), (3, true), (4, false)] {
            assert_eq!(after(3).found(found).is_ok(), held, "{found}");
        }
    }

    #[test]
    fn a_second_kill_before_any_save_opens_no_second_one() {
        let mut account = after(3);
        account.cut();
        account.cut();
        account.found(4).unwrap();
        assert_eq!(account.surplus(), 1);
        assert!(account.found(5).is_err());
    }

    #[test]
    fn a_save_that_does_not_follow_is_noticed() {
        assert!(after(3).saved(3).is_err());
        assert!(after(3).saved(5).is_err());
    }

    #[test]
    fn lost_is_what_was_acknowledged_and_is_not_there() {
        assert_eq!((after(3).lost(3), after(3).lost(1)), (0, 2));
    }
}
