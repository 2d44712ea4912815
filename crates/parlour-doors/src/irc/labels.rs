//! Labels (labeled-response): the lines of a labelled command, gathered into one logical response.

use irc_wire::{Line, tags};
use parlour_core::CallId;

/// Labels whose responses are not complete.
#[derive(Debug, Default)]
pub(super) struct Labels {
    open: Vec<Labelled>,
}

#[derive(Debug)]
struct Labelled {
    call: CallId,
    label: String,
    /// Lines of the response so far, each with its CR LF.
    response: Vec<u8>,
}

impl Labels {
    /// Opens the label of a call.
    pub fn open(&mut self, call: CallId, label: String) {
        self.open.push(Labelled {
            call,
            label,
            response: Vec::new(),
        });
    }

    /// Moves the label of a call to another call, which continues its response.
    pub fn transfer(&mut self, call: CallId, to: CallId) {
        if let Some(labelled) = self.open.iter_mut().find(|l| l.call == call) {
            labelled.call = to;
        }
    }

    /// Returns whether the call has a label, so that its response is gathered.
    pub fn has(&self, call: CallId) -> bool {
        self.open.iter().any(|labelled| labelled.call == call)
    }

    /// Moves the lines in `out` from `from` on into the response, if the call has a label.
    pub fn collect(&mut self, call: CallId, out: &mut Vec<u8>, from: usize) {
        if out.len() > from
            && let Some(labelled) = self.open.iter_mut().find(|l| l.call == call)
        {
            // What `out` held before `from` is the output of others.
            labelled.response.extend(out.drain(from..));
        }
    }

    /// Writes the response of a call: an ACK, one labelled line, or a batch.
    pub fn close(&mut self, call: CallId, server: &str, batch: &str, out: &mut Vec<u8>) {
        let Some(at) = self.open.iter().position(|l| l.call == call) else {
            return;
        };
        let Labelled {
            label, response, ..
        } = self.open.remove(at);
        let lines: Vec<&[u8]> = response.split_inclusive(|&b| b == b'\n').collect();
        let mut tag = b"label=".to_vec();
        tags::escape_into(&label, &mut tag);
        match lines.as_slice() {
            [] => Line::new(out)
                .tag("label", &label)
                .from(server, "ACK")
                .end(),
            [line] => add_tag(line, &tag, out),
            // A response that is one batch needs none around it: its opening line gets the label.
            lines if is_one_batch(lines) => {
                add_tag(lines[0], &tag, out);
                out.extend(lines[1..].concat());
            }
            lines => {
                Line::new(out)
                    .tag("label", &label)
                    .from(server, "BATCH")
                    .word(&format!("+{batch}"))
                    .word("labeled-response")
                    .end();
                let inner = format!("batch={batch}");
                for line in lines {
                    // A line of an inner batch belongs to the response through that batch.
                    if has_batch_tag(line) {
                        out.extend_from_slice(line);
                    } else {
                        add_tag(line, inner.as_bytes(), out);
                    }
                }
                Line::new(out)
                    .from(server, "BATCH")
                    .word(&format!("-{batch}"))
                    .end();
            }
        }
    }
}

/// Returns whether the lines are one batch from its start to its end.
fn is_one_batch(lines: &[&[u8]]) -> bool {
    let reference = |line: &[u8], sign: u8| {
        let mut words = line
            .trim_ascii_end()
            .split(|&b| b == b' ')
            .skip_while(|w| w.starts_with(b"@"));
        let (_source, command, reference) = (words.next()?, words.next()?, words.next()?);
        (command == b"BATCH" && reference.first() == Some(&sign)).then(|| reference[1..].to_vec())
    };
    match (lines.first(), lines.last()) {
        (Some(first), Some(last)) => {
            let opened = reference(first, b'+');
            opened.is_some() && opened == reference(last, b'-')
        }
        _ => false,
    }
}

fn has_batch_tag(line: &[u8]) -> bool {
    line.first() == Some(&b'@')
        && line[1..].split(|&b| b == b' ').next().is_some_and(|tags| {
            tags.split(|&b| b == b';')
                .any(|tag| tag.starts_with(b"batch="))
        })
}

/// Writes `line` with one more tag before its own.
fn add_tag(line: &[u8], tag: &[u8], out: &mut Vec<u8>) {
    out.push(b'@');
    out.extend_from_slice(tag);
    match line.split_first() {
        Some((b'@', rest)) => {
            out.push(b';');
            out.extend_from_slice(rest);
        }
        _ => {
            out.push(b' ');
            out.extend_from_slice(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(lines: &str) -> String {
        let mut labels = Labels::default();
        labels.open(CallId(1), "a b".into());
        let mut out = lines.as_bytes().to_vec();
        labels.collect(CallId(2), &mut out, 0);
        assert_eq!(out, lines.as_bytes(), "another call's lines stay");
        labels.collect(CallId(1), &mut out, 0);
        labels.close(CallId(1), "srv", "9", &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn none_one_many_or_a_batch() {
        assert_eq!(response(""), "@label=a\\sb :srv ACK\r\n");
        assert_eq!(response(":srv 1 x\r\n"), "@label=a\\sb :srv 1 x\r\n");
        assert_eq!(
            response("@t=1 :srv 1 x\r\n"),
            "@label=a\\sb;t=1 :srv 1 x\r\n"
        );
        assert_eq!(
            response(":s 1 x\r\n@t=1 :s 2 x\r\n"),
            "@label=a\\sb :srv BATCH +9 labeled-response\r\n@batch=9 :s 1 x\r\n@batch=9;t=1 :s 2 x\r\n:srv BATCH -9\r\n"
        );
        assert_eq!(
            response(":s BATCH +h chathistory #c\r\n@batch=h :a PRIVMSG #c :x\r\n:s BATCH -h\r\n"),
            "@label=a\\sb :s BATCH +h chathistory #c\r\n@batch=h :a PRIVMSG #c :x\r\n:s BATCH -h\r\n"
        );
    }
}
