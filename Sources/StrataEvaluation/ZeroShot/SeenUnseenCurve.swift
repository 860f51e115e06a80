import StrataBackend
public import StrataData
public import StrataTraining

/// How a classifier of seen and unseen classes trades accuracy on the ones for accuracy on the others: calibrated
/// stacking, where a bias is taken off the scores of all seen classes (Chao, Changpinyo, Gong and Sha, "An empirical
/// study and analysis of generalized zero-shot learning for object recognition in the wild", 2016).
///
/// Accuracies are means over classes (Xian, Lampert, Schiele and Akata 2018), so that a class counts alike however many
/// examples it has.
///
/// ```
/// let curve = try SeenUnseenCurve(predictor, on: data.test, attributes)
/// print(curve.accuracies(bias: 0).harmonicMean, curve.area)
/// ```
public struct SeenUnseenCurve: Sendable {
    /// Accuracies at one bias.
    public struct Accuracies: Sendable, Hashable {
        /// S, of examples of seen classes among all classes.
        public var seen: Double
        /// U, of examples of unseen classes among all classes.
        public var unseen: Double

        /// H = 2SU/(S + U); 0 where both are.
        public var harmonicMean: Double { seen + unseen > 0 ? 2 * seen * unseen / (seen + unseen) : 0 }
    }

    /// The accuracies at all biases, from none that an unseen class could win against to one that no seen class
    /// survives.
    public let points: [(bias: Double, accuracies: Accuracies)]
    /// The unseen classes that are told apart.
    public let unseenClasses: Int

    /// An example by what decides about it.
    private struct Decision {
        /// The bias above which an unseen class wins.
        var threshold: Double
        var isUnseen: Bool
        /// Whether the best of its own kind of classes is its own.
        var isRight: Bool
        /// Its share of the mean over classes.
        var weight: Double
    }

    /// The curve of scores of all classes for each example.
    ///
    /// Throws `shape` for scores or labels that do not fit, `notFinite` for scores that are no numbers, `data` where no
    /// example is of an unseen class.
    ///
    /// - Parameters:
    ///   - scores: [examples, classes].
    ///   - labels: The class of each example.
    ///   - classes: The number of classes.
    ///   - unseen: The unseen classes.
    ///   - absent: Classes that no example is told to be of.
    ///   - isStandardized: Whether biases are in units of the standard deviation of an example's scores, which makes them
    ///     those of any model on any scale.
    public init(
        scores: [Float], labels: [Int32], classes: Int, unseen: [Int], absent: [Int] = [], isStandardized: Bool = false
    ) throws {
        guard classes > 0, scores.count == labels.count.multipliedReportingOverflow(by: classes).partialValue,
            labels.allSatisfy({ (0..<Int32(clamping: classes)).contains($0) }),
            unseen.allSatisfy({ (0..<classes).contains($0) })
        else {
            throw StrataError(
                .shape, "\(scores.count) scores do not fit \(labels.count) examples of \(classes) classes")
        }
        guard scores.allSatisfy(\.isFinite) else {
            throw StrataError(.notFinite, "zero-shot: the model gives scores that are not finite numbers")
        }
        let (isUnseen, isAbsent) = ((0..<classes).map(Set(unseen).contains), (0..<classes).map(Set(absent).contains))
        var counts = [Int](repeating: 0, count: classes)
        for label in labels { counts[Int(label)] += 1 }
        /// Classes of a kind that have examples.
        func present(_ kind: Bool) -> Int { (0..<classes).count { isUnseen[$0] == kind && counts[$0] > 0 } }
        let (seenCount, unseenCount) = (present(false), present(true))
        guard unseenCount > 0 else {
            throw StrataError(.data, "zero-shot: none of the examples is of an unseen class")
        }
        var decisions: [Decision] = []
        for (example, label) in labels.enumerated() {
            let own = scores[example * classes..<(example + 1) * classes]
            // The first of equal scores, so that a model that knows nothing is not right throughout.
            var (seen, unseen) = (-1, -1)
            for (number, score) in own.enumerated() where !isAbsent[number] {
                let rival = isUnseen[number] ? unseen : seen
                if rival >= 0, score <= own[own.startIndex + rival] { continue }
                if isUnseen[number] { unseen = number } else { seen = number }
            }
            func score(_ number: Int) -> Double { number < 0 ? -.infinity : Double(own[own.startIndex + number]) }
            let kind = isUnseen[Int(label)]
            let unit =
                isStandardized
                ? Self.deviation(own.indices.filter { !isAbsent[$0 - own.startIndex] }.map { own[$0] }) : 1
            decisions.append(
                Decision(
                    threshold: (score(seen) - score(unseen)) / unit, isUnseen: kind,
                    isRight: Int(label) == (kind ? unseen : seen),
                    weight: 1 / Double(counts[Int(label)] * (kind ? unseenCount : seenCount))))
        }
        (points, unseenClasses) = (Self.points(decisions), unseen.count)
    }

    /// The standard deviation of numbers; 1 where they do not vary.
    private static func deviation(_ values: [Float]) -> Double {
        let mean = values.reduce(0) { $0 + Double($1) } / Double(max(values.count, 1))
        let squares = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
        let deviation = (squares / Double(max(values.count, 1))).squareRoot()
        return deviation > 0 ? deviation : 1
    }

    private static func points(_ decisions: [Decision]) -> [(bias: Double, accuracies: Accuracies)] {
        var now = Accuracies(seen: 0, unseen: 0)
        for decision in decisions where decision.isRight && !decision.isUnseen { now.seen += decision.weight }
        var points = [(bias: -Double.infinity, accuracies: now)]
        let sorted = decisions.filter(\.isRight).sorted { $0.threshold < $1.threshold }
        var next = 0
        while next < sorted.count {
            let threshold = sorted[next].threshold
            while next < sorted.count, sorted[next].threshold == threshold {
                if sorted[next].isUnseen { now.unseen += sorted[next].weight } else { now.seen -= sorted[next].weight }
                next += 1
            }
            points.append((threshold, now))
        }
        return points
    }

    /// The curve of a trained classifier on a split. Throws `unsupported` for a model that tells no such classes,
    /// `data` for examples without labels.
    ///
    /// - `absent`: Classes that no example is told to be of.
    /// - `isStandardized`: Whether biases are in units of the standard deviation of an example's scores.
    public init(
        _ predictor: Predictor, on split: DataSplit, _ attributes: ClassAttributes, absent: [Int] = [],
        isStandardized: Bool = false
    ) throws {
        guard let labels = split.labels else {
            throw StrataError(.data, "zero-shot: the examples have no labels")
        }
        let (scores, classes) = try predictor.classScores(of: split.values(0..<split.count))
        guard classes == attributes.classes else {
            throw StrataError(
                .unsupported,
                "zero-shot: the model tells \(classes) classes, and the attributes describe \(attributes.classes)"
            )
        }
        try self.init(
            scores: scores, labels: labels.values, classes: classes, unseen: attributes.unseen, absent: absent,
            isStandardized: isStandardized)
    }

    /// The accuracies where so much is taken off the scores of seen classes.
    public func accuracies(bias: Double) -> Accuracies {
        (points.last { $0.bias < bias } ?? points[0]).accuracies
    }

    /// The accuracy of unseen classes among themselves, as zero-shot learning without seen examples has it.
    public var zeroShotAccuracy: Double { points[points.count - 1].accuracies.unseen }

    /// What guessing among the unseen classes comes to.
    public var chance: Double { 1 / Double(unseenClasses) }

    /// The area under seen over unseen accuracy, by trapezoids: 1 for a classifier that is always right.
    public var area: Double {
        zip(points, points.dropFirst()).reduce(0) { area, pair in
            let (a, b) = (pair.0.accuracies, pair.1.accuracies)
            return area + (b.unseen - a.unseen) * (a.seen + b.seen) / 2
        }
    }

    /// A bias with the greatest harmonic mean, in the middle of those that have it. It means something only on other
    /// examples than those that it was found on.
    public var bestBias: Double {
        guard points.count > 2 else { return 0 }
        let best = points.indices.dropFirst().dropLast().max {
            points[$0].accuracies.harmonicMean < points[$1].accuracies.harmonicMean
        }
        guard let best else { return 0 }
        return (points[best].bias + points[best + 1].bias) / 2
    }
}
