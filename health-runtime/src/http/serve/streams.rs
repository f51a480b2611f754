//! Which streams of an HTTP/2 connection wait for an answer, read off the frames that pass by.
//!
//! hyper has no such figure: it flushes although a client's window holds an answer back.

use std::collections::HashSet;

/// The streams of a connection, as in [RFC 9113](https://www.rfc-editor.org/rfc/rfc9113).
#[derive(Debug, Default)]
pub(super) struct Streams {
    received: Frames,
    sent: Frames,
    /// Those whose request head is complete and whose answer is not fully written.
    open: HashSet<u32>,
    last: u32,
    /// Whether the head that is being sent is all of its answer.
    is_all: bool,
}

impl Streams {
    pub(super) fn open(&self) -> usize {
        self.open.len()
    }

    /// Bytes of the client, from the first one after the preface on.
    pub(super) fn received(&mut self, bytes: &[u8]) {
        let Self { received, open, last, .. } = self;
        received.read(bytes, |frame| match frame.kind {
            // Trailers of a request are such frames too, and can come after its answer.
            Frame::HEADERS | Frame::CONTINUATION if frame.has(Frame::END_HEADERS) && frame.stream > *last => {
                *last = frame.stream;
                open.insert(frame.stream);
            }
            Frame::RST_STREAM => _ = open.remove(&frame.stream),
            _ => {}
        });
    }

    /// Bytes of the server, from the first one on.
    pub(super) fn sent(&mut self, bytes: &[u8]) {
        let Self { sent, open, is_all, .. } = self;
        sent.read(bytes, |frame| {
            let is_end = match frame.kind {
                Frame::DATA => frame.has(Frame::END_STREAM),
                Frame::HEADERS | Frame::CONTINUATION => {
                    *is_all = if frame.kind == Frame::HEADERS { frame.has(Frame::END_STREAM) } else { *is_all };
                    *is_all && frame.has(Frame::END_HEADERS)
                }
                Frame::RST_STREAM => true,
                _ => false,
            };
            if is_end {
                open.remove(&frame.stream);
            }
        });
    }
}

/// The header of a frame.
struct Frame {
    length: usize,
    kind: u8,
    flags: u8,
    stream: u32,
}

impl Frame {
    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const RST_STREAM: u8 = 3;
    const CONTINUATION: u8 = 9;

    const END_STREAM: u8 = 0x1;
    const END_HEADERS: u8 = 0x4;

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl From<[u8; 9]> for Frame {
    fn from([a, b, c, kind, flags, stream @ ..]: [u8; 9]) -> Self {
        let length = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        // The first bit is reserved.
        Self { length, kind, flags, stream: u32::from_be_bytes(stream) & (u32::MAX >> 1) }
    }
}

/// Finds the frames in one direction of a connection, which come in pieces of any size.
#[derive(Debug, Default)]
struct Frames {
    header: [u8; 9],
    /// How much of the next header is known.
    known: usize,
    /// How much of the current payload is still to come.
    payload: usize,
    /// A frame whose payload is still to come.
    pending: bool,
}

impl Frames {
    /// Calls `found` with every frame that has come to its end.
    fn read(&mut self, mut bytes: &[u8], mut found: impl FnMut(&Frame)) {
        loop {
            if self.pending {
                let skipped = self.payload.min(bytes.len());
                self.payload -= skipped;
                bytes = &bytes[skipped..];
                if self.payload > 0 {
                    return;
                }
                found(&Frame::from(self.header));
                (self.pending, self.known) = (false, 0);
            }
            let copied = (self.header.len() - self.known).min(bytes.len());
            self.header[self.known..][..copied].copy_from_slice(&bytes[..copied]);
            self.known += copied;
            bytes = &bytes[copied..];
            if self.known < self.header.len() {
                return;
            }
            (self.pending, self.payload) = (true, Frame::from(self.header).length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
    }

    const END: u8 = Frame::END_STREAM;
    const HEAD: u8 = Frame::END_HEADERS;

    #[test]
    fn a_stream_is_open_from_its_head_until_the_end_of_its_answer_in_pieces_of_any_size() {
        let request = [
            frame(4, 0, 0, &[0; 12]),
            frame(Frame::HEADERS, 0, 1, &[7; 30]),
            frame(Frame::CONTINUATION, HEAD, 1, &[7; 5]),
            frame(Frame::DATA, END, 1, b"upload"),
        ]
        .concat();
        let answer = [
            frame(4, 0, 0, &[]),
            frame(Frame::HEADERS, HEAD, 1, &[7; 10]),
            frame(Frame::DATA, 0, 1, &[0; 300]),
            frame(Frame::DATA, END, 1, &[0; 300]),
        ]
        .concat();
        for size in 1..=answer.len() {
            let mut streams = Streams::default();
            request.chunks(size).for_each(|piece| streams.received(piece));
            assert_eq!(streams.open(), 1, "pieces of {size}");
            let (last, rest) = answer.split_last().unwrap();
            rest.chunks(size).for_each(|piece| streams.sent(piece));
            assert_eq!(streams.open(), 1, "pieces of {size}, all but one byte");
            streams.sent(&[*last]);
            assert_eq!(streams.open(), 0, "pieces of {size}");
        }
    }

    #[test]
    fn a_reset_of_either_side_closes_a_stream_and_trailers_after_the_answer_open_none() {
        let mut streams = Streams::default();
        for id in [1, 3, 5] {
            streams.received(&frame(Frame::HEADERS, HEAD, id, b"head"));
        }
        streams.received(&frame(Frame::RST_STREAM, 0, 1, &[0; 4]));
        streams.sent(&frame(Frame::RST_STREAM, 0, 3, &[0; 4]));
        assert_eq!(streams.open(), 1);
        streams.sent(&frame(Frame::HEADERS, END, 5, b"head"));
        assert_eq!(streams.open(), 1);
        streams.sent(&frame(Frame::CONTINUATION, HEAD, 5, b"head"));
        streams.received(&frame(Frame::HEADERS, HEAD | END, 5, b"trailers"));
        assert_eq!(streams.open(), 0);
    }
}
