import StrataModels

/// Which phase, epoch and batch each training step is.
///
/// A phase that learns from labels walks through the labelled examples only, so its epochs may be shorter.
struct TrainingPlan {
    /// The epochs of one phase.
    struct Stretch {
        let phase: Int
        let epochs: Range<Int>
        /// Steps before it.
        let firstStep: Int
        let examples: Int
        let batchSize: Int

        var batchesPerEpoch: Int { (examples - 1) / batchSize + 1 }
        var steps: Range<Int> { firstStep..<firstStep + epochs.count * batchesPerEpoch }
    }

    /// One for each phase.
    let stretches: [Stretch]

    /// - Parameters:
    ///   - epochs: of a phase that does not say how many it takes.
    ///   - examples: at least 1; `labelled`: those among them that a phase which needs labels walks through.
    init(_ phases: [TrainingPhase], epochs: Int, batchSize: Int, examples: Int, labelled: Int) {
        var stretches: [Stretch] = []
        for (number, phase) in phases.enumerated() {
            let (epoch, step) = (stretches.last?.epochs.upperBound ?? 0, stretches.last?.steps.upperBound ?? 0)
            let examples = phase.needsLabels ? labelled : examples
            stretches.append(
                Stretch(
                    phase: number, epochs: epoch..<epoch + (phase.epochs ?? epochs), firstStep: step, examples: examples,
                    batchSize: min(batchSize, examples)))
        }
        self.stretches = stretches
    }

    var epochCount: Int { stretches.last?.epochs.upperBound ?? 0 }
    var stepCount: Int { stretches.last?.steps.upperBound ?? 0 }

    /// The stretch of the step with that many before it; the last one for all that come after the end.
    func stretch(at step: Int) -> Stretch {
        // Every step asks: no closure, which would allocate.
        var number = 0
        while number < stretches.count - 1, step >= stretches[number].steps.upperBound { number += 1 }
        return stretches[number]
    }

    /// The epochs that are complete after so many steps, and the steps done of the next.
    func position(after steps: Int) -> (epoch: Int, batch: Int) {
        let stretch = stretch(at: steps)
        let (done, batches) = (steps - stretch.firstStep, stretch.batchesPerEpoch)
        return (stretch.epochs.lowerBound + done / batches, done % batches)
    }
}
