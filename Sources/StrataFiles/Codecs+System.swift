public import StrataData

extension Codecs {
    /// What this build can read and write: gzip, deflate and PNG with the trait `PNG`, JPEG and WebP with theirs.
    public static var system: Codecs {
        var codecs = Codecs.none
        #if PNG
        codecs.gunzip = Deflate.gunzip
        codecs.unzlib = Deflate.unzlib
        codecs.inflate = Deflate.inflate(_:count:)
        codecs.readPNG = PNG.decode
        codecs.writePNG = PNG.encode
        #endif
        #if JPEG
        codecs.readJPEG = JPEG.decode
        #endif
        #if WebP
        codecs.readWebP = WebP.decode
        #endif
        return codecs
    }
}
