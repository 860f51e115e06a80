import StrataBackend
import StrataCompiler
import StrataGraph
import StrataModels

extension Predictor {
    /// What is known of examples that are to be sampled.
    public struct Observation: Sendable {
        /// [count · features] on [0, 1]; empty where no value is known.
        public var values: [Float]
        /// As many numbers: 1 where the value is held, 0 where it is sampled.
        public var mask: [Float]
        /// The class of all of them.
        public var label: Int?

        /// What is known, by default nothing. Not checked here: sampling throws `shape` or `usage`.
        public init(values: [Float] = [], mask: [Float] = [], label: Int? = nil) {
            self.values = values
            self.mask = mask
            self.label = label
        }
    }

    /// New examples that agree with what is known of them: [count · features].
    ///
    /// Throws `unsupported` where the model cannot hold such units, `shape` for values of another number, `usage` for a
    /// class that it does not have.
    public func sample(_ count: Int, seed: UInt32 = 0, given observation: Observation) throws -> [Float] {
        try check(count)
        guard count > 0 else { return [] }
        guard let model = model as? any ClampedSamplingModel else { throw unable("sample with units held") }
        var evidence = Evidence.none
        var inputs: [String: [Float]] = [:]
        if !observation.values.isEmpty || !observation.mask.isEmpty {
            let (size, isHuge) = count.multipliedReportingOverflow(by: features)
            let given = (observation.values.count, observation.mask.count)
            guard !isHuge, given == (size, size) else {
                throw StrataError(
                    .shape, "\(given.0) values and a mask of \(given.1) are not of \(count) examples of \(features)")
            }
            guard model.holdsUnits else { throw unable("sample with units held") }
            evidence.units = (
                .input("observed.values", [count, features]), .input("observed.mask", [count, features])
            )
            inputs = ["observed.values": observation.values, "observed.mask": observation.mask]
        }
        if let label = observation.label {
            guard model.labelClasses > 0 else { throw unable("sample a class: it was trained without") }
            guard (0..<model.labelClasses).contains(label) else {
                throw StrataError(.usage, "class \(label) is outside 0..<\(model.labelClasses)")
            }
            evidence.labels = Tensor.constant(Float(label), [count]).cast(to: .int32)
        }
        return try draw(model.sampling(count, key: samplingKey, holding: evidence), seed: seed, inputs)
    }
}
