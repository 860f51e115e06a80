import StrataBackend
public import StrataData

#if WebP
import CWebP
#endif

/// WebP files, with loss and without, by the system's libwebp. In a build without the trait `WebP` it throws
/// `unsupported`.
public enum WebP {
    /// Reads a file's bytes as red, green, blue, which is all that the format has: a grayscale image comes back with three
    /// equal channels. What is transparent is laid on black, and the image is turned as its Exif orientation says.
    ///
    /// Throws `data` for a file that is damaged or cut short, `unsupported` for an animation.
    public static func decode(_ file: [UInt8]) throws -> Image {
        #if WebP
        var features = WebPBitstreamFeatures()
        guard WebPGetFeatures(file, file.count, &features) == VP8_STATUS_OK else { throw damaged }
        guard features.has_animation == 0 else {
            throw StrataError(.unsupported, "is an animation; save one of its frames as an image")
        }
        let (width, height) = (Int(features.width), Int(features.height))
        try ImageBounds.check(width: width, height: height, fileBytes: file.count)
        let stored = features.has_alpha == 0 ? 3 : 4
        var pixels = [UInt8](repeating: 0, count: width * height * stored)
        let decode = stored == 3 ? WebPDecodeRGBInto : WebPDecodeRGBAInto
        guard decode(file, file.count, &pixels, pixels.count, Int32(width * stored)) != nil else { throw damaged }
        if stored == 4 { pixels = Alpha.onBlack(pixels, channels: 3) }
        return try Image(width: width, height: height, channels: 3, pixels: pixels).turned(
            to: ExifOrientation(webP: file))
        #else
        throw StrataError(.unsupported, "WebP needs a build with the trait WebP (libwebp-dev)")
        #endif
    }

    #if WebP
    private static var damaged: StrataError {
        StrataError(.data, "is not a sound WebP file: it is cut short, or bytes in it have changed")
    }
    #endif
}
