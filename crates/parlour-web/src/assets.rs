//! Files of the page, embedded and compressed at compile time (`build.rs`).

use hyper::body::Bytes;
use hyper::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, VARY,
};

use crate::headers;
use crate::response::{Answer, whole};

/// File of the page.
struct Asset {
    /// Path of its address.
    path: &'static str,
    /// Media type.
    kind: &'static str,
    /// True if its name changes with its content.
    immutable: bool,
    raw: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

/// All files, by path.
const ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Returns the response with a file, compressed if the client takes that; `None` if there is no such
/// file.
pub(crate) fn find(path: &str, request: &HeaderMap) -> Option<Answer> {
    let asset = ASSETS.iter().find(|asset| asset.path == path)?;
    let (body, encoding) = match (accepts(request, "br"), accepts(request, "gzip")) {
        (true, _) => (asset.brotli, Some("br")),
        (false, true) => (asset.gzip, Some("gzip")),
        (false, false) => (asset.raw, None),
    };
    let mut answer = whole(Bytes::from_static(body));
    let headers = answer.headers_mut();
    // What is neither a document nor a worker is subject to the policy of the page that loads it.
    if !asset.immutable {
        headers::for_page(headers);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    let cached = match asset.immutable {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cached));
    if let Some(encoding) = encoding {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(answer)
}

/// Returns whether the client accepts an encoding (RFC 9110 §12.5.3).
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    let values = request.get_all(ACCEPT_ENCODING).iter();
    let mut offers = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','));
    offers.any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        let is_it = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        is_it && weight.is_none_or(|weight| weight.parse().is_ok_and(|weight: f32| weight > 0.0))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_those_that_the_client_takes() {
        let encoding = |accepted: &str| {
            let mut request = HeaderMap::new();
            request.insert(ACCEPT_ENCODING, accepted.parse().unwrap());
            let answer = find("/", &request).unwrap();
            let encoding = answer.headers().get(CONTENT_ENCODING).cloned();
            encoding.map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(encoding("gzip, deflate, br").as_deref(), Some("br"));
        assert_eq!(encoding("GZIP;q=0.5").as_deref(), Some("gzip"));
        assert_eq!(encoding("br;q=0, identity"), None);
        assert!(find("/../Cargo.toml", &HeaderMap::new()).is_none());
    }

    #[test]
    fn the_first_load_is_small() {
        let page = ASSETS.iter().find(|asset| asset.path == "/").unwrap();
        let page = std::str::from_utf8(page.raw).unwrap();
        let sum = |end: &str| -> usize {
            let named = |asset: &&Asset| page.contains(&format!("\"{}\"", &asset.path[1..]));
            let worker = |asset: &&Asset| asset.path == "/sw.js";
            let files = ASSETS.iter().filter(|asset| named(asset) || worker(asset));
            let files = files.filter(|asset| asset.path.ends_with(end));
            files.map(|asset| asset.gzip.len()).sum()
        };
        let (scripts, styles) = (sum("js"), sum("css"));
        assert!(
            scripts > 0 && scripts < 60_000,
            "{scripts} bytes of scripts"
        );
        assert!(styles > 0 && styles < 12_000, "{styles} bytes of styles");
    }
}
