//! Headers that restrict what a browser does with a response.

use hyper::header::{
    CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};

/// Content policy of the page: nothing but the server's own files, no markup made from strings. The
/// one policy of Trusted Types is for the address of the service worker.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; \
    worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types sw";
/// Content policy of all else: nothing runs and nothing is loaded.
const CLOSED_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS: HeaderName = HeaderName::from_static("permissions-policy");

/// Sets the headers of the page and its files.
pub(crate) fn for_page(headers: &mut HeaderMap) {
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(PAGE_POLICY),
    );
    let permissions = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
    headers.insert(PERMISSIONS, HeaderValue::from_static(permissions));
}

/// Sets the headers that every response has, as far as they are not set.
pub(crate) fn for_all(headers: &mut HeaderMap) {
    let common = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, CLOSED_POLICY),
        (OPENER, "same-origin"),
        (RESOURCE, "same-origin"),
    ];
    for (name, value) in common {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
}
