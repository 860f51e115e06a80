import StrataBackend
public import StrataData

extension WordVectors {
    /// A description of classes by the vectors of their names, of which none is unseen: that of the whole name or,
    /// where there is none, the mean of those of its words, each brought to length 1.
    ///
    /// Throws `data` for a class of which no word has a vector.
    public func attributes(of classNames: [String]) throws -> ClassAttributes {
        let rows = try classNames.map { name -> [Float] in
            let words = [name] + name.split { !$0.isLetter && !$0.isNumber }.map(String.init)
            let whole = position(ignoringCase: name).map { [$0] }
            let places = whole ?? words.dropFirst().compactMap { position(ignoringCase: $0) }
            guard !places.isEmpty else {
                throw StrataError(
                    .data, "the class '\(name)' has no word among the \(self.words.count) words of the vectors")
            }
            var mean = [Float](repeating: 0, count: width)
            for place in places {
                let own = vector(place)
                let length = max(own.reduce(0) { $0 + $1 * $1 }.squareRoot(), .leastNormalMagnitude)
                for (number, value) in own.enumerated() { mean[number] += value / length }
            }
            return mean
        }
        return try ClassAttributes(names: (0..<width).map(String.init), values: rows.flatMap(\.self))
    }
}
