//! Work shared among threads: pieces handed out in their order, and results that leave in that order.

use std::num::NonZeroUsize;
use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

/// Shares the pieces among so many threads, but no more than there are pieces. Each worker gets an iterator that takes the
/// next piece whenever it is asked, so that whoever is done early takes more; a worker that leaves pieces behind leaves
/// them to the others.
///
/// # Panics
/// When a worker does.
pub fn share<I>(threads: NonZeroUsize, pieces: I, worker: impl Fn(Pieces<'_, I>) + Sync)
where
    I: Iterator + Send,
{
    let others = threads.get().min(pieces.size_hint().0).saturating_sub(1);
    let pieces = Mutex::new(pieces);
    let work = || worker(Pieces(&pieces));
    std::thread::scope(|scope| {
        // A thread that the system does not grant is done without; this one is one of them.
        let spawn = |_| std::thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (0..others).map_while(spawn).collect();
        work();
        others.into_iter().for_each(|other| other.join().expect("a thread that panics has said so"));
    });
}

/// The pieces that nobody has taken yet.
pub struct Pieces<'a, I>(&'a Mutex<I>);

impl<I: Iterator> Iterator for Pieces<'_, I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        lock(self.0).next()
    }
}

/// What a panic of another thread leaves is whole: nothing here is changed by halves.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Something that the holders of tickets 0, 1, 2, ... come to in their turn.
#[derive(Debug, Default)]
pub struct Turns<S> {
    state: Mutex<Turn<S>>,
    moved: Condvar,
}

/// Whose turn it is, and what they come to.
#[derive(Debug, Default)]
pub struct Turn<S> {
    /// The ticket whose turn it is.
    pub up: u64,
    state: S,
}

impl<S> Deref for Turn<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.state
    }
}

impl<S> DerefMut for Turn<S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.state
    }
}

impl<S> Turns<S> {
    /// Looks at it out of turn.
    pub fn lock(&self) -> MutexGuard<'_, Turn<S>> {
        lock(&self.state)
    }

    /// The same, unless somebody is there.
    pub fn try_lock(&self) -> Option<MutexGuard<'_, Turn<S>>> {
        match self.state.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// Waits for the ticket's turn, or until nobody need wait any more.
    pub fn wait(&self, ticket: u64, is_over: impl Fn(&S) -> bool) -> MutexGuard<'_, Turn<S>> {
        let waiting = |turn: &mut Turn<S>| turn.up != ticket && !is_over(&turn.state);
        self.moved.wait_while(self.lock(), waiting).unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells those who wait that something has changed.
    pub fn announce(&self) {
        self.moved.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn every_piece_is_taken_once_by_no_more_threads_than_there_are_pieces() {
        for threads in (1..6).filter_map(NonZeroUsize::new) {
            for pieces in [0, 1, 2, 1000] {
                let (taken, workers) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
                share(threads, 0..pieces, |pieces| {
                    workers.fetch_add(1, Ordering::Relaxed);
                    pieces.for_each(|piece| lock(&taken).push(piece));
                });
                let mut taken = taken.into_inner().unwrap();
                taken.sort_unstable();
                assert_eq!(taken, (0..pieces).collect::<Vec<_>>());
                assert!(workers.into_inner() <= threads.get().min(pieces).max(1));
            }
        }
    }

    #[test]
    fn what_one_worker_leaves_behind_the_others_take() {
        let (first, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        share(NonZeroUsize::new(2).unwrap(), 0..100, |pieces| {
            let most = if first.fetch_add(1, Ordering::Relaxed) == 0 { 1 } else { 100 };
            taken.fetch_add(pieces.take(most).count(), Ordering::Relaxed);
        });
        assert_eq!(taken.into_inner(), 100);
    }

    #[test]
    #[should_panic(expected = "said so")]
    fn a_panic_of_another_thread_is_passed_on() {
        let here = std::thread::current().id();
        let both = std::sync::Barrier::new(2);
        share(NonZeroUsize::new(2).unwrap(), 0..2, |_| {
            both.wait();
            assert_eq!(std::thread::current().id(), here, "this is the other one");
        });
    }

    #[test]
    fn turns_come_in_the_order_of_the_tickets_whoever_comes_first() {
        let turns: Turns<Vec<u64>> = Turns::default();
        share(NonZeroUsize::new(4).unwrap(), (0..4).rev(), |tickets| {
            for ticket in tickets {
                let mut turn = turns.wait(ticket, |_| false);
                assert_eq!(turn.up, ticket);
                turn.push(ticket);
                turn.up += 1;
                drop(turn);
                turns.announce();
            }
        });
        assert_eq!(**turns.lock(), [0, 1, 2, 3]);
    }

    #[test]
    fn nobody_waits_for_a_turn_that_never_comes_once_it_is_over() {
        let turns: Turns<bool> = Turns::default();
        share(NonZeroUsize::new(2).unwrap(), 1..3, |mut tickets| match tickets.next() {
            Some(1) => assert!(**turns.wait(1, |&is_over| is_over)),
            _ => {
                **turns.lock() = true;
                turns.announce();
            }
        });
        assert_eq!(turns.lock().up, 0);
    }
}
