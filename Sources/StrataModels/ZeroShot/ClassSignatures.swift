import StrataBackend
import StrataData
import StrataGraph
import StrataNN

/// Classes as models of zero-shot learning see them: what describes each, as a vector of length 1, and which are
/// unseen.
struct ClassSignatures: Sendable {
    let attributes: ClassAttributes
    /// [classes, width], rows of length 1.
    let table: Tensor

    init(_ attributes: ClassAttributes) {
        self.attributes = attributes
        table = Self.normalized(attributes, Array(0..<attributes.classes))
    }

    var classes: Int { attributes.classes }
    var width: Int { attributes.names.count }

    /// The signatures of some classes: [classes.count, width].
    func rows(_ classes: [Int]) -> Tensor { Self.normalized(attributes, classes) }

    private static func normalized(_ attributes: ClassAttributes, _ classes: [Int]) -> Tensor {
        let width = attributes.names.count
        let values = classes.flatMap { number in
            let own = attributes.values[number * width..<(number + 1) * width]
            let length = own.reduce(Double(0)) { $0 + Double($1) * Double($1) }.squareRoot()
            return own.map { Float(Double($0) / length) }
        }
        return .literal(values, [classes.count, width])
    }

    /// The signature of each label: int32 [batch] → [batch, width].
    func of(_ labels: Tensor) -> Tensor { table.gather(labels) }

    /// Logits [batch, classes] of which those of some classes alone count: the others are so low that no softmax and no
    /// maximum sees them.
    func only(_ counted: [Int], _ logits: Tensor) -> Tensor {
        let counted = Set(counted)
        return logits + .literal((0..<classes).map { counted.contains($0) ? 0 : -1e9 as Float }, [classes])
    }

    // MARK: Measures

    /// Accuracies of logits [batch, classes], means over classes (Xian, Lampert, Schiele and Akata, "Zero-shot
    /// learning: a comprehensive evaluation of the good, the bad and the ugly", 2018): `seen_accuracy` S and
    /// `unseen_accuracy` U among all classes, `harmonic_mean` 2SU/(S + U), and `zero_shot_accuracy` of the unseen among
    /// themselves.
    func metrics(_ logits: Tensor, _ batch: Batch) -> [Metric] {
        guard let labels = batch.labels else { return [Metric("harmonic_mean", .missingLabels())] }
        if logits.isInvalid { return [Metric("harmonic_mean", logits)] }
        let own = Loss.oneHot(labels, classes: classes)
        func parts(_ logits: Tensor) -> Tensor {
            // The first of equal logits, so that a model that knows nothing is not right throughout.
            let told = Loss.oneHot(logits.argMax(axis: 1).cast(to: .int32), classes: classes)
            return .concatenate([own * told, own], axis: 1)
        }
        let (all, among) = (parts(logits), parts(only(attributes.unseen, logits)))
        let (seen, unseen) = (attributes.seen, attributes.unseen)
        return [
            Metric("seen_accuracy", from: all) { Self.classMean($0, seen) },
            Metric("unseen_accuracy", from: all) { Self.classMean($0, unseen) },
            Metric("harmonic_mean", from: all) {
                Self.harmonicMean(Self.classMean($0, seen), Self.classMean($0, unseen))
            },
            Metric("zero_shot_accuracy", from: among) { Self.classMean($0, unseen) },
        ]
    }

    /// The mean over some classes of the share that is right, from the shares of all examples that are of each class
    /// and right, and behind them those that are of it. Classes without examples do not count; 0 where none has any.
    static func classMean(_ shares: [Float], _ classes: [Int]) -> Float {
        let count = shares.count / 2
        let accuracies = classes.filter { shares[count + $0] > 0 }.map { shares[$0] / shares[count + $0] }
        return accuracies.isEmpty ? 0 : accuracies.reduce(0, +) / Float(accuracies.count)
    }

    /// 2SU/(S + U); 0 where both are.
    static func harmonicMean(_ seen: Float, _ unseen: Float) -> Float {
        seen + unseen > 0 ? 2 * seen * unseen / (seen + unseen) : 0
    }
}

extension DataSpec {
    /// What describes the classes, for a model that knows unseen ones by it. Throws `data` where nothing does, and
    /// where no class is unseen.
    func signatures(_ model: String) throws -> ClassSignatures {
        let classes = try labelled(model)
        guard let attributes else {
            throw StrataError(
                .data,
                "\(model) knows classes by their attributes, and this data has none; take glyphs or"
                    + " combined:sprites, name the classes that are unseen, or give attributes")
        }
        guard attributes.classes == classes else {
            throw StrataError(.data, "attributes describe \(attributes.classes) classes, and this data has \(classes)")
        }
        guard !attributes.unseen.isEmpty else {
            throw StrataError(.data, "\(model): no class of this data is unseen; name those that are")
        }
        return ClassSignatures(attributes)
    }
}
