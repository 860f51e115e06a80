/// What the compiler hands to a backend: kernels in order over numbered slots of memory.
///
/// A program owns no memory. Slot 0 is the arena, scratch whose contents mean nothing between runs; the others are
/// the state, inputs, outputs and constants. All are buffers of the backend, bound once by `Backend.prepare`.
public struct Program: Hashable, Sendable {
    /// A piece of memory that kernels name by its index in `slots`; `Backend.prepare` binds a buffer to it.
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

        /// What the memory is for, which says who writes it and how long its contents last.
        public var role: Role
        /// The name in messages: that of the input, variable or output. Unique within the role.
        public var name: String
        /// The bytes that the slot's buffer must have at least.
        public var byteCount: Int

        /// A slot of `byteCount` bytes, in memory of no one yet.
        public init(role: Role, name: String, byteCount: Int) {
            self.role = role
            self.name = name
            self.byteCount = byteCount
        }
    }

    /// The memory in the order of the numbers by which kernels name it; the first is the arena.
    public var slots: [Slot]
    /// What a run does, in order: each kernel sees what those before it have written.
    public var kernels: [Kernel]
    /// Where each kernel came from, for profiles and listings: `encoder.0 dot+add+relu`.
    public var labels: [String]

    /// A program of these parts, with one label for each kernel. Nothing is checked.
    public init(slots: [Slot], kernels: [Kernel], labels: [String]) {
        self.slots = slots
        self.kernels = kernels
        self.labels = labels
    }
}
