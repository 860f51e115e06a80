import StrataBackend
public import StrataData

#if JPEG
import CTurboJPEG
#endif

/// JPEG files, baseline and progressive, by the system's libjpeg-turbo. In a build without the trait `JPEG` it throws
/// `unsupported`.
public enum JPEG {
    /// Reads a file's bytes: grayscale stays so, YCbCr becomes red, green, blue, and the image is turned as its Exif
    /// orientation says, so that a model sees what people do.
    ///
    /// No color management changes the numbers, whatever profile the file names. CMYK, whose colors a profile alone can
    /// tell, is refused.
    ///
    /// Throws `data` with the library's reason for a file that is damaged or cut short.
    public static func decode(_ file: [UInt8]) throws -> Image {
        #if JPEG
        guard let decompressor = tjInitDecompress() else { throw failure(nil) }
        defer { tjDestroy(decompressor) }
        var (width, height, subsampling, colors) = (Int32(0), Int32(0), Int32(0), Int32(0))
        guard
            tjDecompressHeader3(
                decompressor, file, UInt(file.count), &width, &height, &subsampling, &colors) == 0
        else { throw failure(decompressor) }
        guard colors != TJCS_CMYK.rawValue, colors != TJCS_YCCK.rawValue else {
            throw StrataError(.unsupported, "is in CMYK, for print; convert it to RGB")
        }
        try ImageBounds.check(width: Int(width), height: Int(height), fileBytes: file.count)
        let channels = colors == TJCS_GRAY.rawValue ? 1 : 3
        let format = channels == 1 ? TJPF_GRAY : TJPF_RGB
        var pixels = [UInt8](repeating: 0, count: Int(width) * Int(height) * channels)
        if tjDecompress2(
            decompressor, file, UInt(file.count), &pixels, width, 0, height, format.rawValue,
            TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS) != 0
        {
            // What is said is the first thing wrong. Filling before the end mark has harmed no pixel; an image with
            // anything else is gray in parts.
            guard tjGetErrorCode(decompressor) == TJERR_WARNING.rawValue,
                reason(decompressor).hasSuffix("extraneous bytes before marker 0xd9")
            else { throw failure(decompressor) }
        }
        let image = try Image(width: Int(width), height: Int(height), channels: channels, pixels: pixels)
        return try image.turned(to: ExifOrientation(jpeg: file))
        #else
        throw StrataError(.unsupported, "JPEG needs a build with the trait JPEG (libturbojpeg0-dev)")
        #endif
    }

    #if JPEG
    private static func reason(_ decompressor: tjhandle?) -> String { String(cString: tjGetErrorStr2(decompressor)) }

    private static func failure(_ decompressor: tjhandle?) -> StrataError {
        StrataError(.data, "is not a sound JPEG file: \(reason(decompressor))")
    }
    #endif
}
