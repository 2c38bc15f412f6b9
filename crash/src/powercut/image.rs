//! The disk's content: whole pages, shared between states, of which only what differs is kept.

use std::collections::HashMap;
use std::sync::Arc;

use super::log::{Content, Write};

const PAGE: usize = 4096;

type Page = [u8; PAGE];
/// What is in none of them is zero.
type Pages = HashMap<u64, Arc<Page>>;

/// A base that stays, and what was written over it since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Image {
    base: Arc<Pages>,
    over: Pages,
}

impl Image {
    /// Fills `into` with what is at `offset`.
    pub(crate) fn read(&self, mut offset: u64, mut into: &mut [u8]) {
        while !into.is_empty() {
            let (number, start) = place(offset);
            let length = into.len().min(PAGE - start);
            let (now, rest) = into.split_at_mut(length);
            match self.page(number).and_then(|page| page.get(start..start + length)) {
                Some(bytes) => now.copy_from_slice(bytes),
                None => now.fill(0),
            }
            offset += length as u64;
            into = rest;
        }
    }

    /// Does one write, all of it.
    pub(crate) fn apply(&mut self, write: &Write) {
        match &write.content {
            Content::Bytes(bytes) => self.write(write.offset, bytes),
            Content::Zeros(length) => self.zero(write.offset, *length),
        }
    }

    /// Does the part of a write that lies between two distances from its start, in bytes.
    pub(crate) fn apply_part(&mut self, write: &Write, from: usize, to: usize) {
        let offset = write.offset + from as u64;
        match &write.content {
            Content::Bytes(bytes) => self.write(offset, bytes.get(from..to).unwrap_or_default()),
            Content::Zeros(_) => self.zero(offset, (to - from) as u64),
        }
    }

    /// Makes everything the base. Clones of the old base keep it.
    pub(crate) fn settle(&mut self) {
        if !self.over.is_empty() {
            let over = std::mem::take(&mut self.over);
            Arc::make_mut(&mut self.base).extend(over);
        }
    }

    fn write(&mut self, mut offset: u64, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (number, start) = place(offset);
            let (now, rest) = bytes.split_at(bytes.len().min(PAGE - start));
            let mut page = self.page(number).map_or([0; PAGE], |page| **page);
            if let Some(into) = page.get_mut(start..start + now.len()) {
                into.copy_from_slice(now);
            }
            self.over.insert(number, Arc::new(page));
            offset += now.len() as u64;
            bytes = rest;
        }
    }

    fn zero(&mut self, mut offset: u64, mut length: u64) {
        const ZEROS: Page = [0; PAGE];
        while length > 0 {
            let (number, start) = place(offset);
            let now = length.min((PAGE - start) as u64);
            // Where nothing ever was there is nothing to make zero: disks are cleared as a whole when they are made.
            if self.page(number).is_some() {
                let now = usize::try_from(now).unwrap_or(PAGE);
                self.write(offset, ZEROS.get(..now).unwrap_or_default());
            }
            offset += now;
            length -= now;
        }
    }

    fn page(&self, number: u64) -> Option<&Arc<Page>> {
        self.over.get(&number).or_else(|| self.base.get(&number))
    }
}

/// The page of an offset, and where in it.
fn place(offset: u64) -> (u64, usize) {
    let start = usize::try_from(offset % PAGE as u64).unwrap_or(0);
    (offset / PAGE as u64, start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(offset: u64, bytes: &[u8]) -> Write {
        Write { offset, content: Content::Bytes(bytes.to_vec()) }
    }

    fn read(image: &Image, offset: u64, length: usize) -> Vec<u8> {
        let mut into = vec![1; length];
        image.read(offset, &mut into);
        into
    }

    #[test]
    fn a_write_over_pages_is_read_back_and_a_clone_does_not_see_it() {
        let mut image = Image::default();
        image.apply(&bytes(4090, b"0123456789ab"));
        image.settle();
        let before = image.clone();
        image.apply(&bytes(4094, b"XX"));
        assert_eq!(read(&image, 4089, 14), b"\x000123XX6789ab\x00");
        assert_eq!(read(&before, 4090, 12), b"0123456789ab");
        image.settle();
        assert_eq!(read(&before, 4090, 12), b"0123456789ab");
    }

    #[test]
    fn zeros_and_parts() {
        let mut image = Image::default();
        image.apply(&bytes(0, &[7; 9000]));
        image.apply(&Write { offset: 10, content: Content::Zeros(8000) });
        assert_eq!(read(&image, 9, 2), [7, 0]);
        assert_eq!(read(&image, 8009, 2), [0, 7]);
        image.apply_part(&bytes(100, b"abcdef"), 2, 4);
        assert_eq!(read(&image, 100, 6), b"\0\0cd\0\0");
    }
}
