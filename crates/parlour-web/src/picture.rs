//! Pictures: decoded and encoded anew, which leaves nothing of what else a file may hold (place,
//! camera, scripts behind the picture), and a small one for the timeline.
//!
//! This runs in a process of its own, whose memory and time the system bounds: a picture that makes a
//! decoder fail harms nobody but its sender.

use std::fs::File;
use std::io::{BufReader, BufWriter, Cursor, Write as _};
use std::path::Path;

use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{
    AnimationDecoder as _, DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits,
};

/// Pixels of either side.
const SIDE_MAX: u32 = 12_000;
/// Pixels of a picture.
const PIXELS_MAX: u64 = 40_000_000;
/// Pixels of all frames of an animation.
const FRAMES_PIXELS_MAX: u64 = 60_000_000;
/// Bytes that a decoder may allocate.
const ALLOC_MAX: u64 = 256 << 20;
/// Pixels of either side of the small picture: twice what the page shows, for fine screens.
const THUMB_SIDE: u32 = 720;
/// Quality of JPEG.
const QUALITY: u8 = 85;

/// Picture that was encoded anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Media type.
    pub kind: &'static str,
    /// Ending of its name.
    pub ending: &'static str,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

const PNG: (&str, &str) = ("image/png", "png");
const JPEG: (&str, &str) = ("image/jpeg", "jpg");
const GIF: (&str, &str) = ("image/gif", "gif");

/// Encodes a picture anew to `to`, and a small one to `thumb`.
///
/// # Errors
/// It is no picture of a known kind, too large, or damaged.
pub fn convert(from: &Path, to: &Path, thumb: &Path) -> Result<Picture, String> {
    let open = || {
        File::open(from)
            .map(BufReader::new)
            .map_err(|error| error.to_string())
    };
    let mut reader = ImageReader::new(open()?);
    reader = reader
        .with_guessed_format()
        .map_err(|error| error.to_string())?;
    let format = reader.format();
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(format!("a picture may have {PIXELS_MAX} pixels"));
    }
    let mut reserve = limits();
    reserve
        .reserve(decoder.total_bytes())
        .map_err(|error| error.to_string())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| error.to_string())?;
    picture.apply_orientation(orientation);
    write_thumb(&picture, thumb)?;
    let (kind, ending) = match format {
        Some(ImageFormat::Gif) if is_animated(open()?) => {
            write_animation(open()?, to, FRAMES_PIXELS_MAX)?;
            GIF
        }
        Some(ImageFormat::Jpeg) => {
            write_jpeg(&picture, to)?;
            JPEG
        }
        // A picture of WebP without transparency is a photograph more often than not.
        Some(ImageFormat::WebP) if !picture.color().has_alpha() => {
            write_jpeg(&picture, to)?;
            JPEG
        }
        _ => {
            write_png(&picture, to)?;
            PNG
        }
    };
    Ok(Picture {
        kind,
        ending,
        width: picture.width(),
        height: picture.height(),
    })
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(ALLOC_MAX);
    limits
}

fn write_jpeg(picture: &DynamicImage, to: &Path) -> Result<(), String> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    let opaque = DynamicImage::ImageRgb8(picture.to_rgb8());
    opaque
        .write_with_encoder(encoder)
        .map_err(|error| error.to_string())?;
    std::fs::write(to, bytes).map_err(|error| error.to_string())
}

fn write_png(picture: &DynamicImage, to: &Path) -> Result<(), String> {
    let mut bytes = Cursor::new(Vec::new());
    let (level, filter) = (CompressionType::Default, FilterType::Adaptive);
    let encoder = PngEncoder::new_with_quality(&mut bytes, level, filter);
    picture
        .write_with_encoder(encoder)
        .map_err(|error| error.to_string())?;
    std::fs::write(to, bytes.into_inner()).map_err(|error| error.to_string())
}

/// Writes the small picture, which is no larger than the picture itself.
fn write_thumb(picture: &DynamicImage, to: &Path) -> Result<(), String> {
    let small = match picture.width().max(picture.height()) > THUMB_SIDE {
        true => picture.thumbnail(THUMB_SIDE, THUMB_SIDE),
        false => picture.clone(),
    };
    match small.color().has_alpha() {
        true => write_png(&small, to),
        false => write_jpeg(&small, to),
    }
}

fn is_animated(file: BufReader<File>) -> bool {
    let decoder = GifDecoder::new(file);
    decoder.is_ok_and(|decoder| decoder.into_frames().take(2).filter(Result::is_ok).count() == 2)
}

/// Encodes an animation anew, frame by frame, if all of them have at most so many pixels.
fn write_animation(file: BufReader<File>, to: &Path, most: u64) -> Result<(), String> {
    let mut decoder = GifDecoder::new(file).map_err(|error| error.to_string())?;
    decoder
        .set_limits(limits())
        .map_err(|error| error.to_string())?;
    let out = File::create(to).map_err(|error| error.to_string())?;
    let mut out = BufWriter::new(out);
    {
        let mut encoder = GifEncoder::new_with_speed(&mut out, 10);
        encoder
            .set_repeat(Repeat::Infinite)
            .map_err(|error| error.to_string())?;
        let mut pixels = 0;
        for frame in decoder.into_frames() {
            let frame = frame.map_err(|error| error.to_string())?;
            let (width, height) = frame.buffer().dimensions();
            pixels += u64::from(width) * u64::from(height);
            if pixels > most {
                return Err(format!("an animation may have {most} pixels"));
            }
            encoder
                .encode_frame(frame)
                .map_err(|error| error.to_string())?;
        }
    }
    out.flush().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    #[test]
    fn nothing_is_left_of_what_stands_behind_a_picture() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        let picture = RgbImage::from_pixel(900, 300, Rgb([1, 2, 3]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        let mut bytes = bytes.into_inner();
        bytes.extend_from_slice(b"<script>alert(1)</script>");
        std::fs::write(path("in"), &bytes).unwrap();
        let made = convert(&path("in"), &path("out"), &path("thumb")).unwrap();
        assert_eq!(
            (made.kind, made.width, made.height),
            ("image/png", 900, 300)
        );
        let out = std::fs::read(path("out")).unwrap();
        assert!(!out.windows(8).any(|eight| eight == b"<script>"));
        let thumb = image::open(path("thumb"));
        assert!(thumb.is_err() || thumb.unwrap().width() == THUMB_SIDE);
    }

    #[test]
    fn a_photograph_is_turned_upright_and_forgets_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let [from, to, thumb] = ["in", "out", "thumb"].map(|name| dir.path().join(name));
        let picture = RgbImage::from_pixel(400, 200, Rgb([9, 99, 199]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let bytes = bytes.into_inner();
        // An Exif segment: turned by a quarter (tag 0x112, value 6), and a place behind it.
        let tiff = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0N 52 30 0";
        let exif = [&b"Exif\0\0"[..], tiff].concat();
        let size = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        let file = [&bytes[..2], b"\xff\xe1", &size, &exif, &bytes[2..]].concat();
        std::fs::write(&from, &file).unwrap();
        let made = convert(&from, &to, &thumb).unwrap();
        assert_eq!(
            (made.kind, made.width, made.height),
            ("image/jpeg", 200, 400)
        );
        for path in [&to, &thumb] {
            let out = std::fs::read(path).unwrap();
            for left in [&b"Exif"[..], b"N 52 30 0"] {
                assert!(!out.windows(left.len()).any(|part| part == left));
            }
        }
    }

    #[test]
    fn animations_are_bounded_in_all_their_frames() {
        // Frames of one pixel, each of which is drawn on the whole screen.
        let frames = |side: u16, count: usize| {
            let [low, high] = side.to_le_bytes();
            let mut bytes = [&b"GIF89a"[..], &[low, high, low, high, 0x80, 0, 0]].concat();
            bytes.extend_from_slice(&[0, 0, 0, 255, 255, 255]);
            for _ in 0..count {
                bytes.extend_from_slice(b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0");
            }
            bytes.push(b';');
            bytes
        };
        let dir = tempfile::tempdir().unwrap();
        let [from, to, thumb] = ["in", "out", "thumb"].map(|name| dir.path().join(name));
        std::fs::write(&from, frames(20, 3)).unwrap();
        assert_eq!(convert(&from, &to, &thumb).unwrap().kind, "image/gif");
        let open = || BufReader::new(File::open(&from).unwrap());
        assert!(write_animation(open(), &to, 3 * 400).is_ok());
        assert!(write_animation(open(), &to, 3 * 400 - 1).is_err());
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        // A PNG of 50,000 by 50,000 pixels: the head alone.
        let mut bomb =
            b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xc3\x50\0\0\xc3\x50\x08\x02\0\0\0".to_vec();
        bomb.extend_from_slice(&[0; 20]);
        for bytes in [
            &b"<svg onload=alert(1)>"[..],
            b"<html>",
            b"GIF89a",
            b"",
            &bomb,
        ] {
            std::fs::write(path("in"), bytes).unwrap();
            assert!(convert(&path("in"), &path("out"), &path("thumb")).is_err());
        }
    }
}
