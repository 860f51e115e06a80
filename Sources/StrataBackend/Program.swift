/// What the compiler hands to a backend: kernels in order over numbered slots of memory.
///
/// A program owns no memory. Slot 0 is the arena, scratch whose contents mean nothing between runs; the others are
/// the state, inputs, outputs and constants. All are buffers of the backend, bound once by `Backend.prepare`.
public struct Program: Hashable, Sendable {
    public struct Slot: Hashable, Sendable {
        /// What a slot is for. Names are told apart within a role: an input, a variable and an output may share one.
        public enum Role: UInt8, Sendable, Hashable, CaseIterable {
            /// Scratch, whose contents mean nothing between runs.
            case arena
            /// A value given before a run.
            case input
            /// A variable that lasts from run to run.
            case state
            /// A value that a run leaves behind.
            case output
            /// An array that never changes.
            case constant
        }

        public var role: Role
        public var name: String
        public var byteCount: Int

        public init(role: Role, name: String, byteCount: Int) {
            self.role = role
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
