import StrataBackend
import StrataData
public import StrataGraph
import StrataNN

/// What makes views of an example: changes that leave it what it is, drawn anew each time. Views are made within the graph, so
/// that they are the same bits on every backend.
public struct ExampleViews: Sendable, Hashable {
    /// One of the changes.
    public enum Change: Sendable, Hashable {
        /// Noise on features.
        case noise(Corruption)
        /// A part of an image, enlarged to the whole by linear interpolation: along each axis a share of it, from the least on.
        case crop(least: Float)
        /// An image and its mirror image, one as often as the other.
        case flip
        /// All features multiplied by one factor, between 1 − s and 1 + s.
        case brightness(Float)
    }

    /// The shape of an example.
    public let shape: [Int]
    /// The changes in the order in which they are made.
    public let changes: [Change]

    /// Changes of examples of a shape. Nothing is checked: crops and mirror images of what is no image are invalid tensors.
    public init(_ changes: [Change], shape: [Int]) {
        self.changes = changes
        self.shape = shape
    }

    /// A view of each example: [rows, features] → the same shape.
    public func callAsFunction(_ x: Tensor, _ key: RandomKey) -> Tensor {
        changes.enumerated().reduce(x) { x, change in
            // The first has the key itself, as noise alone always had.
            apply(change.element, x, change.offset == 0 ? key : key.numbered(change.offset))
        }
    }

    private func apply(_ change: Change, _ x: Tensor, _ key: RandomKey) -> Tensor {
        if x.isInvalid { return x }
        let rows = x.extent(0)
        switch change {
        case .noise(let corruption): return corruption(x, key)
        case .brightness(let spread):
            return x * ((key.named("brightness").uniform([rows, 1]) * 2 - 1) * spread + 1)
        case .flip:
            let isFlipped = key.named("flip").uniform([rows]).less(0.5)
            return warped(x) { axis, places in
                axis == 0 ? places : places + (Float(image[2] - 1) - places * 2) * isFlipped.reshape([rows, 1])
            }
        case .crop(let least):
            return warped(x) { axis, places in
                let key = key.named(axis == 0 ? "rows" : "columns")
                let share = key.named("share").uniform([rows, 1]) * (1 - least) + least
                let start = key.named("start").uniform([rows, 1]) * (1 - share) * Float(image[1 + axis])
                return start + (places + 0.5) * share - 0.5
            }
        }
    }

    private var image: [Int] { shape.count == 2 ? [1] + shape : shape }

    /// Images with other places along each axis, between pixels by linear interpolation, and beyond the edge as there.
    ///
    /// - `places`: For each pixel of a view where it is in the example, given its own place: [rows, extent] each.
    private func warped(_ x: Tensor, _ places: (_ axis: Int, _ own: Tensor) -> Tensor) -> Tensor {
        guard image.count == 3, x.rank == 2, x.shape[1] == image.product else {
            return .invalid("views: the examples are \(x.shape), expected images [batch, \(image.product)]", of: x)
        }
        let rows = x.shape[0]
        func weights(_ axis: Int) -> Tensor {
            let extent = image[1 + axis]
            let found = places(axis, .iota([rows, extent], axis: 1)).maximum(0).minimum(Float(extent - 1))
            let distance = found.reshape([rows, extent, 1]) - .iota([rows, extent, extent], axis: 2)
            return (1 - distance.absolute()).relu()
        }
        // [rows, height, channels, width], then [rows, height, channels, width] again along the other axis.
        let images = x.reshape(Shape([rows] + image))
        let tall = weights(0).dot(
            images, DotAxes(leftBatch: [0], rightBatch: [0], leftContract: [2], rightContract: [2]))
        let both = tall.dot(
            weights(1), DotAxes(leftBatch: [0], rightBatch: [0], leftContract: [3], rightContract: [2]))
        return (image[0] == 1 ? both : both.transpose([0, 2, 1, 3])).reshape(x.shape)
    }
}

extension ExampleViews {
    /// The settings of views, with those that a model takes where nobody asks.
    static func hyperparameters(_ standard: [String] = ["masking"]) -> [Hyperparameter] {
        [
            Hyperparameter(
                "views", .words(standard),
                "what tells two views apart, in this order: crop, flip, brightness, masking, gaussian, salt-and-pepper"),
            Hyperparameter(
                "view-level", .real(0.3), in: 1e-6...10,
                "share of features masked, or the standard deviation of gaussian noise"),
            Hyperparameter(
                "crop-least", .real(0.6), in: 0.05...1, "least share of an image's extents that a crop shows"),
            Hyperparameter("brightness-spread", .real(0.4), in: 0...1, "how far a factor of brightness is from 1"),
        ]
    }

    /// The views that a user's settings ask for. Throws `usage` for words that name none, for none at all, and for crops and
    /// mirror images of what is no image.
    init(_ settings: Hyperparameters, of spec: DataSpec) throws {
        let names = settings.words("views")
        let level = Float(settings.real("view-level"))
        let known: [(name: String, change: Change)] =
            [
                ("crop", .crop(least: Float(settings.real("crop-least")))), ("flip", .flip),
                ("brightness", .brightness(Float(settings.real("brightness-spread")))),
            ]
            + [Corruption.Kind.masking, .gaussian, .saltAndPepper].map { ($0.rawValue, .noise(Corruption($0, level))) }
        guard !names.isEmpty else {
            throw StrataError(parameter: "views", "none", "without a change both views of an example are the same")
        }
        let changes = try names.map { name in
            guard let change = known.first(where: { $0.name == name })?.change else {
                throw StrataError.unknown("kind of view", name, among: known.map(\.name))
            }
            return change
        }
        let isImage = (2...3).contains(spec.shape.count)
        for (name, change) in zip(names, changes) {
            switch change {
            case .crop, .flip:
                guard isImage else {
                    throw StrataError(parameter: "views", name, "takes images; these examples are \(Shape(spec.shape))")
                }
            case .noise(let noise):
                guard noise.level < 1 || noise.kind == .gaussian else {
                    throw StrataError(parameter: "view-level", level, "a view that is masked whole shows nothing")
                }
            case .brightness: break
            }
        }
        self.init(changes, shape: spec.shape)
    }
}
