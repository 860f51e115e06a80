import StrataBackend
import StrataNN

extension UNet {
    /// The setting `channels` of models that have a U-Net.
    static let channelsHyperparameter = Hyperparameter(
        "channels", .integers([32, 64, 64]), in: 8...4096,
        "channels at each resolution, multiples of 8, of which each has half the extents of the one before")

    /// The U-Net that a user's setting `channels` asks for. Throws `data` where examples of the shape are no images, and
    /// `usage` for channels that are no multiples of 8, or are more than the images can be halved for.
    init(_ settings: Hyperparameters, for shape: [Int], outputs: Int? = nil) throws {
        let channels = settings.integers("channels")
        try Architecture(.conv).check(shape)
        guard !channels.isEmpty, channels.allSatisfy({ $0.isMultiple(of: 8) }) else {
            throw StrataError(
                parameter: "channels", channels, "expected multiples of 8, the groups that are normalized")
        }
        let factor = 1 << min(channels.count - 1, 32)
        guard shape.suffix(2).allSatisfy({ $0.isMultiple(of: factor) }) else {
            throw StrataError(
                parameter: "channels", channels,
                "images of \(Shape(shape)) cannot be halved \(channels.count - 1) times; take fewer channels")
        }
        self.init(channels: channels, outputs: outputs)
    }
}
