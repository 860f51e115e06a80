public import StrataData

extension Codecs {
    /// What this build can read and write: gzip, deflate and PNG with the trait `PNG`, nothing without.
    public static var system: Codecs {
        #if PNG
        Codecs(
            gunzip: Deflate.gunzip, unzlib: Deflate.unzlib, inflate: Deflate.inflate(_:count:), readPNG: PNG.decode,
            writePNG: PNG.encode)
        #else
        .none
        #endif
    }
}
