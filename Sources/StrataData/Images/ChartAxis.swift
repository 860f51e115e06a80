/// A range of numbers with ticks at round ones: 1, 2 or 5 times a power of ten.
struct ChartAxis {
    private(set) var low: Double
    private(set) var high: Double
    let ticks: [Double]
    /// Digits after the point that tell neighbouring ticks apart.
    private let digits: Int

    /// - Parameters:
    ///   - values: finite numbers that must fit in.
    ///   - count: about how many ticks.
    ///   - isWhole: ticks stand at whole numbers only.
    ///   - isRounded: the range begins and ends at a tick.
    init(_ values: [Double], ticks count: Int, isWhole: Bool = false, isRounded: Bool = false) {
        let least = values.min() ?? 0
        let most = values.max() ?? 1
        // A flat line still needs a range.
        let spread = most > least ? 0 : max(0.5, abs(least) / 20)
        low = least - spread
        high = most + spread
        var step = Self.roundStep((high - low) / Double(count))
        if isWhole { step = max(1, step) }
        digits = max(0, -Self.exponent(step))
        var first = (low / step - 1e-9).rounded(.up)
        var last = (high / step + 1e-9).rounded(.down)
        if isRounded {
            first = (low / step + 1e-9).rounded(.down)
            last = (high / step - 1e-9).rounded(.up)
            low = min(low, first * step)
            high = max(high, last * step)
        }
        ticks = first <= last ? (0...Int(min(50, last - first))).map { (first + Double($0)) * step } : []
    }

    /// Where a value stands between the ends: 0 ... 1.
    func fraction(_ value: Double) -> Double { (value - low) / (high - low) }

    /// `finer` adds digits to what ticks need.
    func label(_ value: Double, finer: Int = 0) -> String { Decimal.text(value, digits: digits + finer) }

    /// The power of ten that a number begins with, without the C library's logarithm.
    private static func exponent(_ number: Double) -> Int {
        var exponent = 0
        var power = 1.0
        while power * 10 <= number * 1.000001 {
            power *= 10
            exponent += 1
        }
        while power > number * 1.000001 {
            power /= 10
            exponent -= 1
        }
        return exponent
    }

    private static func roundStep(_ rough: Double) -> Double {
        guard rough.isFinite, rough > 1e-300 else { return 1 }
        let exponent = exponent(rough)
        let power = (0..<abs(exponent)).reduce(1.0) { power, _ in exponent > 0 ? power * 10 : power / 10 }
        return power * ([1, 2, 5].first { $0 * power >= rough * 0.999999 } ?? 10)
    }
}
