/// Transparency of images, which models do not see.
enum Alpha {
    /// Pixels with an alpha channel behind their others, laid on black: each number times its alpha.
    static func onBlack(_ pixels: [UInt8], channels: Int) -> [UInt8] {
        let count = pixels.count / (channels + 1)
        return [UInt8](unsafeUninitializedCapacity: count * channels) { laid, filled in
            for pixel in 0..<count {
                let start = pixel * (channels + 1)
                let alpha = Int(pixels[start + channels])
                for channel in 0..<channels {
                    laid[pixel * channels + channel] = UInt8((Int(pixels[start + channel]) * alpha + 127) / 255)
                }
            }
            filled = count * channels
        }
    }
}
