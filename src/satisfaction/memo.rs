//! What codes stand for, remembered.

/// What a code stands for, found once for each.
#[derive(Debug)]
pub(super) struct Memo<T>(Vec<Option<T>>);

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> Memo<T> {
    /// What a code stands for; `find` is asked once.
    pub(super) fn of(&mut self, code: u32, find: impl FnOnce() -> T) -> T {
        let at = usize::try_from(code).unwrap_or(0);
        if at >= self.0.len() {
            self.0.resize(at + 1, None);
        }
        match self.0.get_mut(at) {
            Some(Some(known)) => *known,
            Some(place) => *place.insert(find()),
            None => find(),
        }
    }
}
