/// What watches a stream of numbers, such as the errors of a classifier, for a change of their mean.
public protocol DriftDetector: Sendable {
    /// Takes the next number, from 0 to 1, and says whether the mean has changed.
    mutating func add(_ value: Double) -> DriftChange
}

/// A change of a mean.
public enum DriftChange: Sendable, Hashable {
    /// None that is known of.
    case none
    /// The numbers have become larger.
    case rise
    /// The numbers have become smaller.
    case fall
}

/// The detectors by the names that a user knows them by.
public enum DriftDetectorName: String, Sendable, CaseIterable {
    case adwin
    case pageHinkley = "page-hinkley"

    /// A detector of its standard settings, which has seen nothing.
    public var detector: any DriftDetector {
        switch self {
        case .adwin: AdaptiveWindow()
        case .pageHinkley: PageHinkley()
        }
    }
}
