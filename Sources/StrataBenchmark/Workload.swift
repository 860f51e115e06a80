public import StrataBackend
public import StrataData
public import StrataModels

/// Something to be timed: a training step, an inference, a kernel.
public struct Workload: Sendable {
    public var name: String
    /// One line.
    public var summary: String
    /// Whether it trains a model, which takes settings, a batch size and data.
    public internal(set) var isTraining = false
    public var prepare: @Sendable (Setup) throws -> PreparedWorkload

    /// What a workload may be made of.
    public struct Setup {
        public var backend: any Backend
        /// The data to train on; asked for by those that train.
        public var data: () throws -> DataSet
        /// Settings of a model as a user would type them.
        public var settings: [String: String]
        public var batchSize: Int?

        public init(
            backend: any Backend, settings: [String: String] = [:], batchSize: Int? = nil,
            data: @escaping () throws -> DataSet
        ) {
            self.backend = backend
            self.data = data
            self.settings = settings
            self.batchSize = batchSize
        }
    }

    public init(_ name: String, _ summary: String, prepare: @escaping @Sendable (Setup) throws -> PreparedWorkload) {
        self.name = name
        self.summary = summary
        self.prepare = prepare
    }

    /// Every workload that has a name of its own.
    public static let standard = training + sequences + convolutionalModels + inference + kernels + convolutions

    /// The workload of that name: one of `standard`, the training step of any model of the zoo, or a product such as
    /// `contract-nt-128x400x784`. Throws `usage`, with the nearest name, for anything else.
    public static func named(_ name: String, zoo: Zoo = .builtIn) throws -> Workload {
        if let known = standard.first(where: { $0.name == name }) ?? contraction(name) { return known }
        if let model = zoo.models.first(where: { $0.name == name }) { return training(name, model) }
        let products = standard.filter { $0.name.hasPrefix("contract-") }
        throw StrataError.unknown(
            "workload", name,
            among: standard.map(\.name).filter { name in !products.contains { $0.name == name } }
                + zoo.models.map(\.name).filter { name in !standard.contains { $0.name == name } }
                + ["contract-nt-128x400x784"])
    }
}

/// A workload on a backend, ready to be run again and again.
public struct PreparedWorkload {
    /// Examples that a step works on.
    public var batch: Int
    /// What a step runs on the device.
    public var program: Program
    /// Runs once; may return before the device is done.
    public var step: () throws -> Void
    /// The seconds of each kernel of the program, run one by one; `nil` where the backend cannot tell.
    public var profile: () throws -> [Double]?
    /// Steps to run before the timing, and what they come to: the loss that was reached, where there is one.
    public var warmUp: () throws -> Float?
}
