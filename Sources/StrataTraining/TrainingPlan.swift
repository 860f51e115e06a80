import StrataBackend
import StrataModels

/// Which phase, epoch and batch each training step is.
///
/// A phase that learns from labels walks through the labelled examples only, so its epochs may be shorter.
struct TrainingPlan {
    /// The epochs of one phase.
    struct Span {
        let phase: Int
        let epochs: Range<Int>
        /// Steps before it.
        let firstStep: Int
        let examples: Int
        let batchSize: Int
        /// Batches that make one update.
        let accumulation: Int

        var batchesPerEpoch: Int { (examples - 1) / batchSize + 1 }
        var steps: Range<Int> { firstStep..<firstStep + epochs.count * batchesPerEpoch }
        var updatesPerEpoch: Int { (batchesPerEpoch - 1) / accumulation + 1 }
        var updates: Int { epochs.count * updatesPerEpoch }

        /// The examples of a batch of an epoch.
        func size(of batch: Int) -> Int { min(batchSize, examples - batch * batchSize) }

        /// What a batch's gradients are for: updates take as many batches as they should, the last of an epoch what is left.
        func accumulation(of batch: Int) -> StepGraph.Accumulation {
            let first = batch / accumulation * accumulation
            let last = min(first + accumulation, batchesPerEpoch) - 1
            if first == last { return .whole }
            guard batch == last else { return .kept(isFirst: batch == first) }
            return .completed(examples: (first...last).reduce(0) { $0 + size(of: $1) })
        }
    }

    /// One for each phase.
    let spans: [Span]

    /// Throws `usage` for more steps than can be counted, `unsupported` where there are no phases.
    ///
    /// - `epochs`: Of a phase that does not say how many it takes.
    /// - `accumulation`: Batches that make one update, in phases that use the training's optimizer.
    /// - `examples`: At least 1; `labelled`: those among them that a phase which needs labels walks through.
    init(
        _ phases: [TrainingPhase], epochs: Int, batchSize: Int, accumulation: Int = 1, examples: Int, labelled: Int
    ) throws {
        guard !phases.isEmpty else {
            throw StrataError(
                .unsupported, "with these settings the model has nothing to learn; it is there to be used")
        }
        var spans: [Span] = []
        var steps = 0
        for (number, phase) in phases.enumerated() {
            let epoch = spans.last?.epochs.upperBound ?? 0
            let (own, count) = (phase.epochs ?? epochs, phase.needsLabels ? labelled : examples)
            guard own >= 0 else { throw StrataError(parameter: "epochs", own, "not a number of epochs") }
            guard count > 0 else {
                throw StrataError(.data, "there are no examples for phase \(number + 1) of the training")
            }
            let size = min(batchSize, count)
            let (added, isHuge) = ((count - 1) / size + 1).multipliedReportingOverflow(by: own)
            // The number of a step is a word of the random key.
            guard !isHuge, added <= Int(UInt32.max) - steps else {
                throw StrataError(
                    parameter: "epochs", own, "that is more training steps than can be counted, \(UInt32.max)")
            }
            spans.append(
                Span(
                    phase: number, epochs: epoch..<epoch + own, firstStep: steps, examples: count, batchSize: size,
                    accumulation: phase.usesOptimizer ? accumulation : 1))
            steps += added
        }
        self.spans = spans
    }

    var epochCount: Int { spans.last?.epochs.upperBound ?? 0 }
    var stepCount: Int { spans.last?.steps.upperBound ?? 0 }

    /// The span of the step with that many before it; the last one for all that come after the end.
    func span(at step: Int) -> Span {
        // Every step asks: no closure, which would allocate.
        var number = 0
        while number < spans.count - 1, step >= spans[number].steps.upperBound { number += 1 }
        return spans[number]
    }

    /// The epochs that are complete after so many steps, and the steps done of the next.
    func position(after steps: Int) -> (epoch: Int, batch: Int) {
        let span = span(at: steps)
        let (done, batches) = (steps - span.firstStep, span.batchesPerEpoch)
        return (span.epochs.lowerBound + done / batches, done % batches)
    }
}
