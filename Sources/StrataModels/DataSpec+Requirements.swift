import StrataBackend
import StrataData
import StrataNN

/// What models require of data before they are built.
extension DataSpec {
    /// The step between neighbouring values of the examples: that of brightness in bytes; 0 for other numbers.
    var resolution: Float { example.dtype == .uint8 && example.scale < 1 ? example.scale : 0 }

    /// The examples that a model lays out: as many as it is set to, or all where there are fewer. Throws `data` where
    /// those are too few for their neighbours.
    func landmarks(_ settings: Hyperparameters) throws -> Int {
        let count = min(settings.integer("landmarks"), examples ?? .max)
        let least = max(settings.integer("neighbours"), settings.integer("dimensions")) + 2
        guard count >= least else {
            throw StrataError(.data, "\(count) landmarks are too few; these settings take \(least) examples at least")
        }
        return count
    }

    /// The classes, for a model that learns from labels; throws `data` where there are none.
    func labelled(_ model: String) throws -> Int {
        guard classes > 1 else {
            throw StrataError(
                .data, "\(model) learns from labels, and this data has \(classes == 0 ? "none" : "a single class")")
        }
        return classes
    }

    /// The targets, for a model that learns them; throws `data` where there are none.
    func aimed(_ model: String) throws -> Int {
        guard targets > 0 else {
            throw StrataError(
                .data, "\(model) learns from targets, and this data has none; an .npz file may hold them as 'targets'")
        }
        return targets
    }
}

extension ColumnSpec {
    /// Whether all values are known to lie from 0 to 1.
    package var isBrightness: Bool { range.map { $0.lowerBound >= 0 && $0.upperBound <= 1 } ?? false }
}
