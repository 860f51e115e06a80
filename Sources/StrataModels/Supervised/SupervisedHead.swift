public import StrataGraph
public import StrataNN

/// The task of a supervised network: how many outputs it has, and how they are compared with labels or targets.
///
/// ```
/// let network = SupervisedNetwork(features: 784, hidden: [500], head: .softmax(classes: 10))
/// ```
public struct SupervisedHead: Sendable {
    /// Outputs of the network, one for each class, target or label.
    public let outputs: Int
    /// The classes of which the outputs are logits; 0 where they are something else.
    public private(set) var classes = 0
    /// From outputs [batch, outputs] to what is predicted: probabilities of logits, numbers as they are.
    public private(set) var prediction: @Sendable (_ outputs: Tensor) -> Tensor = { $0 }
    /// The name of the loss, which is one of the metrics.
    public let loss: String
    /// The metric by which one network is better than another.
    public let criterion: Criterion
    /// The metrics of outputs [batch, outputs] for a batch, the loss among them.
    public let metrics: @Sendable (_ outputs: Tensor, _ batch: Batch) -> [Metric]

    /// - `criterion`: The loss where `nil`.
    public init(
        outputs: Int, loss: String, criterion: Criterion? = nil,
        metrics: @escaping @Sendable (_ outputs: Tensor, _ batch: Batch) -> [Metric]
    ) {
        self.outputs = outputs
        self.loss = loss
        self.criterion = criterion ?? .minimize(loss)
        self.metrics = metrics
    }

    /// The objective of a network with this head.
    public func objective(_ outputs: Tensor, _ batch: Batch, updates: Updates = []) -> Objective {
        let metrics = metrics(outputs, batch)
        let loss = metrics.first { $0.name == self.loss } ?? Metric(self.loss, .invalid("the head has no such metric"))
        return Objective(loss, metrics: metrics, updates: updates)
    }

    /// One of several classes: the outputs are logits of a softmax, the loss is the cross-entropy of the labels in nats.
    ///
    /// - `values`: The class of each example of a batch, int32 [batch]; by default its labels.
    public static func softmax(
        classes: Int, of values: @escaping @Sendable (Batch) -> Tensor? = { $0.labels }
    ) -> SupervisedHead {
        var head = SupervisedHead(outputs: classes, loss: "cross_entropy") { logits, batch in
            guard let labels = values(batch) else { return [Metric("cross_entropy", .missingLabels())] }
            return [
                Metric("cross_entropy", Loss.softmaxCrossEntropy(logits: logits, labels: labels)),
                Metric("accuracy", Loss.accuracy(logits: logits, labels: labels)),
            ]
        }
        head.classes = max(classes, 0)
        head.prediction = { $0.softmax(axis: 1) }
        return head
    }

    /// Numbers: the outputs are the targets' values, the loss is the squared error summed over targets.
    ///
    /// `r_squared` is 1 − Σ(y − ŷ)² / Σ(y − ȳ)² of each target, both sums and the mean ȳ over all examples and not
    /// batch by batch, averaged over the targets that vary.
    ///
    /// - `values`: The numbers of a batch, [batch, targets]; by default its targets.
    /// - `centre`: Numbers [targets] that its values are near to, about which squares are summed.
    public static func regression(
        targets: Int, of values: @escaping @Sendable (Batch) -> Tensor? = { $0.targets },
        about centre: @escaping @Sendable (Batch) -> Tensor? = { $0.means["target"] }
    ) -> SupervisedHead {
        SupervisedHead(outputs: targets, loss: "squared_error") { outputs, batch in
            guard let y = batch.numbers(values, targets) else {
                return [Metric("squared_error", .missingTargets(targets, batch))]
            }
            let errors = (outputs - y).squared()
            // About the split's means, or nearly equal numbers would be subtracted for targets far from 0.
            let centred = y - (centre(batch) ?? .constant(0, [targets]))
            let parts = Tensor.concatenate([errors, centred.squared(), centred], axis: 1)
            return [
                Metric("squared_error", errors.sum([1])), Metric("r_squared", from: parts, derivation: rSquared),
            ]
        }
    }

    /// From the means of the squared errors, of the squares about some centre, and of the distances from it.
    @Sendable private static func rSquared(_ means: [Float]) -> Float {
        let targets = means.count / 3
        let shares = (0..<targets).compactMap { target -> Float? in
            let distance = means[2 * targets + target]
            let variance = means[targets + target] - distance * distance
            // What rounding leaves of a target that does not vary is none.
            return variance > 1e-6 * means[targets + target] ? 1 - means[target] / variance : nil
        }
        return shares.isEmpty ? 0 : shares.reduce(0, +) / Float(shares.count)
    }

    /// Multi-label classification, where an example has every label whose target is above ½: the outputs are logits of
    /// independent Bernoulli variables, the loss is their cross-entropy in nats, summed over labels.
    ///
    /// `accuracy` is the share of labels predicted correctly, `exact_match` that of examples with all labels correct.
    ///
    /// - `values`: The numbers of a batch, [batch, labels]; by default its targets.
    public static func multiLabel(
        labels: Int, of values: @escaping @Sendable (Batch) -> Tensor? = { $0.targets }
    ) -> SupervisedHead {
        var head = SupervisedHead(outputs: labels, loss: "cross_entropy") { logits, batch in
            guard let y = batch.numbers(values, labels) else {
                return [Metric("cross_entropy", .missingTargets(labels, batch))]
            }
            let bits = y.greater(0.5)
            let correct = Loss.bitAccuracy(logits: logits, bits)
            return [
                Metric("cross_entropy", Loss.bernoulli(logits: logits, bits)),
                Metric("accuracy", correct.mean([1])),
                Metric("exact_match", correct.minimum(over: [1])),
            ]
        }
        head.prediction = { $0.sigmoid() }
        return head
    }
}

extension Batch {
    /// Numbers of its examples, if there are so many of each; a mistake as it is.
    fileprivate func numbers(_ values: (Batch) -> Tensor?, _ count: Int) -> Tensor? {
        values(self).flatMap { $0.isInvalid || $0.shape == [self.count, count] ? $0 : nil }
    }
}

extension Tensor {
    /// What a model that learns from labels computes with a batch that has none: a mistake, told when it is traced.
    static func missingLabels(file: String = #fileID, line: Int = #line) -> Tensor {
        .invalid("the model learns from labels, and the batch has none", file: file, line: line)
    }

    /// The same for targets, of which there are none or too many or too few.
    static func missingTargets(_ wanted: Int, _ batch: Batch, file: String = #fileID, line: Int = #line) -> Tensor {
        let found = batch.targets.map { "the batch's are \($0.shape)" } ?? "the batch has none"
        return .invalid("the model learns \(wanted) targets, and \(found)", file: file, line: line)
    }
}
