public import StrataBackend

/// Arithmetic. Two tensors whose shapes differ are broadcast as numpy does: aligned at the last axis, extents of 1
/// repeated.
extension Tensor {
    /// The sum of two tensors element by element, their shapes broadcast as in numpy.
    public static func + (a: Tensor, b: Tensor) -> Tensor { apply(.add, a, b) }
    /// The difference of two tensors element by element, their shapes broadcast as in numpy.
    public static func - (a: Tensor, b: Tensor) -> Tensor { apply(.subtract, a, b) }
    /// The product of two tensors element by element (see `dot` for matrices), their shapes broadcast as in numpy.
    public static func * (a: Tensor, b: Tensor) -> Tensor { apply(.multiply, a, b) }
    /// The quotient of two tensors element by element, their shapes broadcast as in numpy.
    public static func / (a: Tensor, b: Tensor) -> Tensor { apply(.divide, a, b) }

    /// Each element plus one number.
    public static func + (a: Tensor, b: Float) -> Tensor { apply(.add, a, .constant(b, a.shape)) }
    /// Each element minus one number.
    public static func - (a: Tensor, b: Float) -> Tensor { apply(.subtract, a, .constant(b, a.shape)) }
    /// Each element times one number.
    public static func * (a: Tensor, b: Float) -> Tensor { apply(.multiply, a, .constant(b, a.shape)) }
    /// Each element divided by one number; by 0, an infinity or `NaN`.
    public static func / (a: Tensor, b: Float) -> Tensor { apply(.divide, a, .constant(b, a.shape)) }

    /// One number plus each element.
    public static func + (a: Float, b: Tensor) -> Tensor { apply(.add, .constant(a, b.shape), b) }
    /// One number minus each element.
    public static func - (a: Float, b: Tensor) -> Tensor { apply(.subtract, .constant(a, b.shape), b) }
    /// One number times each element.
    public static func * (a: Float, b: Tensor) -> Tensor { apply(.multiply, .constant(a, b.shape), b) }
    /// One number divided by each element; by 0, an infinity or `NaN`.
    public static func / (a: Float, b: Tensor) -> Tensor { apply(.divide, .constant(a, b.shape), b) }

    /// Each element with its sign changed.
    public static prefix func - (a: Tensor) -> Tensor { a.apply(.negate) }

    /// The larger of two elements, shapes broadcast; `NaN` where either is. Equal ones share the gradient.
    public func maximum(_ other: Tensor) -> Tensor { .apply(.maximum, self, other) }
    /// The smaller of two elements, shapes broadcast; `NaN` where either is. Equal ones share the gradient.
    public func minimum(_ other: Tensor) -> Tensor { .apply(.minimum, self, other) }
    /// Each element, raised to `bound` where it is less: a clamp from below. The largest is `maximum(over:)`.
    public func maximum(_ bound: Float) -> Tensor { maximum(.constant(bound, shape)) }
    /// Each element, lowered to `bound` where it is more: a clamp from above. The least is `minimum(over:)`.
    public func minimum(_ bound: Float) -> Tensor { minimum(.constant(bound, shape)) }
    /// Each element to the power of another, shapes broadcast: for bases ≥ 0, or any base and a whole exponent.
    public func power(_ exponent: Tensor) -> Tensor { .apply(.power, self, exponent) }
    /// Each element to one power: for elements ≥ 0, or any elements and a whole exponent.
    public func power(_ exponent: Float) -> Tensor { power(.constant(exponent, shape)) }
    /// Each element times itself.
    public func squared() -> Tensor { self * self }

    /// Comparisons give 1 where they hold and 0 elsewhere.
    public func less(_ other: Tensor) -> Tensor { .apply(.less, self, other) }
    /// 1 where `self ≤ other`, else 0, shapes broadcast; 0 where either is `NaN`. The gradient is 0.
    public func lessOrEqual(_ other: Tensor) -> Tensor { .apply(.lessOrEqual, self, other) }
    /// 1 where `self > other`, else 0, shapes broadcast; 0 where either is `NaN`. The gradient is 0.
    public func greater(_ other: Tensor) -> Tensor { .apply(.less, other, self) }
    /// 1 where `self ≥ other`, else 0, shapes broadcast; 0 where either is `NaN`. The gradient is 0.
    public func greaterOrEqual(_ other: Tensor) -> Tensor { .apply(.lessOrEqual, other, self) }
    /// 1 where both are equal, else 0, shapes broadcast; 0 where either is `NaN`. The gradient is 0.
    public func equal(_ other: Tensor) -> Tensor { .apply(.equal, self, other) }
    /// 1 where both differ, else 0, shapes broadcast; 1 where either is `NaN`. The gradient is 0.
    public func notEqual(_ other: Tensor) -> Tensor { .apply(.notEqual, self, other) }
    /// 1 where an element is more than `bound`, else 0; 0 for `NaN`. The gradient is 0.
    public func greater(_ bound: Float) -> Tensor { greater(.constant(bound, shape)) }
    /// 1 where an element is less than `bound`, else 0; 0 for `NaN`. The gradient is 0.
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

    /// `|x|` of each element; the gradient at 0 is 0.
    public func absolute() -> Tensor { apply(.absolute) }
    /// −1, 0 or 1 for each element, 0 for ±0. The gradient is 0.
    public func sign() -> Tensor { apply(.sign) }
    /// The largest whole number not above each element. The gradient is 0.
    public func floor() -> Tensor { apply(.floor) }
    /// The nearest whole number to each element, halves to even. The gradient is 0.
    public func rounded() -> Tensor { apply(.round) }
    /// `e^x` of each element.
    public func exponential() -> Tensor { apply(.exponential) }
    /// `e^x − 1` of each element, exact near 0.
    public func exponentialMinusOne() -> Tensor { apply(.exponentialMinusOne) }
    /// The natural logarithm of each element: −∞ at 0, `NaN` below.
    public func logarithm() -> Tensor { apply(.logarithm) }
    /// `log(1 + x)` of each element, exact near 0; `NaN` below −1.
    public func logarithmOnePlus() -> Tensor { apply(.logarithmOnePlus) }
    /// The square root of each element, `NaN` below 0; the gradient at 0 is infinite.
    public func squareRoot() -> Tensor { apply(.squareRoot) }
    /// `1 / x` of each element, infinite at 0.
    public func reciprocal() -> Tensor { apply(.reciprocal) }
    /// The sine of each element, an angle in radians.
    public func sine() -> Tensor { apply(.sine) }
    /// The cosine of each element, an angle in radians.
    public func cosine() -> Tensor { apply(.cosine) }
    /// The hyperbolic tangent of each element, on −1 … 1.
    public func tanh() -> Tensor { apply(.tanh) }
    /// The logistic function `1 / (1 + e^−x)` of each element, on 0 … 1.
    public func sigmoid() -> Tensor { apply(.sigmoid) }
    /// `log(1 + e^x)` of each element, without overflow; its gradient is the sigmoid.
    public func softplus() -> Tensor { apply(.softplus) }
    /// `max(x, 0)` of each element; the gradient at 0 is 0.
    public func relu() -> Tensor { apply(.relu) }
    /// The Gauss error function of each element: `2/√π ∫₀ˣ e^(−t²) dt`.
    public func errorFunction() -> Tensor { apply(.errorFunction) }
    /// 1 where an element is neither infinite nor `NaN`, else 0. The gradient is 0.
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

    /// The shape that both broadcast to as in numpy; `nil` where there is none.
    package static func broadcastShape(_ a: Shape, _ b: Shape) -> Shape? {
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
