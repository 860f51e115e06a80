import StrataBackend

/// How long and on what to train.
public struct TrainingConfiguration: Sendable, Hashable {
    /// Passes through the examples, of phases that do not say themselves.
    public var epochs: Int
    /// Examples in a step; an epoch's last batch has what is left.
    public var batchSize: Int
    /// Seeds the order of the examples and every draw of the steps. The initial weights have the session's seed.
    public var seed: UInt32
    /// Stops after so many steps in all, where given.
    public var steps: Int?
    /// Whether each epoch has an order of its own; else every epoch is in the order of the data.
    public var isShuffled: Bool
    /// Training examples whose labels or targets may be used, where not all: see `DataSplit.withLabels`.
    public var labels: Int?
    /// Epochs without a better validation criterion after which training stops early; `nil` for never.
    public var patience: Int?
    /// Bytes of memory for a split, beyond which its batches are read from the disk as they are needed; `nil` for all.
    public var memory: Int?

    /// Five epochs of shuffled batches of 128 examples by default. Nothing is checked here: `Trainer` throws `usage`
    /// for what does not fit the data.
    public init(
        epochs: Int = 5, batchSize: Int = 128, seed: UInt32 = 0, steps: Int? = nil, isShuffled: Bool = true,
        labels: Int? = nil, patience: Int? = nil, memory: Int? = nil
    ) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.seed = seed
        self.steps = steps
        self.isShuffled = isShuffled
        self.labels = labels
        self.patience = patience
        self.memory = memory
    }

    /// Throws `usage` for what does not fit the data.
    func check(examples: Int, of data: String, hasValidation: Bool) throws {
        func expect(_ holds: Bool, _ parameter: String, _ value: Int?, _ problem: String) throws {
            if !holds { throw StrataError(parameter: parameter, value ?? 0, problem) }
        }
        try expect(batchSize > 0, "batchSize", batchSize, "a batch has at least one example")
        try expect(
            batchSize <= examples, "batchSize", batchSize,
            "'\(data)' has only \(examples) training examples")
        guard examples <= Int(Int32.max) else {
            throw StrataError(
                .data, "'\(data)' has \(examples) training examples, of which \(Int32.max) can be counted")
        }
        try expect(epochs >= 0, "epochs", epochs, "not a number of epochs")
        try expect(steps ?? 0 >= 0, "steps", steps, "not a number of steps")
        try expect(patience ?? 1 > 0, "patience", patience, "expected a number of epochs from 1")
        try expect(
            patience == nil || hasValidation, "patience", patience,
            "stopping early takes a validation split, and '\(data)' has none")
        try expect(memory ?? 1 > 0, "memory", memory, "expected a number of bytes from 1")
    }
}
