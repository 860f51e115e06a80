extension ClassAttributes {
    /// The attributes of classes that Strata knows by their names, of which none is unseen: those of Fashion-MNIST.
    /// `nil` for any others.
    public static func known(for classNames: [String]) -> ClassAttributes? {
        guard classNames == clothes.map(\.name) else { return nil }
        let names = clothes.reduce(into: [String]()) { names, piece in
            names += piece.attributes.filter { !names.contains($0) }
        }
        let values = clothes.flatMap { piece in names.map { piece.attributes.contains($0) ? Float(1) : 0 } }
        return try? ClassAttributes(names: names, values: values)
    }

    /// What the classes of Fashion-MNIST look like, as the names of the clothes say it, not as any one image shows it.
    static let clothes: [(name: String, attributes: [String])] = [
        ("T-shirt/top", ["upper body", "short sleeves", "closed front", "hip length", "light fabric"]),
        ("Trouser", ["lower body", "two legs", "full length", "light fabric"]),
        ("Pullover", ["upper body", "long sleeves", "closed front", "hip length", "knitted"]),
        ("Dress", ["upper body", "lower body", "skirt", "closed front", "full length", "light fabric"]),
        ("Coat", ["upper body", "long sleeves", "open front", "collar", "hip length", "heavy fabric"]),
        ("Sandal", ["foot", "sole", "straps", "low shaft", "leather"]),
        ("Shirt", ["upper body", "long sleeves", "open front", "collar", "hip length", "light fabric"]),
        ("Sneaker", ["foot", "sole", "closed toe", "low shaft", "light fabric"]),
        ("Bag", ["carried", "handle", "leather"]),
        ("Ankle boot", ["foot", "sole", "closed toe", "high shaft", "leather"]),
    ]
}
