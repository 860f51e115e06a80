public import StrataModels

/// What a training step learns from: the tensors of a batch, and what each run has to be given for it.
///
/// The splits of a data set have sources of their own; a source of another kind generates its batches:
///
/// ```
/// final class Noise: BatchSource {
///     let count = 1000
///     let inputs = ["noise"]
///     func batch(_ size: Int) -> Batch { Batch(examples: .input("noise", [size, 9])) }
///     func begin(epoch: Int, order: [Int32], batchSize: Int) {}
///     func write(_ start: Int, size: Int, _ give: (Int, UnsafeRawBufferPointer) throws -> Void) throws {
///         try draws(from: start, size).withUnsafeBytes { try give(0, $0) }
///     }
/// }
/// ```
public protocol BatchSource: AnyObject {
    /// The examples of an epoch.
    var count: Int { get }
    /// The names of the graph's inputs that a run is given, in the order of `write`.
    var inputs: [String] { get }
    /// The columns of a batch of `size` examples.
    func batch(_ size: Int) -> Batch
    /// Starts an epoch, counted from 0, through examples in an order, in batches of a size.
    func begin(epoch: Int, order: [Int32], batchSize: Int) throws
    /// Gives each input its bytes, for the batch of the epoch that starts at a position of the order. The batches of an
    /// epoch are asked for one after the other, where training goes on within an epoch from a later one.
    func write(_ start: Int, size: Int, _ give: (_ input: Int, _ bytes: UnsafeRawBufferPointer) throws -> Void) throws
}
