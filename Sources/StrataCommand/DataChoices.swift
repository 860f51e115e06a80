public import ArgumentParser
public import StrataData

/// What a user may have take the place of numbers that a table lacks.
enum MissingFill: String, ExpressibleByArgument, CaseIterable {
    case mean, zero

    var values: DataOptions.MissingValues {
        switch self {
        case .mean: .mean
        case .zero: .zero
        }
    }
}

extension TextVocabulary.Unit: ExpressibleByArgument {}
