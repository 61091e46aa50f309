//! Files that are built into the program: those of the playground, and those of the documentation.

use std::{borrow::Cow, collections::HashMap};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header},
    response::IntoResponse,
};
use rust_embed::RustEmbed;

use super::ready_made::Made;

/// For files with a hash of their content in their name.
pub(super) const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// For all others: they may be kept, and are asked for again each time.
pub(super) const ASK_AGAIN: &str = "no-cache";

/// The files of a folder, and what a browser may load for them.
pub(super) struct Embedded {
    files: HashMap<Cow<'static, str>, Made>,
    policy: HeaderValue,
}

impl Embedded {
    /// The files of a folder, each compressed when it is first asked for.
    pub fn of<F: RustEmbed>(policy: HeaderValue) -> Self {
        let made = |name: Cow<'static, str>| {
            let file = F::get(&name)?;
            let bytes = match file.data {
                Cow::Borrowed(bytes) => Bytes::from_static(bytes),
                Cow::Owned(bytes) => Bytes::from(bytes),
            };
            Some((name.clone(), Made::tagged(media(&name), bytes, &file.metadata.sha256_hash())))
        };
        Embedded { files: F::iter().filter_map(made).collect(), policy }
    }
    /// A file, if there is one of this name.
    pub fn serve(&self, name: &str, cache: &'static str, headers: &HeaderMap) -> Option<Response<Body>> {
        let mut response = self.files.get(name)?.answer(headers);
        let out = response.headers_mut();
        out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
        out.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        Some(response)
    }
}

/// The answer of a program that was built without the files: a text that says what helps.
pub(super) fn missing(text: &'static str) -> Response<Body> {
    (StatusCode::NOT_FOUND, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}

fn media(file: &str) -> &'static str {
    match file.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "md" | "txt" => "text/plain; charset=utf-8",
        "json" | "map" => "application/json",
        "html" => "text/html; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "wasm" => "application/wasm",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_program_without_the_files_says_what_helps() {
        let (parts, body) = missing("Run `make web`.").into_parts();
        assert_eq!(parts.status, StatusCode::NOT_FOUND);
        assert_eq!(parts.headers["content-type"], "text/plain; charset=utf-8");
        let body = body.collect().await.expect("a body").to_bytes();
        assert!(String::from_utf8_lossy(&body).contains("make web"));
    }
}
