public import StrataBackend

/// What an instruction of a tape does.
public enum Opcode {
    /// The value is the memory of a contiguous float32 operand itself; nothing moves.
    case view
    /// Gathers an operand's elements into a register.
    case load(DType)
    /// What the kernel accumulated, where it lies if it is contiguous over the tile, else gathered.
    case accumulator
    case constant
    /// The number that an affine form gives.
    case iota
    /// Draws with the counter that an affine form gives and the key at `TapeInstruction.key`.
    case random(Draw.Distribution)
    case unary(Unary)
    case binary(Binary)
    /// Several operations in one, of `a`, `b`, `c` and maybe more.
    case fused(Fused)
    case select
    /// Writes value `a`.
    case store(DType)
    /// Writes value `a`, float32 side by side over the tile, past the caches.
    case stream
}

/// A product and a sum, rounded once where the processor can; and what optimizers are made of, where all else is rounded
/// as if by instructions of its own, but nothing is written to a register between.
public enum Fused {
    /// `a·b + c`, `a·b − c`, `c − a·b`
    case multiplyAdd, multiplySubtract, subtractProduct
    /// A moving mean, and one of squares: `a·b + c·d`, `a²·b + c·d`
    case weightedSum, weightedSquareSum
    /// `√a·b + c`, `a − (c·d) / b`
    case rootMultiplyAdd, subtractQuotient
    /// A step in units of a root: `a − (c·d) / (√b·e + f)`
    case subtractQuotientOfRoot
}

/// An instruction of a tape. Instruction `i` defines value `i`; the numbers of values are indices into the table of
/// where each value lies.
public struct TapeInstruction {
    public var opcode: Opcode
    /// The value is the same all over a tile: it is held as a single vector, and computed as one.
    public var isUniform: Bool
    /// The values that are used.
    public var a: Int32 = 0
    public var b: Int32 = 0
    public var c: Int32 = 0
    public var d: Int32 = 0
    /// Values that are the same all over a tile.
    public var e: Int32 = 0
    public var f: Int32 = 0
    /// Vectors to step over in `a`, `b`, `c` and `d` after each vector: 0 if the value is uniform, else 1.
    public var stepA: Int32 = 1
    public var stepB: Int32 = 1
    public var stepC: Int32 = 1
    public var stepD: Int32 = 1
    /// The byte in the scratch memory where the value's register begins.
    public var register: Int32 = 0
    /// Index into `Tape.affines`, or −1: the operand, the counter, the target of a store.
    public var affine: Int32 = -1
    /// The affine form of the store that takes this value, if the value may be computed right into its memory.
    public var target: Int32 = -1
    /// The bits of a constant; the stream of a draw.
    public var immediate: UInt32 = 0
    /// The two words of a draw's key.
    public var key: UnsafePointer<Int32>?

    public init(_ opcode: Opcode, isUniform: Bool) {
        self.opcode = opcode
        self.isUniform = isUniform
    }
}

/// A fused expression, ready to be interpreted tile by tile: one loop over vectors for each instruction.
///
/// The scratch memory of a tape, in order: the index of the tile in the outer dimensions, the tables of where each value
/// lies and how far apart its rows are, the registers.
public struct Tape {
    public var instructions: UnsafePointer<TapeInstruction>
    public var count: Int
    /// The first so many instructions are the same for the whole space, and are run once for each task.
    public var invariantCount: Int
    public var affines: UnsafePointer<Affine>
    public var space: Space
    /// The byte of the scratch memory where the table of values begins; the index is before it.
    public var table: Int
    /// Two tiles of scratch for instructions that need some.
    public var spare: Int
    public var scratchBytes: Int

    public init(
        instructions: UnsafePointer<TapeInstruction>, count: Int, invariantCount: Int,
        affines: UnsafePointer<Affine>, space: Space, table: Int, spare: Int, scratchBytes: Int
    ) {
        self.instructions = instructions
        self.count = count
        self.invariantCount = invariantCount
        self.affines = affines
        self.space = space
        self.table = table
        self.spare = spare
        self.scratchBytes = scratchBytes
    }
}

/// A tape that a task interprets on its thread's scratch memory. (The kernels' modules declare no types: for each
/// the compiler would make helpers that modules share, see `check-weak-symbols.sh`.)
public struct Interpreter {
    public let tape: UnsafePointer<Tape>
    public let scratch: UnsafeMutableRawPointer
    /// Where each value lies, and the bytes from one of its rows to the next.
    public let values: UnsafeMutablePointer<UnsafeMutableRawPointer>
    public let strides: UnsafeMutablePointer<Int>

    @inlinable
    public init(unprepared tape: UnsafePointer<Tape>, scratch: UnsafeMutableRawPointer) {
        self.tape = tape
        self.scratch = scratch
        values = (scratch + tape.pointee.table).assumingMemoryBound(to: UnsafeMutableRawPointer.self)
        strides = UnsafeMutableRawPointer(values + tape.pointee.count).assumingMemoryBound(to: Int.self)
    }

    /// The index in the outer dimensions, to be set before a tile is evaluated.
    @inlinable public var index: UnsafeMutablePointer<Int> { scratch.assumingMemoryBound(to: Int.self) }

    /// Where the last value lies.
    @inlinable public var last: UnsafeMutableRawPointer { values[tape.pointee.count - 1] }
}
