//! Uploads of files: asked for by the user, done by the host, their links said where they were begun.

use std::collections::VecDeque;
use std::path::PathBuf;

use super::mode::{Confirmation, Mode};
use super::{App, Hidden, HostCommand};
use crate::NetworkId;
use crate::dropped_path;
use crate::engine::{Feature, OutgoingMessage, UploadToken};

/// Maximum number of uploads at once.
const MOST: usize = 4;
/// Milliseconds that the server has for the answer to a request for a token.
const ANSWER_TIME: u64 = 30_000;
/// Difference in percent between two reports of progress.
const STEP: u8 = 10;

/// Id of an upload: ascending, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UploadId(pub u64);

/// Upload for the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadOrder {
    /// Id of the upload.
    pub id: UploadId,
    /// Network whose server takes the file.
    pub net: NetworkId,
    /// File.
    pub file: PathBuf,
    /// Address that the server announced (FILEHOST).
    pub address: String,
    /// True if the server takes uploads at the very address that the client is connected to.
    pub is_here: bool,
    /// True if nothing of the upload may go unencrypted.
    pub encrypted: bool,
    /// Value of the Authorization header.
    pub authorization: Hidden,
}

/// Upload that has not ended.
#[derive(Debug)]
struct Upload {
    id: UploadId,
    net: NetworkId,
    /// Name of the buffer where its link is to be said.
    buffer: String,
    file: PathBuf,
    /// Progress in percent; none before the host has begun.
    progress: Option<u8>,
}

impl Upload {
    /// Returns the name of the file.
    fn name(&self) -> String {
        let name = self.file.file_name().unwrap_or(self.file.as_os_str());
        name.to_string_lossy().into_owned()
    }
}

/// Request for a token.
#[derive(Clone, Copy, Debug)]
struct Request {
    net: NetworkId,
    upload: UploadId,
    /// Monotonic time of the request.
    at: u64,
}

/// Uploads that the user has begun.
#[derive(Debug, Default)]
pub(super) struct PendingUploads {
    last: u64,
    /// Uploads that have not ended, oldest first.
    open: Vec<Upload>,
    /// Uploads that wait for a token, in the order of the requests.
    waiting: VecDeque<Request>,
}

impl App {
    /// Begins the upload of a file; its link will be said in the shown buffer.
    pub(crate) fn upload(&mut self, path: &str) {
        if !self.can_say() {
            return self.report_no_recipient();
        }
        if !self.is_online() {
            return;
        }
        let net = self.net();
        let Some(address) = self.session().isupport().filehost.clone() else {
            return self.report_error("This server takes no files.");
        };
        // The specification forbids it: what was encrypted so far would be read on the way.
        if self.model.networks[net].secure && address.starts_with("http://") {
            return self.report_error("This server takes files without encryption only, but the connection is encrypted: nothing was sent.");
        }
        if self.uploads.open.len() >= MOST {
            return self.report_error(&format!(
                "{MOST} files are on their way already; /upload cancel stops them."
            ));
        }
        self.uploads.last += 1;
        let id = UploadId(self.uploads.last);
        self.uploads.open.push(Upload {
            id,
            net,
            buffer: self.model.buffer().raw_name.clone(),
            file: dropped_path::parse(path),
            progress: None,
        });
        self.uploads.waiting.push_back(Request {
            net,
            upload: id,
            at: self.monotonic,
        });
        self.nets[net].session.request_upload_token();
    }

    /// Reports the uploads that have not ended. Returns false if there are none.
    pub(crate) fn report_uploads(&mut self) -> bool {
        let shown = self
            .uploads
            .open
            .iter()
            .map(|upload| match upload.progress {
                Some(percent) => format!("{}: {percent} %", upload.name()),
                None => format!("{}: waits for the server", upload.name()),
            });
        let shown: Vec<String> = shown.collect();
        if shown.is_empty() {
            return false;
        }
        self.tell(&format!("{} · /upload cancel stops it.", shown.join(", ")));
        true
    }

    /// Stops all uploads.
    pub(crate) fn cancel_uploads(&mut self) {
        if self.uploads.open.is_empty() {
            return self.flash("No file is on its way.");
        }
        self.uploads.open.clear();
        self.command(HostCommand::CancelUploads);
        self.flash("Stopped: nothing was said.");
    }

    /// Returns whether an upload has not ended.
    pub fn is_uploading(&self) -> bool {
        !self.uploads.open.is_empty()
    }

    /// Handles the server's answer to the oldest request for a token.
    pub(super) fn upload_token(&mut self, net: NetworkId, token: UploadToken) {
        let mut waiting = self.uploads.waiting.iter();
        let first = waiting.position(|request| request.net == net);
        let Some(request) = first.and_then(|at| self.uploads.waiting.remove(at)) else {
            return;
        };
        let id = request.upload;
        // The request of an upload that was cancelled is answered, too.
        let Some(upload) = self.uploads.open.iter().find(|upload| upload.id == id) else {
            return;
        };
        let session = &self.nets[net].session;
        let secure = self.model.networks[net].secure;
        let address = session.isupport().filehost.clone().unwrap_or_default();
        let authorization = match token {
            UploadToken::Granted(token) => Ok(format!("Bearer {token}")),
            UploadToken::Refused(why) => Err(why),
            // Else whoever is on the way could ask for the password in the server's place.
            UploadToken::Unknown if !secure || !address.starts_with("https://") => Err(
                "this server takes files with your password only, and not everything is encrypted"
                    .into(),
            ),
            UploadToken::Unknown => self.nets[net].basic_authorization().ok_or_else(|| {
                "this server takes files with the password of an account only, and you have given none"
                    .to_owned()
            }),
        };
        let order = authorization.map(|authorization| UploadOrder {
            id,
            net,
            file: upload.file.clone(),
            address,
            // Parlour has one port for everything, whatever address it announces.
            is_here: session.offers(Feature::Outside),
            encrypted: secure,
            authorization: Hidden(authorization),
        });
        match order {
            Ok(order) => self.command(HostCommand::Upload(order)),
            Err(why) => self.uploaded(id, Err(why)),
        }
    }

    /// Shows the progress of an upload, in percent.
    pub fn upload_progress(&mut self, id: UploadId, percent: u8) {
        let Some(upload) = self.uploads.open.iter_mut().find(|upload| upload.id == id) else {
            return;
        };
        let told = upload.progress.unwrap_or(0);
        upload.progress = Some(percent);
        // Each report is a line where the client prints lines.
        if percent / STEP == told / STEP && told > 0 {
            return;
        }
        let name = upload.name();
        self.flash(&format!("{name}: {percent} % · /upload cancel stops it"));
    }

    /// Handles the end of an upload: says its link, or reports why there is none.
    pub fn uploaded(&mut self, id: UploadId, outcome: Result<String, String>) {
        let open = &mut self.uploads.open;
        let Some(at) = open.iter().position(|upload| upload.id == id) else {
            return;
        };
        let upload = open.remove(at);
        let name = upload.name();
        self.flash = None;
        self.changed = true;
        match (outcome, self.model.find(upload.net, &upload.buffer)) {
            (Ok(url), Some(index)) => self.say_in(
                index,
                OutgoingMessage {
                    text: &url,
                    ..OutgoingMessage::default()
                },
            ),
            (Ok(url), None) => self.tell(&format!(
                "{name} was uploaded, but {} is closed: its link, {url}, was not said.",
                upload.buffer
            )),
            (Err(why), place) => {
                let index = place.unwrap_or(self.model.current);
                let why = format!("{name} was not uploaded: {why}");
                self.model.note(index, self.now, &why, true);
            }
        }
    }

    /// Ends the uploads of a network whose connection is lost, as far as they wait for an answer.
    pub(super) fn drop_upload_requests(&mut self, net: NetworkId) {
        self.end_requests(|request| request.net == net, "the connection was lost");
    }

    /// Ends the uploads that have waited too long for an answer.
    pub(super) fn expire_upload_requests(&mut self) {
        let now = self.monotonic;
        let is_late = |request: &Request| request.at + ANSWER_TIME <= now;
        self.end_requests(is_late, "the server does not answer");
    }

    fn end_requests(&mut self, ends: impl Fn(&Request) -> bool, why: &str) {
        let waiting = std::mem::take(&mut self.uploads.waiting);
        let (ended, left): (VecDeque<_>, _) = waiting.into_iter().partition(ends);
        self.uploads.waiting = left;
        for request in ended {
            self.uploaded(request.upload, Err(why.into()));
        }
    }

    /// Asks whether a pasted text that may be the path of a file means the file.
    pub(super) fn look_for_file(&mut self, text: &str) {
        let takes_files = self.session().isupport().filehost.is_some();
        if takes_files && self.can_say() && dropped_path::is_path(text) {
            self.command(HostCommand::LookForFile(text.to_owned()));
        }
    }

    /// Offers to upload the file whose path was pasted.
    pub fn offer_upload(&mut self, pasted: String) {
        // Only if the user has done nothing else since.
        if self.mode == Mode::Compose && self.composer.text().ends_with(&pasted) {
            self.mode = Mode::Confirm(Confirmation::Upload(pasted));
            self.changed = true;
        }
    }

    /// Uploads the file whose path was pasted, and takes the path out of the typed text.
    pub(super) fn upload_pasted(&mut self, pasted: &str) {
        let before = self.uploads.open.len();
        self.upload(pasted);
        // A refused upload leaves the text as it was.
        if self.uploads.open.len() > before {
            let text = self.composer.text();
            let rest = text.strip_suffix(pasted).unwrap_or(text).to_owned();
            self.composer.replace(rest);
        }
    }
}
