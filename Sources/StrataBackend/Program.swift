/// What the compiler hands to a backend: kernels in order over numbered slots of memory.
///
/// A program owns no memory. Slot 0 is the arena, scratch whose contents mean nothing between runs; the others are
/// the state, inputs and outputs. All are buffers of the backend, bound once by `Backend.prepare`.
public struct Program: Hashable, Sendable {
    public struct Slot: Hashable, Sendable {
        public var name: String
        public var byteCount: Int

        public init(name: String, byteCount: Int) {
            self.name = name
            self.byteCount = byteCount
        }
    }

    public var slots: [Slot]
    public var kernels: [Kernel]
    /// Where each kernel came from, for profiles and listings: `encoder.0 dot+add+relu`.
    public var labels: [String]

    public init(slots: [Slot], kernels: [Kernel], labels: [String]) {
        self.slots = slots
        self.kernels = kernels
        self.labels = labels
    }
}
