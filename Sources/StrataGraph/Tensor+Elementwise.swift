public import StrataBackend

/// Arithmetic. Two tensors whose shapes differ are broadcast as numpy does: aligned at the last axis, extents of 1
/// repeated.
extension Tensor {
    public static func + (a: Tensor, b: Tensor) -> Tensor { apply(.add, a, b) }
    public static func - (a: Tensor, b: Tensor) -> Tensor { apply(.subtract, a, b) }
    public static func * (a: Tensor, b: Tensor) -> Tensor { apply(.multiply, a, b) }
    public static func / (a: Tensor, b: Tensor) -> Tensor { apply(.divide, a, b) }

    public static func + (a: Tensor, b: Float) -> Tensor { apply(.add, a, .constant(b, a.shape)) }
    public static func - (a: Tensor, b: Float) -> Tensor { apply(.subtract, a, .constant(b, a.shape)) }
    public static func * (a: Tensor, b: Float) -> Tensor { apply(.multiply, a, .constant(b, a.shape)) }
    public static func / (a: Tensor, b: Float) -> Tensor { apply(.divide, a, .constant(b, a.shape)) }

    public static func + (a: Float, b: Tensor) -> Tensor { apply(.add, .constant(a, b.shape), b) }
    public static func - (a: Float, b: Tensor) -> Tensor { apply(.subtract, .constant(a, b.shape), b) }
    public static func * (a: Float, b: Tensor) -> Tensor { apply(.multiply, .constant(a, b.shape), b) }
    public static func / (a: Float, b: Tensor) -> Tensor { apply(.divide, .constant(a, b.shape), b) }

    public static prefix func - (a: Tensor) -> Tensor { a.apply(.negate) }

    public func maximum(_ other: Tensor) -> Tensor { .apply(.maximum, self, other) }
    public func minimum(_ other: Tensor) -> Tensor { .apply(.minimum, self, other) }
    public func maximum(_ bound: Float) -> Tensor { maximum(.constant(bound, shape)) }
    public func minimum(_ bound: Float) -> Tensor { minimum(.constant(bound, shape)) }
    public func power(_ exponent: Tensor) -> Tensor { .apply(.power, self, exponent) }
    public func power(_ exponent: Float) -> Tensor { power(.constant(exponent, shape)) }
    public func squared() -> Tensor { self * self }

    /// Comparisons give 1 where they hold and 0 elsewhere.
    public func less(_ other: Tensor) -> Tensor { .apply(.less, self, other) }
    public func lessOrEqual(_ other: Tensor) -> Tensor { .apply(.lessOrEqual, self, other) }
    public func greater(_ other: Tensor) -> Tensor { .apply(.less, other, self) }
    public func greaterOrEqual(_ other: Tensor) -> Tensor { .apply(.lessOrEqual, other, self) }
    public func equal(_ other: Tensor) -> Tensor { .apply(.equal, self, other) }
    public func notEqual(_ other: Tensor) -> Tensor { .apply(.notEqual, self, other) }
    public func greater(_ bound: Float) -> Tensor { greater(.constant(bound, shape)) }
    public func less(_ bound: Float) -> Tensor { less(.constant(bound, shape)) }

    /// `self ≠ 0 ? first : second` at each index.
    public func select(_ first: Tensor, _ second: Tensor) -> Tensor {
        let common = Tensor.broadcastShape(self.shape, first.shape)
        guard let shape = common.flatMap({ Tensor.broadcastShape($0, second.shape) }) else {
            return .invalid(
                "select: shapes \(self.shape), \(first.shape) and \(second.shape) do not broadcast",
                of: self, first, second)
        }
        return Tensor(
            op: .select, [self, first, second].map { $0.aligned(to: shape) }, location: .none)
    }

    public func absolute() -> Tensor { apply(.absolute) }
    public func sign() -> Tensor { apply(.sign) }
    public func floor() -> Tensor { apply(.floor) }
    public func rounded() -> Tensor { apply(.round) }
    public func exponential() -> Tensor { apply(.exponential) }
    public func exponentialMinusOne() -> Tensor { apply(.exponentialMinusOne) }
    public func logarithm() -> Tensor { apply(.logarithm) }
    public func logarithmOnePlus() -> Tensor { apply(.logarithmOnePlus) }
    public func squareRoot() -> Tensor { apply(.squareRoot) }
    public func reciprocal() -> Tensor { apply(.reciprocal) }
    public func sine() -> Tensor { apply(.sine) }
    public func cosine() -> Tensor { apply(.cosine) }
    public func tanh() -> Tensor { apply(.tanh) }
    public func sigmoid() -> Tensor { apply(.sigmoid) }
    public func softplus() -> Tensor { apply(.softplus) }
    public func relu() -> Tensor { apply(.relu) }
    public func errorFunction() -> Tensor { apply(.errorFunction) }
    public func isFinite() -> Tensor { apply(.isFinite) }

    /// The same elements in another type; into whole numbers it truncates towards zero.
    public func cast(to dtype: DType) -> Tensor {
        dtype == self.dtype ? self : Tensor(op: .cast(dtype), [self], location: .none)
    }

    /// The same value, which the gradient takes for a constant.
    public func stopGradient() -> Tensor { Tensor(op: .stopGradient, [self], location: .none) }

    func apply(_ function: Unary) -> Tensor { Tensor(op: .unary(function), [self], location: .none) }

    static func apply(_ function: Binary, _ a: Tensor, _ b: Tensor) -> Tensor {
        // What the operands' shapes say means nothing where one is a mistake, which the op passes on.
        if a.shape == b.shape || a.isInvalid || b.isInvalid {
            return Tensor(op: .binary(function), [a, b], location: .none)
        }
        guard let shape = broadcastShape(a.shape, b.shape) else {
            // The op's own rule says what is wrong, with the location of the operands.
            return Tensor(op: .binary(function), [a, b], location: .none)
        }
        return Tensor(op: .binary(function), [a.aligned(to: shape), b.aligned(to: shape)], location: .none)
    }

    static func broadcastShape(_ a: Shape, _ b: Shape) -> Shape? {
        var extents: [Int] = []
        for axis in 0..<max(a.rank, b.rank) {
            let i = a.rank - 1 - axis, j = b.rank - 1 - axis
            let (m, n) = (i >= 0 ? a[i] : 1, j >= 0 ? b[j] : 1)
            guard m == n || m == 1 || n == 1 else { return nil }
            extents.append(m == 1 ? n : m)
        }
        return Shape(extents.reversed())
    }

    /// Broadcast with the axes aligned at the last.
    func aligned(to shape: Shape) -> Tensor {
        self.shape == shape
            ? self
            : Tensor(
                op: .broadcast(shape, axes: (0..<rank).map { $0 + shape.rank - rank }), [self], location: .none)
    }
}
