import StrataCompiler

/// A prepared graph with the inputs that each run of it is given, where it has them.
struct PreparedStep {
    let function: Function
    private let inputs: [Function.Input?]
    private let key: Function.Input?

    /// - `inputs`: The names of a batch source's inputs, in its order.
    init(_ function: Function, inputs: [String] = []) {
        self.function = function
        self.inputs = inputs.map(function.input)
        key = function.input(Session.keyName)
    }

    /// Runs with the key of a step; allocates nothing.
    func run(seed: UInt32, number: Int) throws {
        let words = (seed, UInt32(truncatingIfNeeded: number))
        try withUnsafeBytes(of: words) { try key?.write($0) }
        try function.run()
    }

    /// Gives the inputs a batch and runs; allocates nothing.
    func run(_ source: any BatchSource, from start: Int, size: Int, seed: UInt32, number: Int) throws {
        try source.write(start, size: size) { try inputs[$0]?.write($1) }
        try run(seed: seed, number: number)
    }
}
